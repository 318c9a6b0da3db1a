//! Which boot of the machine this is: whether it went down since the store was last open.

use std::fs;

/// The kernel's boot id; empty where there is none, which then counts as another boot.
pub(super) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
