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
