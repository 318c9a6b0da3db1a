//! Everything the engine can refuse or fail with.

use crate::filter::FilterError;
use crate::import::ImportError;
use crate::item::Item;
use crate::write::Expect;
use highwater_format::{FormatError, Incarnation, ItemKey, Millis, NumberError};
use std::path::PathBuf;

/// The result of an engine call.
///
/// ```
/// use highwater::{Result, Store};
/// fn titles(store: &Store) -> Result<usize> {
///     Ok(store.history("notes", "n1")?.len())
/// }
/// # let store = highwater::testing::memory_store()?;
/// assert!(titles(&store).is_err(), "there is no such table yet");
/// # Ok::<(), highwater::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or failed. Unless a variant says otherwise, nothing was changed.
///
/// [`Error::kind`] sorts the variants by what a caller does about them.
///
/// ```
/// use highwater::{Error, ErrorKind, testing::memory_store};
/// let store = memory_store()?;
/// let error = store.get("notse", "n1").unwrap_err();
/// assert_eq!(error.to_string(), "there is no table `notse`");
/// assert!(matches!(&error, Error::UnknownTable { table } if table == "notse"));
/// assert_eq!(error.kind(), ErrorKind::Invalid);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value outside its bounds.
    #[error("{field}: {found} is outside {allowed}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// What it was.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// Something larger than a limit of the store.
    #[error("{what} is {found} bytes, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A table specification that cannot be.
    #[error("table `{table}`: {reason}")]
    BadSpec {
        /// The table's name.
        table: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// There is no table of this name.
    #[error("there is no table `{table}`")]
    UnknownTable {
        /// The name.
        table: String,
    },
    /// There is a table of this name already.
    #[error("there is a table `{table}` already")]
    TableExists {
        /// The name.
        table: String,
    },
    /// The table declares no index of this name.
    #[error("table `{table}` declares no index `{index}` (it has: {known})")]
    UnknownIndex {
        /// The table's name.
        table: String,
        /// The name asked for.
        index: String,
        /// The names it has.
        known: String,
    },
    /// An index of a table with data does not hold everything yet. Wait and repeat, or ask the table.
    #[error(
        "index `{index}` of table `{table}` is still being built; repeat the call when it is done"
    )]
    IndexBuilding {
        /// The table's name.
        table: String,
        /// The index's name.
        index: String,
    },
    /// The index that an answer ran through was dropped between its pages, or while one was read.
    #[error(
        "the index of table `{table}` that this answer ran through was dropped; begin anew without the token"
    )]
    IndexDropped {
        /// The table's name.
        table: String,
    },
    /// A key attribute is missing from the document, or has another type than the table declares.
    #[error("key attribute `{attribute}` of table `{table}` must be a {expected}, found {found}")]
    KeyAttribute {
        /// The table's name.
        table: String,
        /// The attribute's name.
        attribute: String,
        /// The declared type.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// An indexed attribute holds what no scope can be made of.
    #[error(
        "attribute `{attribute}` of index `{index}` must be a string, number, binary or null, found a {found}"
    )]
    IndexedAttribute {
        /// The index's name.
        index: String,
        /// The attribute's name.
        attribute: String,
        /// The type that is there.
        found: &'static str,
    },
    /// An item that is there already cannot be in an index that was to be added. The index was not added,
    /// nor were those that were to be added with it.
    #[error(
        "item {key} of table `{table}` cannot be indexed ({reason}); nothing was added: mend the item and repeat the change"
    )]
    Unindexable {
        /// The table's name.
        table: String,
        /// The item.
        key: Box<ItemKey>,
        /// What is wrong with it, and the index's name.
        reason: String,
    },
    /// A batch that names one item twice.
    #[error("the batch names item {key} of table `{table}` twice (mutations {first} and {second})")]
    DuplicateItem {
        /// The table's name.
        table: String,
        /// The item.
        key: Box<ItemKey>,
        /// The first mutation's place in the batch.
        first: usize,
        /// The second mutation's place in the batch.
        second: usize,
    },
    /// The stored item is not what the mutation believes in, and the table's strategy does not merge.
    #[error("{0}")]
    Conflict(Box<Conflict>),
    /// A three-way merge came to a sum that no number holds. Nothing was written.
    #[error(
        "attribute `{attribute}` of item {key} in table `{table}` cannot be added up: {source}; read the item and write it with its version"
    )]
    MergedNumber {
        /// The table's name.
        table: String,
        /// The item.
        key: Box<ItemKey>,
        /// The top-level attribute that holds the number.
        attribute: String,
        /// Why the sum is no number.
        source: NumberError,
    },
    /// A conflict on a table whose resolver the store was opened without. Nothing was written.
    #[error(
        "a conflict on table `{table}` needs the resolver `{resolver}`; open the store with `StoreBuilder::resolver`"
    )]
    NoResolver {
        /// The table's name.
        table: String,
        /// The resolver's name.
        resolver: String,
    },
    /// A mutation id under which another commit was made. Nothing was written.
    #[error(
        "the mutation id `{id}` belongs to another commit; a retry must repeat it unchanged, and a new commit needs a new id"
    )]
    MutationIdReused {
        /// The id; one that is no text in hex digits.
        id: String,
    },
    /// A filter that is not one.
    #[error("{0}")]
    Filter(#[from] FilterError),
    /// A bulk import that is refused, or cannot go on.
    #[error("{0}")]
    Import(#[from] ImportError),
    /// A document, key or number that cannot be stored, or stored bytes that are none.
    #[error("{0}")]
    Format(#[from] FormatError),
    /// A value that no document can hold, or a document that does not read as the type asked for.
    #[error("at `{path}`: {reason}")]
    Typed {
        /// The way to it: `notes.tags[3]` on the way in, `notes["n1"].tags[3]` on the way out; `$` stands
        /// for a document of no table.
        path: String,
        /// What is wrong there.
        reason: String,
    },
    /// A token or cursor that this request cannot continue from.
    #[error("{field}: {problem}")]
    Token {
        /// `nextToken` or `cursor`.
        field: &'static str,
        /// What is wrong with it.
        problem: TokenProblem,
    },
    /// What the sync was reading has expired while it was read, or a watch is to tell what has expired. Begin
    /// a new sync.
    #[error(
        "the log of table `{table}` expired under this sync or watch; begin a new sync with the last completed lastSync"
    )]
    Expired {
        /// The table's name.
        table: String,
    },
    /// RocksDB holds writers back. Nothing was written; wait and repeat. A sync may be told so too: the clock writes down
    /// how far it may go, every few seconds.
    #[error("writes are held back while the disk catches up; repeat the call after a pause")]
    Busy,
    /// The store is as large as it may become. Nothing was written.
    #[error(
        "the store uses {used} bytes of its budget of {limit}; compact it, shorten TTLs or raise the limit"
    )]
    DiskBudget {
        /// Bytes in use.
        used: u64,
        /// The budget.
        limit: u64,
    },
    /// An earlier write failed with an unknown outcome; reopening the store settles it.
    #[error("the store is read-only since a write failed ({reason}); close it and open it again")]
    ReadOnly {
        /// The failure.
        reason: String,
    },
    /// A write failed and its outcome is unknown: after reopening it is there wholly, or not at all.
    #[error("write failed, outcome unknown until the store is reopened: {reason}")]
    WriteFailed {
        /// The failure.
        reason: String,
    },
    /// Another handle, here or in another process, has the store open.
    #[error("the store at {} is open elsewhere; close the other handle first", .path.display())]
    AlreadyOpen {
        /// The store's folder.
        path: PathBuf,
    },
    /// There is no store at this path, and none was to be made.
    #[error("there is no store at {}", .path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// There is something at this path, but no store.
    #[error("{} is not a highwater store: {reason}", .path.display())]
    NotAStore {
        /// The path.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// The store, or the backup, was written by a newer highwater.
    #[error("{} has format version {found}, this build reads up to {supported}; open it with a newer highwater", .path.display())]
    NewerFormat {
        /// The store's folder.
        path: PathBuf,
        /// Its format version.
        found: u8,
        /// The newest this build reads.
        supported: u8,
    },
    /// The write-ahead log is damaged before its end: opening would silently drop what follows.
    #[error("the write-ahead log of {} is damaged and commits after the damage would be lost ({reason}); restore a backup, or accept the loss with `recover`", .path.display())]
    DamagedLog {
        /// The store's folder.
        path: PathBuf,
        /// What was found, and where.
        reason: String,
    },
    /// A stored value is not what was written.
    #[error(
        "damaged data in {place}: {reason}; run verify, and restore a backup if it is not alone"
    )]
    Damaged {
        /// The family and the key.
        place: String,
        /// What does not fit.
        reason: String,
    },
    /// The operating system or RocksDB failed; the text is theirs.
    #[error("{context}: {reason}")]
    Io {
        /// What was being done.
        context: String,
        /// The failure.
        reason: String,
    },
    /// A copy or a restore was to be written where something is.
    #[error("{} is taken: {by}; name a folder that is empty or not there yet", .path.display())]
    Occupied {
        /// The path.
        path: PathBuf,
        /// What is there.
        by: &'static str,
    },
    /// There is no backup folder at this path, or it holds no backup.
    #[error("{} is not a folder of backups: {reason}", .path.display())]
    NotABackup {
        /// The path.
        path: PathBuf,
        /// What gave it away.
        reason: String,
    },
    /// The folder holds the backups of another store.
    #[error("{} holds the backups of store {theirs}, this is store {ours}; name a folder of its own", .path.display())]
    BackupOfAnother {
        /// The backup folder.
        path: PathBuf,
        /// The first incarnation of the store whose backups it holds.
        theirs: Incarnation,
        /// The first incarnation of this store.
        ours: Incarnation,
    },
    /// A backup is not what was written.
    #[error("backup {id} in {} is damaged ({reason}); restore another one", .path.display())]
    DamagedBackup {
        /// The backup folder.
        path: PathBuf,
        /// The backup.
        id: u32,
        /// What does not fit.
        reason: String,
    },
    /// Another process, or another thread, uses the backup folder.
    #[error("the backups in {} are in use by another backup, check or restore; wait for it", .path.display())]
    BackupInUse {
        /// The backup folder.
        path: PathBuf,
    },
}

/// A version conflict: what was believed and what is there.
///
/// ```
/// use highwater::{Document, Error, Expect, Mutation, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1","title":"Dawn"}"#)?)?;
/// let late = Document::from_json(r#"{"id":"n1","title":"Dusk"}"#)?;
/// let refused = store.apply(Mutation::put("notes", late).expect(Expect::Absent)).unwrap_err();
/// let Error::Conflict(conflict) = refused else { panic!("{refused}") };
/// // What to decide anew from comes with it.
/// assert_eq!(conflict.current.map(|item| item.version), Some(1));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug)]
pub struct Conflict {
    /// The mutation's place in its batch.
    pub index: usize,
    /// The table's name.
    pub table: String,
    /// The item.
    pub key: ItemKey,
    /// What the mutation believed in.
    pub expected: Expect,
    /// The item as it is; a tombstone, or `None` where there is none.
    pub current: Option<Item>,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "conflict on item {} of table `{}`: expected ", self.key, self.table)?;
        match self.expected {
            Expect::Any => write!(f, "any version")?,
            Expect::Absent => write!(f, "no item")?,
            Expect::Version(version) => write!(f, "version {version}")?,
        }
        match &self.current {
            None => write!(f, ", found no item"),
            Some(item) if item.deleted => {
                write!(f, ", found it deleted by version {}", item.version)
            }
            Some(item) => write!(f, ", found version {}", item.version),
        }
    }
}

/// What is wrong with a token or a cursor.
///
/// ```
/// use highwater::{Error, SyncRequest, TableSpec, TableSpecExt, TokenProblem, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// let forged = SyncRequest::new("notes").next_token("bm90IGEgdG9rZW4");
/// let Err(Error::Token { field, problem }) = store.sync(&forged) else { panic!() };
/// assert_eq!(field, "nextToken");
/// assert!(matches!(problem, TokenProblem::Unreadable(_)));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenProblem {
    /// It does not open.
    #[error("{0}")]
    Unreadable(FormatError),
    /// It was made for another question.
    #[error("it belongs to another {0}")]
    Foreign(&'static str),
    /// It was made before the store lost commits; the sync or query must begin anew.
    #[error("it is from before the store was recovered or restored; begin anew")]
    OtherIncarnation,
}

/// What a caller does about an [`Error`].
///
/// ```
/// use highwater::{Error, ErrorKind};
/// /// The status of an HTTP response.
/// fn status(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::Invalid => 400,
///         ErrorKind::Conflict => 409,
///         ErrorKind::SyncAgain => 410,
///         ErrorKind::Retry => 503,
///         ErrorKind::Reopen | ErrorKind::Operator => 500,
///     }
/// }
/// assert_eq!(status(&Error::Busy), 503);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Mend the request; the same one will be refused again.
    Invalid,
    /// Read the current item and decide anew.
    Conflict,
    /// Begin the sync, or the query, anew.
    SyncAgain,
    /// Repeat after a pause.
    Retry,
    /// Close the store and open it again.
    Reopen,
    /// Somebody must look: another process, a newer format, damage, a full or failing disk.
    Operator,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoResolver { .. }
            | Self::DiskBudget { .. }
            | Self::AlreadyOpen { .. }
            | Self::NewerFormat { .. }
            | Self::DamagedLog { .. }
            | Self::Damaged { .. }
            | Self::DamagedBackup { .. }
            | Self::Io { .. }
            // These are of what is stored; the others of what a caller handed in.
            | Self::Format(
                FormatError::Damaged { .. }
                | FormatError::Malformed { .. }
                | FormatError::Version { .. },
            ) => ErrorKind::Operator,
            Self::OutOfRange { .. }
            | Self::TooLarge { .. }
            | Self::BadSpec { .. }
            | Self::UnknownTable { .. }
            | Self::TableExists { .. }
            | Self::UnknownIndex { .. }
            | Self::KeyAttribute { .. }
            | Self::IndexedAttribute { .. }
            | Self::Unindexable { .. }
            | Self::DuplicateItem { .. }
            | Self::MutationIdReused { .. }
            | Self::Filter(_)
            | Self::Format(_)
            | Self::Typed { .. }
            | Self::NotFound { .. }
            | Self::NotAStore { .. }
            | Self::Occupied { .. }
            | Self::NotABackup { .. }
            | Self::BackupOfAnother { .. } => ErrorKind::Invalid,
            Self::Conflict(_) | Self::MergedNumber { .. } => ErrorKind::Conflict,
            Self::Import(error) => error.kind(),
            Self::Token { .. } | Self::Expired { .. } | Self::IndexDropped { .. } => {
                ErrorKind::SyncAgain
            }
            Self::Busy | Self::IndexBuilding { .. } | Self::BackupInUse { .. } => ErrorKind::Retry,
            Self::ReadOnly { .. } | Self::WriteFailed { .. } => ErrorKind::Reopen,
        }
    }

    pub(crate) fn out_of_range(
        field: &'static str,
        found: impl ToString,
        allowed: impl ToString,
    ) -> Self {
        Self::OutOfRange { field, found: found.to_string(), allowed: allowed.to_string() }
    }

    pub(crate) fn io(context: impl Into<String>, reason: &impl ToString) -> Self {
        Self::Io { context: context.into(), reason: reason.to_string() }
    }
}

impl From<crate::storage::StorageError> for Error {
    /// An error while reading. A commit tells its own apart.
    fn from(error: crate::storage::StorageError) -> Self {
        use crate::storage::StorageError;
        match error {
            StorageError::Stalled(_) => Self::Busy,
            StorageError::Value { family, key, source } => Self::Damaged {
                place: format!("{} key {}", family.name(), hex(&key)),
                reason: source.to_string(),
            },
            StorageError::Corruption(reason) => {
                Self::Damaged { place: "a data file".to_owned(), reason }
            }
            StorageError::MissingFamily(_) | StorageError::Locked(_) | StorageError::Io(_) => {
                Self::io("storage", &error)
            }
        }
    }
}

/// Bytes as hex digits, for messages.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number of milliseconds, for messages.
pub(crate) fn ms(millis: Millis) -> String {
    format!("{} ms", millis.0)
}
