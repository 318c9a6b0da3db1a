//! What a store answers to lists, queries, histories and digests, to a sync of several tables and to a follower.

use crate::crash::{KEYS, NOTES, OWNERS, key, owner};
use crate::power::BY_NUMBER;
use highwater::{
    Error, ListRequest, QueryRequest, ScopeRequest, Store, SyncItem, SyncRequest, TablesRequest,
    WatchRequest,
};
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
        let page = store.query(&QueryRequest::new(NOTES, BY_NUMBER, owner.as_str()));
        answers.push(answer(format!("a query of {owner}"), page.map(|page| page.items)));
        let value = owner.as_str().into();
        let digest =
            store.digest(NOTES, &ScopeRequest::Index { name: "byOwner".to_owned(), value });
        answers.push(answer(format!("the digest of {owner}"), digest));
    }
    answers.push(answer("a sync of tables".to_owned(), of_tables(store)));
    answers.push(answer("what a follower is told".to_owned(), followed(store)));
    for key in (0..KEYS).map(|n| key(0, n)) {
        let items = store.history(NOTES, key.as_str());
        answers.push(answer(format!("the history of {key}"), items));
    }
    answers
}

/// What a first sync of the table gives, asked for as one of several tables.
fn of_tables(store: &Store) -> Result<Vec<SyncItem>, Error> {
    let mut request = TablesRequest::new([SyncRequest::new(NOTES)]).limit(1000);
    let mut items = Vec::new();
    loop {
        let page = store.sync_tables(&request)?;
        items.extend(page.items.into_iter().map(|(_, item)| item));
        match page.next_token {
            Some(token) => request = request.next_token(token),
            None => return Ok(items),
        }
    }
}

/// All that a follower is told who begins before the first commit.
fn followed(store: &Store) -> Result<Vec<SyncItem>, Error> {
    let stats = store.stats()?;
    let notes = stats.tables.iter().find(|table| table.name == NOTES);
    let floor = notes.map(|notes| notes.floors.delta).unwrap_or_default();
    let mut watcher = store.watch(WatchRequest::new(NOTES).after(floor.prev()))?;
    let mut items = Vec::new();
    while let Some(batch) = watcher.try_next()? {
        items.extend(batch.items);
    }
    Ok(items)
}

fn answer<T: Debug>(asked: String, told: Result<T, Error>) -> Answer {
    Answer { asked, told: told.map(|told| format!("{told:?}")) }
}
