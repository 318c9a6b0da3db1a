//! From a tree to document bytes.

use super::{deeper, tag};
use crate::codec::{put_bytes, put_varint};
use crate::error::FormatError;
use crate::value::Value;
use std::collections::BTreeMap;

pub(super) fn document(map: &BTreeMap<String, Value>) -> Result<Vec<u8>, FormatError> {
    let mut out = Vec::with_capacity(256);
    put_map(&mut out, map, deeper(0)?)?;
    Ok(out)
}

fn put_map(
    out: &mut Vec<u8>,
    map: &BTreeMap<String, Value>,
    depth: usize,
) -> Result<(), FormatError> {
    put_varint(out, map.len() as u64);
    for (name, value) in map {
        put_bytes(out, name.as_bytes());
        put_value(out, value, depth)?;
    }
    Ok(())
}

fn put_value(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), FormatError> {
    let put_leaf = |out: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
        out.push(tag);
        put_bytes(out, bytes);
    };
    match value {
        Value::Null => out.push(tag::NULL),
        Value::Bool(false) => out.push(tag::FALSE),
        Value::Bool(true) => out.push(tag::TRUE),
        Value::Number(n) => put_leaf(out, tag::NUMBER, n.as_bytes()),
        Value::String(s) => put_leaf(out, tag::STRING, s.as_bytes()),
        Value::Binary(b) => put_leaf(out, tag::BINARY, b),
        Value::List(values) => nested(out, tag::LIST, depth, |inner, depth| {
            put_varint(inner, values.len() as u64);
            values.iter().try_for_each(|v| put_value(inner, v, depth))
        })?,
        Value::Map(map) => nested(out, tag::MAP, depth, |inner, d| put_map(inner, map, d))?,
        Value::StringSet(set) => put_set(out, tag::STRING_SET, set.iter().map(String::as_bytes))?,
        Value::NumberSet(set) => put_set(out, tag::NUMBER_SET, set.iter().map(|n| n.as_bytes()))?,
        Value::BinarySet(set) => put_set(out, tag::BINARY_SET, set.iter().map(Vec::as_slice))?,
    }
    Ok(())
}

/// Writes a container: its content goes to a buffer first, for its length stands before it.
fn nested(
    out: &mut Vec<u8>,
    tag: u8,
    depth: usize,
    fill: impl FnOnce(&mut Vec<u8>, usize) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut inner = Vec::new();
    fill(&mut inner, deeper(depth)?)?;
    out.push(tag);
    put_bytes(out, &inner);
    Ok(())
}

fn put_set<'a>(
    out: &mut Vec<u8>,
    tag: u8,
    members: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Result<(), FormatError> {
    if members.len() == 0 {
        return Err(FormatError::EmptySet);
    }
    let mut inner = Vec::new();
    put_varint(&mut inner, members.len() as u64);
    members.for_each(|member| put_bytes(&mut inner, member));
    out.push(tag);
    put_bytes(out, &inner);
    Ok(())
}
