//! The engine's claim to its data folder: the lock by which others know of it, and the folder itself. Both can be taken
//! away under a running engine, which would go on writing where nobody looks, and another one would start beside it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::EngineLock;
use crate::sync::inbox::{Inbox, Wish};
use crate::transcript::FileId;

/// How often it is looked after.
const ROUND: Duration = Duration::from_secs(1);

/// A claim that is held until it is dropped.
#[derive(Debug)]
pub struct Claim {
    dir: DataDir,
    socket: PathBuf,
    folder: Option<FileId>,
    lock: Mutex<EngineLock>,
}

impl Claim {
    /// Takes the lock, or says who has it.
    pub fn take(dir: &DataDir, socket: PathBuf) -> Result<Self> {
        let lock = Mutex::new(EngineLock::take(&dir.lock(), &socket)?);
        Ok(Self {
            dir: dir.clone(),
            socket,
            folder: id(dir.path()),
            lock,
        })
    }

    /// Looks after it until `stop`. When it cannot be held any more, the pipeline is asked to end.
    pub fn keep(&self, inbox: &Inbox, stop: &Stop) {
        while !stop.is_requested() {
            std::thread::park_timeout(ROUND);
            if let Err(error) = self.renew() {
                tracing::error!(%error, "the data folder is lost");
                inbox.wish(Wish::End(error));
                return;
            }
        }
    }

    fn renew(&self) -> Result<()> {
        if id(self.dir.path()) != self.folder {
            let folder = self.dir.path().display();
            let what =
                format!("the data folder {folder} is gone, or another one stands in its place");
            return Err(Error::new(Kind::Io, what).with_remedy(
                "put it back, or name its new place with --data-dir, and start again: what was saved is in it",
            ));
        }
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.renew(&self.dir.lock(), &self.socket)
    }
}

fn id(path: &Path) -> Option<FileId> {
    Some(FileId::of(&std::fs::metadata(path).ok()?))
}
