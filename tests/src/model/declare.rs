//! Tables that are made again, emptied, or declared otherwise.

use super::body::TABLES;
use super::world::World;
use highwater::{Error, ListRequest, Ttls};

/// The name that a table has for a while.
pub(super) const ELSEWHERE: &str = "elsewhere";

impl World {
    pub(super) fn remake(&mut self, table: usize) {
        let spec = self.oracle.tables[table].setup.spec(table);
        let dropped = self.store().drop_table(&spec.name);
        assert_eq!(dropped.is_ok(), self.doubt.is_none(), "{dropped:?}");
        if dropped.is_ok() {
            self.store().create_table(spec).expect("the table is made again");
            self.remade(table);
        }
    }

    pub(super) fn truncate(&mut self, table: usize) {
        let done = self.store().truncate_table(TABLES[table]);
        assert_eq!(done.is_ok(), self.doubt.is_none(), "{done:?}");
        if done.is_ok() {
            self.remade(table);
            self.reach("a table that was truncated");
        }
    }

    /// Clients go on with what they have.
    pub(super) fn rename(&mut self, table: usize) {
        let (store, name) = (self.store(), TABLES[table]);
        let renamed = store.rename_table(name, ELSEWHERE);
        assert_eq!(renamed.is_ok(), self.doubt.is_none(), "{renamed:?}");
        if renamed.is_ok() {
            let gone = store.list(&ListRequest::new(name));
            assert!(matches!(gone, Err(Error::UnknownTable { .. })), "{gone:?}");
            store.rename_table(ELSEWHERE, name).expect("its own name is free");
        }
    }

    pub(super) fn retune(&mut self, table: usize, ttls: Ttls) {
        let done = self.store().alter_ttls(TABLES[table], ttls);
        let refused = self.doubt.is_some() || self.oracle.tables[table].setup.refuses(&ttls);
        assert_eq!(done.is_err(), refused, "{done:?}");
        if done.is_ok() {
            self.oracle.tables[table].setup.ttls = ttls;
        }
    }

    pub(super) fn remade(&mut self, table: usize) {
        self.oracle.remake(table);
        self.known.generations[table] += 1;
        self.known.changes += 1;
        self.look();
        // Whoever synced before is reset: what a `lastSync` of theirs stands for is below the floors.
        let (floors, told) = (self.oracle.tables[table].floors, self.promises.newest_started_at());
        assert!(floors.tombstone.millis() > told, "{floors:?} against startedAt {told:?}");
    }
}
