//! Everything that one commit changes: in the store, in what is kept in memory, and for followers.

use crate::catalog::Table;
use crate::digest::DigestChanges;
use crate::error::Result;
use crate::recent::{LogAt, LogOf, Recent, RecentChanges, TailChange};
use crate::storage::{Batch, View};
use crate::watch::Touched;
use highwater_format::keys::DigestOf;
use highwater_format::{Digest, IndexEvent, Timestamp};

/// Changes that are committed together.
pub(super) struct Changes<'a> {
    pub(super) batch: Batch,
    pub(super) touched: Touched,
    digests: DigestChanges,
    recent: RecentChanges,
    tails: &'a Recent,
}

impl<'a> Changes<'a> {
    pub(super) fn new(tails: &'a Recent) -> Self {
        Self {
            batch: Batch::default(),
            touched: Touched::default(),
            digests: DigestChanges::default(),
            recent: RecentChanges::default(),
            tails,
        }
    }

    /// Where the log is kept in memory, if it is.
    fn kept<'t>(&self, (table, log): (&'t Table, LogOf<'t>)) -> Option<LogAt<'t>> {
        Some(LogAt { table: table.id(), tail: table.tail(self.tails)?, log })
    }

    /// The log gains an entry that is in `batch`, and tells of it so.
    pub(super) fn logged(
        &mut self,
        log: (&Table, LogOf<'_>),
        event: IndexEvent,
        change: &TailChange,
    ) {
        if let Some(log) = self.kept(log) {
            self.recent.put(log, change.told_as(event));
        }
    }

    /// The log loses an entry whose removal is in `batch`.
    pub(super) fn unlogged(&mut self, log: (&Table, LogOf<'_>), at: Timestamp) {
        if let Some(log) = self.kept(log) {
            self.recent.remove(log, at);
        }
    }

    /// The digest of a log's live items changes by `by`, in the part of the item's slot.
    pub(super) fn sum(
        &mut self,
        log: (&Table, LogOf<'_>),
        of: (DigestOf<'_>, u8),
        by: Option<Digest>,
    ) {
        let Some(by) = by else { return };
        self.digests.change(of, by);
        if let Some(log) = self.kept(log) {
            self.recent.sum(log, by);
        }
    }

    /// What is to be written, and what is to be told when it is. `view` shows the newest state.
    pub(super) fn finish(self, view: &View<'_>) -> Result<(Batch, RecentChanges, Touched)> {
        let Self { mut batch, touched, digests, recent, .. } = self;
        digests.put_into(&mut batch, view)?;
        Ok((batch, recent, touched.sorted()))
    }
}
