//! What an import takes, and what it refuses.

use crate::support::{Scene, clean, content, doc, documents, import, push_rest, spec, tiny};
use highwater::{
    BulkOptions, Error, ErrorKind, ImportError, KeyKind, Options, Projection, Store, SyncRequest,
    TableSpec, TableSpecExt,
};

#[test]
fn of_two_documents_with_one_key_the_last_one_counts() {
    let scene = Scene::new();
    let mut all = documents(20);
    all.extend((0..3).map(|n| doc(&format!(r#"{{"id":"twice","n":{n}}}"#))));
    all.extend(documents(20));
    let report = import(&scene.store, spec(), tiny(), &all).expect("a report");
    assert_eq!((report.items, report.duplicates), (21, 22));
    let item = scene.store.get("notes", "twice").expect("a read").expect("an item");
    assert_eq!((item.version, item.document), (1, doc(r#"{"id":"twice","n":2}"#)));
    clean(&scene.store);
}

#[test]
fn a_document_that_cannot_be_stored_is_named_and_costs_nothing() {
    let scene = Scene::new();
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    for (n, document) in documents(20).into_iter().enumerate() {
        let large = format!(r#"{{"id":"x","text":"{}"}}"#, "x".repeat(500_000));
        for (bad, why) in [
            (r#"{"n":1}"#, "key attribute `id`"),
            (r#"{"id":7}"#, "must be a string, found number"),
            (r#"{"id":""}"#, "empty"),
            (r#"{"id":"x","owner":{}}"#, "attribute `owner` of index `byOwner`"),
            (r#"{"id":"x","state":[1]}"#, "attribute `state` of index `byState`"),
            (r#"{"id":"x","state":"s","n":true}"#, "attribute `n` of index `inState`"),
            (large.as_str(), "the limit is 409600"),
        ] {
            let error = import.push(doc(bad)).expect_err(why);
            let put = {
                let other = TableSpec { name: "other".to_owned(), ..spec() };
                let _ = scene.store.create_table(other);
                scene.store.put("other", doc(bad)).expect_err(why)
            };
            let Error::Import(ImportError::Document { number, source, .. }) = &error else {
                panic!("{error}");
            };
            assert_eq!((*number, error.kind()), (n as u64 + 1, ErrorKind::Invalid));
            // The same that a put is told.
            assert_eq!(source.to_string().replace("notes", "other"), put.to_string());
            let named = format!("document {number} for table `notes`: ");
            assert!(error.to_string().starts_with(&named), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        import.push(document).expect("a document that fits");
    }
    assert_eq!(import.finish().expect("a report").items, 20);
    clean(&scene.store);
}

#[test]
fn an_empty_import_makes_an_empty_table() {
    let scene = Scene::new();
    let report = import(&scene.store, spec(), tiny(), &[]).expect("a report");
    assert_eq!((report.items, report.file_bytes), (0, 0));
    assert_eq!(content(&scene.store, "notes").len(), 0);
    scene.store.put("notes", documents(1)[0].clone()).expect("a commit");
    clean(&scene.store);
}

#[test]
fn a_mark_is_kept_with_the_documents_before_it() {
    let scene = Scene::new();
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    assert_eq!(import.mark(), b"");
    for (n, document) in (1_u64..).zip(documents(30)) {
        import.push(document).expect("a document that fits");
        import.set_mark(n.to_be_bytes().to_vec()).expect("a mark");
        let accepted = import.accepted();
        let mark = if accepted == 0 { Vec::new() } else { accepted.to_be_bytes().to_vec() };
        assert_eq!(import.mark(), mark);
    }
    assert!((1..30).contains(&import.accepted()), "{}", import.accepted());
    let error = import.set_mark(vec![0; 4097]).expect_err("too long");
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert_eq!(import.flush().expect("on disk"), 30);
    drop(import);
    let import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    assert_eq!((import.accepted(), import.mark()), (30, 30_u64.to_be_bytes().as_slice()));
}

#[test]
fn an_import_goes_on_only_for_a_table_of_the_same_rows() {
    let scene = Scene::new();
    let mut import = scene.store.bulk_import(spec(), tiny()).expect("an import");
    push_rest(&mut import, &documents(10));
    import.flush().expect("on disk");
    drop(import);
    let mut partition = spec();
    partition.partition.kind = KeyKind::Number;
    for (other, attribute) in [
        (partition, "partition"),
        (spec().sort("n", KeyKind::Number), "sort"),
        (spec().index("more", "n", Projection::All), "indexes"),
        (spec().lookup("more", "n", None), "lookups"),
        (spec().expires_by("n"), "ttl_attribute"),
    ] {
        let error = scene.store.bulk_import(other, tiny()).err().expect("refused");
        assert!(matches!(error, Error::Import(ImportError::OtherDeclaration { .. })), "{error}");
        assert!(error.to_string().contains(attribute), "{error}");
    }
    // What is no matter of rows may differ.
    let mut longer = spec();
    longer.ttls.delta = Some(highwater::Millis(5));
    assert_eq!(scene.store.bulk_import(longer, tiny()).expect("on").accepted(), 10);
}

#[test]
fn what_an_import_cannot_be_is_refused() {
    let scene = Scene::new();
    let begin = |target: TableSpec, options| scene.store.bulk_import(target, options).err();
    let little = BulkOptions { memory_bytes: 100, ..BulkOptions::default() };
    assert!(matches!(begin(spec(), little), Some(Error::OutOfRange { .. })));
    let bad = spec().index("byOwner", "twice", Projection::All);
    assert!(matches!(begin(bad, tiny()), Some(Error::BadSpec { .. })));
    let error = scene.store.bulk_import("nowhere", tiny()).err();
    assert!(matches!(error, Some(Error::UnknownTable { .. })));
    scene.store.create_table(spec()).expect("a table");
    assert!(matches!(begin(spec(), tiny()), Some(Error::TableExists { .. })));
    scene.store.put("notes", documents(1)[0].clone()).expect("a commit");
    let error = scene.store.bulk_import("notes", tiny()).err().expect("refused");
    assert!(matches!(error, Error::Import(ImportError::NotEmpty { .. })), "{error}");
}

/// Two would write each other's runs.
#[test]
fn one_import_of_a_table_is_under_way_at_a_time() {
    let scene = Scene::new();
    let first = scene.store.bulk_import(spec(), tiny()).expect("an import");
    let second = scene.store.bulk_import(spec(), tiny()).err();
    assert!(matches!(second, Some(Error::Import(ImportError::Running { .. }))), "{second:?}");
    let abandoned = scene.store.abandon_bulk_import("notes");
    let running = matches!(abandoned, Err(Error::Import(ImportError::Running { .. })));
    assert!(running, "{abandoned:?}");
    let other = TableSpec { name: "other".to_owned(), ..spec() };
    scene.store.bulk_import(other, tiny()).expect("an import of another table");
    drop(first);
    scene.store.bulk_import(spec(), tiny()).expect("gone on with");
}

#[test]
fn a_budget_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut options = Options { worker: None, ..Options::default() };
    options.limits.disk_bytes = Some(300 << 10);
    let store = Store::builder(dir.path().join("store")).options(options).open().expect("a store");
    let mut import = store.bulk_import(spec(), BulkOptions::default()).expect("an import");
    let mut noise = 1_u64;
    for n in 0..200 {
        // Text that does not compress.
        let text: String = (0..1000)
            .map(|_| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                format!("{:04x}", noise >> 48)
            })
            .collect();
        import.push(doc(&format!(r#"{{"id":"{n}","text":"{text}"}}"#))).expect("taken");
    }
    let error = import.finish().expect_err("too much");
    assert!(matches!(error, Error::DiskBudget { .. }), "{error}");
    assert!(store.sync(&SyncRequest::new("notes")).is_err());
    clean(&store);
}
