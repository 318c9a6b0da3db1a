//! `highwater export`: every live document, to a file or a pipe.

use crate::app::Global;
use crate::failure::Failure;
use crate::input::key_value;
use crate::interrupt::Interrupt;
use crate::output;
use crate::progress::Progress;
use crate::session::{table_spec, with_store};
use crate::show::{Notation, Object, count, kind_name};
use crate::target::Target;
use highwater::{Item, ListRequest, Store, TableSpec};
use std::io::Write;
use std::path::PathBuf;

/// Write every live document of a table as JSON Lines, in key order
///
/// What is exported can be imported again, and is then the same, byte for byte. Plain JSON has no sets and no
/// binary, so documents that hold some need --typed. A file is replaced when all of it is written, not before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  highwater export notes notes.jsonl --typed
  highwater export notes | jq .title")]
pub(crate) struct Args {
    /// The table's name
    table: String,
    /// The file, or - for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    /// Write DynamoDB's typed JSON, which keeps sets and binary
    #[arg(long)]
    typed: bool,
    /// Only the items of this partition
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    partition: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<(), Failure> {
        with_store(global, |store| {
            let request = self.request(&table_spec(store, &self.table)?)?;
            let interrupt = Interrupt::watch()?;
            let progress = Progress::items(self.about(store)?, global.json);
            let mut target = Target::open(&self.file)?;
            let documents = self.write(store, request, &mut target, &interrupt, &progress)?;
            target.finish()?;
            drop(progress);
            output::note(&if global.json {
                Object::new().field("documents", documents).finish()
            } else {
                format!("exported {}", count(documents, "document"))
            });
            Ok(())
        })
    }

    fn request(&self, spec: &TableSpec) -> Result<ListRequest, Failure> {
        let request = ListRequest::new(&self.table).limit(1000);
        let Some(text) = &self.partition else { return Ok(request) };
        let kind = spec.partition.kind;
        let value = key_value(text, kind).map_err(|reason| {
            Failure::refused(format!("--partition is a {}: {reason}", kind_name(kind)))
        })?;
        Ok(request.partition(value))
    }

    /// About how many items there are: only the store as a whole is counted.
    fn about(&self, store: &Store) -> Result<Option<u64>, Failure> {
        let stats = store.stats()?;
        let alone = stats.tables.len() == 1 && self.partition.is_none();
        let base = stats.families.iter().find(|family| family.name == "base");
        Ok(base.map(|family| family.keys).filter(|_| alone))
    }

    fn write(
        &self,
        store: &Store,
        mut request: ListRequest,
        target: &mut Target,
        interrupt: &Interrupt,
        progress: &Progress,
    ) -> Result<u64, Failure> {
        let mut documents = 0;
        loop {
            let page = store.list(&request)?;
            for item in &page.items {
                if interrupt.is_raised() {
                    return Err(Failure::interrupted(""));
                }
                let line = self.line(item)?;
                target.write_all(line.as_bytes()).map_err(|e| target.failed(&e))?;
                documents += 1;
            }
            progress.reach(documents);
            match page.next {
                None => return Ok(documents),
                next => request.after = next,
            }
        }
    }

    fn line(&self, item: &Item) -> Result<String, Failure> {
        let notation = Notation::of(self.typed);
        if let Some((path, found)) = notation.loses(&item.document)? {
            let message = format!(
                "item {} of table `{}`: plain JSON cannot hold the {found} `{path}`",
                item.key, self.table
            );
            return Err(Failure::refused(message).hint("export with --typed, and import with it"));
        }
        let mut line = notation.text(&item.document)?;
        line.push('\n');
        Ok(line)
    }
}
