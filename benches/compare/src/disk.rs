//! What lies in folders.

use crate::open::PATIENCE;
use crate::subject::Result;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes that are taken on disk: some files are as large as their map and hold nothing there.
pub fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    each(folder, &mut |path| {
        sum += path.metadata().map_or(0, |data| data.blocks() * 512);
        Ok(())
    })?;
    Ok(sum)
}

/// Waits until everything in a folder is on disk.
pub fn sync(folder: &Path) -> Result<()> {
    each(folder, &mut |path| match File::open(path) {
        Ok(file) => Ok(file.sync_data()?),
        // It was in the way of somebody who tidies up.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    })
}

/// Waits until a folder's size has been the same for so long.
pub fn stand_still(folder: &Path, still: Duration) -> Result<()> {
    let (mut held, mut since, start) = (bytes(folder)?, Instant::now(), Instant::now());
    while since.elapsed() < still {
        if start.elapsed() > PATIENCE {
            return Err(format!("{} does not stand still", folder.display()).into());
        }
        std::thread::sleep(still / 8);
        let found = bytes(folder)?;
        if found != held {
            (held, since) = (found, Instant::now());
        }
    }
    Ok(())
}

fn each(folder: &Path, see: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => each(&entry.path(), see)?,
            _ => see(&entry.path())?,
        }
    }
    Ok(())
}
