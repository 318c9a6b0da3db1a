//! What a page claims, held against the oracle and against the pages before it.

use super::body::{document, key_attributes};
use super::device::{Asked, Run};
use super::oracle::Table;
use super::view::{Part, View};
use super::world::World;
use highwater::{Millis, Mode, Paging, Since, State, SyncItem, SyncPage, Timestamp};
use std::collections::BTreeSet;

/// No run of a handful of items has more pages, whatever happens meanwhile.
const MOST_PAGES: usize = 8;

/// Checks a page of `run`, which knows the pages before it.
pub(super) fn check_page(world: &World, asked: &Asked, run: &Run, page: &SyncPage) {
    let same = (run.mode, run.reset, run.started_at) == (page.mode, page.reset, page.started_at);
    assert!(same, "a page of another run: {run:?} {page:?}");
    assert_eq!(page.incarnation, world.incarnation);
    assert_eq!(page.incarnation, run.began.incarnation, "a run goes on in another incarnation");
    assert_eq!(page.cursor.is_some(), page.next_token.is_none(), "a cursor before the end");
    assert!(run.pages <= MOST_PAGES, "a run that does not end: {run:?}");
    if run.pages == 1 {
        check_mode(world, asked, page);
    }
    check_limits(world, asked, page);
    check_order(run, page);
    if !asked.disturbed && world.doubt.is_none() {
        page.items.iter().for_each(|item| check_item(world, asked, page, item));
    }
}

/// Page 1 chooses the mode by the floors, and begins as late as it may.
fn check_mode(world: &World, asked: &Asked, page: &SyncPage) {
    assert_eq!(page.reset, page.mode == Mode::Base, "only a base run replaces");
    if asked.disturbed || world.doubt.is_some() {
        return;
    }
    let now = world.store().stats().expect("stats").clock.now;
    assert!(page.started_at.after(Millis(1)) >= now, "startedAt lags behind without a reason");
    let view = &world.devices[asked.device].views[asked.view].view;
    let table = &world.oracle.tables[view.table];
    let since = match asked.request.since {
        Since::Cursor(_) => return,
        Since::Never => None,
        Since::LastSync(ms) if ms == Millis(0) || ms > page.started_at => None,
        Since::LastSync(ms) => Some(Timestamp::first_of(ms.after(Millis(1)))),
    };
    let wanted = modes(table, view, since);
    assert!(wanted.contains(&page.mode), "{wanted:?} for {view:?} since {since:?}: {page:?}");
    if let Some(since) = since.filter(|_| page.mode != Mode::Base) {
        let old = page.items.iter().find(|item| item.changed_at < since);
        assert!(old.is_none(), "told again: {old:?}");
    }
}

/// The mode that answers. There are two where nobody but the store knows whether an index is old enough.
fn modes(table: &Table, view: &View, since: Option<Timestamp>) -> Vec<Mode> {
    let Some(since) = since.filter(|since| *since >= table.floors.tombstone) else {
        return vec![Mode::Base];
    };
    let Some(index) = view.index(table) else {
        let by_log = view.part == Part::Whole && since >= table.floors.delta;
        return vec![if by_log { Mode::Delta } else { Mode::CatchUp }];
    };
    // Nothing but the scope's own index knows it; what a filter pins is in the base table, too.
    let scope = view.scope_index().is_some();
    let younger = if scope { Mode::Base } else { Mode::CatchUp };
    let (above, at_most) = table.progress(index).floor;
    match (since > above, since >= at_most) {
        (_, true) => vec![Mode::Delta],
        (false, _) => vec![younger],
        (true, false) => vec![Mode::Delta, younger],
    }
}

fn check_limits(world: &World, asked: &Asked, page: &SyncPage) {
    let limits = world.setup.options.options().limits;
    let limit = asked.request.limit as usize;
    let scan = match asked.request.paging {
        Paging::Evaluated => limit,
        Paging::Filled => limits.scan_items.max(limit),
    };
    assert!(page.items.len() <= limit && page.items.len() <= page.scanned_count);
    assert!(page.scanned_count <= scan, "{} scanned", page.scanned_count);
    assert!(page.next_token.is_none() || page.scanned_count > 0, "a page without progress");
    let weight = |item: &SyncItem| item.key.encode().len() + item.document.as_bytes().len();
    let bytes: usize = page.items.iter().map(weight).sum();
    assert!(bytes <= limits.page_bytes || page.items.len() == 1, "a page of {bytes} bytes");
}

/// No item twice in a run, and a delta in commit order.
fn check_order(run: &Run, page: &SyncPage) {
    let keys: BTreeSet<_> = page.items.iter().map(|item| &item.key).collect();
    assert_eq!(keys.len(), page.items.len(), "an item twice in a page: {page:?}");
    let again = keys.into_iter().find(|key| run.told.contains(*key));
    assert!(again.is_none(), "{again:?} twice in a run");
    if page.mode == Mode::Delta {
        let before = run.waiting.back().map(|page| page.items.as_slice()).unwrap_or_default();
        let all: Vec<_> = before.iter().chain(&page.items).map(|item| item.changed_at).collect();
        assert!(all.is_sorted(), "a delta out of order: {all:?}");
    }
}

/// What is told of an item is so.
fn check_item(world: &World, asked: &Asked, page: &SyncPage, item: &SyncItem) {
    let view = &world.devices[asked.device].views[asked.view].view;
    let seen = world.oracle.tables[view.table].seen(&item.key);
    let Some(known) = seen else {
        // It left the view, and died elsewhere longer ago than anybody remembers.
        assert_eq!(item.state, State::Left, "{item:?} is not there");
        return;
    };
    let held = (known.version, known.changed_at, known.deleted);
    let inside = !known.deleted && view.contains(&item.key, &known.attributes);
    match item.state {
        State::Left => {
            assert!(!inside, "{item:?} is in the view");
            assert_eq!(item.document, document(&key_attributes(&item.key)));
            assert!((item.version, item.changed_at) <= (known.version, known.changed_at));
            assert!(page.mode != Mode::Base || view.leavers_in_base);
        }
        State::Live | State::Deleted => {
            let deleted = item.state == State::Deleted;
            assert_eq!((item.version, item.changed_at, deleted), held, "{item:?}");
            assert_eq!(item.document, document(&known.attributes));
            assert!(deleted || inside, "{item:?} is not in the view");
            assert!(!deleted || page.mode != Mode::Base || view.tombstones);
        }
    }
}
