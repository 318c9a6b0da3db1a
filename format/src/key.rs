//! The values that keys are made of: an attribute's value, and an item's primary key.
//!
//! Encodings sort as the values do, and each delimits itself, so that none is a prefix of another:
//!
//! ```text
//! number  'N'  the number's own order-preserving bytes (number.rs)
//! string  'S'  UTF-8, each 00 written as 00 ff    00 00
//! binary  'b'  bytes, each 00 written as 00 ff    00 00
//!
//! item    := partition value, [ sort value ]
//! ```

use crate::error::FormatError;
use crate::number::Number;
use crate::text::KeyText;
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;

const TAG_NUMBER: u8 = b'N';
const TAG_STRING: u8 = b'S';
const TAG_BINARY: u8 = b'b';

/// The value of a key attribute: DynamoDB's S, N or B.
///
/// ```
/// use highwater_format::KeyValue;
/// // Encodings sort as the values do.
/// let [two, ten] = [2, 10].map(|n| KeyValue::from(n).encode());
/// assert!(two < ten);
/// let [short, long] = ["a", "ab"].map(|text| KeyValue::from(text).encode());
/// assert!(short < long);
/// assert_eq!(KeyValue::decode_prefix(&ten)?.0, KeyValue::from(10));
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// A number.
    Number(Number),
    /// A string.
    String(KeyText),
    /// Bytes.
    Binary(Vec<u8>),
}

impl KeyValue {
    fn encode_into(&self, out: &mut Vec<u8>) {
        let escaped = |out: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
            out.push(tag);
            for &byte in bytes {
                out.push(byte);
                if byte == 0 {
                    out.push(0xff);
                }
            }
            out.extend_from_slice(&[0, 0]);
        };
        match self {
            Self::Number(n) => {
                out.push(TAG_NUMBER);
                out.extend_from_slice(n.as_bytes());
            }
            Self::String(s) => escaped(out, TAG_STRING, s.as_bytes()),
            Self::Binary(b) => escaped(out, TAG_BINARY, b),
        }
    }

    /// The order-preserving, self-delimiting encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        self.encode_into(&mut out);
        out
    }

    /// Reads one value from the front of `bytes`; gives it and the bytes after it.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if [`KeyValue::encode`] cannot have made the bytes.
    #[inline]
    pub fn decode_prefix(bytes: &[u8]) -> Result<(Self, &[u8]), FormatError> {
        let bad = || FormatError::malformed("key value");
        let (tag, rest) = bytes.split_first().ok_or_else(bad)?;
        if *tag == TAG_NUMBER {
            let (number, rest) = Number::decode_prefix(rest).ok_or_else(bad)?;
            return Ok((Self::Number(number), rest));
        }
        let (plain, rest) = match unescaped(rest) {
            Some(plain) => (Cow::Borrowed(plain), &[][..]),
            None => {
                unescape(rest).map(|(plain, rest)| (Cow::Owned(plain), rest)).ok_or_else(bad)?
            }
        };
        match *tag {
            TAG_STRING => {
                let text = std::str::from_utf8(&plain).map_err(|_| bad())?;
                Ok((Self::String(text.into()), rest))
            }
            TAG_BINARY => Ok((Self::Binary(plain.into_owned()), rest)),
            _ => Err(bad()),
        }
    }

    /// The number of bytes of the value itself, as limits count them.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Number(n) => n.as_bytes().len(),
            Self::String(s) => s.len(),
            Self::Binary(b) => b.len(),
        }
    }
}

/// The value where it is all that stands here and has no byte that was escaped: as nearly every key.
fn unescaped(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_suffix(&[0, 0]).filter(|plain| !plain.contains(&0))
}

/// The text, where one that has no byte that was escaped is all that stands here.
#[inline]
fn plain_text(bytes: &[u8]) -> Option<&str> {
    let (TAG_STRING, rest) = bytes.split_first().map(|(tag, rest)| (*tag, rest))? else {
        return None;
    };
    std::str::from_utf8(unescaped(rest)?).ok()
}

fn unescape(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut plain = Vec::new();
    let mut rest = bytes;
    loop {
        let zero = rest.iter().position(|b| *b == 0)?;
        let (head, tail) = rest.split_at_checked(zero)?;
        plain.extend_from_slice(head);
        match tail {
            [0, 0, after @ ..] => return Some((plain, after)),
            [0, 0xff, after @ ..] => {
                plain.push(0);
                rest = after;
            }
            _ => return None,
        }
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::String(s) => write!(f, "{s:?}"),
            Self::Binary(b) => {
                f.write_str("0x")?;
                b.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl From<&str> for KeyValue {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for KeyValue {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<i64> for KeyValue {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

/// The value as it stands in a document.
impl From<KeyValue> for Value {
    fn from(value: KeyValue) -> Self {
        match value {
            KeyValue::String(text) => Self::String(text.into()),
            KeyValue::Number(number) => Self::Number(number),
            KeyValue::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

/// An item's primary key within its table: the partition value and, if the table has one, the sort value.
///
/// ```
/// use highwater_format::ItemKey;
/// let key = ItemKey::from("user-1").with_sort(7);
/// assert_eq!(ItemKey::decode(&key.encode())?, key);
/// # Ok::<(), highwater_format::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The partition attribute's value.
    pub partition: KeyValue,
    /// The sort attribute's value, for tables that declare one.
    pub sort: Option<KeyValue>,
}

impl ItemKey {
    /// This key with a sort value.
    #[must_use]
    pub fn with_sort(self, sort: impl Into<KeyValue>) -> Self {
        Self { sort: Some(sort.into()), ..self }
    }

    /// The encoding that stands in base, history and marker keys and in log entries.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.partition.encode();
        if let Some(sort) = &self.sort {
            sort.encode_into(&mut out);
        }
        out
    }

    /// Reads a key that must fill `bytes` exactly.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if [`ItemKey::encode`] cannot have made the bytes.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        match plain_text(bytes) {
            Some(text) => Ok(Self { partition: KeyValue::String(text.into()), sort: None }),
            None => Self::decode_any(bytes),
        }
    }

    /// A key that is to be read into its place.
    pub const UNREAD: Self = Self { partition: KeyValue::String(KeyText::EMPTY), sort: None };

    /// The same as [`ItemKey::decode`], into its place: what is read by the thousand is not moved then.
    ///
    /// # Errors
    /// Those of [`ItemKey::decode`]; it is as it was then.
    #[inline]
    pub fn decode_into(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        match (plain_text(bytes), &mut self.partition) {
            (Some(text), KeyValue::String(place)) => {
                place.set(text);
                self.sort = None;
            }
            _ => *self = Self::decode_any(bytes)?,
        }
        Ok(())
    }

    fn decode_any(bytes: &[u8]) -> Result<Self, FormatError> {
        let (partition, rest) = KeyValue::decode_prefix(bytes)?;
        if rest.is_empty() {
            return Ok(Self { partition, sort: None });
        }
        match KeyValue::decode_prefix(rest)? {
            (sort, []) => Ok(Self { partition, sort: Some(sort) }),
            _ => Err(FormatError::malformed("item key")),
        }
    }

    /// Takes an encoded key from the front of `bytes`, one with a sort value if `sorted`; gives its bytes
    /// and those after it.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if no such key stands there.
    pub fn split_prefix(bytes: &[u8], sorted: bool) -> Result<(&[u8], &[u8]), FormatError> {
        let (_, mut rest) = KeyValue::decode_prefix(bytes)?;
        if sorted {
            (_, rest) = KeyValue::decode_prefix(rest)?;
        }
        let end = bytes.len() - rest.len();
        bytes.split_at_checked(end).ok_or(FormatError::malformed("item key"))
    }
}

impl<T: Into<KeyValue>> From<T> for ItemKey {
    fn from(partition: T) -> Self {
        Self { partition: partition.into(), sort: None }
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sort {
            None => write!(f, "{}", self.partition),
            Some(sort) => write!(f, "{}/{sort}", self.partition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_key_value() -> impl Strategy<Value = KeyValue> {
        prop_oneof![
            any::<i64>().prop_map(KeyValue::from),
            "[\\x00-\\x02a-c]{0,6}".prop_map(KeyValue::from),
            proptest::collection::vec(
                prop_oneof![Just(0_u8), Just(1), Just(255), any::<u8>()],
                0..6
            )
            .prop_map(KeyValue::Binary),
        ]
    }

    fn any_item() -> impl Strategy<Value = ItemKey> {
        (any_key_value(), proptest::option::of(any_key_value()))
            .prop_map(|(partition, sort)| ItemKey { partition, sort })
    }

    #[test]
    fn values_are_shown_and_counted() {
        for (value, shown, size) in [
            (KeyValue::from("a\"\u{e9}"), "\"a\\\"\u{e9}\"", 4),
            (KeyValue::Binary(vec![0, 0x5a, 0xff]), "0x005aff", 3),
            (KeyValue::from(-12), "-12", 4),
        ] {
            assert_eq!((value.to_string().as_str(), value.size()), (shown, size));
        }
        let item = ItemKey::from("p").with_sort(7);
        assert_eq!(item.to_string(), "\"p\"/7");
        assert_eq!(ItemKey::from(7).to_string(), "7");
    }

    proptest! {
        #[test]
        fn item_keys_are_read_back(
            key in any_item(),
            other in any_item(),
            tail in any::<Vec<u8>>(),
        ) {
            let bytes = key.encode();
            let followed = [bytes.as_slice(), &tail].concat();
            let split = ItemKey::split_prefix(&followed, key.sort.is_some());
            prop_assert_eq!(split, Ok((bytes.as_slice(), tail.as_slice())));
            for mut read in [ItemKey::UNREAD, other] {
                prop_assert_eq!(read.decode_into(&bytes), Ok(()));
                prop_assert_eq!(&read, &key);
            }
            prop_assert_eq!(ItemKey::decode(&bytes), Ok(key));
        }

        #[test]
        fn order_of_bytes_is_order_of_values(a in any_item(), b in any_item()) {
            prop_assert_eq!(a.encode().cmp(&b.encode()), a.cmp(&b));
        }

        #[test]
        fn no_value_is_a_prefix_of_another(a in any_key_value(), b in any_key_value()) {
            prop_assert!(a == b || !b.encode().starts_with(&a.encode()));
        }

        #[test]
        fn any_bytes_are_answered(bytes in any::<Vec<u8>>()) {
            let _ = (ItemKey::split_prefix(&bytes, false), ItemKey::split_prefix(&bytes, true));
            let mut read = ItemKey::UNREAD;
            let into = read.decode_into(&bytes).map(|()| read);
            prop_assert_eq!(&into, &ItemKey::decode(&bytes));
            if let Ok(key) = into {
                prop_assert_eq!(key.encode(), bytes.clone());
            }
        }
    }
}
