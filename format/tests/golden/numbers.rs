//! Numbers and varints.

use crate::hex::{bytes, same};
use highwater_format::{Number, NumberError, Record, Timestamp};

#[test]
fn numbers() -> Result<(), NumberError> {
    for (text, golden) in [
        ("0", "02"),
        ("1", "03 82 0b 00"),
        ("-1", "01 7d f4 ff"),
        ("10", "03 83 0b 00"),
        ("12.5", "03 83 0d 33 00"),
        ("-12.5", "01 7c f2 cc ff"),
        ("0.001", "03 7f 0b 00"),
        ("99", "03 83 64 00"),
        ("1.01", "03 82 0b 0b 00"),
        ("1E-130", "03 00 0b 00"),
        ("-1E-130", "01 ff f4 ff"),
        (
            "9.9999999999999999999999999999999999999E+125",
            "03 ff 64646464646464646464646464646464646464 00",
        ),
        (
            "-9.9999999999999999999999999999999999999E+125",
            "01 00 9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b9b ff",
        ),
        (
            "12345678901234567890123456789012345678",
            "03 a7 0d23394f5b 0d23394f5b 0d23394f5b 0d23394f 00",
        ),
        ("9223372036854775807", "03 94 5d1826152556304c51 47 00"),
        ("-9223372036854775808", "01 6b a2e7d9eadaa9cfb3ae ae ff"),
    ] {
        let number: Number = text.parse()?;
        same(golden, number.as_bytes());
        assert_eq!(Number::decode(&bytes(golden)), Some(number), "{text}");
        assert_eq!(number.to_string(), text);
    }
    assert_eq!(Number::ZERO, "0".parse()?);
    Ok(())
}

#[test]
fn varints() {
    for (version, golden) in [
        (0, "00"),
        (250, "fa"),
        (251, "fb fb00"),
        (0xffff, "fb ffff"),
        (0x1_0000, "fc 00000100"),
        (0xffff_ffff, "fc ffffffff"),
        (0x1_0000_0000, "fd 0000000001000000"),
        (u64::MAX, "fd ffffffffffffffff"),
    ] {
        let record = Record {
            version,
            changed_at: Timestamp::ZERO,
            deleted: false,
            indexed: Vec::new(),
            document: highwater_format::Document::default(),
        };
        let golden = format!("00 {golden} 0000000000000000 00 00");
        crate::hex::both(&golden, &record, &record.encode(), Record::decode);
    }
}
