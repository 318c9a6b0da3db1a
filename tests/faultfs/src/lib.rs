//! A file system for RocksDB that fails on demand, and forgets what was not synced.
//!
//! RocksDB carries the simulator that its own tests use, `FaultInjectionTestFS`; a shim of C++ hands it to the
//! Rust binding as an environment, with a layer above that counts operations. Direct I/O is not simulated.
//!
//! Beside it, a library that makes a call of the operating system fail in a process that is none the wiser.

mod ffi;

use rocksdb::Env;
use std::ptr::NonNull;

/// A library for `LD_PRELOAD`: of the process's calls of `fdatasync` on write-ahead logs below the folder that the
/// variable `FAIL_LOG_IN` names, the one that `FAIL_LOG_SYNC` numbers, from 1, fails with `EIO`. What was written stays
/// in the page cache.
pub const FAILING_FSYNC: &str = concat!(env!("OUT_DIR"), "/failing_fsync.so");

/// What the file system is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Bytes go to the end of a file.
    Append = 0,
    /// A file is put on disk.
    Sync = 1,
    /// Bytes are read.
    Read = 2,
    /// A file is made.
    Create = 3,
}

/// Which files an operation is to fail on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Files {
    /// Every file that holds data.
    Any = 0,
    /// The write-ahead log.
    Log = 1,
    /// Tables of sorted keys.
    Table = 2,
    /// The list of the database's files.
    Manifest = 3,
}

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// An I/O error.
    Io,
    /// The disk is full.
    NoSpace,
}

/// What fails, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The operation that fails.
    pub operation: Operation,
    /// On which files.
    pub files: Files,
    /// How.
    pub failure: Failure,
    /// How many operations of this kind go well before.
    pub after: u64,
    /// How many fail.
    pub times: u64,
}

/// A file system of its own.
#[derive(Debug)]
pub struct FaultFs(NonNull<ffi::faultfs_t>);

// SAFETY: everything behind the pointer is either set once or behind a lock of its own.
unsafe impl Send for FaultFs {}
// SAFETY: as above; every function of the shim may be called from any thread.
unsafe impl Sync for FaultFs {}

impl FaultFs {
    /// In memory; what was not synced is lost when the power is cut.
    ///
    /// # Panics
    /// If there is no memory for it.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(true, true)
    }

    /// On the real disk; what was not synced is kept back from it, and lost when the power is cut.
    ///
    /// # Panics
    /// As [`FaultFs::in_memory`].
    #[must_use]
    pub fn on_disk() -> Self {
        Self::new(false, true)
    }

    /// In memory, as a process sees the page cache: what was written is there, synced or not.
    ///
    /// # Panics
    /// As [`FaultFs::in_memory`].
    #[must_use]
    pub fn with_cache() -> Self {
        Self::new(true, false)
    }

    fn new(in_memory: bool, hold_back: bool) -> Self {
        // SAFETY: no precondition; the shim owns what it gives until `faultfs_free`.
        let raw = unsafe { ffi::faultfs_new(in_memory, hold_back) };
        Self(NonNull::new(raw).expect("memory for a file system"))
    }

    /// The environment to open a database in. It keeps what it needs of the file system alive.
    #[must_use]
    pub fn environment(&self) -> Env {
        // SAFETY: the shim gives a new environment that nobody else owns; `Env` destroys it once.
        unsafe { Env::from_raw(ffi::faultfs_env(self.0.as_ptr())) }
    }

    /// Cuts the power: every operation fails from here on.
    pub fn cut(&self) {
        // SAFETY: the pointer is valid until `self` is dropped.
        unsafe { ffi::faultfs_cut(self.0.as_ptr()) }
    }

    /// Cuts the power when so many more operations have changed files: at the first for 1.
    pub fn cut_after(&self, writes: u64) {
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_cut_after(self.0.as_ptr(), writes) }
    }

    /// Whether the power is on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_is_on(self.0.as_ptr()) }
    }

    /// Turns the power on again: bytes that were not synced are gone, and so are files whose names were not.
    /// No database may be open in it.
    ///
    /// # Panics
    /// If the files below do not do as they are told.
    pub fn power_on(&self) {
        // SAFETY: as in `cut`.
        let done = unsafe { ffi::faultfs_power_on(self.0.as_ptr()) };
        assert!(done, "what was not synced could not be dropped");
    }

    /// From here on this goes wrong, and nothing that was set before.
    pub fn fail(&self, fault: Fault) {
        let Fault { operation, files, failure, after, times } = fault;
        let no_space = failure == Failure::NoSpace;
        let (operation, files) = (operation as u32, files as u32);
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_fail(self.0.as_ptr(), operation, files, after, times, no_space) }
    }

    /// How many operations have failed of those that [`FaultFs::fail`] set.
    #[must_use]
    pub fn failed(&self) -> u64 {
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_failed(self.0.as_ptr()) }
    }

    /// Nothing fails any more; gives how many operations did.
    pub fn mend(&self) -> u64 {
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_mend(self.0.as_ptr()) }
    }

    /// Whether logs that are made from here on go nowhere, as if there was no write-ahead log: for the test
    /// of a test.
    pub fn lose_logs(&self, lose: bool) {
        // SAFETY: as in `cut`.
        unsafe { ffi::faultfs_lose_logs(self.0.as_ptr(), lose) }
    }
}

impl Drop for FaultFs {
    fn drop(&mut self) {
        // SAFETY: it came from `faultfs_new`, and nothing uses it afterwards: environments share what
        // they need of it.
        unsafe { ffi::faultfs_free(self.0.as_ptr()) }
    }
}
