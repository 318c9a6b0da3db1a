//! Whether the store is well: one call.

use crate::error::Result;
use crate::stats::Stats;
use crate::store::Inner;
use highwater_format::Millis;

/// The safe point is this far behind while a commit is on its way: one that is stuck.
const STUCK: Millis = Millis(10_000);

/// How well a store is.
///
/// ```
/// use highwater::{Status, testing::memory_store};
/// let store = memory_store()?;
/// let ready = store.health()?.status < Status::ReadOnly;
/// assert!(ready);
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// All is as it should be.
    Well,
    /// It answers and takes writes, but somebody should look.
    Degraded,
    /// It answers, and refuses writes.
    ReadOnly,
}

/// A store's health.
///
/// ```
/// use highwater::{Status, testing::memory_store};
/// let health = memory_store()?.health()?;
/// assert_eq!(health.status, Status::Well);
/// assert!(health.concerns.is_empty());
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthReport {
    /// How well it is.
    pub status: Status,
    /// What somebody should look at, each a sentence with the way out.
    pub concerns: Vec<String>,
}

impl Inner {
    pub(crate) fn health_report(&self) -> Result<HealthReport> {
        Ok(report(&self.stats()?))
    }
}

fn report(stats: &Stats) -> HealthReport {
    let mut concerns = Vec::new();
    if let Some(reason) = &stats.read_only {
        concerns.push(format!("writes are refused: {reason}; open the store again"));
    }
    if stats.write_stopped {
        concerns.push("RocksDB holds writers back until its compactions catch up".to_owned());
    }
    if stats.background_errors > 0 {
        let errors = stats.background_errors;
        concerns.push(format!("RocksDB met {errors} errors in the background; look at the disk"));
    }
    if let Some(leap) = stats.clock.leap {
        let (wall, clock) = (leap.wall.0, leap.clock.0);
        concerns.push(format!(
            "the wall clock shows {wall} ms and is not followed from {clock} ms; mend it, or confirm the leap"
        ));
    }
    let lag = stats.clock.now.before(stats.clock.safe_point.millis());
    if stats.clock.in_flight > 0 && lag > STUCK {
        let lag = lag.0;
        concerns.push(format!("a commit has been on its way for {lag} ms; syncs stand before it"));
    }
    let status = match (&stats.read_only, concerns.is_empty()) {
        (Some(_), _) => Status::ReadOnly,
        (None, false) => Status::Degraded,
        (None, true) => Status::Well,
    };
    HealthReport { status, concerns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Leap;
    use crate::stats::{ClockStats, RocksStats};
    use highwater_format::{Incarnation, Timestamp};

    fn well() -> Stats {
        Stats {
            incarnation: Incarnation([0; 16]),
            clock: ClockStats {
                now: Millis(20_000),
                aged: Millis(20_000),
                safe_point: Timestamp::first_of(Millis(20_000)),
                in_flight: 0,
                leap: None,
            },
            families: Vec::new(),
            tables: Vec::new(),
            rocksdb: RocksStats::default(),
            read_only: None,
            write_stopped: false,
            background_errors: 0,
        }
    }

    #[test]
    fn each_concern_is_named_and_read_only_is_the_worst() {
        assert_eq!(report(&well()), HealthReport { status: Status::Well, concerns: Vec::new() });
        let leap = Some(Leap { wall: Millis(1), clock: Millis(2) });
        let early = Timestamp::first_of(Millis(9_000));
        let clock = well().clock;
        let stuck = ClockStats { safe_point: early, in_flight: 1, ..clock };
        for (stats, status, word) in [
            (Stats { write_stopped: true, ..well() }, Status::Degraded, "holds writers back"),
            (Stats { background_errors: 2, ..well() }, Status::Degraded, "2 errors"),
            (Stats { clock: ClockStats { leap, ..clock }, ..well() }, Status::Degraded, "leap"),
            (Stats { clock: stuck, ..well() }, Status::Degraded, "11000 ms"),
            (Stats { read_only: Some("fsync".into()), ..well() }, Status::ReadOnly, "fsync"),
        ] {
            let report = report(&stats);
            assert_eq!(report.status, status);
            assert!(report.concerns.iter().any(|c| c.contains(word)), "{report:?}");
        }
        let quiet = ClockStats { safe_point: early, ..clock };
        assert_eq!(
            report(&Stats { clock: quiet, ..well() }).status,
            Status::Well,
            "no commit waits"
        );
    }
}
