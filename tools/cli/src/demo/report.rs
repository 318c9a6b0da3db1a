//! What the demo has measured: as lines for people, as JSON for programs.

use super::backend::Written;
use super::data::RELEASES;
use super::device::{Device, Traffic};
use highwater::{CompactReport, VerifyReport};
use serde::{Serialize, Serializer};

/// What is going on, for somebody who has never heard of it.
pub(super) fn introduction() -> [String; 5] {
    let releases = RELEASES.len();
    [
        format!("{releases} releases of MDN's browser-compat-data, half a year of its history, go into a store."),
        "Three devices keep copies by asking the store what changed since they last asked: desk is always".to_owned(),
        "online, phone sleeps for months and is cut off in the middle of a sync, tablet follows only the".to_owned(),
        "experimental features. After each sync the device must hold exactly what the history says.".to_owned(),
        String::new(),
    ]
}

/// A release that was written.
#[derive(Debug, Serialize)]
pub(super) struct ReleaseReport {
    version: &'static str,
    /// Live features after it.
    features: usize,
    #[serde(flatten)]
    written: Written,
    /// How long writing it took.
    #[serde(serialize_with = "rounded")]
    seconds: f64,
}

impl ReleaseReport {
    pub(super) fn new(
        version: &'static str,
        features: usize,
        written: Written,
        seconds: f64,
    ) -> Self {
        Self { version, features, written, seconds }
    }

    pub(super) fn heading() -> String {
        "release   features      put  changed  deleted   written in".to_owned()
    }

    pub(super) fn line(&self) -> String {
        let Written { put, changed, deleted } = self.written;
        let Self { version, features, seconds, .. } = self;
        format!(
            "{version:<8}  {features:>8}  {put:>7}  {changed:>7}  {deleted:>7}  {seconds:>9.2} s"
        )
    }
}

/// A sync that was cut off, with a restart of the store before it went on.
#[derive(Debug, Serialize)]
pub(super) struct CutOffReport {
    pub(super) device: &'static str,
    /// The pages that had arrived.
    pub(super) pages_before: u64,
    /// How long closing and opening the store took.
    #[serde(serialize_with = "rounded")]
    pub(super) seconds: f64,
}

impl CutOffReport {
    pub(super) fn line(&self) -> String {
        let Self { device, pages_before, seconds } = self;
        format!(
            "          {device} is cut off after {pages_before} pages; the store is closed and opened again \
             ({seconds:.2} s);\n          {device} goes on with the token of its last page"
        )
    }
}

/// A device at the end.
#[derive(Debug, Serialize)]
pub(super) struct DeviceReport {
    name: &'static str,
    follows: &'static str,
    /// Live items that it holds.
    holds: usize,
    #[serde(flatten)]
    traffic: Traffic,
    /// How many times what it received full downloads would have been.
    #[serde(serialize_with = "rounded")]
    ratio: f64,
}

impl DeviceReport {
    pub(super) fn new(device: &Device) -> Self {
        let traffic = device.traffic;
        Self {
            name: device.name,
            follows: device.view.name(),
            holds: device.replica.live().count(),
            traffic,
            ratio: traffic.full_bytes as f64 / (traffic.bytes as f64).max(1.0),
        }
    }

    fn heading() -> String {
        "device  follows       holds  syncs  pages  items  deleted   left  received       full  ratio"
            .to_owned()
    }

    fn line(&self) -> String {
        let Self { name, follows, holds, traffic, ratio } = self;
        let Traffic { syncs, pages, items, deleted, left, bytes, full_bytes } = traffic;
        let (received, full) = (megabytes(*bytes), megabytes(*full_bytes));
        format!(
            "{name:<6}  {follows:<12}  {holds:>5}  {syncs:>5}  {pages:>5}  {items:>5}  {deleted:>7}  \
             {left:>5}  {received:>8}  {full:>9}  {ratio:>4.1}x"
        )
    }
}

/// What the store says of itself at the end.
#[derive(Debug, Serialize)]
pub(super) struct EndReport {
    pub(super) compact: CompactReport,
    pub(super) verify: VerifyReport,
}

/// The whole of it.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) releases: Vec<ReleaseReport>,
    pub(super) cut_offs: Vec<CutOffReport>,
    pub(super) devices: Vec<DeviceReport>,
    pub(super) end: EndReport,
    /// How long everything took.
    #[serde(serialize_with = "rounded")]
    pub(super) seconds: f64,
}

impl Summary {
    /// For programs.
    pub(super) fn json(&self) -> std::io::Result<String> {
        serde_json::to_string(self).map_err(Into::into)
    }

    /// What is left to say when the last release has been played.
    pub(super) fn lines(&self) -> Vec<String> {
        let EndReport { compact, verify } = &self.end;
        let syncs: u64 = self.devices.iter().map(|device| device.traffic.syncs).sum();
        let mut lines = vec![String::new(), DeviceReport::heading()];
        lines.extend(self.devices.iter().map(DeviceReport::line));
        lines.extend([
            String::new(),
            "received  JSON bytes of the documents in all pages; a device's first sync brings everything".to_owned(),
            "full      the same if each of its syncs had brought everything".to_owned(),
            String::new(),
            format!(
                "compact   {} of data files before, {} after",
                megabytes(compact.bytes_before),
                megabytes(compact.bytes_after)
            ),
            format!(
                "verify    {} items, {} tombstones, {} log and {} index entries: {} problems",
                verify.items,
                verify.tombstones,
                verify.log_entries,
                verify.index_entries,
                verify.problem_count
            ),
            format!(
                "equal     every device after each of the {syncs} syncs, and all of them with the store \
                 at the end"
            ),
            format!("done      in {:.1} s", self.seconds),
        ]);
        lines
    }
}

/// With three digits: there is no more to a measured time.
fn rounded<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((number * 1e3).round() / 1e3)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
