//! AppSync's Automerge: a stale mutation is merged into the stored item instead of rejected.
//!
//! Scalars: the stored value stays. Lists: the incoming elements are appended. Sets: union. Maps: the
//! same rules, member by member. A field that the stored item lacks, or has as null, is taken. A field
//! that the mutation omits or removes stays: to remove it, repeat with the matching version.
//!
//! Source: the AppSync developer guide, "Conflict detection and resolution", Automerge.

use super::case::{Case, Decision};
use super::mutation::Change;
use crate::error::Result;
use highwater_format::{Document, Value};
use std::collections::BTreeMap;

/// Merges a stale mutation into a live item, whatever version it believes in.
pub(super) fn settle(case: &Case<'_>) -> Result<Decision> {
    let Some(live) = case.live() else {
        return Ok(Decision::Conflict);
    };
    let incoming = match &case.mutation.change {
        Change::Put(document) | Change::PutIfChanged(document) => document.to_map()?,
        Change::Update(_, update) => update.set.clone(),
        // A stale delete is never merged: half a delete is none.
        Change::Delete(_) => return Ok(Decision::Conflict),
    };
    let mut map = live.document.to_map()?;
    merge(&mut map, incoming);
    let document = Document::from_map(&map)?;
    Ok(Decision::Write { document, deleted: false, merged: true })
}

/// Merges `incoming` into `stored`.
fn merge(stored: &mut BTreeMap<String, Value>, incoming: BTreeMap<String, Value>) {
    for (name, value) in incoming {
        match stored.get_mut(&name) {
            None => {
                stored.insert(name, value);
            }
            Some(present) => merge_value(present, value),
        }
    }
}

fn merge_value(stored: &mut Value, incoming: Value) {
    match (stored, incoming) {
        (stored @ Value::Null, incoming) => *stored = incoming,
        (Value::List(stored), Value::List(incoming)) => stored.extend(incoming),
        (Value::StringSet(stored), Value::StringSet(incoming)) => stored.extend(incoming),
        (Value::NumberSet(stored), Value::NumberSet(incoming)) => stored.extend(incoming),
        (Value::BinarySet(stored), Value::BinarySet(incoming)) => stored.extend(incoming),
        (Value::Map(stored), Value::Map(incoming)) => merge(stored, incoming),
        // Scalars, and values whose types differ: the stored one is what the server has selected.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_format::parse_typed_json;

    /// The four worked examples of the developer guide, each starting from the one before.
    #[test]
    fn the_four_worked_examples() {
        let map = |text: &str| parse_typed_json(text).unwrap();
        let mut item = map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"}}"#);

        merge(&mut item, map(r#"{"id":{"N":"1"},"jersey":{"N":"55"}}"#));
        assert_eq!(item, map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"}}"#));

        merge(
            &mut item,
            map(r#"{"id":{"N":"1"},"name":{"S":"Shaggy"},"jersey":{"N":"5"},
                "interests":{"SS":["breakfast","lunch","dinner"]},
                "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"}]}}"#),
        );
        assert_eq!(
            item,
            map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"},
                "interests":{"SS":["breakfast","lunch","dinner"]},
                "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"}]}}"#)
        );

        merge(
            &mut item,
            map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},
                "interests":{"SS":["breakfast","lunch","brunch"]},
                "points":{"L":[{"N":"30"},{"N":"35"}]}}"#),
        );
        assert_eq!(
            item,
            map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},"jersey":{"N":"5"},
                "interests":{"SS":["breakfast","lunch","dinner","brunch"]},
                "points":{"L":[{"N":"24"},{"N":"30"},{"N":"27"},{"N":"30"},{"N":"35"}]}}"#)
        );

        item.extend(map(r#"{"stats":{"M":{"ppg":{"S":"35.4"},"apg":{"S":"6.3"}}}}"#));
        merge(
            &mut item,
            map(r#"{"id":{"N":"1"},"name":{"S":"Nadia"},
                "stats":{"M":{"ppg":{"S":"25.7"},"rpg":{"S":"6.9"}}}}"#),
        );
        let stats = map(r#"{"ppg":{"S":"35.4"},"apg":{"S":"6.3"},"rpg":{"S":"6.9"}}"#);
        assert_eq!(item.get("stats"), Some(&Value::Map(stats)));
        assert_eq!(item.len(), 6);
    }

    #[test]
    fn null_is_filled_and_a_differing_type_stays() {
        let map = |text: &str| parse_typed_json(text).unwrap();
        let mut item = map(r#"{"a":{"NULL":true},"b":{"S":"x"}}"#);
        merge(&mut item, map(r#"{"a":{"N":"1"},"b":{"N":"2"}}"#));
        assert_eq!(item, map(r#"{"a":{"N":"1"},"b":{"S":"x"}}"#));
    }
}
