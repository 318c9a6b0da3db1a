//! Digests: what a client proves its copy with.
//!
//! [`parts`] keeps the sums up with each commit, [`read`] adds their parts up, [`rebuild`] makes them for a
//! store that has none yet.

mod parts;
mod read;
mod rebuild;

pub(crate) use parts::DigestChanges;
pub(crate) use read::digest_in;
pub(crate) use rebuild::make_missing;
