//! Erasing: nothing that an item ever was is told any more.

use super::body::{TABLES, key_attributes, key_of};
use super::oracle::Version;
use super::world::World;
use highwater::Error;

impl World {
    pub(super) fn erase(&mut self, table: usize, item: u8) {
        let key = key_of(table, item);
        let outcome = match self.store().erase(TABLES[table], key.clone()) {
            Ok(outcome) => outcome,
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() => return,
            Err(error) => panic!("{error}"),
        };
        let bare = key_attributes(&key);
        let seen = self.oracle.tables[table].seen(&key);
        let wanted = seen.filter(|known| !known.deleted || known.attributes != bare);
        let version = wanted.map(|known| known.version + 1);
        assert_eq!(outcome.written, version.is_some(), "{outcome:?}");
        self.oracle.forget_item(table, &key);
        if let (Some(version), Some(item)) = (version, &outcome.item) {
            self.promises.committed(&[item.changed_at]);
            let changed_at = item.changed_at;
            let new = Version { version, changed_at, deleted: true, attributes: bare };
            self.oracle.tables[table].replace(&key, new);
            self.reach("an item that was erased");
        }
        self.known.changes += 1;
        let seen = self.oracle.tables[table].seen(&key);
        self.same(table, &key, outcome.item.as_ref(), seen);
        let past = self.store().history(TABLES[table], key).expect("a readable past");
        assert!(past.is_empty(), "erased, and still told: {past:?}");
    }
}
