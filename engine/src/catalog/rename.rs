//! Giving a table another name: its identifiers, its floors and its clients' tokens stay.

use super::builder::check_name;
use super::ddl::Catalog;
use crate::error::{Error, Result};
use crate::storage::Batch;
use highwater_format::Family;
use highwater_format::meta::table_key;
use std::sync::Arc;

impl Catalog {
    /// Renames a table. Whatever is bound to it knows its identifier, not its name.
    pub(crate) fn rename(
        &self,
        name: &str,
        to: &str,
        write: impl FnOnce(Batch) -> Result<()>,
    ) -> Result<()> {
        check_name(name, "the table's new name", to)?;
        let mut tables = self.tables.write();
        let unknown = || Error::UnknownTable { table: name.to_owned() };
        let table = tables.get(name).cloned().ok_or_else(unknown)?;
        if name == to {
            return Ok(());
        }
        if tables.contains_key(to) {
            return Err(Error::TableExists { table: to.to_owned() });
        }
        let mut record = table.record.clone();
        record.spec.name = to.to_owned();
        let mut batch = Batch::default();
        batch.put(Family::Meta, table_key(record.id), &record.encode()?);
        write(batch)?;
        tables.remove(name);
        tables.insert(to.to_owned(), Arc::new(table.altered(record)));
        Ok(())
    }
}
