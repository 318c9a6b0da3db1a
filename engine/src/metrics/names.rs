//! What is measured, and in which units.

macro_rules! named {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $text:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in the style of Prometheus.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

named! {
    /// Numbers that only grow.
    Counter {
        /// Commits that wrote something.
        Commits => "highwater_commits_total",
        /// New versions that they wrote.
        Versions => "highwater_versions_total",
        /// Mutations that were rejected because the stored item was another than they believed in.
        Conflicts => "highwater_conflicts_total",
        /// Stale mutations that were merged rather than applied.
        Merges => "highwater_merges_total",
        /// Commits that were answered as they had been before, by their mutation id.
        Retries => "highwater_retries_total",
        /// Commits that were held back by RocksDB and refused. Where they wait instead
        /// ([`crate::WriteStall::Wait`]), [`Histogram::CommitSeconds`] tells for how long.
        Stalls => "highwater_stalls_total",
        /// Commits that failed with an unknown outcome.
        FailedWrites => "highwater_failed_writes_total",
        /// Pages of syncs.
        Pages => "highwater_pages_total",
        /// Items that pages examined.
        ItemsScanned => "highwater_items_scanned_total",
        /// Items that pages returned.
        ItemsReturned => "highwater_items_returned_total",
        /// Runs that told the client to replace its copy, counted at their first page.
        Resets => "highwater_resets_total",
        /// Pages that were given up because the log expired under them.
        PagesExpired => "highwater_pages_expired_total",
        /// Ranges of the log that expiry deleted.
        LogRangesDropped => "highwater_log_ranges_dropped_total",
        /// Bytes of log files that went whole.
        FileBytesDropped => "highwater_file_bytes_dropped_total",
        /// Items that were deleted because their time to live was over.
        ItemsExpired => "highwater_items_expired_total",
        /// Expired entries that compaction swept out: tombstones, markers, history, receipts.
        EntriesSwept => "highwater_entries_swept_total",
    }
}

named! {
    /// Distributions.
    Histogram {
        /// Seconds that a commit took, waiting for locks and the disk included.
        CommitSeconds => "highwater_commit_seconds",
        /// New versions in one commit.
        CommitVersions => "highwater_commit_versions",
        /// Seconds that a page took.
        PageSeconds => "highwater_page_seconds",
        /// Items that one page examined.
        PageScanned => "highwater_page_scanned_items",
        /// Items that one page returned.
        PageReturned => "highwater_page_returned_items",
        /// Seconds that moving the floors took.
        ExpirySeconds => "highwater_expiry_seconds",
        /// Seconds that a compaction took.
        CompactionSeconds => "highwater_compaction_seconds",
    }
}

named! {
    /// States, told each time the floors are moved.
    Gauge {
        /// Seconds from a table's delta floor to now: how far back its log reaches.
        DeltaFloorAge => "highwater_delta_floor_age_seconds",
        /// Seconds from a table's tombstone floor to now.
        TombstoneFloorAge => "highwater_tombstone_floor_age_seconds",
        /// Seconds from the safe point to now: how far syncs are behind the newest commit. Grows while a
        /// commit is stuck.
        LogLag => "highwater_log_lag_seconds",
        /// Commits on their way.
        InFlight => "highwater_commits_in_flight",
        /// Bytes that RocksDB has yet to compact.
        PendingCompactionBytes => "highwater_pending_compaction_bytes",
        /// One while RocksDB takes no writes, zero otherwise.
        WritesStopped => "highwater_writes_stopped",
        /// Bytes a second that RocksDB slows writers down to; zero while it does not.
        DelayedWriteRate => "highwater_delayed_write_bytes_per_second",
    }
}
