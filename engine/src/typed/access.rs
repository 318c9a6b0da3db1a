//! The inside of lists, maps and variants, element by element.

use super::failure::Failure;
use super::from_value::Reader;
use super::key_reader::KeyReader;
use highwater_format::{FormatError, ValueRef};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

/// The elements of a list or a set.
pub(super) struct Elements<I> {
    values: I,
    /// How many have been read.
    read: usize,
    depth: usize,
}

impl<'de, I: Iterator<Item = Result<ValueRef<'de>, FormatError>>> Elements<I> {
    pub(super) fn new(values: I, depth: usize) -> Self {
        Self { values, read: 0, depth }
    }

    /// Refuses elements that the type has no place for.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        match self.values.next() {
            None => Ok(()),
            Some(_) => Err(Failure::new(format!(
                "the list is longer than the {} elements that the type has",
                self.read
            ))),
        }
    }
}

impl<'de, I: Iterator<Item = Result<ValueRef<'de>, FormatError>>> SeqAccess<'de> for Elements<I> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let index = self.read;
        self.read += 1;
        let element = seed.deserialize(Reader { value: value?, depth: self.depth });
        element.map(Some).map_err(|failure| failure.at(index))
    }
}

/// The attributes of a map or of a document.
pub(super) struct Attributes<'de, I> {
    entries: I,
    /// The one whose name has been read.
    current: Option<(&'de str, ValueRef<'de>)>,
    depth: usize,
}

impl<'de, I> Attributes<'de, I>
where
    I: Iterator<Item = Result<(&'de str, ValueRef<'de>), FormatError>>,
{
    pub(super) fn new(entries: I, depth: usize) -> Self {
        Self { entries, current: None, depth }
    }
}

impl<'de, I> MapAccess<'de> for Attributes<'de, I>
where
    I: Iterator<Item = Result<(&'de str, ValueRef<'de>), FormatError>>,
{
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((name, value)) = self.entries.next().transpose()? else { return Ok(None) };
        self.current = Some((name, value));
        seed.deserialize(KeyReader(name)).map(Some).map_err(|failure| failure.under(name))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (name, value) = self
            .current
            .take()
            .ok_or_else(|| Failure::new("a value was asked for before its key"))?;
        let value = seed.deserialize(Reader { value, depth: self.depth });
        value.map_err(|failure| failure.under(name))
    }
}

/// A variant of an enum: its name, and its content unless it stands as a mere name.
pub(super) struct Variant<'de> {
    pub(super) name: &'de str,
    pub(super) content: Option<Reader<'de>>,
}

impl<'de> Variant<'de> {
    fn read<T>(
        self,
        expected: &str,
        read: impl FnOnce(Reader<'de>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self.content {
            Some(content) => read(content).map_err(|failure| failure.under(self.name)),
            None => Err(Failure::invalid_type(Unexpected::UnitVariant, &expected)),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        Ok((seed.deserialize(KeyReader(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.content {
            None => Ok(()),
            Some(_) => self.read("null", serde::Deserialize::deserialize),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        self.read("newtype variant", |content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.read("tuple variant", |content| content.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.read("struct variant", |content| content.deserialize_map(visitor))
    }
}
