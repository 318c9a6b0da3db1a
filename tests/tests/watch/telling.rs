//! What a follower is told.

use crate::support::{World, all, filtered, ids, owner, sync};
use highwater::{
    Document, Leavers, Mutation, Replica, State, SyncPage, SyncRequest, WatchBatch, WatchRequest,
    Watcher,
};

/// What a batch says, in short: `a+`, `b-` for deleted, `c~` for left.
pub fn short(batch: &WatchBatch) -> Vec<String> {
    let mark = |state| match state {
        State::Live => '+',
        State::Deleted => '-',
        State::Left => '~',
    };
    let item = |key: String, state| format!("{}{}", key.replace('"', ""), mark(state));
    batch.items.iter().map(|found| item(found.key.to_string(), found.state)).collect()
}

/// All that a follower is told by now.
pub fn told(watcher: &mut Watcher) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(batch) = watcher.try_next().expect("a batch") {
        found.extend(short(&batch));
    }
    found
}

pub fn watch(world: &World, request: impl Into<WatchRequest>) -> Watcher {
    world.store.watch(request.into()).expect("a watcher")
}

#[test]
fn changes_come_in_commit_order_and_each_item_once_as_it_is_now() {
    let world = World::new();
    let mut watcher = watch(&world, all().limit(100));
    assert_eq!(told(&mut watcher), [""; 0]);
    for json in [r#"{"id":"a","n":1}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#, r#"{"id":"a","n":2}"#] {
        world.put(json);
    }
    world.delete("c");
    let batch = watcher.try_next().expect("readable").expect("a batch");
    // The slow one finds the newest state alone, whatever came before.
    assert_eq!(short(&batch), ["b+", "a+", "c-"]);
    assert_eq!(batch.items[1].version, 2);
    assert!(batch.items.is_sorted_by_key(|item| item.changed_at));
    assert_eq!(Some(batch.up_to), batch.items.last().map(|item| item.changed_at));
    assert_eq!(watcher.try_next().expect("readable"), None);
}

#[test]
fn batches_are_no_larger_than_asked_for_and_nothing_is_lost_between_them() {
    let world = World::new();
    let mut watcher = watch(&world, all().limit(2));
    for n in 0..5 {
        world.put(&format!(r#"{{"id":"k{n}"}}"#));
    }
    let mut sizes = Vec::new();
    while let Some(batch) = watcher.try_next().expect("readable") {
        sizes.push(batch.items.len());
        if sizes.len() == 1 {
            // Between two batches: an item that was told, and one that was not.
            world.put(r#"{"id":"k0","n":2}"#);
            world.put(r#"{"id":"k4","n":2}"#);
        }
    }
    assert_eq!(sizes, [2, 2, 2]);
}

#[test]
fn a_batch_of_mutations_may_be_told_in_several_batches() {
    let world = World::new();
    let mut watcher = watch(&world, all().limit(2));
    let put = |id: &str| {
        let json = format!(r#"{{"id":"{id}"}}"#);
        Mutation::put("notes", Document::from_json(&json).expect("a document"))
    };
    world.store.apply_batch(&["a", "b", "c", "d", "e"].map(put)).expect("a commit");
    assert_eq!(told(&mut watcher), ["a+", "b+", "c+", "d+", "e+"]);
}

#[test]
fn an_item_that_leaves_a_scope_or_comes_to_it_is_told_to_both() {
    let world = World::new();
    let by_state = |state: &str| SyncRequest::new("notes").index("byState", state);
    let mut ann = watch(&world, owner("ann"));
    let mut bob = watch(&world, owner("bob"));
    let mut open = watch(&world, by_state("open"));
    world.put(r#"{"id":"a","owner":"ann","state":"open"}"#);
    assert_eq!((told(&mut ann), told(&mut bob), told(&mut open)).0, ["a+"]);
    world.put(r#"{"id":"a","owner":"bob","state":"open"}"#);
    assert_eq!(told(&mut ann), ["a~"]);
    assert_eq!(told(&mut bob), ["a+"]);
    assert_eq!(told(&mut open), ["a+"]);
    world.delete("a");
    assert_eq!(told(&mut ann), [""; 0]);
    assert_eq!(told(&mut bob), ["a-"]);
    assert_eq!(told(&mut open), ["a-"]);
}

#[test]
fn what_no_longer_passes_the_filter_is_told_as_left_unless_the_filter_is_a_permission() {
    let world = World::new();
    let large = || filtered(r#"{"n":{"gt":5}}"#);
    let mut watcher = watch(&world, large());
    let mut permitted = watch(&world, large().leavers(Leavers::Hide));
    world.put(r#"{"id":"a","n":9}"#);
    world.put(r#"{"id":"b","n":1}"#);
    assert_eq!(told(&mut watcher), ["a+"]);
    assert_eq!(told(&mut permitted), ["a+"]);
    world.put(r#"{"id":"a","n":2}"#);
    assert_eq!(told(&mut watcher), ["a~"]);
    assert_eq!(told(&mut permitted), [""; 0]);
}

#[test]
fn a_filter_that_pins_an_index_is_followed_through_it_and_hears_who_left() {
    let world = World::new();
    let mut watcher = watch(&world, filtered(r#"{"owner":{"eq":"ann"}}"#));
    world.put(r#"{"id":"a","owner":"ann"}"#);
    world.put(r#"{"id":"b","owner":"bob"}"#);
    world.put(r#"{"id":"a","owner":"bob"}"#);
    assert_eq!(told(&mut watcher), ["a~"]);
}

#[test]
fn a_partition_that_no_index_covers_is_told_from_the_log() {
    let world = World::new();
    let mut watcher = watch(&world, SyncRequest::new("notes").partition("a"));
    for id in ["a", "b", "ab", "a"] {
        world.put(&format!(r#"{{"id":"{id}"}}"#));
    }
    assert_eq!(told(&mut watcher), ["a+"]);
    assert!(watcher.up_to() > highwater::Timestamp::ZERO);
}

/// Reproducible choices.
pub struct Choices(pub u64);

impl Choices {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn write(world: &World, choices: &mut Choices) {
    let id = format!("k{}", choices.below(12));
    if choices.below(5) == 0 {
        world.delete(&id);
        return;
    }
    let (who, state, n) = (choices.below(3), choices.below(2), choices.below(10));
    world.put(&format!(r#"{{"id":"{id}","owner":"o{who}","state":"s{state}","n":{n}}}"#));
}

/// One device for each view: it syncs once, and is only told from then on.
#[test]
fn a_copy_that_every_batch_is_applied_to_equals_the_table() {
    let world = World::new();
    let mut choices = Choices(0x5eed);
    (0..30).for_each(|_| write(&world, &mut choices));
    let views = || {
        [
            all(),
            owner("o0"),
            SyncRequest::new("notes").index("byState", "s1"),
            SyncRequest::new("notes").partition("k3"),
            filtered(r#"{"n":{"gt":4}}"#),
            filtered(r#"{"owner":{"eq":"o1"},"n":{"lt":6}}"#),
        ]
        .into_iter()
    };
    let mut followers: Vec<_> = views()
        .map(|view| {
            let mut device = Replica::default();
            sync(&world.store, &mut device, "it", view.clone());
            let cursor = device.cursor("it").expect("a completed sync");
            let watcher = watch(&world, view.limit(3).cursor(cursor));
            (device, watcher)
        })
        .collect();
    for _ in 0..400 {
        write(&world, &mut choices);
        for (device, watcher) in &mut followers {
            if choices.below(8) == 0
                && let Some(batch) = watcher.try_next().expect("readable")
            {
                device.apply("it", &SyncPage::from(batch));
            }
        }
    }
    for ((mut device, mut watcher), view) in followers.into_iter().zip(views()) {
        while let Some(batch) = watcher.try_next().expect("readable") {
            device.apply("it", &SyncPage::from(batch));
        }
        let mut fresh = Replica::default();
        sync(&world.store, &mut fresh, "it", view.clone());
        assert!(device.live().map(copy).eq(fresh.live().map(copy)), "{view:?}");
        assert!(!ids(&fresh).is_empty() || view.scope != all().scope, "{view:?}");
    }
}

fn copy<'a>(
    (key, item): (&'a highwater::ItemKey, &'a highwater::ReplicaItem),
) -> (&'a highwater::ItemKey, u64, &'a Document) {
    (key, item.version, &item.document)
}
