//! Documents as JSON text, plain and typed.

mod parse;
mod typed;
mod write;

pub use parse::parse_json;
pub use typed::{parse_typed_json, parse_typed_value, write_typed_json};
pub use write::{write_json, write_json_string, write_json_value};
