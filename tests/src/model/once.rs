//! Commits under a mutation id: a retry is answered as the first time, and writes nothing.

use super::commit::Call;
use super::expect::{Effect, Planned};
use super::world::World;
use highwater::{Error, ItemKey, Millis, Mutation, Outcome, Result};

/// How long the store remembers what it has answered.
pub const RECEIPT_TTL: Millis = Millis(1_500);

/// What a commit was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    mutations: Vec<Mutation>,
    answer: Vec<Outcome>,
    /// What it tells of.
    items: Vec<(usize, ItemKey)>,
    /// The store's time then, and how much of it came from leaps.
    at: Millis,
    leapt: Millis,
    /// Whether a loss may have taken it.
    doubtful: bool,
}

impl Receipt {
    pub fn tells_of(&self, table: usize, key: &ItemKey) -> bool {
        self.items.iter().any(|(place, item)| (*place, item) == (table, key))
    }

    pub fn tells_of_table(&self, table: usize) -> bool {
        self.items.iter().any(|(place, _)| *place == table)
    }

    /// After a loss: one that tells of something written is there if that is.
    pub fn doubt(&mut self, leapt: Millis) {
        let nothing_written = self.answer.iter().all(|outcome| !outcome.written);
        self.doubtful |= nothing_written || self.leapt != leapt;
    }

    /// Whether a retry is told of it; `None` where that cannot be known from here.
    fn is_told(&self, now: Millis, leapt: Millis) -> Option<bool> {
        let age = now.before(self.at);
        // Nothing ages by a leap.
        let least = age.before(leapt.before(self.leapt));
        match (least > RECEIPT_TTL, age <= RECEIPT_TTL && !self.doubtful) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        }
    }
}

impl World {
    /// What was sent last under an id is sent again.
    pub(super) fn retry(&mut self, id: u8) {
        let Some(sent) = self.sent.get(&id) else { return };
        let call = Call { planned: self.oracle.plan_again(sent), once: Some(id) };
        let result = call.run(&self.store());
        self.committed(&call, result);
    }

    /// Whether the answer is an earlier one, as it must be while there is one.
    pub(super) fn was_answered_before(
        &mut self,
        call: &Call,
        result: &Result<Vec<Outcome>>,
    ) -> bool {
        let known = call.once.and_then(|id| Some((id, self.oracle.receipts.get(&id)?.clone())));
        let Some((id, receipt)) = known else { return false };
        let same = receipt.mutations == call.mutations();
        let as_before = match result {
            Ok(outcomes) => same && *outcomes == receipt.answer,
            Err(Error::MutationIdReused { .. }) => !same,
            Err(_) => false,
        };
        match receipt.is_told(self.now, self.leapt) {
            Some(true) => assert!(as_before, "{receipt:?} is forgotten: {result:?}"),
            // What changes nothing may be answered the same.
            Some(false) => return false,
            None if !as_before => return false,
            None => {
                if let Some(receipt) = self.oracle.receipts.get_mut(&id) {
                    (receipt.at, receipt.leapt, receipt.doubtful) = (self.now, self.leapt, true);
                }
            }
        }
        self.reach(match same {
            true => "a retry that was answered as the first time",
            false => "a mutation id for other mutations",
        });
        true
    }

    /// The answer to a commit under an id is kept.
    pub(super) fn keep_answer(&mut self, call: &Call, answer: Vec<Outcome>, at: Millis) {
        let Some(id) = call.once else { return };
        let items = call.planned.iter().map(|one| (one.table, one.key.clone())).collect();
        let mutations = call.mutations();
        let leapt = self.leapt;
        let receipt = Receipt { mutations, answer, items, at, leapt, doubtful: false };
        if self.oracle.receipts.insert(id, receipt).is_some() {
            self.reach("a retry that was executed anew");
        }
    }

    /// The answer to a commit whose caller was told nothing: the items as they are now.
    pub(super) fn answer_of(&self, planned: &[Planned]) -> Vec<Outcome> {
        let outcome = |one: &Planned| {
            let name = super::body::TABLES[one.table];
            let item = self.store().get_with_tombstone(name, one.key.clone());
            let (written, merged) = match one.effect {
                Effect::Write { merged, .. } => (true, merged),
                Effect::Keep | Effect::Conflict => (false, false),
            };
            Outcome { item: item.expect("a readable item"), written, merged }
        };
        planned.iter().map(outcome).collect()
    }
}
