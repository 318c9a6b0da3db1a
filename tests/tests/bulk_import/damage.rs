//! Files of an import that are not what was written.

use crate::support::{
    Scene, clean, content, content_of, documents, import, leftovers, open, push_rest, spec, tiny,
};
use highwater::testing::Point;
use highwater::{BulkImport, Error, ErrorKind, ImportError};
use std::fs;
use std::path::PathBuf;

fn is_damaged(error: &Error) -> bool {
    let named = error.to_string().contains("abandon the bulk import");
    matches!(error, Error::Import(ImportError::Damaged { .. }))
        && error.kind() == ErrorKind::Operator
        && named
}

/// A store with an import whose documents are all in runs.
fn begun() -> (Scene, Vec<PathBuf>) {
    let scene = Scene::new();
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    push_rest(&mut import, &documents(30));
    import.flush().expect("on disk");
    let runs = leftovers(&scene.path);
    let runs = runs.into_iter().filter(|path| !path.ends_with("MANIFEST")).collect();
    (scene, runs)
}

#[test]
fn a_damaged_run_is_an_error_and_never_a_wrong_table() {
    let (scene, runs) = begun();
    assert!(runs.len() > 3);
    for run in [&runs[0], &runs[runs.len() - 1]] {
        let good = fs::read(run).expect("a file");
        let mut bad: Vec<Option<Vec<u8>>> = vec![None, Some(Vec::new())];
        for at in (0..good.len()).step_by(13) {
            let mut flipped = good.clone();
            flipped[at] ^= 0x10;
            bad.push(Some(flipped));
        }
        bad.push(Some(good[..good.len() - 1].to_vec()));
        bad.push(Some([good.as_slice(), &[0]].concat()));
        // As long as it was, but its first entry stands twice.
        let first = 8 + u32::from_le_bytes([good[0], good[1], good[2], good[3]]) as usize;
        let rest = &good[..good.len() - first];
        bad.push(Some([&good[..first], rest].concat()));
        for bad in bad {
            match bad {
                Some(bytes) => fs::write(run, bytes).expect("a file"),
                None => fs::remove_file(run).expect("a file"),
            }
            let import = scene.store.bulk_import(spec(), tiny()).expect("an import");
            let error = import.finish().expect_err("damaged");
            assert!(is_damaged(&error), "{error}");
            assert!(scene.store.get("notes", "i00000").is_err());
        }
        fs::write(run, good).expect("a file");
    }
    clean(&scene.store);
    import(&scene.store, spec(), tiny(), &documents(30)).expect("whole again");
    assert_eq!(content(&scene.store, "notes"), content_of(&documents(30)));
}

/// Found at the end, it would have cost the whole build.
#[test]
fn a_run_of_another_length_is_refused_before_anything_is_built() {
    let (scene, runs) = begun();
    let good = fs::read(&runs[0]).expect("a file");
    scene.points.each(|point| {
        assert_ne!(point, Point::ImportHidden);
        Ok(())
    });
    for bad in [good[..good.len() - 1].to_vec(), [good.as_slice(), &[0]].concat()] {
        fs::write(&runs[0], bad).expect("a file");
        let import = scene.store.bulk_import(spec(), tiny()).expect("an import");
        let error = import.finish().expect_err("damaged");
        assert!(is_damaged(&error), "{error}");
    }
}

#[test]
fn a_damaged_manifest_is_an_error_until_the_import_is_abandoned() {
    let (scene, runs) = begun();
    let manifest = runs[0].with_file_name("MANIFEST");
    let good = fs::read(&manifest).expect("a file");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&manifest, bytes).expect("a file");
        let error = scene.store.bulk_import(spec(), tiny()).err().expect("damaged");
        assert!(is_damaged(&error), "{error}");
    }
    drop(scene.store);
    let store = crate::support::open(&scene.path);
    assert!(store.bulk_import(spec(), tiny()).is_err(), "opening the store mends nothing");
    assert!(store.abandon_bulk_import("notes").expect("abandoned"));
    assert_eq!(leftovers(&scene.path), Vec::<PathBuf>::new());
    import(&store, spec(), tiny(), &documents(30)).expect("a report");
}

#[test]
fn a_run_that_is_not_accepted_is_thrown_away() {
    let (scene, runs) = begun();
    for name in ["run-00000999", "MANIFEST.new"] {
        fs::write(runs[0].with_file_name(name), "half a file").expect("a file");
    }
    let strays = leftovers(&scene.path).len();
    assert_eq!(scene.store.bulk_import(spec(), tiny()).expect("on").accepted(), 30);
    assert_eq!(leftovers(&scene.path).len(), strays - 2);
    // A folder without a manifest is one that was being made, or being removed.
    fs::remove_file(runs[0].with_file_name("MANIFEST")).expect("a file");
    assert_eq!(scene.store.bulk_import(spec(), tiny()).expect("anew").accepted(), 0);
    fs::remove_file(runs[0].with_file_name("MANIFEST")).expect("a file");
    drop(scene.store);
    drop(crate::support::open(&scene.path));
    assert!(!runs[0].with_file_name("MANIFEST").parent().expect("a folder").exists());
}

#[test]
fn what_is_given_up_is_gone() {
    let (scene, _) = begun();
    scene.store.bulk_import(spec(), tiny()).map(BulkImport::abandon).expect("on").expect("gone");
    assert_eq!(leftovers(&scene.path), Vec::<PathBuf>::new());
    let mut other = spec();
    other.partition.name = "key".to_owned();
    assert_eq!(scene.store.bulk_import(other, tiny()).expect("anew").accepted(), 0);
}

/// A link to a folder that cannot be synced stands for files that cannot be removed, whoever tries.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_removed_does_not_keep_a_store_closed() {
    let scene = Scene::new();
    import(&scene.store, spec(), tiny(), &documents(30)).expect("a report");
    let stays = scene.path.join("import").join("stays");
    std::os::unix::fs::symlink("/proc/self/fd", &stays).expect("a link");
    scene.store.close().expect("a clean close");
    for _ in 0..2 {
        let store = open(&scene.path);
        assert!(stays.is_symlink());
        assert_eq!(content(&store, "notes"), content_of(&documents(30)));
        clean(&store);
        store.close().expect("a clean close");
    }
    fs::remove_file(&stays).expect("a link");
}
