//! The scenarios of `rules` once more, with the newest changes in memory.

#[path = "rules/client.rs"]
mod client;
#[path = "rules/floors.rs"]
mod floors;
#[path = "rules/incarnation.rs"]
mod incarnation;
#[path = "rules/leaving.rs"]
mod leaving;
#[path = "rules/support.rs"]
mod support;
#[path = "rules/time.rs"]
mod time;

/// Everything that these scenarios change.
const RECENT_BYTES: usize = 32 << 20;
