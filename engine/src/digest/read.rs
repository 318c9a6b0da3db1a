//! Reading a digest: the sum of its parts.

use crate::error::Result;
use crate::storage::View;
use highwater_format::keys::{self, DigestOf};
use highwater_format::{Digest, Family};

/// The digest of a table or a scope as `view` shows it.
///
/// It costs a walk over at most [`highwater_format::DIGEST_SLOTS`] small values, however many items there are and however
/// often they change.
pub(crate) fn digest_in(view: &View<'_>, of: DigestOf<'_>) -> Result<Digest> {
    let first = keys::digest(of, 0);
    let mut end = keys::digest(of, u8::MAX);
    end.push(0);
    let mut scan = view.scan(Family::Digest, &first, end)?;
    let mut digest = Digest::default();
    while let Some(key) = scan.advance()? {
        // Values delimit themselves, so no other scope's parts lie in between.
        debug_assert_eq!(key.len(), first.len(), "a part of another digest");
        digest = digest.and(Digest::decode(scan.entry()?.1)?);
    }
    Ok(digest)
}
