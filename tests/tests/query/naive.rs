//! Whatever is stored and asked: the same as filtering and sorting a listing.

use crate::support::{all, store_with};
use highwater::{
    Document, Filter, Item, ItemKey, KeyKind, KeyValue, ListRequest, Mutation, Options,
    QueryRequest, SortCondition, Store, TableSpec, TableSpecExt, Value, ValueRef, parse_json,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn any_value() -> impl Strategy<Value = KeyValue> {
    prop_oneof![
        (-3_i64..4).prop_map(KeyValue::from),
        "[\\x00ab]{0,3}".prop_map(KeyValue::from),
        proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(255)], 0..3)
            .prop_map(KeyValue::Binary),
    ]
}

fn any_owner() -> impl Strategy<Value = KeyValue> {
    prop_oneof![Just(KeyValue::from("a")), Just(KeyValue::from("a\0")), Just(KeyValue::from(1))]
}

fn any_condition() -> impl Strategy<Value = SortCondition> {
    prop_oneof![
        Just(SortCondition::Any),
        any_value().prop_map(SortCondition::Eq),
        any_value().prop_map(SortCondition::Lt),
        any_value().prop_map(SortCondition::Le),
        any_value().prop_map(SortCondition::Gt),
        any_value().prop_map(SortCondition::Ge),
        (any_value(), any_value()).prop_map(|(a, b)| SortCondition::Between(a, b)),
        any_value().prop_map(SortCondition::BeginsWith),
    ]
}

/// One write: an item's key, what it holds, or nothing for a delete.
#[derive(Debug, Clone)]
struct Write {
    id: i64,
    part: String,
    held: Option<(Option<KeyValue>, Option<KeyValue>, bool)>,
}

fn any_write() -> impl Strategy<Value = Write> {
    let held = (
        proptest::option::weighted(0.9, any_owner()),
        proptest::option::weighted(0.9, any_value()),
        any::<bool>(),
    );
    let held = proptest::option::weighted(0.85, held);
    (0_i64..12, "[xy]", held).prop_map(|(id, part, held)| Write { id, part, held })
}

fn value(value: KeyValue) -> Value {
    match value {
        KeyValue::String(s) => Value::String(s.into()),
        KeyValue::Number(n) => Value::Number(n),
        KeyValue::Binary(b) => Value::Binary(b),
    }
}

fn play(store: &Store, write: Write) {
    let key = ItemKey::from(write.id).with_sort(write.part.as_str());
    let mutation = match write.held {
        None => Mutation::delete("t", key),
        Some((owner, at, even)) => {
            let mut map = BTreeMap::from([
                ("id".to_owned(), value(key.partition)),
                ("part".to_owned(), Value::String(write.part)),
                ("even".to_owned(), Value::Bool(even)),
            ]);
            map.extend(owner.map(|owner| ("owner".to_owned(), value(owner))));
            map.extend(at.map(|at| ("at".to_owned(), value(at))));
            Mutation::put("t", Document::from_map(&map).expect("a document"))
        }
    };
    store.apply(mutation).expect("a commit");
}

fn held(item: &Item, attribute: &str) -> Option<KeyValue> {
    match item.document.as_map().get(attribute).expect("a document")? {
        ValueRef::String(s) => Some(KeyValue::from(s)),
        ValueRef::Number(n) => Some(KeyValue::Number(n)),
        ValueRef::Binary(b) => Some(KeyValue::Binary(b.to_vec())),
        _ => None,
    }
}

fn same_kind(a: &KeyValue, b: &KeyValue) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Whether a sort value fulfils a condition; `None` for a condition that is refused.
fn fulfils(condition: &SortCondition, at: &KeyValue) -> Option<bool> {
    use SortCondition::{Any, BeginsWith, Between, Eq, Ge, Gt, Le, Lt};
    Some(match condition {
        Any => true,
        Eq(v) => at == v,
        Lt(v) => same_kind(at, v) && at < v,
        Le(v) => same_kind(at, v) && at <= v,
        Gt(v) => same_kind(at, v) && at > v,
        Ge(v) => same_kind(at, v) && at >= v,
        Between(low, high) if same_kind(low, high) && low <= high => {
            same_kind(at, low) && low <= at && at <= high
        }
        BeginsWith(KeyValue::String(s)) => {
            matches!(at, KeyValue::String(at) if at.starts_with(s.as_str()))
        }
        BeginsWith(KeyValue::Binary(b)) => {
            matches!(at, KeyValue::Binary(at) if at.starts_with(b))
        }
        Between(..) | BeginsWith(_) => return None,
    })
}

fn naive(store: &Store, request: &QueryRequest) -> Option<Vec<Item>> {
    let listed = store.list(&ListRequest::new("t").limit(1000)).expect("a listing");
    let mut found = Vec::new();
    fulfils(&request.sort, &KeyValue::from(0))?;
    for item in listed.items {
        if held(&item, "owner").as_ref() != Some(&request.value) {
            continue;
        }
        let Some(at) = held(&item, "at") else { continue };
        let even = matches!(item.document.as_map().get("even"), Ok(Some(ValueRef::Bool(true))));
        if fulfils(&request.sort, &at)? && (request.filter.is_none() || even) {
            found.push((at, item));
        }
    }
    found.sort_by(|(a, one), (b, other)| (a, &one.key).cmp(&(b, &other.key)));
    if request.descending {
        found.reverse();
    }
    Some(found.into_iter().map(|(_, item)| item).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_query_is_a_sorted_and_filtered_listing(
        writes in proptest::collection::vec(any_write(), 0..60),
        questions in proptest::collection::vec(
            (any_owner(), any_condition(), any::<bool>(), any::<bool>(), 1_u32..9), 1..24
        ),
    ) {
        let spec = TableSpec::new("t", "id")
            .partition_kind(KeyKind::Number)
            .sort("part", KeyKind::String)
            .lookup("byOwner", "owner", Some("at"));
        let (_dir, store) = store_with(Options::default(), spec);
        writes.into_iter().for_each(|write| play(&store, write));
        prop_assert!(store.verify().expect("a verification").is_clean());
        for (owner, condition, descending, filtered, limit) in questions {
            let mut request = QueryRequest::new("t", "byOwner", owner)
                .sort(condition)
                .descending(descending)
                .limit(limit);
            if filtered {
                let filter = parse_json(r#"{"even":{"eq":true}}"#).expect("JSON");
                request = request.filter(Filter::from_amplify(&filter).expect("a filter"));
            }
            match naive(&store, &request) {
                Some(wanted) => prop_assert_eq!(all(&store, request), wanted),
                None => prop_assert!(store.query(&request).is_err()),
            }
        }
    }
}
