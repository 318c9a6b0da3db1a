//! DynamoDB's typed JSON, the notation that loses nothing: `{"S":"text"}`, `{"N":"1"}`, `{"SS":[..]}`.
//!
//! Source: the DynamoDB API reference, "AttributeValue".

use super::parse::parse_nested;
use super::write::{
    array, malformed, members, object, write_base64, write_json_string, write_number,
};
use crate::MAX_DEPTH;
use crate::document::{MapRef, ValueRef, deeper};
use crate::error::FormatError;
use crate::number::Number;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};

/// Reads an object whose values are typed: `{"id":{"S":"a"}}`.
///
/// # Errors
/// [`FormatError::Json`] where the text is not JSON, [`FormatError::Typed`] with the path to a value
/// whose tag and content do not agree.
pub fn parse_typed_json(text: &str) -> Result<BTreeMap<String, Value>, FormatError> {
    // `{"M":{...}}`: each level of a document is two of the text; a set at the deepest is one more.
    match parse_nested(text, 2 * MAX_DEPTH + 1)? {
        Value::Map(map) => typed_map(map, &Path::Named("$"), deeper(0)?),
        other => Err(FormatError::NotAnObject { found: other.type_name() }),
    }
}

/// Turns one typed value, already read as plain JSON, into what it stands for; `path` names it in errors.
///
/// # Errors
/// [`FormatError::Typed`], [`FormatError::Number`], [`FormatError::EmptySet`],
/// [`FormatError::TooDeep`].
pub fn parse_typed_value(value: Value, path: &str) -> Result<Value, FormatError> {
    typed(value, &Path::Named(path), 0)
}

/// Where a value stands. It is written out only where something is wrong: names may be long, and values many.
enum Path<'a> {
    Named(&'a str),
    Attribute(&'a Path<'a>, &'a str),
    Element(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Attribute(of, name) => write!(f, "{of}.{name}"),
            Self::Element(of, place) => write!(f, "{of}[{place}]"),
        }
    }
}

impl Path<'_> {
    fn wrong(&self, reason: String) -> FormatError {
        FormatError::Typed { path: self.to_string(), reason }
    }
}

fn typed(value: Value, path: &Path<'_>, depth: usize) -> Result<Value, FormatError> {
    let wrong = |reason: String| path.wrong(reason);
    let Value::Map(map) = value else {
        return Err(wrong(format!("expected {{\"TYPE\": value}}, found a {}", value.type_name())));
    };
    let mut entries = map.into_iter();
    let (Some((tag, content)), None) = (entries.next(), entries.next()) else {
        return Err(wrong("expected exactly one type tag".to_owned()));
    };
    let mismatch = |found: &Value| wrong(format!("{tag} cannot hold a {}", found.type_name()));
    Ok(match (tag.as_str(), content) {
        ("S", Value::String(s)) => Value::String(s),
        ("N", Value::String(s)) => Value::Number(s.parse()?),
        ("N", Value::Number(n)) => Value::Number(n),
        ("B", Value::String(s)) => Value::Binary(binary(&s, path)?),
        ("BOOL", Value::Bool(b)) => Value::Bool(b),
        ("NULL", Value::Bool(true)) => Value::Null,
        ("L", Value::List(values)) => {
            let depth = deeper(depth)?;
            let values = values.into_iter().enumerate();
            let values = values.map(|(i, v)| typed(v, &Path::Element(path, i), depth));
            Value::List(values.collect::<Result<_, _>>()?)
        }
        ("M", Value::Map(map)) => Value::Map(typed_map(map, path, deeper(depth)?)?),
        ("SS", Value::List(values)) => Value::StringSet(set(values, path, |s, _| Ok(s))?),
        ("NS", Value::List(values)) => Value::NumberSet(set(values, path, |s, _| Ok(s.parse()?))?),
        ("BS", Value::List(values)) => Value::BinarySet(set(values, path, |s, p| binary(&s, p))?),
        ("S" | "N" | "B" | "BOOL" | "NULL" | "L" | "M" | "SS" | "NS" | "BS", other) => {
            return Err(mismatch(&other));
        }
        (unknown, _) => {
            return Err(wrong(format!("`{unknown}` is none of S N B BOOL NULL L M SS NS BS")));
        }
    })
}

fn typed_map(
    map: BTreeMap<String, Value>,
    path: &Path<'_>,
    depth: usize,
) -> Result<BTreeMap<String, Value>, FormatError> {
    map.into_iter()
        .map(|(name, value)| {
            let value = typed(value, &Path::Attribute(path, &name), depth)?;
            Ok((name, value))
        })
        .collect()
}

fn set<T: Ord>(
    values: Vec<Value>,
    path: &Path<'_>,
    read: impl Fn(String, &Path<'_>) -> Result<T, FormatError>,
) -> Result<BTreeSet<T>, FormatError> {
    if values.is_empty() {
        return Err(FormatError::EmptySet);
    }
    let mut members = BTreeSet::new();
    for (i, value) in values.into_iter().enumerate() {
        let path = Path::Element(path, i);
        let text = match value {
            Value::String(s) => s,
            Value::Number(n) => n.to_string(),
            other => {
                let found = other.type_name();
                return Err(path.wrong(format!("a set member must be a string, not a {found}")));
            }
        };
        if !members.insert(read(text, &path)?) {
            return Err(path.wrong("a set holds no member twice".to_owned()));
        }
    }
    Ok(members)
}

fn binary(text: &str, path: &Path<'_>) -> Result<Vec<u8>, FormatError> {
    STANDARD.decode(text).map_err(|e| path.wrong(format!("not base64: {e}")))
}

/// Appends a map as typed JSON; [`parse_typed_json`] gives back the very same document.
///
/// # Errors
/// [`FormatError::Malformed`] if the bytes are not a document, [`FormatError::TooDeep`].
pub fn write_typed_json(map: MapRef<'_>, out: &mut String) -> Result<(), FormatError> {
    put_map(map, out, deeper(0)?)
}

fn put_map(map: MapRef<'_>, out: &mut String, depth: usize) -> Result<(), FormatError> {
    object(map, out, |value, out| put_value(value, out, depth))
}

fn put_value(value: ValueRef<'_>, out: &mut String, depth: usize) -> Result<(), FormatError> {
    let quoted = |n: Number, out: &mut String| {
        out.push('"');
        write_number(n, out);
        out.push('"');
    };
    out.push_str(match value {
        ValueRef::Null => r#"{"NULL":true"#,
        ValueRef::Bool(true) => r#"{"BOOL":true"#,
        ValueRef::Bool(false) => r#"{"BOOL":false"#,
        ValueRef::Number(_) => r#"{"N":"#,
        ValueRef::String(_) => r#"{"S":"#,
        ValueRef::Binary(_) => r#"{"B":"#,
        ValueRef::List(_) => r#"{"L":"#,
        ValueRef::Map(_) => r#"{"M":"#,
        ValueRef::StringSet(_) => r#"{"SS":"#,
        ValueRef::NumberSet(_) => r#"{"NS":"#,
        ValueRef::BinarySet(_) => r#"{"BS":"#,
    });
    match value {
        ValueRef::Null | ValueRef::Bool(_) => {}
        ValueRef::Number(n) => quoted(n, out),
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
            quoted(Number::decode(bytes).ok_or_else(malformed)?, out);
            Ok(())
        })?,
        ValueRef::BinarySet(set) => members(set, out, |bytes, out| {
            write_base64(bytes, out);
            Ok(())
        })?,
    }
    out.push('}');
    Ok(())
}
