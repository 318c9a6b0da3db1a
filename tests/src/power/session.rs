//! What is done to a store until its disk fails.

use super::site::Site;
use crate::crash::{KEYS, NOTES, Rng, document, key};
use highwater::{
    Document, Error, ErrorKind, IndexChange, IndexSpec, Millis, Mutation, Projection, Store,
    TableSpec, TableSpecExt,
};

/// A table that comes and goes.
const PASSING: &str = "passing";

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
            36..=37 => index(store),
            38 => table(store),
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
    let mutation = |(key, n): &(String, Option<u64>)| match n {
        Some(n) => {
            Mutation::put(NOTES, Document::from_json(&document(key, *n)).expect("it is JSON"))
        }
        None => Mutation::delete(NOTES, key.as_str()),
    };
    let mutations = items.iter().map(mutation).collect();
    (items, mutations)
}

fn commit(store: &Store, site: &mut Site, rng: &mut Rng) -> Result<Result<(), Error>, Trouble> {
    let (items, mutations) = draw_commit(rng);
    let (changes, synced) = (site.ledger.ask(&items), site.is_synced());
    match store.apply_batch(&mutations) {
        Ok(outcomes) if changes => {
            site.ledger.answer(&outcomes, synced).map_err(Trouble::Wrong)?;
            Ok(Ok(()))
        }
        done => Ok(done.map(drop)),
    }
}

/// Adds an index, or drops it.
fn index(store: &Store) -> Result<(), Error> {
    let name = "byEven";
    let has_it = |table: &TableSpec| table.indexes.iter().any(|index| index.name == name);
    let change = match store.tables().iter().any(has_it) {
        true => IndexChange::Drop(name.to_owned()),
        false => IndexChange::Add(IndexSpec {
            name: name.to_owned(),
            attribute: "owner".to_owned(),
            projection: Projection::KeysOnly,
        }),
    };
    store.change_indexes(NOTES, &[change])?;
    store.build_indexes()
}

fn table(store: &Store) -> Result<(), Error> {
    if store.tables().iter().any(|table| table.name == PASSING) {
        return store.drop_table(PASSING);
    }
    store.create_table(TableSpec::new(PASSING, "id"))?;
    store.put(PASSING, Document::from_json(r#"{"id":"p"}"#)?).map(drop)
}
