//! What subjects answer with. A page owns what it names.

use highwater::{Item, KeyValue, State, SyncPage};

/// A row as a subject tells it: what a client needs to keep its copy.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its key.
    pub key: Vec<u8>,
    /// Its document, a deleted one's last.
    pub document: Vec<u8>,
    /// How often it was written.
    pub version: u64,
    /// When it changed last.
    pub changed_at: u64,
    /// Whether it is gone.
    pub deleted: bool,
}

/// One row that was asked for: the engine's as it gives it, so that nothing is copied twice.
#[derive(Debug)]
pub enum Got {
    /// A peer's, or the limit's.
    Row(Told),
    /// The engine's.
    Item(Item),
}

impl Got {
    /// What it holds, folded.
    #[must_use]
    pub fn sum(&self) -> u64 {
        match self {
            Self::Row(row) => row_sum(&row.key, &row.document, row.version, row.deleted),
            Self::Item(item) => {
                let (key, document) = (text(&item.key), item.document.as_bytes());
                row_sum(&key, document, item.version, item.deleted)
            }
        }
    }
}

/// A page as an application gets it.
#[derive(Debug)]
pub enum Page {
    /// A peer's, or the limit's.
    Rows(Vec<Told>),
    /// The engine's.
    Sync(SyncPage),
}

impl Page {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Sync(page) => page.items.len(),
        }
    }

    /// Everything that it tells but change times, folded in its order: equal pages have equal sums.
    #[must_use]
    pub fn sum(&self) -> u64 {
        match self {
            Self::Rows(rows) => in_order(
                rows.iter().map(|row| row_sum(&row.key, &row.document, row.version, row.deleted)),
            ),
            Self::Sync(page) => in_order(page.items.iter().map(|item| {
                let (key, document) = (text(&item.key), item.document.as_bytes());
                row_sum(&key, document, item.version, item.state == State::Deleted)
            })),
        }
    }

    /// Whether it tells changes in their order.
    #[must_use]
    pub fn is_in_order_of_changes(&self) -> bool {
        match self {
            Self::Rows(rows) => rows.is_sorted_by_key(|row| row.changed_at),
            Self::Sync(page) => page.items.is_sorted_by_key(|item| item.changed_at),
        }
    }
}

fn text(key: &highwater::ItemKey) -> Vec<u8> {
    match &key.partition {
        KeyValue::String(text) => text.as_bytes().to_vec(),
        other => other.encode(),
    }
}

/// One row, folded.
#[must_use]
pub fn row_sum(key: &[u8], document: &[u8], version: u64, deleted: bool) -> u64 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(key);
    hash.update(&version.to_be_bytes());
    hash.update(&[u8::from(deleted)]);
    (u64::from(hash.finalize()) << 32) | u64::from(crc32fast::hash(document))
}

/// Rows in their order, folded.
#[must_use]
pub fn in_order(rows: impl Iterator<Item = u64>) -> u64 {
    rows.fold(0, |sum: u64, row| (sum.rotate_left(7) ^ row).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
