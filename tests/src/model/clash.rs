//! What becomes of a mutation that believes in another version than the stored one, by each strategy.

use super::body::{Attributes, key_attributes};
use super::expect::{Effect, wanted};
use super::oracle::{Known, Table, Version};
use super::resolver::{Answer, Shown, answer};
use super::transition::Deed;
use highwater::{ConflictStrategy, ItemKey, MergeRule, Number, Value};
use std::collections::BTreeSet;

/// How a three-way merge settles what both sides changed: by attribute, and all others.
pub const RULES: [(&str, MergeRule); 2] = [("n", MergeRule::Add), ("tag", MergeRule::TakeNew)];
const OTHERS: MergeRule = MergeRule::KeepStored;

/// A mutation that believes in `version`, which is not the stored one.
pub(super) fn settle(table: &Table, key: &ItemKey, deed: &Deed, version: u64) -> Effect {
    let seen = table.seen(key);
    let live = seen.filter(|known| !known.deleted);
    let incoming = |from: Option<&Attributes>| wanted(key, deed, live, from);
    let write = |attributes, merged| Effect::write(seen, attributes, merged);
    match table.setup.conflicts {
        ConflictStrategy::OptimisticConcurrency => Effect::Conflict,
        _ if deed.is_if_changed() && live.map(|l| l.attributes.clone()) == incoming(None) => {
            Effect::Keep
        }
        ConflictStrategy::LastWriterWins => match incoming(live.map(|live| &live.attributes)) {
            Some(attributes) => write(attributes, false),
            None => Effect::delete(live, false),
        },
        ConflictStrategy::Automerge => match (live, brought(key, deed)) {
            (Some(live), Some(brought)) => write(automerge(&live.attributes, brought), true),
            _ => Effect::Conflict,
        },
        ConflictStrategy::ThreeWayMerge => {
            let Some(Ancestor { version, deleted_since: false }) = ancestor(table, key, version)
            else {
                return Effect::Conflict;
            };
            let before = &version.attributes;
            match (live, incoming(Some(before))) {
                _ if version.deleted => Effect::Conflict,
                (None, None) => Effect::Keep,
                (None, Some(_)) => Effect::Conflict,
                (Some(live), None) if live.attributes == *before => {
                    Effect::delete(Some(live), false)
                }
                (Some(_), None) => Effect::Conflict,
                (Some(live), Some(incoming)) => {
                    write(three_way(before, &live.attributes, &incoming), true)
                }
            }
        }
        ConflictStrategy::Custom => {
            let preview = incoming(live.map(|live| &live.attributes));
            let shown = Shown {
                existing: seen.map(|known| (&known.attributes, known.deleted)),
                preview: preview.as_ref(),
                has_ancestor: ancestor(table, key, version).is_some(),
            };
            match answer(&shown) {
                Answer::Reject => Effect::Conflict,
                Answer::Remove => Effect::delete(live, true),
                Answer::Resolve(mut attributes) => {
                    attributes.extend(key_attributes(key));
                    write(attributes, true)
                }
            }
        }
    }
}

/// A superseded version that somebody believes in.
struct Ancestor<'a> {
    version: &'a Version,
    /// Whether the item was deleted and made anew since.
    deleted_since: bool,
}

/// The version that history tells of, going back from the present while versions fall.
fn ancestor<'a>(table: &'a Table, key: &ItemKey, wanted: u64) -> Option<Ancestor<'a>> {
    let mut newer = table.seen(key).map_or(u64::MAX, |known| known.version);
    let mut deleted_since = false;
    for version in table.history(key).into_iter().rev() {
        if wanted == 0 || version.version >= newer || version.version < wanted {
            return None;
        }
        if version.version == wanted {
            return Some(Ancestor { version, deleted_since });
        }
        deleted_since |= version.deleted;
        newer = version.version;
    }
    None
}

/// What a stale mutation brings to Automerge; nothing for a delete.
fn brought(key: &ItemKey, deed: &Deed) -> Option<Attributes> {
    match deed {
        Deed::Update(edit) => {
            let mut map = Attributes::new();
            edit.apply(&mut map);
            Some(map)
        }
        other => wanted(key, other, None, None),
    }
}

/// AppSync's Automerge, for scalars: what is there stays, what is missing or null is taken.
fn automerge(stored: &Attributes, incoming: Attributes) -> Attributes {
    let mut merged = stored.clone();
    for (name, value) in incoming {
        let present = merged.get(&name).is_some_and(|held| *held != Value::Null);
        if !present {
            merged.insert(name, value);
        }
    }
    merged
}

/// Attribute by attribute: what one side alone changed is taken, of what both changed the rule decides.
fn three_way(before: &Attributes, stored: &Attributes, incoming: &Attributes) -> Attributes {
    let names: BTreeSet<&String> =
        before.keys().chain(stored.keys()).chain(incoming.keys()).collect();
    let settled = |name: &String| {
        let (before, stored, incoming) = (before.get(name), stored.get(name), incoming.get(name));
        let rule = RULES.iter().find(|(named, _)| named == name).map_or(OTHERS, |(_, rule)| *rule);
        let value = match rule {
            _ if incoming == before => stored.cloned(),
            _ if stored == before => incoming.cloned(),
            MergeRule::TakeNew => incoming.cloned(),
            MergeRule::Add => sum(before, stored, incoming).or_else(|| stored.cloned()),
            _ => stored.cloned(),
        };
        value.map(|value| (name.clone(), value))
    };
    names.into_iter().filter_map(settled).collect()
}

/// The stored number and what was added to the one before; nothing where they are no numbers.
fn sum(before: Option<&Value>, stored: Option<&Value>, incoming: Option<&Value>) -> Option<Value> {
    let number = |value: Option<&Value>| match value {
        Some(Value::Number(number)) => number.to_string().parse::<i64>().ok(),
        _ => None,
    };
    let before = before.map_or(Some(0), |value| number(Some(value)))?;
    let sum = number(stored)? + number(incoming)? - before;
    Some(Value::Number(Number::from(sum)))
}

impl Effect {
    /// A version after `seen`.
    pub(super) fn write(seen: Option<&Known>, attributes: Attributes, merged: bool) -> Self {
        let version = seen.map_or(0, |known| known.version) + 1;
        Self::Write { version, deleted: false, attributes, merged }
    }

    /// A tombstone, if there is an item.
    pub(super) fn delete(live: Option<&Known>, merged: bool) -> Self {
        live.map_or(Self::Keep, |live| Self::Write {
            version: live.version + 1,
            deleted: true,
            attributes: live.attributes.clone(),
            merged,
        })
    }
}
