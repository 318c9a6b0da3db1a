//! A process that is killed at any moment loses nothing that it has answered for, keeps no half commit, and leaves
//! a store on which every device ends right: with expiry, compaction, imports, checkpoints, backups, index
//! builds and tables that come and go under way, which are held against what was said of them too, and also if the
//! operating system failed to sync its log before.
//!
//! `ROUNDS` sets how many processes are killed, `SEED` which moments they are killed at.

use highwater::Durability;
use highwater_faultfs::FAILING_FSYNC;
use highwater_tests::crash::{Copies, Devices, Ledger, Line, Rng, Scene, Tally};
use highwater_tests::many;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Rounds of each scene where `ROUNDS` does not say.
const ROUNDS: u64 = 12;
/// So many rounds come to everything.
const MANY: u64 = 200;
/// A child is killed within so many milliseconds.
const LONGEST: u64 = 350;
/// Or within so many after something was done.
const SHORTLY: u64 = 20;
/// Or within so many microseconds after one of these has begun, which are so brief that few other kills meet them.
const AT_ONCE: u64 = 2_000;
const BRIEF: [&str; 5] = ["expire", "create table", "drop table", "add index", "drop index"];

/// What a child is left to come to before it is killed.
#[derive(Debug, Clone, Copy)]
enum Until {
    /// Nothing: a moment is as good as another.
    Any,
    /// So many things are done. However slow the machine is, what was not on its way to the disk is lost then.
    Ends(u64),
    /// Something of this name has begun.
    Begins(&'static str),
    /// The disk has failed a commit.
    Fails,
}

impl Until {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(4) {
            0 => Self::Ends(1 + rng.below(2)),
            1 => {
                let place = usize::try_from(rng.below(BRIEF.len() as u64)).expect("small");
                Self::Begins(BRIEF[place])
            }
            _ => Self::Any,
        }
    }

    /// Whether a line is one that is waited for.
    fn is(self, line: &Line) -> bool {
        match self {
            Self::Any => false,
            Self::Ends(_) => matches!(line, Line::End(_)),
            Self::Begins(name) => matches!(line, Line::Begin(task) if task.name() == name),
            Self::Fails => is_failure(line),
        }
    }

    /// How many of them.
    fn count(self) -> u64 {
        match self {
            Self::Any => 0,
            Self::Ends(count) => count,
            Self::Begins(_) | Self::Fails => 1,
        }
    }

    /// How long it goes on then.
    fn pause(self, rng: &mut Rng) -> Duration {
        match self {
            Self::Any | Self::Fails => Duration::from_millis(rng.below(LONGEST)),
            Self::Ends(_) => Duration::from_millis(rng.below(SHORTLY)),
            Self::Begins(_) => Duration::from_micros(rng.below(AT_ONCE)),
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Whether a line tells of a commit that the disk has failed.
fn is_failure(line: &Line) -> bool {
    matches!(line, Line::Failed(what) if what.starts_with("a commit"))
}

/// Runs a child until it is killed, and gives what it said. With a number, so many calls to sync the log go well and
/// the next does not, and it is killed some time after it has told.
fn killed_child(
    folder: &Path,
    scene: Scene,
    seed: u64,
    devices: &Devices,
    fails_after: Option<u64>,
) -> Vec<Line> {
    let mut rng = Rng(seed);
    let durability = if scene.durability == Durability::Sync { "sync" } else { "buffered" };
    let recent = if scene.recent { "recent" } else { "log" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash_child"));
    if let Some(calls) = fails_after {
        assert!(!FAILING_FSYNC.contains([' ', ':']), "it cannot be preloaded: {FAILING_FSYNC}");
        let store = folder.canonicalize().expect("a folder").join("store");
        command.env("LD_PRELOAD", FAILING_FSYNC).env("FAIL_LOG_IN", store);
        command.env("FAIL_LOG_SYNC", (calls + 1).to_string());
    }
    let until = fails_after.map_or_else(|| Until::draw(&mut rng), |_| Until::Fails);
    let mut child = command
        .arg(folder)
        .args([durability, recent, &seed.to_string()])
        .args(devices.last_syncs().map(|last| last.to_string()))
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        let heard = scope.spawn(move || {
            // A line that was cut off is the last.
            let lines = out.lines().map_while(Result::ok);
            let lines = lines.map_while(|line| Line::read(&line)).inspect(|line| {
                if until.is(line) {
                    // Nobody waits for it any more, or ever has.
                    let _ = tell.send(());
                }
            });
            lines.collect::<Vec<_>>()
        });
        for _ in 0..until.count() {
            // It may fail before there is a commit, or end.
            let _ = told.recv_timeout(Duration::from_secs(5));
        }
        #[expect(clippy::disallowed_methods, reason = "the child runs on a clock of its own")]
        std::thread::sleep(until.pause(&mut rng));
        child.kill().expect("a kill");
        child.wait().expect("its end");
        heard.join().expect("what it said")
    })
}

/// With a number, the operating system fails in each round to sync the log, after less than so many calls.
fn rounds(scene: Scene, name: &str, fails_within: Option<u64>) -> Tally {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path();
    let (mut ledger, mut copies) = (Ledger::default(), Copies::default());
    let (mut devices, mut tally) = (Devices::default(), Tally::default());
    let mut incarnation = None;
    let first = setting("SEED", 1);
    for round in 0..setting("ROUNDS", ROUNDS) {
        let seed = first.wrapping_mul(1_000_003).wrapping_add(round);
        let fails_after = fails_within.map(|calls| Rng(!seed).below(calls));
        let heard = killed_child(folder, scene, seed, &devices, fails_after);
        let place = format!("{name}, SEED={first}, round {round}");
        tally.kills += 1;
        tally.in_opening += u64::from(!heard.contains(&Line::Open));
        let mut after = heard.iter().skip_while(|line| !is_failure(line));
        tally.failed += u64::from(after.next().is_some());
        tally.pages_after += after.filter(|line| matches!(line, Line::Page(..))).count() as u64;
        for line in &heard {
            match line {
                Line::Wrong(what) => panic!("{place}: {what}"),
                Line::Failed(what) if fails_after.is_none() => panic!("{place}: {what}"),
                _ => {}
            }
            ledger.hear(line, &mut tally);
            copies.hear(line, &ledger);
            devices.hear(line, &mut tally);
        }
        for line in &heard {
            match line {
                Line::End(task) => *tally.done.entry(task.name()).or_default() += 1,
                Line::Raised(floors) => tally.raised += floors,
                _ => {}
            }
        }
        let last = heard.iter().rev().find(|line| matches!(line, Line::Begin(_) | Line::End(_)));
        if let Some(Line::Begin(task)) = last {
            *tally.amid.entry(task.name()).or_default() += 1;
        }
        let store = scene.open(&folder.join("store")).unwrap_or_else(|e| panic!("{place}: {e}"));
        ledger.check(&store, &mut tally);
        // A kill loses nothing, whatever the durability, and so nobody is to be reset for it.
        let found = store.stats().expect("counts").incarnation;
        assert_eq!(*incarnation.get_or_insert(found), found, "{place}: a new incarnation");
        // Some devices sync now, and the others carry their state on.
        devices.sync(&store, &ledger.live(), |device| (seed >> device) & 1 == 0);
        copies.check(folder, scene, &ledger, &mut tally);
        store.close().expect("a clean close");
    }
    let store = scene.open(&folder.join("store")).expect("a store");
    devices.sync(&store, &ledger.live(), |_| true);
    store.close().expect("a clean close");
    copies.check_backups(folder, scene, &ledger, &mut tally);
    tally
}

fn told(name: &str, tally: &Tally) {
    println!("{name}: {tally:?}");
    many::count(tally.kills, &format!("processes killed, {name}"));
    for (task, kills) in &tally.amid {
        many::count(*kills, &format!("of them amid: {task}"));
    }
    many::count(tally.commits, "commits acknowledged before they were");
    // Enough rounds come to everything that this is about.
    if tally.kills >= ROUNDS {
        assert!(tally.commits > 0 && tally.pages > 0, "{tally:?}");
        assert!(tally.unanswered > 0 && !tally.amid.is_empty(), "{tally:?}");
    }
    if tally.kills >= MANY {
        assert!(tally.commits > 10 * tally.kills && tally.pages > 4 * tally.kills, "{tally:?}");
        let long = ["import", "compact", "checkpoint", "backup"];
        for task in long.iter().chain(&BRIEF) {
            assert!(tally.amid.contains_key(task) && tally.done.contains_key(task), "{tally:?}");
        }
        assert!(tally.raised > tally.kills / 4, "{tally:?}");
        assert!(tally.copies > 0 && tally.restored > 0, "{tally:?}");
        assert!(0 < tally.landed && tally.landed < tally.unanswered, "{tally:?}");
        assert!(tally.won > 0 && tally.lost > 0, "{tally:?}");
    }
}

#[test]
fn a_synced_store_survives_kills() {
    let scene = Scene { durability: Durability::Sync, recent: true };
    told("synced", &rounds(scene, "synced", None));
}

#[test]
fn a_buffered_store_survives_kills() {
    let scene = Scene { durability: Durability::Buffered, recent: false };
    told("buffered", &rounds(scene, "buffered", None));
}

/// The operating system fails to put the log on disk, and what it should have put there is found afterwards all the
/// same: a commit that was told to have failed, and no device that synced meanwhile misses it.
#[test]
fn a_synced_store_survives_an_fsync_that_fails() {
    let scene = Scene { durability: Durability::Sync, recent: true };
    let tally = rounds(scene, "an fsync failed", Some(60));
    println!("an fsync failed: {tally:?}");
    many::count(tally.failed, "processes killed after an fsync of their log had failed");
    if tally.kills >= ROUNDS {
        // Every child is waited for until a commit has failed: only what fails in opening is not seen so.
        assert!(tally.failed > tally.kills / 2 && tally.pages_after > 0, "{tally:?}");
        // Whether a commit lands whose fsync fails is chance, in few rounds: about one does in each.
        let least = if tally.kills >= MANY { tally.failed / 2 } else { 0 };
        assert!(tally.landed > least, "{tally:?}");
    }
}
