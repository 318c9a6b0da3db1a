//! Many runs as one: ascending by key, and of entries with one key the last.

use super::run::RunReader;
use crate::error::Result;
use highwater_format::import::{RunEntry, RunInfo};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
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
}

impl Merge {
    /// Opens the runs in `folder`, with about `memory` bytes for all of them.
    pub(super) fn open(folder: &Path, runs: &[RunInfo], memory: usize) -> Result<Self> {
        let ahead = (memory / runs.len().max(1)).clamp(LEAST_AHEAD, MOST_AHEAD);
        let runs = runs.iter().map(|run| RunReader::open(folder, run, ahead));
        let runs = runs.collect::<Result<Vec<_>>>()?;
        let mut merge = Self { heads: BinaryHeap::with_capacity(runs.len()), runs };
        for run in 0..merge.runs.len() {
            merge.advance(run)?;
        }
        Ok(merge)
    }

    fn advance(&mut self, run: usize) -> Result<()> {
        if let Some(reader) = self.runs.get_mut(run) {
            self.heads.extend(reader.next()?.map(|entry| Reverse(Head { entry, run })));
        }
        Ok(())
    }

    fn pop(&mut self) -> Result<Option<RunEntry>> {
        let Some(Reverse(Head { entry, run })) = self.heads.pop() else {
            return Ok(None);
        };
        self.advance(run)?;
        Ok(Some(entry))
    }

    /// The next key's last entry.
    pub(super) fn next(&mut self) -> Result<Option<RunEntry>> {
        let Some(mut entry) = self.pop()? else {
            return Ok(None);
        };
        while self.heads.peek().is_some_and(|Reverse(head)| head.entry.key == entry.key) {
            entry = self.pop()?.unwrap_or(entry);
        }
        Ok(Some(entry))
    }
}
