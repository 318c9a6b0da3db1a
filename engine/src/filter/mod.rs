//! Filters: which items a client wants, in DynamoDB's notation or in Amplify's, as one tree.
//!
//! Both notations become an `ast` of the same few conditions, built by `checked`, which refuses
//! what DynamoDB would refuse. `eval` asks an item's document for the attributes a condition
//! names and for nothing else.

mod amplify;
mod ast;
mod attribute_type;
mod checked;
mod compare;
mod compiled;
mod cursor;
mod digest;
mod error;
mod eval;
mod field_operators;
mod functions;
mod lexer;
mod limits;
mod literal;
mod parser;
mod pin;
mod placeholders;
mod request;
mod subject;
#[cfg(test)]
mod tests;

pub use compiled::Filter;
pub use error::{FilterError, Place};
pub use subject::Subject;
