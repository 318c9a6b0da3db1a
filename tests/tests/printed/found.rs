use highwater::testing::{History, Model, Operation};
use highwater::{
    Change, Document, Expect, Filter, ItemKey, KeyKind, KeyValue, Millis, Mutation, Projection,
    SyncRequest, TableSpec, TableSpecExt, Ttls, Update, Value, parse_json,
};

/// The tables that histories are about: one with times to live, one with a sort key that keeps everything.
fn tables() -> Vec<TableSpec> {
    let ttls =
        Ttls { delta: Some(Millis(1_000)), tombstone: Some(Millis(4_000)), history: Some(Millis(2_000)) };
    let notes = TableSpec::new("notes", "id")
        .index("byOwner", "owner", Projection::All)
        .index("byState", "state", Projection::KeysOnly)
        .ttls(ttls);
    let lines = TableSpec::new("lines", "page")
        .sort("line", KeyKind::Number)
        .index("byPage", "page", Projection::KeysOnly);
    vec![notes, lines]
}

/// What the two devices ask for.
fn views() -> Vec<SyncRequest> {
    let flagged = |there| {
        let text = format!(r#"{{"owner":{{"attributeExists":{there}}}}}"#);
        Filter::from_amplify(&parse_json(&text).expect("JSON")).expect("a filter")
    };
    vec![
        SyncRequest::new("notes").limit(2),
        SyncRequest::new("notes").limit(3).filter(flagged(true)),
        SyncRequest::new("notes").limit(3).filter(flagged(false)),
        SyncRequest::new("notes").limit(1).index("byOwner", "x"),
        SyncRequest::new("notes").limit(4).index("byOwner", "y").without_cursor(),
        SyncRequest::new("notes").limit(2).index("byState", "x"),
        SyncRequest::new("lines").limit(2),
        SyncRequest::new("lines").limit(2).index("byPage", "a"),
    ]
}

fn document(typed: &str) -> Document {
    Document::from_typed_json(typed).expect("a document")
}

fn value(typed: &str) -> Value {
    let map = document(&format!(r#"{{"v":{typed}}}"#)).to_map().expect("a map");
    map["v"].clone()
}

#[test]
fn found_by_a_fuzzer() {
    let history = History {
        tables: tables(),
        devices: vec![
            vec![views()[0].clone(), views()[3].clone()],
            vec![views()[7].clone()],
        ],
        operations: vec![
            Operation::Commit(vec![Mutation { table: "notes".into(), change: Change::Put(document("{\"a \\\"b\\\"\\\\\":{\"S\":\"\\\"\\\\\\n{}\"},\"b\":{\"B\":\"AAE=\"},\"bs\":{\"BS\":[\"AA==\",\"AQ==\"]},\"id\":{\"S\":\"n1\"},\"l\":{\"L\":[{\"N\":\"-1.5\"},{\"NULL\":true}]},\"m\":{\"M\":{\"n\":{\"BOOL\":false}}},\"n\":{\"N\":\"100000000000000000000\"},\"ns\":{\"NS\":[\"1\",\"2\"]},\"owner\":{\"S\":\"x\"},\"ss\":{\"SS\":[\"p\",\"q\"]}}")), expect: Expect::Absent }, Mutation { table: "lines".into(), change: Change::Put(document("{\"line\":{\"N\":\"-1.5\"},\"page\":{\"S\":\"a\"}}")), expect: Expect::Any }]),
            Operation::Commit(vec![Mutation { table: "notes".into(), change: Change::PutIfChanged(document("{\"a \\\"b\\\"\\\\\":{\"S\":\"\\\"\\\\\\n{}\"},\"b\":{\"B\":\"AAE=\"},\"bs\":{\"BS\":[\"AA==\",\"AQ==\"]},\"id\":{\"S\":\"n1\"},\"l\":{\"L\":[{\"N\":\"-1.5\"},{\"NULL\":true}]},\"m\":{\"M\":{\"n\":{\"BOOL\":false}}},\"n\":{\"N\":\"100000000000000000000\"},\"ns\":{\"NS\":[\"1\",\"2\"]},\"owner\":{\"S\":\"x\"},\"ss\":{\"SS\":[\"p\",\"q\"]}}")), expect: Expect::Any }]),
            Operation::Commit(vec![Mutation { table: "notes".into(), change: Change::Update(ItemKey::from(KeyValue::from("n1")), Update::new().set("a \"b\"\\", value("{\"S\":\"\\\"\\\\\\n{}\"}")).set("b", value("{\"B\":\"AAE=\"}")).set("bs", value("{\"BS\":[\"AA==\",\"AQ==\"]}")).set("m", value("{\"M\":{\"n\":{\"BOOL\":false}}}")).set("n", value("{\"N\":\"100000000000000000000\"}")).set("ns", value("{\"NS\":[\"1\",\"2\"]}")).set("owner", value("{\"S\":\"x\"}")).set("ss", value("{\"SS\":[\"p\",\"q\"]}")).remove("l")), expect: Expect::Version(1) }]),
            Operation::Commit(vec![Mutation { table: "lines".into(), change: Change::Delete(ItemKey::from(KeyValue::from("a")).with_sort(KeyValue::Number("-1.5".parse().expect("a number")))), expect: Expect::Any }]),
            Operation::Page { device: 0, view: 0, cursor: true },
            Operation::Interrupt { device: 0, view: 0 },
            Operation::Advance(Millis(1500)),
            Operation::MoveWall(-3600000),
            Operation::Expire,
            Operation::Sync { device: 1, view: 0, cursor: false },
            Operation::Compact,
            Operation::Reopen,
            Operation::Kill,
        ],
    };
    history.play(&mut Model::default()).unwrap();
}
