//! The shim's functions, as `cpp/faultfs.cc` defines them.

// Names the package whose library the shim is linked with.
use librocksdb_sys::rocksdb_env_t;

/// The shim's file system; nobody looks inside.
#[repr(C)]
pub(crate) struct faultfs_t {
    _inside: [u8; 0],
}

unsafe extern "C" {
    pub(crate) fn faultfs_new(in_memory: bool, hold_back: bool) -> *mut faultfs_t;
    pub(crate) fn faultfs_free(fs: *mut faultfs_t);
    pub(crate) fn faultfs_env(fs: *mut faultfs_t) -> *mut rocksdb_env_t;
    pub(crate) fn faultfs_cut(fs: *mut faultfs_t);
    pub(crate) fn faultfs_is_on(fs: *mut faultfs_t) -> bool;
    pub(crate) fn faultfs_cut_after(fs: *mut faultfs_t, writes: u64);
    pub(crate) fn faultfs_power_on(fs: *mut faultfs_t) -> bool;
    pub(crate) fn faultfs_fail(
        fs: *mut faultfs_t,
        operation: u32,
        files: u32,
        after: u64,
        times: u64,
        no_space: bool,
    );
    pub(crate) fn faultfs_failed(fs: *mut faultfs_t) -> u64;
    pub(crate) fn faultfs_mend(fs: *mut faultfs_t) -> u64;
    pub(crate) fn faultfs_lose_logs(fs: *mut faultfs_t, lose: bool);
}
