//! Tails, and what they may say.

use super::{Known, LogAt, LogOf, Part, Recent, RecentChanges, TailChange};
use bytes::Bytes;
use highwater_format::{
    Digest, Document, IndexEvent, IndexId, IndexedValue, LogEntry, Record, RecordRef, TableId,
    Timestamp,
};
use std::cell::Cell;

const TABLE: TableId = TableId(1);
const OPENED: Timestamp = Timestamp(10);
const SCOPE: LogOf<'static> = LogOf::Scope(b"scope");

/// A digest of so many items, told apart by their sum.
fn digest(items: u64) -> Digest {
    Digest { items, sum: u128::from(items) }
}

/// Item and record take a hundred bytes.
fn change(at: u64) -> TailChange {
    let (changed_at, document, indexed) = (Timestamp(at), Document::default(), Vec::new());
    let record = Record { version: 1, changed_at, deleted: false, indexed, document };
    let bytes = record.encode();
    let entry = LogEntry::encode(&vec![0; 100 - bytes.len()], &bytes).into();
    TailChange::new(IndexEvent::Changed, &entry, &record).unwrap()
}

fn put(recent: &Recent, log: LogOf<'_>, at: u64, gone: Option<u64>) -> RecentChanges {
    let tail = recent.table(TABLE, || false).unwrap();
    let log = LogAt { table: TABLE, tail: &tail, log };
    let mut changes = RecentChanges::default();
    if let Some(gone) = gone {
        changes.remove(log, Timestamp(gone));
    }
    changes.put(log, change(at));
    changes.sum(log, digest(1));
    changes
}

fn commit(recent: &Recent, at: u64) {
    let changes = put(recent, LogOf::Table, at, None);
    changes.begin(|_| Ok(digest(100))).unwrap();
    changes.note();
}

fn read(recent: &Recent, log: LogOf<'_>, after: u64, upto: u64) -> Option<Part> {
    recent.table(TABLE, || false).unwrap().read(log, (Timestamp(after), Timestamp(upto)), 1000)
}

fn times(part: Option<Part>) -> Vec<u64> {
    part.expect("in memory").changes.iter().map(|change| change.head.at.0).collect()
}

fn known(recent: &Recent, log: LogOf<'_>, upper: u64, newest: u64) -> Known {
    let tail = recent.table(TABLE, || false).unwrap();
    let load = || Ok(digest(100));
    tail.known(log, Timestamp(upper), load, || Timestamp(newest)).unwrap()
}

#[test]
fn a_change_tells_what_its_entry_holds_and_hands_its_document_over_where_it_lies() {
    let document = Document::from_json(r#"{"id":"a"}"#).unwrap();
    let (version, changed_at) = (3, Timestamp(12));
    let of = [IndexedValue { index: IndexId(1), value: b"ann".to_vec() }];
    let record = Record { version, changed_at, deleted: true, indexed: of.into(), document };
    let entry: Bytes = LogEntry::encode(b"item", &record.encode()).into();
    let mut change = TailChange::new(IndexEvent::Deleted, &entry, &record).unwrap();
    assert_eq!(change.item(), b"item");
    let bytes = record.document.as_bytes();
    let read = RecordRef { version, changed_at, deleted: true, document: bytes };
    assert_eq!(change.record(), Some(read));
    let left = change.told_as(IndexEvent::Left);
    assert_eq!((left.item(), left.record()), (&b"item"[..], None));
    let document = change.take_document();
    assert_eq!(document, record.document);
    assert!(entry.as_ptr_range().contains(&document.as_bytes().as_ptr()), "it is copied");
}

#[test]
fn what_is_above_the_floor_is_told_in_order_and_what_may_be_missing_is_not() {
    let recent = Recent::new(1 << 20, OPENED);
    for at in [13, 12, 20] {
        commit(&recent, at);
    }
    assert_eq!(times(read(&recent, LogOf::Table, 10, 19)), [12, 13]);
    assert_eq!(times(read(&recent, LogOf::Table, 12, 30)), [13, 20]);
    assert_eq!(times(read(&recent, LogOf::Table, 25, 30)), [0; 0]);
    assert!(read(&recent, LogOf::Table, 9, 30).is_none(), "a change from before it was opened");
    assert!(read(&recent, SCOPE, 25, 30).is_none(), "a scope that nobody asked for");
}

#[test]
fn a_newer_change_takes_the_place_of_the_older() {
    let recent = Recent::new(1 << 20, OPENED);
    commit(&recent, 12);
    let changes = put(&recent, LogOf::Table, 14, Some(12));
    changes.begin(|_| Ok(digest(0))).unwrap();
    assert_eq!(times(read(&recent, LogOf::Table, 10, 30)), [12], "not written yet");
    changes.note();
    assert_eq!(times(read(&recent, LogOf::Table, 10, 30)), [14]);
}

#[test]
fn the_oldest_go_when_there_is_no_room_and_raise_the_floor() {
    let recent = Recent::new(1200, OPENED);
    for at in 11..=30 {
        commit(&recent, at);
    }
    // Half of the bytes are for the table's own log: two entries and what they weigh.
    assert_eq!(times(read(&recent, LogOf::Table, 28, 40)), [29, 30]);
    assert!(read(&recent, LogOf::Table, 27, 40).is_none());
}

#[test]
fn tables_share_the_room() {
    let recent = Recent::new(2400, OPENED);
    for at in 11..=30 {
        commit(&recent, at);
    }
    assert_eq!(times(read(&recent, LogOf::Table, 26, 40)).len(), 4);
    recent.table(TableId(2), || false);
    assert!(read(&recent, LogOf::Table, 26, 40).is_none());
    assert_eq!(times(read(&recent, LogOf::Table, 28, 40)).len(), 2);
    recent.table(TableId(3), || false);
    for at in 31..=40 {
        commit(&recent, at);
    }
    assert_eq!(times(read(&recent, LogOf::Table, 39, 40)).len(), 1, "a third");
    assert!(read(&recent, LogOf::Table, 38, 40).is_none());
    for (gone, held) in [(2, 2), (3, 4)] {
        recent.forget(TableId(gone));
        for at in 41..=50 {
            commit(&recent, at + 10 * gone as u64);
        }
        let newest = 50 + 10 * gone as u64;
        assert_eq!(times(read(&recent, LogOf::Table, newest - held, newest)).len() as u64, held);
        assert!(read(&recent, LogOf::Table, newest - held - 1, newest).is_none());
    }
}

#[test]
fn of_a_table_that_has_ended_nothing_is_kept_again() {
    let recent = Recent::new(2400, OPENED);
    commit(&recent, 11);
    recent.forget(TABLE);
    assert!(recent.table(TABLE, || true).is_none(), "who found the table before it ended");
    assert!(recent.table(TABLE, || false).is_some());
}

#[test]
fn a_digest_is_told_only_where_nothing_lies_above() {
    let recent = Recent::new(1 << 20, OPENED);
    assert_eq!(known(&recent, LogOf::Table, 9, 0), Known::Nothing, "before it was opened");
    assert_eq!(known(&recent, LogOf::Table, 11, 0), Known::Digest(digest(100)));
    commit(&recent, 15);
    assert_eq!(known(&recent, LogOf::Table, 14, 0), Known::Changed);
    assert_eq!(known(&recent, LogOf::Table, 15, 0), Known::Digest(digest(101).and(digest(0))));
}

#[test]
fn nothing_is_known_while_somebody_writes() {
    let recent = Recent::new(1 << 20, OPENED);
    let changes = put(&recent, LogOf::Table, 15, None);
    changes.begin(|_| Ok(digest(100))).unwrap();
    let tail = recent.table(TABLE, || false).unwrap();
    let ask = || {
        let load = || panic!("it was read when the commit began");
        tail.known(LogOf::Table, Timestamp(14), load, || panic!("a table")).unwrap()
    };
    assert_eq!(ask(), Known::Nothing);
    changes.give_up();
    assert_eq!(ask(), Known::Digest(digest(100)));
}

#[test]
fn a_scope_is_kept_from_when_it_was_asked_for() {
    let recent = Recent::new(1 << 20, OPENED);
    // Begun before anybody asked, and landing after it: below the floor of the scope's tail.
    let early = put(&recent, SCOPE, 20, None);
    early.begin(|_| Ok(digest(0))).unwrap();
    assert_eq!(known(&recent, SCOPE, 19, 21), Known::Nothing);
    early.note();
    assert!(read(&recent, SCOPE, 20, 30).is_none(), "what came before 21 may be missing");

    let late = put(&recent, SCOPE, 25, None);
    late.begin(|_| Ok(digest(0))).unwrap();
    late.note();
    assert_eq!(times(read(&recent, SCOPE, 21, 30)), [25]);
    assert_eq!(known(&recent, SCOPE, 24, 30), Known::Changed);
    assert_eq!(known(&recent, SCOPE, 25, 30), Known::Digest(digest(100)));
}

#[test]
fn the_scopes_that_nobody_asks_for_any_more_go_first() {
    let recent = Recent::new(20_000, OPENED);
    let names: Vec<_> = (0..100).map(|n| format!("scope-{n:03}").into_bytes()).collect();
    let last = names.last().unwrap();
    for name in &names {
        known(&recent, LogOf::Scope(name), 30, 30);
        known(&recent, LogOf::Scope(last), 30, 30);
        assert!(read(&recent, LogOf::Scope(last), 30, 40).is_some());
    }
    let held = names.iter().filter(|name| read(&recent, LogOf::Scope(name), 30, 40).is_some());
    let held = held.count();
    assert!((10..=40).contains(&held), "{held} scopes in 10,000 bytes");
}

#[test]
fn a_digest_that_cannot_be_read_lets_nothing_begin() {
    let recent = Recent::new(1 << 20, OPENED);
    let mut changes = put(&recent, LogOf::Table, 15, None);
    let other = recent.table(TableId(2), || false).unwrap();
    let other = LogAt { table: TableId(2), tail: &other, log: LogOf::Table };
    changes.sum(other, digest(1));
    let asked = Cell::new(0);
    let begun = changes.begin(|table| {
        asked.set(asked.get() + 1);
        match table {
            TABLE => Ok(digest(0)),
            _ => Err(crate::Error::io("reading", &"no")),
        }
    });
    assert!(begun.is_err() && asked.get() == 2);
    let tail = recent.table(TABLE, || false).unwrap();
    let known = tail.known(LogOf::Table, Timestamp(14), || panic!(), || panic!());
    assert_eq!(known.unwrap(), Known::Digest(digest(0)), "the first table is not being written");
}

/// Whoever takes a timestamp while a scope is about to be kept, and after its tail begins, is in it.
#[test]
fn a_commit_that_comes_while_the_first_scope_is_begun_is_not_missed() {
    let recent = Recent::new(1 << 20, OPENED);
    commit(&recent, 20);
    let tail = recent.table(TABLE, || false).unwrap();
    let late = Cell::new(None);
    let newest = || {
        // The clock is read: what comes after it, comes now.
        late.set(Some(put(&recent, SCOPE, 21, None)));
        Timestamp(20)
    };
    let told = tail.known(SCOPE, Timestamp(20), || Ok(digest(100)), newest).unwrap();
    assert_eq!(told, Known::Digest(digest(100)), "as of 20");
    let late = late.take().unwrap();
    late.begin(|_| Ok(digest(100))).unwrap();
    late.note();
    assert_eq!(times(read(&recent, SCOPE, 20, 30)), [21]);
    assert_eq!(known(&recent, SCOPE, 20, 30), Known::Changed);
}
