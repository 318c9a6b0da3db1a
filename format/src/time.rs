//! The hybrid timestamp: milliseconds since the epoch and a counter in one 64-bit number.

use crate::ids::BucketId;
use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch: what AppSync shows as `_lastChangedAt`, `lastSync`, `startedAt`.
///
/// ```
/// use highwater_format::Millis;
/// let day = Millis(86_400_000);
/// assert_eq!(Millis(5).after(day), Millis(86_400_005));
/// // Neither end is run over.
/// assert_eq!(Millis(5).before(day), Millis(0));
/// assert_eq!(Millis::MAX.after(day), Millis::MAX);
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// The largest value a [`Timestamp`] can carry: 48 bits, the year 10889.
    pub const MAX: Self = Self((1 << 48) - 1);

    /// This moment moved forward by `span`, stopping at [`Millis::MAX`].
    #[must_use]
    pub fn after(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0)).min(Self::MAX)
    }

    /// This moment moved back by `span`, stopping at the epoch.
    #[must_use]
    pub fn before(self, span: Self) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// A commit's place in the order of all commits: `milliseconds << 16 | counter`.
///
/// Unique in a store and never going back. The counter distinguishes commits of one millisecond;
/// when it is full, adding one moves on to the next millisecond.
///
/// ```
/// use highwater_format::{Millis, Timestamp};
/// let t = Timestamp::first_of(Millis(1_550_000_000_000));
/// assert_eq!(t.plus(3).millis(), Millis(1_550_000_000_000));
/// assert_eq!(t.plus(65_536).millis(), Millis(1_550_000_000_001));
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Before every commit.
    pub const ZERO: Self = Self(0);

    /// The first timestamp of a millisecond. Moments past [`Millis::MAX`] are taken as that.
    #[must_use]
    pub fn first_of(ms: Millis) -> Self {
        Self(ms.min(Millis::MAX).0 << 16)
    }

    /// The millisecond part.
    #[must_use]
    pub fn millis(self) -> Millis {
        Millis(self.0 >> 16)
    }

    /// The timestamp `n` commits later.
    #[must_use]
    pub fn plus(self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// The timestamp right before this one.
    #[must_use]
    pub fn prev(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The bucket of the delta log that a commit of this timestamp lies in.
    ///
    /// `width` of zero counts as one millisecond.
    #[must_use]
    pub fn bucket(self, width: Millis) -> BucketId {
        BucketId(self.millis().0 / width.0.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_forty_eight_bits() {
        assert_eq!(Millis::MAX.0, 0xffff_ffff_ffff);
        assert_eq!(Timestamp::first_of(Millis::MAX).plus(0xffff), Timestamp(u64::MAX));
    }

    #[test]
    fn what_lies_before_is_as_far_back_as_asked_and_never_before_the_epoch() {
        assert_eq!(Millis(9).before(Millis(4)), Millis(5));
        assert_eq!(Millis(4).before(Millis(9)), Millis(0));
        assert_eq!(Timestamp(9).prev(), Timestamp(8));
        assert_eq!(Timestamp::ZERO.prev(), Timestamp::ZERO);
    }
}
