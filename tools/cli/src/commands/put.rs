//! `highwater put`: one document.

use super::outcome;
use crate::app::Global;
use crate::failure::Failure;
use crate::input::{Expectation, document};
use crate::session::{table_spec, with_store};
use crate::show::Notation;
use highwater::Mutation;

/// Set an item to a document, whatever was there
///
/// The key is taken from the document. For many documents use `highwater import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater put notes '{\"id\":\"n1\",\"title\":\"Dawn\"}'
  highwater put notes --expect 3 - < n1.json
  highwater put notes --typed '{\"id\":{\"S\":\"n1\"},\"tags\":{\"SS\":[\"sea\"]}}'")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The document, a JSON object, or - for standard input
    #[arg(allow_hyphen_values = true)]
    document: String,
    /// The document is in DynamoDB's typed JSON
    #[arg(long)]
    typed: bool,
    /// Refuse it unless the item is at this version, or `absent`
    #[arg(long, value_name = "absent|VERSION")]
    expect: Option<Expectation>,
    /// Write nothing if the document is the same already
    #[arg(long)]
    if_changed: bool,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        let notation = Notation::of(self.typed);
        let document = document(&self.document, notation)?;
        with_store(global, |store| {
            table_spec(store, &self.table)?;
            let mutation = if self.if_changed {
                Mutation::put_if_changed(&self.table, document)
            } else {
                Mutation::put(&self.table, document)
            };
            let mutation = mutation.expect(Expectation::or_any(self.expect));
            outcome::apply(store, mutation, notation, global.json)
        })
    }
}
