//! How things are shown: as text for people, as JSON for programs.

mod columns;
mod item;
mod json;
mod notation;
mod text;

pub(crate) use columns::Columns;
pub(crate) use item::{item_json, sync_item};
pub(crate) use json::Object;
pub(crate) use notation::Notation;
pub(crate) use text::{bytes, count, kind_name, kind_tag, moment, safe, ttl};
