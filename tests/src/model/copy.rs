//! Copies with token keys of their own: other stores with the same content.

use super::body::TABLES;
use super::compare::check_listing;
use super::device::Device;
use super::world::World;
use highwater::{Error, Store, SyncRequest, TokenProblem};
use std::sync::Arc;

/// A question that some device has asked to its end, with the cursor that it got.
fn with_cursor(device: &Device) -> Option<SyncRequest> {
    device.views.iter().find_map(|viewing| {
        let cursor = device.replica.cursor(&viewing.name)?;
        Some(viewing.view.request().cursor(cursor))
    })
}

impl World {
    /// Makes a copy, looks at it, and lets it go.
    pub(super) fn copy(&mut self) {
        let to = self.folders.fresh();
        match self.store().copy(&to) {
            Ok(_) => {}
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() => return,
            Err(error) => panic!("{error}"),
        }
        assert!(self.doubt.is_none(), "a copy of a store that may lack a commit");
        let builder = Store::builder(&to).options(self.setup.options.options());
        let copy = builder.time_source(Arc::clone(&self.time) as _).open().expect("a store");
        self.check_copy(&copy);
        copy.close().expect("a clean close");
        std::fs::remove_dir_all(&to).expect("the copy goes");
        self.reach("a copy with keys of its own");
    }

    fn check_copy(&self, copy: &Store) {
        let stats = copy.stats().expect("stats");
        assert_ne!(stats.incarnation, self.incarnation, "another store");
        for (name, table) in TABLES.iter().zip(&self.oracle.tables) {
            check_listing(copy, name, table);
        }
        for request in self.devices.iter().filter_map(with_cursor) {
            let answer = copy.sync(&request);
            let refused =
                matches!(answer, Err(Error::Token { problem: TokenProblem::Unreadable(_), .. }));
            let waits = matches!(answer, Err(Error::IndexBuilding { .. }));
            assert!(refused || waits, "a cursor of ours: {answer:?}");
        }
        let report = copy.verify().expect("a verification");
        assert!(report.is_clean(), "{:#?}", report.problems);
    }
}
