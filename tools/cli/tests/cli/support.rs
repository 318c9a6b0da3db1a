//! A folder with a store in it, and commands run on it.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nobody begins a command meanwhile. One that is begun has, between its fork and its exec, every file that the tests
/// have open, and so the locks of their stores: a store that is closed under this is nobody's.
pub(crate) fn nobody_begins() -> MutexGuard<'static, ()> {
    static BEGINNING: Mutex<()> = Mutex::new(());
    BEGINNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins a command.
pub(crate) fn begin(command: &mut Command) -> Child {
    let _alone = nobody_begins();
    command.spawn().unwrap()
}

/// Interrupts a command, as from a keyboard.
pub(crate) fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    let killed = begin(Command::new("sh").args(["-c", &kill])).wait();
    assert!(killed.unwrap().success());
}

/// What a command that has ended left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command, which has nothing to read.
    pub(crate) fn by(command: &mut Command) -> Self {
        Self::end_of(begin(
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()),
        ))
    }

    /// Waits for the end.
    pub(crate) fn end_of(child: Child) -> Self {
        Self::of(child.wait_with_output().unwrap())
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.err
    }
}

/// A folder of its own.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    /// Without a store.
    pub(crate) fn bare() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With an empty store.
    pub(crate) fn new() -> Self {
        let scene = Self::bare();
        scene.ok(&["init"]);
        scene
    }

    /// With a table `notes` by `id`, with an index `byOwner` on `ownerId`.
    pub(crate) fn with_notes() -> Self {
        let scene = Self::new();
        scene.ok(&["table", "create", "notes", "--partition", "id", "--index", "byOwner=ownerId"]);
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// Writes a file, and gives its path as an argument.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        text(&path)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = plain_command();
        command.arg("--store").arg(self.store()).args(args);
        command
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        begin(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::by(&mut self.command(args))
    }

    /// Runs with `input` on standard input.
    pub(crate) fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut child = self.spawn(args);
        let mut pipe = child.stdin.take().unwrap();
        // A command that refuses before it reads closes the pipe.
        let _ = pipe.write_all(input.as_ref());
        drop(pipe);
        Ran::end_of(child)
    }

    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        self.run(args).succeeded()
    }

    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str]) -> String {
        self.run(args).failed(1)
    }

    /// Runs with `--json`; the whole of standard output is one JSON value.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let out = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"))
    }

    /// Fails with `--json`; the whole of standard error is one JSON object.
    #[track_caller]
    pub(crate) fn json_error(&self, args: &[&str]) -> Value {
        let err = self.fails(&[args, &["--json"]].concat());
        serde_json::from_str(&err).unwrap_or_else(|e| panic!("{e}: {err}"))
    }
}

/// The command without a store, whatever the environment says.
pub(crate) fn plain_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_highwater"));
    command.env_remove("HIGHWATER_STORE").env_remove("RUST_LOG");
    command
}

pub(crate) fn run_plain(args: &[&str]) -> Ran {
    Ran::by(plain_command().args(args))
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// So many documents `{"id":"k0001","n":1,...}`, as JSON Lines.
pub(crate) fn numbered(range: std::ops::RangeInclusive<u32>, padding: usize) -> String {
    let padding = "x".repeat(padding);
    range.map(|n| format!("{{\"id\":\"k{n:05}\",\"n\":{n},\"p\":\"{padding}\"}}\n")).collect()
}
