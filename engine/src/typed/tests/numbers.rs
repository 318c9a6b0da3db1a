//! Numbers are exact or refused.

use super::{json, read, refused, written};
use crate::Number;
use crate::typed::{from_document, to_document};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct One<T> {
    v: T,
}

fn one<T: for<'de> Deserialize<'de>>(number: &str) -> Result<T, crate::Error> {
    from_document::<One<T>>(&json(&format!(r#"{{"v":{number}}}"#))).map(|one| one.v)
}

#[test]
fn what_no_number_can_hold_is_refused_on_the_way_in() {
    for (float, word) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (1e126, "1e126"),
        (f64::MAX, "range"),
        (f64::MIN_POSITIVE, "range"),
    ] {
        refused(to_document(&One { v: float }), "$.v", &[word, "string"]);
    }
    refused(to_document(&One { v: vec![0.0, f32::NAN] }), "$.v[1]", &["NaN"]);
    for wide in [i128::MAX, i128::MIN] {
        refused(to_document(&One { v: wide }), "$.v", &["39", "38"]);
    }
    refused(to_document(&One { v: u128::MAX }), "$.v", &["39", "38"]);
}

#[test]
fn wide_integers_are_exact_where_they_fit() {
    // 39 digits, of which 38 count.
    let wide = One { v: u128::MAX / 100 * 100 };
    assert_eq!(written(&wide).to_json().map(|text| text.contains('E')), Ok(true));
    assert_eq!(read::<One<u128>>(&written(&wide)), wide);
    let negative = One { v: i128::MIN / 10 * 10 };
    assert_eq!(read::<One<i128>>(&written(&negative)), negative);
}

#[test]
fn what_a_type_cannot_hold_is_refused_on_the_way_out() {
    refused(one::<u8>("256"), "$.v", &["256", "u8"]);
    refused(one::<u8>("-1"), "$.v", &["-1", "u8"]);
    refused(one::<i64>("1.5"), "$.v", &["1.5", "i64"]);
    refused(one::<i64>("9223372036854775808"), "$.v", &["9223372036854775808", "i64"]);
    refused(one::<u64>("18446744073709551616"), "$.v", &["18446744073709551616", "u64"]);
    refused(one::<i128>("2e38"), "$.v", &["2E+38", "i128"]);
    refused(one::<u128>("-1"), "$.v", &["-1", "u128"]);
    refused(one::<u128>("4e38"), "$.v", &["4E+38", "u128"]);
    refused(one::<f32>("1e39"), "$.v", &["1E+39", "f32"]);
    refused(one::<f32>("1e-60"), "$.v", &["1E-60", "f32"]);
}

#[test]
fn a_float_is_the_nearest_and_a_number_is_exact() {
    let digits = "0.12345678901234567890123456789012345678";
    assert_eq!(one::<f64>(digits).ok(), digits.parse().ok());
    assert_eq!(one::<f32>(digits).ok(), digits.parse().ok());
    assert_eq!(one::<f64>("7").ok(), Some(7.0));
    assert_eq!(one::<Number>(digits).ok(), digits.parse().ok());
    assert_eq!(one::<BTreeMap<String, Number>>(&format!(r#"{{"a":{digits}}}"#)).ok(), {
        digits.parse().ok().map(|number| BTreeMap::from([("a".to_owned(), number)]))
    });
    let exact = One { v: digits.parse::<Number>().expect("a number") };
    assert_eq!(read::<One<Number>>(&written(&exact)), exact);
    refused(one::<Number>(r#""7""#), "$.v", &["string", "38 digits"]);
}

#[test]
fn a_type_that_takes_what_is_there_gets_it_exactly_or_not_at_all() {
    let any = |number: &str| one::<serde_json::Value>(number).map(|value| value.to_string());
    for (number, read) in [
        ("7", "7"),
        ("-7", "-7"),
        ("18446744073709551615", "18446744073709551615"),
        ("0.1", "0.1"),
        ("1e30", "1e30"),
        ("-1e30", "-1e30"),
    ] {
        let value: serde_json::Value = serde_json::from_str(read).expect("JSON");
        assert_eq!(any(number).ok(), Some(value.to_string()), "{number}");
    }
    let digits = "0.12345678901234567890123456789012345678";
    refused(any(digits), "$.v", &[digits, "Number"]);
    refused(any("1234567890123456789012345678901234567.5"), "$.v", &["Number"]);
    refused(any("123456789012345678901234567890"), "$.v", &["123456789012345678901234567890"]);
}
