//! An import whose store is closed under it.

use crate::support::{
    Scene, clean, content, content_of, documents, import, open, push_rest, spec, tiny,
};
use highwater::Error;
use highwater::testing::Point;

#[test]
fn an_import_outlives_its_store_and_writes_nothing_after_it() {
    let scene = Scene::new();
    let documents = documents(30);
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    push_rest(&mut import, &documents);
    let accepted = import.flush().expect("on disk");
    assert_eq!(accepted, 30);
    scene.store.clone().close().expect("a clean close");
    let error = import.finish().expect_err("closed");
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    drop(scene.store);
    let store = open(&scene.path);
    let import = store.bulk_import(spec(), tiny()).expect("an import");
    assert_eq!(import.accepted(), 30);
    import.finish().expect("a report");
    assert_eq!(content(&store, "notes"), content_of(&documents));
}

/// The closing has written down what it left: one more file would keep the store from opening.
#[test]
fn a_store_that_is_closed_amid_an_import_takes_no_more_files_in() {
    let documents = documents(30);
    for closing in [Point::ImportBuilt, Point::ImportTakenIn] {
        let scene = Scene::new();
        let mut store = Some(scene.store.clone());
        scene.points.each(move |point| {
            if let Some(store) = store.take_if(|_| point == closing) {
                store.close().expect("a clean close");
            }
            Ok(())
        });
        let error = import(&scene.store, spec(), tiny(), &documents).expect_err("closed");
        assert!(matches!(error, Error::ReadOnly { .. }), "{closing:?}: {error}");
        scene.points.none();
        drop(scene.store);
        let store = open(&scene.path);
        clean(&store);
        assert!(store.tables().is_empty(), "{closing:?}");
        import(&store, spec(), tiny(), &documents).expect("gone on with");
        assert_eq!(content(&store, "notes"), content_of(&documents), "{closing:?}");
        clean(&store);
    }
}
