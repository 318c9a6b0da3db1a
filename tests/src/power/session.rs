//! What is done to a store until its disk fails.

use super::site::Site;
use crate::crash::{KEYS, NOTES, Rng, document, key};
use highwater::{
    Document, Error, ErrorKind, IndexChange, IndexSpec, Millis, Mutation, Projection, Store,
    TableSpec, TableSpecExt,
};

/// A table that comes and goes, and an index.
pub(super) const PASSING: &str = "passing";
pub(super) const INDEX: &str = "byEven";

/// How a session ended.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Something that should not have happened.
    Wrong(String),
    /// The store could not go on, as it told.
    Failed(Error),
}

/// Writes, syncs and tidies until `ends` says so or an error comes: the store's, where it was no mere
/// request to try again.
pub(super) fn session(
    store: &Store,
    site: &mut Site,
    rng: &mut Rng,
    mut ends: impl FnMut(&Site) -> bool,
) -> Result<(), Trouble> {
    while !ends(site) {
        site.time.advance(Millis(rng.below(20)));
        let done = match rng.below(40) {
            0..=24 => commit(store, site, rng)?,
            25..=33 => site.devices.try_sync(store, rng.draw()).map(drop),
            34..=35 => {
                // Far enough for a part of the log to be old.
                site.time.advance(Millis(rng.below(300)));
                store.expire().map(drop)
            }
            36..=37 => index(store, site),
            38 => table(store, site),
            _ => store.compact().map(drop),
        };
        match done {
            Err(error) if error.kind() != ErrorKind::SyncAgain && !matches!(error, Error::Busy) => {
                return Err(Trouble::Failed(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// One item, or two together: what is asked for, as the ledger takes it and as the store does.
pub(crate) fn draw_commit(rng: &mut Rng) -> (Vec<(String, Option<u64>)>, Vec<Mutation>) {
    let (count, first) = (1 + rng.below(2), rng.below(KEYS));
    let items: Vec<_> = (0..count)
        .map(|n| {
            let deletes = rng.below(4) == 0;
            (key(0, (first + n) % KEYS), (!deletes).then(|| rng.below(1_000_000)))
        })
        .collect();
    let mutations = mutations(&items);
    (items, mutations)
}

/// What the store is asked where the ledger is asked this.
pub(super) fn mutations(items: &[(String, Option<u64>)]) -> Vec<Mutation> {
    let mutation = |(key, n): &(String, Option<u64>)| match n {
        Some(n) => {
            Mutation::put(NOTES, Document::from_json(&document(key, *n)).expect("it is JSON"))
        }
        None => Mutation::delete(NOTES, key.as_str()),
    };
    items.iter().map(mutation).collect()
}

fn commit(store: &Store, site: &mut Site, rng: &mut Rng) -> Result<Result<(), Error>, Trouble> {
    let (items, mutations) = draw_commit(rng);
    let id = (rng.below(4) == 0).then(|| format!("device/{:x}", rng.draw()));
    let (changes, done) = match &id {
        Some(id) => (site.ledger.ask_once(id, &items), store.apply_once(id, &mutations)),
        None => (site.ledger.ask(&items), store.apply_batch(&mutations)),
    };
    let synced = site.is_synced();
    match done {
        Ok(outcomes) if changes => {
            site.ledger.answer(&outcomes, synced).map_err(Trouble::Wrong)?;
            Ok(Ok(()))
        }
        done => Ok(done.map(drop)),
    }
}

/// Adds an index, or drops it.
fn index(store: &Store, site: &mut Site) -> Result<(), Error> {
    let has_it = |table: &TableSpec| table.indexes.iter().any(|index| index.name == INDEX);
    let change = match store.tables().iter().any(has_it) {
        true => {
            site.ledger.ask_schema(INDEX, &[None]);
            IndexChange::Drop(INDEX.to_owned())
        }
        false => {
            site.ledger.ask_schema(INDEX, &[Some(0), Some(1)]);
            IndexChange::Add(IndexSpec {
                name: INDEX.to_owned(),
                attribute: "owner".to_owned(),
                projection: Projection::KeysOnly,
            })
        }
    };
    store.change_indexes(NOTES, &[change])?;
    store.build_indexes()?;
    site.ledger.answer_schema();
    Ok(())
}

/// Creates a table with a row, or drops it.
fn table(store: &Store, site: &mut Site) -> Result<(), Error> {
    if store.tables().iter().any(|table| table.name == PASSING) {
        site.ledger.ask_schema(PASSING, &[None]);
        store.drop_table(PASSING)?;
        site.ledger.answer_schema();
    } else {
        site.ledger.ask_schema(PASSING, &[Some(0)]);
        store.create_table(TableSpec::new(PASSING, "id"))?;
        site.ledger.answer_schema();
        site.ledger.ask_schema(PASSING, &[Some(1)]);
        store.put(PASSING, Document::from_json(r#"{"id":"p"}"#)?)?;
        if site.is_synced() {
            site.ledger.answer_schema();
        }
    }
    Ok(())
}
