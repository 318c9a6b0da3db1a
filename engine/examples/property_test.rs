//! How a backend tests its sync code with `highwater::testing`: one that asks `updated_at > lastSync` and
//! loses rows, and one that lets the engine answer.
//!
//! ```sh
//! cargo run -p highwater --features testing --example property_test
//! cargo test -p highwater --features testing --example property_test
//! ```

use highwater::testing::strategies::Histories;
use highwater::testing::{Backend, History, Site};
use highwater::{
    Incarnation, Item, ItemKey, Millis, Mode, Mutation, Outcome, Result, Since, State, SyncItem,
    SyncPage, SyncRequest, TableSpec, TableSpecExt,
};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::io::Write;

/// The usual way out: a table of rows with the time of their last change by the server's clock, deleted
/// ones included, and a query for what is newer than the client's last sync.
#[derive(Default)]
struct UpdatedAt {
    rows: BTreeMap<ItemKey, (Item, Millis)>,
}

impl Backend for UpdatedAt {
    fn commit(&mut self, site: &Site, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        let outcomes = site.store.apply_batch(mutations)?;
        let updated_at = site.time.wall_millis();
        let written = outcomes.iter().filter(|outcome| outcome.written);
        for item in written.filter_map(|outcome| outcome.item.clone()) {
            self.rows.insert(item.key.clone(), (item, updated_at));
        }
        Ok(outcomes)
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        let last_sync = match request.since {
            Since::LastSync(last_sync) => Some(last_sync),
            _ => None,
        };
        let changed = self.rows.values();
        let changed = changed.filter(|(_, updated_at)| last_sync.is_none_or(|t| *updated_at > t));
        let items: Vec<_> = changed.map(|(item, _)| told(item)).collect();
        Ok(SyncPage {
            scanned_count: items.len(),
            items,
            next_token: None,
            started_at: site.time.wall_millis(),
            reset: last_sync.is_none(),
            cursor: None,
            incarnation: Incarnation([0; 16]),
            mode: Mode::Delta,
            digest: None,
        })
    }
}

fn told(item: &Item) -> SyncItem {
    SyncItem {
        key: item.key.clone(),
        version: item.version,
        changed_at: item.changed_at,
        state: if item.deleted { State::Deleted } else { State::Live },
        document: item.document.clone(),
    }
}

/// The other way: the engine answers.
fn engine(site: &Site, request: &SyncRequest) -> Result<SyncPage> {
    site.store.sync(request)
}

/// Draws histories of devices that sync the whole of a table, and plays each against a new backend.
fn test<B: Backend>(backend: impl Fn() -> B) -> std::result::Result<(), TestError<History>> {
    let notes = TableSpec::new("notes", "id");
    let histories = Histories::of(&[notes]).views([SyncRequest::new("notes")]);
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    // The same histories each time; `proptest!` draws new ones, and is what tests usually use.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
        history.play(&mut backend())?;
        Ok(())
    })
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match test(UpdatedAt::default) {
        Err(TestError::Fail(reason, history)) => {
            writeln!(out, "updated_at > lastSync: {reason}, in the history")?;
            for (place, operation) in history.operations.iter().enumerate() {
                writeln!(out, "  {place}: {operation:?}")?;
            }
        }
        other => writeln!(out, "updated_at > lastSync: {other:?}")?,
    }
    match test(|| engine) {
        Ok(()) => writeln!(out, "the engine: every device was right after every history"),
        Err(error) => writeln!(out, "the engine: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater::testing::{Breach, Broken, Operation};

    #[test]
    fn the_kit_finds_what_updated_at_loses() {
        let Err(TestError::Fail(_, history)) = test(UpdatedAt::default) else {
            panic!("no history has lost a row");
        };
        let lost = history.play(&mut UpdatedAt::default()).unwrap_err();
        assert!(matches!(lost, Broken { breach: Breach::Differs(_), .. }), "{lost}");
        // A commit in the millisecond in which a sync began is enough, and no more is left of it.
        let commits = history.operations.iter().filter(|o| matches!(o, Operation::Commit(_)));
        assert_eq!(commits.count(), 1, "{history:?}");
        assert!(history.operations.len() <= 4, "{history:?}");
    }

    #[test]
    fn the_engine_loses_nothing() {
        test(|| engine).unwrap();
    }
}
