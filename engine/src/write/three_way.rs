//! Three-way merge: what the mutation changed and what was changed meanwhile, both held against the version
//! that the mutation believes in.
//!
//! An attribute that one side alone changed gets that side's value; removing it is a change. Where both
//! changed it, differently, the table's rule for it decides ([`super::merge_rule`]).

use super::case::{Case, Decision};
use super::merge_rule::{Attributes, merge_names, merge_value};
use crate::error::{Error, Result};
use highwater_format::meta::MergeRules;
use highwater_format::{Document, NumberError, Record};

/// Merges a stale mutation. Without the version that it believes in there is nothing to tell the two sides'
/// changes apart by; and an item that was deleted and made anew meanwhile is another item.
pub(super) fn settle(case: &Case<'_>, version: u64) -> Result<Decision> {
    let ancestor = case.ancestor(version)?;
    let Some(ancestor) = ancestor.filter(|past| !past.deleted_since && !past.record.deleted) else {
        return Ok(Decision::Conflict);
    };
    let ancestor = ancestor.record;
    let decision = match (case.live(), case.applied_to(Some(&ancestor))?) {
        // Both sides deleted it.
        (None, None) => Decision::Keep,
        (None, Some(_)) => Decision::Conflict,
        // A delete changes everything: it goes through where the other side changed nothing.
        (Some(live), None) if live.document == ancestor.document => case.delete(false),
        (Some(_), None) => Decision::Conflict,
        (Some(live), Some(incoming)) => Decision::Write {
            document: merged(case, &ancestor, live, &incoming)?,
            deleted: false,
            merged: true,
        },
    };
    Ok(decision)
}

fn merged(
    case: &Case<'_>,
    ancestor: &Record,
    live: &Record,
    incoming: &Document,
) -> Result<Document> {
    let ancestor = ancestor.document.to_map()?;
    let (live, incoming) = (live.document.to_map()?, incoming.to_map()?);
    let rules = &case.table.record.spec.merge;
    let map = merge(rules, &ancestor, &live, &incoming).map_err(|(attribute, source)| {
        let (table, key) = (case.table.name().to_owned(), Box::new(case.key.clone()));
        Error::MergedNumber { table, key, attribute, source }
    })?;
    Ok(Document::from_map(&map)?)
}

/// Merges attribute by attribute. A sum that no number holds is told with its attribute.
fn merge(
    rules: &MergeRules,
    ancestor: &Attributes,
    stored: &Attributes,
    incoming: &Attributes,
) -> Result<Attributes, (String, NumberError)> {
    merge_names(ancestor, stored, incoming, |name, values| {
        let rule = rules.attributes.get(name).copied().unwrap_or(rules.others);
        merge_value(rule, values).map_err(|error| (name.to_owned(), error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_format::meta::MergeRule;
    use highwater_format::{Value, parse_json};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn map(json: &str) -> Attributes {
        match parse_json(json) {
            Ok(Value::Map(map)) => map,
            other => panic!("{json}: {other:?}"),
        }
    }

    fn by(others: MergeRule) -> MergeRules {
        MergeRules { others, ..MergeRules::default() }
    }

    #[test]
    fn what_one_side_changed_is_taken_and_a_removal_is_a_change() {
        let ancestor = map(r#"{"a":1,"b":1,"c":1,"d":1,"e":1}"#);
        let stored = map(r#"{"a":2,"c":1,"d":1,"e":1,"f":1}"#);
        let incoming = map(r#"{"a":1,"b":1,"c":2,"e":1,"g":null}"#);
        for rule in [MergeRule::KeepStored, MergeRule::TakeNew, MergeRule::Add] {
            let merged = merge(&by(rule), &ancestor, &stored, &incoming);
            assert_eq!(merged, Ok(map(r#"{"a":2,"c":2,"e":1,"f":1,"g":null}"#)));
        }
    }

    #[test]
    fn an_attribute_has_its_own_rule() {
        let mut rules = by(MergeRule::TakeNew);
        rules.attributes.insert("kept".to_owned(), MergeRule::KeepStored);
        rules.attributes.insert("n".to_owned(), MergeRule::Add);
        let ancestor = map(r#"{"kept":0,"n":10,"other":0}"#);
        let stored = map(r#"{"kept":1,"n":11,"other":1}"#);
        let incoming = map(r#"{"kept":2,"n":12,"other":2}"#);
        let merged = merge(&rules, &ancestor, &stored, &incoming);
        assert_eq!(merged, Ok(map(r#"{"kept":1,"n":13,"other":2}"#)));
    }

    #[test]
    fn a_sum_too_long_names_its_attribute() {
        let number = "12345678901234567890123456789012345678";
        let stored = map(&format!(r#"{{"n":{number}}}"#));
        let merged = merge(&by(MergeRule::Add), &map(r#"{"n":0}"#), &stored, &map(r#"{"n":0.5}"#));
        assert!(matches!(merged, Err((name, NumberError::Precision { .. })) if name == "n"));
    }

    fn any_map() -> impl Strategy<Value = Attributes> {
        let leaf = prop_oneof![
            Just(Value::Null),
            (0_i64..4).prop_map(Value::from),
            "[ab]".prop_map(Value::from),
            proptest::collection::btree_set("[a-c]", 1..3).prop_map(Value::StringSet),
            proptest::collection::vec((0_i64..3).prop_map(Value::from), 0..3).prop_map(Value::List),
        ];
        let member = prop_oneof![
            leaf.clone(),
            proptest::collection::btree_map("[xy]", leaf, 0..3).prop_map(Value::Map),
        ];
        proptest::collection::btree_map("[a-d]", member, 0..4)
    }

    fn any_rule() -> impl Strategy<Value = MergeRule> {
        prop_oneof![
            Just(MergeRule::KeepStored),
            Just(MergeRule::TakeNew),
            Just(MergeRule::Union),
            Just(MergeRule::Append),
            Just(MergeRule::Add),
        ]
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_does_not_count(
            rule in any_rule(), a in any_map(), b in any_map(),
        ) {
            let rules = by(rule);
            prop_assert_eq!(merge(&rules, &a, &b, &a), Ok(b.clone()));
            prop_assert_eq!(merge(&rules, &a, &a, &b), Ok(b.clone()));
            if rule != MergeRule::Add {
                prop_assert_eq!(merge(&rules, &a, &b, &b), Ok(b));
            }
        }

        #[test]
        fn every_merge_can_be_stored(
            rule in any_rule(), a in any_map(), b in any_map(), c in any_map(),
        ) {
            let merged = merge(&by(rule), &a, &b, &c).map_err(|e| TestCaseError::fail(e.0))?;
            prop_assert!(Document::from_map(&merged).is_ok());
        }

        #[test]
        fn union_and_addition_do_not_depend_on_who_came_first(
            a in proptest::collection::btree_map("[a-d]", 0_i64..9, 0..4),
            b in proptest::collection::btree_map("[a-d]", 0_i64..9, 0..4),
            sets in proptest::collection::vec(proptest::collection::btree_set("[a-d]", 1..4), 3),
        ) {
            let side = |numbers: &BTreeMap<String, i64>, set: &BTreeSet<String>| {
                let mut side: Attributes = ["a", "b", "c", "d"]
                    .map(|name| (name.to_owned(), Value::from(*numbers.get(name).unwrap_or(&1))))
                    .into();
                side.insert("set".to_owned(), Value::StringSet(set.clone()));
                side
            };
            let (b, c) = (side(&a, &sets[1]), side(&b, &sets[2]));
            let a = side(&BTreeMap::new(), &sets[0]);
            let mut rules = by(MergeRule::Add);
            rules.attributes.insert("set".to_owned(), MergeRule::Union);
            prop_assert_eq!(merge(&rules, &a, &b, &c), merge(&rules, &a, &c, &b));
        }
    }
}
