//! Whether the store may still be written to.
//!
//! After a write whose outcome is unknown, RocksDB may repair itself and accept the next one, with or
//! without the failed one before it. Nothing above could tell, so the first failure is final until the
//! store is opened again.

use crate::error::{Error, Result};
use crate::storage::StorageError;
use crate::watch::Hub;
use std::sync::{Arc, OnceLock};

const CLOSED: &str = "the store was closed";

/// What a closed store answers.
pub(crate) fn closed() -> Error {
    Error::ReadOnly { reason: CLOSED.to_owned() }
}

/// Sticky failure.
#[derive(Debug)]
pub(crate) struct Health {
    failure: OnceLock<String>,
    /// Those who wait for a commit, and must hear that none will come.
    followers: Arc<Hub>,
}

impl Health {
    pub(crate) fn new(followers: Arc<Hub>) -> Self {
        Self { failure: OnceLock::new(), followers }
    }

    /// Refuses if a write has failed, or the store was closed.
    pub(crate) fn check(&self) -> Result<()> {
        match self.failure.get() {
            None => Ok(()),
            Some(reason) => Err(Error::ReadOnly { reason: reason.clone() }),
        }
    }

    /// From now on nothing is written and no time is handed out; refuses if a write has failed.
    pub(crate) fn close(&self) -> Result<()> {
        self.check()?;
        // A failure that came in between has made the store read-only already.
        let _ = self.failure.set(CLOSED.to_owned());
        Ok(())
    }

    /// Records a failed write and gives the error to return for it.
    pub(crate) fn fail(&self, error: &StorageError) -> Error {
        let reason = error.to_string();
        if self.failure.set(reason.clone()).is_ok() {
            tracing::error!(%reason, "a write failed; the store is read-only until it is reopened");
        }
        self.followers.wake_all();
        Error::WriteFailed { reason }
    }

    /// The first failure, if there was one.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}
