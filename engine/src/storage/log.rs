//! Write-ahead logs and the manifest, which is one too, looked at before RocksDB reads them.
//!
//! RocksDB takes much for the end of a log that was being written: a record whose length reaches beyond the file,
//! and with it all that follows in the block; a page of zeros, whatever comes after it. It never gets past a record
//! whose type says that the log was used twice. All of these are damage, unless nothing was written after them.
//!
//! The format: <https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format>.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const BLOCK: usize = 32 << 10;
/// Checksum, length, type.
const HEADER: usize = 7;
/// Whole, first, middle and last; our options make no other.
const TYPES: std::ops::RangeInclusive<u8> = 1..=4;
/// The types of records with which a batch begins: whole and first.
const BEGINNINGS: std::ops::RangeInclusive<u8> = 1..=2;
/// The types of those with which one goes on: middle and last.
const RESTS: std::ops::RangeInclusive<u8> = 3..=4;
/// A batch begins with the number of its first change, and how many it has.
const BATCH: usize = 12;
/// Further apart no two batches of one log are.
const FARTHEST: u64 = 1 << 32;
/// No number is as large.
const NUMBERS: u64 = 1 << 56;
/// So many numbers at most are taken between two batches by what is not in the log: files that are taken in.
const TAKEN_IN: u64 = 1 << 10;

/// Where a log is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogDamage {
    file: PathBuf,
    at: u64,
    size: u64,
    what: &'static str,
}

impl std::fmt::Display for LogDamage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.file.file_name().unwrap_or_default().display();
        write!(f, "{name} at byte {} of {}: {}", self.at, self.size, self.what)
    }
}

/// The damage in the logs of a database and in its manifest, the first of each.
///
/// A log that is not needed any more counts as well: RocksDB removes it when it gets to it.
pub(crate) fn log_damage(folder: &Path) -> io::Result<Vec<LogDamage>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    // What is wrong with this one RocksDB finds itself.
    let current = fs::read_to_string(folder.join("CURRENT")).unwrap_or_default();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_log = path.extension().is_some_and(|extension| extension == "log");
        let last = if is_log { Last::Unknown } else { Last::NoNumbers };
        if (is_log || entry.file_name() == current.trim())
            && let Some((at, what)) = damage_in(&mut File::open(&path)?, last)?
        {
            found.push(LogDamage { file: path, at, size: entry.metadata()?.len(), what });
        }
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(found)
}

impl LogDamage {
    /// Whether it is the list of the database's files that is damaged, without which nothing is left.
    pub(crate) fn is_in_manifest(&self) -> bool {
        self.file.extension().is_none()
    }

    /// Makes of it what RocksDB sees too, so that a recovery ends there: a checksum that does not fit.
    pub(crate) fn mark(&self) -> io::Result<()> {
        let mut file = File::options().write(true).open(&self.file)?;
        file.seek(SeekFrom::Start(self.at))?;
        let whole = 1;
        let wrong = !masked(crc32c::crc32c(&[whole]));
        let [a, b, c, d] = wrong.to_le_bytes();
        file.write_all(&[a, b, c, d, 0, 0, whole])?;
        file.sync_all()
    }
}

/// The numbers of a batch: of its first change, and of what comes after it.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    first: u64,
    next: u64,
}

/// What was read before.
#[derive(Debug)]
struct Before {
    last: Last,
    /// Whether the record that was read last goes on in the next one.
    is_amid: bool,
}

impl Before {
    fn pass(&mut self, record: &[u8]) {
        self.last.pass(record);
        self.is_amid = matches!(record.get(6), Some(2 | 3));
    }
}

/// What is left from where a record ought to be on.
#[derive(Debug, Clone, Copy)]
struct Torn<'a> {
    bytes: &'a [u8],
    /// Whether the rest of a record stands here that began in the block before.
    is_rest: bool,
}

impl Torn<'_> {
    /// Whether its type is one that may stand here.
    fn has_its_type(self) -> bool {
        let kind = self.bytes.get(6);
        let kinds = if self.is_rest { RESTS } else { BEGINNINGS };
        kind.is_some_and(|kind| kinds.contains(kind))
    }

    /// The same, and whether it goes on as an edit of the manifest does: with the tag of something that changes.
    fn begins_as_an_edit(self) -> bool {
        let is_tag =
            |byte: &u8| matches!(byte, 1..=10 | 100..=103 | 0x81..=0x94 | 0xac | 200..=203);
        self.has_its_type() && (self.is_rest || self.bytes.get(HEADER).is_some_and(is_tag))
    }
}

/// The last batch of which the beginning was read.
#[derive(Debug, Clone, Copy)]
enum Last {
    /// There was none.
    Unknown,
    Batch(Numbers),
    /// What is written here are no batches.
    NoNumbers,
}

impl Last {
    fn pass(&mut self, record: &[u8]) {
        if let (Self::Unknown | Self::Batch(_), Some(numbers)) = (*self, numbers_of(record)) {
            *self = Self::Batch(numbers);
        }
    }

    /// Whether a whole record that is found somewhere behind the beginning of `torn` was written there. Documents may
    /// hold bytes that look like one, and whoever writes them may have chosen them: behind a beginning that is as it
    /// was written only the one that follows it counts.
    fn precedes(self, torn: Torn<'_>, record: &[u8]) -> bool {
        let found = numbers_of(record);
        match (self, found, self.after(torn)) {
            (Self::NoNumbers, ..) => !torn.begins_as_an_edit(),
            (_, None, _) => false,
            (_, Some(found), Some(next)) => found.first == next,
            (Self::Unknown, Some(_), None) => true,
            (Self::Batch(last), Some(found), None) => {
                found.first > last.first && found.first - last.first < FARTHEST
            }
        }
    }

    /// The number of the batch after the one that `torn` is of, if its beginning looks as it was written.
    fn after(self, torn: Torn<'_>) -> Option<u64> {
        if !torn.has_its_type() {
            return None;
        }
        match (self, numbers_of(torn.bytes)) {
            (Self::Unknown, own) => own.map(|own| own.next).filter(|next| *next < NUMBERS),
            (Self::Batch(last), Some(own)) => {
                let between = own.first.checked_sub(last.next);
                between.is_some_and(|between| between < TAKEN_IN).then_some(own.next)
            }
            // The rest of a batch that began before.
            (Self::Batch(last), None) => Some(last.next),
            (Self::NoNumbers, _) => None,
        }
    }
}

fn damage_in(file: &mut impl Read, last: Last) -> io::Result<Option<(u64, &'static str)>> {
    let (mut start, mut block) = (0, Vec::with_capacity(BLOCK));
    let mut before = Before { last, is_amid: false };
    // Where zeros begin, after which nothing may come.
    let mut zeros = None;
    loop {
        block.clear();
        file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(None);
        }
        match zeros {
            Some(at) if block.iter().any(|byte| *byte != 0) => {
                return Ok(Some((at, "zeros, and more after them")));
            }
            Some(_) => {}
            None => match look_through(&block, &mut before) {
                ControlFlow::Break((at, what)) => return Ok(Some((start + at as u64, what))),
                ControlFlow::Continue(at) => zeros = at.map(|at| start + at as u64),
            },
        }
        start += block.len() as u64;
    }
}

/// Looks through a block: damage, or where the zeros begin that it ends with, if it does not end with a record.
fn look_through(
    block: &[u8],
    before: &mut Before,
) -> ControlFlow<(usize, &'static str), Option<usize>> {
    let is_last = block.len() < BLOCK;
    let mut at = 0;
    while let Some(rest) = block.get(at..).filter(|rest| rest.len() >= HEADER) {
        if let Some(record) = whole_record(rest) {
            before.pass(record);
            at += record.len();
            continue;
        }
        if rest.iter().all(|byte| *byte == 0) {
            return ControlFlow::Continue(Some(at));
        }
        // Cut short amid being written, which nothing follows.
        let is_cut_short = is_last && length_of(rest).is_none_or(|length| length > rest.len());
        let torn = Torn { bytes: rest, is_rest: at == 0 && before.is_amid };
        let follows = |from| {
            let Some((record, behind)) = rest.split_at_checked(from) else { return false };
            // Where the sum fits, the length alone is wrong.
            whole_record(behind)
                .is_some_and(|it| sum_fits(record) || before.last.precedes(torn, it))
        };
        if is_cut_short && !(1..rest.len()).any(follows) {
            return ControlFlow::Continue(None);
        }
        return ControlFlow::Break((at, "a record that is not as it was written"));
    }
    ControlFlow::Continue(None)
}

/// The length of a record with its header, as the header has it.
fn length_of(bytes: &[u8]) -> Option<usize> {
    let (_, rest) = bytes.split_first_chunk::<4>()?;
    let (length, _) = rest.split_first_chunk::<2>()?;
    Some(HEADER + usize::from(u16::from_le_bytes(*length)))
}

/// The numbers of the batch that begins with a record.
fn numbers_of(record: &[u8]) -> Option<Numbers> {
    let (kind, batch) = record.get(6..)?.split_first()?;
    let (first, rest) = batch.get(..BATCH)?.split_first_chunk::<8>()?;
    let (count, _) = rest.split_first_chunk::<4>()?;
    let first = u64::from_le_bytes(*first);
    let next = first.saturating_add(u32::from_le_bytes(*count).into());
    BEGINNINGS.contains(kind).then_some(Numbers { first, next })
}

/// Whether a record has one of the types that ours have.
fn is_of_a_type(record: &[u8]) -> bool {
    record.get(6).is_some_and(|kind| TYPES.contains(kind))
}

/// Whether these bytes are a record with the sum that it says, whatever length it says.
fn sum_fits(record: &[u8]) -> bool {
    let Some((sum, _)) = record.split_first_chunk::<4>() else { return false };
    let summed = record.get(6..).unwrap_or_default();
    is_of_a_type(record) && masked(crc32c::crc32c(summed)) == u32::from_le_bytes(*sum)
}

/// The record that these bytes begin with, with its header, if it is whole.
fn whole_record(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..length_of(bytes)?).filter(|record| sum_fits(record))
}

/// As RocksDB keeps a checksum among data that may hold checksums itself.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
        let summed = [&[kind], payload].concat();
        let length = u16::try_from(payload.len()).unwrap().to_le_bytes();
        let crc = masked(crc32c::crc32c(&summed)).to_le_bytes();
        [&crc[..], &length, &summed].concat()
    }

    fn batch(number: u64, changes: &[u8]) -> Vec<u8> {
        [&number.to_le_bytes()[..], &1_u32.to_le_bytes(), changes].concat()
    }

    /// A log of several blocks, and where its records begin.
    fn log() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        for n in 0..90_usize {
            let payload = batch(n as u64, &vec![u8::try_from(n).unwrap(); 1000 + n]);
            let left = BLOCK - bytes.len() % BLOCK;
            starts.push(bytes.len());
            if left >= HEADER + payload.len() {
                bytes.extend(record(1, &payload));
            } else if left > HEADER {
                let (first, last) = payload.split_at(left - HEADER);
                bytes.extend(record(2, first));
                starts.push(bytes.len());
                bytes.extend(record(4, last));
            } else {
                starts.pop();
                bytes.extend(vec![0; left]);
            }
        }
        assert!(bytes.len() > 2 * BLOCK && !bytes.len().is_multiple_of(BLOCK));
        (bytes, starts)
    }

    fn found(bytes: &[u8]) -> Option<u64> {
        damage_in(&mut &*bytes, Last::Unknown).unwrap().map(|(at, _)| at)
    }

    #[test]
    fn a_record_in_a_document_is_none_that_was_written_behind() {
        let before = record(1, &batch(1_000, b"before"));
        for number in [0, 7, 1_000, 1_001, 1_003, 0xffff_ffff, 1 << 40] {
            let inside = [record(1, b""), record(1, &batch(number, b"looks like one"))].concat();
            let torn = record(1, &batch(1_001, &[&inside[..], &[7; 900]].concat()));
            assert_eq!(found(&[&before[..], &torn[..300]].concat()), None, "{number}");
            // Alone in its log, and with its beginning in an earlier block.
            assert_eq!(found(&torn[..300]), None, "{number}");
            let begun = record(2, &batch(1_001, &vec![7; BLOCK - HEADER - BATCH - before.len()]));
            let rest = record(4, &[&inside[..], &[7; 900]].concat());
            assert_eq!(found(&[&before[..], &begun, &rest[..300]].concat()), None, "{number}");
            // Keys in the manifest are such bytes too.
            let torn = record(1, &[&[2], &inside[..], &[7; 900]].concat());
            let manifest = [&record(1, b"an edit")[..], &torn[..300]].concat();
            let found = damage_in(&mut &manifest[..], Last::NoNumbers).unwrap();
            assert_eq!(found, None, "{number}");
        }
        let mut torn = record(1, &batch(1_001, &[7; 900]));
        torn[5] = 0x40;
        let after = record(1, &batch(1_002, b"after"));
        let here = Some(before.len() as u64);
        assert_eq!(found(&[before.clone(), torn.clone(), after.clone()].concat()), here);
        // Not its length alone is wrong: what follows it is what must follow it.
        torn[0] ^= 1;
        assert_eq!(found(&[before.clone(), torn.clone(), after.clone()].concat()), here);
        // Nor is it of a type any more, or has its number: a sector is something else.
        for (place, byte) in [(6, 9), (6, 4), (8, 0xff)] {
            let mut torn = torn.clone();
            torn[place] = byte;
            let later = record(1, &batch(1_500, b"after"));
            assert_eq!(found(&[before.clone(), torn, later].concat()), here, "{place}");
        }
        let mut torn = record(1, &[7; 900]);
        torn[5] = 0x40;
        for sector in [&torn[..], &[&[1; 5][..], &[0x7f, 1], &[0xee; 900]].concat()] {
            let manifest = [&before[..], sector, &after].concat();
            let found = damage_in(&mut &manifest[..], Last::NoNumbers).unwrap();
            assert_eq!(found.map(|(at, _)| at), here);
        }
        // The first record of a log.
        let sector = [&[1; 4][..], &[0xff, 0x7f, 1], &[0xee; 900]].concat();
        assert_eq!(found(&[&sector[..], &after].concat()), Some(0));
    }

    #[test]
    fn a_whole_log_has_none_and_may_end_amid_a_record_or_in_zeros() {
        let (bytes, starts) = log();
        assert_eq!(found(&bytes), None);
        let last = *starts.last().unwrap();
        for end in last..bytes.len() {
            assert_eq!(found(&bytes[..end]), None, "{end}");
        }
        for zeros in [1, 7, 100, 3 * BLOCK] {
            assert_eq!(found(&[&bytes[..], &vec![0; zeros]].concat()), None, "{zeros}");
        }
    }

    #[test]
    fn every_flipped_bit_before_the_last_record_is_found_where_its_record_begins() {
        let (bytes, starts) = log();
        let last = *starts.last().unwrap();
        for (n, pair) in starts.windows(2).enumerate() {
            // Checksum, length, type, and some of the payload.
            for offset in [0, 3, 4, 5, 6, 7, 500] {
                let at = pair[0] + offset;
                if at >= pair[1] || at >= last {
                    continue;
                }
                let mut bad = bytes.clone();
                bad[at] ^= 1 << ((n + offset) % 8);
                assert_eq!(found(&bad), Some(pair[0] as u64), "{at}");
            }
        }
    }

    #[test]
    fn zeroed_bytes_amid_the_log_are_damage() {
        let (bytes, starts) = log();
        for size in [16, 512, 4096] {
            for start in starts.iter().step_by(7).filter(|start| **start + size < bytes.len()) {
                let mut bad = bytes.clone();
                bad[*start..start + size].fill(0);
                assert_eq!(found(&bad), Some(*start as u64), "{start} {size}");
            }
        }
    }

    #[test]
    fn what_was_marked_is_damage_still() {
        let (mut bytes, starts) = log();
        let start = starts[40];
        bytes[start + 5] ^= 0x40;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("000007.log"), &bytes).unwrap();
        let first = log_damage(dir.path()).unwrap();
        assert_eq!(first.len(), 1);
        first[0].mark().unwrap();
        let again = log_damage(dir.path()).unwrap();
        assert_eq!(again, first);
        let told = format!("000007.log at byte {start} of {}: ", bytes.len());
        assert!(again[0].to_string().starts_with(&told), "{}", again[0]);
    }
}
