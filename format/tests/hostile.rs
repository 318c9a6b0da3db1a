//! Bytes made to mislead: counts and lengths that lie, second encodings.

mod support;

use highwater_format::{Document, FormatError, IndexEntry, LogEntry, Record, ValueRef, meta};
use support::read_all;

/// The largest count that a varint can claim.
const ENDLESS: [u8; 9] = [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

fn attribute(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(0);
    [&[1, 1, b'a', tag, length], content].concat()
}

#[test]
fn a_count_that_lies_ends_with_the_bytes() -> Result<(), FormatError> {
    let names = [ENDLESS.as_slice(), &[1, b'a', 0, 1, b'b', 0]].concat();
    let document = Document::from_trusted_bytes(names);
    assert_eq!(document.as_map().iter().filter(Result::is_ok).count(), 2);
    assert_eq!(document.as_map().iter().filter(Result::is_err).count(), 1);
    assert!(document.as_map().len() <= document.as_bytes().len());
    assert!(document.to_map().is_err());

    for tag in 6..=10 {
        let lying = [ENDLESS.as_slice(), &[1, 1, 1, 1]].concat();
        let document = Document::from_trusted_bytes(attribute(tag, &lying));
        let (length, items) = match document.as_map().get("a")? {
            Some(ValueRef::List(list)) => (list.len(), list.iter().count()),
            Some(ValueRef::Map(map)) => (map.len(), map.iter().count()),
            Some(
                ValueRef::StringSet(set) | ValueRef::NumberSet(set) | ValueRef::BinarySet(set),
            ) => (set.len(), set.iter().count()),
            other => unreachable!("{other:?}"),
        };
        assert!(length <= lying.len() && items <= 5, "tag {tag}");
        assert!(document.to_json().is_err(), "tag {tag}");
        assert!(Document::from_bytes(document.as_bytes().to_vec()).is_err());
    }

    let record = [&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0], ENDLESS.as_slice(), &[1, 0]].concat();
    assert!(Record::decode(&record).is_err());
    assert!(LogEntry::decode(&ENDLESS).is_err());
    assert!(IndexEntry::decode(&[&[0, 1], ENDLESS.as_slice()].concat()).is_err());
    for count in [ENDLESS.as_slice(), &[0xfc, 0, 0, 0, 3], &[0xfc, 0, 0, 0x10, 0]] {
        assert!(meta::KeyRing::decode(count).is_err());
        assert!(meta::IncarnationChain::decode(count).is_err());
        let name = [&[1, 1], count].concat();
        assert!(meta::TableRecord::decode(&name).is_err());
    }
    Ok(())
}

#[test]
fn nothing_has_a_second_encoding() {
    let refused = |bytes: &[u8]| Document::from_bytes(bytes.to_vec()).is_err();
    assert!(!refused(&attribute(4, b"x")));
    for (bytes, why) in [
        (vec![], "no count"),
        (vec![0, 0], "bytes after the last attribute"),
        (vec![0xfb, 0, 0], "a long count"),
        (vec![1, 0xfb, 1, 0, b'a', 0], "a long length"),
        (vec![1, 0xfc, 1, 0, 0, 0, b'a', 0], "a longer length"),
        (vec![1, 1, b'a', 4, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0, b'x'], "the longest length"),
        (vec![0xfe, 0], "a varint that is none"),
        (vec![0xff, 0], "a varint that is none"),
        (vec![2, 1, b'a', 0, 1, b'a', 0], "a name twice"),
        (vec![2, 1, b'b', 0, 1, b'a', 0], "names out of order"),
        (vec![1, 1, 0xff, 0], "a name that is not UTF-8"),
        (vec![1, 1, b'a', 11], "an unknown type"),
        (attribute(3, &[2, 0]), "bytes after a number"),
        (attribute(3, &[3, 0x82, 0x0b, 1, 0]), "a number with trailing zeros"),
        (attribute(3, &[3, 0x82, 0x0a, 0]), "a number with a leading zero"),
        (attribute(3, &[3, 0x82, 0]), "a number without digits"),
        (attribute(4, &[0xff]), "a string that is not UTF-8"),
        (attribute(6, &[0, 0]), "bytes after a list"),
        (attribute(6, &[]), "a list without a count"),
        (attribute(7, &[0, 0]), "bytes after a map"),
        (attribute(8, &[0]), "an empty set"),
        (attribute(8, &[2, 1, b'b', 1, b'a']), "strings out of order"),
        (attribute(8, &[2, 1, b'a', 1, b'a']), "a string twice"),
        (attribute(8, &[1, 1, 0xff]), "a member that is not UTF-8"),
        (attribute(9, &[1, 1, 0]), "a member that is no number"),
        (attribute(9, &[2, 4, 3, 0x82, 0x0b, 0, 1, 2]), "numbers out of order"),
        (attribute(10, &[2, 0, 0]), "bytes twice"),
        (attribute(10, &[1, 0, 0]), "bytes after a set"),
    ] {
        assert!(refused(&bytes), "{why}");
        let _ = read_all(&Document::from_trusted_bytes(bytes));
    }
}
