//! What a commit must answer, decided by the oracle alone.

use super::body::{Attributes, TABLES, document, key_attributes, key_of};
use super::clash::settle;
use super::oracle::{Known, Oracle, Table};
use super::transition::{Belief, Deed, Write};
use highwater::{Expect, ItemKey, Mutation};
use std::collections::BTreeSet;

/// A mutation, and what it must do.
#[derive(Debug, Clone)]
pub struct Planned {
    pub table: usize,
    pub key: ItemKey,
    pub deed: Deed,
    pub expect: Expect,
    pub mutation: Mutation,
    pub effect: Effect,
}

/// What a mutation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Write {
        version: u64,
        deleted: bool,
        attributes: Attributes,
        merged: bool,
    },
    /// The item is as it wants it to be.
    Keep,
    /// It believes in what is not there.
    Conflict,
}

/// What becomes of a whole commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Committed,
    /// The mutation at this place is the first to meet a conflict.
    Conflict(usize),
    /// The batch names an item twice.
    Duplicate,
}

impl Oracle {
    /// Turns writes into mutations, each with what it must do.
    pub fn plan(&self, writes: &[Write]) -> Vec<Planned> {
        writes.iter().map(|write| self.plan_one(write)).collect()
    }

    fn plan_one(&self, write: &Write) -> Planned {
        let table = &self.tables[write.table];
        let name = TABLES[write.table];
        let key = table.meant(write);
        let seen = table.seen(&key);
        let expect = expect(write.belief, seen);
        let live = seen.filter(|known| !known.deleted);
        let mutation = match &write.deed {
            Deed::Put(body) => Mutation::put(name, document(&body.attributes(&key))),
            Deed::PutIfChanged(body) => {
                Mutation::put_if_changed(name, document(&body.attributes(&key)))
            }
            Deed::PutSame => Mutation::put_if_changed(name, document(&same(&key, live))),
            Deed::Update(edit) => Mutation::update(name, key.clone(), edit.update()),
            Deed::Delete => Mutation::delete(name, key.clone()),
        };
        let effect = effect(table, &key, &write.deed, expect);
        let (table, deed, mutation) = (write.table, write.deed.clone(), mutation.expect(expect));
        Planned { table, key, deed, expect, mutation, effect }
    }

    /// What mutations that were sent before must do now.
    pub fn plan_again(&self, sent: &[Planned]) -> Vec<Planned> {
        let again = |one: &Planned| {
            let effect = effect(&self.tables[one.table], &one.key, &one.deed, one.expect);
            Planned { effect, ..one.clone() }
        };
        sent.iter().map(again).collect()
    }
}

/// What becomes of a commit of all of these.
pub fn verdict(planned: &[Planned]) -> Verdict {
    let mut named = BTreeSet::new();
    if !planned.iter().all(|one| named.insert((one.table, one.key.clone()))) {
        return Verdict::Duplicate;
    }
    match planned.iter().position(|one| one.effect == Effect::Conflict) {
        Some(index) => Verdict::Conflict(index),
        None => Verdict::Committed,
    }
}

impl Table {
    /// The item that a write is of. Who believes in an older version has read one that has been changed since,
    /// if there is any.
    fn meant(&self, write: &Write) -> ItemKey {
        let key = key_of(write.table, write.item);
        let Belief::Stale(by) = write.belief else { return key };
        let changed = |key: &&ItemKey| self.seen(key).is_some_and(|known| known.version > by);
        let all: Vec<_> = self.items.keys().filter(changed).collect();
        let place = usize::from(write.item).checked_rem(all.len());
        place.and_then(|place| all.get(place)).map_or(key, |key| (*key).clone())
    }
}

/// What is there; just the key where nothing is.
fn same(key: &ItemKey, live: Option<&Known>) -> Attributes {
    live.map_or_else(|| key_attributes(key), |known| known.attributes.clone())
}

fn expect(belief: Belief, seen: Option<&Known>) -> Expect {
    let version = seen.map_or(0, |known| known.version);
    match belief {
        Belief::Any => Expect::Any,
        Belief::Absent => Expect::Absent,
        Belief::Right => Expect::Version(version),
        Belief::Stale(by) => Expect::Version(version.saturating_sub(by)),
        Belief::Ahead => Expect::Version(version + 1),
    }
}

/// What a deed makes of `from`; nothing if it is a delete. What is the same as `live` is told by that.
pub(super) fn wanted(
    key: &ItemKey,
    deed: &Deed,
    live: Option<&Known>,
    from: Option<&Attributes>,
) -> Option<Attributes> {
    match deed {
        Deed::Put(body) | Deed::PutIfChanged(body) => Some(body.attributes(key)),
        Deed::PutSame => Some(same(key, live)),
        Deed::Update(edit) => {
            let mut map = from.cloned().unwrap_or_else(|| key_attributes(key));
            edit.apply(&mut map);
            Some(map)
        }
        Deed::Delete => None,
    }
}

fn effect(table: &Table, key: &ItemKey, deed: &Deed, expect: Expect) -> Effect {
    let seen = table.seen(key);
    let live = seen.filter(|known| !known.deleted);
    let believed = match expect {
        Expect::Any => true,
        Expect::Absent => live.is_none(),
        Expect::Version(version) => seen.is_some_and(|known| known.version == version),
    };
    let effect = match expect {
        _ if believed => match wanted(key, deed, live, live.map(|live| &live.attributes)) {
            Some(attributes) => Effect::write(seen, attributes, false),
            None => Effect::delete(live, false),
        },
        Expect::Version(version) => settle(table, key, deed, version),
        Expect::Any | Expect::Absent => Effect::Conflict,
    };
    match &effect {
        // Also where a merge comes to what is there.
        Effect::Write { deleted: false, attributes, .. }
            if deed.is_if_changed() && live.is_some_and(|live| live.attributes == *attributes) =>
        {
            Effect::Keep
        }
        _ => effect,
    }
}
