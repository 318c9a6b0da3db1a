//! Random Amplify objects, and a reader that judges an item by the object itself, without a tree.

use super::naive::{Item, code, compare, contains, size};
use super::spec::{scalar, value};
use highwater_format::Value;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

const TYPES: [(&str, &str); 10] = [
    ("string", "S"),
    ("stringSet", "SS"),
    ("number", "N"),
    ("numberSet", "NS"),
    ("binary", "B"),
    ("binarySet", "BS"),
    ("bool", "BOOL"),
    ("_null", "NULL"),
    ("list", "L"),
    ("map", "M"),
];

fn object(members: Vec<(String, Value)>) -> Value {
    Value::Map(members.into_iter().collect())
}

fn operator() -> BoxedStrategy<(String, Value)> {
    let number = || (0..4_i64).prop_map(Value::from);
    let sizes = btree_map(select(vec!["eq", "ne", "lt", "ge"]), number(), 0..3);
    let sizes = sizes.prop_map(|m| object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()));
    let named = |names: &[&'static str], operand: BoxedStrategy<Value>| {
        (select(names.to_vec()), operand).prop_map(|(name, operand)| (name.to_owned(), operand))
    };
    prop_oneof![
        named(&["eq", "ne", "contains", "notContains"], value().boxed()),
        named(&["lt", "le", "gt", "ge", "beginsWith"], scalar().boxed()),
        named(&["between"], vec(scalar(), 2).prop_map(Value::List).boxed()),
        named(&["in", "notIn"], vec(value(), 0..3).prop_map(Value::List).boxed()),
        named(&["attributeExists"], any::<bool>().prop_map(Value::Bool).boxed()),
        named(&["attributeType"], select(TYPES.to_vec()).prop_map(|(n, _)| Value::from(n)).boxed()),
        named(&["size"], sizes.boxed()),
    ]
    .boxed()
}

/// An object without groups.
pub(super) fn leaf() -> BoxedStrategy<Value> {
    let attribute = (select(vec!["a", "b", "c", "_version", "_deleted"]), vec(operator(), 0..3))
        .prop_map(|(name, operators)| (name.to_owned(), object(operators)));
    vec(attribute, 0..3).prop_map(object).boxed()
}

pub(super) fn filter() -> BoxedStrategy<Value> {
    leaf()
        .prop_recursive(3, 12, 3, |inner| {
            let list = vec(inner.clone(), 0..3).prop_map(Value::List);
            (inner.clone(), select(vec!["and", "or"]), list, proptest::option::of(inner)).prop_map(
                |(object, group, list, negated)| match object {
                    Value::Map(mut map) => {
                        map.insert(group.to_owned(), list);
                        map.insert("not".to_owned(), negated.unwrap_or(Value::Null));
                        Value::Map(map)
                    }
                    other => other,
                },
            )
        })
        .boxed()
}

pub(super) fn fulfils(item: &Item, filter: &Value) -> bool {
    members(filter).iter().all(|(name, member)| match (name.as_str(), member) {
        (_, Value::Null) => true,
        ("and", Value::List(list)) => list.iter().all(|inner| fulfils(item, inner)),
        ("or", Value::List(list)) => {
            list.is_empty() || list.iter().any(|inner| fulfils(item, inner))
        }
        ("not", inner) => !fulfils(item, inner),
        (attribute, operators) => members(operators)
            .iter()
            .all(|(operator, operand)| holds(item.0.get(attribute), operator, operand)),
    })
}

fn members(object: &Value) -> BTreeMap<String, Value> {
    match object {
        Value::Map(map) => map.clone(),
        other => unreachable!("no object: {other:?}"),
    }
}

fn holds(attribute: Option<&Value>, operator: &str, operand: &Value) -> bool {
    let compared = |op: &str| compare(attribute.cloned(), op, Some(operand.clone()));
    let null = attribute.is_none_or(|v| *v == Value::Null);
    let among = || match operand {
        Value::List(values) => values
            .iter()
            .any(|v| attribute == Some(v) || (*v == Value::Null && attribute.is_none())),
        other => unreachable!("no list: {other:?}"),
    };
    let contained = || attribute.is_some_and(|v| contains(v.clone(), operand.clone()));
    match (operator, operand) {
        ("eq", Value::Null) => null,
        ("ne", Value::Null) => !null,
        (_, Value::Null) => true,
        ("eq", _) => compared("="),
        ("ne", _) => compared("<>"),
        ("lt", _) => compared("<"),
        ("le", _) => compared("<="),
        ("gt", _) => compared(">"),
        ("ge", _) => compared(">="),
        ("contains", _) => contained(),
        ("notContains", _) => !contained(),
        ("in", _) => among(),
        ("notIn", _) => !among(),
        ("between", Value::List(bounds)) => {
            holds(attribute, "ge", bounds.first().unwrap_or(&Value::Null))
                && holds(attribute, "le", bounds.last().unwrap_or(&Value::Null))
        }
        ("beginsWith", prefix) => match (attribute, prefix) {
            (Some(Value::String(t)), Value::String(p)) => t.starts_with(p.as_str()),
            (Some(Value::Binary(t)), Value::Binary(p)) => t.starts_with(p),
            _ => false,
        },
        ("attributeExists", Value::Bool(wanted)) => attribute.is_some() == *wanted,
        ("attributeType", Value::String(name)) => {
            attribute.is_some_and(|v| TYPES.contains(&(name.as_str(), code(v))))
        }
        ("size", sizes) => members(sizes).iter().all(|(operator, operand)| {
            let size = attribute.and_then(size).map(Value::from);
            holds(size.as_ref(), operator, operand)
        }),
        _ => unreachable!("no operator {operator}"),
    }
}
