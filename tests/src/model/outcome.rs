//! What a history ends with, to be compared with how it ends under other options.

use super::body::document;
use super::world::World;
use highwater::{Document, ItemKey, SyncRequest, Timestamp};
use std::collections::BTreeMap;

type Items = BTreeMap<ItemKey, (u64, Timestamp, Document)>;

/// The live items of each table and of each device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub tables: [Items; 2],
    pub devices: Vec<Items>,
}

impl World {
    /// What the tables and the devices hold.
    pub fn outcome(&self) -> Outcome {
        let tables = self.oracle.tables.each_ref().map(|table| {
            let live = table.live();
            live.map(|(key, known)| {
                let document = document(&known.attributes);
                (key.clone(), (known.version, known.changed_at, document))
            })
            .collect()
        });
        let devices = self.devices.iter().map(|device| {
            let live = device.replica.live();
            live.map(|(key, held)| {
                (key.clone(), (held.version, held.changed_at, held.document.clone()))
            })
            .collect()
        });
        Outcome { tables, devices: devices.collect() }
    }

    /// Lets the store look at its clock. How often devices make it do so depends on the options, and
    /// a clock that has been looked at begins later after a crash.
    pub fn tick(&self) {
        // A read-only store may have no time to hand out.
        let _ = self.store().sync(&SyncRequest::new(super::body::TABLES[0]).limit(1));
    }
}
