//! The files around a database: what they are called, whether they are there, and making sure of
//! what was written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::paths::DataDir;

/// The file that SQLite keeps beside a database: `-wal` or `-shm`.
pub fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}

/// Makes sure a file's content outlives a power cut.
pub fn sync_file(path: &Path) -> Result<()> {
    fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|e| Error::io("secure", path, e))
}

/// Makes sure the names in a folder outlive a power cut, where the system can.
pub fn sync_folder(path: &Path) {
    let done = fs::File::open(path).and_then(|folder| folder.sync_all());
    if let Err(error) = done
        && cfg!(unix)
    {
        tracing::warn!(%error, folder = %path.display(), "a name may not outlive a power cut");
    }
}

/// Whether something is left of a database that stood here: its index, or a backup.
pub fn has_past(dir: &DataDir) -> bool {
    let backups = fs::read_dir(dir.backups()).into_iter().flatten().flatten();
    let is_copy = |path: PathBuf| path.extension().is_some_and(|kind| kind == "db");
    dir.index_dir().exists() || backups.map(|entry| entry.path()).any(is_copy)
}
