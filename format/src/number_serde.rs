//! Numbers in the types that callers derive for serde.
//!
//! Serde has no decimal number. One travels as its text in a newtype of a name that highwater knows, as
//! `serde_json` does for its own; a format that does not know the name sees a string.

use crate::number::Number;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

impl Number {
    /// The name of the newtype that a number is for serde; its content is the number's text.
    pub const NEWTYPE: &'static str = "$highwater.Number";
}

impl Serialize for Number {
    /// In a highwater document a number, exactly this one; in other formats a string.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Self::NEWTYPE, &self.to_string())
    }
}

impl<'de> Deserialize<'de> for Number {
    /// From a number of a highwater document, exactly that one; from an integer, a float or a string of
    /// other formats, or refused.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(Self::NEWTYPE, NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of up to 38 digits")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Number, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
        Ok(value.into())
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Number, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Number, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
        Number::try_from(value).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_other_formats_a_number_is_a_string_and_read_from_any_number() {
        let read = |json: &str| serde_json::from_str::<Number>(json).map(|n| n.to_string());
        let price: Number = "12345678901234567890.5".parse().expect("a number");
        assert_eq!(serde_json::to_string(&price).ok(), Some(r#""12345678901234567890.5""#.into()));
        for (json, text) in [
            (r#""12345678901234567890.5""#, "12345678901234567890.5"),
            ("7", "7"),
            ("-7", "-7"),
            ("18446744073709551615", "18446744073709551615"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(read(json).ok().as_deref(), Some(text), "{json}");
        }
        assert!(read(r#""NaN""#).is_err());
        assert!(read("true").is_err());
    }
}
