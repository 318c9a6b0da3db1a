//! When items that are no longer in the view are told.

use clap::ValueEnum;
use highwater::Leavers;

/// The values of `--leavers`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LeaversChoice {
    /// Whenever the answer does not replace what the client holds
    Report,
    /// In every answer
    ReportInBase,
    /// Never: the filter is a permission
    Hide,
}

impl From<LeaversChoice> for Leavers {
    fn from(choice: LeaversChoice) -> Self {
        match choice {
            LeaversChoice::Report => Self::Report,
            LeaversChoice::ReportInBase => Self::ReportInBase,
            LeaversChoice::Hide => Self::Hide,
        }
    }
}
