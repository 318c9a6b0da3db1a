//! Offline first: two phones edit the same task without a network, push what they did, and pull.
//!
//! The table merges three ways: what only one phone changed is kept, and each field that both changed has
//! a rule. Each push carries an id, so that one that is repeated after a lost answer counts once.
//!
//! `cargo run --example push_and_pull`

use highwater::{
    ConflictStrategy, Document, Expect, MergeRule, Mutation, Replica, Store, SyncRequest,
    TableSpec, TableSpecExt, Update, Value,
};
use std::collections::BTreeSet;
use std::io::Write;

/// A phone: its copy, and what it has done and not yet pushed.
#[derive(Default)]
struct Phone {
    copy: Replica,
    outbox: Vec<(String, Update)>,
}

impl Phone {
    fn pull(&mut self, store: &Store) -> Result<(), highwater::Error> {
        let mut request = SyncRequest::new("tasks");
        if let Some(last) = self.copy.last_sync("all") {
            request = request.last_sync(last);
        }
        loop {
            let page = store.sync(&request)?;
            self.copy.apply("all", &page);
            match page.next_token {
                Some(token) => request.next_token = Some(token),
                None => return Ok(()),
            }
        }
    }

    /// Pushes each edit against the version that the phone saw when it made it.
    fn push(&mut self, store: &Store) -> Result<(), Box<dyn std::error::Error>> {
        let held = self.copy.get(&"t1".into()).ok_or("the phone has no copy")?;
        let mut expected = Expect::Version(held.version);
        for (id, update) in self.outbox.drain(..) {
            let push = [Mutation::update("tasks", "t1", update).expect(expected)];
            let lost = store.apply_once(&id, &push)?;
            // The answer did not arrive, so the phone sends it again: nothing happens twice.
            let answers = store.apply_once(&id, &push)?;
            assert_eq!(lost, answers);
            let item = answers.into_iter().next().and_then(|answer| answer.item);
            expected = Expect::Version(item.ok_or("no item")?.version);
        }
        Ok(())
    }
}

fn tags(names: &[&str]) -> Value {
    Value::StringSet(names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("store"))?;
    store.create_table(
        TableSpec::new("tasks", "id")
            .conflicts(ConflictStrategy::ThreeWayMerge)
            .merge_rule("tags", MergeRule::Union)
            .merge_rule("minutes", MergeRule::Add),
    )?;
    let task =
        r#"{"id":{"S":"t1"},"title":{"S":"Paint"},"minutes":{"N":"10"},"tags":{"SS":["home"]}}"#;
    store.put("tasks", Document::from_typed_json(task)?)?;

    let (mut mine, mut yours) = (Phone::default(), Phone::default());
    mine.pull(&store)?;
    yours.pull(&store)?;

    // Both are offline now.
    let edit = Update::new().set("title", Value::from("Paint the fence"));
    let edit = edit.set("minutes", Value::from(25)).set("tags", tags(&["home", "garden"]));
    mine.outbox.push(("mine-1".to_owned(), edit));
    let edit = Update::new().set("done", Value::from(true));
    let edit = edit.set("minutes", Value::from(15)).set("tags", tags(&["home", "summer"]));
    yours.outbox.push(("yours-1".to_owned(), edit));

    mine.push(&store)?;
    yours.push(&store)?;
    mine.pull(&store)?;
    yours.pull(&store)?;

    let copy = mine.copy.get(&"t1".into()).ok_or("gone")?;
    assert_eq!(Some(&copy.document), yours.copy.get(&"t1".into()).map(|item| &item.document));
    let merged = r#"{"id":{"S":"t1"},"title":{"S":"Paint the fence"},"done":{"BOOL":true},
        "minutes":{"N":"30"},"tags":{"SS":["garden","home","summer"]}}"#;
    assert_eq!(copy.document, Document::from_typed_json(merged)?);
    writeln!(std::io::stdout(), "both phones hold version {}", copy.version)?;
    Ok(())
}
