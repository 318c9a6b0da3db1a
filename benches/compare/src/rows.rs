//! The rows that every subject holds, named and encoded before any clock starts.

use highwater::{ItemKey, KeyValue};

/// How many owners there are: scopes of the index.
pub const OWNERS: u64 = 10_000;

/// What a row is called, as text and as the engine's format has it.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its number.
    pub n: u64,
    /// Its key.
    pub text: String,
    /// Whose it is.
    pub owner: String,
    /// Its key, encoded.
    pub item: Vec<u8>,
    /// Its owner, encoded.
    pub scope: Vec<u8>,
}

impl Key {
    /// Row `n`'s.
    #[must_use]
    pub fn of(n: u64) -> Self {
        let (text, owner) = (key(n), owner(n));
        let item = ItemKey::from(text.as_str()).encode();
        let scope = KeyValue::from(owner.as_str()).encode();
        Self { n, text, owner, item, scope }
    }
}

/// A row, to be written.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is called.
    pub key: Key,
    /// Its document, encoded.
    pub document: Vec<u8>,
}

impl Row {
    /// Row `n` as of change `change`, with a document of `bytes`.
    #[must_use]
    pub fn of(n: u64, change: u64, bytes: usize) -> Self {
        Self { key: Key::of(n), document: document(n, change, bytes) }
    }
}

/// The key of row `n`.
#[must_use]
pub fn key(n: u64) -> String {
    format!("item-{n:08}")
}

/// Whose row `n` is.
#[must_use]
pub fn owner(n: u64) -> String {
    format!("owner-{:05}", n % OWNERS)
}

/// Letters without end, other ones for each seed: they compress as prose does, to about six tenths.
fn words(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        // Knuth's constants (MMIX).
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b"etaoinshrdlu etaoinshr cmfwypvbg"[(state >> 59) as usize]
    })
}

fn stars(n: u64, change: u64) -> u64 {
    (n / 2 + change) % 5
}

/// The encoded document of row `n` as of change `change`: by hand, for parsing JSON would take most of a run.
#[must_use]
pub fn document(n: u64, change: u64, bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 8);
    let name = |out: &mut Vec<u8>, name: &str| {
        out.extend(u8::try_from(name.len()));
        out.extend_from_slice(name.as_bytes());
    };
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(0x04);
        out.extend(u8::try_from(text.len()));
        out.extend_from_slice(text.as_bytes());
    };
    out.push(5);
    name(&mut out, "done");
    out.push(if n.is_multiple_of(2) { 0x02 } else { 0x01 });
    name(&mut out, "id");
    text(&mut out, &key(n));
    name(&mut out, "owner");
    text(&mut out, &owner(n));
    name(&mut out, "stars");
    match u8::try_from(stars(n, change)).unwrap_or_default() {
        0 => out.extend_from_slice(&[0x03, 1, 0x02]),
        digit => out.extend_from_slice(&[0x03, 4, 0x03, 0x82, 10 * digit + 1, 0x00]),
    }
    name(&mut out, "text");
    out.push(0x04);
    // A length above 250 takes three bytes.
    match bytes.saturating_sub(out.len() + 1) {
        short @ ..=250 => out.extend(u8::try_from(short)),
        long => {
            out.push(0xfb);
            out.extend_from_slice(&u16::try_from(long - 2).unwrap_or(u16::MAX).to_le_bytes());
        }
    }
    let rest = bytes.saturating_sub(out.len());
    out.extend(words(n ^ (change << 32)).take(rest));
    out
}

/// Whether row `n` passes the filter on two fields.
#[must_use]
pub fn is_wanted(n: u64, change: u64) -> bool {
    n.is_multiple_of(2) && stars(n, change) >= 3
}

/// The filter as the engine is given it.
pub const FILTER: &str = r#"{"stars":{"ge":3},"done":{"eq":true}}"#;

/// The same filter over an encoded document, for stores that do not know what a document is: a walk over its
/// attributes, which tells what does not pass as early as it can be told.
#[must_use]
pub fn passes(document: &[u8]) -> bool {
    walk(document).unwrap_or(false)
}

fn walk(document: &[u8]) -> Option<bool> {
    fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = match **rest {
            [0xfb, low, high, ..] => (usize::from(u16::from_le_bytes([low, high])), 3),
            [length, ..] => (usize::from(length), 1),
            [] => return None,
        };
        let found = rest.get(after..after + length)?;
        *rest = rest.get(after + length..)?;
        Some(found)
    }
    let (count, mut rest) = document.split_first()?;
    for _ in 0..*count {
        let name = bytes(&mut rest)?;
        let (kind, after) = rest.split_first()?;
        rest = after;
        match (name, kind) {
            (b"done", 0x02) => {}
            (b"done", _) => return Some(false),
            // Numbers are encoded in their order.
            (b"stars", 0x03) => return Some(bytes(&mut rest)? >= &[0x03, 0x82, 31, 0x00][..]),
            (_, 0x00..=0x02) => {}
            _ => drop(bytes(&mut rest)?),
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater::{Document, Value};

    #[test]
    fn documents_are_what_the_engine_encodes() {
        for (n, change, size) in [(0, 0, 256), (7, 1, 256), (8, 3, 1024), (99_999, 5, 300)] {
            let bytes = document(n, change, size);
            assert_eq!(bytes.len(), size);
            let parsed = Document::from_bytes(bytes.clone()).expect("a document");
            let map = parsed.to_map().expect("a map");
            let Some(Value::String(text)) = map.get("text") else { panic!("no text") };
            let json = format!(
                r#"{{"id":"{}","owner":"{}","stars":{},"done":{},"text":"{text}"}}"#,
                key(n),
                owner(n),
                stars(n, change),
                n.is_multiple_of(2)
            );
            let beside = Document::from_json(&json).expect("JSON");
            assert_eq!(beside.as_bytes(), bytes);
        }
    }

    #[test]
    fn the_filter_is_the_same_on_bytes() {
        for n in 0..100 {
            for change in 0..5 {
                assert_eq!(passes(&document(n, change, 256)), is_wanted(n, change), "{n} {change}");
            }
        }
    }
}
