//! The tails of one table: of its log, and of the scopes that are asked for.

use super::LogOf;
use super::changes::Op;
use super::tail::{Part, Tail};
use crate::error::Result;
use crate::lock::{AtomicUsize, Mutex};
use highwater_format::{Digest, Timestamp};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// Bytes of a scope's tail without changes.
const SCOPE: usize = 256;

/// What is known of a log's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is this, and no change lies above.
    Digest(Digest),
    /// It has changed since.
    Changed,
    /// The store must be asked.
    Nothing,
}

/// The tails of a table.
#[derive(Debug)]
pub(crate) struct TableTail {
    /// How many bytes it may hold.
    share: AtomicUsize,
    /// How many scopes are asked for.
    scopes: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Commits that are being written, or of which nobody knows whether they are.
    writing: usize,
    log: Tail,
    scopes: BTreeMap<Vec<u8>, Tail>,
    /// Of all scopes together.
    scope_bytes: usize,
    /// How often a scope was asked for.
    asked: u64,
}

impl TableTail {
    pub(super) fn new(opened_at: Timestamp, share: usize) -> Self {
        let state = State {
            writing: 0,
            log: Tail::new(opened_at),
            scopes: BTreeMap::new(),
            scope_bytes: 0,
            asked: 0,
        };
        Self {
            share: AtomicUsize::new(share),
            scopes: AtomicUsize::new(0),
            state: Mutex::new(state),
        }
    }

    pub(super) fn has_scopes(&self) -> bool {
        self.scopes.load(Ordering::SeqCst) > 0
    }

    /// Sets how many bytes it may hold: half of them for its own log, half for scopes.
    pub(super) fn share(&self, bytes: usize) {
        self.share.store(bytes, Ordering::SeqCst);
        self.trim(&mut self.state.lock());
    }

    fn trim(&self, state: &mut State) {
        let half = self.share.load(Ordering::SeqCst) / 2;
        state.log.trim(half);
        state.trim_scopes(half);
        self.scopes.store(state.scopes.len(), Ordering::SeqCst);
    }

    pub(super) fn begin(&self, load: impl FnOnce() -> Result<Digest>) -> Result<()> {
        let mut state = self.state.lock();
        // Nobody is writing, and nobody can begin: what is stored is what was noted.
        if state.log.digest.is_none() && state.writing == 0 {
            state.log.digest = Some(load()?);
        }
        state.writing += 1;
        Ok(())
    }

    pub(super) fn give_up(&self) {
        self.state.lock().writing -= 1;
    }

    pub(super) fn note(&self, log: Vec<Op>, scopes: Vec<(Vec<u8>, Op)>) {
        let mut state = self.state.lock();
        state.writing -= 1;
        log.into_iter().for_each(|op| state.log.apply(op));
        for (scope, op) in scopes {
            state.scope(&scope, |tail| tail.apply(op));
        }
        self.trim(&mut state);
    }

    /// At most `most` changes of a log in `after..=upto`; `None` if they are not all here.
    pub(crate) fn read(
        &self,
        log: LogOf<'_>,
        (after, upto): (Timestamp, Timestamp),
        most: usize,
    ) -> Option<Part> {
        let mut state = self.state.lock();
        match log {
            LogOf::Table => state.log.read(after, upto, most),
            LogOf::Scope(scope) => {
                state.asked += 1;
                let asked = state.asked;
                let tail = state.scopes.get_mut(scope)?;
                tail.asked = asked;
                tail.read(after, upto, most)
            }
        }
    }

    /// What is known of the digest that a client holds whose run has ended at `upper`. From now on the scope is
    /// kept up; `newest` is the newest timestamp that was handed out.
    ///
    /// Nothing is known while somebody writes: a client may hold what was read from the base table, and that
    /// shows a commit before it is noted.
    pub(crate) fn known(
        &self,
        log: LogOf<'_>,
        upper: Timestamp,
        load: impl FnOnce() -> Result<Digest>,
        newest: impl FnOnce() -> Timestamp,
    ) -> Result<Known> {
        let mut state = self.state.lock();
        let is_quiet = state.writing == 0;
        let tail = match log {
            LogOf::Table => &mut state.log,
            LogOf::Scope(scope) => {
                if !state.scopes.contains_key(scope) {
                    // Raised before the clock is read: whoever takes a later timestamp sees that there is a scope, and
                    // notes itself after this, which is under the lock. The others the tail begins above.
                    self.scopes.fetch_add(1, Ordering::SeqCst);
                    state.scopes.insert(scope.to_vec(), Tail::new(newest()));
                    state.scope_bytes += SCOPE + scope.len();
                    self.trim(&mut state);
                }
                let Some(tail) = state.scopes.get_mut(scope) else { return Ok(Known::Nothing) };
                tail
            }
        };
        match tail.has_changed(upper) {
            Some(true) => return Ok(Known::Changed),
            Some(false) if is_quiet => {}
            _ => return Ok(Known::Nothing),
        }
        let digest = match tail.digest {
            Some(digest) => digest,
            None => *tail.digest.insert(load()?),
        };
        Ok(Known::Digest(digest))
    }
}

impl State {
    /// Does something to a scope's tail, if there is one.
    fn scope(&mut self, scope: &[u8], change: impl FnOnce(&mut Tail)) {
        if let Some(tail) = self.scopes.get_mut(scope) {
            let before = tail.bytes;
            change(tail);
            self.scope_bytes = self.scope_bytes + tail.bytes - before;
        }
    }

    /// Shortens long tails, then lets those go that nobody has asked for in the longest time: so much at
    /// once that it is not to be done again with the next commit.
    fn trim_scopes(&mut self, bytes: usize) {
        if self.scope_bytes <= bytes {
            return;
        }
        for tail in self.scopes.values_mut() {
            let before = tail.bytes;
            tail.trim(bytes / 16);
            self.scope_bytes = self.scope_bytes + tail.bytes - before;
        }
        if self.scope_bytes <= bytes / 4 * 3 {
            return;
        }
        let mut asked: Vec<_> = self.scopes.values().map(|tail| tail.asked).collect();
        let middle = asked.len() / 2;
        let (_, median, _) = asked.select_nth_unstable(middle);
        let median = *median;
        self.scopes.retain(|_, tail| tail.asked > median);
        let held = self.scopes.iter().map(|(scope, tail)| SCOPE + scope.len() + tail.bytes);
        self.scope_bytes = held.sum();
    }
}

impl Tail {
    fn apply(&mut self, op: Op) {
        match op {
            Op::Put(change) => self.put(change),
            Op::Remove(at) => self.remove(at),
            Op::Sum(by) => self.digest = self.digest.map(|digest| digest.and(by)),
        }
    }
}
