//! Devices that keep syncing while processes die: on other machines, so that nothing of theirs is lost.

use super::line::Line;
use super::scene::{DEVICES, NOTES, OWNERS, Tally, document, request};
use highwater::{Document, Error, Filter, ItemKey, Replica, Store, Synced, parse_json};

/// The name of a device's only view.
const VIEW: &str = "view";

/// An item that lives: its key, its version and the number in its document.
pub type Live<'a> = (&'a str, u64, u64);

/// The devices, by number.
#[derive(Debug, Default, Clone)]
pub struct Devices([Replica; DEVICES as usize]);

/// Items with an even number.
///
/// # Panics
/// Never: the filter is one.
pub fn even() -> Filter {
    let json = parse_json(r#"{"even":{"eq":true}}"#).expect("JSON");
    Filter::from_amplify(&json).expect("a filter")
}

impl Devices {
    /// What each sends as `lastSync`; 0 for nothing.
    pub fn last_syncs(&self) -> [u64; DEVICES as usize] {
        self.0.each_ref().map(|device| device.last_sync(VIEW).unwrap_or_default().0)
    }

    /// Takes a page that a device got before the kill.
    pub fn hear(&mut self, line: &Line, tally: &mut Tally) {
        if let Line::Page(device, first, page) = line
            && let Some(device) = usize::try_from(*device).ok().and_then(|n| self.0.get_mut(n))
        {
            if *first {
                device.restart(VIEW);
            }
            device.apply(VIEW, page);
            tally.pages += 1;
        }
    }

    /// Syncs a device to the end, as far as the store lets it.
    ///
    /// # Errors
    /// The store's.
    pub fn try_sync(&mut self, store: &Store, device: u64) -> Result<Synced, Error> {
        let n = usize::try_from(device % DEVICES).unwrap_or_default();
        match self.0.get_mut(n) {
            Some(replica) => replica.sync(store, VIEW, &request(device % DEVICES)),
            None => Ok(Synced::default()),
        }
    }

    /// Syncs the devices of `which` to the end, and holds each against what lives; how many of them had synced before
    /// and were reset.
    ///
    /// # Panics
    /// If one ends with other items than the store has, or with a digest that its copy has not.
    pub fn sync(&mut self, store: &Store, live: &[Live<'_>], which: impl Fn(u64) -> bool) -> u64 {
        let mut resets = 0;
        for (n, device) in (0..).zip(&mut self.0).filter(|(n, _)| which(*n)) {
            let had_synced = device.last_sync(VIEW).is_some();
            let synced = device.sync(store, VIEW, &request(n)).expect("a sync to its end");
            resets += u64::from(had_synced && synced.reset);
            if n < 3 {
                let digest = store.digest(NOTES, &request(n).scope).expect("a digest");
                assert_eq!(Some(device.digest(VIEW)), digest, "device {n}");
            }
            let held: Vec<_> = device
                .live()
                .map(|(key, item)| (key.clone(), item.version, item.document.clone()))
                .collect();
            let wanted: Vec<_> = live
                .iter()
                .copied()
                .filter(|(.., number)| match n {
                    2 => number % OWNERS == 1,
                    3 => number % 2 == 0,
                    _ => true,
                })
                .map(|(key, version, number)| {
                    let document = Document::from_json(&document(key, number)).expect("JSON");
                    (ItemKey::from(key), version, document)
                })
                .collect();
            assert_eq!(held, wanted, "device {n}");
        }
        resets
    }
}
