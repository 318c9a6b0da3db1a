//! A device of the playground: a replica, and the runs that it is in.

use super::backend::{Backend, Site};
use super::broken::{Breach, Broken};
use crate::error::ErrorKind;
use crate::replica::Replica;
use crate::sync::{Since, SyncRequest};
use highwater_format::Digest;

/// More pages than a run of the few items that there are can need.
const MOST_PAGES: usize = 200;

/// A device.
pub(super) struct Device {
    place: usize,
    pub(super) replica: Replica,
    pub(super) views: Vec<View>,
}

/// A view of a device.
pub(super) struct View {
    pub(super) name: String,
    pub(super) request: SyncRequest,
    /// The run that is under way: what it sends next.
    run: Option<SyncRequest>,
    /// The backend does not take the cursor.
    cursor_refused: bool,
    /// A digest that was told at the end of a run, and the other one of what the view held then.
    disproof: Option<(Digest, Digest)>,
}

/// How a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// More pages follow.
    On,
    /// The run has ended.
    Done,
    /// The run cannot go on; the next page begins another.
    Anew,
}

impl Device {
    pub(super) fn new(place: usize, views: &[SyncRequest]) -> Self {
        let view = |(n, request): (usize, &SyncRequest)| View {
            name: format!("view {n}"),
            request: request.clone(),
            run: None,
            cursor_refused: false,
            disproof: None,
        };
        let views = views.iter().enumerate().map(view).collect();
        Self { place, replica: Replica::default(), views }
    }

    /// Fetches the next page of a view and applies it.
    pub(super) fn page(
        &mut self,
        view: usize,
        cursor: bool,
        site: &Site,
        backend: &mut impl Backend,
    ) -> Result<Step, Broken> {
        let Some(View { name, request, run, cursor_refused, disproof }) = self.views.get_mut(view)
        else {
            return Ok(Step::Done);
        };
        let first = run.is_none();
        let asked = run.take().unwrap_or_else(|| {
            self.replica.restart(name);
            let with_cursor = cursor && !*cursor_refused;
            let cursor = self.replica.cursor(name).filter(|_| with_cursor);
            let since = match (cursor, self.replica.last_sync(name)) {
                (Some(cursor), _) => Since::Cursor(cursor.to_owned()),
                (None, Some(last)) => Since::LastSync(last),
                (None, None) => Since::Never,
            };
            SyncRequest { since, next_token: None, ..request.clone() }
        });
        let page = match backend.sync(site, &asked) {
            Ok(page) => page,
            Err(error) if error.kind() == ErrorKind::SyncAgain => {
                *cursor_refused |= first;
                return Ok(Step::Anew);
            }
            Err(error) => return Err(Broken::failed("answering a page")(error)),
        };
        self.replica.apply(name, &page);
        *run = page.next_token.map(|token| SyncRequest { next_token: Some(token), ..asked });
        if run.is_some() {
            return Ok(Step::On);
        }
        *cursor_refused = false;
        let held = self.replica.digest(name);
        // A difference from the table, which the next check may find, says more than that digests differ.
        *disproof = disproof.or(page.digest.filter(|told| *told != held).map(|told| (told, held)));
        Ok(Step::Done)
    }

    /// Every digest that the device was told was that of what it held then.
    pub(super) fn check_digests(&self) -> Result<(), Broken> {
        let mut disproofs = self.views.iter().map(|view| view.disproof).enumerate();
        match disproofs.find_map(|(view, disproof)| Some((view, disproof?))) {
            Some((view, (told, held))) => {
                Err(Breach::Digest { device: self.place, view, told, held }.into())
            }
            None => Ok(()),
        }
    }

    /// Brings a view's run to its end. Gives the number of pages, and whether the run that ended began here.
    pub(super) fn finish(
        &mut self,
        view: usize,
        cursor: bool,
        site: &Site,
        backend: &mut impl Backend,
    ) -> Result<(usize, bool), Broken> {
        let mut began_here = self.views.get(view).is_none_or(|view| view.run.is_none());
        for pages in 1..=MOST_PAGES {
            match self.page(view, cursor, site, backend)? {
                Step::On => {}
                Step::Done => return Ok((pages, began_here)),
                Step::Anew => began_here = true,
            }
        }
        let pages = MOST_PAGES;
        Err(Breach::Endless { device: self.place, view, pages }.into())
    }

    /// Forgets a view's run.
    pub(super) fn interrupt(&mut self, view: usize) {
        if let Some(View { name, run, .. }) = self.views.get_mut(view) {
            *run = None;
            self.replica.restart(name);
        }
    }
}
