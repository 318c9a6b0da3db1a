//! Checkpoints, copies, backups and restores: what they hold, whom they reset, what an interruption
//! leaves, and what they refuse.

#[path = "backup/backups.rs"]
mod backups;
#[path = "backup/checkpoint.rs"]
mod checkpoint;
#[path = "backup/copy.rs"]
mod copy;
#[path = "backup/damage.rs"]
mod damage;
#[path = "backup/hot.rs"]
mod hot;
#[path = "backup/interrupted.rs"]
mod interrupted;
#[path = "backup/restore.rs"]
mod restore;
#[path = "backup/support.rs"]
mod support;
