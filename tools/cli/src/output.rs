//! The one place that writes to the screen: results to standard output, all else to standard error.

use crate::failure::Failure;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// Standard output for many lines. Flush it: dropping it hides a failure.
pub(crate) fn results() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(64 << 10, io::stdout().lock())
}

/// Writes one result, a line or several.
pub(crate) fn result(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes what a check has found. That nobody reads it to its end makes nothing good.
pub(crate) fn verdict(text: &str, is_clean: bool) -> Result<(), Failure> {
    let shown = result(text);
    if is_clean { Ok(shown?) } else { Err(Failure::problems()) }
}

/// Tells whoever watches. Nobody watching is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether somebody watches.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
