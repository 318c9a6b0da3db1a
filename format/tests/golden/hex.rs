//! Bytes written as hex, and the check that every golden goes through.

use highwater_format::FormatError;
use std::fmt::Debug;

/// The bytes of hex digits; blanks are free.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .filter_map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    assert!(digits.len().is_multiple_of(2), "odd number of digits: {hex}");
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// The hex digits of bytes, for messages that can be read.
pub(crate) fn show(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `encoded` must be the golden's bytes.
pub(crate) fn same(golden: &str, encoded: &[u8]) {
    assert_eq!(show(encoded), show(&bytes(golden)));
}

/// `encoded` must be the golden's bytes, and the golden's bytes must decode to `value`.
pub(crate) fn both<T: Debug + PartialEq>(
    golden: &str,
    value: &T,
    encoded: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, FormatError>,
) {
    same(golden, encoded);
    assert_eq!(decode(&bytes(golden)).as_ref(), Ok(value), "{golden}");
}
