//! Who is reading: so that no file goes away under a page that was begun before.

use crate::lock::Mutex;
use std::collections::BTreeMap;

/// The pages being read, counted by the epoch in which they began.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    epoch: u64,
    /// How many pages are read that began in this epoch: nearly always all of them, so that nothing is
    /// looked up for a page.
    reading: usize,
    /// How many that began in one that has ended.
    earlier: BTreeMap<u64, usize>,
}

/// A page being read; ends when dropped.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    readers: &'a Readers,
    epoch: u64,
}

/// A moment: every reader is before it or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Readers {
    /// A page begins.
    pub(crate) fn enter(&self) -> Reading<'_> {
        let mut state = self.state.lock();
        state.reading += 1;
        Reading { readers: self, epoch: state.epoch }
    }

    /// Tells those who are reading now from those who begin later.
    pub(crate) fn mark(&self) -> Mark {
        let mut state = self.state.lock();
        let (epoch, reading) = (state.epoch, std::mem::take(&mut state.reading));
        if reading > 0 {
            state.earlier.insert(epoch, reading);
        }
        state.epoch += 1;
        Mark(epoch)
    }

    /// Whether everybody who was reading at the mark has finished.
    pub(crate) fn have_passed(&self, mark: Mark) -> bool {
        self.state.lock().earlier.first_key_value().is_none_or(|(oldest, _)| *oldest > mark.0)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.state.lock();
        if self.epoch == state.epoch {
            state.reading -= 1;
        } else if let Some(count) = state.earlier.get_mut(&self.epoch) {
            *count -= 1;
            if *count == 0 {
                state.earlier.remove(&self.epoch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_passed_when_the_last_earlier_reader_leaves() {
        let readers = Readers::default();
        let (first, second) = (readers.enter(), readers.enter());
        let mark = readers.mark();
        let later = readers.enter();
        drop(first);
        assert!(!readers.have_passed(mark));
        drop(second);
        assert!(readers.have_passed(mark));
        let next = readers.mark();
        assert!(readers.have_passed(mark) && !readers.have_passed(next));
        drop(later);
        assert!(readers.have_passed(next) && readers.have_passed(readers.mark()));
    }

    #[test]
    fn who_has_left_before_a_mark_keeps_nothing() {
        let readers = Readers::default();
        let (first, second) = (readers.enter(), readers.enter());
        drop((first, second));
        assert!(readers.have_passed(readers.mark()));
    }
}
