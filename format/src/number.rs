//! Numbers as DynamoDB keeps them: 38 decimal digits, exact or refused.
//!
//! A number is held in its order-preserving encoding, the same bytes in keys and in documents, so
//! comparing two numbers is comparing bytes:
//!
//! ```text
//! zero      02
//! positive  03  exponent + 129       digit pairs, each (10 * d1 + d2) + 1   00
//! negative  01  255 - (exponent+129) the same pairs, each 255 - byte        ff
//! ```
//!
//! The value is `0.d1d2d3... * 10^exponent` with `d1 != 0`. The final byte sorts before (after, for
//! negatives) every pair, so a shorter number sorts as if followed by zeros, and an encoding is never
//! a prefix of another.

use std::cmp::Ordering;
use std::fmt;

const NEGATIVE: u8 = 1;
const ZERO: u8 = 2;
const POSITIVE: u8 = 3;
const BIAS: i32 = 129;
const MAX_DIGITS: usize = 38;
const MAX_BYTES: usize = 2 + MAX_DIGITS / 2 + 1;
/// Longer texts are refused before they are read: nothing exact needs so many characters.
const MAX_TEXT: usize = 512;

/// A decimal number of up to 38 significant digits, between 1E-130 and 9.9...9E+125 in magnitude.
///
/// Source: the DynamoDB developer guide, "Supported data types", Number.
///
/// ```
/// use highwater_format::Number;
/// let n: Number = "12.50".parse()?;
/// assert_eq!(n.to_string(), "12.5");
/// assert!(n < "12.51".parse()?);
/// assert!("1e126".parse::<Number>().is_err());
/// # Ok::<(), highwater_format::NumberError>(())
/// ```
#[derive(Clone, Copy)]
#[repr(align(8))]
pub struct Number {
    // Aligned, so that a key, which may hold a number, is moved in whole words: a move of odd bytes waits for the
    // one before it, several times for each row of a page. A key is as large either way.
    bytes: [u8; MAX_BYTES],
    len: u8,
}

/// Why a number was refused.
///
/// ```
/// use highwater_format::{Number, NumberError};
/// let error = "1".repeat(39).parse::<Number>().expect_err("too many digits");
/// assert!(matches!(error, NumberError::Precision { digits: 39, .. }));
/// let error = "1e126".parse::<Number>().expect_err("too large");
/// assert_eq!(error.to_string(), "`1e126` is outside the range 1E-130 to 9.99E+125");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Not a decimal number (this includes NaN and the infinities).
    #[error("`{text}` is not a number")]
    Syntax {
        /// The text, cut after 64 characters.
        text: String,
    },
    /// More than 38 significant digits.
    #[error("`{text}` has {digits} significant digits, at most 38 are kept exactly")]
    Precision {
        /// The text, cut after 64 characters.
        text: String,
        /// How many significant digits it has.
        digits: usize,
    },
    /// Magnitude outside 1E-130 ... 9.9...9E+125.
    #[error("`{text}` is outside the range 1E-130 to 9.99E+125")]
    Range {
        /// The text, cut after 64 characters.
        text: String,
    },
}

impl Number {
    /// Zero.
    pub const ZERO: Self = {
        let mut bytes = [0; MAX_BYTES];
        bytes[0] = ZERO;
        Self { bytes, len: 1 }
    };

    /// The order-preserving encoding, 1 to 22 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Reads one encoded number from the front of `bytes`; gives it and the bytes after it.
    ///
    /// `None` if the bytes are not an encoding that [`Number::as_bytes`] could have made.
    #[must_use]
    pub fn decode_prefix(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let end = match *bytes.first()? {
            ZERO => 1,
            sign @ (NEGATIVE | POSITIVE) => {
                let last = if sign == POSITIVE { 0 } else { 0xff };
                let tail = bytes.get(2..)?;
                let pairs = tail.iter().take(MAX_DIGITS / 2 + 1).position(|&b| b == last)?;
                let plain = |b: &u8| if sign == POSITIVE { *b } else { 255 - *b };
                let pairs_bytes = tail.get(..pairs)?;
                let first = plain(pairs_bytes.first()?);
                let final_pair = plain(pairs_bytes.last()?);
                let digits_ok = pairs_bytes.iter().all(|b| (1..=100).contains(&plain(b)));
                // Canonical: no leading zero digit, no trailing pair of zeros.
                if !digits_ok || first < 11 || final_pair == 1 {
                    return None;
                }
                2 + pairs + 1
            }
            _ => return None,
        };
        let (head, rest) = bytes.split_at_checked(end)?;
        let mut number = Self { bytes: [0; MAX_BYTES], len: u8::try_from(end).ok()? };
        number.bytes.get_mut(..end)?.copy_from_slice(head);
        Some((number, rest))
    }

    /// Reads a number that must fill `bytes` exactly.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        Self::decode_prefix(bytes).and_then(|(n, rest)| rest.is_empty().then_some(n))
    }

    /// `digits` without leading or trailing zeros, most significant first; not empty.
    fn from_digits(negative: bool, digits: &[u8], exponent: i32) -> Option<Self> {
        let biased = u8::try_from(exponent + BIAS).ok()?;
        let flip = |b: u8| if negative { 255 - b } else { b };
        let head = [if negative { NEGATIVE } else { POSITIVE }, flip(biased)];
        let pairs = digits.chunks(2).map(|pair| {
            let high = pair.first().copied().unwrap_or_default();
            flip(10 * high + pair.get(1).copied().unwrap_or_default() + 1)
        });
        let mut number = Self { bytes: [0; MAX_BYTES], len: 0 };
        for byte in head.into_iter().chain(pairs).chain([flip(0)]) {
            *number.bytes.get_mut(usize::from(number.len))? = byte;
            number.len += 1;
        }
        Some(number)
    }

    /// Sign, digits (most significant first) and exponent of `0.digits * 10^exponent`.
    pub(crate) fn to_digits(self) -> (bool, Vec<u8>, i32) {
        let bytes = self.as_bytes();
        let negative = bytes.first() == Some(&NEGATIVE);
        let plain = |b: u8| if negative { 255 - b } else { b };
        let exponent = bytes.get(1).map_or(0, |&b| i32::from(plain(b)) - BIAS);
        let mut digits = Vec::with_capacity(MAX_DIGITS);
        for &byte in bytes.get(2..bytes.len().saturating_sub(1)).unwrap_or_default() {
            let pair = plain(byte).saturating_sub(1);
            digits.extend([pair / 10, pair % 10]);
        }
        if digits.last() == Some(&0) {
            digits.pop();
        }
        (negative, digits, exponent)
    }
}

impl std::str::FromStr for Number {
    type Err = NumberError;

    /// Reads a decimal number: optional sign, digits with an optional point, optional exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let shown = || text.chars().take(64).collect::<String>();
        let syntax = || NumberError::Syntax { text: shown() };
        if text.len() > MAX_TEXT {
            return Err(syntax());
        }
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, parse_power(power).ok_or_else(syntax)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).map(|b| b.wrapping_sub(b'0')).collect();
        if all.is_empty() || all.iter().any(|d| *d > 9) {
            return Err(syntax());
        }
        let leading = all.iter().take_while(|d| **d == 0).count();
        let trailing = all.iter().rev().take_while(|d| **d == 0).count();
        let Some(digits) = all.get(leading..all.len().saturating_sub(trailing)) else {
            return Ok(Self::ZERO);
        };
        if digits.len() > MAX_DIGITS {
            return Err(NumberError::Precision { text: shown(), digits: digits.len() });
        }
        let shift = i64::try_from(whole.len()).unwrap_or(i64::MAX)
            - i64::try_from(leading).unwrap_or(i64::MAX);
        i32::try_from(shift + i64::from(power))
            .ok()
            .filter(|exponent| (-BIAS..=126).contains(exponent))
            .and_then(|exponent| Self::from_digits(negative, digits, exponent))
            .ok_or_else(|| NumberError::Range { text: shown() })
    }
}

/// The power of ten; one that no `i32` holds is as far out of range as the last that it holds.
fn parse_power(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.bytes().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    let beyond = if text.starts_with('-') { i32::MIN } else { i32::MAX };
    Some(text.parse().unwrap_or(beyond))
}

impl fmt::Display for Number {
    /// Plain notation where it is short, `E` notation elsewhere; always valid JSON, always exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (negative, digits, exponent) = self.to_digits();
        let Some((first, tail)) = digits.split_first() else {
            return f.write_str("0");
        };
        if negative {
            f.write_str("-")?;
        }
        let put =
            |f: &mut fmt::Formatter<'_>, run: &[u8]| run.iter().try_for_each(|d| write!(f, "{d}"));
        let count = i32::try_from(digits.len()).unwrap_or(0);
        match exponent {
            1..=38 => {
                let split = usize::try_from(exponent.min(count)).unwrap_or(0);
                let (whole, fraction) = digits.split_at_checked(split).unwrap_or((&digits, &[]));
                put(f, whole)?;
                (count..exponent).try_for_each(|_| f.write_str("0"))?;
                if !fraction.is_empty() {
                    f.write_str(".")?;
                    put(f, fraction)?;
                }
                Ok(())
            }
            -6..=0 => {
                f.write_str("0.")?;
                (exponent..0).try_for_each(|_| f.write_str("0"))?;
                put(f, &digits)
            }
            _ => {
                write!(f, "{first}")?;
                if !tail.is_empty() {
                    f.write_str(".")?;
                    put(f, tail)?;
                }
                write!(f, "E{:+}", exponent - 1)
            }
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    /// The shortest decimal that reads back as the same float; NaN and infinities are refused.
    fn try_from(value: f64) -> Result<Self, NumberError> {
        format!("{value:e}").parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::BuildHasher;

    fn number(text: &str) -> Number {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn what_is_equal_has_one_hash_and_others_have_others() {
        let texts = ["1", "1.0", "10e-1", "2", "-1", "0"];
        let hashed: std::collections::HashSet<_> = texts.map(hash_of).into_iter().collect();
        assert_eq!(hashed.len(), 4);
    }

    fn hash_of(text: &str) -> u64 {
        std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(number(text))
    }

    #[test]
    fn the_longest_number_fills_its_bytes() {
        let longest = number(&"12".repeat(MAX_DIGITS / 2));
        assert_eq!(longest.as_bytes().len(), MAX_BYTES);
        assert_eq!(size_of::<Number>(), (MAX_BYTES + 1).next_multiple_of(8));
    }

    #[test]
    fn text_is_read_up_to_its_longest() {
        let padded = |len: usize| format!("{}7", "0".repeat(len - 1)).parse::<Number>();
        assert_eq!(padded(MAX_TEXT), Ok(number("7")));
        assert!(matches!(padded(MAX_TEXT + 1), Err(NumberError::Syntax { .. })));
    }

    #[test]
    fn text_survives_in_its_canonical_form() {
        for (given, shown) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000e5", "0"),
            ("1", "1"),
            ("-1", "-1"),
            ("10", "10"),
            ("1.50", "1.5"),
            ("0.001", "0.001"),
            ("-123456789.987654321", "-123456789.987654321"),
            ("1e-130", "1E-130"),
            ("9.9e125", "9.9E+125"),
            ("1e2", "100"),
            ("1E38", "1E+38"),
            ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
            ("1e37", "10000000000000000000000000000000000000"),
            ("0.00000001", "1E-8"),
        ] {
            assert_eq!(number(given).to_string(), shown, "{given}");
            assert_eq!(number(shown), number(given));
        }
    }

    #[test]
    fn what_dynamodb_cannot_hold_is_refused() {
        let kind = |t: &str| t.parse::<Number>();
        for text in [
            "",
            "-",
            "NaN",
            "Infinity",
            "1x",
            "1e",
            "1.2.3",
            "0x10",
            "1e+-5",
            "0e99999999999x",
            "--1",
        ] {
            assert!(matches!(kind(text), Err(NumberError::Syntax { .. })), "{text}");
        }
        assert!(matches!(
            kind("123456789012345678901234567890123456789"),
            Err(NumberError::Precision { digits: 39, .. })
        ));
        for text in ["1e126", "1e-131", "1e9999999999", "1e-9999999999"] {
            assert!(matches!(kind(text), Err(NumberError::Range { .. })), "{text}");
        }
        assert!(Number::try_from(f64::NAN).is_err());
        assert!(Number::try_from(f64::INFINITY).is_err());
        assert_eq!(Number::try_from(0.1).map(|n| n.to_string()), Ok("0.1".into()));
    }

    fn any_number() -> impl Strategy<Value = (i64, i32)> {
        (any::<i64>(), -20_i32..20)
    }

    proptest! {
        #[test]
        fn order_of_bytes_is_order_of_values(a in any_number(), b in any_number()) {
            let (x, y) = (number(&format!("{}e{}", a.0, a.1)), number(&format!("{}e{}", b.0, b.1)));
            // Scale both to integers: |i64| * 10^40 does not fit, so compare by cross-scaling.
            let low = a.1.min(b.1);
            let scale = |n: (i64, i32)| {
                i128::from(n.0).checked_mul(10_i128.checked_pow((n.1 - low).unsigned_abs())?)
            };
            if let (Some(p), Some(q)) = (scale(a), scale(b)) {
                prop_assert_eq!(x.cmp(&y), p.cmp(&q));
            }
        }

        #[test]
        fn encoding_is_read_back_and_self_delimiting(a in any_number(), tail in any::<Vec<u8>>()) {
            let n = number(&format!("{}e{}", a.0, a.1));
            let mut bytes = n.as_bytes().to_vec();
            prop_assert_eq!(Number::decode(&bytes), Some(n));
            bytes.extend(&tail);
            let (read, rest) = Number::decode_prefix(&bytes).ok_or(TestCaseError::fail("decode"))?;
            prop_assert_eq!((read, rest), (n, tail.as_slice()));
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            if let Some((n, _)) = Number::decode_prefix(&bytes) {
                prop_assert_eq!(number(&n.to_string()), n);
            }
        }
    }
}
