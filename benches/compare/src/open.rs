//! A subject that is open, beside what it must hold.

use crate::disk;
use crate::model::Model;
use crate::subject::{Result, Subject};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Whoever is not quiet by then never will be.
pub const PATIENCE: Duration = Duration::from_secs(1200);

/// A subject that is open.
pub struct Open {
    /// The name in tables.
    pub name: String,
    /// The store.
    pub subject: Box<dyn Subject>,
    /// Its folder.
    pub folder: PathBuf,
    /// What it must hold.
    pub model: Model,
}

impl Open {
    /// Waits until all that was written is on disk and nothing goes on.
    pub fn quiet(&self) -> Result<()> {
        self.subject.settle()?;
        let (mut quiet, start) = (0, Instant::now());
        // Work is handed from one thread to another: once is not enough.
        while quiet < 3 {
            quiet = if self.subject.is_quiet()? { quiet + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(1));
            if start.elapsed() > PATIENCE {
                return Err(format!("{} does not come to rest", self.name).into());
            }
        }
        disk::sync(&self.folder)
    }
}
