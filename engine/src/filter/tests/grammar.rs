//! Precedence, parentheses, case, and the exact edges of the limits.

use super::{FilterError, document, matches, parse};
use crate::filter::Place;

const VALUES: &str = r#"{":t": {"BOOL": true}}"#;

/// For each of the eight documents over `a`, `b`, `c`, the expression's answer is `expected`'s.
fn means(expression: &str, expected: fn(bool, bool, bool) -> bool) {
    let text: String = expression
        .split(' ')
        .map(|word| match word.trim_matches(['(', ')']) {
            name @ ("a" | "b" | "c") => word.replace(name, &format!("{name} = :t")),
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ");
    let filter = parse(&text, "{}", VALUES).unwrap_or_else(|e| panic!("{text}: {e}"));
    for bits in 0..8_u8 {
        let [a, b, c] = [1, 2, 4].map(|bit| bits & bit != 0);
        let document = document(&format!(
            r#"{{"a": {{"BOOL": {a}}}, "b": {{"BOOL": {b}}}, "c": {{"BOOL": {c}}}}}"#
        ));
        assert_eq!(matches(&filter, &document), expected(a, b, c), "{text} on {document:?}");
    }
}

#[test]
fn not_binds_before_and_before_or() {
    means("a OR b AND c", |a, b, c| a || b && c);
    means("a AND b OR c", |a, b, c| a && b || c);
    means("NOT a AND b", |a, b, _| !a && b);
    means("NOT a OR b", |a, b, _| !a || b);
    means("a AND NOT b OR c", |a, b, c| a && !b || c);
    means("NOT a OR NOT b AND NOT c", |a, b, c| !a || !b && !c);
    means("a OR b OR c", |a, b, c| a || b || c);
    means("a AND b AND c", |a, b, c| a && b && c);
    means("NOT NOT a", |a, _, _| a);
}

#[test]
fn parentheses_come_first() {
    means("(a OR b) AND c", |a, b, c| (a || b) && c);
    means("a AND (b OR c)", |a, b, c| a && (b || c));
    means("NOT (a AND b)", |a, b, _| !(a && b));
    means("NOT (a OR b) AND c", |a, b, c| !(a || b) && c);
    means("((a) AND ((b OR c)))", |a, b, c| a && (b || c));
}

#[test]
fn keywords_in_any_case() {
    means("a aNd b oR nOt c", |a, b, c| a && b || !c);
    means("a and b or not c", |a, b, c| a && b || !c);
}

#[test]
fn operands_in_parentheses_and_without_spaces() {
    let values = r#"{":x": {"N": "1"}, ":y": {"N": "2"}}"#;
    let document = document(r#"{"a": {"N": "1"}, "andy": {"N": "2"}, "_in": {"S": "x"}}"#);
    for expression in [
        "(a) = :x",
        "((a)) = ((:x))",
        "a=:x",
        "a=:x AND(andy=:y)",
        "NOT(a<>:x)",
        "a BETWEEN (:x) AND (:y) AND andy = :y",
        "(a)IN(:x,:y)",
        "\t\r\na\n=\n:x ",
        "andy = :y",
        "size(_in) = :x",
        "size((_in)) = :x",
        "a BETWEEN :x AND :y AND a BETWEEN :x AND :y OR a = :y",
    ] {
        let filter =
            parse(expression, "{}", values).unwrap_or_else(|e| panic!("{expression}: {e}"));
        assert!(matches(&filter, &document), "{expression}");
    }
}

#[test]
fn nesting_ends_at_64() {
    let nested = |n: usize| format!("{}a = :t{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(64), "{}", VALUES).is_ok());
    assert_eq!(
        parse(&nested(65), "{}", VALUES).err(),
        Some(FilterError::TooDeep { at: Place::Byte(64), limit: 64 })
    );
    let negated = |n: usize| format!("{}a = :t", "NOT ".repeat(n));
    assert!(parse(&negated(64), "{}", VALUES).is_ok());
    assert_eq!(
        parse(&negated(65), "{}", VALUES).err(),
        Some(FilterError::TooDeep { at: Place::Byte(256), limit: 64 })
    );
    let calls = "size(".repeat(65);
    assert_eq!(
        parse(&calls, "{}", VALUES).err(),
        Some(FilterError::TooDeep { at: Place::Byte(320), limit: 64 })
    );
}

#[test]
fn operators_end_at_300() {
    // n comparisons and n - 1 ANDs between them.
    let chain = |n: usize| vec!["a=:t"; n].join(" AND ");
    assert!(parse(&format!("NOT {}", chain(150)), "{}", VALUES).is_ok());
    assert_eq!(
        parse(&chain(151), "{}", VALUES).err(),
        Some(FilterError::TooManyOperators { at: Place::Byte(1351), limit: 300 })
    );
}

#[test]
fn text_ends_at_4096_bytes() {
    let padded = |n: usize| format!("a = :t{}", " ".repeat(n - 6));
    assert!(parse(&padded(4096), "{}", VALUES).is_ok());
    assert_eq!(
        parse(&padded(4097), "{}", VALUES).err(),
        Some(FilterError::TooLong { length: 4097, limit: 4096 })
    );
    let hostile = "(".repeat(100_000);
    assert_eq!(
        parse(&hostile, "{}", VALUES).err(),
        Some(FilterError::TooLong { length: 100_000, limit: 4096 })
    );
}

#[test]
fn in_takes_100_values() {
    let list = |n: usize| format!("a IN ({})", vec![":t"; n].join(","));
    assert!(parse(&list(100), "{}", VALUES).is_ok());
    assert_eq!(
        parse(&list(101), "{}", VALUES).err(),
        Some(FilterError::OperandCount {
            at: Place::Byte(2),
            operator: "IN",
            expected: "1 to 100",
            found: 101,
        })
    );
}

/// Whatever nests, in every way that the grammar goes down before it finds fault.
#[test]
fn hostile_nesting_is_an_error_of_its_own() {
    for (opening, per_level) in [
        ("(", 1),
        ("NOT ", 1),
        ("NOT (", 2),
        ("a = (", 0),
        ("a IN (", 0),
        ("a IN ((", 0),
        ("a BETWEEN (", 0),
        ("size(", 1),
        ("size((", 2),
        ("contains(a,", 1),
        ("a = :t AND (b = :t OR NOT (", 3),
        ("a[0].b.", 0),
        ("(a = (", 0),
    ] {
        let text = opening.repeat(4096 / opening.len());
        let error = parse(&text, "{}", VALUES).err();
        let too_deep = matches!(error, Some(FilterError::TooDeep { limit: 64, .. }));
        assert_eq!(too_deep, per_level > 0, "{opening}: {error:?}");
    }
}

#[test]
fn placeholders_stand_for_2_mib_counted_by_use() {
    let text = "x".repeat(64 << 10);
    let values = format!(r#"{{":v": {{"S": "{text}"}}}}"#);
    let uses = |n: usize| format!("a IN ({})", vec![":v"; n].join(","));
    assert!(parse(&uses(31), "{}", &values).is_ok());
    let refused = parse(&uses(32), "{}", &values).err();
    assert!(
        matches!(refused, Some(FilterError::TooMuchSubstituted { limit: 0x20_0000, .. })),
        "{refused:?}"
    );
    let names = format!(r##"{{"#n": "{text}"}}"##);
    let path = |n: usize| format!("attribute_exists(a{})", ".#n".repeat(n));
    assert!(parse(&path(32), &names, "{}").is_ok());
    let refused = parse(&path(33), &names, "{}").err();
    assert!(matches!(refused, Some(FilterError::TooMuchSubstituted { .. })), "{refused:?}");
}
