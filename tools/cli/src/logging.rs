//! The log, on standard error.

use crate::output;
use tracing_subscriber::EnvFilter;

/// Starts it. Without `-v` it holds warnings alone, and with `--json` nothing: standard error is then for
/// programs. `RUST_LOG` comes before both.
pub(crate) fn start(verbose: u8, json: bool) {
    let level = match (verbose, json) {
        (0, true) => "off",
        // Of a leap of the clock the session warns itself, with the way out.
        (0, false) => "warn,highwater::clock=off",
        (1, _) => "info",
        (2, _) => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    // A second start is refused; the first goes on.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::is_watched())
        // It would print, and panic where nobody listens.
        .log_internal_errors(false)
        .try_init();
}
