//! What a commit must answer, decided by the oracle alone.

use super::body::{Attributes, TABLES, document, key_attributes, key_of};
use super::oracle::{Known, Oracle, Table};
use super::transition::{Belief, Deed, Write};
use highwater::{ConflictStrategy, Expect, ItemKey, Mutation, Value};
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
        let key = key_of(write.table, write.item);
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
        Belief::Stale => Expect::Version(version.saturating_sub(1)),
        Belief::Ahead => Expect::Version(version + 1),
    }
}

fn effect(table: &Table, key: &ItemKey, deed: &Deed, expect: Expect) -> Effect {
    let seen = table.seen(key);
    let live = seen.filter(|known| !known.deleted);
    let version = seen.map_or(0, |known| known.version) + 1;
    let write = |attributes| Effect::Write { version, deleted: false, attributes, merged: false };
    let believed = match expect {
        Expect::Any => true,
        Expect::Absent => live.is_none(),
        Expect::Version(version) => seen.is_some_and(|known| known.version == version),
    };
    let stale = matches!(expect, Expect::Version(_)) && !believed;
    let believed = believed || (stale && table.setup.conflicts == ConflictStrategy::LastWriterWins);
    if !believed {
        let merges = table.setup.conflicts == ConflictStrategy::Automerge && stale;
        return match (live, incoming(key, deed, live)) {
            (Some(live), Some(incoming)) if merges => {
                let attributes = merge(&live.attributes, incoming);
                // Also where a merge comes to what is there.
                let if_changed = matches!(deed, Deed::PutIfChanged(_) | Deed::PutSame);
                if if_changed && attributes == live.attributes {
                    return Effect::Keep;
                }
                Effect::Write { version, deleted: false, attributes, merged: true }
            }
            _ => Effect::Conflict,
        };
    }
    match deed {
        Deed::Put(body) => write(body.attributes(key)),
        Deed::PutIfChanged(body) => {
            let wanted = body.attributes(key);
            if live.is_some_and(|known| known.attributes == wanted) {
                return Effect::Keep;
            }
            write(wanted)
        }
        Deed::PutSame if live.is_some() => Effect::Keep,
        Deed::PutSame => write(key_attributes(key)),
        Deed::Update(edit) => {
            let mut map = same(key, live);
            edit.apply(&mut map);
            write(map)
        }
        Deed::Delete => match live {
            None => Effect::Keep,
            Some(known) => {
                let attributes = known.attributes.clone();
                Effect::Write { version, deleted: true, attributes, merged: false }
            }
        },
    }
}

/// What a stale mutation brings to a merge; nothing for a delete.
fn incoming(key: &ItemKey, deed: &Deed, live: Option<&Known>) -> Option<Attributes> {
    match deed {
        Deed::Put(body) | Deed::PutIfChanged(body) => Some(body.attributes(key)),
        Deed::PutSame => Some(same(key, live)),
        Deed::Update(edit) => {
            let mut map = Attributes::new();
            edit.apply(&mut map);
            Some(map)
        }
        Deed::Delete => None,
    }
}

/// AppSync's Automerge, for scalars: what is there stays, what is missing or null is taken.
fn merge(stored: &Attributes, incoming: Attributes) -> Attributes {
    let mut merged = stored.clone();
    for (name, value) in incoming {
        let present = merged.get(&name).is_some_and(|held| *held != Value::Null);
        if !present {
            merged.insert(name, value);
        }
    }
    merged
}
