//! One engine per data folder: a lock the system drops when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// Held for as long as an engine runs.
#[derive(Debug)]
pub struct EngineLock {
    file: File,
}

impl Drop for EngineLock {
    /// Closing the file would not do: a program just being started by another thread still has it
    /// open for a moment, and with it the lock.
    fn drop(&mut self) {
        // Where it fails, the lock goes with the last who has the file open.
        let _ = self.file.unlock();
    }
}

/// Who holds the lock, by its own words. For messages only: the lock itself is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: Option<u32>,
    /// When it started, milliseconds since the epoch.
    pub since_ms: Option<i64>,
}

impl EngineLock {
    /// Takes the lock, or says who has it.
    pub fn take(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(path)
            .map_err(|e| Error::io("open the lock", path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(path, &read(&mut file))),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", path, e)),
        }
        let words = format!(
            "{} {}\n",
            std::process::id(),
            jiff::Timestamp::now().as_millisecond()
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(words.as_bytes()))
            .map_err(|e| Error::io("write the lock", path, e))?;
        Ok(Self { file })
    }

    /// Who holds the lock now; `None` when nobody does. Takes nothing and writes nothing.
    pub fn holder(path: &Path) -> Option<Holder> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(read(&mut file)),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

fn read(file: &mut File) -> Holder {
    let mut words = String::new();
    let _ = file.take(64).read_to_string(&mut words);
    let mut parts = words.split_whitespace();
    let pid = parts.next().and_then(|p| p.parse().ok());
    let since_ms = parts.next().and_then(|p| p.parse().ok());
    Holder { pid, since_ms }
}

fn held(path: &Path, holder: &Holder) -> Error {
    let who = holder
        .pid
        .map_or_else(|| "another process".into(), |pid| format!("process {pid}"));
    let folder = path.parent().unwrap_or(path).display();
    Error::new(
        Kind::AlreadyRunning,
        format!("{who} is already syncing into {folder}"),
    )
    .with_remedy("it keeps everything up to date; see `scrollback status`, or stop it first")
}
