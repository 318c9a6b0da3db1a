//! The change log of one table: a walk over its buckets in commit order.

use crate::error::Result;
use crate::storage::{Scan, View};
use highwater_format::{BucketId, Family, LogEntry, Millis, RecordRef, TableId, Timestamp, keys};

/// A walk over a table's changes in `from..=to`, ascending.
///
/// One seek per bucket that other tables share; none where the table's changes follow each other.
pub(crate) struct LogScan<'a> {
    scan: Scan<'a>,
    table: TableId,
    from: Timestamp,
    width: Millis,
}

/// Where an entry of the log is.
pub(crate) struct LogPlace {
    pub(crate) bucket: BucketId,
    pub(crate) at: Timestamp,
}

impl<'a> LogScan<'a> {
    pub(crate) fn new(
        view: &'a View<'_>,
        table: TableId,
        from: Timestamp,
        to: Timestamp,
        width: Millis,
    ) -> Result<Self> {
        let first = keys::delta(from.bucket(width), table, from);
        // `to` is inclusive and a key's last part: the key after it is the bound.
        let mut end = keys::delta(to.bucket(width), table, to);
        end.push(0);
        let scan = view.scan(Family::Delta, &first, &end.max(first.clone()))?;
        Ok(Self { scan, table, from, width })
    }

    /// Steps to the table's next change.
    pub(crate) fn advance(&mut self) -> Result<Option<LogPlace>> {
        loop {
            let Some(key) = self.scan.advance()? else {
                return Ok(None);
            };
            let (bucket, table, at) = keys::decode_delta(key)?;
            if table == self.table {
                return Ok(Some(LogPlace { bucket, at }));
            }
            self.skip_to_table(if table < self.table { bucket } else { bucket.next() });
        }
    }

    /// Jumps past what is left of the bucket: for who only asks which buckets there are.
    pub(crate) fn skip_bucket(&mut self, bucket: BucketId) {
        self.skip_to_table(bucket.next());
    }

    fn skip_to_table(&mut self, bucket: BucketId) {
        let start = self.from.bucket(self.width);
        let at = if bucket == start { self.from } else { Timestamp::ZERO };
        self.scan.seek(&keys::delta(bucket, self.table, at));
    }

    /// The entry that the walk stands on: the item's encoded key and its record.
    pub(crate) fn entry(&self) -> Result<(&[u8], RecordRef<'_>)> {
        let (item, record) = LogEntry::split(self.scan.entry()?.1)?;
        Ok((item, RecordRef::decode(record)?))
    }
}

/// The key ranges that hold all of a table's changes in the buckets of `from..=to`: one a bucket.
pub(crate) fn bucket_ranges(
    view: &View<'_>,
    table: TableId,
    from: Timestamp,
    to: Timestamp,
    width: Millis,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut ranges = Vec::new();
    let mut scan = LogScan::new(view, table, from, to, width)?;
    while let Some(place) = scan.advance()? {
        let start = keys::delta_table(place.bucket, table);
        let end = keys::after_prefix(&start);
        ranges.push((start, end));
        scan.skip_bucket(place.bucket);
    }
    Ok(ranges)
}
