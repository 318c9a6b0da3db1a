//! What tokens say, and how they are sealed.

use crate::hex::{both, bytes};
use highwater_format::meta::{KeyRing, RingKey};
use highwater_format::token::{
    CursorToken, Mode, PageToken, Position, QueryToken, Scope, TablesCursorToken, TablesToken,
    TokenKind, View, open_token, seal_token,
};
use highwater_format::{FormatError, Incarnation, IndexId, Millis, TableId, Timestamp};

const PAGE: &str = "
    30313233343536373839616263646566
    07  02 08 04 53780000
    1111111111111111111111111111111111111111111111111111111111111111
    2222222222222222222222222222222222222222222222222222222222222222
    02 fb 2c01 02 4e02
    01  01  fd 000c33e368010000  fc 00000100  fc 01000300
    04 53610000   01 fc 02000200";
const CURSOR: &str = "
    30313233343536373839616263646566
    07  00
    0000000000000000000000000000000000000000000000000000000000000000
    0000000000000000000000000000000000000000000000000000000000000000
    fc 01000300";
const QUERY: &str = "
    30313233343536373839616263646566
    07  fb 2c01
    2222222222222222222222222222222222222222222222222222222222222222
    3333333333333333333333333333333333333333333333333333333333333333
    08 53780000 53610000";
const PAGE_TEXT: &str = "\
    AQEBAgMEdHdlbnR5LWZvdXIgYnl0ZXMsIG9uY2UuDom4r7qjnu6coHc6JAgSVeQBbhNfXQA-AyTUVS4wpjjJsHqvvU\
    PArnR4n_EBk5hNqO6qTDOXVPUK21MwE3EjuXAaxmi9iddm4qoi6Jv8Us_JZKIikauiBhxUQBz4WO19MoR95iBKlo4B\
    -40TVCKzwTinTv9tSvXYTGhWjUMiks1LpEQBmzpy4jb9SbYzRyg";
const CURSOR_TEXT: &str = "\
    AQIBAgMEdHdlbnR5LWZvdXIgYnl0ZXMsIG9uY2UuDom4r7qjnu6coHc6JAgSVeQDZhcMJQA-EjXFRD8htynYoWu-rF\
    LRv2VpjuAQgolcuf-7XSKGReQo-XESMVMBm1I45Eqfq_VEwIgAyrnecO3rRnwBs4qAMAjZ3T-qG4pMiN0Yef9Szg";

const QUERY_TEXT: &str = "\
    AQMBAgMEdHdlbnR5LWZvdXIgYnl0ZXMsIG9uY2UuDom4r7qjnu6coHc6JAgSVeT4ShYuByIcMBfnZh0DlQv6g0mcjn\
    DznUdLrMIyoKt-m92ZfxG1dtcbykIhAmAyqGEL13msmMZ387sz-YrtQ97YdbMzu9r4JB78DR3616UIKB6nullQJxdvHhrRkA";

fn index(index: u32, value: &[u8]) -> Scope {
    Scope::Index { index: IndexId(index), value: value.to_vec() }
}

fn page() -> PageToken {
    PageToken {
        incarnation: Incarnation(*b"0123456789abcdef"),
        view: View {
            table: TableId(7),
            scope: index(8, b"Sx\0\0"),
            filter: [0x11; 32],
            audience: [0x22; 32],
        },
        through: index(300, b"N\x02"),
        mode: Mode::Delta,
        reset: true,
        started_at: Millis(1_550_000_000_000),
        since: Timestamp(1 << 16),
        upper: Timestamp((3 << 16) + 1),
        last_item: b"Sa\0\0".to_vec(),
        after: Position::Change(Timestamp((2 << 16) + 2)),
    }
}

fn cursor() -> CursorToken {
    CursorToken {
        incarnation: Incarnation(*b"0123456789abcdef"),
        view: View { table: TableId(7), scope: Scope::Table, filter: [0; 32], audience: [0; 32] },
        at: Timestamp((3 << 16) + 1),
    }
}

fn query() -> QueryToken {
    QueryToken {
        incarnation: Incarnation(*b"0123456789abcdef"),
        table: TableId(7),
        index: IndexId(300),
        audience: [0x22; 32],
        question: [0x33; 32],
        after: b"Sx\0\0Sa\0\0".to_vec(),
    }
}

#[test]
fn contents() -> Result<(), FormatError> {
    both(PAGE, &page(), &page().encode()?, PageToken::decode);
    both(CURSOR, &cursor(), &cursor().encode()?, CursorToken::decode);
    both(QUERY, &query(), &query().encode()?, QueryToken::decode);
    Ok(())
}

#[test]
fn every_scope_mode_and_position() -> Result<(), FormatError> {
    let head = "30313233343536373839616263646566 07";
    let rest = "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
        00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000";
    for (scope, scope_hex, mode, mode_hex, after, after_hex) in [
        (Scope::Table, "00", Mode::Base, "00", Position::Item(vec![]), "00 00"),
        (
            Scope::Partition(b"N\x02".to_vec()),
            "01 02 4e02",
            Mode::CatchUp,
            "02",
            Position::Item(b"Sa\0\0".to_vec()),
            "00 04 53610000",
        ),
    ] {
        let token = PageToken {
            view: View { scope: scope.clone(), ..cursor().view },
            through: scope,
            mode,
            reset: false,
            after,
            ..page()
        };
        let times = "00  fd 000c33e368010000  fc 00000100  fc 01000300  04 53610000";
        let golden =
            format!("{head} {scope_hex} {rest} {scope_hex} {mode_hex} {times} {after_hex}");
        both(&golden, &token, &token.encode()?, PageToken::decode);
    }
    Ok(())
}

#[test]
fn tokens_of_several_tables() -> Result<(), FormatError> {
    let token = TablesToken { runs: vec![page(), page()], ended: vec![true, false] };
    let golden = format!("02 {PAGE} {PAGE} 02 01 00");
    both(&golden, &token, &token.encode()?, TablesToken::decode);
    let CursorToken { incarnation, view, at } = cursor();
    let cursor = TablesCursorToken { incarnation, views: vec![view], at };
    // As a cursor's, with the number of views before the first.
    let hex: String = CURSOR.split_whitespace().collect();
    let (head, rest) = hex.split_at(32);
    both(&format!("{head} 01 {rest}"), &cursor, &cursor.encode()?, TablesCursorToken::decode);
    Ok(())
}

fn key() -> RingKey {
    RingKey { id: 0x0102_0304, secret: *b"an example secret of 32 bytes...", created: Millis(0) }
}

#[test]
fn sealed() -> Result<(), FormatError> {
    let ring = KeyRing(vec![key()]);
    for (kind, content, text) in [
        (TokenKind::Page, PAGE, PAGE_TEXT),
        (TokenKind::Cursor, CURSOR, CURSOR_TEXT),
        (TokenKind::Query, QUERY, QUERY_TEXT),
    ] {
        let nonce = *b"twenty-four bytes, once.";
        let content = bytes(content);
        assert_eq!(seal_token(&key(), nonce, kind, &content)?, text);
        assert_eq!(open_token(&ring, kind, text)?, content);
    }
    Ok(())
}
