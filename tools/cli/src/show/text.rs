//! Values in words: moments, times to live, sizes, kinds of keys.

use highwater::{KeyKind, Millis};
use std::time::{Duration, UNIX_EPOCH};

/// The last millisecond of the year 9999: RFC 3339 ends there.
const LAST_YEAR: u64 = 253_402_300_799_999;

/// A moment as people write it, in UTC.
pub(crate) fn moment(ms: Millis) -> String {
    if ms.0 > LAST_YEAR {
        return format!("{} ms", ms.0);
    }
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms.0)).to_string()
}

/// A time to live in the largest unit that has it whole: `7d`, `36h`, `250ms`, `none`.
pub(crate) fn ttl(ttl: Option<Millis>) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")];
    match ttl {
        None => "none".to_owned(),
        Some(Millis(0)) => "0".to_owned(),
        Some(Millis(ms)) => match units.into_iter().find(|(unit, _)| ms % unit == 0) {
            Some((unit, name)) => format!("{}{name}", ms / unit),
            None => format!("{ms}ms"),
        },
    }
}

/// How many: `1 document`, `2 documents`.
pub(crate) fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A size.
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// The kind of a key attribute, in a word.
pub(crate) fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::String => "string",
        KeyKind::Number => "number",
        KeyKind::Binary => "binary",
    }
}

/// The kind of a key attribute, as DynamoDB writes it.
pub(crate) fn kind_tag(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::String => "S",
        KeyKind::Number => "N",
        KeyKind::Binary => "B",
    }
}

/// A name that may hold anything, without what would move a terminal's cursor.
pub(crate) fn safe(name: &str) -> String {
    let shown =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    name.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_can_be_shown() {
        assert_eq!(moment(Millis(1_700_000_000_123)), "2023-11-14T22:13:20.123Z");
        assert_eq!(moment(Millis(LAST_YEAR)), "9999-12-31T23:59:59.999Z");
        assert_eq!(moment(Millis::MAX), "281474976710655 ms");
        assert_eq!(moment(Millis(u64::MAX)), "18446744073709551615 ms");
    }

    #[test]
    fn times_to_live_have_the_unit_they_were_given_in() {
        let shown =
            [0, 250, 90_000, 1_800_000, 7 * 86_400_000, 90_061_000].map(|ms| ttl(Some(Millis(ms))));
        assert_eq!(shown, ["0", "250ms", "90s", "30m", "7d", "90061s"]);
        assert_eq!(ttl(None), "none");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(safe("a\u{1b}[2Jb\u{e9}"), "a\\u{1b}[2Jb\u{e9}");
    }
}
