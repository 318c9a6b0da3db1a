//! The process that is killed.

use super::line::Line;
use super::rng::Rng;
use super::scene::{BULK, DEVICES, KEYS, NOTES, PASSING, Scene, WRITERS, document, key, request};
use highwater::{
    BackupOptions, BulkOptions, Document, Durability, Error, ErrorKind, IndexChange, IndexSpec,
    Millis, Mutation, Projection, Store, TableSpec, TableSpecExt,
};
use std::convert::Infallible;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Says a line in one write, so that it is there whole or not at all.
fn say(line: &Line) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: there is nobody to tell that to either.
    let _ = out.write_all(line.write().as_bytes()).and_then(|()| out.flush());
}

/// Says what should not have happened, and ends where the store cannot go on; what only asks for another try is
/// no wrong.
fn check<T>(what: &str, done: Result<T, Error>) -> ControlFlow<(), Option<T>> {
    match done {
        Ok(done) => ControlFlow::Continue(Some(done)),
        Err(error) if error.kind() == ErrorKind::SyncAgain || matches!(error, Error::Busy) => {
            ControlFlow::Continue(None)
        }
        Err(error) => refused(what, &error),
    }
}

fn refused<T>(what: &str, error: &Error) -> ControlFlow<(), Option<T>> {
    let text = format!("{what}: {error}");
    if matches!(error, Error::WriteFailed { .. } | Error::ReadOnly { .. } | Error::Io { .. }) {
        say(&Line::Failed(text));
        ControlFlow::Break(())
    } else {
        say(&Line::Wrong(text));
        ControlFlow::Continue(None)
    }
}

/// Arguments: folder, whether synced, whether recent changes are in memory, seed, and of each device its
/// `lastSync` (0 for none).
///
/// # Panics
/// If the arguments are none of a child's.
pub fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().expect("an argument");
    let folder = PathBuf::from(next());
    let durability = if next() == "sync" { Durability::Sync } else { Durability::Buffered };
    let scene = Scene { durability, recent: next() == "recent" };
    let seed: u64 = next().parse().expect("a seed");
    let last_syncs: Vec<u64> = (0..DEVICES).map(|_| next().parse().expect("a lastSync")).collect();
    let store = match scene.open(&folder.join("store")) {
        Ok(store) => store,
        Err(error) => return drop(refused::<Store>("opening", &error)),
    };
    say(&Line::Open);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || write(store, writer, Rng(seed ^ (writer + 1))));
        }
        for (device, last_sync) in (0..).zip(last_syncs) {
            let store = &store;
            scope.spawn(move || sync(store, device, Millis(last_sync)));
        }
        // The others go on for as long as they can.
        let _ = keep(&store, &folder, Rng(seed ^ 99));
    });
}

/// Writes until the store cannot go on: then nothing may be written any more.
fn write(store: &Store, writer: u64, rng: Rng) {
    let ControlFlow::Break(()) = commits(store, writer, rng);
    let probe = Document::from_json(r#"{"id":"probe"}"#).expect("JSON");
    match store.put(NOTES, probe) {
        Err(Error::ReadOnly { .. }) => {}
        other => say(&Line::Wrong(format!("a commit after a failed one: {other:?}"))),
    }
}

fn commits(store: &Store, writer: u64, mut rng: Rng) -> ControlFlow<(), Infallible> {
    loop {
        // One item, or two together: all of it or nothing.
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
                Some(n) => {
                    Mutation::put(NOTES, Document::from_json(&document(key, *n)).expect("JSON"))
                }
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
    }
}

fn sync(store: &Store, device: u64, mut last_sync: Millis) -> ControlFlow<(), Infallible> {
    loop {
        let mut request = request(device).last_sync(last_sync);
        let mut first = true;
        while let Some(page) = check("a page", store.sync(&request))? {
            let (next, started_at) = (page.next_token.clone(), page.started_at);
            let nothing_new = page.items.is_empty();
            say(&Line::Page(device, first, Box::new(page)));
            first = false;
            match next {
                Some(token) => request.next_token = Some(token),
                None => {
                    last_sync = started_at;
                    if nothing_new {
                        #[expect(clippy::disallowed_methods, reason = "writers have their turn")]
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    break;
                }
            }
        }
    }
}

/// Tidies, imports, copies, changes indexes and tables, for as long as the store can.
fn keep(store: &Store, folder: &Path, mut rng: Rng) -> ControlFlow<(), Infallible> {
    let mut round = 0_u64;
    loop {
        round += 1;
        // A compaction takes as long as all the rest together.
        let what = match rng.below(16) {
            0..=4 => "expire",
            5 => "compact",
            6..=7 => "import",
            8..=9 => "checkpoint",
            10..=12 => "index",
            13..=14 => "table",
            _ => "backup",
        };
        say(&Line::Begin(what.to_owned()));
        let named = format!("{what} {round}");
        let done = match what {
            "expire" => store.expire().map(drop),
            "compact" => store.compact().map(drop),
            "import" => import(store, rng.draw()),
            "checkpoint" => {
                let to = folder.join(format!("checkpoint-{}", rng.draw()));
                store.checkpoint(&to).map(drop)
            }
            "index" => index(store),
            "table" => table(store),
            _ => store.backup(folder.join("backups"), &BackupOptions::default()).map(drop),
        };
        check(&named, done)?;
        say(&Line::End(what.to_owned()));
    }
}

/// Replaces a table by rows of one generation.
fn import(store: &Store, generation: u64) -> Result<(), Error> {
    let spec = TableSpec::new(BULK, "id").index("byOwner", "owner", Projection::All);
    // One that a killed process has begun is of another generation.
    store.abandon_bulk_import(BULK)?;
    let options = BulkOptions { replace: true, ..BulkOptions::default() };
    let mut import = store.bulk_import(spec, options)?;
    for n in 0..200 {
        let text = format!(r#"{{"id":"b{n:03}","owner":"o","generation":"{generation}"}}"#);
        import.push(Document::from_json(&text)?)?;
    }
    import.finish().map(drop)
}

/// Adds an index to the table that is written to, and drops it.
fn index(store: &Store) -> Result<(), Error> {
    let is_there = store.tables().iter().any(|table| {
        table.name == NOTES && table.indexes.iter().any(|index| index.name == "byEven")
    });
    let change = if is_there {
        IndexChange::Drop("byEven".to_owned())
    } else {
        IndexChange::Add(IndexSpec {
            name: "byEven".to_owned(),
            attribute: "owner".to_owned(),
            projection: Projection::KeysOnly,
        })
    };
    store.change_indexes(NOTES, &[change])?;
    store.build_indexes()
}

fn table(store: &Store) -> Result<(), Error> {
    if store.tables().iter().any(|table| table.name == PASSING) {
        return store.drop_table(PASSING);
    }
    store.create_table(TableSpec::new(PASSING, "id"))?;
    store.put(PASSING, Document::from_json(r#"{"id":"p"}"#)?).map(drop)
}
