//! A device: a replica, what it asks for, and what that costs.

use super::error::Error;
use super::expected::json_bytes;
use super::features::View;
use highwater::{Replica, State, Store, SyncRequest};
use serde::Serialize;

/// What a device keeps from one sync to ask from in the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remembers {
    /// `startedAt`, to send as `lastSync`: AppSync's protocol.
    StartedAt,
    /// The cursor of the last page.
    Cursor,
}

/// What went to a device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Traffic {
    /// Syncs that were completed.
    pub(super) syncs: u64,
    /// Answers.
    pub(super) pages: u64,
    /// Items in them.
    pub(super) items: u64,
    /// Items that were deleted.
    pub(super) deleted: u64,
    /// Items that left the view.
    pub(super) left: u64,
    /// JSON bytes of the items' documents.
    pub(super) bytes: u64,
    /// JSON bytes that downloading the whole view would have taken, at each sync.
    pub(super) full_bytes: u64,
}

/// A simulated device.
pub(super) struct Device {
    pub(super) name: &'static str,
    pub(super) view: View,
    pub(super) replica: Replica,
    pub(super) traffic: Traffic,
    remembers: Remembers,
    limit: u32,
    /// How to go on with the sync that is under way.
    token: Option<String>,
}

impl Device {
    /// A device that holds nothing yet and reads pages of `limit` items.
    pub(super) fn new(name: &'static str, view: View, remembers: Remembers, limit: u32) -> Self {
        let (replica, traffic) = (Replica::default(), Traffic::default());
        Self { name, view, replica, traffic, remembers, limit, token: None }
    }

    /// Reads the next page; says whether it was the sync's last.
    pub(super) fn read_page(&mut self, store: &Store) -> Result<bool, Error> {
        if self.token.is_none() {
            self.replica.restart(self.name);
        }
        let page = store.sync(&self.request())?;
        for item in &page.items {
            self.traffic.items += 1;
            self.traffic.bytes += json_bytes(&item.document)?;
            match item.state {
                State::Live => {}
                State::Deleted => self.traffic.deleted += 1,
                State::Left => self.traffic.left += 1,
            }
        }
        self.replica.apply(self.name, &page);
        self.traffic.pages += 1;
        self.token = page.next_token;
        let ended = self.token.is_none();
        self.traffic.syncs += u64::from(ended);
        Ok(ended)
    }

    /// Reads pages to the end: of a new sync, or of one that was cut off.
    pub(super) fn sync(&mut self, store: &Store) -> Result<(), Error> {
        while !self.read_page(store)? {}
        Ok(())
    }

    fn request(&self) -> SyncRequest {
        let mut request = self.view.request().limit(self.limit);
        match self.remembers {
            Remembers::StartedAt => {
                if let Some(started_at) = self.replica.last_sync(self.name) {
                    request = request.last_sync(started_at);
                }
            }
            Remembers::Cursor => {
                if let Some(cursor) = self.replica.cursor(self.name) {
                    request = request.cursor(cursor);
                }
            }
        }
        request.next_token.clone_from(&self.token);
        request
    }
}
