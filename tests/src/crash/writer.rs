//! A thread that writes: keys of its own as it likes, and the one that all share by its version.

use super::child::{check, say};
use super::line::Line;
use super::rng::Rng;
use super::scene::{KEYS, NOTES, SHARED, document, key};
use highwater::{Document, Error, Expect, Mutation, Store};
use std::convert::Infallible;
use std::ops::ControlFlow;

/// Writes until the store cannot go on: then nothing may be written any more.
pub(super) fn write(store: &Store, writer: u64, mut rng: Rng) {
    let go_on = |rng: &mut Rng| -> ControlFlow<(), Infallible> {
        loop {
            if rng.below(4) == 0 {
                race(store, writer, rng)?;
            } else {
                commit(store, writer, rng)?;
            }
        }
    };
    let ControlFlow::Break(()) = go_on(&mut rng);
    let probe = Document::from_json(r#"{"id":"probe"}"#).expect("JSON");
    match store.put(NOTES, probe) {
        Err(Error::ReadOnly { .. }) => {}
        other => say(&Line::Wrong(format!("a commit after a failed one: {other:?}"))),
    }
}

/// One item, or two together: all of it or nothing.
fn commit(store: &Store, writer: u64, rng: &mut Rng) -> ControlFlow<()> {
    let count = 1 + rng.below(2);
    let first = rng.below(KEYS);
    let asked: Vec<_> = (0..count)
        .map(|n| {
            let deletes = rng.below(4) == 0;
            (key(writer, (first + n) % KEYS), (!deletes).then(|| rng.below(1_000_000)))
        })
        .collect();
    let mutations: Vec<_> = asked
        .iter()
        .map(|(key, n)| match n {
            Some(n) => put(key, *n),
            None => Mutation::delete(NOTES, key.as_str()),
        })
        .collect();
    say(&Line::Ask(writer, asked));
    if let Some(outcomes) = check("a commit", store.apply_batch(&mutations))? {
        let told = outcomes.iter().map(|outcome| {
            let item = outcome.item.as_ref();
            let (version, at) = item.map_or((0, 0), |item| (item.version, item.changed_at.0));
            (version, outcome.written, at)
        });
        say(&Line::Answer(writer, told.collect()));
    }
    ControlFlow::Continue(())
}

/// Writes the next version of the shared item, unless another writer was faster.
fn race(store: &Store, writer: u64, rng: &mut Rng) -> ControlFlow<()> {
    let Some(item) = check("a read", store.get(NOTES, SHARED))? else {
        return ControlFlow::Continue(());
    };
    let version = item.map_or(0, |item| item.version);
    let expected = if version == 0 { Expect::Absent } else { Expect::Version(version) };
    let n = rng.below(1_000_000);
    say(&Line::Race(writer, version, n));
    let won = match store.apply(put(SHARED, n).expect(expected)) {
        Err(Error::Conflict(_)) => Some(None),
        done => check("a commit", done)?
            .map(|outcome| outcome.item.map(|item| (item.version, item.changed_at.0))),
    };
    if let Some(won) = won {
        say(&Line::Raced(writer, won));
    }
    ControlFlow::Continue(())
}

fn put(key: &str, n: u64) -> Mutation {
    Mutation::put(NOTES, Document::from_json(&document(key, n)).expect("JSON"))
}
