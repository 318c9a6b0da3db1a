//! When the power is cut, whatever was not synced is gone. Every family then stands at one and the same commit: in
//! a `Sync` store none before the last that was answered, in a `Buffered` one an earlier one, never with a hole.
//!
//! `LOSSES` sets how often the power is cut in all, `SEED` at which moments.

use highwater::Durability;
use highwater_tests::many;
use highwater_tests::power::{Disk, Losses, Trial};

/// Losses of each kind of store where `LOSSES` does not say.
const LOSSES: u64 = 60;
/// Stores without a log, of which so many must be found out.
const FOUND_OUT: usize = 3;
const STORES: u64 = 24;
/// Losses of one store.
const OF_A_STORE: u64 = 5;
/// How many times as many stores are tried until everything was met.
const TIMES: u64 = 10;

/// Runs stores until the power was cut often enough, and, of `Buffered` ones, until something was lost.
fn losses(durability: Durability, trial: impl Fn(u64) -> Trial + Sync) -> Losses {
    let stores = many::setting("LOSSES", LOSSES).div_ceil(OF_A_STORE);
    let mut found = Losses::default();
    for time in 0..TIMES {
        let run = |n| trial(time * stores + n).run().unwrap_or_else(|what| panic!("{what}"));
        found += many::run(stores, run);
        if durability == Durability::Sync || met(&found) {
            break;
        }
    }
    found
}

/// Whether commits were lost, a device was reset for it, and a retry was done again.
fn met(found: &Losses) -> bool {
    found.with_loss.min(found.resets).min(found.done_again) > 0
}

fn told(name: &str, found: &Losses, durability: Durability) {
    println!("{name}: {found:?}");
    many::count(found.cuts, &format!("losses of power, {name}"));
    many::count(found.commits, &format!("commits before them, of which {} were lost", found.lost));
    many::count(found.retried, "retries under a mutation id that were answered as before them");
    many::count(found.done_again, "retries of what they had taken");
    assert!(found.retried > found.cuts, "{found:?}");
    assert!(found.cuts >= 50 && found.commits > 200 && found.in_opening > 0, "{found:?}");
    match durability {
        Durability::Sync => assert_eq!(found.lost, 0),
        Durability::Buffered => assert!(met(found), "{found:?}"),
    }
}

fn trial(durability: Durability, disk: Disk, n: u64) -> Trial {
    let seed = many::setting("SEED", 1).wrapping_mul(1_000_003).wrapping_add(n);
    Trial { durability, disk, losses: OF_A_STORE, seed, lose_logs: false }
}

#[test]
fn in_memory_a_synced_store_keeps_what_it_answered_and_a_buffered_one_a_prefix() {
    for durability in [Durability::Sync, Durability::Buffered] {
        let found = losses(durability, |n| trial(durability, Disk::Memory, n));
        told(&format!("in memory, {durability:?}"), &found, durability);
    }
}

#[test]
fn on_disk_too() {
    let dir = tempfile::tempdir().expect("a folder");
    for durability in [Durability::Sync, Durability::Buffered] {
        let found = losses(durability, |n| {
            let folder = dir.path().join(format!("{durability:?}-{n}"));
            trial(durability, Disk::Folder(folder), n)
        });
        told(&format!("on disk, {durability:?}"), &found, durability);
    }
}

#[test]
fn without_a_write_ahead_log_the_check_fails() {
    let failed = (0..STORES)
        .filter(|n| {
            let trial = Trial { lose_logs: true, ..trial(Durability::Sync, Disk::Memory, *n) };
            trial.run().is_err_and(|what| what.contains("were answered for"))
        })
        .take(FOUND_OUT)
        .count();
    // Where all went well by chance, a flush had come first.
    assert_eq!(failed, FOUND_OUT, "of {STORES} stores without a log");
}
