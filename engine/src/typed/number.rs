//! A document's numbers as serde knows numbers: integers and floats.

use super::failure::Failure;
use highwater_format::Number;
use serde::de::{Error, Expected, Unexpected, Visitor};

/// The refusal of a number where a type expects another, or something else.
pub(super) fn mismatch<T>(number: Number, expected: &dyn Expected) -> Result<T, Failure> {
    let found = format!("number `{number}`");
    Err(Failure::invalid_type(Unexpected::Other(&found), expected))
}

/// For a type that wants an integer of up to 64 bits.
pub(super) fn visit_integer<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    match (number.to_i64(), to_u64(number)) {
        (Some(value), _) => visitor.visit_i64(value),
        (None, Some(value)) => visitor.visit_u64(value),
        (None, None) => mismatch(number, &visitor),
    }
}

fn to_u64(number: Number) -> Option<u64> {
    number.to_u128().and_then(|value| u64::try_from(value).ok())
}

/// For a type that wants an `i128`.
pub(super) fn visit_i128<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    match number.to_i128() {
        Some(value) => visitor.visit_i128(value),
        None => mismatch(number, &visitor),
    }
}

/// For a type that wants a `u128`.
pub(super) fn visit_u128<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    match number.to_u128() {
        Some(value) => visitor.visit_u128(value),
        None => mismatch(number, &visitor),
    }
}

/// For a type that wants a float: the nearest.
pub(super) fn visit_f64<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    // The text of a number is always that of a float, and its range well inside.
    match number.to_string().parse() {
        Ok(value) => visitor.visit_f64(value),
        Err(_) => mismatch(number, &visitor),
    }
}

/// For a type that wants a short float: the nearest, unless the number is beyond its range.
pub(super) fn visit_f32<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    let vanishes = |value: f32| value == 0.0 && number != Number::ZERO;
    match number.to_string().parse::<f32>() {
        Ok(value) if value.is_finite() && !vanishes(value) => visitor.visit_f32(value),
        _ => mismatch(number, &visitor),
    }
}

/// For a type that takes what is there: exactly, or not at all.
pub(super) fn visit_any<'de, V>(number: Number, visitor: V) -> Result<V::Value, Failure>
where
    V: Visitor<'de>,
{
    if number.to_i64().is_some() || to_u64(number).is_some() {
        return visit_integer(number, visitor);
    }
    let float = number.to_string().parse().ok();
    match float.filter(|float| Number::try_from(*float) == Ok(number)) {
        Some(float) => visitor.visit_f64(float),
        None => Err(Failure::new(format!(
            "the number `{number}` has more digits than a float; give it a field of its own, of type \
             highwater::Number or i128: flatten, tag and untagged take integers of 64 bits and floats"
        ))),
    }
}
