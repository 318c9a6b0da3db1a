//! One damage, and everything that is asked of the store afterwards.

use super::answers::{Answer, ask};
use super::image::{Image, LAST, builder};
use crate::crash::{DEVICES, Devices, KEYS, NOTES, Rng, key};
use crate::power::Ledger;
use highwater::{Error, ErrorKind, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What came of trials.
#[derive(Debug, Default, Clone)]
pub struct Found {
    /// Trials.
    pub trials: u64,
    /// How many of them damaged a file of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Stores that did not open.
    pub refused: u64,
    /// Of these, those whose log was damaged, and that were recovered.
    pub recovered: u64,
    /// Commits that these gave up.
    pub given_up: u64,
    /// Devices that were reset since they may hold some of these.
    pub resets: u64,
    /// Stores that opened and of which some answers were errors.
    pub told: u64,
    /// Answers that were errors.
    pub errors: u64,
    /// Stores that opened in which `verify` found damage.
    pub verified: u64,
    /// Stores in which nothing that is read was damaged.
    pub unharmed: u64,
    /// Logs whose last record was damaged, which cannot be told from one that was being written.
    pub torn: u64,
}

impl std::ops::AddAssign for Found {
    fn add_assign(&mut self, other: Self) {
        self.trials += other.trials;
        for (kind, trials) in other.kinds {
            *self.kinds.entry(kind).or_default() += trials;
        }
        self.refused += other.refused;
        self.recovered += other.recovered;
        self.given_up += other.given_up;
        self.resets += other.resets;
        self.told += other.told;
        self.errors += other.errors;
        self.verified += other.verified;
        self.unharmed += other.unharmed;
        self.torn += other.torn;
    }
}

/// What is done to a file, as text for a failing trial.
fn harm(bytes: &mut [u8], rng: &mut Rng) -> String {
    let at = usize::try_from(rng.below(bytes.len() as u64)).unwrap_or_default();
    let kind = rng.below(5);
    let (from, to) = match kind {
        0 | 1 => (at, at + 1),
        2 => (at, at + 16),
        3 => (at, at + 512),
        _ => (at & !4095, (at & !4095) + 4096),
    };
    let to = to.min(bytes.len());
    for byte in bytes.get_mut(from..to).into_iter().flatten() {
        match kind {
            0 => *byte ^= 1 << rng.below(8),
            1 | 2 => *byte = u8::try_from(rng.below(256)).unwrap_or_default(),
            _ => *byte = 0,
        }
    }
    format!("kind {kind} at {from}..{to} of {}", bytes.len())
}

impl Image {
    /// What kinds of files there are.
    pub fn kinds(&self) -> BTreeSet<String> {
        self.files.iter().map(|file| kind_of(file)).collect()
    }

    fn of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<&PathBuf> {
        self.files.iter().filter(|file| is_meant(&kind_of(file))).collect()
    }

    /// Damages a copy in the folder `at`, and holds every answer against what is known.
    ///
    /// # Errors
    /// If an answer is wrong; it tells the damage.
    ///
    /// # Panics
    /// If the file system fails.
    pub fn trial(&self, at: &Path, seed: u64) -> Result<Found, String> {
        let mut rng = Rng(seed);
        // Logs and tables are large, the others few: each has its turn.
        const LARGE: [&str; 3] = [".log", ".sst", "MANIFEST-"];
        let some: Vec<&PathBuf> = match rng.below(10) {
            0..=3 => self.of(|kind| kind == LARGE[0]),
            4..=6 => self.of(|kind| kind == LARGE[1]),
            7 => self.of(|kind| kind == LARGE[2]),
            _ => self.of(|kind| !LARGE.contains(&kind)),
        };
        let pick = usize::try_from(rng.below(some.len() as u64)).unwrap_or_default();
        let Some(name) = some.get(pick) else { return Ok(Found::default()) };
        self.copy(at);
        let file = at.join(name);
        let mut bytes = fs::read(&file).expect("a file");
        let before = bytes.clone();
        let what = harm(&mut bytes, &mut rng);
        let found = match bytes == before {
            true => Ok(Found::default()),
            false => {
                fs::write(&file, &bytes).expect("a file");
                self.look(at, kind_of(name) == LARGE[0])
            }
        };
        let found = found.map(|found| {
            let kinds = BTreeMap::from([(kind_of(name), found.trials)]);
            Found { kinds, ..found }
        });
        fs::remove_dir_all(at).expect("the copy goes");
        found.map_err(|wrong| format!("{wrong}\nSEED {seed}: {name:?} {what}"))
    }

    fn look(&self, at: &Path, is_log: bool) -> Result<Found, String> {
        let mut found = Found { trials: 1, ..Found::default() };
        let store = match builder(at).open() {
            Ok(store) => store,
            Err(error) => {
                found.refused = 1;
                self.refused(at, &error, &mut found)?;
                return Ok(found);
            }
        };
        let (mut ledger, mut devices) = (self.ledger.clone(), self.devices.clone());
        let mut errors = 0;
        match ledger.recovered(&store) {
            Ok(_) if ledger.gone() == 0 => errors += every_item(&store, &self.ledger)?,
            Ok(_) if is_log && ledger.gone() == 1 => found.torn = 1,
            Ok(_) => return Err("commits are gone without a word".to_owned()),
            Err(_) => {
                ledger = self.ledger.clone();
                errors += every_item(&store, &ledger)?;
            }
        }
        // Whoever holds a commit that seems to be half written is not told: a known limit.
        let told = if found.torn == 0 { 0..DEVICES } else { 0..LAST };
        errors += sync_all(&store, &mut devices, told, &ledger)?;
        errors += sync_all(&store, &mut Devices::default(), 0..DEVICES, &ledger)?;
        // Without its newest commit a store answers otherwise, and rightly so.
        errors += ask_all(&store, (found.torn == 0).then_some(&self.answers))?;
        if found.torn == 0 {
            errors += self.retry(&store)?;
        }
        let clean = store.verify().is_ok_and(|report| report.is_clean());
        if errors > 0 && clean {
            return Err("verify found nothing".to_owned());
        }
        found.told = u64::from(errors > 0);
        found.errors = errors;
        found.verified = u64::from(!clean);
        found.unharmed = u64::from(clean);
        Ok(found)
    }

    /// Who asks again for what is done is told so again, or an error, and nothing is done twice; how many are errors.
    fn retry(&self, store: &Store) -> Result<u64, String> {
        let mut errors = 0;
        for (id, mutations, outcomes) in &self.receipts {
            match store.apply_once(id, mutations) {
                Err(error) => errors += operator("a retry", &error)?,
                Ok(again) if again == *outcomes => {}
                Ok(again) => return Err(format!("{id} was told {again:?}")),
            }
        }
        Ok(errors)
    }

    /// A refusal says who is to look; a damaged log can be recovered, and resets whoever holds what it lost.
    fn refused(&self, at: &Path, error: &Error, found: &mut Found) -> Result<(), String> {
        if !matches!(error.kind(), ErrorKind::Operator | ErrorKind::Invalid) {
            return Err(format!("refused with {error}"));
        }
        if !matches!(error, Error::DamagedLog { .. }) {
            return Ok(());
        }
        let store = builder(at).recover().open().map_err(|e| format!("recovering: {e}"))?;
        let (mut ledger, mut devices) = (self.ledger.clone(), self.devices.clone());
        ledger.recovered(&store)?;
        ledger.check_beside(&store)?;
        let report = store.verify().map_err(|e| format!("verifying: {e}"))?;
        if !report.is_clean() {
            return Err(format!("after {error}: {:#?}", report.problems));
        }
        if !ledger.is_renewed() {
            return Err(format!("whoever has synced is not reset after {error}"));
        }
        found.resets = devices.sync(&store, &ledger.live(), |_| true);
        if ledger.gone() > 0 && found.resets == 0 {
            return Err(format!("nobody was reset after {error}"));
        }
        if ask_all(&store, None)? > 0 {
            return Err(format!("unreadable after {error}"));
        }
        found.recovered = 1;
        found.given_up = ledger.gone() as u64;
        store.close().map_err(|e| format!("closing: {e}"))?;
        builder(at).open().map(drop).map_err(|e| format!("opening what was recovered: {e}"))
    }
}

/// The name of a file without its number.
fn kind_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn operator(place: &str, error: &Error) -> Result<u64, String> {
    match error.kind() {
        ErrorKind::Operator => Ok(1),
        _ => Err(format!("{place}: {error}")),
    }
}

/// Every item is as it was written or an error; how many are errors.
fn every_item(store: &Store, ledger: &Ledger) -> Result<u64, String> {
    let mut errors = 0;
    for key in (0..KEYS).map(|n| key(0, n)) {
        match store.get_with_tombstone(NOTES, key.as_str()) {
            Err(error) => errors += operator(&key, &error)?,
            Ok(item) if ledger.is_now(&key, item.as_ref())? => {}
            Ok(item) => return Err(format!("`{key}` is {item:?}")),
        }
    }
    Ok(errors)
}

/// Devices end right or are told; how many are told.
fn sync_all(
    store: &Store,
    devices: &mut Devices,
    which: Range<u64>,
    ledger: &Ledger,
) -> Result<u64, String> {
    let mut errors = 0;
    for device in which {
        match devices.try_sync(store, device) {
            Err(error) => errors += operator("a sync", &error)?,
            Ok(_) => drop(devices.sync(store, &ledger.live(), |n| n == device)),
        }
    }
    Ok(errors)
}

/// All that can be asked is as it is `wanted`, if that is known, or an error; how many are errors.
fn ask_all(store: &Store, wanted: Option<&Vec<String>>) -> Result<u64, String> {
    let mut errors = 0;
    for (n, Answer { asked, told }) in ask(store).into_iter().enumerate() {
        match told {
            Err(error) => errors += operator(&asked, &error)?,
            Ok(told) if wanted.is_none_or(|wanted| wanted.get(n) == Some(&told)) => {}
            Ok(told) => return Err(format!("{asked} gives {told}")),
        }
    }
    Ok(errors)
}
