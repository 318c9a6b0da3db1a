//! Devices end right after drawn histories: a few, and always the same. The workspace's tests play many.

use crate::storage::keys_compared;
use crate::testing::strategies::Histories;
use crate::testing::{Backend, Broken, History, ManualTime, MemoryDisk, Site, memory_store, shows};
use crate::{
    ConflictStrategy, Document, KeyKind, Limits, ListRequest, Millis, Mode, Projection, Result,
    ScopeRequest, Since, Store, StoreBuilder, SyncItem, SyncPage, SyncRequest, TableSpec,
    TableSpecExt, TablesRequest, Ttls,
};
use highwater_format::Digest;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::array;
use std::cell::Cell;
use std::sync::Arc;

fn tables() -> [TableSpec; 2] {
    let ttls = Ttls {
        delta: Some(Millis(1_000)),
        tombstone: Some(Millis(4_000)),
        history: Some(Millis(0)),
    };
    [
        TableSpec::new("notes", "id")
            .index("byOwner", "owner", Projection::All)
            .index("byTag", "tag", Projection::KeysOnly)
            .ttls(ttls),
        TableSpec::new("pages", "book")
            .sort("page", KeyKind::Number)
            .index("byOwner", "owner", Projection::All)
            .conflicts(ConflictStrategy::Automerge)
            .expires_by("until")
            .ttls(ttls),
    ]
}

/// The digest of what a scope holds now, item by item.
fn counted(store: &Store, request: &SyncRequest) -> Result<Digest> {
    let tables = store.tables();
    let spec = tables.iter().find(|spec| spec.name == request.table);
    let mut digest = Digest::default();
    for item in store.list(&ListRequest::new(&request.table).limit(1000))?.items {
        if shows(request, spec, &item)? {
            digest.add(&item.key.encode(), item.changed_at, item.version);
        }
    }
    Ok(digest)
}

/// The engine, with so much room for recent changes.
struct Engine {
    recent_bytes: usize,
    digests: usize,
}

impl Backend for Engine {
    fn open(&self, mut store: StoreBuilder) -> StoreBuilder {
        store.options.limits.recent_bytes = self.recent_bytes;
        store
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        let page = site.store.sync(request)?;
        if let Some(digest) = page.digest {
            assert!(page.next_token.is_none() && request.filter.is_none());
            assert_eq!(digest, counted(&site.store, request)?, "{request:?}");
            self.digests += 1;
        }
        let unfiltered = SyncRequest { filter: None, ..request.clone() };
        match site.store.digest(&request.table, &request.scope)? {
            Some(digest) => assert_eq!(digest, counted(&site.store, &unfiltered)?, "{request:?}"),
            None => assert!(matches!(request.scope, ScopeRequest::Partition(_)), "{request:?}"),
        }
        Ok(page)
    }
}

/// Plays the same histories each time against files, and against memory where that knows. What the plays came to
/// is summed up.
fn play<const N: usize>(
    cases: u32,
    once: impl Fn(usize, &History) -> Result<[usize; N], Broken>,
) -> [usize; N] {
    let histories = Histories::of(&tables());
    let sums = Cell::new([0; N]);
    for recent_bytes in [0, Limits::default().recent_bytes] {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let played = TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
            let more = once(recent_bytes, &history)?;
            sums.set(array::from_fn(|n| sums.get()[n] + more[n]));
            Ok(())
        });
        assert!(played.is_ok(), "{played:?}");
    }
    sums.get()
}

#[test]
fn devices_end_right_and_are_told_right_digests() {
    let [of_files, of_memory] = play(60, |recent_bytes, history| {
        let mut engine = Engine { recent_bytes, digests: 0 };
        history.play(&mut engine)?;
        Ok(if recent_bytes == 0 { [engine.digests, 0] } else { [0, engine.digests] })
    });
    assert!(of_files > 100 && of_memory > 100, "{of_files} {of_memory}");
}

/// Asks for each view together with the other tables, and hands on what is told of the view.
struct Together {
    recent_bytes: usize,
    /// Before so many of the other tables.
    place: usize,
    merged: usize,
    later: usize,
}

impl Backend for Together {
    fn open(&self, mut store: StoreBuilder) -> StoreBuilder {
        store.options.limits.recent_bytes = self.recent_bytes;
        store
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        let others = tables().into_iter().filter(|table| table.name != request.table);
        let mut parts: Vec<_> = others.map(|table| SyncRequest::new(&table.name)).collect();
        let place = self.place.min(parts.len());
        let bare = SyncRequest { since: Since::Never, next_token: None, ..request.clone() };
        parts.insert(place, bare);
        let page = site.store.sync_tables(&TablesRequest {
            since: request.since.clone(),
            limit: request.limit,
            next_token: request.next_token.clone(),
            audience: request.audience.clone(),
            paging: request.paging,
            wants_cursor: request.wants_cursor,
            parts,
        })?;
        assert_eq!(page.cursor.is_some(), page.next_token.is_none() && request.wants_cursor);
        let is_merged = |part: usize| page.parts[part].mode == Mode::Delta;
        let merged: Vec<_> = page.items.iter().filter(|(part, _)| is_merged(*part)).collect();
        assert!(page.items.ends_with(&merged.iter().copied().cloned().collect::<Vec<_>>()));
        assert!(merged.is_sorted_by_key(|(_, item)| item.changed_at), "{merged:?}");
        let one_by_one = page.items.iter().filter(|(part, _)| !is_merged(*part));
        assert!(one_by_one.is_sorted_by_key(|(part, _)| *part), "{page:?}");
        self.merged += usize::from(!merged.is_sorted_by_key(|(part, _)| part));
        self.later += usize::from(request.next_token.is_some() && !merged.is_empty());
        let part = &page.parts[place];
        let of_view = page.items.into_iter().filter(|(part, _)| *part == place);
        Ok(SyncPage {
            items: of_view.map(|(_, item)| item).collect(),
            next_token: page.next_token,
            scanned_count: page.scanned_count,
            started_at: page.started_at,
            reset: part.reset,
            cursor: page.cursor,
            incarnation: page.incarnation,
            mode: part.mode,
            digest: part.digest,
        })
    }
}

#[test]
fn devices_that_ask_for_several_tables_at_once_end_right() {
    let played = Cell::new(0);
    let [merged, later] = play(30, |recent_bytes, history| {
        played.set(played.get() + 1);
        let mut engine = Together { recent_bytes, place: played.get() % 2, merged: 0, later: 0 };
        history.play(&mut engine)?;
        Ok([engine.merged, engine.later])
    });
    assert!(merged > 10 && later > 10, "{merged} {later}");
}

#[test]
fn a_table_whose_part_has_ended_is_not_read_again() {
    let store = memory_store().expect("a store");
    for table in ["empty", "full"] {
        store.create_table(TableSpec::new(table, "id")).expect("a table");
    }
    let put = |table, id| {
        let document = Document::from_json(&format!(r#"{{"id":"{id}"}}"#)).expect("JSON");
        store.put(table, document).expect("a commit");
    };
    put("full", "a");
    put("full", "b");
    let asked = TablesRequest::new(["empty", "full"].map(SyncRequest::new)).limit(1);
    let first = store.sync_tables(&asked).expect("a page");
    put("empty", "late");
    let token = first.next_token.expect("a further page");
    let second = store.sync_tables(&asked.limit(10).next_token(token)).expect("a page");
    let told = |page: &[(usize, SyncItem)]| -> Vec<_> {
        page.iter().map(|(part, item)| (*part, item.key.clone())).collect()
    };
    assert_eq!(told(&first.items), [(1, "a".into())]);
    assert_eq!(told(&second.items), [(1, "b".into())]);
    assert_eq!(second.next_token, None);
}

/// Keys that RocksDB compares on this thread while a page is read: none where it is asked for nothing.
fn compared(store: &Store, request: &SyncRequest, items: usize) -> u64 {
    let (page, compared) = keys_compared(|| store.sync(request).unwrap());
    assert_eq!((page.items.len(), page.next_token), (items, None));
    compared
}

#[test]
fn a_poll_and_a_delta_of_the_last_changes_ask_rocksdb_for_nothing() {
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    let builder = MemoryDisk::default().builder().time_source(Arc::clone(&time) as _);
    let store = builder.open().unwrap();
    let [notes, _] = tables();
    store.create_table(notes).unwrap();
    let put = |n: u8| {
        let json = format!(r#"{{"id":"{n}","owner":"ann","tag":"x"}}"#);
        store.put("notes", Document::from_json(&json).unwrap()).unwrap();
        time.advance(Millis(10));
    };
    (0..20).for_each(put);
    let whole = SyncRequest::new("notes");
    for asked in [whole.clone(), whole.clone().index("byOwner", "ann"), whole.index("byTag", "x")] {
        assert!(compared(&store, &asked, 20) > 0, "a first sync reads the table");
        // A scope is kept from then on.
        time.advance(Millis(10));
        let first = store.sync(&asked).unwrap();
        let (cursor, since) = (first.cursor.unwrap(), first.started_at);
        time.advance(Millis(10));
        let polls = [asked.clone().cursor(&cursor), asked.last_sync(since)];
        for poll in &polls {
            // The digest is read once.
            store.sync(poll).unwrap();
            assert_eq!(compared(&store, poll, 0), 0, "{poll:?}");
        }
        (0..10).for_each(put);
        for delta in &polls {
            store.sync(delta).unwrap();
            assert_eq!(compared(&store, delta, 10), 0, "{delta:?}");
        }
    }
}
