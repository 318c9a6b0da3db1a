//! A store with one table of a strategy, and its writers.

use highwater::testing::ManualTime;
use highwater::{
    Conflict, Document, Durability, Error, Expect, Item, Millis, Mutation, Options, Outcome,
    Resolver, Result, Store, TableSpec,
};
use std::sync::Arc;

pub struct Scene {
    pub store: Store,
    spec: TableSpec,
    pub time: Arc<ManualTime>,
    _dir: tempfile::TempDir,
}

impl Scene {
    pub fn new(spec: TableSpec) -> Self {
        Self::with_resolver(spec, None)
    }

    /// `resolver` is registered as `mine`.
    pub fn with_resolver(spec: TableSpec, resolver: Option<Arc<dyn Resolver>>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let time = Arc::new(ManualTime::at(Millis(1_700_000_000_000)));
        let options = Options {
            worker: None,
            bucket_width: Millis(10),
            durability: Durability::Buffered,
            ..Options::default()
        };
        let builder = Store::builder(dir.path().join("s")).options(options);
        let builder = builder.time_source(Arc::clone(&time) as _);
        let builder = match resolver {
            Some(resolver) => builder.resolver("mine", resolver),
            None => builder,
        };
        let store = builder.open().expect("a store");
        store.create_table(spec.clone()).expect("a table");
        time.advance(Millis(1));
        Self { store, spec, time, _dir: dir }
    }

    /// The table is made again, and is empty.
    pub fn renew(&self) {
        self.store.drop_table("t").expect("a drop");
        self.store.create_table(self.spec.clone()).expect("a table");
        self.time.advance(Millis(1));
    }

    pub fn put(&self, json: &str) {
        self.store.put("t", doc(json)).expect("a commit");
        self.time.advance(Millis(1));
    }

    /// A put that believes in `version`.
    pub fn stale(&self, json: &str, version: u64) -> Result<Outcome> {
        self.store.apply(Mutation::put("t", doc(json)).expect(Expect::Version(version)))
    }

    /// The item `a` or its tombstone.
    pub fn item(&self) -> Option<Item> {
        self.store.get_with_tombstone("t", "a").expect("a read")
    }

    #[track_caller]
    pub fn holds(&self, version: u64, json: &str) {
        let item = self.store.get("t", "a").expect("a read").expect("an item");
        assert_eq!((item.version, item.document), (version, doc(json)));
        assert!(self.store.verify().expect("a verification").is_clean());
    }
}

pub fn doc(json: &str) -> Document {
    Document::from_json(json).expect("a document")
}

#[track_caller]
pub fn conflict(result: Result<Outcome>) -> Conflict {
    match result {
        Err(Error::Conflict(conflict)) => *conflict,
        other => panic!("{other:?}"),
    }
}
