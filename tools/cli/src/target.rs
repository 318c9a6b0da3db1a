//! Where an export goes: standard output, or a file that is replaced at the end.

use crate::failure::Failure;
use crate::output;
use std::fs::{self, File};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

/// A place for many lines.
pub(crate) struct Target {
    name: String,
    out: Out,
}

enum Out {
    Stdout(BufWriter<StdoutLock<'static>>),
    /// A pipe, a device: written where it is.
    There(BufWriter<File>),
    /// A file: written beside its place, moved there when it is whole.
    Beside(Partial),
}

struct Partial {
    file: BufWriter<File>,
    path: PathBuf,
    place: PathBuf,
    whole: bool,
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.whole {
            // Half an export is of no use; that it stays is no failure.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Target {
    /// Opens `path`, or standard output for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if path == Path::new("-") {
            let out = Out::Stdout(output::results());
            return Ok(Self { name: "standard output".to_owned(), out });
        }
        let failed = |e: io::Error| Failure::io(path.display(), &e);
        let special = fs::metadata(path).is_ok_and(|there| !there.is_file());
        let out = if special {
            Out::There(BufWriter::new(
                File::options().write(true).truncate(true).open(path).map_err(failed)?,
            ))
        } else {
            // A link stays, and the file that it leads to is replaced.
            let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            let mut beside = place.as_os_str().to_owned();
            beside.push(".partial");
            let beside = PathBuf::from(beside);
            let file = File::create(&beside).map_err(|e| Failure::io(beside.display(), &e))?;
            let file = BufWriter::new(file);
            Out::Beside(Partial { file, path: beside, place, whole: false })
        };
        Ok(Self { name, out })
    }

    /// Everything is written: puts it in its place.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let done = match &mut self.out {
            Out::Stdout(out) => out.flush(),
            Out::There(out) => out.flush(),
            Out::Beside(partial) => partial.finish(),
        };
        done.map_err(|e| self.failed(&e))
    }

    /// What a failed write is called.
    pub(crate) fn failed(&self, error: &io::Error) -> Failure {
        match &self.out {
            Out::Stdout(_) => Failure::io(&self.name, error),
            // Only of standard output does nobody want the rest.
            _ => Failure::new("io", format!("{}: {error}", self.name)),
        }
    }
}

impl Partial {
    fn finish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.path, &self.place)?;
        self.whole = true;
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Stdout(out) => out.write(bytes),
            Out::There(out) => out.write(bytes),
            Out::Beside(partial) => partial.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Stdout(out) => out.flush(),
            Out::There(out) => out.flush(),
            Out::Beside(partial) => partial.file.flush(),
        }
    }
}
