//! Sorting more than memory holds: full memory becomes a run, many runs become one.
//!
//! Source: Knuth, The Art of Computer Programming, volume 3, section 5.4.1 (multiway merging).

use super::merge::Merge;
use super::run::{RunWriter, path_of};
use super::waiting::Waiting;
use crate::error::Result;
use highwater_format::import::{RunEntryRef, RunInfo};
use std::path::{Path, PathBuf};

/// So many runs of one level are merged into one of the next: what bounds the open files, and how often an
/// entry is written is the logarithm of their number to this base.
const FAN_IN: usize = 64;

/// Entries on their way to being sorted.
pub(super) struct Sorter {
    folder: PathBuf,
    memory: usize,
    /// Whether its runs are to be found again after a crash.
    durable: bool,
    waiting: Waiting,
    runs: Vec<RunInfo>,
    next: u64,
}

impl Sorter {
    /// Goes on with `runs` in `folder`.
    pub(super) fn new(folder: &Path, memory: usize, durable: bool, runs: Vec<RunInfo>) -> Self {
        let next = runs.iter().map(|run| run.number + 1).max().unwrap_or(1);
        let folder = folder.to_owned();
        Self { folder, memory, durable, waiting: Waiting::default(), runs, next }
    }

    /// Whether an entry has to wait until memory has become a run.
    pub(super) fn has_no_room_for(&self, entry: RunEntryRef<'_>) -> bool {
        !self.waiting.is_empty() && self.waiting.bytes_with(entry) > self.memory
    }

    pub(super) fn add(&mut self, entry: RunEntryRef<'_>) -> Result<()> {
        self.waiting.add(entry)
    }

    /// Adds an entry to a sorter whose runs nobody else keeps a list of.
    pub(super) fn add_or_spill(&mut self, entry: RunEntryRef<'_>) -> Result<()> {
        if self.has_no_room_for(entry) {
            let merged = self.spill()?;
            self.remove(&merged)?;
        }
        self.add(entry)
    }

    pub(super) fn runs(&self) -> &[RunInfo] {
        &self.runs
    }

    pub(super) fn entries(&self) -> u64 {
        self.runs.iter().map(|run| run.entries).sum::<u64>() + self.waiting.len() as u64
    }

    /// Makes a run of what is in memory. Gives the runs that have been merged into others: their files can
    /// go when nobody looks for them any more.
    pub(super) fn spill(&mut self) -> Result<Vec<RunInfo>> {
        if !self.waiting.is_empty() {
            let mut run = RunWriter::create(&self.folder, self.next, 0)?;
            self.waiting.in_order().try_for_each(|entry| run.add_encoded(entry))?;
            self.runs.push(run.finish(self.durable)?);
            self.next += 1;
            self.waiting.clear();
        }
        let mut merged = Vec::new();
        while let Some(level) = self.full_level() {
            self.merge_level(level, &mut merged)?;
        }
        Ok(merged)
    }

    fn full_level(&self) -> Option<u8> {
        let count = |level| self.runs.iter().filter(|run| run.level == level).count();
        self.runs.iter().map(|run| run.level).find(|level| count(*level) >= FAN_IN)
    }

    fn merge_level(&mut self, level: u8, merged: &mut Vec<RunInfo>) -> Result<()> {
        let (full, rest): (Vec<_>, Vec<_>) = self.runs.iter().partition(|run| run.level == level);
        let mut merge = Merge::open(&self.folder, &full, self.memory)?;
        let mut run = RunWriter::create(&self.folder, self.next, level.saturating_add(1))?;
        while let Some(entry) = merge.next()? {
            run.add(entry)?;
        }
        let run = run.finish(self.durable)?;
        self.next += 1;
        self.runs = rest;
        self.runs.push(run);
        merged.extend(full);
        Ok(())
    }

    /// Removes the files of runs that have been merged.
    pub(super) fn remove(&self, merged: &[RunInfo]) -> Result<()> {
        for run in merged {
            let path = path_of(&self.folder, run.number);
            std::fs::remove_file(&path).map_err(|e| super::run::failed("removing", &path, &e))?;
        }
        Ok(())
    }

    /// Everything in order. What is in memory becomes a run first.
    pub(super) fn merge(mut self) -> Result<Merge> {
        let merged = self.spill()?;
        self.remove(&merged)?;
        Merge::open(&self.folder, &self.runs, self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_comes_out_is_the_last_of_each_key_in_order(
            keys in proptest::collection::vec((0_u16..100, 0_usize..12), 0..3000),
            memory in 1_usize..20_000, common in 0_usize..20,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::new(dir.path(), memory, false, Vec::new());
            let mut wanted = BTreeMap::new();
            for (number, (key, zeros)) in (1..).zip(keys) {
                // Some keys differ soon and some late, and some are the beginnings of others.
                let key = [&vec![b'k'; common], &key.to_be_bytes()[..], &vec![0; zeros]];
                let (key, value) = (key.concat(), format!("{number}").into_bytes());
                wanted.insert(key.clone(), (number, value.clone()));
                sorter.add_or_spill(RunEntryRef { key: &key, number, value: &value }).unwrap();
                prop_assert!(sorter.runs().len() < 3 * FAN_IN, "{} runs", sorter.runs().len());
            }
            let mut merge = sorter.merge().unwrap();
            for (key, (number, value)) in &wanted {
                let entry = RunEntryRef { key, number: *number, value };
                prop_assert_eq!(merge.next().unwrap(), Some(entry));
            }
            prop_assert_eq!(merge.next().unwrap(), None);
        }
    }
}
