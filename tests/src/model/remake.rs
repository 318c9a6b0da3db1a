//! Tables that end and begin anew under their names.

use super::transition::Remaking;
use super::world::World;
use highwater::{Result, Store, TableSpec};

impl Remaking {
    /// Ends a table; one that is empty takes its name.
    pub(super) fn remake(self, store: &Store, spec: TableSpec) -> Result<()> {
        match self {
            Self::Drop => store.drop_table(&spec.name).and_then(|()| store.create_table(spec)),
            Self::Truncate => store.truncate_table(&spec.name),
        }
    }
}

impl World {
    pub(super) fn remake(&mut self, table: usize, by: Remaking) {
        let done = by.remake(&self.store(), self.oracle.tables[table].setup.spec(table));
        assert_eq!(done.is_ok(), self.doubt.is_none(), "{done:?}");
        if done.is_ok() {
            self.remade(table);
        }
    }

    /// Nobody who holds something of the table may go on with it.
    pub(super) fn remade(&mut self, table: usize) {
        self.oracle.remake(table);
        self.known.generations[table] += 1;
        self.known.changes += 1;
    }
}
