//! Subjects with the same content, each beside a model of what it must hold.

use crate::disk;
use crate::measure::{self, SEED};
use crate::model::{Expected, Model};
use crate::open::Open;
use crate::page::Page;
use crate::results::{Figure, Unit, Value, say};
use crate::rows::{Key, Row};
use crate::subject::{Durability, Kind, Moment, Result, Setup, Subject};
use crate::work::Extent;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use rand::seq::index;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Rows in one commit of a load.
const BATCH: u64 = 500;
/// One row in so many is a tombstone.
const TOMBSTONES: u64 = 50;

/// Moments, one of each subject, from which so many rows have changed.
#[derive(Debug, Clone)]
pub struct Since {
    moments: Vec<(Moment, u64)>,
    /// How many rows have changed since.
    pub rows: usize,
}

impl Since {
    /// A subject's moment.
    #[must_use]
    pub fn of(&self, place: usize) -> Moment {
        self.moments[place].0
    }

    /// How many changes its model had seen.
    #[must_use]
    pub fn at(&self, place: usize) -> u64 {
        self.moments[place].1
    }
}

/// All subjects, each in a folder of its own.
pub struct Scene<'k> {
    kinds: Vec<&'k dyn Kind>,
    durability: Durability,
    /// The subjects, in the order of the kinds.
    pub open: Vec<Open>,
    // Behind what is open in it: it goes when they are closed.
    _dir: TempDir,
    /// How many rows each was loaded with.
    pub rows: u64,
    /// Bytes of a document.
    pub bytes: usize,
    /// What changes is drawn anew each time.
    draws: u64,
    /// For how long the size of a compacted store has to be what it was.
    still: Duration,
}

impl<'k> Scene<'k> {
    /// Empty subjects.
    pub fn new(
        kinds: Vec<&'k dyn Kind>,
        durability: Durability,
        &Extent { bytes, turn, .. }: &Extent,
    ) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut open = Vec::new();
        for (place, kind) in kinds.iter().enumerate() {
            let folder = dir.path().join(place.to_string());
            let subject = kind.open(Setup { folder: &folder, durability })?;
            open.push(Open { name: kind.name(), subject, folder, model: Model::new(bytes) });
        }
        Ok(Self { kinds, _dir: dir, durability, open, rows: 0, bytes, draws: 0, still: turn / 2 })
    }

    /// Closes and opens all: nothing that was in memory stays there. Gives the bytes that each takes on disk while it
    /// is closed, since an open one may hold room for what is to come.
    pub fn reopen(&mut self) -> Result<Figure> {
        let closed: Vec<_> =
            self.open.drain(..).map(|open| (open.name, open.folder, open.model)).collect();
        let mut values = Vec::new();
        for (kind, (name, folder, model)) in self.kinds.iter().zip(closed) {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
            let each = disk::bytes(&folder)? as f64 / self.rows as f64;
            values.push((name, Value::once(each)));
            let setup = Setup { folder: &folder, durability: self.durability };
            let subject = kind.open(setup)?;
            self.open.push(Open { name: kind.name(), subject, folder, model });
        }
        self.quiet()?;
        Ok(Figure { work: "disk".to_owned(), unit: Unit::Bytes, values })
    }

    /// Waits until nothing goes on anywhere.
    pub fn quiet(&self) -> Result<()> {
        self.open.iter().try_for_each(Open::quiet)
    }

    /// Loads rows up to `rows`; how many a second each subject took, until they were on disk. Some of them
    /// become tombstones, if that is wanted, which is not counted.
    pub fn load(&mut self, rows: u64, tombstones: bool) -> Result<Figure> {
        let mut values = Vec::new();
        for open in &mut self.open {
            let (mut spent, mut first) = (0.0, self.rows);
            while first < rows {
                let end = (first + BATCH).min(rows);
                let batch: Vec<_> = (first..end).map(|n| Row::of(n, 0, self.bytes)).collect();
                let start = Instant::now();
                open.subject.insert(&batch)?;
                spent += start.elapsed().as_secs_f64();
                (first..end).for_each(|_| open.model.insert(0));
                first = end;
            }
            let start = Instant::now();
            open.quiet()?;
            spent += start.elapsed().as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52 rows")]
            values.push((open.name.clone(), Value::once((rows - self.rows) as f64 / spent)));
            if tombstones {
                let gone: Vec<_> =
                    (self.rows..rows).filter(|n| n % TOMBSTONES == TOMBSTONES - 1).collect();
                for batch in gone.chunks(BATCH as usize) {
                    let keys: Vec<_> = batch.iter().map(|n| Key::of(*n)).collect();
                    open.subject.delete(&keys)?;
                    batch.iter().for_each(|n| open.model.delete(*n));
                }
                open.quiet()?;
            }
            say(&format!("loaded {}", open.name));
        }
        self.rows = rows;
        let work = format!("load, {rows} rows of {} B in commits of 500", self.bytes);
        Ok(Figure { work, unit: Unit::PerSecond, values })
    }

    /// Puts all in its final place, waits until their sizes stand still, and reopens them.
    pub fn compact(&mut self) -> Result<Figure> {
        for open in &mut self.open {
            open.subject.compact()?;
            open.quiet()?;
            disk::stand_still(&open.folder, self.still)?;
            say(&format!("compacted {}", open.name));
        }
        self.reopen()
    }

    /// The present of each.
    pub fn now(&self) -> Result<Since> {
        let now = |open: &Open| Ok((open.subject.now()?, open.model.at));
        Ok(Since { moments: self.open.iter().map(now).collect::<Result<_>>()?, rows: 0 })
    }

    /// Changes `count` rows, drawn over the whole table without an order; gives the moments from which so
    /// many of them have changed as `told` asks for.
    pub fn change(&mut self, count: u64, told: impl Fn(u64) -> bool) -> Result<Vec<Since>> {
        self.draws += 1;
        let mut rng = SmallRng::seed_from_u64(SEED + self.draws);
        let (length, count) = (usize::try_from(self.rows)?, usize::try_from(count.min(self.rows))?);
        let rows: Vec<_> =
            index::sample(&mut rng, length, count).into_iter().map(|n| n as u64).collect();
        self.change_these(&rows, told)
    }

    /// The same with rows that are given: none of them twice. Then all is quiet.
    pub fn change_these(&mut self, rows: &[u64], told: impl Fn(u64) -> bool) -> Result<Vec<Since>> {
        let mut moments = Vec::new();
        for (place, n) in rows.iter().enumerate() {
            let left = rows.len() - place;
            if told(left as u64) {
                moments.push(Since { rows: left, ..self.now()? });
            }
            let row = Row::of(*n, self.draws, self.bytes);
            for open in &mut self.open {
                if place as u64 % TOMBSTONES == 7 && open.model.is_live(*n) {
                    open.subject.delete(std::slice::from_ref(&row.key))?;
                    open.model.delete(*n);
                } else {
                    open.subject.update(&row)?;
                    open.model.update(*n, self.draws);
                }
            }
        }
        self.quiet()?;
        Ok(moments)
    }

    /// Measures a call of each subject, `rounds` times in turns, in microseconds. A call is told its number,
    /// from which it draws.
    pub fn time(
        &self,
        work: &str,
        rounds: usize,
        call: impl Fn(usize, &dyn Subject, usize) -> Result<()>,
    ) -> Result<Figure> {
        let subjects = self.open.len();
        let values = measure::side_by_side(subjects, rounds, |place, turn| {
            call(place, self.open[place].subject.as_ref(), turn)
        })?;
        let names = self.open.iter().map(|open| open.name.clone());
        let values = names.zip(values.into_iter().map(|value| value.map(|s| s * 1e6))).collect();
        Ok(Figure { work: work.to_owned(), unit: Unit::Micros, values })
    }

    /// That every subject answers with what it must hold, row by row in their order.
    pub fn check(
        &self,
        work: &str,
        ask: impl Fn(usize, &dyn Subject) -> Result<Page>,
        must: impl Fn(usize, &Model) -> Expected,
    ) -> Result<()> {
        for (place, open) in self.open.iter().enumerate() {
            let page = ask(place, open.subject.as_ref())?;
            let (told, must) =
                (Expected { rows: page.len(), sum: page.sum() }, must(place, &open.model));
            if told != must {
                let name = &open.name;
                return Err(format!("{work}: {name} answers {told:?}, not {must:?}").into());
            }
        }
        Ok(())
    }

    /// That every subject tells of each of these moments what it must, in the order of the changes.
    pub fn check_deltas(&self, work: &str, moments: &[Since], limit: u32) -> Result<()> {
        for since in moments {
            let ask = |place: usize, subject: &dyn Subject| {
                let page = subject.delta(since.of(place), limit)?;
                if page.is_in_order_of_changes() { Ok(page) } else { Err("out of order".into()) }
            };
            self.check(work, ask, |place, model| {
                model.delta(since.at(place), limit as usize, None)
            })?;
        }
        Ok(())
    }

    /// That gets of these rows, and the first page of the table, give what they must.
    pub fn check_rows(&self, work: &str, rows: impl Iterator<Item = u64> + Clone) -> Result<()> {
        for open in &self.open {
            for n in rows.clone() {
                let got = open.subject.get(&Key::of(n))?.map(|got| got.sum());
                if got != open.model.got(n) {
                    return Err(format!("{work}: {} has another row {n}", open.name).into());
                }
            }
        }
        let first = crate::subject::Place::Token(None);
        self.check(work, |_, s| s.base(&first, 1000), |_, model| model.base(0, 1000))
    }
}

/// That a page has so many rows.
pub fn rows(page: &Page, rows: usize) -> Result<()> {
    if page.len() == rows { Ok(()) } else { Err(format!("{} rows, not {rows}", page.len()).into()) }
}
