//! A commit with an unknown outcome: after reopening it is there wholly, or not at all.

use super::body::document;
use super::commit::Call;
use super::expect::Effect;
use super::world::World;
use highwater::{Millis, Timestamp};

/// A commit whose caller was told that nobody knows, or was told nothing.
#[derive(Debug, Clone)]
pub struct Doubt {
    pub call: Call,
    /// Whether it had been written when it failed. Then it must be there: the process ended, and
    /// not the machine.
    pub written: bool,
    /// The store's time when it was committed.
    pub at: Millis,
}

impl World {
    /// The store has been opened again: looks what became of the commit.
    ///
    /// If it is there, everything that was handed out until now must lie below it: nobody who synced
    /// meanwhile can have seen it.
    pub(super) fn settle_doubt(&mut self) {
        let Some(doubt) = self.doubt.take() else { return };
        let store = self.store();
        let mut moments: Vec<Timestamp> = Vec::new();
        let mut found = Vec::new();
        for one in &doubt.call.planned {
            let Effect::Write { version, deleted, attributes, .. } = &one.effect else { continue };
            let name = super::body::TABLES[one.table];
            let item = store.get_with_tombstone(name, one.key.clone()).expect("a readable item");
            let there = item.as_ref().is_some_and(|item| {
                let new = (item.version, item.deleted) == (*version, *deleted);
                new && item.document == document(attributes)
            });
            assert_eq!(there, doubt.written, "{one:?} after reopening: {item:?}");
            match item {
                Some(item) if there => {
                    moments.push(item.changed_at);
                    found.push((one, item.changed_at));
                }
                item => {
                    let seen = self.oracle.tables[one.table].seen(&one.key);
                    self.same(one.table, &one.key, item.as_ref(), seen);
                }
            }
        }
        self.promises.committed(&moments);
        self.reach(match doubt.written {
            true => "a failed commit that was there",
            false => "a failed commit that was not there",
        });
        for (one, changed_at) in found {
            self.set(one, changed_at);
        }
        if doubt.written {
            let answer = self.answer_of(&doubt.call.planned);
            self.keep_answer(&doubt.call, answer, doubt.at);
        }
    }
}
