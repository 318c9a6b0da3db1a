//! Many runs as one: ascending by key, and of entries with one key the last.

use super::run::RunReader;
use crate::error::Result;
use highwater_format::import::{RunEntry, RunEntryRef, RunInfo};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::path::Path;

/// Memory for reading ahead, in each run.
const LEAST_AHEAD: usize = 4 << 10;
const MOST_AHEAD: usize = 256 << 10;

/// The next entry of a run.
struct Head {
    entry: RunEntry,
    run: usize,
}

impl Head {
    fn order(&self) -> (&[u8], u64) {
        (&self.entry.key, self.entry.number)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// Runs being merged.
pub(super) struct Merge {
    runs: Vec<RunReader>,
    heads: BinaryHeap<Reverse<Head>>,
    /// The entry that was taken last. Its memory is the next one's.
    taken: RunEntry,
}

impl Merge {
    /// Opens the runs in `folder`, with about `memory` bytes for all of them.
    pub(super) fn open(folder: &Path, runs: &[RunInfo], memory: usize) -> Result<Self> {
        let ahead = (memory / runs.len().max(1)).clamp(LEAST_AHEAD, MOST_AHEAD);
        let runs = runs.iter().map(|run| RunReader::open(folder, run, ahead));
        let mut runs = runs.collect::<Result<Vec<_>>>()?;
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (run, reader) in runs.iter_mut().enumerate() {
            let mut entry = RunEntry::default();
            if reader.next_into(&mut entry)? {
                heads.push(Reverse(Head { entry, run }));
            }
        }
        Ok(Self { runs, heads, taken: RunEntry::default() })
    }

    /// Takes the first of all entries; the next one of its run stands in its place.
    fn take(&mut self) -> Result<bool> {
        let Some(mut first) = self.heads.peek_mut() else {
            return Ok(false);
        };
        let Head { entry, run } = &mut first.0;
        std::mem::swap(entry, &mut self.taken);
        let next = self.runs.get_mut(*run).map(|reader| reader.next_into(entry)).transpose()?;
        if next != Some(true) {
            PeekMut::pop(first);
        }
        Ok(true)
    }

    /// The next key's last entry.
    pub(super) fn next(&mut self) -> Result<Option<RunEntryRef<'_>>> {
        if !self.take()? {
            return Ok(None);
        }
        while self.heads.peek().is_some_and(|Reverse(head)| head.entry.key == self.taken.key) {
            self.take()?;
        }
        Ok(Some(self.taken.as_ref()))
    }
}
