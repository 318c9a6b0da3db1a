//! Copies with keys of their own: another store.

use crate::support::{Scene, all, assert_clean, incarnation, set_state, stored};
use highwater::{BackupOptions, Error, Millis, Store, TokenProblem};
use highwater_format::StoreState;

/// A store, a token of it, and a cursor of it.
fn with_tokens() -> (Scene, Store, [String; 2]) {
    let (scene, store) = Scene::with_store();
    for id in ["a", "b", "c"] {
        scene.put(&store, &format!(r#"{{"id":"{id}"}}"#));
    }
    let tokens = tokens(&store);
    (scene, store, tokens)
}

fn tokens(store: &Store) -> [String; 2] {
    let token = store.sync(&all()).expect("a page").next_token.expect("more pages");
    let cursor = store.sync(&all().limit(1000)).expect("a page").cursor.expect("a last page");
    [token, cursor]
}

#[track_caller]
fn does_not_open(store: &Store, [token, cursor]: &[String; 2]) {
    for request in [all().next_token(token.clone()), all().cursor(cursor.clone())] {
        let answer = store.sync(&request);
        let refused =
            matches!(answer, Err(Error::Token { problem: TokenProblem::Unreadable(_), .. }));
        assert!(refused, "{answer:?}");
    }
}

#[test]
fn tokens_of_neither_open_in_the_other() {
    let (scene, store, of_store) = with_tokens();
    store.copy(scene.path("copy")).expect("a copy");
    let copy = scene.open("copy");
    does_not_open(&copy, &of_store);
    does_not_open(&store, &tokens(&copy));
    assert_eq!(stored(&copy), stored(&store));
    assert_clean(&copy);
    // A bare number of the original is answered with a reset.
    let seen = store.sync(&all()).expect("a page").started_at;
    assert!(copy.sync(&all().last_sync(seen)).expect("a page").reset);
    // The original goes on with what it has handed out.
    let [token, _] = of_store;
    store.sync(&all().next_token(token)).expect("a page");
}

/// The copying has opened it once: later openings are those of any store.
#[test]
fn a_copy_keeps_its_keys_and_its_incarnation() {
    let (scene, store, _) = with_tokens();
    store.copy(scene.path("copy")).expect("a copy");
    let copy = scene.open("copy");
    let (first, tokens) = (incarnation(&copy), tokens(&copy));
    copy.close().expect("a clean close");
    let copy = scene.open("copy");
    assert_eq!(incarnation(&copy), first);
    let [token, cursor] = tokens;
    copy.sync(&all().next_token(token)).expect("a page");
    assert!(!copy.sync(&all().cursor(cursor)).expect("a page").reset);
}

#[test]
fn a_copy_that_was_interrupted_gets_its_keys_when_it_is_opened() {
    let (scene, store, of_store) = with_tokens();
    store.checkpoint(scene.path("copy")).expect("a checkpoint");
    set_state(&scene.path("copy"), StoreState::Copied { new_keys: true, left: Vec::new() });
    let copy = scene.open("copy");
    does_not_open(&copy, &of_store);
    let of_copy = tokens(&copy);
    copy.close().expect("a clean close");
    // Interrupted once more, before anybody was told.
    set_state(&scene.path("copy"), StoreState::Copied { new_keys: true, left: Vec::new() });
    scene.time.advance(Millis(1_000));
    let copy = scene.open("copy");
    does_not_open(&copy, &of_copy);
    assert_clean(&copy);
}

#[test]
fn a_copy_is_another_store_to_its_backups() {
    let (scene, store, _) = with_tokens();
    scene.backup(&store);
    store.copy(scene.path("copy")).expect("a copy");
    let copy = scene.open("copy");
    let answer = copy.backup(scene.path("backups"), &BackupOptions::default());
    assert!(matches!(answer, Err(Error::BackupOfAnother { .. })), "{answer:?}");
    // A checkpoint is the same store at an earlier moment.
    store.checkpoint(scene.path("checkpoint")).expect("a checkpoint");
    assert_eq!(scene.backup(&scene.open("checkpoint")), 2);
}
