//! What a bulk import leaves in `meta` and in its folder.

use crate::hex::{both, bytes, same};
use highwater_format::import::{ENTRY_HEADER, ImportManifest, RunEntry, RunInfo};
use highwater_format::meta::{ImportPhase, ImportRecord, import_key};
use highwater_format::{FormatError, TableId};

#[test]
fn import_records() -> Result<(), FormatError> {
    assert_eq!(import_key(TableId(0x1f)), b"import/0000001f");
    for (phase, golden) in [
        (ImportPhase::Hidden, "6120776f726b2e2e  07  fb 2c01  00"),
        (ImportPhase::Visible, "6120776f726b2e2e  07  fb 2c01  01"),
    ] {
        let record = ImportRecord { work: *b"a work..", first: TableId(7), after: 300, phase };
        both(golden, &record, &record.encode()?, ImportRecord::decode);
        assert!(record.holds(7) && record.holds(299) && !record.holds(6) && !record.holds(300));
    }
    Ok(())
}

#[test]
fn import_manifests() -> Result<(), FormatError> {
    let manifest = ImportManifest {
        work: *b"a work..",
        table: b"table".to_vec(),
        accepted: 300,
        runs: vec![
            RunInfo { number: 1, entries: 250, bytes: 70_000, level: 0 },
            RunInfo { number: 2, entries: 50, bytes: 9, level: 1 },
        ],
        mark: b"line 9".to_vec(),
    };
    let golden = "68696768776174657220696d706f7274 01 1ffb6cb9
        6120776f726b2e2e  05 7461626c65  fb 2c01
        02  01 fa fc 70110100 00  02 32 09 01
        06 6c696e652039";
    both(golden, &manifest, &manifest.encode()?, ImportManifest::decode);
    Ok(())
}

#[test]
fn entries_of_runs() -> Result<(), FormatError> {
    let entry = RunEntry { key: b"k".to_vec(), number: 300, value: b"value".to_vec() };
    let golden = "0a000000 353558bc  fb 2c01  01 6b  76616c7565";
    let mut out = Vec::new();
    entry.as_ref().encode_to(&mut out)?;
    same(golden, &out);
    let golden = bytes(golden);
    let (header, body) = golden.split_first_chunk::<ENTRY_HEADER>().expect("a header");
    assert_eq!(RunEntry::decode(*header, body)?, entry);
    Ok(())
}
