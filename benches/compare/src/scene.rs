//! Subjects with the same content.

use crate::measure::{Samples, side_by_side};
use crate::results::{Figure, Unit, say};
use crate::rows::{Page, document};
use crate::subject::{Durability, Kind, Moment, Result, Subject};
use std::path::PathBuf;
use std::time::Instant;
use tempfile::TempDir;

/// Rows in one commit of a load.
const BATCH: u64 = 500;

/// A subject that is open.
pub struct Open {
    /// The name in tables.
    pub name: String,
    /// The store.
    pub subject: Box<dyn Subject>,
    /// Its folder.
    pub folder: PathBuf,
}

/// All subjects, each in a folder of its own.
pub struct Scene<'k> {
    kinds: Vec<&'k dyn Kind>,
    dir: TempDir,
    durability: Durability,
    /// The subjects, in the order of the kinds.
    pub open: Vec<Open>,
    /// How many rows each holds.
    pub rows: u64,
    /// Bytes of a document.
    pub bytes: usize,
}

/// An encoded document.
#[must_use]
pub fn bytes_of(n: u64, change: u64, bytes: usize) -> Vec<u8> {
    document(n, change, bytes).as_bytes().to_vec()
}

impl<'k> Scene<'k> {
    /// Empty subjects.
    pub fn new(kinds: Vec<&'k dyn Kind>, durability: Durability, bytes: usize) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut scene = Self { kinds, dir, durability, open: Vec::new(), rows: 0, bytes };
        scene.open_all()?;
        Ok(scene)
    }

    fn open_all(&mut self) -> Result<()> {
        for (place, kind) in self.kinds.iter().enumerate() {
            let folder = self.dir.path().join(place.to_string());
            let subject = kind.open(&folder, self.durability)?;
            self.open.push(Open { name: kind.name(), subject, folder });
        }
        Ok(())
    }

    /// Closes and opens all: nothing that was in memory stays there.
    pub fn reopen(&mut self) -> Result<()> {
        self.open.clear();
        self.open_all()
    }

    /// Loads rows up to `rows`; how many a second each subject took.
    pub fn load(&mut self, rows: u64) -> Result<Figure> {
        let mut values = Vec::new();
        for open in &self.open {
            let (mut spent, mut first) = (0.0, self.rows);
            while first < rows {
                let end = (first + BATCH).min(rows);
                let batch: Vec<_> = (first..end).map(|n| (n, bytes_of(n, 0, self.bytes))).collect();
                let start = Instant::now();
                open.subject.insert(&batch)?;
                spent += start.elapsed().as_secs_f64();
                first = end;
            }
            say(&format!("loaded {}", open.name));
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rows")]
            values.push((open.name.clone(), (rows - self.rows) as f64 / spent));
        }
        self.rows = rows;
        Ok(Figure {
            work: format!("load, {rows} rows in commits of 500"),
            unit: Unit::PerSecond,
            values,
        })
    }

    /// Puts all in its final place.
    pub fn compact(&self) -> Result<()> {
        self.open.iter().try_for_each(|open| open.subject.compact())
    }

    /// The present of each.
    pub fn now(&self) -> Result<Vec<Moment>> {
        self.open.iter().map(|open| open.subject.now()).collect()
    }

    /// Changes `count` rows that are spread over the table.
    pub fn change(&self, count: u64, change: u64) -> Result<()> {
        let step = (self.rows / count).max(1);
        for open in &self.open {
            for n in (0..count).map(|n| n * step % self.rows) {
                open.subject.update(n, &bytes_of(n, change, self.bytes))?;
            }
        }
        Ok(())
    }

    /// Measures a call of each subject, `rounds` times in turns, in microseconds.
    pub fn time(
        &self,
        work: &str,
        rounds: usize,
        call: impl Fn(usize, &dyn Subject) -> Result<()>,
    ) -> Result<Figure> {
        let mut calls: Vec<_> = self
            .open
            .iter()
            .enumerate()
            .map(|(place, open)| {
                let call = &call;
                move || call(place, open.subject.as_ref())
            })
            .collect();
        let mut works: Vec<&mut dyn FnMut() -> Result<()>> =
            calls.iter_mut().map(|call| call as &mut dyn FnMut() -> Result<()>).collect();
        let samples = side_by_side(&mut works, rounds)?;
        let names = self.open.iter().map(|open| open.name.clone());
        let values =
            names.zip(samples.iter().map(|samples| Samples::median(samples) * 1e6)).collect();
        Ok(Figure { work: work.to_owned(), unit: Unit::Micros, values })
    }

    /// That every subject answers with the same rows, and so many of them.
    pub fn agree(
        &self,
        work: &str,
        rows: usize,
        ask: impl Fn(usize, &dyn Subject) -> Result<Page>,
    ) -> Result<()> {
        let mut first = None;
        for (place, open) in self.open.iter().enumerate() {
            let page = ask(place, open.subject.as_ref())?;
            let told = (page.len(), page.sum());
            let first = *first.get_or_insert(told);
            if told != first || told.0 != rows {
                return Err(format!(
                    "{work}: {} answers {told:?}, not {rows} rows as {first:?}",
                    open.name
                )
                .into());
            }
        }
        Ok(())
    }
}

/// That a page has so many rows.
pub fn rows(page: &Page, rows: usize) -> Result<()> {
    if page.len() == rows { Ok(()) } else { Err(format!("{} rows, not {rows}", page.len()).into()) }
}
