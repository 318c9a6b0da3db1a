//! The `BACKUP` file of a backup folder.

use crate::hex::both;
use highwater_format::{BackupEntry, BackupMarker, FormatError, Incarnation, Millis};

fn entry() -> BackupEntry {
    BackupEntry {
        id: 7,
        made_at: Millis(300),
        incarnation: Incarnation(*b"0123456789abcdef"),
        files: 12,
        bytes: 70_000,
        list_crc: 0x0102_0304,
    }
}

#[test]
fn backup_files() -> Result<(), FormatError> {
    let empty = BackupMarker {
        store: Incarnation([0xaa; 16]),
        bucket_width: Millis(3_600_000),
        clock_bound: Millis(0),
        backups: Vec::new(),
    };
    let golden = "68772d6261636b7570 02 660b482b
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  fc 80ee3600  00  00";
    both(golden, &empty, &empty.encode()?, BackupMarker::decode);

    let one = BackupMarker { clock_bound: Millis(400), backups: vec![entry()], ..empty };
    let golden = "68772d6261636b7570 02 e5a2d49e
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  fc 80ee3600  fb 9001  01
        07  fb 2c01  30313233343536373839616263646566  0c  fc 70110100  fc 04030201";
    both(golden, &one, &one.encode()?, BackupMarker::decode);
    Ok(())
}

/// The largest folder there can be is read again; a larger one is not written.
#[test]
fn as_many_backups_as_a_folder_may_hold_can_be_read() -> Result<(), FormatError> {
    let largest = BackupEntry {
        id: u32::MAX,
        made_at: Millis(u64::MAX),
        files: u32::MAX,
        bytes: u64::MAX,
        list_crc: u32::MAX,
        ..entry()
    };
    let mut marker = BackupMarker {
        store: Incarnation([0xff; 16]),
        bucket_width: Millis(u64::MAX),
        clock_bound: Millis(u64::MAX),
        backups: vec![largest; BackupMarker::MAX_BACKUPS],
    };
    assert_eq!(BackupMarker::decode(&marker.encode()?).as_ref(), Ok(&marker));
    marker.backups.push(largest);
    assert!(marker.encode().is_err());
    Ok(())
}

#[test]
fn a_changed_byte_is_an_error_wherever_it_is() -> Result<(), FormatError> {
    let marker = BackupMarker {
        store: Incarnation([1; 16]),
        bucket_width: Millis(1),
        clock_bound: Millis(2),
        backups: vec![entry(); 2],
    };
    let good = marker.encode()?;
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            assert!(BackupMarker::decode(&bytes).is_err(), "bit {bit} of byte {at}");
        }
        assert!(BackupMarker::decode(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(BackupMarker::decode(&[good.as_slice(), &[0]].concat()).is_err());
    Ok(())
}
