//! Arbitrary text and bytes as numbers: both come back, and bytes keep the order of values.

#![no_main]

use highwater_format::{KeyValue, Number};
use libfuzzer_sys::fuzz_target;

fn holds(number: Number) {
    assert_eq!(number.to_string().parse(), Ok(number));
    assert_eq!(Number::decode(number.as_bytes()), Some(number));
    assert!((1..=22).contains(&number.as_bytes().len()));
    if let Some(integer) = number.to_i64() {
        assert_eq!(Number::from(integer), number);
    }
}

/// Floats lose digits, so they can only contradict, never tell apart.
fn in_order(a: Number, b: Number) {
    let float = |n: Number| n.to_string().parse::<f64>().expect("Display writes a number");
    assert!(if a <= b { float(a) <= float(b) } else { float(a) >= float(b) });
    let (x, y) = (KeyValue::Number(a).encode(), KeyValue::Number(b).encode());
    assert_eq!(x.cmp(&y), a.cmp(&b));
    assert!(a == b || !y.starts_with(&x));
}

fuzz_target!(|bytes: &[u8]| {
    let mut found: Vec<Number> = Vec::new();
    if let Some((number, rest)) = Number::decode_prefix(bytes) {
        assert_eq!([number.as_bytes(), rest].concat(), bytes);
        found.push(number);
        found.extend(Number::decode_prefix(rest).map(|(number, _)| number));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        found.extend(text.split(' ').filter_map(|text| text.parse::<Number>().ok()));
    }
    if let Some(eight) = bytes.first_chunk::<8>() {
        found.extend(Number::try_from(f64::from_le_bytes(*eight)));
        found.push(Number::from(i64::from_le_bytes(*eight)));
        found.push(Number::from(u64::from_le_bytes(*eight)));
    }
    found.iter().copied().for_each(holds);
    for pair in found.windows(2) {
        in_order(pair[0], pair[1]);
    }
});
