//! Checkpoints, copies and backups that are made while an import is under way.

use crate::crash::is_shown;
use crate::support::{
    Scene, clean, content, content_of, doc, documents, import, leftovers, open, options, replacing,
    spec,
};
use highwater::testing::Point;
use highwater::{BackupOptions, RestoreOptions, Store};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;

/// What is in families by then is hidden, and its work folder is not in the copy.
#[test]
fn what_is_copied_amid_an_import_shows_nothing_of_it() {
    let scene = Scene::new();
    scene.store.create_table(spec()).expect("a table");
    let old = [doc(r#"{"id":"old","owner":"o0","state":"s0","n":1}"#)];
    scene.store.put("notes", old[0].clone()).expect("a commit");
    let made = Arc::new(Mutex::new(Vec::<(Point, u32, PathBuf)>::new()));
    let (all, store, path) = (Arc::clone(&made), scene.store.clone(), scene.path.clone());
    let backups = path.with_file_name("backups");
    let to = backups.clone();
    scene.points.each(move |point| {
        let mut all = all.lock();
        let again = all.iter().any(|(seen, ..)| *seen == point) && point != Point::ImportTakenIn;
        if is_shown(point) || again || matches!(point, Point::BeforeWrite | Point::AfterWrite) {
            return Ok(());
        }
        let copy = path.with_file_name(format!("copy-{}", all.len()));
        store.checkpoint(&copy).expect("a checkpoint");
        store.copy(copy.with_extension("new-keys")).expect("a copy");
        let backup = store.backup(&to, &BackupOptions::default()).expect("a backup");
        all.push((point, backup.id, copy));
        Ok(())
    });
    let new = documents(30);
    import(&scene.store, "notes", replacing(), &new).expect("a report");
    scene.points.none();
    assert_eq!(content(&scene.store, "notes"), content_of(&new));
    clean(&scene.store);
    let made = std::mem::take(&mut *made.lock());
    assert_eq!(made.len(), 8, "{made:?}");
    for (point, backup, copy) in made {
        let restored = copy.with_extension("restored");
        let how = RestoreOptions { id: Some(backup), ..RestoreOptions::default() };
        let report = Store::builder(&restored).options(options()).restore(&backups, &how);
        assert!(report.expect("a restore").verify.is_clean(), "{point:?}");
        for path in [copy.with_extension("new-keys"), copy, restored] {
            let store = open(&path);
            clean(&store);
            let report = store.verify().expect("a verification");
            assert_eq!(
                (store.tables().len(), report.items),
                (1, 1),
                "{point:?} {}",
                path.display()
            );
            assert_eq!(content(&store, "notes"), content_of(&old), "{point:?}");
            // It has nothing to go on with, and begins anew.
            assert_eq!(leftovers(&path), Vec::<PathBuf>::new(), "{point:?}");
            let made = import(&store, "notes", replacing(), &new);
            assert_eq!(made.expect("a report").items, 30, "{point:?}");
            assert_eq!(content(&store, "notes"), content_of(&new), "{point:?}");
            clean(&store);
        }
    }
}
