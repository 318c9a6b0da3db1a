//! Why a command ends early: what is said, the way out, and the exit code.

use crate::output;
use crate::show::Object;
use highwater::{Error, ErrorKind, ImportError};
use std::io;
use std::process::ExitCode;

const FAILED: u8 = 1;
const PROBLEMS: u8 = 3;
const INTERRUPTED: u8 = 130;

/// A command that did not do all it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    kind: &'static str,
    /// Empty where everything has been said, or nobody listens.
    message: String,
    hint: Option<String>,
    /// More members of the JSON object: names and JSON texts.
    details: Vec<(&'static str, String)>,
}

impl Failure {
    fn with_exit(exit: u8, kind: &'static str, message: String) -> Self {
        Self { exit, kind, message, hint: None, details: Vec::new() }
    }

    /// A failure of a kind that programs can tell apart.
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self::with_exit(FAILED, kind, message.into())
    }

    /// Input that cannot be what was meant.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new("invalid", message)
    }

    /// A file, or a pipe, that cannot be read or written.
    pub(crate) fn io(what: impl std::fmt::Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::with_exit(0, "io", String::new());
        }
        Self::new("io", format!("{what}: {error}"))
    }

    /// The report names problems; there is no more to say.
    pub(crate) fn problems() -> Self {
        Self::with_exit(PROBLEMS, "problems", String::new())
    }

    /// Somebody asked for an end, and there is no more to say, or `message`.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::with_exit(INTERRUPTED, "interrupted", message.into())
    }

    /// The same with the way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with another member in JSON; `json` is its text.
    pub(crate) fn detail(mut self, name: &'static str, json: impl ToString) -> Self {
        self.details.push((name, json.to_string()));
        self
    }

    /// The same, told as something that happened at `place`.
    pub(crate) fn at(mut self, place: impl std::fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Whether mending the input is the way out.
    pub(crate) fn is_invalid(&self) -> bool {
        self.kind == "invalid"
    }

    /// Whether there is nothing to say.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
    }

    /// Says it, and gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if !self.is_silent() {
            output::note(&if json { self.as_json() } else { self.as_text() });
        }
        ExitCode::from(self.exit)
    }

    fn as_json(&self) -> String {
        let mut object = Object::new().field("error", &self.message).field("kind", self.kind);
        if let Some(hint) = &self.hint {
            object = object.field("hint", hint);
        }
        for (name, json) in &self.details {
            object = object.raw(name, json);
        }
        object.finish()
    }

    pub(crate) fn as_text(&self) -> String {
        // Said of oneself, an interruption is no error.
        let label = if self.exit == INTERRUPTED { "" } else { "error: " };
        let hint = self.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        format!("{label}{}{hint}", self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Invalid => "invalid",
            ErrorKind::Conflict => "conflict",
            ErrorKind::SyncAgain => "sync_again",
            ErrorKind::Retry => "retry",
            ErrorKind::Reopen => "reopen",
            ErrorKind::Operator => "operator",
        };
        let failure = Self::new(kind, error.to_string());
        match way_out(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn way_out(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NotFound { .. } => "name its folder with --store, or make one with `highwater init`",
        Error::NotAStore { .. } => "name the store's folder with --store",
        Error::AlreadyOpen { .. } => {
            "one process has a store open at a time: wait for the other command, or stop the server"
        }
        Error::UnknownTable { .. } => "`highwater table list` shows the tables",
        Error::TableExists { .. } => "`highwater table alter` changes its times to live",
        Error::Conflict(_) => "read the item with `highwater get` and decide anew",
        Error::IndexBuilding { .. } => {
            "`highwater index build` goes on with it, `highwater index list` shows how far it is"
        }
        Error::IndexDropped { .. } => "begin anew without --next-token",
        Error::Token { .. } | Error::Expired { .. } => {
            "begin a new sync: leave --next-token out, and keep the last completed --since"
        }
        Error::Import(ImportError::NotEmpty { .. }) => {
            "--replace lets the table have the imported documents instead"
        }
        Error::Import(ImportError::OtherDeclaration { .. } | ImportError::Damaged { .. }) => {
            "`highwater import TABLE --abandon` gives the interrupted bulk import up"
        }
        Error::Filter(_) => "`highwater sync --help` shows both notations of filters",
        Error::DamagedLog { .. } => {
            "`highwater recover` accepts the loss, `highwater restore --replace` goes back to a backup; every client is then reset"
        }
        Error::Damaged { .. } => "`highwater verify` tells how far the damage goes",
        Error::Occupied { .. } => "`highwater restore --replace` takes the place of a store",
        Error::NotABackup { .. } => "name the folder that `highwater backup` writes to",
        Error::DamagedBackup { .. } => {
            "`highwater backups --check` tells which backups are sound; restore one of them with --id"
        }
        Error::ReadOnly { .. } | Error::WriteFailed { .. } => {
            "look at what is there now: opening the store again settles what was written"
        }
        _ => return None,
    })
}

impl From<highwater::FormatError> for Failure {
    fn from(error: highwater::FormatError) -> Self {
        Error::from(error).into()
    }
}

impl From<highwater::FilterError> for Failure {
    fn from(error: highwater::FilterError) -> Self {
        Error::from(error).into()
    }
}

impl From<io::Error> for Failure {
    /// An error of standard output; files name themselves with [`Failure::io`].
    fn from(error: io::Error) -> Self {
        Self::io("standard output", &error)
    }
}

impl From<crate::demo::Error> for Failure {
    fn from(error: crate::demo::Error) -> Self {
        match error {
            crate::demo::Error::Engine(error) => error.into(),
            crate::demo::Error::Io(error) => Self::io("the demo", &error),
            other => Self::new("demo", other.to_string()),
        }
    }
}
