//! What a verification found.

use serde::Serialize;

/// Problems beyond this many are counted, not kept.
const KEPT: usize = 1000;

/// Something that is not as it must be.
///
/// ```
/// use highwater::Problem;
/// fn print(problem: &Problem) -> String {
///     format!("{}: {}", problem.place, problem.what)
/// }
/// let problem = Problem { place: "backup 3".to_owned(), what: "a file is missing".to_owned() };
/// assert_eq!(print(&problem), "backup 3: a file is missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The family and the key, or the item.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// A verification's findings.
///
/// ```
/// use highwater::{Document, TableSpec, TableSpecExt, testing::memory_store};
/// # let store = memory_store()?;
/// # store.create_table(TableSpec::new("notes", "id"))?;
/// store.put("notes", Document::from_json(r#"{"id":"n1"}"#)?)?;
/// store.put("notes", Document::from_json(r#"{"id":"n2"}"#)?)?;
/// store.delete("notes", "n1")?;
/// let report = store.verify()?;
/// assert!(report.is_clean());
/// assert_eq!((report.items, report.tombstones), (1, 1));
/// # Ok::<(), highwater::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VerifyReport {
    /// Live items.
    pub items: u64,
    /// Tombstones, expired ones that are still there included.
    pub tombstones: u64,
    /// Entries of the change log.
    pub log_entries: u64,
    /// Entries and markers of declared indexes.
    pub index_entries: u64,
    /// Entries of ordered indexes.
    pub lookup_entries: u64,
    /// Parts of digests.
    pub digest_parts: u64,
    /// Superseded records.
    pub history_records: u64,
    /// Receipts of commits with a mutation id.
    pub receipts: u64,
    /// Values of `meta`.
    pub meta_values: u64,
    /// How many problems there are.
    pub problem_count: u64,
    /// The first thousand of them.
    pub problems: Vec<Problem>,
}

impl VerifyReport {
    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problem_count == 0
    }

    pub(super) fn problem(&mut self, place: impl ToString, what: impl ToString) {
        self.problem_count += 1;
        if self.problems.len() < KEPT {
            self.problems.push(Problem { place: place.to_string(), what: what.to_string() });
        }
    }
}
