//! Tokens and cursors: sealed, and held against the request that brings them back.

use super::request::SyncRequest;
use crate::entropy::random;
use crate::error::{Error, Result, TokenProblem};
use crate::filter::Filter;
use crate::store::Inner;
use highwater_format::token::{
    CursorToken, PageToken, TablesCursorToken, TablesToken, TokenKind, open_token, seal_token,
};
use highwater_format::{FormatError, TableId, Timestamp};
use sha2::{Digest, Sha256};

pub(crate) use highwater_format::token::View;

const NEXT_TOKEN: &str = "nextToken";
const CURSOR: &str = "cursor";

/// What the request asks, as tokens are bound to it.
pub(crate) fn view_of(
    table: TableId,
    scope: highwater_format::token::Scope,
    request: &SyncRequest,
) -> View {
    view_for(table, scope, request, request.audience.as_deref())
}

/// The same for another asker.
pub(super) fn view_for(
    table: TableId,
    scope: highwater_format::token::Scope,
    request: &SyncRequest,
    audience: Option<&str>,
) -> View {
    let audience = audience.map(|who| Sha256::digest(who.as_bytes()).into());
    View {
        table,
        scope,
        filter: request.filter.as_ref().map(Filter::digest).unwrap_or_default(),
        audience: audience.unwrap_or_default(),
    }
}

fn problem(field: &'static str, problem: TokenProblem) -> Error {
    Error::Token { field, problem }
}

fn unreadable(field: &'static str) -> impl Fn(FormatError) -> Error {
    move |error| problem(field, TokenProblem::Unreadable(error))
}

/// Refuses a token that was made for another question, naming what differs.
fn check_view(field: &'static str, held: &View, asked: &View) -> Result<()> {
    let differs = [
        ("audience", held.audience != asked.audience),
        ("table", held.table != asked.table),
        ("scope", held.scope != asked.scope),
        ("filter", held.filter != asked.filter),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        None => Ok(()),
        Some((what, _)) => Err(problem(field, TokenProblem::Foreign(what))),
    }
}

fn seal(inner: &Inner, kind: TokenKind, content: &[u8]) -> Result<String> {
    Ok(seal_token(&inner.sealing_key()?, random()?, kind, content)?)
}

/// Seals where the next page begins.
pub(super) fn seal_page(inner: &Inner, run: &PageToken) -> Result<String> {
    seal(inner, TokenKind::Page, &run.encode()?)
}

/// Opens a `nextToken` that this request brings back.
pub(super) fn open_page(inner: &Inner, text: &str, view: &View) -> Result<PageToken> {
    let bytes = open_token(&inner.token_keys.read(), TokenKind::Page, text);
    let bytes = bytes.map_err(unreadable(NEXT_TOKEN))?;
    let run = PageToken::decode(&bytes).map_err(unreadable(NEXT_TOKEN))?;
    check_view(NEXT_TOKEN, &run.view, view)?;
    if run.incarnation != inner.incarnation {
        return Err(problem(NEXT_TOKEN, TokenProblem::OtherIncarnation));
    }
    Ok(run)
}

/// Refuses a token that was made for other parts, or for the same in another order.
fn check_views<'v>(
    field: &'static str,
    held: &[&View],
    asked: impl ExactSizeIterator<Item = &'v View>,
) -> Result<()> {
    if held.len() != asked.len() {
        return Err(problem(field, TokenProblem::Foreign("number of parts")));
    }
    held.iter().zip(asked).try_for_each(|(held, asked)| check_view(field, held, asked))
}

/// Seals where the next page of several tables begins.
pub(super) fn seal_tables_page(inner: &Inner, runs: &TablesToken) -> Result<String> {
    seal(inner, TokenKind::TablesPage, &runs.encode()?)
}

/// Opens a `nextToken` of several tables.
pub(super) fn open_tables_page<'v>(
    inner: &Inner,
    text: &str,
    views: impl ExactSizeIterator<Item = &'v View>,
) -> Result<TablesToken> {
    let bytes = open_token(&inner.token_keys.read(), TokenKind::TablesPage, text);
    let bytes = bytes.map_err(unreadable(NEXT_TOKEN))?;
    let token = TablesToken::decode(&bytes).map_err(unreadable(NEXT_TOKEN))?;
    let held: Vec<&View> = token.runs.iter().map(|run| &run.view).collect();
    check_views(NEXT_TOKEN, &held, views)?;
    if token.runs.iter().any(|run| run.incarnation != inner.incarnation) {
        return Err(problem(NEXT_TOKEN, TokenProblem::OtherIncarnation));
    }
    Ok(token)
}

/// Seals what finished runs of several tables have told.
pub(super) fn seal_tables_cursor<'r>(
    inner: &Inner,
    runs: impl Iterator<Item = &'r PageToken> + Clone,
) -> Result<String> {
    let at = runs.clone().map(|run| run.upper).min().unwrap_or_default();
    let views = runs.map(|run| run.view.clone()).collect();
    let cursor = TablesCursorToken { incarnation: inner.incarnation, views, at };
    seal(inner, TokenKind::TablesCursor, &cursor.encode()?)
}

/// Opens a cursor of several tables.
pub(super) fn open_tables_cursor<'v>(
    inner: &Inner,
    text: &str,
    views: impl ExactSizeIterator<Item = &'v View>,
) -> Result<TablesCursorToken> {
    let bytes = open_token(&inner.token_keys.read(), TokenKind::TablesCursor, text);
    let bytes = bytes.map_err(unreadable(CURSOR))?;
    let cursor = TablesCursorToken::decode(&bytes).map_err(unreadable(CURSOR))?;
    check_views(CURSOR, &cursor.views.iter().collect::<Vec<_>>(), views)?;
    Ok(cursor)
}

/// Seals that everything up to `at` has been told.
pub(crate) fn seal_cursor(inner: &Inner, view: &View, at: Timestamp) -> Result<String> {
    let cursor = CursorToken { incarnation: inner.incarnation, view: view.clone(), at };
    seal(inner, TokenKind::Cursor, &cursor.encode()?)
}

/// Opens a cursor. One from another incarnation is no error: it is answered with a reset.
pub(crate) fn open_cursor(inner: &Inner, text: &str, view: &View) -> Result<CursorToken> {
    let bytes = open_token(&inner.token_keys.read(), TokenKind::Cursor, text);
    let bytes = bytes.map_err(unreadable(CURSOR))?;
    let cursor = CursorToken::decode(&bytes).map_err(unreadable(CURSOR))?;
    check_view(CURSOR, &cursor.view, view)?;
    Ok(cursor)
}

#[cfg(test)]
mod tests {
    use crate::testing::{MemoryDisk, memory_store};
    use crate::{
        Document, Error, Filter, Projection, Result, Store, SyncRequest, TableSpec, TableSpecExt,
        TablesRequest, TokenProblem, parse_json,
    };

    fn asked(table: &str, owner: &str, stars: u8) -> SyncRequest {
        let filter = parse_json(&format!(r#"{{"stars":{{"eq":{stars}}}}}"#)).expect("JSON");
        let filter = Filter::from_amplify(&filter).expect("a filter");
        SyncRequest::new(table).index("byOwner", owner).filter(filter).audience("ann")
    }

    /// With the table `lists` beside it.
    fn together(request: &SyncRequest) -> TablesRequest {
        let parts = [request.clone(), SyncRequest::new("lists")];
        TablesRequest::new(parts).audience(request.audience.as_deref().expect("an audience"))
    }

    fn store() -> Store {
        let store = memory_store().expect("a store");
        for table in ["notes", "lists"] {
            let spec = TableSpec::new(table, "id").index("byOwner", "owner", Projection::All);
            store.create_table(spec).expect("a table");
            for id in 0..3 {
                let document = format!(r#"{{"id":"{id}","owner":"ann","stars":3}}"#);
                let document = Document::from_json(&document).expect("a document");
                store.put(table, document).expect("written");
            }
        }
        store
    }

    fn problem<T: std::fmt::Debug>(answer: Result<T>) -> (&'static str, TokenProblem) {
        match answer {
            Err(Error::Token { field, problem }) => (field, problem),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tokens_and_cursors_belong_to_their_question() {
        let store = store();
        let own = asked("notes", "ann", 3);
        let page = store.sync(&own.clone().limit(1)).expect("a page");
        let token = page.next_token.expect("a further page");
        let cursor = store.sync(&own).expect("all").cursor.expect("a cursor");
        let pages = store.sync_tables(&together(&own).limit(1)).expect("a page");
        let tables_token = pages.next_token.expect("a further page");
        let all = store.sync_tables(&together(&own)).expect("all");
        let tables_cursor = all.cursor.expect("a cursor");
        let others = [
            ("audience", own.clone().audience("bob")),
            ("table", asked("lists", "ann", 3)),
            ("scope", asked("notes", "bob", 3)),
            ("filter", asked("notes", "ann", 4)),
        ];
        for (what, other) in others {
            let what = TokenProblem::Foreign(what);
            let tables = together(&other);
            let answer = store.sync(&other.clone().next_token(&token));
            assert_eq!(problem(answer), ("nextToken", what.clone()));
            let answer = store.sync(&other.cursor(&cursor));
            assert_eq!(problem(answer), ("cursor", what.clone()));
            let answer = store.sync_tables(&tables.clone().next_token(&tables_token));
            assert_eq!(problem(answer), ("nextToken", what.clone()));
            let answer = store.sync_tables(&tables.cursor(&tables_cursor));
            assert_eq!(problem(answer), ("cursor", what));
        }
        let fewer = TablesRequest::new([own.clone()]).audience("ann");
        let what = TokenProblem::Foreign("number of parts");
        let answer = store.sync_tables(&fewer.next_token(&tables_token));
        assert_eq!(problem(answer), ("nextToken", what));

        let page = store.sync(&own.clone().next_token(&token)).expect("the next page");
        assert_eq!((page.items.len(), page.next_token), (2, None));
        assert!(store.sync(&own.clone().cursor(&cursor)).expect("nothing new").items.is_empty());
        let page = store.sync_tables(&together(&own).next_token(&tables_token)).expect("a page");
        assert_eq!((page.items.len(), page.next_token), (5, None));
        let page = store.sync_tables(&together(&own).cursor(&tables_cursor)).expect("nothing new");
        assert!(page.items.is_empty() && page.parts.iter().all(|part| !part.reset));
    }

    #[test]
    fn a_token_from_before_a_recovery_is_refused_and_a_cursor_knows_nothing() {
        let store = store();
        let own = asked("notes", "ann", 3);
        let tables = together(&own);
        let token = store.sync(&own.clone().limit(1)).expect("a page").next_token.expect("more");
        let page = store.sync_tables(&tables.clone().limit(1)).expect("a page");
        let tables_token = page.next_token.expect("more");
        let cursor = store.sync(&own).expect("all").cursor.expect("a cursor");
        let tables_cursor = store.sync_tables(&tables).expect("all").cursor.expect("a cursor");
        let disk = MemoryDisk::left_by(&store).expect("a copy");
        let recovered = disk.builder().recover().open().expect("a store");
        let what = ("nextToken", TokenProblem::OtherIncarnation);
        assert_eq!(problem(recovered.sync(&own.clone().next_token(&token))), what);
        let answer = recovered.sync_tables(&tables.clone().next_token(&tables_token));
        assert_eq!(problem(answer), what);
        for (store, is_reset) in [(&store, false), (&recovered, true)] {
            let page = store.sync(&own.clone().cursor(&cursor)).expect("a page");
            assert_eq!(page.reset, is_reset);
            let page = store.sync_tables(&tables.clone().cursor(&tables_cursor)).expect("a page");
            assert!(page.parts.iter().all(|part| part.reset == is_reset));
        }
    }
}
