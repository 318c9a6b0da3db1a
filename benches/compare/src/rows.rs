//! The rows that every subject holds, and the pages that they answer with.

use highwater::{Document, KeyValue};

/// How many owners there are: scopes of the index.
pub const OWNERS: u64 = 10_000;

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
fn words(seed: u64) -> impl Iterator<Item = char> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        // Knuth's constants (MMIX).
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"etaoinshrdlu etaoinshr cmfwypvbg"[(state >> 59) as usize])
    })
}

/// The document of row `n` as of change `change`, of `bytes` encoded bytes.
///
/// # Panics
/// If `bytes` is below what the attributes need, about 100.
#[must_use]
pub fn document(n: u64, change: u64, bytes: usize) -> Document {
    let text = |length: usize| {
        let json = format!(
            r#"{{"id":"{}","owner":"{}","stars":{},"done":{},"text":"{}"}}"#,
            key(n),
            owner(n),
            change % 5,
            n.is_multiple_of(2),
            words(n ^ (change << 32)).take(length).collect::<String>()
        );
        Document::from_json(&json).expect("valid JSON")
    };
    let guess = text(bytes / 2);
    let short = bytes - guess.as_bytes().len();
    text(bytes / 2 + short)
}

/// A page as an application gets it.
pub enum Page {
    /// Keys and documents of a store that knows no more of them.
    Rows(Vec<(Vec<u8>, Vec<u8>)>),
    /// The engine's own.
    Sync(highwater::SyncPage),
    /// The engine's own listing.
    List(highwater::ListPage),
}

impl Page {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Sync(page) => page.items.len(),
            Self::List(page) => page.items.len(),
        }
    }

    /// Keys and documents, folded: equal pages have equal sums.
    #[must_use]
    pub fn sum(&self) -> u64 {
        let text = |key: &highwater::ItemKey| match &key.partition {
            KeyValue::String(text) => text.clone().into_bytes(),
            other => other.encode(),
        };
        match self {
            Self::Rows(rows) => rows.iter().map(|(key, doc)| fold(key, doc)).sum(),
            Self::Sync(page) => {
                page.items.iter().map(|i| fold(&text(&i.key), i.document.as_bytes())).sum()
            }
            Self::List(page) => {
                page.items.iter().map(|i| fold(&text(&i.key), i.document.as_bytes())).sum()
            }
        }
    }
}

fn fold(key: &[u8], document: &[u8]) -> u64 {
    // Checksums of 32 bits: any number of them fits into the sum of a page.
    u64::from(crc32fast::hash(key)) ^ u64::from(crc32fast::hash(document))
}
