//! Parts of a table's declaration: `page:N`, `byOwner=ownerId:keys-only`.

use highwater::{IndexSpec, KeyAttribute, KeyKind, LookupSpec, Projection};

/// A key attribute.
#[derive(Debug, Clone)]
pub(crate) struct Key(pub(crate) KeyAttribute);

impl std::str::FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, kind) = match text.rsplit_once(':') {
            None => (text, KeyKind::String),
            Some((name, "S")) => (name, KeyKind::String),
            Some((name, "N")) => (name, KeyKind::Number),
            Some((name, "B")) => (name, KeyKind::Binary),
            Some((_, kind)) => {
                return Err(format!("`{kind}` is no kind of key; S, N and B are"));
            }
        };
        if name.is_empty() {
            return Err("the attribute's name is missing before `:`".to_owned());
        }
        Ok(Self(KeyAttribute { name: name.to_owned(), kind }))
    }
}

/// An index.
#[derive(Debug, Clone)]
pub(crate) struct Index(pub(crate) IndexSpec);

impl std::str::FromStr for Index {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').ok_or("expected NAME=ATTRIBUTE")?;
        let (attribute, projection) = match rest.rsplit_once(':') {
            None => (rest, Projection::All),
            Some((attribute, "all")) => (attribute, Projection::All),
            Some((attribute, "keys-only")) => (attribute, Projection::KeysOnly),
            Some((_, other)) => {
                return Err(format!("`{other}` is no projection; all and keys-only are"));
            }
        };
        if name.is_empty() || attribute.is_empty() {
            return Err("expected NAME=ATTRIBUTE".to_owned());
        }
        let (name, attribute) = (name.to_owned(), attribute.to_owned());
        Ok(Self(IndexSpec { name, attribute, projection }))
    }
}

/// An ordered index.
#[derive(Debug, Clone)]
pub(crate) struct Lookup(pub(crate) LookupSpec);

impl std::str::FromStr for Lookup {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected NAME=ATTRIBUTE or NAME=ATTRIBUTE:SORT".to_owned();
        let (name, rest) = text.split_once('=').ok_or_else(expected)?;
        let (attribute, sort) = match rest.rsplit_once(':') {
            None => (rest, None),
            Some((attribute, sort)) => (attribute, Some(sort.to_owned())),
        };
        if name.is_empty() || attribute.is_empty() || sort.as_deref() == Some("") {
            return Err(expected());
        }
        let (name, attribute) = (name.to_owned(), attribute.to_owned());
        Ok(Self(LookupSpec { name, attribute, sort }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_kind() {
        let read = |text: &str| text.parse::<Key>().map(|key| (key.0.name, key.0.kind));
        assert_eq!(read("id"), Ok(("id".to_owned(), KeyKind::String)));
        assert_eq!(read("page:N"), Ok(("page".to_owned(), KeyKind::Number)));
        assert_eq!(read("a:b:B"), Ok(("a:b".to_owned(), KeyKind::Binary)));
        assert!(read("id:X").is_err());
        assert!(read(":N").is_err());
        assert!(read("").is_err());
    }

    #[test]
    fn indexes_have_an_attribute_and_a_projection() {
        let read = |text: &str| text.parse::<Index>().map(|index| index.0);
        let of = |attribute: &str, projection| {
            let (name, attribute) = ("by".to_owned(), attribute.to_owned());
            Ok(IndexSpec { name, attribute, projection })
        };
        assert_eq!(read("by=owner"), of("owner", Projection::All));
        assert_eq!(read("by=a=b:all"), of("a=b", Projection::All));
        assert_eq!(read("by=owner:keys-only"), of("owner", Projection::KeysOnly));
        for wrong in ["by", "by=", "=owner", "by=owner:some", "by=:all", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ordered_indexes_have_an_attribute_and_maybe_a_sort_attribute() {
        let read = |text: &str| text.parse::<Lookup>().map(|lookup| lookup.0);
        let of = |attribute: &str, sort: Option<&str>| {
            let (name, attribute) = ("by".to_owned(), attribute.to_owned());
            Ok(LookupSpec { name, attribute, sort: sort.map(str::to_owned) })
        };
        assert_eq!(read("by=owner"), of("owner", None));
        assert_eq!(read("by=owner:at"), of("owner", Some("at")));
        assert_eq!(read("by=a:b:at"), of("a:b", Some("at")));
        for wrong in ["by", "by=", "=owner", "by=owner:", "by=:at", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
