//! What tells the content of one commit from another's: a hash over its mutations.
//!
//! ```text
//! fingerprint := SHA-256( { table, expect, change }* )
//! expect      := 00 any | 01 absent | 02 version:8
//! change      := 00 document | 01 document                  put, put_if_changed
//!              | 02 item, document, count:8, name*          update: what is set, what is removed
//!              | 03 item                                    delete
//! table, document, item, name := length:8, bytes            numbers big-endian
//! ```
//!
//! Receipts hold it, so it stays as it is.

use super::mutation::{Change, Expect, Mutation};
use crate::error::Result;
use highwater_format::Document;
use sha2::{Digest as _, Sha256};

/// The fingerprint of a commit.
pub(super) fn fingerprint(mutations: &[Mutation]) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    for mutation in mutations {
        bytes(&mut hash, mutation.table.as_bytes());
        match mutation.expect {
            Expect::Any => hash.update([0]),
            Expect::Absent => hash.update([1]),
            Expect::Version(version) => {
                hash.update([2]);
                hash.update(version.to_be_bytes());
            }
        }
        match &mutation.change {
            Change::Put(document) => {
                hash.update([0]);
                bytes(&mut hash, document.as_bytes());
            }
            Change::PutIfChanged(document) => {
                hash.update([1]);
                bytes(&mut hash, document.as_bytes());
            }
            Change::Update(key, update) => {
                hash.update([2]);
                bytes(&mut hash, &key.encode());
                bytes(&mut hash, Document::from_map(&update.set)?.as_bytes());
                length(&mut hash, update.remove.len());
                update.remove.iter().for_each(|name| bytes(&mut hash, name.as_bytes()));
            }
            Change::Delete(key) => {
                hash.update([3]);
                bytes(&mut hash, &key.encode());
            }
        }
    }
    Ok(hash.finalize().into())
}

fn length(hash: &mut Sha256, length: usize) {
    hash.update((length as u64).to_be_bytes());
}

fn bytes(hash: &mut Sha256, bytes: &[u8]) {
    length(hash, bytes.len());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::hex;
    use crate::write::Update;
    use highwater_format::Value;

    fn doc(json: &str) -> Document {
        Document::from_json(json).unwrap()
    }

    fn all() -> Vec<Mutation> {
        let update = Update::new().set("n", Value::from(1)).remove("old");
        vec![
            Mutation::put("t", doc(r#"{"id":"a"}"#)),
            Mutation::put_if_changed("t", doc(r#"{"id":"b"}"#)).expect(Expect::Absent),
            Mutation::update("t", "c", update).expect(Expect::Version(7)),
            Mutation::delete("t", "d"),
        ]
    }

    /// Stores hold it: a commit must be known again by a later build.
    #[test]
    fn it_stays_as_it_is() {
        assert_eq!(
            hex(&fingerprint(&all()).unwrap()),
            "d5b91a12584236035028faec5e7c85542f76a9042ffcfdf53b95b230d76f06ef"
        );
    }

    #[test]
    fn every_part_of_every_mutation_counts() {
        let change = |place: usize, change: &dyn Fn(&mut Mutation)| {
            let mut mutations = all();
            change(&mut mutations[place]);
            fingerprint(&mutations).unwrap()
        };
        let update = |update: Update| {
            move |m: &mut Mutation| m.change = Change::Update("c".into(), update.clone())
        };
        let mut seen = vec![fingerprint(&all()).unwrap(), fingerprint(&all()[..3]).unwrap()];
        for place in 0..4 {
            seen.push(change(place, &|m| m.table.push('x')));
            seen.push(change(place, &|m| m.expect = Expect::Version(8)));
        }
        seen.push(change(0, &|m| m.change = Change::Put(doc(r#"{"id":"a","x":1}"#))));
        seen.push(change(0, &|m| m.change = Change::PutIfChanged(doc(r#"{"id":"a"}"#))));
        seen.push(change(1, &|m| m.expect = Expect::Any));
        seen.push(change(2, &update(Update::new().set("n", Value::from(1)))));
        seen.push(change(2, &update(Update::new().set("n", Value::from(2)).remove("old"))));
        seen.push(change(2, &update(Update::new().set("n", Value::from(1)).remove("older"))));
        seen.push(change(2, &|m| m.change = Change::Delete("c".into())));
        seen.push(change(3, &|m| m.change = Change::Delete("e".into())));
        let mut different = seen.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), seen.len());
    }
}
