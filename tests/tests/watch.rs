//! Followers: what they are told, from where they go on, who wakes them, and how they end.

#[path = "watch/ending.rs"]
mod ending;
#[path = "watch/resuming.rs"]
mod resuming;
#[path = "rules/support.rs"]
mod support;
#[path = "watch/telling.rs"]
mod telling;
#[path = "watch/threads.rs"]
mod threads;
#[path = "watch/waking.rs"]
mod waking;

/// Followers read from memory, as most of them do.
const RECENT_BYTES: usize = 32 << 20;
