//! Giving a table another name: its identifiers, its floors and its clients' tokens stay.
//!
//! A `lastSync` is a time and no token. Where another table has had the new name, it may be of that one's clients: one
//! from before the renaming counts for nothing.

use super::builder::check_name;
use super::ddl::{Catalog, give_up_name};
use super::table::Table;
use crate::error::{Error, Result};
use crate::storage::Batch;
use highwater_format::meta::{NameRecord, name_key, table_key};
use highwater_format::{Family, Timestamp};
use std::sync::Arc;

impl Catalog {
    /// Renames a table. Whatever is bound to it knows its identifier, not its name. `noted` is what is noted about the
    /// new name, and `barrier` gives the first timestamp of a millisecond that nobody has been given.
    pub(crate) fn rename(
        &self,
        (name, to): (&str, &str),
        noted: Option<NameRecord>,
        barrier: impl FnOnce() -> Result<Timestamp>,
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
        // Before the barrier: who is told a later time finds out then that it was of this table.
        table.mark_renamed(true);
        let renamed = rename(&table, to, noted, barrier, write);
        let renamed = renamed.inspect_err(|_| table.mark_renamed(false))?;
        tables.remove(name);
        tables.insert(to.to_owned(), Arc::new(renamed));
        Ok(())
    }
}

fn rename(
    table: &Table,
    to: &str,
    noted: Option<NameRecord>,
    barrier: impl FnOnce() -> Result<Timestamp>,
    write: impl FnOnce(Batch) -> Result<()>,
) -> Result<Table> {
    let mut record = table.record.clone();
    record.spec.name = to.to_owned();
    let since = match noted {
        None => Timestamp::ZERO,
        Some(NameRecord { owner, since }) if owner == record.id => since,
        Some(_) => barrier()?,
    };
    let mut batch = Batch::default();
    batch.put(Family::Meta, table_key(record.id), &record.encode()?);
    give_up_name(table, &mut batch)?;
    let noted = NameRecord { owner: record.id, since };
    batch.put(Family::Meta, name_key(to), &noted.encode()?);
    write(batch)?;
    Ok(table.renamed(record, since))
}
