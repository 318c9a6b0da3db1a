//! The rules without which clients end wrong, one scenario each: the shortest history in which taking
//! the rule out of the engine makes a device differ from the store. Deltas are read from the log here, and in
//! `rules_in_memory` from memory.

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

/// Nothing is kept in memory.
const RECENT_BYTES: usize = 0;
