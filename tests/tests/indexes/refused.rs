//! What cannot be indexed, or declared, leaves everything as it was.

use crate::support::{
    World, document, every_kind, everything_agrees, lookup, scope, spec, verified,
};
use highwater::testing::Point;
use highwater::{Error, ErrorKind, IndexChange, Projection};
use highwater_tests::model::copy_store;

const LIST: &str = r#"{"id":"n0190","owner":["a","b"],"team":"t1","rank":1}"#;

#[test]
fn an_item_that_cannot_be_indexed_is_named_and_the_whole_change_is_taken_back() {
    let world = World::new(spec());
    world.fill(200);
    world.put(LIST);
    let before = world.store.tables();
    for kind in [scope("byOwner", "owner", Projection::All), lookup("l", "rank", Some("owner"))] {
        let changes = [scope("byTeam", "team", Projection::KeysOnly), kind];
        let error = world.store.change_indexes("t", &changes).expect_err("refused");
        assert!(matches!(error, Error::Unindexable { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("n0190"), "{error}");
        assert_eq!(world.store.tables(), before);
        assert!(world.phases().is_empty());
        verified(&world.store);
    }
    // Mended, it works; writes in between were held to no index that is not there.
    world.put(LIST);
    world.store.put("t", document(190, 1, 1, 1)).expect("a commit");
    world.change(&every_kind());
    everything_agrees(&world);
}

#[test]
fn while_an_index_is_built_nothing_is_written_that_cannot_be_in_it() {
    let world = World::new(spec());
    world.fill(100);
    let store = world.store.clone();
    world.hooks.at(Point::IndexChunk, move || {
        let document = highwater::Document::from_json(LIST).map_err(|e| e.to_string())?;
        let error = store.put("t", document).expect_err("refused");
        assert!(matches!(error, Error::IndexedAttribute { .. }), "{error}");
        Ok(())
    });
    world.change(&every_kind());
    everything_agrees(&world);
}

#[test]
fn a_build_that_crashed_before_it_came_to_such_an_item_is_taken_back_too() {
    let world = World::new(spec());
    world.fill(200);
    world.put(LIST);
    let copy = world.path.with_file_name("copy");
    let (path, to) = (world.path.clone(), copy.clone());
    world.hooks.at(Point::IndexChunk, move || {
        copy_store(&path, &to);
        Err("down".to_owned())
    });
    world.store.change_indexes("t", &every_kind()).expect_err("interrupted");
    let crashed = world.at_copy(&copy);
    // Nothing is wrong with it: the index is not to be asked yet.
    verified(&crashed.store);
    let error = crashed.store.build_indexes().expect_err("refused");
    assert!(matches!(error, Error::Unindexable { .. }), "{error}");
    assert!(crashed.phases().is_empty());
    verified(&crashed.store);
    crashed.store.build_indexes().expect("nothing is left to do");
}

#[test]
fn what_cannot_be_declared_changes_nothing() {
    let world = World::new(spec());
    world.fill(5);
    world.change(&every_kind());
    let before = world.store.tables();
    let named = |name: &str| name.to_owned();
    for (change, says) in [
        (scope("byOwner", "other", Projection::All), "two indexes are named `byOwner`"),
        (lookup("byTeam", "other", None), "two indexes are named `byTeam`"),
        (scope("", "other", Projection::All), "1 to 255 bytes"),
        (lookup("l", "", None), "1 to 255 bytes"),
        (lookup("l", "a", Some("")), "1 to 255 bytes"),
        (IndexChange::ExpireBy(Some(String::new())), "1 to 255 bytes"),
        (IndexChange::Drop(named("nope")), "byOwner, byTeam, ranked"),
        (IndexChange::Project(named("nope"), Projection::All), "byOwner, byTeam, ranked"),
        (IndexChange::Project(named("ranked"), Projection::All), "`ranked` is ordered"),
    ] {
        // All of a call or nothing: the first of the two could be done.
        let changes = [IndexChange::Drop(named("ranked")), change.clone()];
        let alone = world.store.change_indexes("t", &[change]).expect_err("refused");
        assert!(alone.to_string().contains(says), "{alone}");
        assert_eq!(alone.kind(), ErrorKind::Invalid);
        world.store.change_indexes("t", &changes[..2]).expect_err("refused");
        assert_eq!(world.store.tables(), before);
    }
    let unknown = world.store.change_indexes("nope", &[]).expect_err("refused");
    assert!(matches!(unknown, Error::UnknownTable { .. }), "{unknown}");
    let many: Vec<_> = (0..30).map(|n| scope(&format!("i{n}"), "a", Projection::All)).collect();
    let error = world.store.change_indexes("t", &many).expect_err("refused");
    assert!(error.to_string().contains("the limit is 20"), "{error}");
    assert_eq!(world.store.tables(), before);
    world.store.put("t", document(1, 2, 0, 0)).expect("a commit");
    everything_agrees(&world);
}
