//! The story: releases come out, devices sync on their own schedules, and in the end all hold the same.

use super::backend::{Backend, Written};
use super::check::{in_copy, in_history, in_store, same};
use super::data::RELEASES;
use super::device::{Device, Remembers};
use super::error::Error;
use super::expected::Expected;
use super::features::View;
use super::report::{CutOffReport, DeviceReport, EndReport, ReleaseReport, Summary};
use highwater::{SystemTime, TimeSource};
use std::path::Path;

/// The releases after which the phone is awake.
const PHONE_WAKES: [usize; 3] = [0, 4, RELEASES.len() - 1];
/// The releases after which the tablet is.
const TABLET_WAKES: [usize; 5] = [0, 2, 4, 6, RELEASES.len() - 1];
/// The phone's sync after this release is cut off,
const CUT_OFF: usize = 4;
/// when it has read so many pages.
const PAGES_BEFORE: u64 = 2;

/// Plays it in a new store at `path`, telling `say` line by line.
pub(super) fn play(
    path: &Path,
    say: &mut dyn FnMut(&str) -> Result<(), Error>,
) -> Result<Summary, Error> {
    let time = SystemTime::default();
    let mut backend = Backend::create(path)?;
    let mut expected = Expected::default();
    let mut desk = Device::new("desk", View::Everything, Remembers::Cursor, 500);
    let mut phone = Device::new("phone", View::Everything, Remembers::StartedAt, 1000);
    let mut tablet = Device::new("tablet", View::Status("experimental"), Remembers::Cursor, 200);
    let mut releases = Vec::new();
    let mut cut_offs = Vec::new();

    say(&ReleaseReport::heading())?;
    for (place, release) in RELEASES.iter().enumerate() {
        let steps = release.steps()?;
        let (first, second) = steps.split_at(steps.len() / 2);
        let mut written = Written::default();
        let mut seconds = 0.0;
        for half in [first, second] {
            let began = time.monotonic();
            written += backend.write(half)?;
            seconds += (time.monotonic() - began).as_secs_f64();
            half.iter().try_for_each(|step| expected.apply(step))?;
            sync(&mut desk, &backend, &expected)?;
        }
        let report = ReleaseReport::new(release.version, expected.len(), written, seconds);
        say(&report.line())?;
        releases.push(report);

        if place == CUT_OFF {
            read_pages(&mut phone, &backend, PAGES_BEFORE)?;
            let began = time.monotonic();
            backend = backend.restart()?;
            let seconds = (time.monotonic() - began).as_secs_f64();
            let report = CutOffReport { device: phone.name, pages_before: PAGES_BEFORE, seconds };
            say(&report.line())?;
            cut_offs.push(report);
        }
        if PHONE_WAKES.contains(&place) {
            sync(&mut phone, &backend, &expected)?;
        }
        if TABLET_WAKES.contains(&place) {
            sync(&mut tablet, &backend, &expected)?;
        }
    }

    let devices = [desk, phone, tablet];
    let end = end(&backend, &devices, &expected)?;
    backend.store.close()?;
    let devices = devices.iter().map(DeviceReport::new).collect();
    let seconds = time.monotonic().as_secs_f64();
    Ok(Summary { releases, cut_offs, devices, end, seconds })
}

/// Syncs a device to the end; it must then hold what the history says.
fn sync(device: &mut Device, backend: &Backend, expected: &Expected) -> Result<(), Error> {
    device.sync(&backend.store)?;
    device.traffic.full_bytes += expected.full_bytes(device.view);
    same(device.name, expected.of(device.view).map(in_history), in_copy(&device.replica))
}

/// Reads the first pages of a sync that has more.
fn read_pages(device: &mut Device, backend: &Backend, pages: u64) -> Result<(), Error> {
    for _ in 0..pages {
        if device.read_page(&backend.store)? {
            return Err(Error::NotCutOff { device: device.name });
        }
    }
    Ok(())
}

/// Compacts the store, and holds everybody against everybody.
fn end(backend: &Backend, devices: &[Device], expected: &Expected) -> Result<EndReport, Error> {
    let compact = backend.store.compact()?;
    let verify = backend.store.verify()?;
    if let Some(first) = verify.problems.first() {
        let first = format!("{}: {}", first.place, first.what);
        return Err(Error::Unclean { count: verify.problem_count, first });
    }
    let stored = backend.list()?;
    let everything = View::Everything;
    let history = expected.of(everything).map(in_history);
    same("the store", history, in_store(&stored, everything))?;
    for device in devices {
        same(device.name, in_store(&stored, device.view), in_copy(&device.replica))?;
    }
    Ok(EndReport { compact, verify })
}
