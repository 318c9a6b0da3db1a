//! Many threads: writers that commit across each other, and fifty followers who only sleep and read.

use crate::support::{World, in_thread, sync};
use crate::telling::{Choices, watch};
use crate::waking::{LONG, next};
use highwater::{
    Document, ItemKey, Mutation, Replica, Store, SyncPage, SyncRequest, WatchBatch, Watcher,
};

const WRITERS: u64 = 4;
const COMMITS: u64 = 150;
const OWNERS: u64 = 5;
const FOLLOWERS: u64 = 50;
/// Written when the writers are done, one for each scope: whoever has it has everything.
const LAST: &str = "z-last";

fn write(store: &Store, seed: u64) {
    let mut choices = Choices(seed);
    for n in 0..COMMITS {
        let mut batch: Vec<Mutation> = Vec::new();
        for item in 0..=choices.below(3) {
            let id = format!("k{}-{item}", choices.below(8));
            batch.push(if choices.below(5) == 0 {
                Mutation::delete("notes", ItemKey::from(id.as_str()))
            } else {
                let owner = choices.below(OWNERS);
                let json = format!(r#"{{"id":"{id}","owner":"o{owner}","n":{n}}}"#);
                Mutation::put("notes", Document::from_json(&json).expect("JSON"))
            });
        }
        store.apply_batch(&batch).expect("a commit");
    }
}

/// Applies a batch; whether it was the last.
fn apply(device: &mut Replica, batch: WatchBatch) -> bool {
    assert!(batch.items.is_sorted_by_key(|item| item.changed_at), "commit order");
    let last = batch.items.iter().any(|item| item.key.to_string().contains(LAST));
    device.apply("it", &SyncPage::from(batch));
    last
}

fn follow(mut watcher: Watcher, as_stream: bool) -> Replica {
    let mut device = Replica::default();
    loop {
        let batch = if as_stream {
            pollster::block_on(next(&mut watcher)).expect("it goes on").expect("readable")
        } else {
            watcher.next_batch(LONG).expect("readable").expect("nobody sleeps through a commit")
        };
        if apply(&mut device, batch) {
            return device;
        }
    }
}

fn view(n: u64) -> SyncRequest {
    let request = SyncRequest::new("notes").limit(u32::try_from(1 + n % 7).expect("small"));
    if n.is_multiple_of(7) {
        return request;
    }
    request.index("byOwner", format!("o{}", n % OWNERS).as_str())
}

#[test]
fn fifty_followers_keep_up_with_writers_that_commit_across_each_other() {
    let world = World::new();
    let followers: Vec<_> = (0..FOLLOWERS)
        .map(|n| {
            let watcher = watch(&world, view(n));
            in_thread(move || follow(watcher, n % 2 == 0))
        })
        .collect();
    let writers = (1..=WRITERS).map(|seed| {
        let store = world.store.clone();
        in_thread(move || write(&store, seed * 0x9e37))
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().expect("no panic");
    }
    for owner in 0..OWNERS {
        world.put(&format!(r#"{{"id":"{LAST}-{owner}","owner":"o{owner}"}}"#));
    }
    for (n, follower) in (0..).zip(followers) {
        let device = follower.join().expect("no panic");
        let mut fresh = Replica::default();
        sync(&world.store, &mut fresh, "it", view(n));
        // A follower of the whole table stops at the first of the last items.
        let copies = |device: &Replica| {
            let items = device.live().filter(|(key, _)| !key.to_string().contains(LAST));
            items.map(|(key, item)| (key.clone(), item.version)).collect::<Vec<_>>()
        };
        assert_eq!(copies(&device), copies(&fresh), "{:?}", view(n));
    }
}
