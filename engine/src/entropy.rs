//! The one place that asks for randomness.

use crate::error::{Error, Result};

/// Fresh random bytes from the operating system.
#[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::io("random numbers", &e))?;
    Ok(bytes)
}
