//! Expressions that are refused, with the place and the words of the refusal.

use super::{Filter, FilterError, parse, take_apart};
use crate::filter::Place;
use highwater_format::{FormatError, Value};
use std::collections::BTreeMap;

const NAMES: &str = r##"{"#n": "n"}"##;
const VALUES: &str = r#"{
    ":one": {"N": "1"}, ":two": {"N": "2"}, ":s": {"S": "s"}, ":list": {"L": []}, ":true": {"BOOL": true},
    ":null": {"NULL": true}, ":DOG": {"S": "DOG"}, ":ss": {"SS": ["a"]}
}"#;

fn refused(expression: &str) -> FilterError {
    match parse(expression, NAMES, VALUES) {
        Err(error) => error,
        Ok(filter) => panic!("{expression} was taken as {filter:?}"),
    }
}

#[test]
fn something_else_was_expected() {
    for (expression, byte, expected, found) in [
        ("", 0, "a condition or an operand", "the end"),
        ("  ", 2, "a condition or an operand", "the end"),
        ("a", 1, "BETWEEN or IN", "the end"),
        ("a b", 2, "BETWEEN or IN", "`b`"),
        ("a =", 3, "a `:value` or size(...)", "the end"),
        ("a = :one AND", 12, "a condition or an operand", "the end"),
        ("a = :one OR OR a = :one", 12, "a condition or an operand", "`OR`"),
        ("a AND b", 2, "BETWEEN or IN", "`AND`"),
        ("NOT a", 5, "BETWEEN or IN", "the end"),
        ("(a) OR b = :one", 4, "BETWEEN or IN", "`OR`"),
        ("size(a)", 7, "BETWEEN or IN", "the end"),
        ("NOT size(a) AND a = :one", 12, "BETWEEN or IN", "`AND`"),
        ("a = :one b", 9, "AND, OR or the end", "`b`"),
        ("a = :one = :two", 9, "AND, OR or the end", "`=`"),
        ("a = :one)", 8, "AND, OR or the end", "`)`"),
        ("attribute_exists(a) < :one", 20, "AND, OR or the end", "`<`"),
        ("(a = :one", 9, "an operator or `)`", "the end"),
        ("((a = :one)", 11, "an operator or `)`", "the end"),
        ("a = (b = :one)", 7, "`)`", "`=`"),
        ("a = attribute_exists(b)", 4, "a `:value` or size(...)", "a condition"),
        ("attribute_exists(a = :one)", 19, "`,` or `)`", "`=`"),
        ("contains(a, b", 13, "`,` or `)`", "the end"),
        ("contains()", 9, "a `:value` or size(...)", "`)`"),
        ("a BETWEEN :one OR :two", 15, "AND between the bounds", "`OR`"),
        ("a BETWEEN :one", 14, "AND between the bounds", "the end"),
        ("a BETWEEN AND :two", 10, "a `:value` or size(...)", "`AND`"),
        ("a IN :one", 5, "`(`", "`:one`"),
        ("a IN ()", 6, "a `:value` or size(...)", "`)`"),
        ("a IN (:one,)", 11, "a `:value` or size(...)", "`)`"),
        ("a. = :one", 3, "an attribute", "`=`"),
        ("a.:one", 2, "an attribute", "`:one`"),
        ("a.and = :one", 2, "keyword needs a `#name`", "`and`"),
        ("IN = :one", 0, "a condition or an operand", "`IN`"),
        ("a[] = :one", 2, "the index of a list element", "`]`"),
        ("a[b] = :one", 2, "the index of a list element", "`b`"),
        ("a[-1] = :one", 2, "a name, `#name`", "`-`"),
        ("a[99999999999999999999] = :one", 2, "the index of", "`99999999999999999999`"),
        ("a[1 = :one", 4, "`]`", "`=`"),
        ("3a = :one", 0, "a condition or an operand", "`3`"),
        ("a == :one", 3, "a `:value` or size(...)", "`=`"),
        ("a != :one", 2, "a name, `#name`", "`!`"),
        ("a = 5", 4, "a `:value` or size(...)", "`5`"),
        ("a = 'x'", 4, "a name, `#name`", "`'`"),
        ("a = # ", 4, "a name, `#name`", "`#`"),
        ("a = :", 4, "a name, `#name`", "`:`"),
        ("a = \u{fc}", 4, "a name, `#name`", "`\\u{fc}`"),
        ("a = \u{0}", 4, "a name, `#name`", "`\\u{0}`"),
    ] {
        match refused(expression) {
            FilterError::Expected { at, expected: e, found: f } => {
                assert_eq!(at, Place::Byte(byte), "{expression}");
                assert!(e.contains(expected), "{expression}: {e}");
                assert_eq!(f, found, "{expression}");
            }
            other => panic!("{expression}: {other}"),
        }
    }
}

#[test]
fn what_dynamodb_refuses_before_it_reads() {
    for (expression, message) in [
        ("dog(a) = :one", "byte 0: there is no function `dog`; known are attribute_exists"),
        ("a = Size(b)", "byte 4: there is no function `Size`"),
        ("if_not_exists(a, b) = :one", "byte 0: there is no function `if_not_exists`"),
        ("size(a, b) = :one", "byte 0: size takes 1 operands, found 2"),
        ("attribute_exists(a, b)", "byte 0: attribute_exists takes 1 operands, found 2"),
        ("contains(a)", "byte 0: contains takes 2 operands, found 1"),
        ("begins_with(a, b, c)", "byte 0: begins_with takes 2 operands, found 3"),
        (
            "attribute_exists(:one)",
            "byte 0: attribute_exists takes the path of an attribute, not a number",
        ),
        ("attribute_not_exists(size(a))", "byte 0: attribute_not_exists takes the path"),
        ("begins_with(a, :one)", "byte 0: begins_with takes a string or binary, not a number"),
        ("begins_with(:list, a)", "byte 0: begins_with takes a string or binary, not a list"),
        ("begins_with(size(a), b)", "byte 0: begins_with takes a string or binary, not a number"),
        (
            "attribute_type(a, b)",
            "byte 0: attribute_type takes a `:value` with a type's name, not a document path",
        ),
        (
            "attribute_type(a, :one)",
            "byte 0: attribute_type takes a string with a type's name, not a number",
        ),
        (
            "attribute_type(a, :DOG)",
            "byte 0: there is no type `DOG`; known are S SS N NS B BS BOOL NULL L M",
        ),
        ("a < :list", "byte 2: < takes a number, string or binary, not a list"),
        (":true >= a", "byte 6: >= takes a number, string or binary, not a boolean"),
        ("a > :null", "byte 2: > takes a number, string or binary, not a null"),
        ("a <= :ss", "byte 2: <= takes a number, string or binary, not a string set"),
        ("a BETWEEN :list AND b", "byte 2: BETWEEN takes a number, string or binary, not a list"),
        (
            "a BETWEEN :two AND :one",
            "byte 2: BETWEEN needs bounds of one type, the lower first: 2 .. 1",
        ),
        (
            "a BETWEEN :one AND :s",
            "byte 2: BETWEEN needs bounds of one type, the lower first: 1 .. \"s\"",
        ),
        ("a = a", "byte 2: the operands of = must be distinct, both are `a`"),
        ("n.x[2] < #n.x[2]", "byte 7: the operands of < must be distinct, both are `n.x[2]`"),
        ("contains(a, a)", "byte 0: the operands of contains must be distinct, both are `a`"),
        ("size(:one) = :one", "byte 0: size takes something that has a size, not a number"),
        ("size(size(a)) = :one", "byte 0: size takes something that has a size, not a number"),
        ("a = :nope", "byte 4: `:nope` is not among the expression's values; define it there"),
        ("a.#nope = :one", "byte 2: `#nope` is not among the expression's names; define it there"),
    ] {
        let error = refused(expression).to_string();
        assert!(error.contains(message), "{expression}: {error}");
    }
}

#[test]
fn placeholders_defined_in_vain_are_named() {
    let names = BTreeMap::from([
        ("#a".to_owned(), "a".to_owned()),
        ("#b".to_owned(), "b".to_owned()),
        (":a".to_owned(), "no name".to_owned()),
    ]);
    let values =
        BTreeMap::from([(":a".to_owned(), Value::from(1)), (":c".to_owned(), Value::from(2))]);
    let error = Filter::parse("#a = :a", &names, &values).err();
    assert_eq!(
        error.map(|e| e.to_string()),
        Some(
            "the filter's expression does not use `#b`, `:a`, `:c`; leave it out of names and values"
                .to_owned()
        )
    );
}

#[test]
fn values_no_document_can_hold() {
    let deep = (0..100_000).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    let values = BTreeMap::from([(":a".to_owned(), deep)]);
    let error = Filter::parse("a = :a", &BTreeMap::new(), &values).err();
    let source = FormatError::TooDeep { limit: 32 };
    assert_eq!(error, Some(FilterError::Value { at: Place::Byte(4), source }));
    values.into_values().for_each(take_apart);

    let values = BTreeMap::from([(":a".to_owned(), Value::StringSet(Default::default()))]);
    let error = Filter::parse("a = :a", &BTreeMap::new(), &values).err();
    let source = FormatError::EmptySet;
    assert_eq!(error, Some(FilterError::Value { at: Place::Byte(4), source }));
}
