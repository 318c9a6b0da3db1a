//! What the keeper does beside the writers, and how it tells of it.

use serde_json::{Value, json};

/// One thing that the keeper begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Lets go what has expired.
    Expire,
    /// Compacts everything.
    Compact,
    /// Replaces a table by rows of this generation.
    Import(u64),
    /// Copies the store to this folder.
    Checkpoint(String),
    /// Adds an index to the table that is written to, and builds it.
    AddIndex,
    /// Drops that index.
    DropIndex,
    /// Creates the table that comes and goes, and fills it.
    CreateTable,
    /// Drops that table with all that is in it.
    DropTable,
    /// Adds a backup to the folder of backups.
    Backup,
}

impl Task {
    /// What it is called in a tally.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Expire => "expire",
            Self::Compact => "compact",
            Self::Import(_) => "import",
            Self::Checkpoint(_) => "checkpoint",
            Self::AddIndex => "add index",
            Self::DropIndex => "drop index",
            Self::CreateTable => "create table",
            Self::DropTable => "drop table",
            Self::Backup => "backup",
        }
    }

    /// As a part of a line.
    pub(super) fn write(&self) -> Value {
        match self {
            Self::Import(generation) => json!([self.name(), generation]),
            Self::Checkpoint(folder) => json!([self.name(), folder]),
            plain => json!([plain.name()]),
        }
    }

    /// Reads what [`Task::write`] has written.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Some(match value[0].as_str()? {
            "expire" => Self::Expire,
            "compact" => Self::Compact,
            "import" => Self::Import(value[1].as_u64()?),
            "checkpoint" => Self::Checkpoint(value[1].as_str()?.to_owned()),
            "add index" => Self::AddIndex,
            "drop index" => Self::DropIndex,
            "create table" => Self::CreateTable,
            "drop table" => Self::DropTable,
            "backup" => Self::Backup,
            _ => return None,
        })
    }
}
