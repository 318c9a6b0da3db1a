//! Copies of a store: checkpoints, copies with keys of their own, backups, and what is restored from them.

mod check;
mod copy;
mod create;
mod folder;
mod info;
mod restore;
#[cfg(test)]
mod tests;

pub use check::{BackupCheck, check_backups};
pub use copy::CopyReport;
pub use create::{BackupOptions, BackupReport};
pub use info::{BackupInfo, backups};
pub use restore::{RestoreOptions, RestoreReport};
