//! What a mutation believes in: `absent`, or a version.

use highwater::Expect;

/// The value of `--expect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expectation(Expect);

impl std::str::FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "absent" => Ok(Self(Expect::Absent)),
            text => text
                .parse()
                .map(|version| Self(Expect::Version(version)))
                .map_err(|_| "expected `absent` or a version".to_owned()),
        }
    }
}

impl Expectation {
    /// What to believe in if nothing is said.
    pub(crate) fn or_any(given: Option<Self>) -> Expect {
        given.map_or(Expect::Any, |expectation| expectation.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_or_a_version() {
        let read = |text: &str| text.parse::<Expectation>().map(|e| e.0);
        assert_eq!(read("absent"), Ok(Expect::Absent));
        assert_eq!(read("3"), Ok(Expect::Version(3)));
        for wrong in ["", "-1", "any", "1.5", "99999999999999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
