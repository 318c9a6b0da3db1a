//! Committing line after line, and telling what a follower hears of it.

use super::Args;
use super::telling::{Summary, Telling};
use crate::commands::import::{Beginning, Input, Read, start};
use crate::failure::Failure;
use crate::input::input_name;
use crate::interrupt::Interrupt;
use crate::show::Notation;
use highwater::{Millis, Store, SystemTime, TimeSource, WatchRequest, Watcher};
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How long a Ctrl-C may wait for the input.
const PAUSE: Duration = Duration::from_millis(50);

/// Why it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There is no more, or enough was told.
    Done,
    /// Somebody asked for it.
    Interrupted,
}

/// A watcher, what it tells, and the lines that are committed.
pub(super) struct Follower<'a> {
    store: &'a Store,
    request: WatchRequest,
    watcher: Watcher,
    telling: Telling,
    /// How many more changes are to be told.
    left: Option<u64>,
    lines: Option<u64>,
}

impl<'a> Follower<'a> {
    pub(super) fn begin(
        store: &'a Store,
        request: WatchRequest,
        notation: Notation,
        count: Option<u64>,
    ) -> Result<Self, Failure> {
        let watcher = store.watch(request.clone())?;
        let telling = Telling::new(notation);
        Ok(Self { store, request, watcher, telling, left: count, lines: None })
    }

    /// Tells what there is by now. `Some` when that is all.
    fn tell(&mut self, interrupt: &Interrupt) -> Result<Option<End>, Failure> {
        while !interrupt.is_raised() {
            let Some(mut batch) = self.watcher.try_next()? else {
                return Ok(None);
            };
            let wanted =
                self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
            let cut = batch.items.len() > wanted;
            batch.items.truncate(wanted);
            self.telling.tell(&batch.items)?;
            if let (true, Some(last)) = (cut, batch.items.last()) {
                // To go on from what was told, not from what was read.
                self.watcher = self.store.watch(self.request.clone().after(last.changed_at))?;
            }
            self.left = self.left.map(|left| left.saturating_sub(batch.items.len() as u64));
            if self.left == Some(0) {
                return Ok(Some(End::Done));
            }
        }
        Ok(Some(End::Interrupted))
    }

    /// Tells everything since the beginning.
    pub(super) fn catch_up(&mut self, interrupt: &Interrupt) -> Result<End, Failure> {
        Ok(self.tell(interrupt)?.unwrap_or(End::Done))
    }

    /// Commits each line and tells what came of it, until the input ends or nothing came for `quiet`.
    pub(super) fn import(
        &mut self,
        args: &Args,
        input: Input,
        interrupt: &Interrupt,
    ) -> Result<End, Failure> {
        let name = input_name(args.import.as_deref().unwrap_or(Path::new("-")));
        let lines = start(input, Notation::of(args.typed), Beginning::Skip(0))?;
        let clock = SystemTime::default();
        let mut heard = clock.monotonic();
        self.lines = Some(0);
        loop {
            let told = self.telling.changes();
            if let Some(end) = self.tell(interrupt)? {
                return Ok(end);
            }
            if self.telling.changes() > told {
                heard = clock.monotonic();
            }
            let quiet = clock.monotonic().saturating_sub(heard);
            if args.timeout.is_some_and(|Millis(most)| quiet >= Duration::from_millis(most)) {
                return Ok(End::Done);
            }
            match lines.recv_timeout(PAUSE) {
                Ok(Read::Line(line)) => {
                    let place =
                        |failure: Failure| failure.at(format!("{name}, line {}", line.number));
                    let put = self.store.put(&args.table, line.document);
                    put.map_err(|error| place(error.into()))?;
                    self.lines = Some(line.number);
                }
                Ok(Read::Bad { failure, .. }) => return Err(failure),
                Ok(Read::End { .. }) => return Ok(End::Done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::new("io", "the input ended without an end").at(name));
                }
            }
        }
    }

    /// How far it came.
    pub(super) fn summary(&self) -> Result<Summary, Failure> {
        Ok(Summary {
            changes: self.telling.changes(),
            lines: self.lines,
            last_sync: self.watcher.last_sync(),
            cursor: self.watcher.cursor()?,
        })
    }
}
