//! `highwater import`: many documents, from a file or a pipe.

mod bulk;
mod load;
mod prefix;
mod reader;

use crate::app::Global;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Progress;
use crate::session::{table_spec, with_store};
use crate::show::{Notation, Object, count};
use highwater::{ListRequest, Store, SystemTime, TableSpec, TimeSource};
use load::Load;
pub(super) use reader::{Beginning, Input, Read, start};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How long an input may pause before what came so far is committed, and a Ctrl-C may wait.
const PAUSE: Duration = Duration::from_millis(100);

/// Put documents from JSON Lines into a table
///
/// Documents are committed in batches, in the order of the lines; an item that stands on several lines gets
/// a version for each. A line that cannot be stored ends the import: every line before it is committed, and
/// the error says how to resume. Ctrl-C commits what was read and ends with 130. Empty lines are skipped.
///
/// In bulk, documents are sorted on disk, and the table gets all of them at once, each at version 1; of
/// several with one key the last counts, and every client of the table is reset. An import that was cut off
/// goes on where it got to when the same command is run again. A file of 64 MiB or more is imported in bulk
/// if the table is empty.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater import notes notes.jsonl
  highwater export notes --store old --typed | highwater import notes --store new --typed
  highwater import notes notes.jsonl --skip 1500
  highwater import notes notes.jsonl --bulk
  highwater import notes --abandon")]
pub(crate) struct Args {
    /// The table's name
    pub(super) table: String,
    /// The file, or - for standard input
    #[arg(default_value = "-")]
    pub(super) file: PathBuf,
    /// The documents are in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
    /// Write nothing for a document that is the same already
    #[arg(long)]
    pub(super) if_changed: bool,
    /// Leave out this many lines at the beginning
    #[arg(long, value_name = "LINES", default_value_t = 0)]
    pub(super) skip: u64,
    /// Documents that are committed together, at most; a batch also ends at 4 MiB
    #[arg(long, value_name = "DOCUMENTS", default_value_t = 500,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) batch: u16,
    /// Import in bulk; `auto` does for large files and empty tables
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true,
          default_value = "auto", default_missing_value = "always",
          conflicts_with_all = ["skip", "if_changed", "batch"])]
    bulk: BulkChoice,
    /// Import in bulk, and let the table have these documents instead of those it has
    #[arg(long, conflicts_with_all = ["skip", "if_changed", "batch"])]
    replace: bool,
    /// Give up a bulk import that was interrupted, and what it has taken
    #[arg(long, conflicts_with_all = ["file", "typed", "skip", "if_changed", "batch", "bulk", "replace"])]
    abandon: bool,
}

/// The values of `--bulk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BulkChoice {
    /// Files of 64 MiB or more, into empty tables
    Auto,
    /// In any case; the table must be empty, or --replace
    Always,
    /// Not at all
    Never,
}

/// From this size on a file is imported in bulk.
const BULK_FROM: u64 = 64 << 20;

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        if self.abandon {
            return bulk::abandon(&self.table, global);
        }
        let input = Input::open(&self.file)?;
        with_store(global, |store| {
            let spec = table_spec(store, &self.table)?;
            let interrupt = Interrupt::watch()?;
            let progress = Progress::bytes(input.size(), global.json);
            let time = SystemTime::default();
            if self.is_bulk(store, input.size())? {
                let import = bulk::Bulk::begin(store, self)?;
                let done = import.run(input, &interrupt, progress, global.json)?;
                let seconds = time.monotonic().as_secs_f64();
                return Ok(output::result(&done.told(seconds, global.json))?);
            }
            let lines = start(input, Notation::of(self.typed), Beginning::Skip(self.skip))?;
            let load = Load::new(store, self);
            let load = self.load(load, &spec, &lines, &interrupt, &progress)?;
            drop(progress);
            let seconds = time.monotonic().as_secs_f64();
            Ok(output::result(&summary(&load, seconds, global.json))?)
        })
    }

    /// Whether the table is to appear at once.
    fn is_bulk(&self, store: &Store, size: Option<u64>) -> Result<bool, Failure> {
        let large = size.is_some_and(|size| size >= BULK_FROM);
        Ok(match self.bulk {
            _ if self.replace => true,
            BulkChoice::Always => true,
            BulkChoice::Never => false,
            BulkChoice::Auto if !large || self.if_changed || self.skip > 0 => false,
            BulkChoice::Auto => {
                let first = store.list(&ListRequest::new(&self.table).limit(1))?;
                first.items.is_empty() && first.next.is_none()
            }
        })
    }

    /// Loads line after line, to the end.
    fn load<'a>(
        &self,
        mut load: Load<'a>,
        spec: &TableSpec,
        lines: &Receiver<Read>,
        interrupt: &Interrupt,
        progress: &Progress,
    ) -> Result<Load<'a>, Failure> {
        loop {
            if interrupt.is_raised() {
                load.flush()?;
                return Err(load.interrupted());
            }
            match lines.recv_timeout(PAUSE) {
                Ok(Read::Line(line)) => {
                    progress.reach(line.end);
                    if load.add(line, spec)? {
                        progress.say(|| count(load.documents, "document"));
                    }
                }
                Ok(Read::Bad { number, failure }) => {
                    load.flush()?;
                    return Err(load.stopped(number, failure));
                }
                Ok(Read::End { lines }) if lines < self.skip => {
                    let lines = count(lines, "line");
                    let message = format!("--skip {}: the input has only {lines}", self.skip);
                    return Err(Failure::refused(message));
                }
                Ok(Read::End { .. }) => {
                    load.flush()?;
                    return Ok(load);
                }
                Err(RecvTimeoutError::Timeout) => load.flush()?,
                Err(RecvTimeoutError::Disconnected) => {
                    load.flush()?;
                    let failure = Failure::new("io", "the input ended without an end");
                    return Err(load.stopped(load.through + 1, failure));
                }
            }
        }
    }
}

fn summary(load: &Load<'_>, seconds: f64, json: bool) -> String {
    let Load { documents, written, .. } = load;
    if json {
        return Object::new()
            .field("documents", documents)
            .field("written", written)
            .field("seconds", seconds)
            .finish();
    }
    let unchanged = match documents - written {
        0 => String::new(),
        unchanged => format!(", {unchanged} of them unchanged"),
    };
    format!("imported {}{unchanged} in {seconds:.2} s", count(*documents, "document"))
}
