//! Spans of time: `7d`, `12h`, `30m`, `90s`, `250ms`, `none`, `0`.

use highwater::Millis;

/// A time to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ttl(pub(crate) Option<Millis>);

impl std::str::FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            text => span(text).map(|span| Self(Some(span))),
        }
    }
}

/// Reads a span of whole milliseconds.
pub(crate) fn span(text: &str) -> Result<Millis, String> {
    if text == "0" {
        return Ok(Millis(0));
    }
    let duration = humantime::parse_duration(text)
        .map_err(|e| format!("{e}; write 7d, 12h, 30m, 90s, 250ms, or a sum such as 1h 30m"))?;
    if duration.subsec_nanos() % 1_000_000 != 0 {
        return Err("nothing shorter than a millisecond is counted".to_owned());
    }
    u64::try_from(duration.as_millis())
        .map(Millis)
        .map_err(|_| "that is beyond any clock".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let read = |text: &str| text.parse::<Ttl>().map(|ttl| ttl.0.map(|ms| ms.0));
        assert_eq!(read("none"), Ok(None));
        assert_eq!(read("0"), Ok(Some(0)));
        assert_eq!(read("7d"), Ok(Some(7 * 86_400_000)));
        assert_eq!(read("12h"), Ok(Some(12 * 3_600_000)));
        assert_eq!(read("30m"), Ok(Some(30 * 60_000)));
        assert_eq!(read("90s"), Ok(Some(90_000)));
        assert_eq!(read("250ms"), Ok(Some(250)));
        assert_eq!(read("1h 30m"), Ok(Some(5_400_000)));
        for wrong in ["", "7", "-1d", "d", "7 parsecs", "100us", "99999999999999999999d", "NONE"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_can_be_typed_again() {
        for ms in [0, 1, 999, 1000, 60_000, 5_400_000, 604_800_000, 500 * 365 * 86_400_000] {
            let ttl = Some(Millis(ms));
            assert_eq!(crate::show::ttl(ttl).parse(), Ok(Ttl(ttl)));
        }
    }
}
