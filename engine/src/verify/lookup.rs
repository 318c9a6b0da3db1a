//! Every entry of the ordered indexes, and from it to the item.

use super::Check;
use crate::catalog::Lookup;
use crate::error::{Result, hex};
use highwater_format::{Family, Record, keys};

impl Check<'_> {
    pub(super) fn lookup(&mut self) -> Result<()> {
        self.each(Family::Lookup, |check, key, _| {
            check.report.lookup_entries += 1;
            let place = format!("lookup key {}", hex(key));
            let (id, entry) = keys::decode_lookup(key)?;
            let table = check.table_of(id);
            let lookups =
                table.iter().flat_map(|table| table.all_lookups().map(move |l| (table, l)));
            let found = lookups.into_iter().find(|(_, lookup)| lookup.id == id);
            let Some((table, lookup)) = found else {
                if check.is_hidden(id.0) {
                    return Ok(());
                }
                check.report.problem(place, "its index does not exist");
                return Ok(());
            };
            let item = lookup.item_of(entry)?;
            let base = keys::base(table.id(), item);
            // What cannot be read is reported where the base table itself is read.
            if let Ok(record) = check.view.get(Family::Base, &base, Record::decode) {
                let values = entry.strip_suffix(item).unwrap_or_default();
                let lies_in = record.as_ref().and_then(|record| lookup.values_in(record));
                if lies_in.as_deref() != Some(values) {
                    check.report.problem(place, "it does not agree with its item");
                }
            }
            Ok(())
        })
    }

    /// From an item to its entry.
    pub(super) fn in_lookup(
        &mut self,
        lookup: &Lookup,
        item: &[u8],
        record: &Record,
        place: &str,
    ) -> Result<()> {
        let Some(values) = lookup.values_in(record) else {
            return Ok(());
        };
        let key = keys::lookup(lookup.id, &values, item);
        let entry = self.view.get(Family::Lookup, &key, |_| Ok(()));
        let is_due = lookup.may_lack(record) && !self.has_reached(lookup.id, item);
        if matches!(entry, Ok(None)) && !is_due {
            let name = &lookup.spec.name;
            self.report.problem(place, format!("it has no entry in index `{name}`"));
        }
        Ok(())
    }
}
