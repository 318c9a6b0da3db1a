//! Tokens and cursors: sealed, and held against the request that brings them back.

use super::request::SyncRequest;
use crate::entropy::random;
use crate::error::{Error, Result, TokenProblem};
use crate::filter::Filter;
use crate::store::Inner;
use highwater_format::token::{CursorToken, PageToken, TokenKind, open_token, seal_token};
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
    let audience = request.audience.as_ref().map(|who| Sha256::digest(who.as_bytes()).into());
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
