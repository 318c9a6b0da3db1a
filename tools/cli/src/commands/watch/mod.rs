//! `highwater watch`: changes in commit order, as they are committed.

mod follow;
mod telling;

use crate::app::Global;
use crate::commands::import::Input;
use crate::failure::Failure;
use crate::input::{FilterArgs, LeaversChoice, ScopeArgs, span};
use crate::interrupt::Interrupt;
use crate::output;
use crate::session::{table_spec, with_store};
use crate::show::Notation;
use follow::{End, Follower};
use highwater::{Millis, TableSpec, WatchRequest};
use std::path::PathBuf;

/// Tell changes in commit order, as they are committed
///
/// Each change is a line, as `sync` shows it, written out at once. Begin with --since or --cursor, of a sync
/// or of an earlier watch with the same scope, filter and audience: what changed since is told first. Without
/// them it begins now. An item that changed several times is told once, as it is now.
///
/// One process opens a store at a time, so while this command runs, changes come from its own --import alone:
/// each line is committed, and then told as a follower sees it. Without --import the command tells what there
/// is since --since or --cursor, and ends. (Programs that embed the engine follow a store while they write to
/// it: `Store::watch`.)
///
/// At the end, also by Ctrl-C (130), standard error says how many changes were told, how many lines are
/// committed, and the startedAt and the cursor from which to go on; with --json it is one object.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater watch notes --cursor CURSOR
  highwater watch notes --index byOwner=ann --since 1700000000000
  tail -f notes.jsonl | highwater watch notes --import - --index byOwner=ann
  highwater watch notes --import notes.jsonl --filter '{\"stars\":{\"gt\":3}}' --count 10")]
pub(crate) struct Args {
    /// The table's name
    pub(super) table: String,
    /// Tell what changed after the sync, or the watch, with this startedAt
    #[arg(long, value_name = "MS", conflicts_with = "cursor")]
    since: Option<u64>,
    /// Tell what changed after the sync, or the watch, with this cursor
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    cursor: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    filter: FilterArgs,
    /// Put the documents of this JSON Lines file (- for standard input) into the table, one commit each
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// End when so many changes were told
    #[arg(long, value_name = "CHANGES", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End when nothing was told for so long: 30s, 5m [default: when the input ends]
    #[arg(long, value_name = "SPAN", value_parser = span, requires = "import")]
    timeout: Option<Millis>,
    /// When items that changed and no longer pass the filter are told as left
    #[arg(long, value_name = "WHEN", default_value = "report")]
    leavers: LeaversChoice,
    /// Who asks: cursors open for the same audience only
    #[arg(long, value_name = "WHO")]
    audience: Option<String>,
    /// Read and show documents in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        if self.import.is_none() && self.since.is_none() && self.cursor.is_none() {
            return Err(Failure::refused("nothing can come: nobody else writes while this runs")
                .hint("begin in the past with --since or --cursor, or write with --import"));
        }
        let input = self.import.as_deref().map(Input::open).transpose()?;
        let filter = self.filter.filter()?;
        with_store(global, |store| {
            let mut request = self.request(&table_spec(store, &self.table)?)?;
            request.filter = filter;
            let interrupt = Interrupt::watch()?;
            let notation = Notation::of(self.typed);
            let mut follower = Follower::begin(store, request, notation, self.count)?;
            let end = match input {
                None => follower.catch_up(&interrupt),
                Some(input) => follower.import(self, input, &interrupt),
            };
            let told = follower.summary()?;
            match end {
                Ok(end) => {
                    output::note(&told.text(global.json));
                    let interrupted = end == End::Interrupted;
                    if interrupted { Err(Failure::interrupted("")) } else { Ok(()) }
                }
                Err(failure) => Err(told.attach(failure)),
            }
        })
    }

    fn request(&self, spec: &TableSpec) -> Result<WatchRequest, Failure> {
        let mut request = WatchRequest::new(&self.table).leavers(self.leavers.into());
        request.scope = self.scope.request(spec)?;
        request.audience.clone_from(&self.audience);
        if let Some(since) = self.since {
            request = request.last_sync(Millis(since));
        }
        if let Some(cursor) = &self.cursor {
            request = request.cursor(cursor);
        }
        Ok(request)
    }
}
