//! The history that is replayed: eight releases of MDN's browser-compat-data, packed into the binary.

use super::error::Error;
use highwater::{Document, ItemKey, Value};

/// A release: the first is whole, each other one is what changed since the release before.
pub(super) struct Release {
    /// Its version, as on npm.
    pub(super) version: &'static str,
    whole: bool,
    packed: &'static [u8],
}

macro_rules! release {
    ($number:literal, $version:literal, whole: $whole:literal) => {
        Release {
            version: $version,
            whole: $whole,
            packed: include_bytes!(concat!(
                "../../../../tests/data/bcd/",
                $number,
                "-",
                $version,
                ".jsonl.zst"
            )),
        }
    };
}

/// All of them, oldest first. tests/data/bcd/README.md says where they are from (licence: CC0).
pub(super) const RELEASES: [Release; 8] = [
    release!("00", "8.0.0", whole: true),
    release!("01", "8.0.3", whole: false),
    release!("02", "8.0.6", whole: false),
    release!("03", "8.0.9", whole: false),
    release!("04", "8.0.12", whole: false),
    release!("05", "8.1.1", whole: false),
    release!("06", "8.1.4", whole: false),
    release!("07", "8.1.9", whole: false),
];

/// One line of a release.
#[derive(Debug)]
pub(super) enum Step {
    /// The feature is there, like this.
    Put(Document),
    /// The feature went.
    Delete(ItemKey),
}

impl Release {
    /// Unpacks the release and reads its lines.
    pub(super) fn steps(&self) -> Result<Vec<Step>, Error> {
        let bad = |reason: String| Error::History { version: self.version, reason };
        let bytes = zstd::decode_all(self.packed).map_err(|e| bad(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|e| bad(e.to_string()))?;
        let step = |line: &str| if self.whole { document(line) } else { change(line) };
        text.lines().map(step).collect::<Result<_, _>>().map_err(bad)
    }
}

fn document(line: &str) -> Result<Step, String> {
    Document::from_json(line).map(Step::Put).map_err(|e| e.to_string())
}

/// `{"put": DOCUMENT}` or `{"delete": "ID"}`.
fn change(line: &str) -> Result<Step, String> {
    let mut fields =
        Document::from_json(line).and_then(|line| line.to_map()).map_err(|e| e.to_string())?;
    match (fields.remove("put"), fields.remove("delete")) {
        (Some(put), None) => {
            Document::from_value(&put).map(Step::Put).map_err(|error| error.to_string())
        }
        (None, Some(Value::String(id))) => Ok(Step::Delete(id.into())),
        _ => Err(format!("neither a put nor a delete: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_is_the_one_its_readme_counts() {
        let counted = RELEASES.map(|release| {
            let steps = release.steps().unwrap();
            let deletes = steps.iter().filter(|step| matches!(step, Step::Delete(_))).count();
            (steps.len() - deletes, deletes)
        });
        let readme = [
            (19752, 0),
            (62 + 362, 11),
            (179 + 1182, 3),
            (276 + 396, 2),
            (50 + 459, 3),
            (220 + 1103, 3),
            (176 + 909, 48),
            (427 + 1372, 104),
        ];
        assert_eq!(counted, readme);
    }

    #[test]
    fn a_line_that_is_neither_put_nor_delete_is_refused() {
        for line in [r#"{"set":{}}"#, r#"{"put":{},"delete":"a"}"#, r#"{"delete":1}"#, "[]", "{"] {
            assert!(change(line).is_err(), "{line}");
        }
    }
}
