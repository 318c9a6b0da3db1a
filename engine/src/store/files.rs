//! Files and folders that are on disk, as a whole, when the call returns.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file: the new one is wholly on disk before the old one goes.
pub(crate) fn replace_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    sync_folder(folder)
}

/// Puts the names in a folder on disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder and those above it, and puts their names on disk before anything in it is promised to be.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    for (above, folder) in holders(path).enumerate() {
        match sync_folder(folder) {
            // Further up it may be somebody else's, or of another file system, and so are its names.
            Err(e) if above > 0 && is_not_ours(e.kind()) => break,
            synced => synced?,
        }
    }
    Ok(())
}

fn is_not_ours(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{InvalidInput, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    matches!(kind, InvalidInput | PermissionDenied | ReadOnlyFilesystem | Unsupported)
}

/// The folders that hold the names that a path is made of, the nearest first. Also those that were there before: who
/// made them may have died before their names were on disk.
fn holders(path: &Path) -> impl Iterator<Item = &Path> {
    let above = path.ancestors().skip(1);
    above.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// Removes a folder and everything in it, if there is one.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// How many files are in a folder and in those below it, and their bytes.
pub(crate) fn folder_size(path: &Path) -> io::Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let (files, bytes) = match entry.metadata()? {
            data if data.is_dir() => folder_size(&entry.path())?,
            data => (1, data.len()),
        };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

/// Whether there is nothing at `path`, or a folder with none but these names in it.
pub(crate) fn holds_only(path: &Path, names: &[&str]) -> io::Result<bool> {
    let mut entries = match fs::read_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => return Ok(false),
        entries => entries?,
    };
    entries.try_fold(true, |so_far, entry| {
        let name = entry?.file_name();
        Ok(so_far && names.iter().any(|known| name == **known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_path_is_put_on_disk() {
        let of = |path| holders(Path::new(path)).map(|p| p.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(of("store"), ["."]);
        assert_eq!(of("a/b/c"), ["a/b", "a", "."]);
        assert_eq!(of("/data/store"), ["/data", "/"]);
    }

    #[test]
    fn folders_are_made_below_others_that_are_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c");
        make_folder(&path).unwrap();
        make_folder(&path).unwrap();
        assert!(path.is_dir());
    }
}
