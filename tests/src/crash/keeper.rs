//! The thread that tidies, imports, copies, and changes indexes and tables while others write.

use super::child::{check, say};
use super::line::Line;
use super::rng::Rng;
use super::scene::{
    BACKUPS, BULK, BULK_ROWS, BY_EVEN, NOTES, PASSING, PASSING_BATCH, PASSING_ROWS, has_index,
    has_table, passing,
};
use super::task::Task;
use highwater::{
    BackupOptions, BulkOptions, Document, Error, IndexChange, IndexSpec, Mutation, Projection,
    Store, TableSpec, TableSpecExt,
};
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::Path;

/// Goes on for as long as the store can.
pub(super) fn keep(store: &Store, folder: &Path, mut rng: Rng) -> ControlFlow<(), Infallible> {
    let mut round = 0_u64;
    loop {
        round += 1;
        let task = next(store, &mut rng);
        say(&Line::Begin(task.clone()));
        let done = check(&format!("{task:?}, the {round}th"), run(&task, store, folder))?;
        if done.is_some() {
            say(&Line::End(task));
        }
    }
}

/// What comes next. A compaction takes as long as all the rest together.
fn next(store: &Store, rng: &mut Rng) -> Task {
    match rng.below(16) {
        0..=4 => Task::Expire,
        5 => Task::Compact,
        6..=7 => Task::Import(rng.draw()),
        8..=9 => Task::Checkpoint(format!("checkpoint-{}", rng.draw())),
        10..=12 if has_index(store) => Task::DropIndex,
        10..=12 => Task::AddIndex,
        13..=14 if has_table(store, PASSING) => Task::DropTable,
        13..=14 => Task::CreateTable,
        _ => Task::Backup,
    }
}

fn run(task: &Task, store: &Store, folder: &Path) -> Result<(), Error> {
    match task {
        Task::Expire => store.expire().map(|report| say(&Line::Raised(report.floors_raised))),
        Task::Compact => store.compact().map(drop),
        Task::Import(generation) => import(store, *generation),
        Task::Checkpoint(name) => store.checkpoint(folder.join(name)).map(drop),
        Task::AddIndex => add_index(store),
        Task::DropIndex => store.change_indexes(NOTES, &[IndexChange::Drop(BY_EVEN.to_owned())]),
        Task::CreateTable => create_table(store),
        Task::DropTable => store.drop_table(PASSING),
        Task::Backup => store.backup(folder.join(BACKUPS), &BackupOptions::default()).map(drop),
    }
}

fn import(store: &Store, generation: u64) -> Result<(), Error> {
    let spec = TableSpec::new(BULK, "id").index("byOwner", "owner", Projection::All);
    // One that a killed process has begun is of another generation.
    store.abandon_bulk_import(BULK)?;
    let options = BulkOptions { replace: true, ..BulkOptions::default() };
    let mut import = store.bulk_import(spec, options)?;
    for n in 0..BULK_ROWS {
        let text = format!(r#"{{"id":"b{n:03}","owner":"o","generation":"{generation}"}}"#);
        import.push(Document::from_json(&text)?)?;
    }
    import.finish().map(drop)
}

fn add_index(store: &Store) -> Result<(), Error> {
    let index = IndexSpec {
        name: BY_EVEN.to_owned(),
        attribute: "owner".to_owned(),
        projection: Projection::KeysOnly,
    };
    store.change_indexes(NOTES, &[IndexChange::Add(index)])?;
    store.build_indexes()
}

/// With so many rows, and an index, that there is something to do when it is dropped.
fn create_table(store: &Store) -> Result<(), Error> {
    let spec = TableSpec::new(PASSING, "id").index("byOwner", "owner", Projection::All);
    store.create_table(spec)?;
    for first in (0..PASSING_ROWS).step_by(PASSING_BATCH) {
        let rows = first..first + PASSING_BATCH;
        let rows: Vec<_> = rows.map(|n| Mutation::put(PASSING, passing(n))).collect();
        store.apply_batch(&rows)?;
    }
    Ok(())
}
