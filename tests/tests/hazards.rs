//! The ways in which delta sync is known to lose data. Each is played on the design that people write first, which
//! loses what the hazard says, and on the engine, which does not.
//!
//! The numbers are those of `docs/guarantees.md`, which tells where each was met.

#[path = "hazards/design.rs"]
mod design;
#[path = "hazards/engine.rs"]
mod engine;
#[path = "hazards/naive.rs"]
mod naive;

use design::{Asked, Design};
use engine::Engine;
use naive::{Naive, Way};

/// Plays a hazard on both; what the naive design ends with is given too, so that it fails for the reason named.
macro_rules! hazard {
    ($name:ident, $way:expr, $asked:expr, $limit:expr, $scene:expr, $wrong:expr) => {
        #[test]
        fn $name() {
            let (mut naive, mut engine) =
                (Naive::new($way, $asked, $limit), Engine::new($asked, $limit));
            fn scene<D: Design>(design: &mut D) {
                let scene: fn(&mut D) = $scene;
                scene(design);
            }
            scene(&mut naive);
            assert!(!naive.is_right(), "the naive design is right");
            assert_eq!(wrong(&naive), $wrong, "the naive design is wrong for another reason");
            scene(&mut engine);
            assert!(
                engine.is_right(),
                "the device has {:?}, not {:?}",
                engine.held(),
                engine.wanted()
            );
        }
    };
}

/// What the device lacks or holds in vain.
fn wrong(design: &impl Design) -> Vec<String> {
    let (held, wanted) = (design.held(), design.wanted());
    let lacks = wanted.iter().filter(|(id, n)| held.get(*id) != Some(n)).map(|(id, _)| id);
    let vain = held.keys().filter(|id| !wanted.contains_key(*id));
    lacks.chain(vain).cloned().collect()
}

hazard!(
    b1_a_commit_that_becomes_visible_after_its_time_was_synced,
    Way::ReadTime,
    Asked::All,
    10,
    |design| {
        design.put_slowly("slow", |design| {
            design.pass(5);
            design.put("fast", "o");
            design.pass(5);
            design.sync();
        });
    },
    ["slow"]
);

hazard!(
    b2_a_number_that_is_taken_before_the_commit,
    Way::Sequence,
    Asked::All,
    10,
    |design| {
        design.put_slowly("slow", |design| {
            design.put("fast", "o");
            design.sync();
        });
    },
    ["slow"]
);

/// Half of a batch is no state that the backend was ever in: the device must not come to hold it, though it may end
/// right on either design.
#[test]
fn b3_a_batch_that_is_synced_half_written() {
    fn held_meanwhile(design: &mut impl Design) -> usize {
        let mut held = 0;
        design.put_together(&["one", "two"], |design| {
            design.pass(1);
            design.sync();
            held = design.held().len();
            design.pass(1);
        });
        held
    }
    let mut naive = Naive::new(Way::ReadTime, Asked::All, 10);
    assert_eq!(held_meanwhile(&mut naive), 1, "the naive design shows no half of it");

    let mut engine = Engine::new(Asked::All, 10);
    let held = held_meanwhile(&mut engine);
    assert!(held == 0 || held == 2, "the device had {held} of the two");
    assert!(engine.is_right());
    assert_eq!(engine.held().len(), 2);
}

hazard!(
    b4_a_wall_clock_that_goes_back,
    Way::ReadTime,
    Asked::All,
    10,
    |design| {
        design.put("before", "o");
        design.pass(10);
        design.sync();
        design.move_wall(-3_600_000);
        design.put("after", "o");
    },
    ["after"]
);

hazard!(
    b5_more_rows_of_one_moment_than_a_page_has,
    Way::PageByTime,
    Asked::All,
    2,
    |design| {
        for id in ["a", "b", "c", "d", "e"] {
            design.put(id, "o");
        }
    },
    ["c", "d", "e"]
);

/// What is the device's own is somebody else's once it has synced.
fn gives_away(design: &mut impl Design) {
    design.put("moved", "mine");
    design.pass(10);
    design.sync();
    design.put("moved", "theirs");
}

hazard!(
    b6_an_item_that_leaves_what_the_device_asks_for,
    Way::ReadTime,
    Asked::Scope("mine"),
    10,
    gives_away,
    ["moved"]
);

hazard!(
    b6_an_item_that_leaves_a_filter,
    Way::ReadTime,
    Asked::Filter("mine"),
    10,
    gives_away,
    ["moved"]
);

hazard!(
    b7_a_device_that_is_away_for_longer_than_deletions_are_told,
    Way::ReadTime,
    Asked::All,
    10,
    |design| {
        design.put("gone", "o");
        design.pass(10);
        design.sync();
        design.delete("gone");
        design.pass(100_000);
        design.expire();
    },
    ["gone"]
);

hazard!(
    b8_rows_that_change_while_pages_are_read,
    Way::ReadTime,
    Asked::All,
    2,
    |design| {
        for id in ["a", "b", "c", "d"] {
            design.put(id, "o");
            design.pass(1);
        }
        let page = design.fetch().expect("a page");
        design.deliver(page);
        design.put("a", "o");
        design.sync();
    },
    ["c"]
);

hazard!(
    b9_a_run_that_turns_from_the_log_to_the_table,
    Way::LogAndTable,
    Asked::All,
    2,
    |design| {
        design.put("a", "o");
        design.put("b", "o");
        design.put("c", "o");
        design.put("d", "o");
        design.put("x", "o");
        design.pass(10);
        design.sync();
        design.pass(800);
        design.delete("a");
        design.pass(1);
        design.put("b", "o");
        design.pass(1);
        design.delete("x");
        let page = design.fetch().expect("a page");
        design.deliver(page);
        design.pass(500);
        design.expire();
        design.sync();
    },
    ["x"]
);

/// Whoever is told of an item as it was holds what was gone before they asked, until they are told the rest.
#[test]
fn b10_several_states_of_an_item_in_one_delta() {
    fn holds_meanwhile(design: &mut impl Design) -> bool {
        design.put("other", "o");
        design.pass(10);
        design.sync();
        for _ in 0..2 {
            design.put("item", "o");
            design.pass(1);
        }
        design.delete("item");
        design.pass(10);
        let page = design.fetch().expect("a page");
        design.deliver(page);
        let holds = design.held().contains_key("item");
        design.interrupt();
        holds
    }
    let mut naive = Naive::new(Way::AppendedLog, Asked::All, 1);
    assert!(holds_meanwhile(&mut naive), "the naive design tells of the newest state alone");

    let mut engine = Engine::new(Asked::All, 1);
    assert!(!holds_meanwhile(&mut engine), "the device holds what was deleted before it asked");
    assert!(engine.is_right());
}

hazard!(
    b10_a_page_that_arrives_after_a_newer_one,
    Way::ReadTime,
    Asked::All,
    10,
    |design| {
        design.put("item", "o");
        design.pass(10);
        let late = design.fetch().expect("a page");
        design.interrupt();
        design.pass(1);
        design.delete("item");
        design.pass(10);
        design.sync();
        design.deliver(late);
        design.interrupt();
    },
    ["item"]
);

hazard!(
    b11_an_own_write_that_is_echoed_after_the_next_one,
    Way::ReadTime,
    Asked::All,
    10,
    |design| {
        design.put("item", "o");
        design.pass(10);
        let echo = design.fetch().expect("a page");
        design.interrupt();
        design.pass(1);
        design.put("item", "o");
        design.pass(10);
        design.sync();
        design.deliver(echo);
        // The echo of a run that was given up moves no cursor back either.
        design.interrupt();
        design.pass(2_000);
        design.expire();
    },
    ["item"]
);

hazard!(
    b12_a_page_that_the_filter_has_emptied,
    Way::FilterAfterLimit,
    Asked::Filter("mine"),
    2,
    |design| {
        for id in ["a", "b", "c", "d"] {
            design.put(id, "theirs");
            design.pass(1);
        }
        design.put("e", "mine");
    },
    ["e"]
);

hazard!(
    b13_a_cursor_that_is_kept_before_the_rows_are,
    Way::KeepsCursorAtOnce,
    Asked::All,
    2,
    |design| {
        for id in ["a", "b", "c"] {
            design.put(id, "o");
        }
        design.pass(10);
        let page = design.fetch().expect("a page");
        design.deliver(page);
        design.interrupt();
    },
    ["c"]
);

hazard!(
    b14_an_item_that_is_made_again_beside_its_tombstone,
    Way::TombstonesApart,
    Asked::All,
    10,
    |design| {
        design.put("item", "o");
        design.delete("item");
        design.put("item", "o");
    },
    ["item"]
);

hazard!(
    b15_a_compaction_between_two_pages,
    Way::ReadTime,
    Asked::All,
    1,
    |design| {
        for id in ["a", "b", "c"] {
            design.put(id, "o");
            design.pass(1);
        }
        design.sync();
        design.pass(1);
        design.delete("a");
        design.pass(600);
        design.put("b", "o");
        design.pass(1);
        design.put("c", "o");
        let page = design.fetch().expect("a page");
        design.deliver(page);
        design.pass(500);
        design.expire();
        design.sync();
    },
    ["b"]
);

/// Where what is committed is sent to whoever follows, all of it waits for one that does not read; here nothing does.
#[test]
fn b16_a_follower_that_does_not_read() {
    fn scene(design: &mut impl Design) {
        (0..500).for_each(|_| design.put("item", "o"));
    }
    let mut naive = Naive::new(Way::ReadTime, Asked::All, 10);
    let waiting = naive.watch();
    scene(&mut naive);
    assert!(waiting.try_iter().map(|row| row.n).eq(1..=500), "the naive design keeps nothing");

    let mut engine = Engine::new(Asked::All, 10);
    let mut watcher = engine.watch();
    scene(&mut engine);
    let mut told = Vec::new();
    while let Some(batch) = watcher.try_next().expect("a batch") {
        told.extend(batch.items.into_iter().map(|item| item.version));
    }
    assert_eq!(told, [500]);
}
