//! Applying pages, at once or later, and what a device must hold when a run has ended.

use super::device::{Run, Viewing};
use super::world::World;

impl World {
    /// The device applies every page of the view that it has fetched.
    pub(super) fn deliver(&mut self, device: usize, view: usize) {
        self.reach_late(device, view);
        let state = &mut self.devices[device];
        let Viewing { name, run, .. } = &mut state.views[view];
        let Some(open) = run else { return };
        for page in open.waiting.drain(..) {
            state.replica.apply(name, &page);
        }
        if open.next_token.is_some() {
            return;
        }
        if let Some(done) = run.take() {
            let viewing = &mut state.views[view];
            viewing.completed = Some(done.bound);
            viewing.cursor_refused = false;
            self.completed(device, view, &done);
        }
    }

    /// Where nothing has changed since page 1, the device must be right already.
    fn completed(&self, device: usize, view: usize, run: &Run) {
        let changed = run.began.known != self.known || run.began.incarnation != self.incarnation;
        if changed || run.disturbed || self.doubt.is_some() {
            return;
        }
        self.check_view(device, view);
        if self.devices[device].views.len() == 1 {
            self.check_device(device);
        }
    }
}
