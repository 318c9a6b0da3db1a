//! Whether backups could be restored: every file they need is read and its checksum computed.

use super::folder::BackupFolder;
use crate::error::Result;
use crate::storage::{BackupFile, backup_files, backup_list};
use crate::verify::Problem;
use highwater_format::BackupEntry;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a check of backups found.
///
/// ```
/// use highwater::{BackupOptions, Store, check_backups};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let (path, folder) = (dir.path().join("store"), dir.path().join("backups"));
/// # let store = Store::open(&path)?;
/// let id = store.backup(&folder, &BackupOptions::default())?.id;
/// let check = check_backups(&folder, None)?;
/// assert!(check.is_clean() && check.backups == [id]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BackupCheck {
    /// The backups that were checked, oldest first.
    pub backups: Vec<u32>,
    /// How many files were read. Each is read once, however many backups share it.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Every file that is missing or not as it was written, with the backups that need it.
    pub problems: Vec<Problem>,
}

impl BackupCheck {
    /// Whether every file is as it was written.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads every file of the backups in the folder at `path`, or of the one backup `id`, and checks its
/// checksum. It reads as many bytes as the folder holds, and a megabyte at a time.
///
/// # Errors
/// [`crate::Error::NotABackup`], [`crate::Error::NewerFormat`], [`crate::Error::OutOfRange`] for an `id`
/// that is not there, [`crate::Error::BackupInUse`]. A file that cannot be read is a problem in the report.
pub fn check_backups(path: impl AsRef<Path>, id: Option<u32>) -> Result<BackupCheck> {
    let folder = BackupFolder::read(path.as_ref())?;
    let chosen = match id {
        Some(_) => vec![folder.pick(id)?],
        None => folder.marker().backups.clone(),
    };
    let data = folder.data();
    let mut check = BackupCheck::default();
    // Which backups need which file, and with which checksum.
    let mut needed: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
    for backup in &chosen {
        check.backups.push(backup.id);
        match list_of(&data, backup) {
            Ok(files) => {
                for file in files {
                    needed.entry(file.name).or_default().push((backup.id, file.crc32c));
                }
            }
            Err(what) => {
                let place = format!("backup {}: its list of files", backup.id);
                check.problems.push(Problem { place, what });
            }
        }
    }
    for (name, uses) in needed {
        match checksum(&data.join(&name)) {
            Ok((crc32c, bytes)) => {
                check.files += 1;
                check.bytes += bytes;
                let others = uses.iter().filter(|(_, wanted)| *wanted != crc32c);
                check.problem(
                    &name,
                    others,
                    &format!("its checksum is {crc32c:08x}, not as written"),
                );
            }
            Err(error) => check.problem(&name, uses.iter(), &error.to_string()),
        }
    }
    Ok(check)
}

impl BackupCheck {
    fn problem<'a>(&mut self, name: &str, uses: impl Iterator<Item = &'a (u32, u32)>, what: &str) {
        let ids: Vec<_> = uses.map(|(id, _)| id.to_string()).collect();
        if !ids.is_empty() {
            let place = format!("backup {}: {name}", ids.join(", "));
            self.problems.push(Problem { place, what: what.to_owned() });
        }
    }
}

/// The files of a backup, from a list that is as it was written.
pub(super) fn list_of(data: &Path, backup: &BackupEntry) -> Result<Vec<BackupFile>, String> {
    let list = std::fs::read(backup_list(data, backup.id)).map_err(|e| e.to_string())?;
    let computed = crc32c::crc32c(&list);
    if computed != backup.list_crc {
        return Err(format!("its checksum is {computed:08x}, not {:08x}", backup.list_crc));
    }
    let files = std::str::from_utf8(&list).ok().and_then(backup_files);
    files.ok_or_else(|| "this build cannot read it".to_owned())
}

fn checksum(path: &Path) -> io::Result<(u32, u64)> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let (mut crc, mut bytes) = (0, 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((crc, bytes));
        }
        crc = crc32c::crc32c_append(crc, buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
}
