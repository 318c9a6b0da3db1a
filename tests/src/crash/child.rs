//! The process that is killed.

use super::keeper::keep;
use super::line::Line;
use super::rng::Rng;
use super::scene::{DEVICES, Scene, WRITERS, request};
use super::writer::write;
use highwater::{Durability, Error, ErrorKind, Millis, Store};
use std::convert::Infallible;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// Says a line in one write, so that it is there whole or not at all.
pub(super) fn say(line: &Line) {
    let mut out = std::io::stdout().lock();
    // Nobody listens any more: there is nobody to tell that to either.
    let _ = out.write_all(line.write().as_bytes()).and_then(|()| out.flush());
}

/// Says what should not have happened, and ends where the store cannot go on; what only asks for another try is
/// no wrong.
pub(super) fn check<T>(what: &str, done: Result<T, Error>) -> ControlFlow<(), Option<T>> {
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
