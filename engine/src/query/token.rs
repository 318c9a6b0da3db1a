//! Where the next page of a query begins, sealed and bound to the question.

use super::range::Range;
use super::request::QueryRequest;
use crate::catalog::{Lookup, Table};
use crate::entropy::random;
use crate::error::{Error, Result, TokenProblem};
use crate::filter::Filter;
use crate::store::Inner;
use highwater_format::FormatError;
use highwater_format::token::{QueryToken, TokenKind, open_token, seal_token};
use sha2::{Digest, Sha256};

/// The question of `request`, as tokens are bound to it, before its first page.
pub(super) fn begin(
    inner: &Inner,
    table: &Table,
    lookup: &Lookup,
    range: &Range,
    request: &QueryRequest,
) -> QueryToken {
    let audience = request.audience.as_ref().map(|who| Sha256::digest(who.as_bytes()).into());
    let filter = request.filter.as_ref().map(Filter::digest).unwrap_or_default();
    let mut question = Sha256::new();
    question.update([u8::from(request.descending)]);
    question.update(filter);
    // Conditions that ask for the same keys are the same question.
    question.update((range.from.len() as u64).to_be_bytes());
    question.update(&range.from);
    question.update(&range.to);
    QueryToken {
        incarnation: inner.incarnation,
        table: table.id(),
        index: lookup.id,
        audience: audience.unwrap_or_default(),
        question: question.finalize().into(),
        after: Vec::new(),
    }
}

pub(super) fn seal(inner: &Inner, place: &QueryToken) -> Result<String> {
    Ok(seal_token(&inner.sealing_key()?, random()?, TokenKind::Query, &place.encode()?)?)
}

/// Opens a token that a request brings back, and holds it against what is `asked`.
pub(super) fn open(inner: &Inner, text: &str, asked: &QueryToken) -> Result<QueryToken> {
    let problem = |problem| Error::Token { field: "nextToken", problem };
    let unreadable = |error: FormatError| problem(TokenProblem::Unreadable(error));
    let bytes = open_token(&inner.token_keys.read(), TokenKind::Query, text);
    let held = QueryToken::decode(&bytes.map_err(unreadable)?).map_err(unreadable)?;
    let differs = [
        ("audience", held.audience != asked.audience),
        ("table", held.table != asked.table),
        ("index, or to one that was dropped since", held.index != asked.index),
        ("question", held.question != asked.question),
    ];
    if let Some((what, _)) = differs.into_iter().find(|(_, differs)| *differs) {
        return Err(problem(TokenProblem::Foreign(what)));
    }
    if held.incarnation != asked.incarnation {
        return Err(problem(TokenProblem::OtherIncarnation));
    }
    Ok(held)
}
