//! What each comparator and function says of one document.
//!
//! The odd cases (missing attributes, mixed types, lists in lists) are what DynamoDB was seen to do
//! by the tests of ScyllaDB's Alternator, which run against both.

use super::{document, matches, parse};

const DOCUMENT: &str = r#"{
    "s": {"S": "hello"}, "accent": {"S": "h\u00e9llo"}, "empty": {"S": ""},
    "n": {"N": "1"}, "half": {"N": "0.50"}, "five": {"N": "5"},
    "b": {"B": "AP8B"}, "t": {"BOOL": true}, "nul": {"NULL": true},
    "l": {"L": [{"N": "2"}, {"S": "dog"}, {"L": [{"N": "3"}]}, {"NS": ["1", "2"]}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"N": "-1"}, {"N": "2"}]}, "a.b": {"S": "dotted"}}},
    "ss": {"SS": ["cat", "dog"]}, "ns": {"NS": ["2", "4", "7"]}, "bs": {"BS": ["AP8=", "AQ=="]},
    "s2": {"S": "hello"}, "m2": {"M": {"x": {"N": "1.0"}}}, "prefix": {"S": "he"}
}"#;

const NAMES: &str = r##"{"#s": "s", "#m": "m", "#dotted": "a.b", "#none": "no such"}"##;

const VALUES: &str = r#"{
    ":hello": {"S": "hello"}, ":ell": {"S": "ell"}, ":he": {"S": "he"}, ":z": {"S": "z"},
    ":upper": {"S": "HELLO"}, ":empty": {"S": ""}, ":dog": {"S": "dog"}, ":dotted": {"S": "dotted"},
    ":one": {"N": "1"}, ":one2": {"N": "1.00"}, ":two": {"N": "2"}, ":ten": {"N": "10"}, ":zero": {"N": "0"},
    ":three": {"N": "3"}, ":four": {"N": "4"}, ":five": {"N": "5"}, ":six": {"N": "6"},
    ":textone": {"S": "1"}, ":true": {"BOOL": true}, ":false": {"BOOL": false}, ":null": {"NULL": true},
    ":b": {"B": "AP8B"}, ":b0": {"B": "AA=="}, ":bempty": {"B": ""}, ":b1": {"B": "AQ=="}, ":bff": {"B": "/w=="}, ":bmid": {"B": "/wE="},
    ":ss": {"SS": ["dog", "cat"]}, ":ss2": {"SS": ["dog"]}, ":ns": {"NS": ["7", "2.0", "4"]},
    ":bs": {"BS": ["AQ==", "AP8="]}, ":l3": {"L": [{"N": "3"}]}, ":ns12": {"NS": ["2", "1"]},
    ":m": {"M": {"x": {"N": "1"}}}, ":m0": {"M": {}}, ":mz": {"M": {"z": {"N": "1"}}},
    ":mxz": {"M": {"x": {"N": "1"}, "z": {"N": "1"}}}, ":l0": {"L": []},
    ":S": {"S": "S"}, ":SS": {"S": "SS"}, ":N": {"S": "N"}, ":NS": {"S": "NS"}, ":B": {"S": "B"},
    ":BS": {"S": "BS"}, ":BOOL": {"S": "BOOL"}, ":NULL": {"S": "NULL"}, ":L": {"S": "L"}, ":M": {"S": "M"}
}"#;

fn check(table: &[(&str, bool)]) {
    let document = document(DOCUMENT);
    for (expression, expected) in table {
        let filter =
            parse(expression, NAMES, VALUES).unwrap_or_else(|e| panic!("{expression}: {e}"));
        assert_eq!(matches(&filter, &document), *expected, "{expression}");
        // The one rule that holds everywhere: NOT is the other answer.
        let negated = format!("NOT ({expression})");
        let filter = parse(&negated, NAMES, VALUES).unwrap_or_else(|e| panic!("{negated}: {e}"));
        assert_eq!(matches(&filter, &document), !expected, "{negated}");
    }
}

#[test]
fn equality() {
    check(&[
        ("s = :hello", true),
        (":hello = s", true),
        ("s = s2", true),
        ("s = :upper", false),
        ("n = :one2", true),
        ("n = :textone", false),
        ("n <> :textone", true),
        ("t = :true", true),
        ("t = :false", false),
        ("t <> :false", true),
        ("nul = :null", true),
        ("nul = :false", false),
        ("b = :b", true),
        ("ss = :ss", true),
        ("ss = :ss2", false),
        ("ns = :ns", true),
        ("bs = :bs", true),
        ("ss = l", false),
        ("l[2] = :l3", true),
        ("l[3] = :ns12", true),
        ("m2 = :m", true),
        ("m2 = :mz", false),
        ("m2 = :mxz", false),
        ("m2 <> :mxz", true),
        ("m = :m", false),
        ("m = m2", false),
        ("m <> :m0", true),
        ("l = :l0", false),
        (":one = :one2", true),
    ]);
}

#[test]
fn missing_attributes_equal_nothing() {
    check(&[
        ("q = :one", false),
        ("q = z", false),
        ("q <> :one", true),
        (":one <> q", true),
        ("q <> z", true),
        ("q = nul", false),
        ("q < :one", false),
        ("q >= z", false),
        (":one > q", false),
        ("q BETWEEN :one AND :two", false),
        ("n BETWEEN q AND :two", false),
        ("n BETWEEN :one AND q", false),
        ("q IN (:one, z)", false),
        ("n IN (q, :one)", true),
        ("begins_with(q, :he)", false),
        ("begins_with(s, q)", false),
        ("contains(q, :ell)", false),
        ("contains(s, q)", false),
        ("attribute_type(q, :NULL)", false),
        ("size(q) = :zero", false),
        ("size(q) <> :zero", true),
    ]);
}

#[test]
fn order() {
    check(&[
        ("n < :two", true),
        ("n < :ten", true),
        ("n < :one", false),
        ("n <= :one", true),
        ("n > :zero", true),
        ("n >= :one2", true),
        ("n >= :two", false),
        ("half < n", true),
        ("five < :ten", true),
        ("s < :z", true),
        ("s > :he", true),
        ("s > :upper", true),
        ("accent > :hello", true),
        ("empty < s", true),
        ("b > :b0", true),
        ("b < :b1", true),
        ("b < :bff", true),
        // Types without an order, and mixed types.
        ("t < n", false),
        ("t >= n", false),
        ("l < :one", false),
        ("s > :one", false),
        ("n < :hello", false),
        ("ss <= ns", false),
    ]);
}

#[test]
fn between_and_in() {
    check(&[
        ("n BETWEEN :zero AND :two", true),
        ("n between :one And :one", true),
        ("n BETWEEN :two AND :ten", false),
        ("five BETWEEN :one AND :four", false),
        ("s BETWEEN :he AND :z", true),
        ("s BETWEEN :hello AND :hello", true),
        ("b BETWEEN :b AND :b", true),
        ("b BETWEEN :b0 AND :bff", true),
        ("n BETWEEN half AND five", true),
        ("n BETWEEN five AND half", false),
        ("n BETWEEN :he AND :z", false),
        ("n BETWEEN l AND m", false),
        (":one BETWEEN half AND five", true),
        ("size(s) BETWEEN :four AND :six", true),
        ("n IN (:one)", true),
        ("n IN (:textone, :two, :one)", true),
        ("n in (:textone, :two)", false),
        ("l[2] IN (:l3)", true),
        ("ss IN (:ss2, :ss)", true),
        ("n IN (s, m.x)", true),
        ("size(ss) IN (:one, :two)", true),
    ]);
}

#[test]
fn functions() {
    check(&[
        ("attribute_exists(s)", true),
        ("attribute_exists (nul)", true),
        ("attribute_exists(q)", false),
        ("attribute_not_exists(q)", true),
        ("attribute_not_exists(s)", false),
        ("attribute_exists(m.x)", true),
        ("attribute_exists(m.z)", false),
        ("attribute_exists(l[3])", true),
        ("attribute_exists(l[4])", false),
        ("attribute_exists(s[0])", false),
        ("attribute_exists(ss[0])", false),
        ("attribute_exists(l.x)", false),
        ("begins_with(s, :he)", true),
        ("begins_with(s, :ell)", false),
        ("begins_with(s, :empty)", true),
        ("begins_with(b, :b0)", true),
        ("begins_with(b, :b1)", false),
        ("begins_with(b, :he)", false),
        ("begins_with(n, :he)", false),
        ("begins_with(s, prefix)", true),
        ("begins_with(:hello, prefix)", true),
        ("contains(s, :ell)", true),
        ("contains(s, :z)", false),
        ("contains(s, :empty)", true),
        ("contains(s, :one)", false),
        ("contains(b, :bmid)", true),
        ("contains(b, :b1)", true),
        ("contains(b, :bempty)", true),
        ("contains(:bempty, b)", false),
        ("contains(:bempty, :bempty)", true),
        ("begins_with(b, :bempty)", true),
        ("contains(:b0, b)", false),
        ("contains(ss, :dog)", true),
        ("contains(ss, :he)", false),
        ("contains(ns, :four)", true),
        ("contains(ns, :five)", false),
        ("contains(ns, :dog)", false),
        ("contains(bs, :b1)", true),
        ("contains(l, :two)", true),
        ("contains(l, :dog)", true),
        ("contains(l, :l3)", true),
        ("contains(l, :ns12)", true),
        ("contains(l, :three)", false),
        ("contains(m, :one)", false),
        ("contains(:hello, prefix)", true),
        ("contains(ns, size(ss))", true),
    ]);
}

#[test]
fn types() {
    let attributes = [
        ("s", "S"),
        ("ss", "SS"),
        ("n", "N"),
        ("ns", "NS"),
        ("b", "B"),
        ("bs", "BS"),
        ("t", "BOOL"),
        ("nul", "NULL"),
        ("l", "L"),
        ("m", "M"),
    ];
    for (attribute, own) in attributes {
        for (_, code) in attributes {
            check(&[(format!("attribute_type({attribute}, :{code})").as_str(), own == code)]);
        }
    }
    check(&[("attribute_type(:one, :N)", true)]);
}

#[test]
fn sizes() {
    check(&[
        ("size(s) = :five", true),
        ("size(accent) = :five", true),
        ("size(empty) = :zero", true),
        ("size(b) = :three", true),
        ("size(l) = :four", true),
        ("size(m) = :three", true),
        ("size(ss) = :two", true),
        ("size(ns) >= :three", true),
        ("size(bs) <> :two", false),
        ("size(n) = :one", false),
        ("size(t) = :one", false),
        ("size(nul) < :one", false),
        ("size(s) = five", true),
        ("five = size(s)", true),
        ("size(s) = size(accent)", true),
        ("size(s) = :dog", false),
        ("size(m.y) = :two", true),
        ("size(:hello) = five", true),
        ("size(:ss) = size(ss)", true),
    ]);
}

#[test]
fn paths() {
    check(&[
        ("m.x = :one", true),
        ("m.x < m.y[1]", true),
        ("m.x < m.y[0]", false),
        ("m.z < m.y[100]", false),
        ("#s = :hello", true),
        ("#m.#dotted = :dotted", true),
        ("#m . x = :one", true),
        ("m.y [ 1 ] = :two", true),
        ("#none = :one", false),
        ("l[2][0] = :three", true),
        ("l[18446744073709551615] = :three", false),
    ]);
}
