//! The one place that reads the machine's clocks.

use std::time::Duration;

/// Where a store reads time from. A component, so that tests can turn it by hand.
///
/// ```
/// use highwater::{SystemTime, TimeSource};
/// use std::time::Duration;
/// /// The machine's clocks, and a zone that somebody mistook for UTC.
/// struct LocalTime(SystemTime);
/// impl TimeSource for LocalTime {
///     fn wall(&self) -> Duration {
///         self.0.wall() + Duration::from_secs(3600)
///     }
///     fn monotonic(&self) -> Duration {
///         self.0.monotonic()
///     }
/// }
/// let time = LocalTime(SystemTime::default());
/// assert!(time.wall() > SystemTime::default().wall());
/// ```
pub trait TimeSource: Send + Sync + 'static {
    /// The wall clock: time since the Unix epoch. It may jump either way.
    fn wall(&self) -> Duration;

    /// Time since some fixed moment; it never goes back and is not adjusted.
    fn monotonic(&self) -> Duration;
}

/// The operating system's clocks.
///
/// ```
/// use highwater::{SystemTime, TimeSource};
/// let time = SystemTime::default();
/// let before = time.monotonic();
/// assert!(time.monotonic() >= before);
/// assert!(time.wall().as_secs() > 1_700_000_000);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SystemTime {
    origin: std::time::Instant,
}

impl Default for SystemTime {
    #[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
    fn default() -> Self {
        Self { origin: std::time::Instant::now() }
    }
}

impl TimeSource for SystemTime {
    #[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
    fn wall(&self) -> Duration {
        // A clock before 1970 is as good as one at 1970.
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// A clock that moves only when told to.
///
/// ```
/// use highwater::testing::ManualTime;
/// use highwater::{Millis, TimeSource};
/// let time = ManualTime::at(Millis(1_700_000_000_000));
/// time.advance(Millis(250));
/// assert_eq!(time.wall().as_millis(), 1_700_000_000_250);
/// time.set_wall(Millis(1_600_000_000_000)); // the wall steps back, elapsed time does not
/// assert_eq!(time.monotonic().as_millis(), 250);
/// ```
#[cfg(feature = "testing")]
#[derive(Debug, Default)]
pub struct ManualTime {
    wall: std::sync::atomic::AtomicU64,
    monotonic: std::sync::atomic::AtomicU64,
}

#[cfg(feature = "testing")]
impl ManualTime {
    /// A clock whose wall shows `wall`.
    #[must_use]
    pub fn at(wall: highwater_format::Millis) -> Self {
        let time = Self::default();
        time.set_wall(wall);
        time
    }

    /// Lets time pass, on the wall too.
    pub fn advance(&self, by: highwater_format::Millis) {
        use std::sync::atomic::Ordering::SeqCst;
        self.wall.fetch_add(by.0, SeqCst);
        self.monotonic.fetch_add(by.0, SeqCst);
    }

    /// Sets the wall alone, as an operator or a broken battery does.
    pub fn set_wall(&self, wall: highwater_format::Millis) {
        self.wall.store(wall.0, std::sync::atomic::Ordering::SeqCst);
    }

    /// What the wall shows.
    #[must_use]
    pub fn wall_millis(&self) -> highwater_format::Millis {
        highwater_format::Millis(self.wall.load(std::sync::atomic::Ordering::SeqCst))
    }
}

#[cfg(feature = "testing")]
impl TimeSource for ManualTime {
    fn wall(&self) -> Duration {
        Duration::from_millis(self.wall.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(std::sync::atomic::Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_what_time_it_is_and_goes_on() {
        let time = SystemTime::default();
        let (wall, monotonic) = (time.wall(), time.monotonic());
        // Later than this was written.
        assert!(wall > Duration::from_secs(1_700_000_000));
        while time.monotonic() == monotonic {}
        assert!(time.monotonic() > monotonic);
    }
}
