//! What is typed on the command line, as the engine wants it.

mod declaration;
mod document;
mod duration;
mod expectation;
mod filter;
mod key;
mod leavers;
mod merge;
mod scope;

pub(crate) use declaration::{Index, Key, Lookup};
pub(crate) use document::{
    MAX_TEXT, document, file as input_file, name as input_name, read_text, typed_value,
};
pub(crate) use duration::{Ttl, span};
pub(crate) use expectation::Expectation;
pub(crate) use filter::FilterArgs;
pub(crate) use key::{KeyArgs, key_value};
pub(crate) use leavers::LeaversChoice;
pub(crate) use merge::Merge;
pub(crate) use scope::{ScopeArgs, index_spec, index_value};
