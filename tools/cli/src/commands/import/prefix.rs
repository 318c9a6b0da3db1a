//! The part of an input that an import has taken, known again when the import is gone on with.

use crate::failure::Failure;
use sha2::{Digest, Sha256};

/// A digest's bytes.
const DIGEST: usize = 32;

/// The beginning of an input: so many lines, of so many bytes, which are these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) struct Prefix {
    pub(super) lines: u64,
    bytes: u64,
    digest: [u8; DIGEST],
}

impl Prefix {
    /// As an import keeps it.
    pub(super) fn to_mark(self) -> Vec<u8> {
        [&self.lines.to_be_bytes(), &self.bytes.to_be_bytes(), self.digest.as_slice()].concat()
    }

    /// From what an import kept; an import that took nothing kept nothing.
    pub(super) fn of_mark(mark: &[u8]) -> Option<Self> {
        if mark.is_empty() {
            return Some(Reading::default().prefix());
        }
        let (lines, rest) = mark.split_first_chunk()?;
        let (bytes, rest) = rest.split_first_chunk()?;
        let digest = rest.try_into().ok()?;
        Some(Self { lines: u64::from_be_bytes(*lines), bytes: u64::from_be_bytes(*bytes), digest })
    }
}

/// An input being read.
#[derive(Default)]
pub(super) struct Reading {
    hash: Sha256,
    lines: u64,
    bytes: u64,
    /// What its beginning must be, until it is known to be.
    wanted: Option<Prefix>,
}

impl Reading {
    /// An input that must begin with `wanted`.
    pub(super) fn until(wanted: Prefix) -> Self {
        Self { wanted: Some(wanted).filter(|prefix| prefix.lines > 0), ..Self::default() }
    }

    fn prefix(&self) -> Prefix {
        let digest = self.hash.clone().finalize().into();
        Prefix { lines: self.lines, bytes: self.bytes, digest }
    }

    /// The input up to and with this line; an error if it is another than the one that is wanted.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Prefix, Failure> {
        self.hash.update(line);
        self.lines += 1;
        self.bytes += line.len() as u64;
        let Some(wanted) = self.wanted else { return Ok(self.prefix()) };
        if self.lines < wanted.lines {
            return Ok(wanted);
        }
        self.wanted = None;
        let prefix = self.prefix();
        if prefix == wanted {
            return Ok(prefix);
        }
        let lines = wanted.lines;
        Err(Failure::refused(format!(
            "the input up to here is not what the bulk import that was interrupted has taken in its first {lines} lines"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reading: &mut Reading, lines: &[&str]) -> Result<Prefix, Failure> {
        let mut last = Ok(reading.prefix());
        for line in lines {
            last = Ok(reading.line(line.as_bytes())?);
        }
        last
    }

    #[test]
    fn an_input_is_known_again_by_every_byte_of_its_beginning() {
        let two = read(&mut Reading::default(), &["a\n", "b\n"]).ok().unwrap();
        let two = Prefix::of_mark(&two.to_mark()).unwrap();
        let again = |lines: &[&str]| read(&mut Reading::until(two), lines);
        assert_eq!(again(&["a\n", "b\n"]).ok(), Some(two));
        let three = read(&mut Reading::default(), &["a\n", "b\n", "c\n"]).ok();
        assert_eq!(again(&["a\n", "b\n", "c\n"]).ok(), three);
        for other in [["b\n", "b\n"], ["a\n", "b"], ["a", "\nb\n"], ["\n", "ab\n"]] {
            let same = other.concat() == "a\nb\n";
            assert_eq!(again(&other).is_ok(), same, "{other:?}");
        }
        assert_eq!(Prefix::of_mark(&[]), read(&mut Reading::default(), &[]).ok());
        assert_eq!(Prefix::of_mark(b"something else"), None);
    }
}
