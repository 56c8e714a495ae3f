//! Names of files beside a database, and making sure of what was written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

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
    let _ = fs::File::open(path).and_then(|folder| folder.sync_all());
}
