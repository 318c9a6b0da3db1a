//! Arbitrary text as a token, arbitrary bytes as what one says.

#![no_main]

use highwater_format::Millis;
use highwater_format::meta::{KeyRing, RingKey};
use highwater_format::token::{
    CursorToken, PageToken, QueryToken, TablesCursorToken, TablesToken, TokenKind, open_token,
    seal_token,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let ring = KeyRing(vec![RingKey { id: 1, secret: [7; 32], created: Millis(0) }]);
    let text = String::from_utf8_lossy(bytes);
    for kind in [
        TokenKind::Page,
        TokenKind::Cursor,
        TokenKind::Query,
        TokenKind::TablesPage,
        TokenKind::TablesCursor,
    ] {
        assert!(open_token(&ring, kind, &text).is_err(), "nobody forges a token");
        let sealed = seal_token(&ring.0[0], [9; 24], kind, bytes).expect("it is short");
        assert_eq!(open_token(&ring, kind, &sealed).as_deref(), Ok(bytes));
    }
    macro_rules! read_back {
        ($($token:ty),*) => {$(
            if let Ok(token) = <$token>::decode(bytes) {
                let again = token.encode().expect("it was decoded from no more bytes");
                assert_eq!(<$token>::decode(&again), Ok(token));
            }
        )*};
    }
    read_back!(PageToken, CursorToken, QueryToken, TablesToken, TablesCursorToken);
});
