//! Arbitrary bytes as a condition of either notation and a document: what the engine says of it is what an evaluator
//! says that is as plain as the rules are.

#![no_main]
#![allow(dead_code, unreachable_pub, reason = "the unit tests of filters use the rest")]

mod dice;
#[path = "../../engine/src/filter/tests/naive.rs"]
mod naive;
#[path = "../../engine/src/filter/tests/naive_amplify.rs"]
mod naive_amplify;
#[path = "../../engine/src/filter/tests/spec.rs"]
mod spec;
#[path = "../../engine/src/filter/tests/writer.rs"]
mod writer;

use highwater::{Document, Filter, FilterError, Millis, Subject, Value};
use libfuzzer_sys::fuzz_target;
use proptest::strategy::{BoxedStrategy, ValueTree};
use spec::Cond;
use std::collections::BTreeMap;
use writer::Writer;

/// So few that the number of operators is within a filter's limit.
const MAX_PARTS: usize = 40;

/// What the engine says, and the item as a tree.
fn judge(
    filter: &Filter,
    attributes: BTreeMap<String, Value>,
    deleted: bool,
) -> (bool, naive::Item) {
    let document = Document::from_map(&attributes).expect("it was drawn");
    let subject =
        Subject { document: document.as_map(), version: 2, changed_at: Millis(1), deleted };
    let matched = filter.matches(&subject).expect("the document is sound");
    (matched, naive::Item::new(attributes, 2, 1, deleted))
}

/// The checks before evaluation may refuse some of what is drawn.
fn accepted(parsed: Result<Filter, FilterError>) -> Option<Filter> {
    match parsed {
        Ok(filter) => Some(filter),
        Err(
            FilterError::OperandType { .. }
            | FilterError::Bounds { .. }
            | FilterError::SameOperand { .. }
            | FilterError::TooDeep { .. },
        ) => None,
        Err(other) => panic!("{other}"),
    }
}

/// How the parts of a condition are joined.
#[derive(Clone, Copy)]
enum Join {
    And,
    Or,
}

/// Bytes as a condition in postfix order: three draw a leaf, or join the last two conditions, or negate the last.
fn built<T: std::fmt::Debug>(
    bytes: &[u8],
    leaf: &BoxedStrategy<T>,
    join: impl Fn(Join, T, T) -> T,
    not: impl Fn(T) -> T,
) -> Option<T> {
    let mut stack: Vec<T> = Vec::new();
    for part in bytes.chunks_exact(3).take(MAX_PARTS) {
        let two = |stack: &mut Vec<T>| stack.pop().and_then(|right| Some((stack.pop()?, right)));
        let made = match part[0] % 8 {
            5 => two(&mut stack).map(|(left, right)| join(Join::And, left, right)),
            6 => two(&mut stack).map(|(left, right)| join(Join::Or, left, right)),
            7 => stack.pop().map(&not),
            _ => dice::draw(leaf, part).map(|tree| tree.current()),
        };
        stack.extend(made);
    }
    stack.into_iter().reduce(|left, right| join(Join::And, left, right))
}

fn expression(dice: &[u8], parts: &[u8], deleted: bool) -> Option<()> {
    let join = |join, left, right| match join {
        Join::And => Cond::And(vec![left, right]),
        Join::Or => Cond::Or(vec![left, right]),
    };
    let condition = built(parts, &spec::leaf(), join, |inner| Cond::Not(Box::new(inner)))?;
    let attributes = dice::draw(&spec::attributes_near(&condition), dice)?.current();
    let mut writer = Writer::default();
    let text = writer.condition(&condition, 0);
    let filter = accepted(Filter::parse(&text, &writer.names, &writer.values))?;
    let (matched, item) = judge(&filter, attributes, deleted);
    assert_eq!(
        matched,
        item.fulfils(&condition),
        "{text}\n{:?}\n{:?}",
        writer.names,
        writer.values
    );
    Some(())
}

fn object(dice: &[u8], parts: &[u8], deleted: bool) -> Option<()> {
    let member = |name: &str, value| Value::Map(BTreeMap::from([(name.to_owned(), value)]));
    let join = |join, left, right| match join {
        Join::And => member("and", Value::List(vec![left, right])),
        Join::Or => member("or", Value::List(vec![left, right])),
    };
    let object = built(parts, &naive_amplify::leaf(), join, |inner| member("not", inner))?;
    let attributes = dice::draw(&spec::attributes(), dice)?.current();
    let filter = accepted(Filter::from_amplify(&object))?;
    let (matched, item) = judge(&filter, attributes, deleted);
    assert_eq!(matched, naive_amplify::fulfils(&item, &object), "{object:?}");
    Some(())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&[flags, dice @ ..], parts)) = bytes.split_first_chunk::<4>() else { return };
    let judged = if flags & 2 == 2 { expression } else { object };
    judged(&dice, parts, flags & 1 == 1);
});
