//! A run, part by part: a part that fails costs what it would have found, and not the hours of the others.

use crate::document::document;
use crate::results::{Results, say};
use crate::subject::Result;
use std::path::Path;
use std::time::Instant;

/// What is found on the way.
const PARTIAL: &str = "RESULTS.partial.md";

/// A run.
pub struct Run<'o> {
    results: Results,
    /// Parts that failed, and how.
    failed: Vec<String>,
    out: &'o Path,
    start: Instant,
}

impl<'o> Run<'o> {
    /// Of which nothing has been measured yet.
    #[must_use]
    pub fn new(about: Vec<String>, out: &'o Path) -> Self {
        let results = Results { about, ..Results::default() };
        Self { results, failed: Vec::new(), out, start: Instant::now() }
    }

    /// Measures a part, and writes down all that has been found.
    ///
    /// # Errors
    /// Those of writing: a part that fails is noted.
    pub fn part(
        &mut self,
        name: &str,
        measure: impl FnOnce(&mut Results) -> Result<()>,
    ) -> Result<()> {
        say(name);
        if let Err(error) = measure(&mut self.results) {
            let failed = format!("{name} failed: {error}");
            say(&failed);
            self.failed.push(failed);
        }
        let failed: String = self.failed.iter().map(|line| format!("**{line}**\n\n")).collect();
        Ok(std::fs::write(self.out.join(PARTIAL), failed + &document(&self.results))?)
    }

    /// Puts the document in its place, if no part has failed.
    ///
    /// # Errors
    /// What failed.
    pub fn end(mut self) -> Result<()> {
        if !self.failed.is_empty() {
            return Err(self.failed.join("; ").into());
        }
        let minutes = self.start.elapsed().as_secs().div_ceil(60);
        self.results.about.push(format!("The run took {minutes} minutes."));
        std::fs::write(self.out.join("RESULTS.md"), document(&self.results))?;
        Ok(std::fs::remove_file(self.out.join(PARTIAL))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_fails_keeps_what_others_found_and_puts_nothing_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).ok();
        std::fs::write(dir.path().join("RESULTS.md"), "as it was").unwrap();
        let mut run = Run::new(vec!["a machine".to_owned()], dir.path());
        run.part("one", |_| Err("no room".into())).unwrap();
        run.part("two", |results| {
            results.ask(("work", "-"), "much".to_owned(), (1.0, None), true);
            Ok(())
        })
        .unwrap();
        let partial = read(PARTIAL).unwrap();
        assert!(partial.contains("**one failed: no room**") && partial.contains("| work |"));
        assert_eq!(run.end().unwrap_err().to_string(), "one failed: no room");
        assert_eq!(read("RESULTS.md").as_deref(), Some("as it was"));

        let mut run = Run::new(Vec::new(), dir.path());
        run.part("three", |_| Ok(())).unwrap();
        run.end().unwrap();
        assert!(read("RESULTS.md").unwrap().contains("The run took"));
        assert_eq!(read(PARTIAL), None);
    }
}
