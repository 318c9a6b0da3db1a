//! The store's incarnation and its token keys: those it has, or new ones.

use super::begin::Renewal;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::entropy::random;
use crate::error::Result;
use crate::storage::{Batch, Storage};
use highwater_format::meta::{
    self, Floors, IncarnationChain, IncarnationEntry, KeyRing, RingKey, floors_key,
};
use highwater_format::{Family, Incarnation};

/// The store's incarnation: the one it has, its first, or a new one where clients may hold what the
/// store does not.
///
/// A new one raises every floor to the opening clock in the same batch, so that every `lastSync`
/// handed out before is answered with a reset.
pub(super) fn settle_incarnation(
    storage: &Storage,
    clock: &Clock,
    catalog: &Catalog,
    renewal: Renewal,
) -> Result<Incarnation> {
    let chain = storage.latest().get(Family::Meta, meta::INCARNATIONS, IncarnationChain::decode)?;
    let mut chain = chain.unwrap_or_default();
    if let (Some(current), Renewal::None) = (chain.0.last(), renewal) {
        return Ok(current.id);
    }
    let since = clock.barrier()?;
    let id = Incarnation(random()?);
    let mut batch = Batch::default();
    if renewal == Renewal::Store {
        // Its line begins here: what it is copied from is another store.
        chain.0.clear();
        batch.put(Family::Meta, meta::TOKEN_KEYS.to_vec(), &new_token_keys(clock)?.encode()?);
    }
    chain.0.push(IncarnationEntry { id, since });
    batch.put(Family::Meta, meta::INCARNATIONS.to_vec(), &chain.encode()?);
    let risen = Floors { delta: since, tombstone: since, history: since };
    if renewal != Renewal::None {
        for table in catalog.all() {
            let history = table.floors().history;
            let floors = Floors { history, ..risen };
            batch.put(Family::Meta, floors_key(table.id()), &floors.encode()?);
        }
        // All of the log lies below its floors now, where commits and erasures leave it alone. An expiry would keep
        // what is in the bucket of `since`.
        batch.delete_range(Family::Delta, Vec::new(), Vec::new());
    }
    storage.write_patiently(batch)?;
    if renewal != Renewal::None {
        tracing::warn!(incarnation = %id, "clients may hold what the store does not; each is reset");
        for table in catalog.all() {
            let history = table.floors().history;
            table.floors.raise(Floors { history, ..risen });
        }
    }
    if renewal == Renewal::Store {
        // The keys of the original are overwritten; now they leave the files too.
        storage.compact(Family::Meta)?;
    }
    Ok(id)
}

fn new_token_keys(clock: &Clock) -> Result<KeyRing> {
    Ok(KeyRing(vec![RingKey { id: 1, secret: random()?, created: clock.status().now }]))
}

/// The token keys; a new store's first.
pub(super) fn load_token_keys(storage: &Storage, clock: &Clock) -> Result<KeyRing> {
    if let Some(ring) = storage.latest().get(Family::Meta, meta::TOKEN_KEYS, KeyRing::decode)? {
        return Ok(ring);
    }
    let ring = new_token_keys(clock)?;
    let mut batch = Batch::default();
    batch.put(Family::Meta, meta::TOKEN_KEYS.to_vec(), &ring.encode()?);
    storage.write_patiently(batch)?;
    Ok(ring)
}
