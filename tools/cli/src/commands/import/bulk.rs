//! Bulk: the whole input sorted on disk, then a table that is there at once.

use super::prefix::Prefix;
use super::reader::{self, Beginning, Input, Line, Read};
use super::{Args, PAUSE};
use crate::app::Global;
use crate::failure::Failure;
use crate::input::input_name;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Progress;
use crate::session::with_store;
use crate::show::{Notation, Object, count, safe};
use highwater::{BulkImport, BulkOptions, BulkReport, Error, ImportError, Store};
use std::ops::ControlFlow;
use std::sync::mpsc::RecvTimeoutError;

/// A bulk import under way.
pub(super) struct Bulk<'a> {
    args: &'a Args,
    import: BulkImport,
    /// The last line that was taken.
    last: u64,
}

/// One that has come to its end.
pub(super) struct Done {
    documents: u64,
    report: BulkReport,
}

impl<'a> Bulk<'a> {
    /// Begins, or goes on with one that was cut off.
    pub(super) fn begin(store: &Store, args: &'a Args) -> Result<Self, Failure> {
        let options = BulkOptions { replace: args.replace, ..BulkOptions::default() };
        let import = store.bulk_import(args.table.as_str(), options)?;
        Ok(Self { args, import, last: 0 })
    }

    /// Takes line after line, and makes the table.
    pub(super) fn run(
        mut self,
        input: Input,
        interrupt: &Interrupt,
        progress: Progress,
        json: bool,
    ) -> Result<Done, Failure> {
        let mark = self.import.mark();
        // One that has taken documents and kept no mark has read them elsewhere.
        let is_ours = self.import.accepted() == 0 || !mark.is_empty();
        let prefix = Prefix::of_mark(mark).filter(|_| is_ours).ok_or_else(|| {
            let message = "the bulk import that was interrupted was begun by another program";
            Failure::refused(message).hint(self.begin_anew())
        })?;
        if self.import.accepted() > 0 {
            tracing::info!(lines = prefix.lines, "going on with an import that was cut off");
        }
        let beginning = Beginning::After(prefix);
        let lines = reader::start(input, Notation::of(self.args.typed), beginning)?;
        loop {
            if interrupt.is_raised() {
                return Err(self.interrupted());
            }
            match lines.recv_timeout(PAUSE) {
                Ok(Read::Line(line)) => {
                    progress.reach(line.end);
                    self.take(line)?;
                }
                Ok(Read::Bad { number, failure }) => return Err(self.stopped(number, failure)),
                Ok(Read::End { lines }) if lines < prefix.lines => {
                    let message = format!(
                        "the input has {}, the bulk import that was interrupted has taken {}",
                        count(lines, "line"),
                        prefix.lines
                    );
                    return Err(Failure::refused(message).hint(self.begin_anew()));
                }
                Ok(Read::End { .. }) => break,
                // Somebody who watches may want to know.
                Err(RecvTimeoutError::Timeout) => {
                    tracing::debug!(last = self.last, "the input pauses");
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let failure = Failure::new("io", "the input ended without an end");
                    return Err(self.stopped(self.last + 1, failure));
                }
            }
        }
        drop(progress);
        self.finish(interrupt, json)
    }

    fn take(&mut self, line: Line) -> Result<(), Failure> {
        match self.import.push(line.document) {
            Ok(()) => {}
            Err(error) => {
                // What a line is told, rather than a document of a certain number.
                let error = match error {
                    Error::Import(ImportError::Document { source, .. }) => *source,
                    error => error,
                };
                let place = format!("{}, line {}", input_name(&self.args.file), line.number);
                return Err(self.stopped(line.number, Failure::from(error).at(place)));
            }
        }
        self.last = line.number;
        let mark = line.prefix.map(Prefix::to_mark).unwrap_or_default();
        Ok(self.import.set_mark(mark)?)
    }

    fn finish(mut self, interrupt: &Interrupt, json: bool) -> Result<Done, Failure> {
        let documents = self.import.flush()?;
        let (accepted, again) = (self.accepted(), self.go_on());
        let mut bar = None;
        let finished = self.import.finish_with(&mut |progress| {
            let bar = bar.get_or_insert_with(|| Progress::items(Some(progress.total), json));
            bar.reach_of(progress.placed, progress.total);
            if interrupt.is_raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        drop(bar);
        match finished {
            Ok(report) => Ok(Done { documents, report }),
            Err(Error::Import(ImportError::Interrupted { .. })) => {
                let failure = Failure::interrupted(format!("interrupted: {accepted}"));
                Err(failure.detail("accepted", documents).hint(again))
            }
            Err(error) => Err(Failure::from(error).detail("accepted", documents)),
        }
    }

    /// The import ended at `line`: how far it got, and how to go on.
    fn stopped(&mut self, line: u64, failure: Failure) -> Failure {
        if let Err(error) = self.import.flush() {
            return error.into();
        }
        let first = if failure.is_invalid() { "mend the line, and " } else { "" };
        let hint = format!("{}; {first}{}", self.accepted(), self.go_on());
        failure.detail("accepted", self.import.accepted()).detail("line", line).hint(hint)
    }

    /// Somebody asked for an end.
    fn interrupted(&mut self) -> Failure {
        if let Err(error) = self.import.flush() {
            return error.into();
        }
        let failure = Failure::interrupted(format!("interrupted: {}", self.accepted()));
        failure.detail("accepted", self.import.accepted()).hint(self.go_on())
    }

    fn accepted(&self) -> String {
        let verb = if self.import.accepted() == 1 { "is" } else { "are" };
        let documents = count(self.import.accepted(), "document");
        format!("{documents} {verb} sorted and kept, none is visible yet")
    }

    fn go_on(&self) -> String {
        format!(
            "run the same command again to go on, or `highwater import {} --abandon`",
            safe(&self.args.table)
        )
    }

    fn begin_anew(&self) -> String {
        let table = safe(&self.args.table);
        format!("give the same input, or begin anew after `highwater import {table} --abandon`")
    }
}

impl Done {
    /// What is said in the end.
    pub(super) fn told(&self, seconds: f64, json: bool) -> String {
        let Self { documents, report } = self;
        if json {
            return Object::new()
                .field("documents", documents)
                .field("written", report.items)
                .field("bulk", true)
                .field("seconds", seconds)
                .finish();
        }
        let replaced = match report.duplicates {
            0 => String::new(),
            n => format!(", {n} of them replaced by later ones"),
        };
        format!("imported {} in bulk{replaced} in {seconds:.2} s", count(*documents, "document"))
    }
}

/// Gives up an import that was cut off.
pub(super) fn abandon(table: &str, global: &Global) -> Result<(), Failure> {
    with_store(global, |store| {
        let there = store.abandon_bulk_import(table)?;
        let table = safe(table);
        let told = match (global.json, there) {
            (true, _) => Object::new().field("abandoned", there).finish(),
            (false, true) => format!("the bulk import of `{table}` is given up"),
            (false, false) => format!("there was no bulk import of `{table}` to give up"),
        };
        Ok(output::result(&told)?)
    })
}
