//! One item, and its past.

use crate::catalog::Table;
use crate::error::Result;
use crate::item::Item;
use crate::store::Inner;
use highwater_format::{Family, ItemKey, Record, keys};
use std::collections::VecDeque;

/// The most versions of an item that one call returns.
const MOST_VERSIONS: usize = 1000;

impl Inner {
    pub(crate) fn get(&self, table: &str, key: ItemKey) -> Result<Option<Item>> {
        self.catalog.answer(table, |table| {
            table.check_key(&key)?;
            let base = keys::base(table.id(), &key.encode());
            let record = self.storage.latest().get(Family::Base, &base, Record::decode)?;
            let seen = record.filter(|record| table.sees(record));
            Ok(seen.map(|record| Item::new(key.clone(), record)))
        })
    }

    pub(crate) fn history(&self, table: &str, key: ItemKey) -> Result<Vec<Item>> {
        self.catalog.answer(table, |table| self.history_in(table, &key))
    }

    fn history_in(&self, table: &Table, key: &ItemKey) -> Result<Vec<Item>> {
        table.check_key(key)?;
        let prefix = keys::base(table.id(), &key.encode());
        let mut items = VecDeque::new();
        let view = self.storage.latest();
        let mut scan = view.scan(Family::History, &prefix, keys::after_prefix(&prefix))?;
        while scan.advance()?.is_some() {
            let (at, payload) = scan.entry()?;
            let (_, item, superseded_at) = keys::decode_history(at)?;
            // Longer keys may share the prefix: `a` is one of `a` with a sort value.
            if item == key.encode() && superseded_at >= table.floors().history {
                items.push_back(Item::new(key.clone(), Record::decode(payload)?));
                if items.len() > MOST_VERSIONS {
                    items.pop_front();
                }
            }
        }
        Ok(items.into())
    }
}
