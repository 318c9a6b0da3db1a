//! Tokens: what a client holds between pages and between syncs, sealed so that it can neither read
//! nor change it.

mod content;
mod seal;

pub use content::{
    CursorToken, Mode, PageToken, Position, QueryToken, Scope, TablesCursorToken, TablesToken, View,
};
pub use seal::{TokenKind, open_token, seal_token};
