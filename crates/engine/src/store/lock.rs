//! One engine per data folder: a lock the system drops when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::transcript::FileId;

/// Who only asks whether the lock is held has it for a moment, and so has a process that is being
/// started by one that holds it.
const MOMENT: Duration = Duration::from_millis(200);

/// Begins the line that says when the holder ended.
const ENDED: &str = "ended";

/// Held for as long as an engine runs.
#[derive(Debug)]
pub struct EngineLock {
    file: File,
}

impl Drop for EngineLock {
    /// Closing the file would not do: a program just being started by another thread still has it
    /// open for a moment, and with it the lock.
    fn drop(&mut self) {
        // For those who ask later when it was; one that is killed cannot say.
        let ended = format!("{ENDED} {}\n", jiff::Timestamp::now().as_millisecond());
        let end = self.file.seek(SeekFrom::End(0));
        if let Err(error) = end.and_then(|_| self.file.write_all(ended.as_bytes())) {
            tracing::warn!(%error, "nobody will know when this engine ended");
        }
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
    /// Where it listens.
    pub socket: Option<PathBuf>,
}

impl EngineLock {
    /// Takes the lock, or says who has it. `socket` is where the new holder will listen.
    pub fn take(path: &Path, socket: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(path)
            .map_err(|e| Error::io("open the lock", path, e))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if started.elapsed() < MOMENT => {
                    std::thread::sleep(MOMENT / 20);
                }
                Err(TryLockError::WouldBlock) => return Err(held(path, &read(&mut file))),
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", path, e)),
            }
        }
        let words = format!(
            "{} {}\n{}\n",
            std::process::id(),
            jiff::Timestamp::now().as_millisecond(),
            socket.display()
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(words.as_bytes()))
            .map_err(|e| Error::io("write the lock", path, e))?;
        Ok(Self { file })
    }

    /// Takes the lock once more where its file was removed or replaced; an error where somebody else has it now.
    pub fn renew(&mut self, path: &Path, socket: &Path) -> Result<()> {
        let own = self.file.metadata().map(|meta| FileId::of(&meta));
        let there = std::fs::metadata(path).map(|meta| FileId::of(&meta));
        if matches!((own, there), (Ok(own), Ok(there)) if own == there) {
            return Ok(());
        }
        *self = Self::take(path, socket)?;
        Ok(())
    }

    /// When the last holder ended, milliseconds since the epoch; `None` when it did not come to say so.
    pub fn ended(path: &Path) -> Option<i64> {
        let words = std::fs::read_to_string(path).ok()?;
        let last = words.lines().last()?.strip_prefix(ENDED)?;
        last.trim().parse().ok()
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
    let _ = file.take(4096).read_to_string(&mut words);
    let (first, rest) = words.split_once('\n').unwrap_or((&words, ""));
    let socket = rest.lines().next().map(PathBuf::from);
    let mut parts = first.split_whitespace();
    let pid = parts.next().and_then(|p| p.parse().ok());
    let since_ms = parts.next().and_then(|p| p.parse().ok());
    Holder {
        pid,
        since_ms,
        socket,
    }
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
