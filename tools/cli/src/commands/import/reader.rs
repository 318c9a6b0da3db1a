//! Reading lines and making documents of them, in a thread of its own: a pipe that pauses holds nobody up.

use super::prefix::{Prefix, Reading};
use crate::failure::Failure;
use crate::input::{MAX_TEXT, input_file, input_name};
use crate::show::Notation;
use highwater::{Document, Error, Limits};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many documents may wait. Each is at most as large as an item may be.
const AHEAD: usize = 256;
const BUFFER: usize = 256 << 10;

/// Where lines come from.
pub(in crate::commands) struct Input {
    path: PathBuf,
    /// `None` for standard input.
    file: Option<File>,
}

impl Input {
    pub(in crate::commands) fn open(path: &Path) -> Result<Self, Failure> {
        let file = if path == Path::new("-") { None } else { Some(input_file(path)?) };
        Ok(Self { path: path.to_owned(), file })
    }

    /// How many bytes there are, if that is known.
    pub(in crate::commands) fn size(&self) -> Option<u64> {
        let file = self.file.as_ref()?.metadata().ok()?;
        file.is_file().then_some(file.len())
    }
}

/// What was read.
pub(in crate::commands) enum Read {
    /// A document.
    Line(Line),
    /// A line that is none; nothing follows.
    Bad { number: u64, failure: Failure },
    /// Nothing is left; so many lines there were.
    End { lines: u64 },
}

/// A document and where it stood.
pub(in crate::commands) struct Line {
    /// Counted from 1.
    pub(in crate::commands) number: u64,
    /// How many bytes of the input end with it.
    pub(in crate::commands) end: u64,
    /// The input up to there, for an import that has to know it again.
    pub(super) prefix: Option<Prefix>,
    pub(in crate::commands) document: Document,
}

/// Where to begin.
pub(in crate::commands) enum Beginning {
    /// After so many lines.
    Skip(u64),
    /// After what an earlier import has taken, which must be what it was.
    After(Prefix),
}

/// Begins to read. The thread ends with the input, or when nobody takes its lines any more; one that waits
/// for a pipe ends with the process.
pub(in crate::commands) fn start(
    input: Input,
    notation: Notation,
    beginning: Beginning,
) -> Result<Receiver<Read>, Failure> {
    let (lines, taken) = sync_channel(AHEAD);
    std::thread::Builder::new()
        .name("import-reader".to_owned())
        .spawn(move || read(input, notation, beginning, &lines))
        .map_err(|e| Failure::io("starting to read", &e))?;
    Ok(taken)
}

fn read(input: Input, notation: Notation, beginning: Beginning, out: &SyncSender<Read>) {
    let name = input_name(&input.path);
    let last = match input.file {
        Some(file) => read_all(BufReader::with_capacity(BUFFER, file), notation, beginning, out),
        None => read_all(BufReader::with_capacity(BUFFER, io::stdin()), notation, beginning, out),
    };
    // Whoever hung up knows why.
    let _ = match last {
        Ok(Some(lines)) => out.send(Read::End { lines }),
        Ok(None) => Ok(()),
        Err((number, failure)) => {
            let failure = failure.at(format!("{name}, line {number}"));
            out.send(Read::Bad { number, failure })
        }
    };
}

/// Sends every document; gives the number of lines, or `None` if nobody wants them.
fn read_all(
    mut input: impl BufRead,
    notation: Notation,
    beginning: Beginning,
    out: &SyncSender<Read>,
) -> Result<Option<u64>, (u64, Failure)> {
    let (skip, mut reading) = match beginning {
        Beginning::Skip(skip) => (skip, None),
        Beginning::After(prefix) => (prefix.lines, Some(Reading::until(prefix))),
    };
    let (mut number, mut end) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let at_line = |failure: Failure| (number + 1, failure);
        let mut limited = (&mut input).take(MAX_TEXT + 1);
        let length = limited.read_until(b'\n', &mut line);
        let length = length.map_err(|e| at_line(Failure::new("io", e.to_string())))? as u64;
        if length == 0 {
            return Ok(Some(number));
        }
        if length > MAX_TEXT {
            let message = format!("longer than {} MiB", MAX_TEXT >> 20);
            return Err(at_line(Failure::refused(message)));
        }
        end += length;
        let prefix = reading.as_mut().map(|reading| reading.line(&line)).transpose();
        let prefix = prefix.map_err(at_line)?;
        let document =
            if number < skip { None } else { parse(&line, number, notation).map_err(at_line)? };
        number += 1;
        let Some(document) = document else { continue };
        if out.send(Read::Line(Line { number, end, prefix, document })).is_err() {
            return Ok(None);
        }
    }
}

/// The line's document; an empty line has none.
fn parse(line: &[u8], before: u64, notation: Notation) -> Result<Option<Document>, Failure> {
    let text =
        std::str::from_utf8(line).map_err(|e| Failure::refused(format!("not UTF-8: {e}")))?;
    // Some programs begin a file with a byte order mark.
    let text = if before == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() {
        return Ok(None);
    }
    let document = notation.read(text)?;
    let (found, limit) = (document.as_bytes().len(), Limits::default().item_bytes);
    if found > limit {
        return Err(Error::TooLarge { what: "the document".to_owned(), found, limit }.into());
    }
    Ok(Some(document))
}
