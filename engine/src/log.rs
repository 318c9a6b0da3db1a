//! The change log of one table: a walk over its buckets in commit order.

use crate::error::{Error, Result};
use crate::storage::{Next, Scan, View};
use highwater_format::{BucketId, Family, LogEntry, Millis, RecordRef, TableId, Timestamp, keys};
use std::ops::ControlFlow;

/// A walk over a table's changes in `from..=to`, ascending.
///
/// One seek per bucket that other tables share; none where the table's changes follow each other.
pub(crate) struct LogScan<'a> {
    scan: Scan<'a>,
    of: Of,
}

/// What a walk is over.
#[derive(Clone, Copy)]
struct Of {
    table: TableId,
    from: Timestamp,
    width: Millis,
}

impl Of {
    /// Where the table's changes begin in a bucket.
    fn start_in(self, bucket: BucketId) -> Vec<u8> {
        let is_first = bucket == self.from.bucket(self.width);
        keys::delta(bucket, self.table, if is_first { self.from } else { Timestamp::ZERO })
    }

    /// Where they go on behind a change of another table.
    fn behind(self, bucket: BucketId, table: TableId) -> Vec<u8> {
        self.start_in(if table < self.table { bucket } else { bucket.next() })
    }
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
        let scan = view.scan(Family::Delta, &first, end)?;
        Ok(Self { scan, of: Of { table, from, width } })
    }

    /// Steps to the table's next change, and tells in which bucket that is.
    pub(crate) fn advance(&mut self) -> Result<Option<BucketId>> {
        let (of, mut found) = (self.of, None);
        self.scan.walk(|entry| {
            let (bucket, table, _) = keys::decode_delta(entry.key)?;
            if table != of.table {
                return Ok::<_, Error>(Next::Seek(of.behind(bucket, table)));
            }
            found = Some(bucket);
            Ok(Next::Stop)
        })?;
        Ok(found)
    }

    /// Shows the table's changes from the next on until it is told to stop; whether there are no more.
    #[inline(always)]
    pub(crate) fn walk(
        &mut self,
        mut visit: impl FnMut(Timestamp, &[u8], RecordRef<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        let of = self.of;
        self.scan.walk(|entry| {
            let (bucket, table, at) = keys::decode_delta(entry.key)?;
            if table != of.table {
                return Ok(Next::Seek(of.behind(bucket, table)));
            }
            let (item, record) = LogEntry::split(entry.payload()?)?;
            Ok(match visit(at, item, RecordRef::decode(record)?)? {
                ControlFlow::Continue(()) => Next::Entry,
                ControlFlow::Break(()) => Next::Stop,
            })
        })
    }

    /// Jumps past what is left of the bucket: for who only asks which buckets there are.
    pub(crate) fn skip_bucket(&mut self, bucket: BucketId) {
        self.scan.seek(&self.of.start_in(bucket.next()));
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
    while let Some(bucket) = scan.advance()? {
        let start = keys::delta_table(bucket, table);
        let end = keys::after_prefix(&start);
        ranges.push((start, end));
        scan.skip_bucket(bucket);
    }
    Ok(ranges)
}
