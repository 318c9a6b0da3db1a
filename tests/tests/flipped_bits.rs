//! A flipped bit in a data file is an error or goes unnoticed because nobody reads it: never a wrong answer.

use highwater::{Document, ErrorKind, Options, Projection, Store, TableSpec, TableSpecExt};
use highwater_tests::model::copy_store as copy;
use std::fs;

const ITEMS: usize = 100;

fn json(n: usize) -> String {
    format!(r#"{{"id":"n{n}","owner":"o{}","text":"{}"}}"#, n % 3, "lorem ipsum ".repeat(n % 7))
}

fn options() -> Options {
    Options { worker: None, ..Options::default() }
}

#[test]
fn every_answer_is_right_or_an_error_and_verify_finds_what_a_read_can_reach() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store");
    let store = Store::builder(&path).options(options()).open().expect("a store");
    let spec = TableSpec::new("t", "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec).expect("a table");
    for n in 0..ITEMS {
        store.put("t", Document::from_json(&json(n)).expect("JSON")).expect("a commit");
    }
    store.compact().expect("a compaction");
    store.close().expect("a clean close");

    let data = path.join("rocksdb");
    let files = fs::read_dir(&data).expect("a folder").flatten().map(|file| file.file_name());
    let tables: Vec<_> = files.filter(|n| n.to_string_lossy().ends_with(".sst")).collect();
    let (mut refused, mut wrong_reads, mut found, mut trials) = (0, 0, 0, 0);
    for name in &tables {
        let size = fs::metadata(data.join(name)).expect("a file").len();
        for place in (0..size).step_by(usize::try_from(size / 12).expect("small").max(1)) {
            trials += 1;
            let trial = dir.path().join(format!("trial-{trials}"));
            copy(&path, &trial);
            let file = trial.join("rocksdb").join(name);
            let mut bytes = fs::read(&file).expect("a file");
            bytes[usize::try_from(place).expect("small")] ^= 1 << (trials % 8);
            fs::write(&file, bytes).expect("a file");

            let opened = Store::builder(&trial).options(options()).open();
            let Ok(store) = opened else {
                refused += 1;
                continue;
            };
            let mut failed = 0;
            for n in 0..ITEMS {
                match store.get("t", format!("n{n}").as_str()) {
                    Ok(item) => {
                        let item = item.unwrap_or_else(|| panic!("n{n} is gone: {name:?} {place}"));
                        assert_eq!(item.document, Document::from_json(&json(n)).expect("JSON"));
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Operator, "{error}");
                        failed += 1;
                    }
                }
            }
            wrong_reads += usize::from(failed > 0);
            let clean = store.verify().is_ok_and(|report| report.is_clean());
            assert!(failed == 0 || !clean, "verify missed {name:?} at {place}");
            found += usize::from(!clean);
        }
    }
    assert!(
        trials > 40 && found > 10 && wrong_reads > 0,
        "{trials} {refused} {wrong_reads} {found}"
    );
}
