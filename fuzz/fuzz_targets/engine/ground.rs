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
