//! Followers that do not read and runs that are left amid their pages cost no memory while the store goes on, and keep
//! nothing from expiring.

use highwater::testing::{ManualTime, MemoryDisk};
use highwater::{
    Document, Error, Limits, Millis, Options, Store, SyncRequest, TableSpec, TableSpecExt, Ttls,
    WatchRequest,
};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const ITEMS: usize = 20;
const COMMITS: usize = 4_000;
const STALLED: usize = 200;
/// Bytes that one of them may cost: less than a few of the commits that it has not read.
const MOST: usize = 1_000;

fn write(store: &Store, time: &ManualTime) {
    let text = "x".repeat(200);
    for n in 0..COMMITS {
        time.advance(Millis(1));
        let json = format!(r#"{{"id":"{:02}","n":{n},"text":"{text}"}}"#, n % ITEMS);
        store.put("notes", Document::from_json(&json).expect("JSON")).expect("a commit");
    }
}

#[test]
fn nothing_is_kept_for_whoever_does_not_read_on() {
    let _counting = dhat::Profiler::builder().testing().build();
    let time = Arc::new(ManualTime::at(Millis(1_800_000_000_000)));
    let limits = Limits { recent_bytes: 1 << 20, ..Limits::default() };
    let options = Options { worker: None, bucket_width: Millis(100), limits, ..Options::default() };
    let builder = MemoryDisk::default().builder().options(options);
    let store = builder.time_source(Arc::clone(&time) as _).open().expect("a store");
    let ttls = Ttls { delta: Some(Millis(1_000)), tombstone: None, history: Some(Millis(0)) };
    store.create_table(TableSpec::new("notes", "id").ttls(ttls)).expect("a table");
    // Nobody writes this again: its place in the log is there to be cut.
    store.put("notes", Document::from_json(r#"{"id":"old"}"#).expect("JSON")).expect("a commit");
    write(&store, &time);

    let page = SyncRequest::new("notes").limit(3);
    let last_sync = store.sync(&page).expect("a page").started_at;
    write(&store, &time);
    let before = dhat::HeapStats::get().curr_bytes;
    let follow = || store.watch(WatchRequest::new("notes")).expect("a follower");
    let mut followers: Vec<_> = (0..STALLED).map(|_| follow()).collect();
    let begin = || store.sync(&page.clone().last_sync(last_sync)).expect("a page").next_token;
    let tokens: Vec<_> = (0..STALLED).map(|_| begin().expect("more pages")).collect();
    write(&store, &time);
    let held = dhat::HeapStats::get().curr_bytes.saturating_sub(before);
    assert!(held < 2 * STALLED * MOST, "{held} bytes for {STALLED} followers and as many runs");

    let floor = || store.stats().expect("counts").tables[0].floors.delta;
    let was = floor();
    let report = store.expire().expect("an expiry");
    assert!(report.log_ranges > 0 && !report.files_deferred, "{report:?}");
    assert!(floor().millis() > was.millis() && floor().millis() > last_sync, "{:?}", floor());
    // Each is told that it is to begin anew.
    for follower in &mut followers {
        let told = follower.try_next();
        assert!(matches!(told, Err(Error::Expired { .. })), "{told:?}");
    }
    for token in tokens {
        let ended = store.sync(&page.clone().last_sync(last_sync).next_token(token));
        assert!(matches!(ended, Err(Error::Expired { .. })), "{ended:?}");
    }
}
