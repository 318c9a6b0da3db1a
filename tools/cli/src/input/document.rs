//! Documents and values from an argument, a file or a pipe.

use crate::failure::Failure;
use crate::show::Notation;
use highwater_format::{
    Document, FormatError, Value, parse_json, parse_typed_json, write_json_string,
};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The longest text that can be a document or a request. A document of 400 KiB never comes near it.
pub(crate) const MAX_TEXT: u64 = 16 << 20;

/// Reads a whole file, or standard input for `-`.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |e: io::Error| Failure::io(name(path), &e);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_TEXT + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        file(path)?.take(MAX_TEXT + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_TEXT {
        let message = format!("{} is longer than {} MiB", name(path), MAX_TEXT >> 20);
        return Err(Failure::refused(message));
    }
    String::from_utf8(bytes)
        .map_err(|e| Failure::refused(format!("{} is not UTF-8: {e}", name(path))))
}

/// Opens a file for reading. A folder opens too, and fails when it is read: too late for a good word.
pub(crate) fn file(path: &Path) -> Result<File, Failure> {
    let failed = |e: io::Error| Failure::io(name(path), &e);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// How an input is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The document that `argument` is, or that standard input holds if it is `-`.
pub(crate) fn document(argument: &str, notation: Notation) -> Result<Document, Failure> {
    let read = |text: &str| {
        notation.read(text).map_err(|error| match (notation, &error) {
            (Notation::Typed, FormatError::Typed { .. }) => Failure::from(error)
                .hint("--typed wants every value typed: {\"id\":{\"S\":\"n1\"}}"),
            _ => error.into(),
        })
    };
    if argument == "-" { read(&read_text(Path::new("-"))?) } else { read(argument) }
}

/// The value of an attribute `name`.
pub(crate) fn typed_value(
    name: &str,
    text: &str,
    notation: Notation,
) -> Result<Value, FormatError> {
    if notation == Notation::Plain {
        return parse_json(text);
    }
    // Typed JSON is read as an object: its paths then begin with the attribute.
    let mut object = "{".to_owned();
    write_json_string(name, &mut object);
    object.push(':');
    let before = object.len();
    object.push_str(text);
    object.push('}');
    let mut map = parse_typed_json(&object).map_err(|error| match error {
        FormatError::Json { offset, reason } => {
            FormatError::Json { offset: offset.saturating_sub(before), reason }
        }
        other => other,
    })?;
    match (map.remove(name), map.is_empty()) {
        (Some(value), true) => Ok(value),
        // The text was not one value: `1,"b":2`.
        _ => Err(FormatError::Json { offset: 0, reason: "expected one value".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_value_is_one_value() {
        let read = |text: &str| typed_value("a", text, Notation::Typed);
        assert_eq!(read(r#"{"S":"x"}"#), Ok(Value::from("x")));
        for wrong in [
            r#"{"S":"x"},"b":{"S":"y"}"#,
            r#"{"S":"x"}}"#,
            r#"{"S":1}"#,
            r#""x""#,
            "",
            r#"{"S":"x"},"a":{"S":"y"}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let error = read(r#"{"S" "x"}"#).unwrap_err();
        assert!(matches!(error, FormatError::Json { offset: 5, .. }), "{error}");
    }
}
