//! The stores that are held beside each other.

mod engine;
mod fjall;
mod kv;
mod limit;
pub mod limit_import;
mod limit_options;
mod lmdb;
mod redb;
mod sqlite;
mod tables;

use crate::subject::{Kind, Layout};

/// All of them, the engine first and the limit second; buckets of the engine's log are so many milliseconds
/// wide, if not as wide as it makes them.
#[must_use]
pub fn all(bucket_ms: Option<u64>) -> Vec<Box<dyn Kind>> {
    let engine = engine::Engine { bucket_ms };
    let mut kinds: Vec<Box<dyn Kind>> = vec![Box::new(engine), Box::new(limit::Limit)];
    for layout in [Layout::ByHand, Layout::Clustered] {
        kinds.push(Box::new(sqlite::Sqlite(layout)));
        kinds.push(Box::new(lmdb::Lmdb(layout)));
        kinds.push(Box::new(redb::Redb(layout)));
        kinds.push(Box::new(fjall::Fjall(layout)));
    }
    kinds
}

/// The limit alone.
#[must_use]
pub fn limit() -> Box<dyn Kind> {
    Box::new(limit::Limit)
}

fn named(store: &str, layout: Layout) -> String {
    match layout {
        Layout::ByHand => format!("{store}, by hand"),
        Layout::Clustered => format!("{store}, clustered"),
    }
}
