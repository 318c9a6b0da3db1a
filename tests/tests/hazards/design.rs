//! What a hazard is tried on: a backend with one device, which may be the engine or the design that has the hazard.

use std::collections::BTreeMap;

/// Items by id, each with a number that tells its contents.
pub type Items = BTreeMap<String, u64>;

/// What the device asks for.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    All,
    /// The notes of one owner, by an index where there is one.
    Scope(&'static str),
    /// The notes of one owner, by a filter that no index helps with.
    Filter(&'static str),
}

impl Asked {
    pub fn owner(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Scope(owner) | Self::Filter(owner) => Some(owner),
        }
    }
}

/// A backend that holds notes, and a device that asks it for all of them or for those of one owner.
pub trait Design: Sized {
    /// An answer on its way to the device.
    type Page;

    fn put(&mut self, id: &str, owner: &str);
    /// Several in one commit; `during` happens when the first is written, if that can be.
    fn put_together(&mut self, ids: &[&str], during: impl FnOnce(&mut Self));
    /// A commit that has its time, or its number; `during` happens before anybody can see it.
    fn put_slowly(&mut self, id: &str, during: impl FnOnce(&mut Self));
    fn delete(&mut self, id: &str);
    fn pass(&mut self, ms: u64);
    /// Moves the wall clock alone.
    fn move_wall(&mut self, ms: i64);
    /// Lets go of what the backend keeps no longer.
    fn expire(&mut self);

    /// The device asks for the next page; nothing when the last one was the last of its run.
    fn fetch(&mut self) -> Option<Self::Page>;
    /// A page reaches the device.
    fn deliver(&mut self, page: Self::Page);
    /// The device stops in the middle of its run, and begins another one later.
    fn interrupt(&mut self);
    fn held(&self) -> Items;
    /// What the device should hold.
    fn wanted(&self) -> Items;

    /// A run from its first page to its last.
    fn sync(&mut self) {
        while let Some(page) = self.fetch() {
            self.deliver(page);
        }
    }

    /// Whether the device holds what it should.
    fn is_right(&mut self) -> bool {
        self.pass(10);
        self.sync();
        self.held() == self.wanted()
    }
}
