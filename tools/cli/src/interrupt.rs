//! Ctrl-C, for commands that end by themselves when asked to.

use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody asked for an end: Ctrl-C, SIGTERM or SIGHUP.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on. Commands that never call this are ended by the signal itself.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let raised = Arc::new(AtomicBool::new(false));
        let handler = Arc::clone(&raised);
        ctrlc::set_handler(move || handler.store(true, Ordering::SeqCst))
            .map_err(|e| Failure::new("io", format!("cannot listen for Ctrl-C: {e}")))?;
        Ok(Self(raised))
    }

    /// Whether it has been raised.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
