//! Random conditions, as the tests hold them: written out as an expression, or judged by
//! [`super::naive`].

use super::writer::Writer;
use highwater_format::{Number, Value};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(super) enum Cond {
    And(Vec<Cond>),
    Or(Vec<Cond>),
    Not(Box<Cond>),
    Compare(Term, &'static str, Term),
    Between(Term, Term, Term),
    In(Term, Vec<Term>),
    Exists(Steps),
    Missing(Steps),
    Type(Term, &'static str),
    BeginsWith(Term, Term),
    Contains(Term, Term),
}

#[derive(Debug, Clone)]
pub(super) enum Term {
    Path(Steps),
    Value(Value),
    Size(Steps),
}

/// A top-level name and the steps from it; a step is a name or an index.
#[derive(Debug, Clone)]
pub(super) struct Steps(pub(super) &'static str, pub(super) Vec<Result<&'static str, usize>>);

pub(super) const ROOTS: [&str; 6] = ["a", "b", "c", "and", "_version", "_deleted"];
pub(super) const CODES: [&str; 10] = ["S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"];

/// Few values, so that random ones meet.
pub(super) fn scalar() -> BoxedStrategy<Value> {
    select(vec![
        Value::from("a"),
        Value::from("ab"),
        Value::from("b\u{e9}"),
        Value::from(""),
        Value::from(0),
        Value::from(1),
        Value::from(2),
        Value::from(-1),
        "1.5".parse::<Number>().map_or(Value::Null, Value::Number),
        Value::Binary(vec![]),
        Value::Binary(vec![0]),
        Value::Binary(vec![0, 255]),
        Value::Bool(true),
        Value::Bool(false),
        Value::Null,
    ])
    .boxed()
}

pub(super) fn value() -> BoxedStrategy<Value> {
    let sets = prop_oneof![
        btree_set(select(vec!["a".to_owned(), "b".to_owned()]), 1..3).prop_map(Value::StringSet),
        btree_set((0..3_i64).prop_map(Number::from), 1..3).prop_map(Value::NumberSet),
        btree_set(select(vec![vec![], vec![0]]), 1..3).prop_map(Value::BinarySet),
    ];
    let leaf = prop_oneof![6 => scalar(), 1 => sets];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            btree_map(select(vec!["a".to_owned(), "b".to_owned()]), inner, 0..3)
                .prop_map(Value::Map),
        ]
    })
    .boxed()
}

pub(super) fn attributes() -> BoxedStrategy<BTreeMap<String, Value>> {
    btree_map(select(ROOTS.to_vec()).prop_map(str::to_owned), value(), 0..6).boxed()
}

fn steps() -> BoxedStrategy<Steps> {
    let step = select(vec![Ok("a"), Ok("b"), Err(0), Err(1)]);
    let tail = prop_oneof![3 => Just(vec![]), 1 => vec(step, 1..3)];
    (select(ROOTS.to_vec()), tail).prop_map(|(root, tail)| Steps(root, tail)).boxed()
}

fn term(value: BoxedStrategy<Value>) -> BoxedStrategy<Term> {
    prop_oneof![
        3 => steps().prop_map(Term::Path),
        3 => value.prop_map(Term::Value),
        1 => steps().prop_map(Term::Size),
    ]
    .boxed()
}

/// One comparison or function.
pub(super) fn leaf() -> BoxedStrategy<Cond> {
    let top = || select(ROOTS.to_vec()).prop_map(|root| Term::Path(Steps(root, vec![])));
    let literal = || scalar().prop_map(Term::Value);
    let any = || term(value());
    let plain = || term(scalar());
    prop_oneof![
        // What can pin an attribute, often enough to happen in an AND and on both sides of an OR.
        3 => (top(), literal()).prop_map(|(l, r)| Cond::Compare(l, "=", r)),
        1 => (literal(), top()).prop_map(|(l, r)| Cond::Compare(l, "=", r)),
        1 => (top(), vec(literal(), 1..3)).prop_map(|(v, list)| Cond::In(v, list)),
        1 => (any(), select(vec!["=", "<>"]), any()).prop_map(|(l, op, r)| Cond::Compare(l, op, r)),
        1 => (plain(), select(vec!["<", "<=", ">", ">="]), plain())
            .prop_map(|(l, op, r)| Cond::Compare(l, op, r)),
        1 => (plain(), plain(), plain()).prop_map(|(v, l, h)| Cond::Between(v, l, h)),
        1 => (any(), vec(any(), 1..4)).prop_map(|(v, list)| Cond::In(v, list)),
        1 => steps().prop_map(Cond::Exists),
        1 => steps().prop_map(Cond::Missing),
        1 => (any(), select(CODES.to_vec())).prop_map(|(t, code)| Cond::Type(t, code)),
        1 => (plain(), plain()).prop_map(|(t, p)| Cond::BeginsWith(t, p)),
        1 => (any(), any()).prop_map(|(c, e)| Cond::Contains(c, e)),
        1 => (plain(), plain()).prop_map(|(c, e)| Cond::Contains(c, e)),
    ]
    .boxed()
}

pub(super) fn condition() -> BoxedStrategy<Cond> {
    leaf()
        .prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 1..4).prop_map(Cond::And),
                vec(inner.clone(), 1..4).prop_map(Cond::Or),
                inner.prop_map(|c| Cond::Not(Box::new(c))),
            ]
        })
        .boxed()
}

/// Attributes whose values are often among those that `condition` compares them with.
pub(super) fn attributes_near(condition: &Cond) -> BoxedStrategy<BTreeMap<String, Value>> {
    let mut writer = Writer::default();
    writer.condition(condition, 0);
    let mentioned: Vec<Value> = writer.values.into_values().chain([Value::from("a")]).collect();
    let value = prop_oneof![3 => select(mentioned), 1 => value()];
    let present = proptest::option::weighted(0.8, value);
    vec(present, ROOTS.len())
        .prop_map(|values| {
            let named = ROOTS.iter().zip(values);
            named.filter_map(|(root, value)| Some(((*root).to_owned(), value?))).collect()
        })
        .boxed()
}

/// A condition, and attributes that are near it.
pub(super) fn case() -> BoxedStrategy<(Cond, BTreeMap<String, Value>)> {
    condition()
        .prop_flat_map(|condition| {
            let attributes = attributes_near(&condition);
            (Just(condition), attributes)
        })
        .boxed()
}
