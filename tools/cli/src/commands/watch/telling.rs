//! Changes as lines, and what is said after the last of them.

use crate::failure::Failure;
use crate::output;
use crate::show::{Columns, Notation, Object, moment, sync_item};
use highwater::{Millis, SyncItem};
use std::io::{BufWriter, StdoutLock, Write};

/// Writes changes to standard output.
pub(super) struct Telling {
    out: BufWriter<StdoutLock<'static>>,
    notation: Notation,
    changes: u64,
    line: String,
}

impl Telling {
    pub(super) fn new(notation: Notation) -> Self {
        Self { out: output::results(), notation, changes: 0, line: String::new() }
    }

    /// How many were told.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Tells them at once: whoever reads a pipe is not kept waiting for the next.
    pub(super) fn tell(&mut self, items: &[SyncItem]) -> Result<(), Failure> {
        for item in items {
            self.line.clear();
            sync_item(item, self.notation, true, &mut self.line)?;
            writeln!(self.out, "{}", self.line)?;
        }
        self.out.flush()?;
        self.changes += items.len() as u64;
        Ok(())
    }
}

/// How far a watch came, and from where to go on.
pub(super) struct Summary {
    pub(super) changes: u64,
    /// Lines of the input that are committed.
    pub(super) lines: Option<u64>,
    pub(super) last_sync: Millis,
    pub(super) cursor: String,
}

impl Summary {
    pub(super) fn text(&self, json: bool) -> String {
        if json {
            let object = Object::new().field("changes", self.changes);
            let object = match self.lines {
                Some(lines) => object.field("lines", lines),
                None => object,
            };
            return object
                .field("startedAt", self.last_sync)
                .field("cursor", &self.cursor)
                .finish();
        }
        let mut columns = Columns::new();
        columns.pair("changes", self.changes);
        if let Some(lines) = self.lines {
            columns.pair("lines", format!("{lines} of the input are committed"));
        }
        columns.pair("startedAt", format!("{}  ({})", self.last_sync.0, moment(self.last_sync)));
        columns.pair("cursor", &self.cursor);
        columns.text()
    }

    /// What ended the watch, with the way to go on.
    pub(super) fn attach(self, failure: Failure) -> Failure {
        let lines = self.lines.unwrap_or_default();
        let failure = failure.detail("changes", self.changes).detail("lines", lines);
        // A cursor is base64: it needs no escapes.
        let failure = failure.detail("cursor", format!("\"{}\"", self.cursor));
        failure
            .hint(format!("lines up to {lines} are committed; go on with --cursor {}", self.cursor))
    }
}
