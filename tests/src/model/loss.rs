//! Commits that are lost: a damaged log, and what of it an opening that accepts the loss has kept.

use super::declare::ELSEWHERE;
use super::left::{self, Left};
use super::oracle::Oracle;
use super::transition::Damage;
use super::world::World;
use std::fs;
use std::path::{Path, PathBuf};

/// Damages the newest write-ahead log of a store that is not open.
pub(super) fn damage(store: &Path, damage: Damage) {
    let (Damage::Cut(percent) | Damage::Flip(percent)) = damage else { return };
    let log = newest_log(store).expect("a store has a log");
    let mut bytes = fs::read(&log).expect("a readable log");
    let place = bytes.len() * usize::from(percent.min(99)) / 100;
    match damage {
        Damage::Flip(_) => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 0x20),
        _ => bytes.truncate(place),
    }
    fs::write(&log, bytes).expect("a log can be damaged");
}

fn newest_log(store: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(store.join("rocksdb")).ok()?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "log")).max()
}

impl World {
    /// Keeps what is known now, for when it turns out to be all that is left.
    pub(super) fn remember(&mut self) {
        if self.trail.last() != Some(&self.oracle) {
            self.trail.push(self.oracle.clone());
        }
    }

    /// Looks what is left: the commits up to some moment of the last session, each of them wholly,
    /// and none after it.
    pub(super) fn learn_what_is_left(&mut self) {
        let store = self.store();
        // A table that was being made again, or its first making, may be lost. It is made anew.
        let made = [0, 1].map(|place| {
            let spec = self.oracle.tables[place].setup.spec(place);
            let is_there = |name: &str| store.tables().iter().any(|held| held.name == name);
            // It had another name, and that it got its own back was lost.
            if !is_there(&spec.name) && is_there(ELSEWHERE) {
                store.rename_table(ELSEWHERE, &spec.name).expect("its own name is free");
            }
            let lost = !is_there(&spec.name);
            if lost {
                store.create_table(spec).expect("the table is made anew");
            }
            lost
        });
        let trail = std::mem::take(&mut self.trail);
        let place = self.place_of_what_is_left(&trail, made);
        let setups = self.oracle.tables.each_ref().map(|table| table.setup);
        self.oracle = trail[place].clone();
        self.reach(match place + 1 == trail.len() {
            true => "a log without damage",
            false => "a log that lost its end",
        });
        self.known.changes += 1;
        for (place, _) in made.iter().enumerate().filter(|(_, made)| **made) {
            self.oracle.tables[place].setup = setups[place];
            self.oracle.remake(place);
        }
    }

    /// Which state of the trail is left. One of them is: anything else is a hole.
    fn place_of_what_is_left(&self, trail: &[Oracle], made: [bool; 2]) -> usize {
        let stats = self.store().stats().expect("stats");
        let stats = [0, 1].map(|place| left::stats_of(&stats, place));
        let found = [0, 1].map(|place| Left::found(&self.store(), place, stats[place]));
        let wanted = |oracle: &Oracle| {
            [0, 1].map(|place| Left::of(&oracle.tables[place], place, stats[place].floors))
        };
        let is_left = |oracle: &Oracle| {
            let wanted = wanted(oracle);
            (0..2).all(|place| match made[place] {
                true => oracle.tables[place].items.is_empty(),
                false => found[place] == wanted[place],
            })
        };
        trail.iter().rposition(is_left).unwrap_or_else(|| {
            let once: Vec<_> = trail.iter().map(wanted).collect();
            panic!(
                "what is left is no state that once was: {found:#?}, made anew {made:?}: {once:#?}"
            )
        })
    }
}
