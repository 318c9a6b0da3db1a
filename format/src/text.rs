//! The text of a key, which has its place in the key where it is as short as nearly all are.

use arrayvec::ArrayString;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// Bytes of a text that has no memory of its own: those of a UUID.
const SHORT: usize = 36;

/// A string in a key. One of up to 36 bytes, as a UUID has, is kept in place: a page of a thousand keys that are read
/// takes no memory for each.
///
/// It is a `str` wherever one is asked for.
///
/// ```
/// use highwater_format::KeyText;
/// let id = KeyText::from("0d6ab3a8-44c5-4e5f-a0e5-9f7b3a8d2b10");
/// assert!(id.starts_with("0d6a") && id == *"0d6ab3a8-44c5-4e5f-a0e5-9f7b3a8d2b10");
/// assert_eq!(String::from(id).len(), 36);
/// ```
#[derive(Clone)]
pub struct KeyText(Text);

#[derive(Clone)]
enum Text {
    Short(ArrayString<SHORT>),
    Long(Box<str>),
}

impl KeyText {
    /// No text, to be set in its place.
    pub(crate) const EMPTY: Self = Self(Text::Short(ArrayString::new_const()));

    /// Becomes this text, where it lies: a short one that is moved soon after it was made waits for its own bytes.
    #[inline]
    pub(crate) fn set(&mut self, text: &str) {
        match &mut self.0 {
            Text::Short(place) if text.len() <= SHORT => {
                place.clear();
                // There is room.
                let _ = place.try_push_str(text);
            }
            _ => *self = text.into(),
        }
    }

    /// The text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Short(text) => text,
            Text::Long(text) => text,
        }
    }
}

impl Deref for KeyText {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for KeyText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for KeyText {
    fn borrow(&self) -> &str {
        self
    }
}

impl From<&str> for KeyText {
    #[inline]
    fn from(text: &str) -> Self {
        Self(ArrayString::from(text).map_or_else(|_| Text::Long(text.into()), Text::Short))
    }
}

impl From<String> for KeyText {
    fn from(text: String) -> Self {
        match ArrayString::from(&text) {
            Ok(short) => Self(Text::Short(short)),
            Err(_) => Self(Text::Long(text.into())),
        }
    }
}

impl From<KeyText> for String {
    fn from(KeyText(text): KeyText) -> Self {
        match text {
            Text::Short(text) => text.as_str().to_owned(),
            Text::Long(text) => text.into(),
        }
    }
}

impl PartialEq for KeyText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for KeyText {}

impl PartialEq<str> for KeyText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialOrd for KeyText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for KeyText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::{BuildHasher, RandomState};

    #[test]
    fn what_a_uuid_has_is_kept_in_place() {
        for (bytes, is_short) in [(0, true), (SHORT, true), (SHORT + 1, false)] {
            for text in [KeyText::from("x".repeat(bytes)), KeyText::from(&*"x".repeat(bytes))] {
                assert_eq!(matches!(text.0, Text::Short(_)), is_short, "{text}");
            }
        }
        // A character is not cut.
        assert_eq!(KeyText::from("\u{e9}".repeat(18) + "x").to_string().len(), SHORT + 1);
        assert_eq!(size_of::<crate::KeyValue>(), size_of::<KeyText>(), "a tag that is used twice");
    }

    proptest! {
        #[test]
        fn it_is_the_string_that_it_was_made_of(a in ".{0,50}", b in ".{0,50}") {
            let [x, y] = [&a, &b].map(|text| KeyText::from(text.as_str()));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x == y, a == b);
            prop_assert_eq!(x == *b.as_str(), a == b);
            prop_assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b));
            prop_assert!(x == *a.as_str() && x == KeyText::from(a.clone()));
            let hasher = RandomState::new();
            prop_assert_eq!(hasher.hash_one(&x), hasher.hash_one(&a));
            prop_assert_eq!(format!("{x} {x:?}"), format!("{a} {a:?}"));
            let borrowed: &str = x.borrow();
            prop_assert_eq!((borrowed, x.as_ref()), (a.as_str(), a.as_str()));
            for mut set in [x.clone(), y, KeyText::EMPTY] {
                set.set(&a);
                prop_assert_eq!(&set, &x);
            }
            prop_assert_eq!(String::from(x), a);
        }
    }
}
