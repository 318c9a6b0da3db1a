//! The locks and counts that commits and readers meet at: `parking_lot`'s, or with `--cfg shuttle` those at which a test decides
//! who goes on (`tests/tests/schedules.rs`).
//!
//! What RocksDB's own threads take, or a thread of ours that no test starts, is `parking_lot`'s in either build.

#[cfg(not(shuttle))]
pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(not(shuttle))]
pub(crate) use std::sync::atomic::AtomicUsize;

#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::AtomicUsize;
#[cfg(shuttle)]
pub(crate) use shuttle_parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
