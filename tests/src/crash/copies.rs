//! Copies of the store: one that is finished has at least what was acknowledged before it was begun.

use super::kept::generation;
use super::ledger::{Ledger, Mark};
use super::line::Line;
use super::scene::{BACKUPS, Scene, Tally, unlocked};
use super::task::Task;
use highwater::{Options, RestoreOptions, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The checkpoints of a round, and the newest backup of all.
#[derive(Debug, Default)]
pub struct Copies {
    /// What was acknowledged before each was begun, by its folder.
    checkpoints: BTreeMap<String, Mark>,
    finished: BTreeSet<String>,
    backup_begun: Mark,
    /// Of the newest that is finished.
    backup: Option<Mark>,
}

impl Copies {
    /// Takes what a child said; the ledger has heard the lines before it.
    pub fn hear(&mut self, line: &Line, ledger: &Ledger) {
        match line {
            Line::Begin(Task::Checkpoint(folder)) => {
                self.checkpoints.insert(folder.clone(), ledger.mark());
            }
            Line::End(Task::Checkpoint(folder)) => {
                self.finished.insert(folder.clone());
            }
            Line::Begin(Task::Backup) => self.backup_begun = ledger.mark(),
            Line::End(Task::Backup) => self.backup = Some(self.backup_begun.clone()),
            _ => {}
        }
    }

    /// Opens the checkpoints of the last round and lets them go. One that was only begun may be there or not; what
    /// opens is whole.
    ///
    /// # Panics
    /// If one that is finished does not open, or one that opens is not whole or too old.
    pub fn check(&mut self, folder: &Path, scene: Scene, ledger: &Ledger, tally: &mut Tally) {
        for (name, mark) in std::mem::take(&mut self.checkpoints) {
            let path = folder.join(&name);
            let is_finished = self.finished.contains(&name);
            if !path.exists() {
                assert!(!is_finished, "{name} is finished, and not there");
                continue;
            }
            // What a copy leaves before it begins is room for a new store.
            let options = Options { create_if_missing: false, ..scene.options() };
            match unlocked(|| Store::builder(&path).options(options.clone()).open()) {
                Ok(copy) => {
                    check_copy(&copy, &mark, ledger);
                    tally.copies += 1;
                }
                Err(e) => assert!(!is_finished, "{name} is finished: {e}"),
            }
        }
        self.finished.clear();
        remove_checkpoints(folder);
    }

    /// Restores the newest backup, with whatever the kills left in its folder.
    ///
    /// # Panics
    /// If there is none and one was finished, or it is not whole or too old.
    pub fn check_backups(&self, folder: &Path, scene: Scene, ledger: &Ledger, tally: &mut Tally) {
        let backups = folder.join(BACKUPS);
        let listed =
            if backups.exists() { highwater::backups(&backups).expect("a list") } else { vec![] };
        assert!(self.backup.is_none() || !listed.is_empty(), "a finished backup is not listed");
        if listed.is_empty() {
            return;
        }
        let to = folder.join("restored");
        // What was begun and met a lock may be repeated.
        let restore = || Store::builder(&to).restore(&backups, &RestoreOptions::default());
        let report = unlocked(restore);
        let report = report.expect("a restore");
        assert!(report.verify.is_clean(), "{:#?}", report.verify.problems);
        let restored = unlocked(|| Store::builder(&to).options(scene.options()).open());
        let restored = restored.expect("a store");
        let mark = self.backup.clone().unwrap_or_default();
        tally.restored = check_copy(&restored, &mark, ledger);
        assert!(self.backup.is_none() || tally.restored > 0, "a finished backup is empty");
    }
}

/// With what those that were only begun have left beside their places.
fn remove_checkpoints(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let entry = entry.expect("an entry");
        if entry.file_name().to_string_lossy().starts_with("checkpoint-") {
            std::fs::remove_dir_all(entry.path()).expect("the checkpoint goes");
        }
    }
}

/// How many items a copy has.
fn check_copy(copy: &Store, mark: &Mark, ledger: &Ledger) -> u64 {
    let report = copy.verify().expect("a verification");
    assert!(report.is_clean(), "{:#?}", report.problems);
    generation(copy);
    ledger.check_copy(copy, mark)
}
