//! highwater: a delta-sync storage engine for backends whose clients work offline.
//!
//! A client asks one question, *what changed since I last asked?*, and must be able to trust the answer.
//! highwater keeps AppSync's Sync model (a versioned base table, a delta log with an index, `lastSync` in,
//! `startedAt` and an encrypted `nextToken` out) in RocksDB column families, and repairs what its users
//! lose rows to: clocks, ties, deletes and filters.
//!
//! Begin with [`Store`]; [`SyncRequest`] is the question, [`SyncPage`] the answer, [`Replica`] a client
//! that follows the protocol.
//!
//! # Guarantees
//! * A client that holds every page of a sync that began at `started_at`, and later asks with
//!   `last_sync = started_at`, has missed nothing, whatever was committing at the time, whatever crashed,
//!   wherever the wall clock went.
//! * A mutation touches all of its places or none: there is no state between base and log.
//! * A flipped bit is an error that names its place, never a wrong answer.
//!
//! ARCHITECTURE.md tells how; the README what it costs and what it is not.

mod backup;
mod catalog;
mod clock;
mod digest;
mod entropy;
mod error;
mod fault;
mod filter;
mod health;
mod import;
mod indexing;
mod item;
mod lock;
mod log;
mod metrics;
mod options;
mod query;
mod read;
mod recent;
mod replica;
mod retention;
mod stats;
mod status;
mod storage;
mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod typed;
mod verify;
mod watch;
mod write;

pub use backup::{
    BackupCheck, BackupInfo, BackupOptions, BackupReport, CopyReport, RestoreOptions,
    RestoreReport, backups, check_backups,
};
pub use catalog::{IndexChange, TableSpecExt};
pub use clock::{Leap, SystemTime, TimeSource};
pub use error::{Conflict, Error, ErrorKind, Result, TokenProblem};
pub use filter::{Filter, FilterError, Place, Subject};
pub use import::{BulkImport, BulkOptions, BulkProgress, BulkReport, BulkTarget, ImportError};
pub use indexing::{IndexKind, IndexStats};
pub use item::Item;
pub use metrics::{Counter, Gauge, Histogram, Metrics};
pub use options::{ClockLimits, Durability, Limits, Options, Tuning, Worker, WriteStall};
pub use query::{QueryPage, QueryRequest, SortCondition};
pub use read::{ListPage, ListRequest};
pub use replica::{Replica, ReplicaItem, ReplicaView, SyncSource, Synced};
pub use retention::CompactReport;
pub use stats::{ClockStats, FamilyStats, RocksStats, Stats, TableStats};
pub use status::{HealthReport, Status};
pub use store::{Store, StoreBuilder};
pub use sync::{
    Leavers, Mode, Paging, ScopeRequest, Since, State, SyncItem, SyncPage, SyncRequest, TablesPage,
    TablesPart, TablesRequest,
};
pub use typed::{Table, TypedChange, TypedList, TypedPage, Versioned, from_document, to_document};
pub use verify::{Problem, VerifyReport};
pub use watch::{WatchBatch, WatchFrom, WatchRequest, Watcher};
pub use write::{Change, Clash, Expect, Mutation, Outcome, Resolution, Resolver, Update};

pub use highwater_format::meta::{
    ConflictStrategy, Floors, IndexPhase, IndexSpec, KeyAttribute, KeyKind, LookupSpec, MergeRule,
    MergeRules, Projection, TableSpec, Ttls,
};
pub use highwater_format::{
    Digest, Document, FormatError, Incarnation, ItemKey, KeyText, KeyValue, ListRef, MapRef,
    Millis, Number, NumberError, SetRef, Timestamp, Value, ValueRef, parse_json, parse_typed_json,
    parse_typed_value, write_json, write_json_string, write_typed_json,
};

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
