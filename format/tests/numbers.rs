//! Numbers of every sign, length and exponent against a reference that counts digits.

use highwater_format::strategies::{number_texts, numbers};
use highwater_format::{KeyValue, Number, NumberError};
use proptest::prelude::*;
use std::cmp::Ordering;

/// Sign, exponent and digits of `d.ddde-n`, so that the derived order is that of magnitudes.
fn parts(text: &str) -> (bool, i32, String) {
    let (negative, text) = (text.starts_with('-'), text.trim_start_matches('-'));
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0').to_owned();
    (negative, power.parse().unwrap_or(0), digits)
}

fn reference(a: &str, b: &str) -> Ordering {
    let ((a_negative, a, x), (b_negative, b, y)) = (parts(a), parts(b));
    match (a_negative, b_negative) {
        (false, false) => (a, x).cmp(&(b, y)),
        (true, true) => (b, y).cmp(&(a, x)),
        (negative, _) if negative => Ordering::Less,
        _ => Ordering::Greater,
    }
}

proptest! {
    #[test]
    fn order_of_bytes_is_order_of_values(a in number_texts(), b in number_texts()) {
        let (x, y): (Number, Number) = (a.parse()?, b.parse()?);
        prop_assert_eq!(x.cmp(&y), reference(&a, &b));
        prop_assert_eq!(x.as_bytes().cmp(y.as_bytes()), x.cmp(&y));
        let (x, y) = (KeyValue::Number(x), KeyValue::Number(y));
        prop_assert_eq!(x.encode().cmp(&y.encode()), x.cmp(&y));
        prop_assert!(x == y || !y.encode().starts_with(&x.encode()));
    }

    #[test]
    fn zero_stands_between_the_signs(text in number_texts()) {
        let number: Number = text.parse()?;
        let expected = if text.starts_with('-') { Ordering::Less } else { Ordering::Greater };
        prop_assert_eq!(number.cmp(&Number::ZERO), expected);
    }

    #[test]
    fn text_comes_back(number in numbers()) {
        let text = number.to_string();
        prop_assert_eq!(text.parse(), Ok(number));
        prop_assert_eq!(&format!("{number:?}"), &text);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn padding_changes_nothing(text in number_texts(), zeros in 0_usize..40) {
        let number: Number = text.parse()?;
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let zeros = "0".repeat(zeros);
        prop_assert_eq!(format!("{mantissa}{zeros}E{power}").parse(), Ok(number));
        let (sign, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("+", mantissa),
        };
        prop_assert_eq!(format!("{sign}{zeros}{digits}e{power}").parse(), Ok(number));
    }

    #[test]
    fn any_text_is_answered(text in "[-+]?[0-9.eE+-]{0,20}") {
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }

    #[test]
    fn integers_come_back(n in any::<i64>(), m in any::<u64>()) {
        prop_assert_eq!(Number::from(n).to_i64(), Some(n));
        prop_assert_eq!(Number::from(n).to_string(), n.to_string());
        prop_assert_eq!(Number::from(m).to_i64(), i64::try_from(m).ok());
        prop_assert_eq!(Number::from(m).to_string(), m.to_string());
    }

    #[test]
    fn floats_come_back(float in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
        match Number::try_from(float) {
            Ok(number) => prop_assert_eq!(number.to_string().parse::<f64>(), Ok(float)),
            Err(NumberError::Range { .. }) => {
                prop_assert!(!(1e-130..1e126).contains(&float.abs()));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}

#[test]
fn the_last_integers_come_back() {
    for n in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
        assert_eq!(Number::from(n).to_i64(), Some(n));
    }
    for text in ["9223372036854775808", "-9223372036854775809", "1e19", "0.5", "1e-130", "9e125"] {
        assert_eq!(text.parse().map(Number::to_i64), Ok(None), "{text}");
    }
    assert_eq!("1e18".parse().map(Number::to_i64), Ok(Some(10_i64.pow(18))));
}

#[test]
fn what_is_no_number_is_told_what_is_one() {
    use serde::de::value::{BoolDeserializer, Error};
    use serde::de::{Deserialize, IntoDeserializer};
    let other: BoolDeserializer<Error> = true.into_deserializer();
    let refused = Number::deserialize(other).expect_err("no number").to_string();
    assert!(refused.contains("a number of up to 38 digits"), "{refused}");
}
