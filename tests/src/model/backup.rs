//! Backups of each kind, and going back to them.

use super::folder;
use super::oracle::Oracle;
use super::transition::Keeping;
use super::world::World;
use highwater::{BackupOptions, Millis, RestoreOptions, Store};
use std::path::PathBuf;

/// The store as it was, and what was known of it.
pub struct Backup {
    kept: Kept,
    oracle: Oracle,
}

/// Where it is kept.
enum Kept {
    /// A copy of the files, as an operator makes one behind the store's back.
    Files(PathBuf),
    Checkpoint(PathBuf),
    /// This one in the folder of backups.
    Folder(u32),
}

impl World {
    pub(super) fn back_up(&mut self, keeping: Keeping) {
        if self.doubt.is_some() {
            return;
        }
        if let Some(Kept::Files(old) | Kept::Checkpoint(old)) = self.backup.take().map(|b| b.kept) {
            std::fs::remove_dir_all(old).expect("the old backup goes");
        }
        let kept = match keeping {
            Keeping::Files => {
                let to = self.folders.fresh();
                folder::copy(&self.folder, &to);
                Kept::Files(to)
            }
            Keeping::Checkpoint => {
                let to = self.folders.fresh();
                self.store().checkpoint(&to).expect("a checkpoint");
                Kept::Checkpoint(to)
            }
            Keeping::Folder => {
                let options = BackupOptions { keep: Some(2) };
                let report = self.store().backup(self.folders.backups(), &options);
                Kept::Folder(report.expect("a backup").id)
            }
        };
        self.backup = Some(Backup { kept, oracle: self.oracle.clone() });
    }

    /// Goes back to the backup, if there is one.
    pub(super) fn restore(&mut self) {
        let Some(backup) = self.backup.take() else { return };
        match &backup.kept {
            Kept::Files(from) => self.turn_to_copy(from, true),
            Kept::Checkpoint(from) => self.turn_to_copy(from, false),
            Kept::Folder(id) => self.restore_in_place(*id),
        }
        self.doubt = None;
        self.oracle = backup.oracle.clone();
        self.known.changes += 1;
        self.reach(match &backup.kept {
            Kept::Files(_) => "files that were put back",
            Kept::Checkpoint(_) => "a checkpoint that was turned to",
            Kept::Folder(_) => "a backup that was restored",
        });
        self.backup = Some(backup);
        self.opened(true);
    }

    /// The wall shows the right time: later than anything that the lost store can have handed out under its
    /// lease.
    fn turn_to_copy(&mut self, from: &std::path::Path, recover: bool) {
        const LEASE: Millis = Millis(10_000);
        let later = self.now.after(LEASE);
        let copy = self.folders.fresh();
        folder::copy(from, &copy);
        self.go_to(copy);
        self.time.set_wall(later);
        let store = self.open(recover);
        self.put_store(store);
    }

    /// The store that is replaced tells what it can have handed out: whatever the wall shows will do.
    fn restore_in_place(&mut self, id: u32) {
        drop(self.take_store());
        let how = RestoreOptions { id: Some(id), replace: true, ..RestoreOptions::default() };
        let builder = Store::builder(&self.folder)
            .options(self.setup.options.options())
            .time_source(std::sync::Arc::clone(&self.time) as _);
        let report = builder.restore(self.folders.backups(), &how).expect("a restore");
        assert!(report.replaced && report.verify.is_clean(), "{report:?}");
        let store = self.open(false);
        self.put_store(store);
    }
}
