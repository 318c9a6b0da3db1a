//! Documents of the model: few attributes with few values, so that items meet often.

use super::gone::Gone;
use highwater::{Document, ItemKey, KeyValue, Update, Value};
use std::collections::BTreeMap;

/// The attributes of a document, by name.
pub type Attributes = BTreeMap<String, Value>;

/// How many partitions the second table has, and how many items there are in one.
const PARTITIONS: u8 = 2;
const SORTS: u8 = 3;
/// How many items the first table has.
const ITEMS: u8 = 5;

/// What stands in an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Nothing.
    Missing,
    /// Null: in no scope, like nothing.
    Null,
    /// One of a few values.
    Is(u8),
}

/// A whole document but for its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Body {
    /// A string, indexed in most setups.
    pub owner: Field,
    /// A number, indexed in some.
    pub tag: Field,
    /// A number that filters look at, and the sort attribute of the ordered index.
    pub n: Field,
    /// When its time is over.
    pub gone: Gone,
    /// Whether a filling makes it larger than a small page.
    pub long: bool,
}

/// Changes to some fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// The new owner, if it changes.
    pub owner: Option<Field>,
    /// The new tag, if it changes.
    pub tag: Option<Field>,
    /// The new number, if it changes.
    pub n: Option<Field>,
    /// The new time, if it changes.
    pub gone: Option<Gone>,
}

/// The names of the two tables.
pub const TABLES: [&str; 2] = ["notes", "lines"];

/// The key attributes of a table: the second one has a sort attribute.
pub fn key_of(table: usize, item: u8) -> ItemKey {
    if table == 0 {
        return ItemKey::from(format!("k{}", item % ITEMS).as_str());
    }
    let item = item % (PARTITIONS * SORTS);
    ItemKey { partition: partition(item / SORTS), sort: Some(i64::from(item % SORTS).into()) }
}

/// Every key of a table.
pub fn all_keys(table: usize) -> impl Iterator<Item = ItemKey> {
    (0..ITEMS.max(PARTITIONS * SORTS)).map(move |item| key_of(table, item))
}

/// A partition of the second table.
pub fn partition(which: u8) -> KeyValue {
    KeyValue::from(format!("p{}", which % PARTITIONS))
}

/// A value of `owner`.
pub fn owner(which: u8) -> String {
    format!("o{which}")
}

fn put(map: &mut Attributes, name: &str, field: Field, value: impl Fn(u8) -> Value) {
    match field {
        Field::Missing => map.remove(name),
        Field::Null => map.insert(name.to_owned(), Value::Null),
        Field::Is(which) => map.insert(name.to_owned(), value(which)),
    };
}

fn owner_value(which: u8) -> Value {
    Value::from(owner(which))
}

fn number_value(which: u8) -> Value {
    Value::from(i64::from(which))
}

/// The key as attributes: what an upsert starts from.
pub fn key_attributes(key: &ItemKey) -> Attributes {
    let tree = |value: &KeyValue| match value {
        KeyValue::String(s) => Value::String(s.to_string()),
        KeyValue::Number(n) => Value::Number(*n),
        KeyValue::Binary(b) => Value::Binary(b.clone()),
    };
    let mut map = Attributes::from([("id".to_owned(), tree(&key.partition))]);
    map.extend(key.sort.as_ref().map(|sort| ("line".to_owned(), tree(sort))));
    map
}

impl Body {
    /// The document's attributes under `key`.
    pub fn attributes(&self, key: &ItemKey) -> Attributes {
        let mut map = key_attributes(key);
        put(&mut map, "owner", self.owner, owner_value);
        put(&mut map, "tag", self.tag, number_value);
        put(&mut map, "n", self.n, number_value);
        self.gone.put(&mut map);
        if self.long {
            map.insert("text".to_owned(), Value::from("x".repeat(600)));
        }
        map
    }
}

impl Edit {
    /// The engine's form of it.
    pub fn update(&self) -> Update {
        let mut update = Update::new();
        for (name, field) in [("owner", self.owner), ("tag", self.tag), ("n", self.n)] {
            let value = if name == "owner" { owner_value } else { number_value };
            update = match field {
                None => update,
                Some(Field::Missing) => update.remove(name),
                Some(Field::Null) => update.set(name, Value::Null),
                Some(Field::Is(which)) => update.set(name, value(which)),
            };
        }
        match self.gone {
            None => update,
            Some(gone) => gone.add_to(update),
        }
    }

    /// What it makes of `map`.
    pub fn apply(&self, map: &mut Attributes) {
        if let Some(field) = self.owner {
            put(map, "owner", field, owner_value);
        }
        if let Some(field) = self.tag {
            put(map, "tag", field, number_value);
        }
        if let Some(field) = self.n {
            put(map, "n", field, number_value);
        }
        if let Some(gone) = self.gone {
            gone.put(map);
        }
    }
}

/// The attributes as a document.
pub fn document(map: &Attributes) -> Document {
    Document::from_map(map).expect("the model's documents can be stored")
}
