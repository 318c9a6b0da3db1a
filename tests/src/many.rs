//! Many trials at a time: they wait for a disk, or for RocksDB, which sleeps for a second after a flush has failed.

use std::ops::AddAssign;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many run at once.
const AT_ONCE: u64 = 24;

/// A number from the environment, or this one.
///
/// # Panics
/// If it is none.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Says how much was tried: `make prove` gathers these lines.
pub fn count(number: u64, of_what: &str) {
    println!("counted: {number} {of_what}");
}

/// Runs `0..count`, and adds up what comes of it.
///
/// # Panics
/// If one of them does.
pub fn run<T: AddAssign + Default + Send>(count: u64, one: impl Fn(u64) -> T + Sync) -> T {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(T::default()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(count) {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    let found = one(n);
                    *sum.lock().expect("a sum") += found;
                }
            });
        }
    });
    sum.into_inner().expect("a sum")
}
