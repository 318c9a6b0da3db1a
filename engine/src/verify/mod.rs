//! Verification: everything is read, every checksum checked, and the families held against each other.
//!
//! Checks invariants 1 to 3 (ARCHITECTURE.md): one log entry per live item and equal to it, one entry in
//! each declared index of either kind under the present value, timestamps unique; and that every digest is
//! the sum of its items. An index that is being built may lack what it has not come to. It reads one snapshot while the store
//! goes on working; memory: eight bytes per item.

mod base;
mod digests;
mod index;
mod log;
mod lookup;
mod receipts;
mod report;
mod rest;
#[cfg(test)]
mod tests;

pub use report::{Problem, VerifyReport};

use crate::catalog::Table;
use crate::error::Result;
use crate::indexing;
use crate::storage::View;
use crate::store::Inner;
use digests::Sums;
use highwater_format::meta::{ImportRecord, IndexWork};
use highwater_format::{IndexId, Millis, TableId, Timestamp};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A verification under way.
struct Check<'a> {
    view: Rc<View<'a>>,
    tables: HashMap<TableId, Arc<Table>>,
    /// Identifiers of rows that a bulk import has not shown yet.
    hidden: Vec<ImportRecord>,
    width: Millis,
    /// Receipts before this are absent, and may be so in part.
    receipts_floor: Millis,
    /// When each record was made, to find two of one moment.
    moments: Vec<Timestamp>,
    /// How far the work on each unfinished index has come.
    works: HashMap<IndexId, IndexWork>,
    sums: Sums,
    report: VerifyReport,
}

impl Inner {
    pub(crate) fn verify(&self) -> Result<VerifyReport> {
        let _files_stay = self.readers.enter();
        // No table comes or goes between looking at the catalog and looking at the data.
        let (view, tables) = {
            let _tables_stay = self.ddl.read();
            (self.storage.snapshot(), self.catalog.all())
        };
        let mut works = HashMap::new();
        for table in &tables {
            works.extend(indexing::works(&view, table)?);
        }
        let mut check = Check {
            view: Rc::new(view),
            tables: tables.into_iter().map(|table| (table.id(), table)).collect(),
            hidden: Vec::new(),
            width: self.bucket_width,
            receipts_floor: self.rules.receipts_floor(),
            moments: Vec::new(),
            works,
            sums: Sums::default(),
            report: VerifyReport::default(),
        };
        check.imports()?;
        check.base()?;
        check.log()?;
        check.index()?;
        check.lookup()?;
        check.digests()?;
        check.history()?;
        check.receipts()?;
        check.meta()?;
        check.moments();
        Ok(check.report)
    }
}

impl Check<'_> {
    fn table(&self, id: TableId) -> Option<Arc<Table>> {
        self.tables.get(&id).cloned()
    }

    /// Whether a table's or an index's identifier is one whose rows are still to be shown: nobody else
    /// reads them, and their import ends by showing or by removing them.
    fn is_hidden(&self, id: u32) -> bool {
        self.hidden.iter().any(|import| import.holds(id))
    }

    /// Whether the work on an index has come to an item.
    fn has_reached(&self, index: IndexId, item: &[u8]) -> bool {
        self.works.get(&index).is_none_or(|work| work.after.as_slice() >= item)
    }

    /// No two records were made at one moment.
    fn moments(&mut self) {
        self.moments.sort_unstable();
        let twice: Vec<Timestamp> = self
            .moments
            .iter()
            .zip(self.moments.iter().skip(1))
            .filter(|(a, b)| a == b)
            .map(|(a, _)| *a)
            .collect();
        for moment in twice {
            let place = format!("base, changed_at {}", moment.0);
            self.report.problem(place, "two records were made at this timestamp");
        }
    }
}
