//! Properties: random conditions on random documents, random text, and random objects.

use super::naive::Item;
use super::spec::{self, Cond};
use super::writer::Writer;
use super::{Filter, FilterError, Subject, naive_amplify};
use crate::filter::Place;
use highwater_format::{Document, KeyValue, Millis, Value};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

/// The filter of a condition; nothing if the checks before evaluation refuse it, as they may.
fn filter(condition: &Cond) -> Option<Filter> {
    let mut writer = Writer::default();
    let text = writer.condition(condition, 0);
    allowed(Filter::parse(&text, &writer.names, &writer.values), &text)
}

fn allowed(outcome: Result<Filter, FilterError>, shown: &dyn std::fmt::Debug) -> Option<Filter> {
    match outcome {
        Ok(filter) => Some(filter),
        Err(
            FilterError::OperandType { .. }
            | FilterError::Bounds { .. }
            | FilterError::SameOperand { .. },
        ) => None,
        Err(other) => panic!("{shown:?}: {other}"),
    }
}

/// What the engine says of an item, and the same item as a tree.
fn judge(filter: &Filter, attributes: BTreeMap<String, Value>, deleted: bool) -> (bool, Item) {
    let document = Document::from_map(&attributes).unwrap_or_else(|e| panic!("{e}"));
    let subject =
        Subject { document: document.as_map(), version: 2, changed_at: Millis(1), deleted };
    let matched = filter.matches(&subject).unwrap_or_else(|e| panic!("{e}"));
    (matched, Item::new(attributes, 2, 1, deleted))
}

fn is(value: Option<&Value>, pin: &KeyValue) -> bool {
    match (value, pin) {
        (Some(Value::Number(v)), KeyValue::Number(p)) => v == p,
        (Some(Value::String(v)), KeyValue::String(p)) => *v == **p,
        (Some(Value::Binary(v)), KeyValue::Binary(p)) => v == p,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn lazy_evaluation_agrees_with_the_naive_one(
        (condition, attributes) in spec::case(),
        deleted in any::<bool>(),
    ) {
        if let Some(filter) = filter(&condition) {
            let (matched, item) = judge(&filter, attributes, deleted);
            prop_assert_eq!(matched, item.fulfils(&condition));
        }
    }

    #[test]
    fn amplify_objects_mean_what_they_say(
        object in naive_amplify::filter(),
        attributes in spec::attributes(),
        deleted in any::<bool>(),
    ) {
        if let Some(filter) = allowed(Filter::from_request(&object), &object) {
            let (matched, item) = judge(&filter, attributes, deleted);
            prop_assert_eq!(matched, naive_amplify::fulfils(&item, &object));
        }
    }

    #[test]
    fn a_pin_holds_for_every_match(
        (condition, attributes) in spec::case(),
        deleted in any::<bool>(),
    ) {
        if let Some(filter) = filter(&condition) {
            let (matched, _) = judge(&filter, attributes.clone(), deleted);
            for root in spec::ROOTS {
                if let (true, Some(pin)) = (matched, filter.pinned(root)) {
                    prop_assert!(is(attributes.get(root), &pin), "{} is pinned to {}", root, pin);
                }
            }
        }
    }

    #[test]
    fn the_digest_is_that_of_the_tree(left in spec::condition(), right in spec::condition()) {
        if let (Some(left), Some(right)) = (filter(&left), filter(&right)) {
            prop_assert_eq!(left == right, left.digest() == right.digest());
        }
    }

    #[test]
    fn random_text_never_panics(text in any::<String>(), soup in soup()) {
        let names = BTreeMap::from([("#a".to_owned(), "a".to_owned())]);
        let values = BTreeMap::from([(":a".to_owned(), Value::from(1))]);
        for text in [text, soup] {
            // Either outcome is right; a place must lie in the text.
            if let Err(FilterError::Expected { at: Place::Byte(at), .. }) =
                Filter::parse(&text, &names, &values)
            {
                prop_assert!(text.is_char_boundary(at), "{} in {:?}", at, text);
            }
        }
    }

    #[test]
    fn random_objects_never_panic(value in spec::value(), name in any::<String>()) {
        let operators = Value::Map([("eq".to_owned(), value.clone())].into());
        let nested = Value::Map([(name, operators)].into());
        let values = Value::Map([
            ("expression".to_owned(), Value::from("a = :a")),
            ("expressionValues".to_owned(), value.clone()),
        ].into());
        for object in [value, nested, values] {
            let _ = Filter::from_request(&object);
            let _ = Filter::from_amplify(&object);
        }
    }
}

/// Tokens in any order: text that gets further than random characters do.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "(",
        "(",
        ")",
        ")",
        "a",
        "b",
        "#a",
        ":a",
        "AND",
        "OR",
        "NOT",
        "BETWEEN",
        "IN",
        "=",
        "<>",
        "<",
        "<=",
        ",",
        ".",
        "[",
        "]",
        "0",
        "1",
        "size",
        "contains",
        "attribute_exists",
        "begins_with",
        "attribute_type",
        "\u{fc}",
    ];
    proptest::collection::vec(select(words), 0..40).prop_map(|words| words.join(" "))
}

/// The properties above pass over what the checks refuse; enough must be left, of either outcome.
#[test]
fn the_generators_reach_both_answers() {
    let mut runner = TestRunner::deterministic();
    let (mut taken, mut matched, mut pinned, mut pinned_and_matched) = (0, 0, 0, 0);
    for _ in 0..2000 {
        let sample = spec::case().new_tree(&mut runner);
        let (condition, attributes) = sample.unwrap_or_else(|e| panic!("{e}")).current();
        let Some(filter) = filter(&condition) else {
            continue;
        };
        taken += 1;
        let (matches, _) = judge(&filter, attributes, false);
        let pins = spec::ROOTS.iter().any(|root| filter.pinned(root).is_some());
        matched += u32::from(matches);
        pinned += u32::from(pins);
        pinned_and_matched += u32::from(pins && matches);
    }
    let shown =
        format!("{taken} taken, {matched} matched, {pinned} pinned, {pinned_and_matched} both");
    assert!(taken > 1000, "{shown}");
    assert!(matched > taken / 5 && matched < taken * 4 / 5, "{shown}");
    assert!(pinned > 100 && pinned_and_matched > 20, "{shown}");
}
