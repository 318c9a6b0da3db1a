//! Few keys, so that items collide.

use highwater_format::meta::{KeyKind, TableSpec};
use highwater_format::{ItemKey, KeyValue, Number};
use proptest::prelude::*;
use proptest::sample::select;

/// One of three values of a kind; each has something that an encoding must take care of.
pub fn key_values(kind: KeyKind) -> BoxedStrategy<KeyValue> {
    let values = match kind {
        KeyKind::String => ["a", "b", "b\u{0}\u{e9}"].map(KeyValue::from).to_vec(),
        KeyKind::Number => {
            let half: Number = "2.5".parse().unwrap_or(Number::ZERO);
            vec![KeyValue::from(-1), KeyValue::from(10), KeyValue::Number(half)]
        }
        KeyKind::Binary => vec![
            KeyValue::Binary(vec![0]),
            KeyValue::Binary(vec![0, 255]),
            KeyValue::Binary(vec![7]),
        ],
    };
    select(values).boxed()
}

/// Keys of items of `table`: three partitions, with three items each where there is a sort attribute.
///
/// ```
/// use highwater::testing::strategies::keys;
/// use highwater::{KeyKind, TableSpec, TableSpecExt};
/// use proptest::prelude::*;
///
/// let pages = TableSpec::new("pages", "book").sort("page", KeyKind::Number);
/// proptest!(|(key in keys(&pages))| prop_assert!(key.sort.is_some()));
/// ```
pub fn keys(table: &TableSpec) -> BoxedStrategy<ItemKey> {
    let partition = key_values(table.partition.kind).prop_map(ItemKey::from);
    match &table.sort {
        None => partition.boxed(),
        Some(sort) => {
            (partition, key_values(sort.kind)).prop_map(|(key, value)| key.with_sort(value)).boxed()
        }
    }
}
