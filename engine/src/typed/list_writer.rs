//! Sequences, tuples and tuple variants on their way to a list.

use super::failure::Failure;
use super::to_value::Writer;
use highwater_format::Value;
use serde::ser::{
    Serialize, SerializeSeq, SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};
use std::collections::BTreeMap;

/// A list that is being written.
pub(super) struct ListWriter {
    /// The variant that it is the content of.
    variant: Option<&'static str>,
    inside: Writer,
    values: Vec<Value>,
}

impl ListWriter {
    pub(super) fn new(variant: Option<&'static str>, inside: Writer) -> Self {
        Self { variant, inside, values: Vec::new() }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let written = value.serialize(self.inside).map_err(|failure| {
            let failure = failure.at(self.values.len());
            self.variant.into_iter().fold(failure, Failure::under)
        })?;
        // Null holds the place: those behind it keep theirs.
        self.values.push(written.unwrap_or(Value::Null));
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what each end of a Serializer returns")]
    fn finish(self) -> Result<Option<Value>, Failure> {
        let list = Value::List(self.values);
        Ok(Some(match self.variant {
            None => list,
            Some(variant) => Value::Map(BTreeMap::from([(variant.to_owned(), list)])),
        }))
    }
}

macro_rules! write_lists {
    ($($kind:ident: $method:ident)*) => {$(
        impl $kind for ListWriter {
            type Ok = Option<Value>;
            type Error = Failure;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.push(value)
            }

            fn end(self) -> Result<Option<Value>, Failure> {
                self.finish()
            }
        }
    )*};
}

write_lists! {
    SerializeSeq: serialize_element
    SerializeTuple: serialize_element
    SerializeTupleStruct: serialize_field
    SerializeTupleVariant: serialize_field
}
