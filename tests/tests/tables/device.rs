//! A device that syncs several tables at once.

use crate::support::{put, world};
use highwater::{Millis, Mutation, Replica, SyncPage, SyncRequest, TablesPage, TablesRequest};
use proptest::prelude::*;

/// What one part of a page tells, as a page of its own.
fn part_of(page: &TablesPage, place: usize) -> SyncPage {
    let items = page.items.iter().filter(|(part, _)| *part == place);
    SyncPage {
        items: items.map(|(_, item)| item.clone()).collect(),
        next_token: page.next_token.clone(),
        scanned_count: 0,
        started_at: page.started_at,
        reset: page.parts[place].reset,
        cursor: None,
        incarnation: page.incarnation,
        mode: page.parts[place].mode,
        digest: page.parts[place].digest,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A device that syncs three tables at once ends with each of them, whatever is committed amid pages.
    #[test]
    fn a_device_of_several_tables_ends_equal_to_them(
        steps in proptest::collection::vec(
            (proptest::collection::btree_map((0..3_usize, 0..5_u8), 0..3_u8, 1..4), 1..4_u32, 0..150_u64),
            1..15),
    ) {
        const TABLES: [&str; 3] = ["lists", "todos", "short"];
        let world = world();
        let mut devices = [Replica::default(), Replica::default(), Replica::default()];
        let request = || TablesRequest::new(TABLES.map(SyncRequest::new));
        let mut since = None;
        let quiet = (Default::default(), 3, 0);
        for (writes, limit, pause) in steps.iter().chain([&quiet, &quiet]) {
            let mut asked = match since {
                Some(last) => request().last_sync(last),
                None => request(),
            }.limit(*limit);
            let mutations: Vec<_> = writes.iter().map(|((table, id), what)| match what {
                0 => Mutation::delete(TABLES[*table], id.to_string()),
                owner => put(TABLES[*table], &id.to_string(), &format!("o{owner}")),
            }).collect();
            let mut amid = !mutations.is_empty();
            loop {
                let page = world.store.sync_tables(&asked).expect("a page");
                for (place, device) in devices.iter_mut().enumerate() {
                    device.apply("v", &part_of(&page, place));
                }
                if std::mem::take(&mut amid) {
                    world.store.apply_batch(&mutations).expect("a commit");
                }
                match page.next_token {
                    Some(token) => asked.next_token = Some(token),
                    None => {
                        since = Some(page.started_at);
                        for (part, device) in page.parts.iter().zip(&devices) {
                            prop_assert!(part.digest.is_none_or(|told| told == device.digest("v")));
                        }
                        break;
                    }
                }
            }
            world.time.advance(Millis(pause + 2));
            world.store.expire().expect("an expiry");
        }
        for (table, device) in TABLES.iter().zip(&devices) {
            let digest = world.store.digest(table, &highwater::ScopeRequest::Table).expect("a read");
            prop_assert_eq!(Some(device.digest("v")), digest, "{}", table);
        }
    }
}
