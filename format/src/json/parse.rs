//! Plain JSON to a tree, with numbers taken as text so that all 38 digits survive.

use crate::MAX_DEPTH;
use crate::error::FormatError;
use crate::value::Value;
use json_event_parser::{JsonEvent, LowLevelJsonParser};
use std::collections::BTreeMap;

/// A container that is still open, with the name its next value will get.
enum Open {
    List(Vec<Value>),
    Map(BTreeMap<String, Value>, Option<String>),
}

/// Reads one JSON value. A name that stands twice in an object is an error, not a choice.
///
/// # Errors
/// [`FormatError::Json`] with the byte offset, [`FormatError::TooDeep`], [`FormatError::Number`].
///
/// ```
/// use highwater_format::{parse_json, Value};
/// assert_eq!(parse_json("[true]")?, Value::List(vec![Value::Bool(true)]));
/// assert!(parse_json(r#"{"a":1,"a":2}"#).is_err());
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
pub fn parse_json(text: &str) -> Result<Value, FormatError> {
    parse_nested(text, MAX_DEPTH)
}

/// [`parse_json`] with a nesting limit of the caller's: typed JSON needs two levels for one.
pub(super) fn parse_nested(text: &str, limit: usize) -> Result<Value, FormatError> {
    let mut parser = LowLevelJsonParser::new();
    let mut rest = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Value> = None;
    loop {
        let before = text.len() - rest.len();
        let step = parser.parse_next(rest, true);
        rest = rest.get(step.consumed_bytes..).unwrap_or_default();
        let event = step.event.ok_or_else(misplaced)?;
        let event = event.map_err(|e| FormatError::Json {
            offset: usize::try_from(e.location().start.offset).unwrap_or(0),
            reason: e.message().to_owned(),
        })?;
        let finished = match event {
            JsonEvent::String(s) => Value::String(s.into_owned()),
            JsonEvent::Number(n) => Value::Number(n.parse()?),
            JsonEvent::Boolean(b) => Value::Bool(b),
            JsonEvent::Null => Value::Null,
            JsonEvent::ObjectKey(name) => {
                let Some(Open::Map(map, next)) = open.last_mut() else {
                    return Err(misplaced());
                };
                if map.contains_key(name.as_ref()) {
                    return Err(FormatError::Json {
                        offset: name_offset(text, before),
                        reason: format!("the name `{name}` stands twice in one object"),
                    });
                }
                *next = Some(name.into_owned());
                continue;
            }
            JsonEvent::StartArray | JsonEvent::StartObject => {
                if open.len() >= limit {
                    return Err(FormatError::TooDeep { limit: MAX_DEPTH });
                }
                open.push(match event {
                    JsonEvent::StartArray => Open::List(Vec::new()),
                    _ => Open::Map(BTreeMap::new(), None),
                });
                continue;
            }
            JsonEvent::EndArray | JsonEvent::EndObject => match open.pop() {
                Some(Open::List(values)) => Value::List(values),
                Some(Open::Map(map, _)) => Value::Map(map),
                None => return Err(misplaced()),
            },
            JsonEvent::Eof => return root.ok_or_else(misplaced),
        };
        match open.last_mut() {
            None => root = Some(finished),
            Some(Open::List(values)) => values.push(finished),
            Some(Open::Map(map, next)) => {
                map.insert(next.take().ok_or_else(misplaced)?, finished);
            }
        }
    }
}

/// The parser emits events in a legal order; this answers if it ever does not.
fn misplaced() -> FormatError {
    FormatError::Json { offset: 0, reason: "no value".to_owned() }
}

/// Where the name stands that was read from `from` on: only blanks and a comma come before it.
fn name_offset(text: &str, from: usize) -> usize {
    let quote = text.get(from..).and_then(|rest| rest.find('"'));
    from + quote.unwrap_or(0)
}
