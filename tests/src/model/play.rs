//! Playing a history, one transition after the other.

use super::commit::Call;
use super::device::Asked;
use super::transition::{Interference, Step, Transition};
use super::world::World;
use highwater::testing::Point;
use highwater::{CompactReport, Error, Millis, Outcome, Result};
use std::sync::Arc;

/// What came of an interference.
enum Happened {
    Expired(Result<CompactReport>),
    Committed(Call, Result<Vec<Outcome>>),
    Remade(Result<()>),
}

impl World {
    /// Plays one transition, and checks what is cheap to check.
    pub fn play(&mut self, transition: &Transition) {
        match transition {
            Transition::Commit(batch) => self.commit(batch),
            Transition::CommitAmidSyncs { batch, written, steps } => {
                self.commit_amid_syncs(batch, *written, steps);
            }
            Transition::CommitFails { batch, written } => self.commit_fails(batch, *written),
            Transition::Retry(id) => self.retry(*id),
            Transition::Erase { table, item } => self.erase(*table, *item),
            Transition::Expire => {
                let done = self.store().expire();
                self.swept(done);
            }
            Transition::ExpireAmidSyncs(steps) => self.expire_amid_syncs(steps),
            Transition::Compact => self.compact(),
            Transition::Advance(by) => self.time.advance(Millis(*by)),
            Transition::Wall(jump) => self.wall(Some(*jump)),
            Transition::ConfirmLeap => self.confirm_leap(),
            Transition::Reopen { closing, jump } => self.reopen(closing, *jump),
            Transition::Backup(keeping) => self.back_up(*keeping),
            Transition::Copy => self.copy(),
            Transition::Import { table, rows, cut } => self.import(*table, rows, *cut),
            Transition::Rename(table) => self.rename(*table),
            Transition::Restore => self.restore(),
            Transition::Remake(table) => self.remake(*table),
            Transition::Truncate(table) => self.truncate(*table),
            Transition::Retune(table, ttls) => self.retune(*table, *ttls),
            Transition::Reindex { table, change, fails } => self.reindex(*table, *change, *fails),
            Transition::BuildIndexes => self.build_indexes(),
            Transition::RotateKeys => {
                let kept = self.store().rotate_token_keys();
                assert_eq!(kept.is_ok(), self.doubt.is_none(), "{kept:?}");
                self.known.rotations += u32::from(kept.is_ok());
            }
            Transition::Query { question, limit } => self.query(question, *limit),
            Transition::QueryOn(limit) => self.query_on(*limit),
            Transition::QueryAmid { limit, change } => self.query_amid(*limit, *change),
            Transition::Sync(step) => self.step(*step),
            Transition::SyncAmid { step, read, interference } => {
                self.sync_amid(*step, *read, interference);
            }
            Transition::Gather { limit, by_cursor } => self.gather(*limit, *by_cursor),
            Transition::Finish(step) => self.finish(*step),
            Transition::Deliver { device, view } => {
                let (device, view) = self.at(*device, *view);
                self.deliver(device, view);
            }
            Transition::Follow { device, view } => {
                let (device, view) = self.at(*device, *view);
                self.follow(device, view);
            }
            Transition::TellFollowers => self.tell_followers(),
            Transition::Abandon { device, view } => {
                let (device, view) = self.at(*device, *view);
                self.devices[device].abandon(view);
            }
            Transition::Keep(device) => {
                let device = self.at(*device, 0).0;
                self.devices[device].keep();
            }
            Transition::Rewind(device) => {
                let device = self.at(*device, 0).0;
                self.devices[device].rewind();
                self.reach("a device that went back");
            }
        }
        self.look();
        self.remember();
    }

    fn at(&self, device: usize, view: usize) -> (usize, usize) {
        let device = device % self.devices.len();
        (device, view % self.devices[device].views.len())
    }

    pub(super) fn compact(&mut self) {
        let done = self.store().compact();
        self.swept(done);
        if self.doubt.is_none() {
            self.look();
            self.check_store();
        }
    }

    /// Floors have moved, as far as they must and no further.
    pub(super) fn swept(&mut self, done: Result<CompactReport>) {
        match done {
            Ok(report) => {
                assert!(self.doubt.is_none(), "a sweep of a read-only store");
                self.take_out_expired(report.items_expired);
                let stats = self.look();
                let aged = self.now.before(self.leapt);
                let width = self.setup.options.bucket_width;
                self.oracle.look_at_expiry(aged, stats.clock.safe_point, width);
            }
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn expire_amid_syncs(&mut self, steps: &[Step]) {
        let asked = self.ask_all(steps);
        let requests: Vec<_> = asked.iter().map(|asked| asked.request.clone()).collect();
        let (theirs, ours) = (self.store(), self.store());
        let syncs = move || -> Vec<_> { requests.iter().map(|r| theirs.sync(r)).collect() };
        let done = self.hooks.amid(Point::LogCut, syncs, || ours.expire());
        // Items go after that.
        for page in done.inner.iter().flatten().filter(|_| done.amid) {
            self.promises.started(page.started_at);
        }
        self.swept(done.outer);
        if done.amid && done.inner.iter().any(Result::is_ok) {
            self.reach("a sync amid expiry");
        }
        for (asked, page) in asked.into_iter().zip(done.inner) {
            self.answered(asked.disturbed(), page);
        }
    }

    /// Follows a leap. Nothing ages by it: what had not expired before has not expired after it.
    fn confirm_leap(&mut self) {
        let done = self.store().expire();
        self.swept(done);
        let before = self.look();
        let leap = before.clock.leap.filter(|leap| leap.wall > leap.clock);
        match self.store().confirm_clock_leap() {
            Ok(followed) => {
                assert_eq!(followed, leap);
                if followed.is_some() {
                    self.reach("a leap that was confirmed");
                }
                let span = followed.map_or(Millis(0), |leap| leap.wall.before(leap.clock));
                self.leapt = self.leapt.after(span);
            }
            Err(Error::ReadOnly { .. }) if self.doubt.is_some() && leap.is_some() => {}
            Err(error) => panic!("{error}"),
        }
        let done = self.store().expire();
        self.swept(done);
        assert_eq!(self.look().tables, before.tables, "aged by a leap");
    }

    /// A page, and something else inside of it.
    fn sync_amid(&mut self, step: Step, read: bool, interference: &Interference) {
        let asked: Asked = self.ask(step);
        let table = self.devices[asked.device].table();
        let act = self.interference(table, interference);
        let point = if read { Point::PageRead } else { Point::PagePlanned };
        if let Interference::Reindex(change) = interference {
            return self.sync_amid_reindexing(asked, point, *change);
        }
        let store = self.store();
        let done = self.hooks.amid(point, act, || store.sync(&asked.request));
        if let Happened::Remade(Ok(())) = done.inner {
            self.remade(table);
            if done.amid && done.outer.is_ok() {
                self.reach("a table that ended amid a page");
            }
            // It was asked anew, of the table that had taken the name.
            let (bound, index) = (self.bound(), self.index_of(asked.device, asked.view));
            return self.answered(Asked { bound, until: bound, index, ..asked }, done.outer);
        }
        if let Ok(page) = &done.outer {
            // It was chosen before anything else happened.
            self.promises.started(page.started_at);
        }
        match done.inner {
            Happened::Expired(done) => self.swept(done),
            Happened::Committed(call, result) => self.committed(&call, result),
            Happened::Remade(done) => assert!(done.is_ok() || self.doubt.is_some(), "{done:?}"),
        }
        self.answered(asked.disturbed(), done.outer);
    }

    fn interference(
        &self,
        table: usize,
        interference: &Interference,
    ) -> impl FnOnce() -> Happened + Send + 'static {
        let (store, time) = (self.store(), Arc::clone(&self.time));
        let spec = self.oracle.tables[table].setup.spec(table);
        let planned = match interference {
            Interference::Commit(writes, _) => self.plan(writes),
            _ => Vec::new(),
        };
        let call = Call { planned, once: None };
        let interference = interference.clone();
        move || match interference {
            Interference::Expire(by) => {
                time.advance(Millis(by));
                Happened::Expired(store.expire())
            }
            Interference::Compact(by) => {
                time.advance(Millis(by));
                Happened::Expired(store.compact())
            }
            Interference::Commit(_, by) => {
                let result = call.run(&store);
                time.advance(Millis(by));
                Happened::Committed(call, result)
            }
            Interference::Remake => {
                let made = store.drop_table(&spec.name);
                Happened::Remade(made.and_then(|()| store.create_table(spec)))
            }
            Interference::Truncate => Happened::Remade(store.truncate_table(&spec.name)),
            Interference::Reindex(_) => panic!("it is played by itself"),
        }
    }
}
