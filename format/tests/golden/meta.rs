//! The structures of `meta` and the `STORE` file.

use crate::hex::{both, bytes};
use highwater_format::meta::{
    ClockRecord, ConflictStrategy, Floors, IncarnationChain, IncarnationEntry, IndexPhase,
    IndexSpec, IndexState, IndexWork, KeyAttribute, KeyKind, KeyRing, LookupSpec, MergeRule,
    MergeRules, NameRecord, NextId, Projection, ReceiptsFloor, RingKey, TableRecord, TableSpec,
    Ttls, name_key,
};
use highwater_format::{
    FormatError, Incarnation, IndexId, Millis, RecordedDurability, StoreMarker, StoreState,
    TableId, Timestamp,
};

const CREATED: Timestamp = Timestamp(0x0102_0304_0506_0708);

fn attribute(name: &str, kind: KeyKind) -> KeyAttribute {
    KeyAttribute { name: name.to_owned(), kind }
}

fn index(name: &str, attribute: &str, projection: Projection) -> IndexSpec {
    IndexSpec { name: name.to_owned(), attribute: attribute.to_owned(), projection }
}

/// A declaration with nothing in it that the first version of the format did not have.
fn nothing_more() -> TableSpec {
    TableSpec {
        name: String::new(),
        partition: attribute("", KeyKind::String),
        sort: None,
        indexes: Vec::new(),
        ttls: Ttls { delta: None, tombstone: None, history: None },
        conflicts: ConflictStrategy::default(),
        lookups: Vec::new(),
        merge: MergeRules::default(),
        resolver: None,
        ttl_attribute: None,
    }
}

#[test]
fn a_table_with_everything() -> Result<(), FormatError> {
    let table = TableRecord {
        id: TableId(7),
        created_at: CREATED,
        spec: TableSpec {
            name: "posts".to_owned(),
            partition: attribute("id", KeyKind::String),
            sort: Some(attribute("n", KeyKind::Number)),
            indexes: vec![
                index("by_blog", "blog", Projection::All),
                index("by_tag", "tag", Projection::KeysOnly),
            ],
            ttls: Ttls {
                delta: Some(Millis(1_800_000)),
                tombstone: Some(Millis(0)),
                history: None,
            },
            conflicts: ConflictStrategy::Automerge,
            ..nothing_more()
        },
        indexes: vec![
            IndexState { floor: Timestamp(0), ..IndexState::with_table(IndexId(8), CREATED) },
            IndexState {
                floor: Timestamp(0x1_0000),
                ..IndexState::with_table(IndexId(300), CREATED)
            },
        ],
        lookups: Vec::new(),
        ttl_index: None,
    };
    let golden = "
        07  fd 0807060504030201
        05 706f737473   02 6964 00   01 01 6e 01
        02  07 62795f626c6f67 04 626c6f67 00   06 62795f746167 03 746167 01
        01 fc 40771b00   01 00   00   01
        02  08 00   fb 2c01 fc 00000100";
    both(golden, &table, &table.encode()?, TableRecord::decode);
    Ok(())
}

#[test]
fn a_table_with_the_least() -> Result<(), FormatError> {
    let table = TableRecord {
        id: TableId(1),
        created_at: Timestamp(0),
        spec: TableSpec {
            name: "t".to_owned(),
            partition: attribute("k", KeyKind::Binary),
            sort: None,
            indexes: Vec::new(),
            ttls: Ttls { delta: None, tombstone: None, history: Some(Millis(250)) },
            conflicts: ConflictStrategy::OptimisticConcurrency,
            ..nothing_more()
        },
        indexes: Vec::new(),
        lookups: Vec::new(),
        ttl_index: None,
    };
    let golden = "01 00  01 74  01 6b 02  00  00  00 00 01 fa  00  00";
    both(golden, &table, &table.encode()?, TableRecord::decode);
    Ok(())
}

#[test]
fn a_table_with_what_came_later() -> Result<(), FormatError> {
    let table = TableRecord {
        id: TableId(1),
        created_at: Timestamp(0),
        spec: TableSpec {
            name: "t".to_owned(),
            partition: attribute("k", KeyKind::Binary),
            ttls: Ttls { delta: None, tombstone: None, history: Some(Millis(250)) },
            conflicts: ConflictStrategy::ThreeWayMerge,
            lookups: vec![LookupSpec {
                name: "byN".to_owned(),
                attribute: "o".to_owned(),
                sort: Some("n".to_owned()),
            }],
            merge: MergeRules {
                others: MergeRule::TakeNew,
                attributes: [("n".to_owned(), MergeRule::Add)].into(),
            },
            resolver: Some("mine".to_owned()),
            ttl_attribute: Some("_ttl".to_owned()),
            ..nothing_more()
        },
        indexes: Vec::new(),
        lookups: vec![IndexState {
            published: Timestamp(7),
            phase: IndexPhase::Building,
            ..IndexState::with_table(IndexId(2), Timestamp(0))
        }],
        ttl_index: Some(IndexState::with_table(IndexId(3), Timestamp(0))),
    };
    let golden = "01 00  01 74  01 6b 02  00  00  00 00 01 fa  02  00
        01 03 62794e 01 6f 01 01 6e  01 02 00
        01 01 01 6e 04  01 04 6d696e65  01 04 5f74746c 03 00
        01 02 07 01";
    both(golden, &table, &table.encode()?, TableRecord::decode);
    Ok(())
}

#[test]
fn index_work() -> Result<(), FormatError> {
    let work = IndexWork { after: b"Sa".to_vec() };
    both("02 5361", &work, &work.encode()?, IndexWork::decode);
    Ok(())
}

#[test]
fn floors_clock_and_next_id() -> Result<(), FormatError> {
    let floors =
        Floors { delta: Timestamp(3 << 16), tombstone: Timestamp(2 << 16), history: Timestamp(0) };
    let golden = "fc 00000300  fc 00000200  00";
    both(golden, &floors, &floors.encode()?, Floors::decode);

    let clock = ClockRecord { lease: Millis(1_550_000_000_000), leapt: Millis(5) };
    let golden = "fd 000c33e368010000  05";
    both(golden, &clock, &clock.encode()?, ClockRecord::decode);

    let next = NextId(251);
    both("fb fb00", &next, &next.encode()?, NextId::decode);
    let floor = ReceiptsFloor(Millis(251));
    both("fb fb00", &floor, &floor.encode()?, ReceiptsFloor::decode);
    Ok(())
}

#[test]
fn incarnations() -> Result<(), FormatError> {
    let chain = IncarnationChain(vec![
        IncarnationEntry { id: Incarnation([0xaa; 16]), since: Timestamp(0) },
        IncarnationEntry { id: Incarnation(*b"0123456789abcdef"), since: Timestamp(1 << 16) },
    ]);
    let golden = "02
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 00
        30313233343536373839616263646566 fc 00000100";
    both(golden, &chain, &chain.encode()?, IncarnationChain::decode);
    Ok(())
}

#[test]
fn key_rings() -> Result<(), FormatError> {
    let ring = KeyRing(vec![RingKey {
        id: 300,
        secret: *b"an example secret of 32 bytes...",
        created: Millis(7),
    }]);
    let golden = "01  fb 2c01
        616e206578616d706c6520736563726574206f662033322062797465732e2e2e  07";
    both(golden, &ring, &ring.encode()?, KeyRing::decode);
    Ok(())
}

#[test]
fn store_files() -> Result<(), FormatError> {
    for (durability, boot, bound, state, golden, first) in [
        (
            RecordedDurability::Buffered,
            "b-1",
            300,
            StoreState::Closed(vec![("CURRENT".to_owned(), 300)]),
            "686967687761746572 02 21f1633e  fc 80ee3600 01 03 622d31 fb2c01 02 01 07 43555252454e54 fb2c01",
            "686967687761746572 01 e2dcf78d  fc 80ee3600 01 03 622d31 fb2c01 02 01 07 43555252454e54 fb2c01",
        ),
        (
            RecordedDurability::Sync,
            "",
            0,
            StoreState::New,
            "686967687761746572 02 e5343a45  fc 80ee3600 00 00 00 00",
            "686967687761746572 01 e68f0dae  fc 80ee3600 00 00 00 00",
        ),
        (
            RecordedDurability::Sync,
            "",
            0,
            StoreState::Open,
            "686967687761746572 02 73043d32  fc 80ee3600 00 00 00 01",
            "686967687761746572 01 70bf0ad9  fc 80ee3600 00 00 00 01",
        ),
        (
            RecordedDurability::Sync,
            "",
            0,
            StoreState::Losing,
            "686967687761746572 02 5f6533dc  fc 80ee3600 00 00 00 03",
            "686967687761746572 01 5cde0437  fc 80ee3600 00 00 00 03",
        ),
    ] {
        let marker = StoreMarker {
            bucket_width: Millis(3_600_000),
            durability,
            boot: boot.to_owned(),
            clock_bound: Millis(bound),
            state,
        };
        both(golden, &marker, &marker.encode()?, StoreMarker::decode);
        assert_eq!(StoreMarker::decode(&bytes(first))?, marker, "as version 1 wrote it");
    }
    Ok(())
}

/// States that came with version 2.
#[test]
fn store_files_of_copies() -> Result<(), FormatError> {
    let left = vec![("CURRENT".to_owned(), 16)];
    for (bound, state, golden) in [
        (0, StoreState::Unfinished, "fcf05742  fc 80ee3600 00 00 00 04"),
        (
            300,
            StoreState::Copied { new_keys: true, left },
            "d97cd9a7  fc 80ee3600 00 00 fb2c01 05 01 01 07 43555252454e54 10",
        ),
        (
            0,
            StoreState::Copied { new_keys: false, left: Vec::new() },
            "3266af45  fc 80ee3600 00 00 00 05 00 00",
        ),
        (0, StoreState::Replaced, "d09159ac  fc 80ee3600 00 00 00 06"),
    ] {
        let marker = StoreMarker {
            bucket_width: Millis(3_600_000),
            durability: RecordedDurability::Sync,
            boot: String::new(),
            clock_bound: Millis(bound),
            state,
        };
        let golden = format!("686967687761746572 02 {golden}");
        both(&golden, &marker, &marker.encode()?, StoreMarker::decode);
    }
    Ok(())
}

#[test]
fn whose_a_name_is() -> Result<(), FormatError> {
    let noted = NameRecord { owner: TableId(7), since: CREATED };
    both("07 fd 0807060504030201", &noted, &noted.encode()?, NameRecord::decode);
    assert_eq!(name_key("a\0b"), bytes("6e616d652f 53 6100ff62 0000"));
    Ok(())
}

/// Of a table that no decoder would read again no record is written.
#[test]
fn a_table_that_could_not_be_read_again_has_no_encoding() {
    let rules = |count| {
        let rules = (0..count).map(|n| (format!("{n:0255}"), MergeRule::Add));
        let merge = MergeRules { attributes: rules.collect(), ..MergeRules::default() };
        TableRecord {
            spec: TableSpec { merge, ..nothing_more() },
            ..indexed(Vec::new(), Vec::new())
        }
    };
    assert!(rules(1_000).encode().is_ok());
    assert!(matches!(rules(9_000).encode(), Err(FormatError::Malformed { .. })));
}

/// A table with one index, and these states of its indexes.
fn indexed(indexes: Vec<IndexState>, lookups: Vec<IndexState>) -> TableRecord {
    TableRecord {
        id: TableId(1),
        created_at: CREATED,
        spec: TableSpec { indexes: vec![index("i", "owner", Projection::All)], ..nothing_more() },
        indexes,
        lookups,
        ttl_index: None,
    }
}

#[test]
fn an_index_in_any_phase_and_of_any_age_comes_back() -> Result<(), FormatError> {
    for phase in [IndexPhase::Ready, IndexPhase::Building, IndexPhase::Reprojecting] {
        for published in [CREATED, CREATED.plus(1)] {
            let state = IndexState::with_table(IndexId(2), CREATED);
            let record = indexed(vec![IndexState { published, phase, ..state }], Vec::new());
            assert_eq!(TableRecord::decode(&record.encode()?)?, record);
        }
    }
    Ok(())
}

#[test]
fn an_index_without_a_state_is_refused_and_a_state_without_an_index() -> Result<(), FormatError> {
    let state = IndexState::with_table(IndexId(2), CREATED);
    for (indexes, lookups) in [(vec![], vec![]), (vec![state], vec![state])] {
        let decoded = TableRecord::decode(&indexed(indexes, lookups).encode()?);
        assert!(decoded.is_err(), "{decoded:?}");
    }
    Ok(())
}
