//! Entries that wait in memory to be sorted: one buffer for all of them, each as a run holds it.
//!
//! What is sorted is small, and knows the first bytes in which keys differ: most comparisons look at nothing
//! else, and no entry is allocated, moved or encoded again on its way to a file.

use crate::error::Result;
use highwater_format::import::{ENTRY_HEADER, RunEntryRef};
use std::ops::Range;

/// Where an entry is.
struct Place {
    /// The first bytes of its key in which some keys differ.
    prefix: u64,
    key: Range<usize>,
    entry: Range<usize>,
}

/// What an entry costs beside its bytes.
const OVERHEAD: usize = size_of::<Place>() + ENTRY_HEADER;

#[derive(Default)]
pub(super) struct Waiting {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// How many bytes all keys begin with.
    common: usize,
    /// So many places took their prefix when that was more.
    stale: usize,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// About how much memory is used when this entry has come as well.
    pub(super) fn bytes_with(&self, entry: RunEntryRef<'_>) -> usize {
        let entries = self.bytes.len() + entry.key.len() + entry.value.len();
        entries + (self.places.len() + 1) * OVERHEAD
    }

    pub(super) fn add(&mut self, entry: RunEntryRef<'_>) -> Result<()> {
        let common = match self.places.first() {
            Some(first) => common(self.slice(&first.key), entry.key).min(self.common),
            None => entry.key.len(),
        };
        let start = self.bytes.len();
        let key = entry.encode_to(&mut self.bytes)?;
        if common != self.common {
            self.common = common;
            self.stale = self.places.len();
        }
        let prefix = prefix(entry.key, common);
        self.places.push(Place { prefix, key, entry: start..self.bytes.len() });
        Ok(())
    }

    /// Encoded entries, ascending by key: of those with one key the one that came last.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = &[u8]> {
        let Self { bytes, places, common, stale } = self;
        let bytes = bytes.as_slice();
        let key = |place: &Place| bytes.get(place.key.clone()).unwrap_or_default();
        for place in places.iter_mut().take(*stale) {
            place.prefix = prefix(key(place), *common);
        }
        places.sort_unstable_by(|a, b| {
            let by_key = a.prefix.cmp(&b.prefix).then_with(|| key(a).cmp(key(b)));
            by_key.then(a.entry.start.cmp(&b.entry.start))
        });
        let next = places.iter().skip(1).map(Some).chain([None]);
        let last = places.iter().zip(next).filter(move |(place, next)| {
            next.is_none_or(|next| next.prefix != place.prefix || key(next) != key(place))
        });
        last.map(move |(place, _)| bytes.get(place.entry.clone()).unwrap_or_default())
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
        self.stale = 0;
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// How many bytes both begin with.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The eight bytes after the first `common`, as a number that is ordered as they are; what is missing counts
/// as zeros.
fn prefix(key: &[u8], common: usize) -> u64 {
    let differing = key.get(common..).unwrap_or_default();
    if let Some(first) = differing.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first.iter_mut().zip(differing).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(first)
}
