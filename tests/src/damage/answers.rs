//! What a store answers to lists, queries, histories and digests.

use crate::crash::{KEYS, NOTES, OWNERS, key, owner};
use highwater::{Error, ListRequest, QueryRequest, ScopeRequest, Store};
use std::fmt::Debug;

/// One answer as text, and what was asked.
pub(super) struct Answer {
    pub(super) asked: String,
    pub(super) told: Result<String, Error>,
}

/// Asks for everything, always in the same order.
pub(super) fn ask(store: &Store) -> Vec<Answer> {
    let list = store.list(&ListRequest::new(NOTES).limit(1000));
    let mut answers = vec![answer("a listing".to_owned(), list.map(|page| page.items))];
    answers.push(answer("a digest".to_owned(), store.digest(NOTES, &ScopeRequest::Table)));
    for owner in (0..OWNERS).map(owner) {
        let page = store.query(&QueryRequest::new(NOTES, "byNumber", owner.as_str()));
        answers.push(answer(format!("a query of {owner}"), page.map(|page| page.items)));
        let value = owner.as_str().into();
        let digest =
            store.digest(NOTES, &ScopeRequest::Index { name: "byOwner".to_owned(), value });
        answers.push(answer(format!("the digest of {owner}"), digest));
    }
    for key in (0..KEYS).map(|n| key(0, n)) {
        let items = store.history(NOTES, key.as_str());
        answers.push(answer(format!("the history of {key}"), items));
    }
    answers
}

fn answer<T: Debug>(asked: String, told: Result<T, Error>) -> Answer {
    Answer { asked, told: told.map(|told| format!("{told:?}")) }
}
