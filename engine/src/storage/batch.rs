//! A batch: every change of one commit, across families.

use super::{Storage, StorageError};
use highwater_format::{Family, seal};
use rocksdb::WriteBatch;

enum Op {
    Put(Vec<u8>),
    Delete,
    SingleDelete,
    DeleteRange(Vec<u8>),
}

impl Op {
    fn bytes(&self) -> usize {
        match self {
            Self::Put(other) | Self::DeleteRange(other) => other.len(),
            Self::Delete | Self::SingleDelete => 0,
        }
    }
}

/// What RocksDB adds to a key and what stands with it: a tag, the family, two lengths; and once a header.
const OP_BYTES: usize = 16;

/// Changes that are written together.
#[derive(Default)]
pub(crate) struct Batch {
    ops: Vec<(Family, Vec<u8>, Op)>,
}

impl Batch {
    /// Sets a key. The payload is sealed under it.
    pub(crate) fn put(&mut self, family: Family, key: Vec<u8>, payload: &[u8]) {
        let value = seal(family, &key, payload);
        self.ops.push((family, key, Op::Put(value)));
    }

    /// Removes a key.
    pub(crate) fn delete(&mut self, family: Family, key: Vec<u8>) {
        self.ops.push((family, key, Op::Delete));
    }

    /// Removes a key of the log, which is put once and removed at most once: the pair dies in the
    /// first compaction that sees both.
    pub(crate) fn single_delete_delta(&mut self, key: Vec<u8>) {
        self.ops.push((Family::Delta, key, Op::SingleDelete));
    }

    /// Removes every key in `from..to`; an empty `to` reaches to the end of the family.
    pub(crate) fn delete_range(&mut self, family: Family, from: Vec<u8>, to: Vec<u8>) {
        // RocksDB has no "to the end": no key of ours starts with 16 bytes of ff.
        let to = if to.is_empty() { vec![0xff; 16] } else { to };
        self.ops.push((family, from, Op::DeleteRange(to)));
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    pub(super) fn into_inner(self, storage: &Storage) -> Result<WriteBatch, StorageError> {
        let bytes = self.ops.iter().map(|(_, key, op)| OP_BYTES + key.len() + op.bytes()).sum();
        let mut batch = WriteBatch::with_capacity_bytes(bytes);
        for (family, key, op) in self.ops {
            let handle = storage.handle(family)?;
            match op {
                Op::Put(value) => batch.put_cf(handle, key, value),
                Op::Delete => batch.delete_cf(handle, key),
                Op::SingleDelete => batch.single_delete_cf(handle, key),
                Op::DeleteRange(to) => batch.delete_range_cf(handle, key, to),
            }
        }
        Ok(batch)
    }
}
