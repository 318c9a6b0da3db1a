//! Stores whose power is cut: one writer, whose commits have one order, devices that sync, expiry, indexes that
//! are built and tables that come and go, on a file system that forgets what was not synced.
//!
//! After each loss every family must stand at one and the same commit. In a `Sync` store it is none before the
//! last that was answered; in a `Buffered` one a suffix may be gone, and devices that hold it must be reset.

mod failing;
mod ledger;
mod sent;
mod session;
mod site;
mod trial;

pub use failing::{Failing, Failures};
pub(crate) use ledger::{BY_NUMBER, Ledger};
pub(crate) use session::draw_commit;
pub use site::Disk;
pub use trial::{Losses, Trial};
