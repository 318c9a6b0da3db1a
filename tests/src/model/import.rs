//! Bulk imports that replace what a table holds, some of them cut short anywhere.

use super::body::{Attributes, Body, TABLES, document, key_of};
use super::oracle::Version;
use super::world::World;
use highwater::testing::Point;
use highwater::{
    BulkImport, BulkOptions, BulkReport, Error, ItemKey, Millis, Result, Store, Timestamp,
};
use std::collections::BTreeMap;

/// So little that what is sorted is many runs.
const MEMORY: usize = 1 << 10;

/// Where the process ends amid an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutShort {
    pub at: Point,
    /// Whether the next process goes on with it; it gives it up otherwise.
    pub goes_on: bool,
}

/// The points of an import, in their order.
pub const POINTS: [Point; 7] = [
    Point::ImportRun,
    Point::ImportAccepted,
    Point::ImportHidden,
    Point::ImportBuilt,
    Point::ImportTakenIn,
    Point::ImportShown,
    Point::ImportTidied,
];

/// What is imported into a table, in order.
struct Input {
    table: usize,
    rows: Vec<(ItemKey, Attributes)>,
}

impl Input {
    fn begin(&self, store: &Store) -> Result<BulkImport> {
        let options = BulkOptions { replace: true, memory_bytes: MEMORY };
        store.bulk_import(TABLES[self.table], options)
    }

    /// All of it, or what an earlier attempt has not accepted.
    fn run(&self, store: &Store) -> Result<BulkReport> {
        let mut import = self.begin(store)?;
        let accepted = usize::try_from(import.accepted()).expect("few");
        for (_, attributes) in self.rows.iter().skip(accepted) {
            import.push(document(attributes))?;
        }
        import.finish()
    }
}

impl World {
    pub(super) fn import(&mut self, table: usize, rows: &[(u8, Body)], cut: Option<CutShort>) {
        let rows = rows.iter().map(|(item, body)| {
            let (key, gone) = (key_of(table, *item), body.gone.dated(self.now));
            let attributes = Body { gone, ..*body }.attributes(&key);
            (key, attributes)
        });
        let input = Input { table, rows: rows.collect() };
        match cut {
            Some(cut) if self.doubt.is_none() => self.import_cut_short(input, cut),
            _ => self.import_whole(input),
        }
    }

    fn import_whole(&mut self, input: Input) {
        match input.run(&self.store()) {
            Ok(report) => {
                self.remade(input.table);
                self.imported(input, Some(report));
            }
            Err(Error::ReadOnly { .. }) => assert!(self.doubt.is_some(), "writable"),
            Err(error) => panic!("{error}"),
        }
    }

    /// The process ends amid the import. The next one finds the table as it was, or as it is to be.
    fn import_cut_short(&mut self, input: Input, cut: CutShort) {
        let (done, copy) = self.kill_amid(cut.at, |store| input.run(store));
        assert!(done.outer.is_ok(), "{:?}", done.outer);
        self.go_to(copy);
        let is_shown = !done.amid || matches!(cut.at, Point::ImportShown | Point::ImportTidied);
        let store = self.open(false);
        self.put_store(store);
        // What was never handed out need not be remembered.
        self.now = Millis(0);
        if is_shown {
            self.remade(input.table);
            self.imported(input, None);
            return self.opened(false);
        }
        self.opened(false);
        self.reach("an import that was cut short");
        let all_accepted = !matches!(cut.at, Point::ImportRun | Point::ImportAccepted);
        if cut.goes_on {
            let begun = input.begin(&self.store()).expect("it is gone on with");
            let (accepted, all) = (begun.accepted(), input.rows.len() as u64);
            assert!(accepted == all || (accepted < all && !all_accepted), "{accepted} of {all}");
            drop(begun);
            self.import_whole(input);
            self.reach("an import that was gone on with");
        } else {
            let there = self.store().abandon_bulk_import(TABLES[input.table]);
            assert!(there.expect("it is given up") || !all_accepted, "nothing was left");
            self.check_store();
        }
    }

    /// The table holds what was imported, and nothing else.
    fn imported(&mut self, Input { table, rows }: Input, report: Option<BulkReport>) {
        // The last of a key is the one that counts.
        let all = rows.len() as u64;
        let rows = BTreeMap::from_iter(rows);
        let items = rows.len() as u64;
        let told = report.map(|report| (report.items, report.duplicates));
        assert!(told.is_none_or(|told| told == (items, all - items)), "{told:?} of {all}");
        let mut moments: Vec<Timestamp> = Vec::new();
        for (key, attributes) in rows {
            let told = self.store().get(TABLES[table], key.clone()).expect("readable");
            let told = told.expect("an imported item");
            assert_eq!((told.version, told.deleted), (1, false), "{told:?}");
            assert_eq!(told.document, document(&attributes));
            moments.push(told.changed_at);
            let new =
                Version { version: 1, changed_at: told.changed_at, deleted: false, attributes };
            self.oracle.tables[table].replace(&key, new);
        }
        moments.sort_unstable();
        let floors = self.oracle.tables[table].floors;
        let below = moments.last().is_none_or(|last| *last < floors.delta);
        assert!(below, "a delta could tell of what was imported: {floors:?}");
        self.reach("a bulk import");
    }
}
