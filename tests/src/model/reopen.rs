//! How sessions end and begin: closing, and crashes.

use super::doubt::Doubt;
use super::folder;
use super::hooks::Amid;
use super::loss;
use super::transition::{Batch, Closing, Jump};
use super::world::World;
use highwater::testing::Point;
use highwater::{Durability, Millis, Store};
use std::path::PathBuf;

impl World {
    pub(super) fn reopen(&mut self, closing: &Closing, jump: Option<Jump>) {
        // What a failed write left is looked at by an ordinary opening.
        let lossy = matches!(closing, Closing::Recover(_) | Closing::MachineDown(_));
        if lossy && self.doubt.is_some() {
            self.reopen(&Closing::Crash, None);
        }
        let mut renewed = false;
        match closing {
            Closing::Clean => self.close(),
            Closing::Crash => self.crash(),
            Closing::CrashInCommit { batch, written } => self.crash_in_commit(batch, *written),
            Closing::CrashInExpiry => self.crash_in_expiry(),
            Closing::Recover(damage) => {
                self.crash();
                loss::damage(&self.folder, *damage);
                renewed = true;
            }
            Closing::MachineDown(damage) => {
                self.crash();
                folder::reboot(&self.folder);
                renewed = self.setup.options.durability == Durability::Buffered;
                if renewed {
                    loss::damage(&self.folder, *damage);
                }
            }
        }
        self.wall(jump);
        let store = self.open(matches!(closing, Closing::Recover(_)));
        self.put_store(store);
        if renewed {
            self.learn_what_is_left();
        }
        self.opened(renewed);
    }

    fn close(&mut self) {
        let closed = self.take_store().close();
        assert_eq!(closed.is_ok(), self.doubt.is_none(), "{closed:?}");
    }

    /// The process ends here: the next one finds a copy of the files as they are.
    fn crash(&mut self) {
        let copy = self.folders.fresh();
        folder::copy(&self.folder, &copy);
        self.go_to(copy);
    }

    /// Lets the store go and turns to a copy of it.
    pub(super) fn go_to(&mut self, copy: PathBuf) {
        drop(self.take_store());
        std::fs::remove_dir_all(&self.folder).expect("the folder goes");
        self.folder = copy;
    }

    /// The process ends where `run` comes to `point`. What is left is a copy of the files as they are then, or
    /// once all is done, where it never comes there.
    pub(super) fn kill_amid<R>(
        &mut self,
        point: Point,
        run: impl FnOnce(&Store) -> R,
    ) -> (Amid<R, ()>, PathBuf) {
        let copy = self.folders.fresh();
        let (from, to) = (self.folder.clone(), copy.clone());
        let store = self.store();
        let kill = move || folder::copy(&from, &to);
        (self.hooks.amid(point, kill, || run(&store)), copy)
    }

    fn crash_in_commit(&mut self, batch: &Batch, written: bool) {
        let call = self.call(batch);
        let at = self.now;
        let point = if written { Point::AfterWrite } else { Point::BeforeWrite };
        let (done, copy) = self.kill_amid(point, |store| call.run(store));
        if done.amid {
            assert!(call.writes(), "nothing was to be written");
            self.doubt = Some(Doubt { call, written, at });
            self.reach("a crash amid a commit");
        }
        self.go_to(copy);
    }

    fn crash_in_expiry(&mut self) {
        let (done, copy) = self.kill_amid(Point::LogCut, Store::expire);
        let (oracle, promises) = (self.oracle.clone(), self.promises);
        self.swept(done.outer);
        if done.amid {
            // Items go after that.
            for (table, before) in self.oracle.tables.iter_mut().zip(oracle.tables) {
                table.items = before.items;
            }
            self.promises = promises;
            self.reach("a crash amid expiry");
        }
        self.go_to(copy);
    }

    /// The store is open again. Where commits may have been lost, it has a new incarnation, and its
    /// floors have risen above everything that was handed out.
    pub(super) fn opened(&mut self, renewed: bool) {
        // What was never handed out need not be remembered.
        self.now = Millis(0);
        self.settle_doubt();
        self.promises.opened();
        if renewed {
            self.oracle.forget_floors();
            let leapt = self.leapt;
            self.oracle.receipts.values_mut().for_each(|receipt| receipt.doubt(leapt));
            // A leap that was followed may be lost, and one be followed by this opening; `clock` holds when.
            let clock = self.store().stats().expect("stats").clock;
            self.leapt = clock.now.before(clock.aged);
        }
        let stats = self.look();
        assert_eq!(stats.incarnation != self.incarnation, renewed, "the incarnation");
        self.incarnation = stats.incarnation;
        let started = self.promises.newest_started_at();
        for table in &self.oracle.tables {
            let risen = table.floors.tombstone.millis() > started;
            assert!(risen || !renewed, "{:?} against startedAt {started:?}", table.floors);
        }
        self.trail = vec![self.oracle.clone()];
        self.check_store();
    }

    /// Moves the wall.
    pub(super) fn wall(&mut self, jump: Option<Jump>) {
        let Some(Jump(by)) = jump else { return };
        let wall = self.time.wall_millis().0.saturating_add_signed(by);
        self.time.set_wall(Millis(wall));
    }
}
