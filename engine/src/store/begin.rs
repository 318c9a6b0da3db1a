//! How an opening begins: decided from what the last session left, and written down.

use super::marker::{StoreDir, not_a_store};
use crate::error::Result;
use crate::options::Options;
use crate::storage::Recovery;
use highwater_format::{Millis, RecordedDurability, StoreMarker, StoreState};

/// How an opening begins.
pub(super) struct Beginning {
    pub(super) create: bool,
    pub(super) recovery: Recovery,
    pub(super) renewal: Renewal,
    /// It may be an image of long ago, or a copy, whose original went on.
    pub(super) is_old: bool,
}

/// What becomes of the line of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewal {
    /// It goes on.
    None,
    /// A new incarnation: clients may hold what this store does not.
    Incarnation,
    /// A store of its own: its first incarnation, and token keys that nobody has seen.
    Store,
}

/// Decides from what the last session left, and writes down what is about to happen, so that an
/// opening that is interrupted is gone on with as it began.
pub(super) fn begin(
    dir: &StoreDir,
    last: Option<StoreMarker>,
    options: &Options,
    recover: bool,
) -> Result<Beginning> {
    let fresh = StoreMarker {
        bucket_width: options.bucket_width,
        durability: RecordedDurability::Sync,
        boot: dir.boot(),
        clock_bound: Millis(0),
        state: StoreState::New,
    };
    let last = last.unwrap_or(fresh);
    // What the operating system held when the machine went down is gone.
    let machine_went_down = last.durability == RecordedDurability::Buffered
        && (last.boot.is_empty() || last.boot != dir.boot());
    let create = last.state == StoreState::New;
    // A machine that went down comes up with what it had. Who was recovering an image of long ago, and was interrupted,
    // recovers it again.
    let is_old = recover || matches!(last.state, StoreState::Copied { .. });
    let losing = (StoreState::Losing, Recovery::AcceptLoss, Renewal::Incarnation);
    let mut durability = last.durability;
    let (state, recovery, renewal) = match last.state {
        // Nobody has been told of anything that can be lost.
        StoreState::New if recover => (StoreState::New, Recovery::AcceptLoss, Renewal::None),
        StoreState::New => (StoreState::New, Recovery::TornTailOnly, Renewal::None),
        StoreState::Losing => losing,
        StoreState::Open if recover || machine_went_down => losing,
        StoreState::Open => (StoreState::Open, Recovery::TornTailOnly, Renewal::None),
        StoreState::Closed(_) if recover => losing,
        StoreState::Closed(left) => {
            dir.check_files(&left)?;
            // Whatever it ran with, its closing put everything on disk.
            durability = RecordedDurability::Sync;
            (StoreState::Open, Recovery::TornTailOnly, Renewal::None)
        }
        StoreState::Copied { new_keys, left } => {
            if !recover {
                dir.check_files(&left)?;
            }
            let recovery = if recover { Recovery::AcceptLoss } else { Recovery::TornTailOnly };
            let renewal = if new_keys { Renewal::Store } else { Renewal::Incarnation };
            (StoreState::Copied { new_keys, left: Vec::new() }, recovery, renewal)
        }
        StoreState::Unfinished | StoreState::Replaced => {
            let reason = "a copy or a restore was interrupted in it; run that again";
            return Err(not_a_store(dir.path(), reason));
        }
    };
    if recovery == Recovery::TornTailOnly {
        dir.settle_logs(recovery)?;
    }
    dir.write(&StoreMarker { state, durability, ..last })?;
    // From here on an opening that is interrupted goes on losing.
    if recovery == Recovery::AcceptLoss {
        dir.settle_logs(recovery)?;
    }
    Ok(Beginning { create, recovery, renewal, is_old })
}
