//! Bulk imports that replace what a table holds.

use super::body::{Body, TABLES, document, key_of};
use super::oracle::Version;
use super::world::World;
use highwater::{BulkOptions, BulkReport, Error, Result, Timestamp};
use std::collections::BTreeMap;

/// So little that what is sorted is many runs.
const MEMORY: usize = 1 << 10;

impl World {
    pub(super) fn import(&mut self, table: usize, rows: &[(u8, Body)]) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(item, body)| {
                let (key, gone) = (key_of(table, *item), body.gone.dated(self.now));
                let attributes = Body { gone, ..*body }.attributes(&key);
                (key, attributes)
            })
            .collect();
        let finish = || -> Result<BulkReport> {
            let options = BulkOptions { replace: true, memory_bytes: MEMORY };
            let mut import = self.store().bulk_import(TABLES[table], options)?;
            for (_, attributes) in &rows {
                import.push(document(attributes))?;
            }
            import.finish()
        };
        let report = match finish() {
            Ok(report) => report,
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() => return,
            Err(error) => panic!("{error}"),
        };
        // The last of a key is the one that counts.
        let all = rows.len() as u64;
        let rows = BTreeMap::from_iter(rows);
        assert_eq!((report.items, report.duplicates), (rows.len() as u64, all - rows.len() as u64));
        self.remade(table);
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
