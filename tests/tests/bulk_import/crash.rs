//! An import that was cut off: wherever that was, the table is there wholly or not at all, and the import
//! can be gone on with.

use crate::support::{
    Scene, clean, content, content_of, doc, documents, import, leftovers, open, options, push_rest,
    replacing, spec, tiny,
};
use highwater::testing::Point;
use highwater::{BulkOptions, BulkTarget, Error, ImportError, Store, TableSpec, TableSpecExt};
use highwater_tests::model::copy_store;
use parking_lot::Mutex;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An import of `documents`, and a copy of the store at each of its points. Another table is written to all
/// along.
fn copies(scene: &Scene, target: BulkTarget, options: BulkOptions) -> Vec<(Point, PathBuf)> {
    scene.store.create_table(TableSpec::new("other", "id")).expect("a table");
    let copies = Arc::new(Mutex::new(Vec::new()));
    let (taken, store, path) = (Arc::clone(&copies), scene.store.clone(), scene.path.clone());
    let mut count = 0;
    scene.points.each(move |point| {
        if matches!(point, Point::BeforeWrite | Point::AfterWrite) {
            return Ok(());
        }
        count += 1;
        // Much enough that damage in the middle of the log loses some of it and not all. While a table ends
        // no commit is let in.
        for n in 0..if point == Point::TableEnded { 0 } else { 8 } {
            let text = "x".repeat(100);
            let json = format!(r#"{{"id":"c{count}n{n}","text":"{text}"}}"#);
            store.put("other", doc(&json)).expect("a commit");
        }
        let copy = path.with_file_name(format!("copy-{count}"));
        copy_store(&path, &copy);
        taken.lock().push((point, copy));
        Ok(())
    });
    import(&scene.store, target, options, &documents(30)).expect("a report");
    scene.points.none();
    let copies = std::mem::take(&mut *copies.lock());
    let of = |wanted: Point| copies.iter().filter(|(point, _)| *point == wanted).count();
    assert!(of(Point::ImportRun) > 3 && of(Point::ImportAccepted) == of(Point::ImportRun));
    assert_eq!(of(Point::ImportTakenIn), 4);
    for point in [Point::ImportHidden, Point::ImportBuilt, Point::ImportShown, Point::ImportTidied]
    {
        assert_eq!(of(point), 1, "{point:?}");
    }
    copies
}

pub(super) fn is_shown(point: Point) -> bool {
    matches!(point, Point::TableEnded | Point::ImportShown | Point::ImportTidied)
}

#[test]
fn a_crash_at_any_point_leaves_the_old_table_or_the_new_one() {
    let documents = documents(30);
    for replaces in [false, true] {
        let scene = Scene::new();
        let old = [doc(r#"{"id":"old","owner":"o0","state":"s0","n":1}"#)];
        let (target, options): (BulkTarget, _) = if replaces {
            scene.store.create_table(spec()).expect("a table");
            scene.store.put("notes", old[0].clone()).expect("a commit");
            ("notes".into(), replacing())
        } else {
            (spec().into(), tiny())
        };
        for (point, copy) in copies(&scene, target.clone(), options.clone()) {
            let store = open(&copy);
            clean(&store);
            if is_shown(point) {
                assert_eq!(content(&store, "notes"), content_of(&documents), "{point:?}");
                assert!(!store.abandon_bulk_import("notes").expect("nothing to abandon"));
            } else {
                match replaces {
                    true => assert_eq!(content(&store, "notes"), content_of(&old), "{point:?}"),
                    false => assert!(store.get("notes", "old").is_err(), "{point:?}"),
                }
                let mut import = store.bulk_import(target.clone(), options.clone()).expect("on");
                if !matches!(point, Point::ImportRun | Point::ImportAccepted) {
                    assert_eq!(import.accepted(), 30, "{point:?}");
                }
                push_rest(&mut import, &documents);
                assert_eq!(import.finish().expect("a report").items, 30, "{point:?}");
                assert_eq!(content(&store, "notes"), content_of(&documents), "{point:?}");
            }
            clean(&store);
            assert_eq!(leftovers(&copy), Vec::<PathBuf>::new(), "{point:?}");
            store.close().expect("a clean close");
            let again = open(&copy);
            assert_eq!(content(&again, "notes"), content_of(&documents), "{point:?}");
        }
    }
}

/// Flips a bit in the middle of each log, or removes them.
fn damage_logs(path: &Path, remove: bool) {
    let files = fs::read_dir(path.join("rocksdb")).expect("a folder").flatten();
    let logs = files.map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "log"));
    for log in logs {
        let mut bytes = fs::read(&log).expect("a file");
        if remove || bytes.is_empty() {
            fs::remove_file(&log).expect("a file");
            continue;
        }
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&log, bytes).expect("a file");
    }
}

fn recover(path: &Path) -> Store {
    Store::builder(path).options(options()).recover().open().expect("recovered")
}

/// Rows that a family has taken in are there whatever is lost of the log. They must not turn up in a table
/// that gets their identifiers.
#[test]
fn a_lost_log_gives_no_identifier_twice() {
    let documents = documents(30);
    let scene = Scene::new();
    for (point, copy) in copies(&scene, spec().into(), tiny()) {
        for remove in [false, true] {
            let trial = copy.with_extension(format!("{remove}"));
            copy_store(&copy, &trial);
            damage_logs(&trial, remove);
            let store = recover(&trial);
            clean(&store);
            let shown = store.get("notes", "i00000").is_ok();
            assert!(!shown || is_shown(point), "{point:?}");
            assert!(shown || point != Point::ImportTidied, "{point:?}: it was on disk");
            if shown {
                assert_eq!(content(&store, "notes"), content_of(&documents), "{point:?}");
            }
            let late = TableSpec { name: "late".to_owned(), ..spec() };
            store.create_table(late).expect("a table");
            assert_eq!(content(&store, "late").len(), 0, "{point:?}");
            store.put("late", documents[0].clone()).expect("a commit");
            clean(&store);
            if !shown {
                let report = import(&store, spec(), tiny(), &documents).expect("a report");
                assert_eq!(report.items, 30);
            }
            assert_eq!(content(&store, "notes"), content_of(&documents), "{point:?}");
            assert_eq!(content(&store, "late").len(), 1);
            clean(&store);
        }
    }
}

#[test]
fn an_import_that_fails_at_any_point_can_be_repeated() {
    let documents = documents(30);
    for failing in [
        Point::ImportRun,
        Point::ImportAccepted,
        Point::ImportHidden,
        Point::ImportBuilt,
        Point::ImportTakenIn,
    ] {
        for nth in 1..=4 {
            let scene = Scene::new();
            let other = TableSpec::new("other", "id");
            scene.store.create_table(other).expect("a table");
            let noted = scene.store.verify().expect("a verification").meta_values;
            let mut count = 0;
            scene.points.each(move |point| {
                count += u32::from(point == failing);
                match point == failing && count == nth {
                    true => Err("the disk has failed".to_owned()),
                    false => Ok(()),
                }
            });
            let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
            let mut failed = 0;
            for document in &documents {
                if let Err(error) = import.push(document.clone()) {
                    assert!(matches!(error, Error::Io { .. }), "{error}");
                    import.push(document.clone()).expect("taken at the second attempt");
                    failed += 1;
                }
            }
            let mut done = import.finish();
            if let Err(error) = &done {
                assert!(matches!(error, Error::Io { .. }), "{error}");
                failed += 1;
                assert!(scene.store.get("notes", "i00000").is_err(), "{failing:?}");
                clean(&scene.store);
                // Neither rows nor a note of hidden ones.
                let report = scene.store.verify().expect("a verification");
                assert_eq!((report.items, report.meta_values), (0, noted), "{failing:?}");
                done = crate::support::import(&scene.store, spec(), tiny(), &documents);
            }
            assert_eq!(done.expect("a report").items, 30, "{failing:?}");
            let more = matches!(failing, Point::ImportHidden | Point::ImportBuilt) && nth > 1;
            assert_eq!(failed, u32::from(!more), "{failing:?} {nth}");
            assert_eq!(content(&scene.store, "notes"), content_of(&documents), "{failing:?}");
            assert_eq!(leftovers(&scene.path), Vec::<PathBuf>::new(), "{failing:?}");
            clean(&scene.store);
        }
    }
}

#[test]
fn nothing_is_visible_before_everything_is() {
    let scene = Scene::new();
    let (store, path) = (scene.store.clone(), scene.path.clone());
    let seen = Arc::new(Mutex::new(0));
    let count = Arc::clone(&seen);
    scene.points.each(move |point| {
        let shown = is_shown(point);
        assert_eq!(store.get("notes", "i00000").is_ok(), shown, "{point:?}");
        assert_eq!(store.tables().len(), usize::from(shown), "{point:?}");
        assert_eq!(store.stats().expect("stats").tables.len(), usize::from(shown), "{point:?}");
        assert!(point == Point::ImportTidied || !leftovers(&path).is_empty());
        clean(&store);
        *count.lock() += 1;
        Ok(())
    });
    import(&scene.store, spec(), tiny(), &documents(30)).expect("a report");
    scene.points.none();
    assert!(*seen.lock() > 10);
}

#[test]
fn an_import_that_is_interrupted_at_the_end_is_gone_on_with() {
    let scene = Scene::new();
    let documents = documents(3_000);
    let options = BulkOptions::default();
    let mut import = scene.store.bulk_import(spec(), options.clone()).expect("an import");
    push_rest(&mut import, &documents);
    let mut told = Vec::new();
    let broken = import.finish_with(&mut |progress| {
        told.push(progress);
        if told.len() == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let error = broken.expect_err("interrupted");
    assert!(matches!(error, Error::Import(ImportError::Interrupted { .. })), "{error}");
    assert_eq!((told[0].placed, told[0].total), (1024, 3_000));
    // Every item is in two scopes and in one ordered index.
    assert_eq!((told[4].placed, told[4].total), (5 * 1024, 4 * 3_000));
    assert!(scene.store.get("notes", "i00000").is_err());
    clean(&scene.store);
    let import = scene.store.bulk_import(spec(), options).expect("an import");
    assert_eq!(import.accepted(), 3_000);
    assert_eq!(import.finish().expect("a report").index_entries, 3 * 3_000);
    assert_eq!(content(&scene.store, "notes"), content_of(&documents));
    clean(&scene.store);
}

/// Gone on with, they would put the imported rows in the place of what was written since. Whoever may remove
/// everything, as root may, sees them go at once.
#[cfg(unix)]
#[test]
fn files_of_a_visible_import_that_could_not_be_removed_go_at_a_later_opening() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let documents = documents(30);
    let (from, copy) = (scene.path.clone(), scene.path.with_file_name("copy"));
    let to = copy.clone();
    scene.points.each(move |point| {
        if point == Point::ImportShown {
            copy_store(&from, &to);
        }
        Ok(())
    });
    import(&scene.store, spec(), tiny(), &documents).expect("a report");
    let folder = leftovers(&copy)[0].parent().expect("a folder").to_owned();
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode));
    allow(0o555).expect("a folder");
    let store = open(&copy);
    assert_eq!(content(&store, "notes"), content_of(&documents));
    store.close().expect("a clean close");
    if folder.exists() {
        allow(0o755).expect("a folder");
    }
    let store = open(&copy);
    assert_eq!(leftovers(&copy), Vec::<PathBuf>::new());
    assert!(!store.abandon_bulk_import("notes").expect("nothing to abandon"));
    assert_eq!(content(&store, "notes"), content_of(&documents));
    clean(&store);
}

/// And the same of files that could not even be looked at for a while.
#[test]
fn files_of_a_visible_import_that_could_not_be_read_are_nobodys_to_go_on_with() {
    let scene = Scene::new();
    let (old, new) = (documents(30), documents(50).split_off(20));
    scene.points.each(|point| match point {
        Point::ImportShown => Err("the disk is away".to_owned()),
        _ => Ok(()),
    });
    import(&scene.store, spec(), tiny(), &old).expect("a report");
    scene.store.close().expect("a clean close");
    let folder = leftovers(&scene.path)[0].parent().expect("a folder").to_owned();
    let imports = folder.parent().expect("that of all imports").to_owned();
    for hidden in [folder.join("MANIFEST"), imports] {
        let aside = scene.path.with_file_name("aside");
        fs::rename(&hidden, &aside).expect("it is there");
        // A folder in the place of a file, or the other way around.
        let is_folder = aside.is_dir();
        let cover = if is_folder { fs::write(&hidden, "") } else { fs::create_dir(&hidden) };
        cover.expect("something else");
        let store = open(&scene.path);
        assert_eq!(content(&store, "notes"), content_of(&old));
        clean(&store);
        store.close().expect("a clean close");
        let gone = if is_folder { fs::remove_file(&hidden) } else { fs::remove_dir(&hidden) };
        gone.expect("nobody else has taken it away");
        fs::rename(&aside, &hidden).expect("it is back");
    }
    let store = open(&scene.path);
    assert_eq!(store.bulk_import("notes", replacing()).expect("a new one").accepted(), 0);
    import(&store, "notes", replacing(), &new).expect("a report");
    assert_eq!(content(&store, "notes"), content_of(&new));
    clean(&store);
}

#[test]
fn files_of_a_visible_import_that_stay_in_the_session_are_nobodys_to_go_on_with() {
    let scene = Scene::new();
    let (old, new) = (documents(30), documents(50).split_off(20));
    scene.points.each(|point| match point {
        Point::ImportShown => Err("the disk is away".to_owned()),
        _ => Ok(()),
    });
    import(&scene.store, spec(), tiny(), &old).expect("a report");
    assert!(!leftovers(&scene.path).is_empty());
    scene.points.none();
    let again = scene.store.bulk_import("notes", replacing()).expect("a new import");
    assert_eq!(again.accepted(), 0);
    drop(again);
    import(&scene.store, "notes", replacing(), &new).expect("a report");
    assert_eq!(content(&scene.store, "notes"), content_of(&new));
    // Nor is there anything to abandon.
    scene.points.each(|point| match point {
        Point::ImportShown => Err("the disk is away".to_owned()),
        _ => Ok(()),
    });
    import(&scene.store, "notes", replacing(), &old).expect("a report");
    assert!(!scene.store.abandon_bulk_import("notes").expect("an answer"));
    assert_eq!(content(&scene.store, "notes"), content_of(&old));
    clean(&scene.store);
}
