//! One attribute that both sides of a three-way merge may have changed.

use bigdecimal::BigDecimal;
use highwater_format::meta::MergeRule;
use highwater_format::{Number, NumberError, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Attributes of a document, or members of a map.
pub(super) type Attributes = BTreeMap<String, Value>;

/// Merges name by name: `value` gives what each of them becomes.
pub(super) fn merge_names<E>(
    ancestor: &Attributes,
    stored: &Attributes,
    incoming: &Attributes,
    value: impl Fn(&str, [Option<&Value>; 3]) -> Result<Option<Value>, E>,
) -> Result<Attributes, E> {
    let names: BTreeSet<&String> =
        ancestor.keys().chain(stored.keys()).chain(incoming.keys()).collect();
    let mut merged = Attributes::new();
    for name in names {
        let value = value(name, [ancestor.get(name), stored.get(name), incoming.get(name)])?;
        merged.extend(value.map(|value| (name.clone(), value)));
    }
    Ok(merged)
}

/// The value after both sides' changes, from the ancestor's, the stored and the incoming one; `None` where
/// it is missing.
///
/// Maps are merged member by member. A rule that does not fit the values' types keeps the stored one.
pub(super) fn merge_value(
    rule: MergeRule,
    values: [Option<&Value>; 3],
) -> Result<Option<Value>, NumberError> {
    let [ancestor, stored, incoming] = values;
    if incoming == ancestor {
        return Ok(stored.cloned());
    }
    if stored == ancestor {
        return Ok(incoming.cloned());
    }
    // Two who each add one to a counter have added two, though both came to the same number.
    if stored == incoming && rule != MergeRule::Add {
        return Ok(stored.cloned());
    }
    if let (Some(Value::Map(stored)), Some(Value::Map(incoming))) = (stored, incoming) {
        let none = Attributes::new();
        let ancestor = if let Some(Value::Map(map)) = ancestor { map } else { &none };
        let merged =
            merge_names(ancestor, stored, incoming, |_, values| merge_value(rule, values))?;
        return Ok(Some(Value::Map(merged)));
    }
    let settled = match rule {
        MergeRule::KeepStored => None,
        MergeRule::TakeNew => Some(incoming.cloned()),
        MergeRule::Union => union(values),
        MergeRule::Append => append(values).map(Some),
        MergeRule::Add => add(values)?.map(Some),
    };
    Ok(settled.unwrap_or_else(|| stored.cloned()))
}

/// What either side added is in, what either removed is out; `None` where the values are not sets of one
/// kind. A set without members cannot be stored, so one that is missing counts as empty, and an empty one
/// goes missing.
fn union(values: [Option<&Value>; 3]) -> Option<Option<Value>> {
    let strings = |value: &Value| match value {
        Value::StringSet(set) => Some(set.clone()),
        _ => None,
    };
    let numbers = |value: &Value| match value {
        Value::NumberSet(set) => Some(set.clone()),
        _ => None,
    };
    let binaries = |value: &Value| match value {
        Value::BinarySet(set) => Some(set.clone()),
        _ => None,
    };
    members(values, strings)
        .map(|set| whole(set, Value::StringSet))
        .or_else(|| members(values, numbers).map(|set| whole(set, Value::NumberSet)))
        .or_else(|| members(values, binaries).map(|set| whole(set, Value::BinarySet)))
}

fn whole<T>(set: BTreeSet<T>, kind: fn(BTreeSet<T>) -> Value) -> Option<Value> {
    (!set.is_empty()).then(|| kind(set))
}

fn members<T: Ord>(
    values: [Option<&Value>; 3],
    set_in: impl Fn(&Value) -> Option<BTreeSet<T>>,
) -> Option<BTreeSet<T>> {
    let set = |value: Option<&Value>| value.map_or_else(|| Some(BTreeSet::new()), &set_in);
    let [ancestor, stored, incoming] = values;
    let (ancestor, mut stored, mut incoming) = (set(ancestor)?, set(stored)?, set(incoming)?);
    let removed = |member: &T| {
        ancestor.contains(member) && !(stored.contains(member) && incoming.contains(member))
    };
    let gone: Vec<bool> = ancestor.iter().map(removed).collect();
    stored.append(&mut incoming);
    for (member, gone) in ancestor.iter().zip(gone) {
        if gone {
            stored.remove(member);
        }
    }
    Some(stored)
}

/// The stored list and what the mutation added to its end of the ancestor's; where it did not only add at
/// the end, those of its elements that the ancestor lacks.
fn append([ancestor, stored, incoming]: [Option<&Value>; 3]) -> Option<Value> {
    let (Some(Value::List(stored)), Some(Value::List(incoming))) = (stored, incoming) else {
        return None;
    };
    let ancestor = match ancestor {
        None => [].as_slice(),
        Some(Value::List(ancestor)) => ancestor,
        Some(_) => return None,
    };
    let mut merged = stored.clone();
    match incoming.strip_prefix(ancestor) {
        Some(added) => merged.extend_from_slice(added),
        None => {
            merged.extend(incoming.iter().filter(|value| !ancestor.contains(value)).cloned());
        }
    }
    Some(Value::List(merged))
}

/// The stored number and what the mutation added to the ancestor's; a missing ancestor counts as zero.
fn add([ancestor, stored, incoming]: [Option<&Value>; 3]) -> Result<Option<Value>, NumberError> {
    let ancestor = match ancestor {
        None => Number::ZERO,
        Some(Value::Number(ancestor)) => *ancestor,
        Some(_) => return Ok(None),
    };
    match (stored, incoming) {
        (Some(Value::Number(stored)), Some(Value::Number(incoming))) => {
            let sum = exact(*stored)? + exact(*incoming)? - exact(ancestor)?;
            sum.to_string().parse().map(Value::Number).map(Some)
        }
        _ => Ok(None),
    }
}

/// Nothing is rounded in between: the sum may have few digits where its parts have many.
fn exact(number: Number) -> Result<BigDecimal, NumberError> {
    let text = number.to_string();
    text.parse().map_err(|_| NumberError::Syntax { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_format::parse_typed_json;
    use proptest::prelude::*;

    fn value(text: &str) -> Option<Value> {
        (!text.is_empty()).then(|| {
            let json = typed(text);
            let map = parse_typed_json(&format!(r#"{{"v":{json}}}"#));
            map.unwrap_or_else(|e| panic!("{json}: {e}")).remove("v").expect("a value")
        })
    }

    /// `N 1`, `SS "a","b"`, `L ...` as typed JSON, so that the tables below stay narrow.
    fn typed(text: &str) -> String {
        let (kind, content) = text.split_once(' ').unwrap_or((text, ""));
        match kind {
            "N" | "S" => format!(r#"{{"{kind}":"{content}"}}"#),
            "SS" | "NS" => {
                let members: Vec<String> =
                    content.split(' ').map(|member| format!(r#""{member}""#)).collect();
                format!(r#"{{"{kind}":[{}]}}"#, members.join(","))
            }
            "L" => {
                let members = content.split(' ').filter(|member| !member.is_empty());
                let members: Vec<String> =
                    members.map(|member| format!(r#"{{"N":"{member}"}}"#)).collect();
                format!(r#"{{"L":[{}]}}"#, members.join(","))
            }
            _ => format!(r#"{{"M":{content}}}"#),
        }
    }

    #[track_caller]
    fn merges(rule: MergeRule, cases: &[[&str; 4]]) {
        for [ancestor, stored, incoming, wanted] in cases {
            let (a, s, i) = (value(ancestor), value(stored), value(incoming));
            let merged = merge_value(rule, [a.as_ref(), s.as_ref(), i.as_ref()]);
            assert_eq!(merged, Ok(value(wanted)), "{ancestor:?} {stored:?} {incoming:?}");
        }
    }

    #[test]
    fn keep_and_take() {
        merges(MergeRule::KeepStored, &[["N 1", "N 2", "N 3", "N 2"], ["N 1", "", "N 3", ""]]);
        merges(MergeRule::TakeNew, &[["N 1", "N 2", "N 3", "N 3"], ["N 1", "N 2", "", ""]]);
    }

    #[test]
    fn union_keeps_what_nobody_removed_and_what_anybody_added() {
        merges(
            MergeRule::Union,
            &[
                ["SS a b c", "SS a b d", "SS b c e", "SS b d e"],
                ["", "SS a", "SS b", "SS a b"],
                ["NS 1 2", "NS 2 3", "NS 1 4", "NS 3 4"],
                // All that was there is removed: a set without members is none.
                ["SS a b", "SS a", "SS b", ""],
                ["SS a", "", "SS a b", "SS b"],
                ["SS a", "SS a b", "", "SS b"],
                // It does not fit: the stored value stays.
                ["SS a", "NS 1", "SS b", "NS 1"],
                ["S x", "SS a", "SS b", "SS a"],
                ["N 1", "N 2", "N 3", "N 2"],
            ],
        );
    }

    #[test]
    fn append_adds_what_is_new() {
        merges(
            MergeRule::Append,
            &[
                ["L 1", "L 1 2", "L 1 3", "L 1 2 3"],
                // What was added twice is added twice.
                ["L 1", "L 1 2", "L 1 1 1", "L 1 2 1 1"],
                // Not only added at the end.
                ["L 1 2", "L 1 2 3", "L 4 2 5", "L 1 2 3 4 5"],
                ["", "L 1", "L 2", "L 1 2"],
                ["L 1", "L", "L 1 2", "L 2"],
                ["L 1", "", "L 1 2", ""],
                ["L 1", "L 2", "", "L 2"],
                ["N 1", "L 2", "L 3", "L 2"],
            ],
        );
    }

    #[test]
    fn add_is_exact() {
        merges(
            MergeRule::Add,
            &[
                ["N 10", "N 15", "N 7", "N 12"],
                ["", "N 1", "N 2", "N 3"],
                ["N 0.1", "N 0.3", "N 0.4", "N 0.6"],
                ["N 1E-130", "N 2E-130", "N 3E-130", "N 4E-130"],
                // Few digits, though the parts are far from each other.
                [
                    "N 1E+60",
                    "N 1.0000000000000000000000000000000000001E+60",
                    "N 5",
                    "N 100000000000000000000005",
                ],
                // Both added one.
                ["N 10", "N 11", "N 11", "N 12"],
                ["N 5", "", "N 6", ""],
                ["N 5", "N 6", "S x", "N 6"],
            ],
        );
    }

    #[test]
    fn maps_are_merged_member_by_member() {
        let map = |x: &str, y: &str| {
            let member =
                |name: &str, n: &str| (!n.is_empty()).then(|| format!(r#""{name}":{{"N":"{n}"}}"#));
            let members: Vec<String> =
                [member("x", x), member("y", y)].into_iter().flatten().collect();
            format!("M {{{}}}", members.join(","))
        };
        let (a, s, i) = (map("1", "1"), map("2", ""), map("1", "3"));
        merges(MergeRule::KeepStored, &[[&a, &s, &i, &map("2", "")]]);
        merges(MergeRule::TakeNew, &[[&a, &s, &i, &map("2", "3")]]);
        let (s, i) = (map("3", "1"), map("4", "5"));
        merges(MergeRule::Add, &[[&a, &s, &i, &map("6", "5")], ["", &s, &i, &map("7", "6")]]);
    }

    proptest! {
        #[test]
        fn sums_are_those_of_whole_numbers(
            a in -1_000_000_000_i64..1_000_000_000,
            b in -1_000_000_000_i64..1_000_000_000,
            c in -1_000_000_000_i64..1_000_000_000,
            power in -120_i32..110,
        ) {
            let number = |n: i64| -> Value { scaled(n, power) };
            let (x, y, z) = (number(a), number(b), number(c));
            let merged = merge_value(MergeRule::Add, [Some(&x), Some(&y), Some(&z)]);
            prop_assert_eq!(merged, Ok(Some(number(b + c - a))));
        }
    }

    fn scaled(n: i64, power: i32) -> Value {
        let text = format!("{n}e{power}");
        Value::Number(text.parse().unwrap_or_else(|e| panic!("{text}: {e}")))
    }
}
