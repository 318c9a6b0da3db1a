//! A device: a replica of one table with its views, each perhaps amid a run.

use super::commit::Known;
use super::index::Index;
use super::view::View;
use highwater::{
    Digest, Incarnation, ItemKey, Millis, Mode, Replica, Since, SyncPage, SyncRequest,
};
use std::collections::{BTreeSet, VecDeque};

/// A device.
#[derive(Debug, Clone)]
pub struct Device {
    pub replica: Replica,
    pub views: Vec<Viewing>,
    /// A copy of itself to go back to.
    kept: Option<Box<Device>>,
}

/// A view and where its device is with it.
#[derive(Debug, Clone)]
pub struct Viewing {
    pub view: View,
    /// The device's own name for it.
    pub name: String,
    pub run: Option<Run>,
    /// Where and when the last completed run began: what its cursor is bound to.
    pub completed: Option<Bound>,
    /// The store refused the cursor.
    pub cursor_refused: bool,
}

/// What tokens are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    pub incarnation: Incarnation,
    pub known: Known,
}

/// A run: the pages from a first one without token to a last one without token.
#[derive(Debug, Clone)]
pub struct Run {
    /// Where page 1 was read.
    pub began: Bound,
    /// Where the newest page was read.
    pub bound: Bound,
    pub since: Since,
    /// As each page says.
    pub mode: Mode,
    pub reset: bool,
    /// The index that it reads through.
    pub through: Option<Index>,
    pub started_at: Millis,
    pub next_token: Option<String>,
    pub pages: usize,
    /// What it has told: no item twice.
    pub told: BTreeSet<ItemKey>,
    /// Pages that are not yet applied.
    pub waiting: VecDeque<SyncPage>,
    /// Whether anything happened inside of one of its pages.
    pub disturbed: bool,
    /// What the last page tells of the copy.
    pub digest: Option<Digest>,
}

/// A page that is being asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub device: usize,
    pub view: usize,
    pub request: SyncRequest,
    pub deliver: bool,
    /// What was known when it was asked.
    pub bound: Bound,
    /// What was known when it was answered, where the indexes have changed meanwhile.
    pub until: Bound,
    /// The view is of a scope whose index does not answer yet.
    pub waits: bool,
    /// The index that answers it.
    pub index: Option<Index>,
    /// Something happens while it is answered.
    pub disturbed: bool,
}

impl Run {
    /// Whether it tells what the log of the whole table holds.
    pub fn is_by_log(&self) -> bool {
        self.mode == Mode::Delta && self.through.is_none()
    }
}

impl Asked {
    pub fn disturbed(self) -> Self {
        Self { disturbed: true, ..self }
    }
}

impl Device {
    pub fn new(views: &[View]) -> Self {
        let viewing = |(place, view): (usize, &View)| Viewing {
            view: view.clone(),
            name: format!("view {place}"),
            run: None,
            completed: None,
            cursor_refused: false,
        };
        let views = views.iter().enumerate().map(viewing).collect();
        Self { replica: Replica::default(), views, kept: None }
    }

    /// The table that it syncs.
    pub fn table(&self) -> usize {
        self.views[0].view.table
    }

    /// Keeps a copy of itself.
    pub fn keep(&mut self) {
        self.kept = None;
        self.kept = Some(Box::new(self.clone()));
    }

    /// Goes back to its copy, runs that were under way included.
    pub fn rewind(&mut self) {
        if let Some(kept) = self.kept.take() {
            *self = Self { kept: Some(kept.clone()), ..*kept };
        }
    }

    /// Gives up the run of a view.
    pub fn abandon(&mut self, view: usize) {
        let viewing = &mut self.views[view];
        viewing.run = None;
        self.replica.restart(&viewing.name);
    }
}
