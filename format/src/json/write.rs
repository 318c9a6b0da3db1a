//! Documents to plain JSON, straight from their bytes.

use crate::document::{MapRef, SetRef, ValueRef, deeper};
use crate::error::FormatError;
use crate::number::Number;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Appends a map as a JSON object. Sets become arrays, binary becomes base64, as AppSync's type
/// system (response mapping) has it.
///
/// # Errors
/// [`FormatError::Malformed`] if the bytes are not a document, [`FormatError::TooDeep`]; `out` then
/// holds a torn text.
pub fn write_json(map: MapRef<'_>, out: &mut String) -> Result<(), FormatError> {
    put_map(map, out, deeper(0)?)
}

/// Appends one value as JSON.
///
/// # Errors
/// Those of [`write_json`].
pub fn write_json_value(value: ValueRef<'_>, out: &mut String) -> Result<(), FormatError> {
    put_value(value, out, 0)
}

fn put_map(map: MapRef<'_>, out: &mut String, depth: usize) -> Result<(), FormatError> {
    object(map, out, |value, out| put_value(value, out, depth))
}

fn put_value(value: ValueRef<'_>, out: &mut String, depth: usize) -> Result<(), FormatError> {
    match value {
        ValueRef::Null => out.push_str("null"),
        ValueRef::Bool(true) => out.push_str("true"),
        ValueRef::Bool(false) => out.push_str("false"),
        ValueRef::Number(n) => write_number(n, out),
        ValueRef::String(s) => write_json_string(s, out),
        ValueRef::Binary(b) => write_base64(b, out),
        ValueRef::Map(map) => put_map(map, out, deeper(depth)?)?,
        ValueRef::List(list) => {
            let depth = deeper(depth)?;
            array(list.iter(), out, |v, out| put_value(v, out, depth))?;
        }
        ValueRef::StringSet(set) => members(set, out, |bytes, out| {
            write_json_string(std::str::from_utf8(bytes).map_err(|_| malformed())?, out);
            Ok(())
        })?,
        ValueRef::NumberSet(set) => members(set, out, |bytes, out| {
            write_number(Number::decode(bytes).ok_or_else(malformed)?, out);
            Ok(())
        })?,
        ValueRef::BinarySet(set) => members(set, out, |bytes, out| {
            write_base64(bytes, out);
            Ok(())
        })?,
    }
    Ok(())
}

/// Appends a JSON string literal.
pub fn write_json_string(text: &str, out: &mut String) {
    // Most strings need no escape; looking first is cheaper than asking for each character.
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // A string always serialises.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

pub(super) fn object(
    map: MapRef<'_>,
    out: &mut String,
    write: impl Fn(ValueRef<'_>, &mut String) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    out.push('{');
    for (i, entry) in map.iter().enumerate() {
        let (name, value) = entry?;
        if i > 0 {
            out.push(',');
        }
        write_json_string(name, out);
        out.push(':');
        write(value, out)?;
    }
    out.push('}');
    Ok(())
}

pub(super) fn array<T>(
    values: impl Iterator<Item = Result<T, FormatError>>,
    out: &mut String,
    write: impl Fn(T, &mut String) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    out.push('[');
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(value?, out)?;
    }
    out.push(']');
    Ok(())
}

pub(super) fn members(
    set: SetRef<'_>,
    out: &mut String,
    write: impl Fn(&[u8], &mut String) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    array(set.iter(), out, write)
}

pub(super) fn write_number(n: Number, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{n}");
}

pub(super) fn write_base64(bytes: &[u8], out: &mut String) {
    out.push('"');
    STANDARD.encode_string(bytes, out);
    out.push('"');
}

pub(super) fn malformed() -> FormatError {
    FormatError::malformed("set member")
}
