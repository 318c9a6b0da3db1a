//! A store opened for one command.

use crate::app::Global;
use crate::failure::Failure;
use crate::output;
use crate::show::{Object, moment};
use highwater::{Options, Store, StoreBuilder, TableSpec, WriteStall};
use std::path::PathBuf;

const FALLBACK: &str = "./highwater-store";

/// The store's folder: the option, else the environment, else the default.
pub(crate) fn folder(global: &Global) -> PathBuf {
    let from_env = || std::env::var_os("HIGHWATER_STORE").filter(|dir| !dir.is_empty());
    let given = global.store.clone().or_else(|| from_env().map(PathBuf::from));
    given.unwrap_or_else(|| PathBuf::from(FALLBACK))
}

/// How commands open a store: no background work, and writes that wait rather than fail.
pub(crate) fn options(global: &Global) -> Options {
    Options {
        create_if_missing: false,
        durability: global.durability.into(),
        write_stall: WriteStall::Wait,
        worker: None,
        ..Options::default()
    }
}

/// A builder for the command's store.
pub(crate) fn builder(global: &Global) -> StoreBuilder {
    Store::builder(folder(global)).options(options(global))
}

/// Opens the store, runs the command on it, and closes it whatever came of that.
pub(crate) fn with_store<T>(
    global: &Global,
    run: impl FnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let store = builder(global).open()?;
    tracing::info!(folder = %folder(global).display(), "the store is open");
    warn_of_leap(&store, global.json)?;
    let done = run(&store);
    let closed = store.close().map_err(Failure::from);
    tracing::info!("the store is closed");
    match done {
        Err(failure) if !failure.is_silent() => Err(failure),
        done => closed.and(done),
    }
}

/// Says so if the store keeps its own time because the machine's is not to be believed.
fn warn_of_leap(store: &Store, json: bool) -> Result<(), Failure> {
    let Some(leap) = store.stats()?.clock.leap else {
        return Ok(());
    };
    let warning = format!(
        "the machine's clock shows {}, the store keeps its own time, {}",
        moment(leap.wall),
        moment(leap.clock)
    );
    let hint = "`highwater clock --help` says what to do";
    if json {
        output::note(&Object::new().field("warning", &warning).field("hint", hint).finish());
    } else {
        output::note(&format!("warning: {warning}\nhint: {hint}"));
    }
    Ok(())
}

/// A table's declaration.
pub(crate) fn table_spec(store: &Store, name: &str) -> Result<TableSpec, Failure> {
    let tables = store.tables();
    if let Some(spec) = tables.iter().find(|spec| spec.name == name) {
        return Ok(spec.clone());
    }
    let names: Vec<_> = tables.iter().map(|spec| format!("`{}`", spec.name)).collect();
    let hint = if names.is_empty() {
        format!("the store has no tables yet: `highwater table create {name} --partition id`")
    } else {
        format!("the store has: {}", names.join(", "))
    };
    Err(Failure::from(highwater::Error::UnknownTable { table: name.to_owned() }).hint(hint))
}
