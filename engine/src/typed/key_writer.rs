//! Keys of maps on their way to names.

use super::failure::Failure;
use serde::ser::{Impossible, Serialize, Serializer};

/// Writes a key as a name; refuses what has no plain text.
pub(super) struct KeyWriter;

type Name = Result<String, Failure>;
type Refused = Result<Impossible<String, Failure>, Failure>;

fn refuse<T>(found: &str) -> Result<T, Failure> {
    Err(Failure::new(format!(
        "the key of a map is a string, character, integer, boolean or unit variant, not a {found}"
    )))
}

/// What has a plain text, in which [`super::key_reader`] reads it.
macro_rules! write_plain {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Name {
            Ok(value.to_string())
        }
    )*};
}

impl Serializer for KeyWriter {
    type Ok = String;
    type Error = Failure;
    type SerializeSeq = Impossible<String, Failure>;
    type SerializeTuple = Impossible<String, Failure>;
    type SerializeTupleStruct = Impossible<String, Failure>;
    type SerializeTupleVariant = Impossible<String, Failure>;
    type SerializeMap = Impossible<String, Failure>;
    type SerializeStruct = Impossible<String, Failure>;
    type SerializeStructVariant = Impossible<String, Failure>;

    write_plain! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
        serialize_u64(u64) serialize_u128(u128)
    }

    fn serialize_f32(self, _value: f32) -> Name {
        refuse("float")
    }

    fn serialize_f64(self, _value: f64) -> Name {
        refuse("float")
    }

    fn serialize_bytes(self, _value: &[u8]) -> Name {
        refuse("byte string")
    }

    fn serialize_none(self) -> Name {
        refuse("None")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Name {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Name {
        refuse("unit")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Name {
        refuse("unit struct")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Name {
        Ok(variant.to_owned())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Name {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Name {
        refuse("variant with content")
    }

    fn serialize_seq(self, _len: Option<usize>) -> Refused {
        refuse("sequence")
    }

    fn serialize_tuple(self, _len: usize) -> Refused {
        refuse("tuple")
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Refused {
        refuse("tuple struct")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Refused {
        refuse("variant with content")
    }

    fn serialize_map(self, _len: Option<usize>) -> Refused {
        refuse("map")
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Refused {
        refuse("struct")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Refused {
        refuse("variant with content")
    }
}
