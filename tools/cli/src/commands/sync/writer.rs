//! Items as they come, and the summary after them.

use crate::failure::Failure;
use crate::output;
use crate::show::{Columns, Notation, Object, moment, sync_item};
use highwater::{Millis, Mode, SyncItem, SyncPage};
use std::io::Write;

/// What is known when the last page that was asked for has been read.
#[derive(Debug)]
pub(super) struct Summary {
    items: usize,
    scanned: usize,
    pages: u64,
    started_at: Millis,
    mode: Mode,
    reset: bool,
    next_token: Option<String>,
    cursor: Option<String>,
}

impl Summary {
    pub(super) fn of(page: &SyncPage) -> Self {
        Self {
            items: page.items.len(),
            scanned: page.scanned_count,
            pages: 1,
            started_at: page.started_at,
            mode: page.mode,
            reset: page.reset,
            next_token: page.next_token.clone(),
            cursor: page.cursor.clone(),
        }
    }

    /// Goes on with the next page of the same run.
    pub(super) fn add(&mut self, page: &SyncPage) {
        self.items += page.items.len();
        self.scanned += page.scanned_count;
        self.pages += 1;
        self.next_token.clone_from(&page.next_token);
        self.cursor.clone_from(&page.cursor);
    }

    fn mode(&self) -> &'static str {
        match self.mode {
            Mode::Base => "base",
            Mode::Delta => "delta",
            Mode::CatchUp => "catch_up",
        }
    }

    fn text(&self) -> String {
        let what = match (self.mode, self.reset) {
            (Mode::Delta, _) => "changes since, in the order they were made",
            (Mode::CatchUp, _) => "changes since, in key order",
            (Mode::Base, true) => "all of it: replaces what is held",
            (Mode::Base, false) => "all of it",
        };
        let mut columns = Columns::new();
        columns.pair("items", format!("{} of {} examined; {what}", self.items, self.scanned));
        columns.pair("startedAt", format!("{}  ({})", self.started_at.0, moment(self.started_at)));
        if let Some(token) = &self.next_token {
            columns.pair("nextToken", token);
        }
        if let Some(cursor) = &self.cursor {
            columns.pair("cursor", cursor);
        }
        columns.text()
    }
}

/// Writes items as lines, or as the list of one object.
pub(super) struct Writer<W> {
    out: W,
    notation: Notation,
    json: bool,
    any: bool,
    line: String,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut out: W, notation: Notation, json: bool) -> Result<Self, Failure> {
        if json {
            write!(out, "{{\"items\":[")?;
        }
        Ok(Self { out, notation, json, any: false, line: String::new() })
    }

    pub(super) fn item(&mut self, item: &SyncItem) -> Result<(), Failure> {
        self.line.clear();
        sync_item(item, self.notation, true, &mut self.line)?;
        match (self.json, self.any) {
            (true, true) => write!(self.out, ",\n{}", self.line)?,
            (true, false) => write!(self.out, "\n{}", self.line)?,
            (false, _) => writeln!(self.out, "{}", self.line)?,
        }
        self.any = true;
        Ok(())
    }

    pub(super) fn end(mut self, summary: &Summary) -> Result<(), Failure> {
        if self.json {
            let rest = Object::new()
                .field("nextToken", &summary.next_token)
                .field("scannedCount", summary.scanned)
                .field("startedAt", summary.started_at)
                .field("cursor", &summary.cursor)
                .field("mode", summary.mode())
                .field("reset", summary.reset)
                .field("pages", summary.pages)
                .finish();
            // The object goes on where the items end.
            writeln!(self.out, "],{}", rest.trim_start_matches('{'))?;
        }
        self.out.flush()?;
        if !self.json {
            output::note(&summary.text());
        }
        Ok(())
    }
}
