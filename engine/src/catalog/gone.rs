//! What has been dropped: told to everybody who still holds the table as it was.

use super::ddl::Catalog;
use super::table::Table;
use crate::error::{Error, Result};
use crate::lock::RwLock;
use highwater_format::IndexId;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a table, or which of its indexes, is gone. Shared by every state of the table across
/// alterations, so that a page that began with an older one finds out when it is done.
#[derive(Debug, Default)]
pub(super) struct Gone {
    table: AtomicBool,
    indexes: RwLock<BTreeSet<IndexId>>,
}

impl Gone {
    pub(super) fn mark_table(&self) {
        self.table.store(true, Ordering::SeqCst);
    }

    /// It is not gone after all.
    pub(super) fn unmark_table(&self) {
        self.table.store(false, Ordering::SeqCst);
    }

    pub(super) fn table(&self) -> bool {
        self.table.load(Ordering::SeqCst)
    }

    pub(super) fn mark_indexes(&self, indexes: &[IndexId]) {
        self.indexes.write().extend(indexes);
    }

    /// They are not gone after all.
    pub(super) fn unmark_indexes(&self, indexes: &[IndexId]) {
        self.indexes.write().retain(|index| !indexes.contains(index));
    }

    pub(super) fn index(&self, index: IndexId) -> bool {
        self.indexes.read().contains(&index)
    }
}

impl Catalog {
    /// Answers from the table of a name; where that ends meanwhile, anew from the one that is there then.
    pub(crate) fn answer<T>(
        &self,
        name: &str,
        ask: impl Fn(&Arc<Table>) -> Result<T>,
    ) -> Result<T> {
        answer_from(|| Ok([self.get(name)?]), |[table]| ask(table))
    }

    /// The same of several tables.
    pub(crate) fn answer_all<T>(
        &self,
        names: &[&str],
        ask: impl Fn(&[Arc<Table>]) -> Result<T>,
    ) -> Result<T> {
        answer_from(
            || names.iter().map(|name| self.get(name)).collect::<Result<Vec<_>>>(),
            |tables| ask(tables),
        )
    }
}

fn answer_from<H: AsRef<[Arc<Table>]>, T>(
    find: impl Fn() -> Result<H>,
    ask: impl Fn(&H) -> Result<T>,
) -> Result<T> {
    let mut tables = find()?;
    // That an index is gone was heard of these, and waited for.
    let mut is_known = false;
    loop {
        let answer = ask(&tables);
        // What has ended was not read, and nobody noticed; and who was told a time by a name goes on by the name.
        let is_gone = |table: &&Arc<Table>| table.is_dropped() || table.is_renamed();
        let Some(ended) = tables.as_ref().iter().find(is_gone) else {
            // Its end was held back meanwhile, and it is there as before.
            match answer {
                Err(Error::UnknownTable { .. }) => continue,
                Err(Error::IndexDropped { .. }) if !is_known => {
                    // The same of an index, or it is gone: who looks for the table waits until that is known.
                    find()?;
                    is_known = true;
                    continue;
                }
                answer => return answer,
            }
        };
        let now = find()?;
        // The same again: its end has failed, and nobody knows whether it is there.
        if now.as_ref().iter().any(|table| table.id() == ended.id() && table.is_dropped()) {
            return Err(Error::UnknownTable { table: ended.name().to_owned() });
        }
        (tables, is_known) = (now, false);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::memory_store;
    use crate::{
        Document, Error, IndexChange, Limits, Projection, SyncRequest, TableSpec, TableSpecExt,
        WatchRequest,
    };
    use std::cell::Cell;
    use std::time::Duration;

    #[test]
    fn what_is_asked_while_its_table_loses_its_name_is_asked_of_whoever_has_it() {
        let store = memory_store().unwrap();
        for name in ["notes", "next"] {
            store.create_table(TableSpec::new(name, "id")).unwrap();
        }
        let catalog = &store.inner().catalog;
        let is_first = Cell::new(true);
        let answered = catalog.answer("notes", |table| {
            if is_first.replace(false) {
                store.rename_table("notes", "aside").unwrap();
                store.rename_table("next", "notes").unwrap();
            }
            Ok(table.id())
        });
        assert_eq!(answered.unwrap(), catalog.get("notes").unwrap().id());
        is_first.set(true);
        let gone = catalog.answer("notes", |_| {
            if is_first.replace(false) {
                store.rename_table("notes", "next").unwrap();
            }
            Ok(())
        });
        assert!(matches!(gone, Err(Error::UnknownTable { .. })), "{gone:?}");
    }

    /// Who looks while RocksDB holds the write back finds what is there before and after it.
    #[test]
    fn an_index_whose_end_is_held_back_ends_nobody() {
        let store = memory_store().unwrap();
        let spec = TableSpec::new("t", "id").index("i", "o", Projection::All);
        store.create_table(spec).unwrap();
        let put = |id| Document::from_json(&format!(r#"{{"id":"{id}","o":"x"}}"#)).unwrap();
        let mut watcher = store.watch(WatchRequest::new("t").index("i", "x")).unwrap();
        store.put("t", put("a")).unwrap();
        let inner = store.inner();
        let now = inner.clock.barrier().unwrap();
        std::thread::scope(|scope| {
            let (mut reader, mut follower) = (None, None);
            let drop_it = [IndexChange::Drop("i".to_owned())];
            let watcher = &mut watcher;
            let outcome =
                inner.catalog.change_indexes("t", &drop_it, &Limits::default(), now, |_| {
                    reader =
                        Some(scope.spawn(|| store.sync(&SyncRequest::new("t").index("i", "x"))));
                    follower =
                        Some(scope.spawn(move || watcher.next_batch(Duration::from_secs(5))));
                    std::thread::park_timeout(Duration::from_millis(50));
                    Err(Error::Busy)
                });
            assert!(matches!(outcome, Err(Error::Busy)), "{outcome:?}");
            assert_eq!(reader.unwrap().join().unwrap().unwrap().items.len(), 1);
            let batch = follower.unwrap().join().unwrap().unwrap().expect("a batch");
            assert_eq!(batch.items.len(), 1);
        });
        store.put("t", put("b")).unwrap();
        let batch = watcher.next_batch(Duration::from_secs(5)).unwrap().expect("a batch");
        assert_eq!(batch.items.len(), 1);
    }
}
