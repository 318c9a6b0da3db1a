//! Maps, structs and struct variants on their way to a map.

use super::failure::Failure;
use super::key_writer::KeyWriter;
use super::to_value::Writer;
use highwater_format::Value;
use serde::ser::{Serialize, SerializeMap, SerializeStruct, SerializeStructVariant};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A map that is being written.
pub(super) struct MapWriter {
    /// The variant that it is the content of.
    variant: Option<&'static str>,
    inside: Writer,
    map: BTreeMap<String, Value>,
    /// The key whose value comes next.
    key: Option<String>,
}

impl MapWriter {
    pub(super) fn new(variant: Option<&'static str>, inside: Writer) -> Self {
        Self { variant, inside, map: BTreeMap::new(), key: None }
    }

    /// Writes an entry, or nothing for a `None` that `absent` does not stand in for.
    fn put<T: Serialize + ?Sized>(
        &mut self,
        name: String,
        value: &T,
        absent: Option<Value>,
    ) -> Result<(), Failure> {
        let place =
            |failure: Failure| self.variant.into_iter().fold(failure.under(&name), Failure::under);
        let Some(value) = value.serialize(self.inside).map_err(place)?.or(absent) else {
            return Ok(());
        };
        match self.map.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(value);
                Ok(())
            }
            Entry::Occupied(entry) => {
                let twice = Failure::new("the name is written twice; give one of them another");
                Err(self.variant.into_iter().fold(twice.under(entry.key()), Failure::under))
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what each end of a Serializer returns")]
    fn finish(self) -> Result<Option<Value>, Failure> {
        let map = Value::Map(self.map);
        Ok(Some(match self.variant {
            None => map,
            Some(variant) => Value::Map(BTreeMap::from([(variant.to_owned(), map)])),
        }))
    }
}

impl SerializeMap for MapWriter {
    type Ok = Option<Value>;
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.key = Some(key.serialize(KeyWriter)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let key = self.key.take().ok_or_else(|| Failure::new("a value came before its key"))?;
        // The key is data: without its value it would be lost.
        self.put(key, value, Some(Value::Null))
    }

    fn end(self) -> Result<Option<Value>, Failure> {
        self.finish()
    }
}

macro_rules! write_structs {
    ($($kind:ident)*) => {$(
        impl $kind for MapWriter {
            type Ok = Option<Value>;
            type Error = Failure;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failure> {
                self.put(name.to_owned(), value, None)
            }

            fn end(self) -> Result<Option<Value>, Failure> {
                self.finish()
            }
        }
    )*};
}

write_structs! { SerializeStruct SerializeStructVariant }
