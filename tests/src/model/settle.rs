//! The end of a history: writes stop, every device syncs to its end, and everything must be equal.

use super::transition::{Closing, Step, StepSince};
use super::world::World;

/// No view needs more: a run that is told to begin anew does so a few times at most.
const MOST_STEPS: usize = 30;

impl World {
    /// Ends the history and checks all of it.
    pub fn settle(&mut self) {
        if let Some(quiet) = self.setup.quiet {
            self.time.advance(highwater::Millis(quiet));
        }
        if self.doubt.is_some() {
            self.reopen(&Closing::Crash, None);
        }
        self.build_indexes();
        if self.setup.quiet.is_some() {
            self.compact();
        }
        for device in 0..self.devices.len() {
            for view in 0..self.devices[device].views.len() {
                self.finish(step(device, view, StepSince::LastSync));
                self.finish(step(device, view, StepSince::LastSync));
            }
            self.check_device(device);
            self.nothing_new(device);
        }
        self.finish_gathering();
        self.tell_followers();
        self.check_store();
        self.reopen(&Closing::Clean, None);
    }

    /// Brings the run of a view to its end, or makes a whole new one.
    pub(super) fn finish(&mut self, step: Step) {
        let (device, view) = self.place(&step);
        self.deliver(device, view);
        for _ in 0..MOST_STEPS {
            if self.waits_for_index(&self.devices[device].views[view].view) {
                return;
            }
            self.step(Step { deliver: true, ..step });
            if self.doubt.is_some() || self.devices[device].views[view].run.is_none() {
                let last = self.devices[device].views[view].completed;
                if self.doubt.is_some() || last.is_some_and(|last| last == self.bound()) {
                    return;
                }
            }
        }
        panic!("the sync of {:?} does not end", self.devices[device].views[view]);
    }

    /// Who asks again with a cursor is told nothing; with `lastSync`, nothing new.
    fn nothing_new(&mut self, device: usize) {
        for view in 0..self.devices[device].views.len() {
            for since in [StepSince::Cursor, StepSince::LastSync] {
                let all = Step { limit: 1000, ..step(device, view, since) };
                let asked = self.ask(all);
                let page = self.store().sync(&asked.request).expect("a page");
                assert!(!page.reset, "{page:?}");
                assert!(page.items.is_empty() || since == StepSince::LastSync, "{page:?}");
                for item in &page.items {
                    let held = self.devices[device].replica.get(&item.key);
                    let known = held.is_none_or(|held| held.changed_at >= item.changed_at);
                    assert!(known, "{item:?} is news to device {device}");
                }
            }
        }
    }
}

fn step(device: usize, view: usize, since: StepSince) -> Step {
    Step { device, view, limit: 3, filled: false, since, deliver: true }
}
