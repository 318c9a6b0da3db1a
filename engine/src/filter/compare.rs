//! How two values compare, what contains what, and how long things are: DynamoDB's rules.

use highwater_format::{FormatError, MAX_DEPTH, ValueRef};
use std::cmp::Ordering;

/// Whether two values are equal; values of different types never are.
pub(super) fn equal(left: &ValueRef<'_>, right: &ValueRef<'_>) -> Result<bool, FormatError> {
    equal_within(left, right, MAX_DEPTH)
}

/// `depth` bounds the recursion: bytes that were never validated may nest without end.
fn equal_within(
    left: &ValueRef<'_>,
    right: &ValueRef<'_>,
    depth: usize,
) -> Result<bool, FormatError> {
    let below = || {
        let limit = MAX_DEPTH;
        depth.checked_sub(1).ok_or(FormatError::TooDeep { limit })
    };
    match (left, right) {
        (ValueRef::Null, ValueRef::Null) => Ok(true),
        (ValueRef::Bool(l), ValueRef::Bool(r)) => Ok(l == r),
        (ValueRef::Number(_), _) | (ValueRef::String(_), _) | (ValueRef::Binary(_), _) => {
            Ok(order(left, right) == Some(Ordering::Equal))
        }
        (ValueRef::List(l), ValueRef::List(r)) => {
            let depth = below()?;
            pairwise(l.iter(), r.iter(), |l, r| equal_within(&l, &r, depth))
        }
        // Attributes and set members are ascending, so equal ones stand side by side.
        (ValueRef::Map(l), ValueRef::Map(r)) => {
            let depth = below()?;
            pairwise(l.iter(), r.iter(), |(ln, l), (rn, r)| {
                Ok(ln == rn && equal_within(&l, &r, depth)?)
            })
        }
        (ValueRef::StringSet(l), ValueRef::StringSet(r))
        | (ValueRef::NumberSet(l), ValueRef::NumberSet(r))
        | (ValueRef::BinarySet(l), ValueRef::BinarySet(r)) => {
            pairwise(l.iter(), r.iter(), |l, r| Ok(l == r))
        }
        _ => Ok(false),
    }
}

fn pairwise<T>(
    mut left: impl Iterator<Item = Result<T, FormatError>>,
    mut right: impl Iterator<Item = Result<T, FormatError>>,
    same: impl Fn(T, T) -> Result<bool, FormatError>,
) -> Result<bool, FormatError> {
    loop {
        match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => return Ok(true),
            (Some(l), Some(r)) => {
                if !same(l, r)? {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
}

/// The order of two numbers, strings or binaries; nothing else has one.
///
/// Strings compare by their UTF-8 bytes and binaries by unsigned bytes, as in DynamoDB.
pub(super) fn order(left: &ValueRef<'_>, right: &ValueRef<'_>) -> Option<Ordering> {
    match (left, right) {
        (ValueRef::Number(l), ValueRef::Number(r)) => Some(l.cmp(r)),
        (ValueRef::String(l), ValueRef::String(r)) => Some(l.cmp(r)),
        (ValueRef::Binary(l), ValueRef::Binary(r)) => Some(l.cmp(r)),
        _ => None,
    }
}

pub(super) fn begins_with(text: &ValueRef<'_>, prefix: &ValueRef<'_>) -> bool {
    match (text, prefix) {
        (ValueRef::String(t), ValueRef::String(p)) => t.starts_with(p),
        (ValueRef::Binary(t), ValueRef::Binary(p)) => t.starts_with(p),
        _ => false,
    }
}

/// A part of a string or binary, a member of a set, an element of a list.
pub(super) fn contains(
    container: &ValueRef<'_>,
    element: &ValueRef<'_>,
) -> Result<bool, FormatError> {
    let member = match (container, element) {
        (ValueRef::String(c), ValueRef::String(e)) => return Ok(c.contains(e)),
        (ValueRef::Binary(c), ValueRef::Binary(e)) => {
            return Ok(memchr::memmem::find(c, e).is_some());
        }
        (ValueRef::List(list), element) => {
            for candidate in list.iter() {
                if equal(&candidate?, element)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        (ValueRef::StringSet(set), ValueRef::String(s)) => (set, s.as_bytes()),
        (ValueRef::NumberSet(set), ValueRef::Number(n)) => (set, n.as_bytes()),
        (ValueRef::BinarySet(set), ValueRef::Binary(b)) => (set, *b),
        _ => return Ok(false),
    };
    let (set, wanted) = member;
    for candidate in set.iter() {
        if candidate? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Characters of a string, bytes of a binary, elements of anything else that has them.
pub(super) fn size(value: &ValueRef<'_>) -> Option<u64> {
    let size = match value {
        ValueRef::String(s) => s.chars().count(),
        ValueRef::Binary(b) => b.len(),
        ValueRef::List(list) => list.len(),
        ValueRef::Map(map) => map.len(),
        ValueRef::StringSet(set) | ValueRef::NumberSet(set) | ValueRef::BinarySet(set) => set.len(),
        ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) => return None,
    };
    u64::try_from(size).ok()
}
