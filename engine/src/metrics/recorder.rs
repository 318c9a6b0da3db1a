//! The hook that a program collects numbers with, and how the engine calls it.

use super::names::{Counter, Gauge, Histogram};
use std::sync::Arc;
use std::time::Duration;

/// Receives numbers from a store: an adapter to whatever a program collects its metrics with.
///
/// Called from the threads that work on the store, some of them with locks held: it must be quick, and
/// must not call the store. `table` is given where the number is of one table.
///
/// ```
/// use highwater::{Counter, Metrics, Store};
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// #[derive(Default)]
/// struct Commits(AtomicU64);
///
/// impl Metrics for Commits {
///     fn count(&self, counter: Counter, _table: Option<&str>, n: u64) {
///         if counter == Counter::Commits {
///             self.0.fetch_add(n, Ordering::Relaxed);
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// let commits = Arc::new(Commits::default());
/// let builder = Store::builder(dir.path().join("store")).metrics(Arc::clone(&commits) as _);
/// let store = builder.open()?;
/// # use highwater::{Document, TableSpec, TableSpecExt};
/// store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// assert_eq!(commits.0.load(Ordering::Relaxed), 1);
/// # Ok(())
/// # }
/// ```
pub trait Metrics: Send + Sync + 'static {
    /// `n` more.
    fn count(&self, counter: Counter, table: Option<&str>, n: u64);

    /// One more of this size.
    fn observe(&self, histogram: Histogram, table: Option<&str>, value: f64) {
        let _ = (histogram, table, value);
    }

    /// It stands at this now.
    fn set(&self, gauge: Gauge, table: Option<&str>, value: f64) {
        let _ = (gauge, table, value);
    }
}

/// The store's side of the hook: does nothing where nobody collects.
#[derive(Clone, Default)]
pub(crate) struct Recorder(pub(crate) Option<Arc<dyn Metrics>>);

impl Recorder {
    pub(crate) fn count(&self, counter: Counter, table: Option<&str>, n: u64) {
        if let Some(metrics) = self.0.as_ref().filter(|_| n > 0) {
            metrics.count(counter, table, n);
        }
    }

    /// A number of things.
    pub(crate) fn observe(&self, histogram: Histogram, table: Option<&str>, count: usize) {
        if let Some(metrics) = &self.0 {
            metrics.observe(histogram, table, count as f64);
        }
    }

    pub(crate) fn observe_time(&self, histogram: Histogram, table: Option<&str>, took: Duration) {
        if let Some(metrics) = &self.0 {
            metrics.observe(histogram, table, took.as_secs_f64());
        }
    }

    pub(crate) fn set(&self, gauge: Gauge, table: Option<&str>, value: f64) {
        if let Some(metrics) = &self.0 {
            metrics.set(gauge, table, value);
        }
    }

    /// Whether somebody collects.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }
}
