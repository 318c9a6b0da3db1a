//! A disk that fails: the store says so, takes no commit after one that failed until it is opened again, and has
//! lost nothing by then that it answered for. The commit that failed is there wholly or not at all, and no device
//! misses it.
//!
//! `TRIALS` sets how many stores are tried, `SEED` which.

use highwater::testing::{Faults, MemoryDisk, Point};
use highwater::{Document, Durability, Error, Mutation, Options, Store, TableSpec, TableSpecExt};
use highwater_faultfs::{Failure, Fault, FaultFs, Files, Operation};
use highwater_tests::crash::Rng;
use highwater_tests::many;
use highwater_tests::power::{Disk, Failing, Failures};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Trials where `TRIALS` does not say.
const TRIALS: u64 = 96;

fn failing(n: u64) -> Failing {
    let seed = many::setting("SEED", 1).wrapping_mul(1_000_003).wrapping_add(n);
    let mut rng = Rng(seed);
    let operations = [Operation::Append, Operation::Sync, Operation::Read, Operation::Create];
    let kinds = [Files::Any, Files::Log, Files::Table, Files::Manifest];
    // Every operation on every kind of file in turn.
    let pick = |n: u64| usize::try_from(n % 4).expect("small");
    let fault = Fault {
        operation: operations[pick(n)],
        files: kinds[pick(n / 4)],
        failure: if rng.below(2) == 0 { Failure::Io } else { Failure::NoSpace },
        after: rng.below(12),
        times: if rng.below(2) == 0 { 1 } else { u64::MAX },
    };
    Failing {
        durability: if rng.below(3) == 0 { Durability::Buffered } else { Durability::Sync },
        disk: if rng.below(3) == 0 { Disk::Memory } else { Disk::Cached },
        fault,
        seed,
    }
}

#[test]
fn a_failure_is_told_and_final_until_reopening_and_loses_nothing() {
    let trials = many::setting("TRIALS", TRIALS);
    let failed = Mutex::new(BTreeMap::<_, u64>::new());
    let found = many::run(trials, |n| {
        let failing = failing(n);
        let found = failing.run().unwrap_or_else(|what| panic!("{what}"));
        let kind = format!("{:?}, {:?}", failing.fault.operation, failing.fault.failure);
        *failed.lock().entry(kind).or_default() += found.failed;
        found
    });
    println!("{found:?}");
    many::count(found.failed, "stores whose disk failed");
    let failed = failed.into_inner();
    for (kind, stores) in &failed {
        many::count(*stores, &format!("of them: {kind}"));
    }
    let all_failed = failed.len() == 8 && failed.values().all(|stores| *stores > 0);
    assert!(all_failed || trials < TRIALS, "{failed:?}");
    assert!(found.failed > trials / 2 && found.told > trials / 3, "{found:?}");
    assert!(found.read_only > 0 && found.in_opening > 0 && found.synced > 0, "{found:?}");
}

/// An fsync of the log fails, and what it was to put on disk is there all the same.
#[test]
fn a_commit_whose_fsync_failed_may_be_there_and_nobody_misses_it() {
    let found: Failures = many::run(24, |n| {
        let fault = Fault {
            operation: Operation::Sync,
            files: Files::Log,
            failure: Failure::Io,
            after: n % 7,
            times: 1,
        };
        let failing = Failing {
            durability: Durability::Sync,
            disk: Disk::Cached,
            fault,
            seed: many::setting("SEED", 1).wrapping_mul(7_919).wrapping_add(n),
        };
        failing.run().unwrap_or_else(|what| panic!("{what}"))
    });
    println!("{found:?}");
    many::count(found.commits, "commits whose fsync failed");
    assert!(found.commits > 8 && found.there > 4 && found.read_only > 8, "{found:?}");
    assert!(found.synced > found.commits, "{found:?}");
}

/// When a table has ended, the next fsync of the log fails.
struct FailsBehind(FaultFs);

impl Faults for FailsBehind {
    fn at(&self, point: Point) -> Result<(), String> {
        if point == Point::TableEnded {
            let (operation, files, failure) = (Operation::Sync, Files::Log, Failure::Io);
            self.0.fail(Fault { operation, files, failure, after: 0, times: 1 });
        }
        Ok(())
    }
}

/// The receipts of a table that was dropped go in a write of their own, which nobody waits for the outcome of.
#[test]
fn a_failure_to_forget_receipts_is_final_too() {
    let faults = Arc::new(FailsBehind(FaultFs::with_cache()));
    let disk = MemoryDisk::default();
    let builder = disk.builder().environment(faults.0.environment());
    let store = builder.faults(Arc::clone(&faults) as _).open().expect("a store");
    for table in ["dropped", "kept"] {
        store.create_table(TableSpec::new(table, "id")).expect("a table");
    }
    let put = |table| Mutation::put(table, Document::from_json(r#"{"id":"a"}"#).expect("JSON"));
    store.apply_once("a", &[put("dropped")]).expect("a commit");
    store.drop_table("dropped").expect("the table is gone");
    assert_eq!(faults.0.failed(), 1);
    let outcome = store.apply(put("kept"));
    assert!(matches!(outcome, Err(Error::ReadOnly { .. })), "{outcome:?}");
}

/// RocksDB takes writes again when a full disk has had room for some seconds, and has lost those that failed. A store
/// does not, since nobody knows of them.
#[test]
fn a_disk_that_has_room_again_is_no_reason_to_go_on() {
    let fs = FaultFs::with_cache();
    let disk = MemoryDisk::default();
    let open = || disk.builder().environment(fs.environment()).open().expect("a store");
    let put = |id| Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).expect("JSON");
    let store = open();
    store.create_table(TableSpec::new("t", "id")).expect("a table");
    store.put("t", put("before")).expect("a commit");
    let (operation, files, failure) = (Operation::Append, Files::Log, Failure::NoSpace);
    fs.fail(Fault { operation, files, failure, after: 0, times: u64::MAX });
    let outcome = store.put("t", put("failed"));
    assert!(matches!(outcome, Err(Error::WriteFailed { .. })), "{outcome:?}");
    assert!(fs.mend() > 0);
    #[expect(clippy::disallowed_methods, reason = "RocksDB tries by a clock of its own")]
    std::thread::sleep(Duration::from_secs(6));
    let outcome = store.put("t", put("after"));
    assert!(matches!(outcome, Err(Error::ReadOnly { .. })), "{outcome:?}");
    assert!(store.get("t", "before").expect("a read").is_some());
    drop(store);
    let store = open();
    store.put("t", put("after")).expect("a commit");
    assert!(store.get("t", "before").expect("a read").is_some());
    assert!(store.verify().expect("a verification").is_clean());
}

/// The bytes of the data files below a folder.
fn data_files(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_some_and(|kind| kind == "sst"));
    files.flat_map(|path| std::fs::read(path).expect("a file")).collect()
}

/// A compaction that could not write its files has not taken erased bytes off the disk, and says so.
#[test]
fn a_compaction_that_fails_is_told_of() {
    const SECRET: &str = "Wn4-what-was-erased-has-to-go-3bQ";
    let mut failed = 0;
    for after in 0..16 {
        let dir = tempfile::tempdir().expect("a folder");
        let fs = FaultFs::on_disk();
        let builder = Store::builder(dir.path().join("store")).environment(fs.environment());
        let options = Options { worker: None, ..Options::default() };
        let store = builder.options(options).open().expect("a store");
        store.create_table(TableSpec::new("t", "id")).expect("a table");
        for id in ["a", "b"] {
            let json = format!(r#"{{"id":"{id}","text":"{SECRET}"}}"#);
            store.put("t", Document::from_json(&json).expect("JSON")).expect("a commit");
        }
        store.compact().expect("a compaction");
        for id in ["a", "b"] {
            store.erase("t", id).expect("an erasure");
        }
        let (operation, files, failure) = (Operation::Append, Files::Table, Failure::NoSpace);
        fs.fail(Fault { operation, files, failure, after, times: u64::MAX });
        let outcome = store.compact();
        if fs.mend() == 0 {
            continue;
        }
        failed += 1;
        let health = store.stats().expect("statistics").background_errors;
        let left = data_files(&dir.path().join("store/rocksdb"));
        let is_left = left.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(outcome.is_err() || !is_left, "after {after}: {outcome:?}");
        assert!(health > 0, "after {after}: nobody counts it");
    }
    assert!(failed > 4, "only {failed} compactions failed");
}
