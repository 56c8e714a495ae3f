//! What can go wrong, with the place and the remedy in the message. Faces decide by [`Error::kind`].

use std::path::{Path, PathBuf};

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a face needs to decide: an exit code, a colour, whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user asked for something that cannot be: an unknown session, bad SQL, a bad setting.
    Usage,
    /// What the user named does not exist, or is not the only one.
    NotFound,
    /// Another engine holds the data folder.
    AlreadyRunning,
    /// No transcripts to be found where we looked.
    NoSources,
    /// The database is from the future, read-only or not ours.
    Database,
    /// The database is damaged, or gone where there was one; a sync recovers what it held.
    Damaged,
    /// The database is held by someone else for now; trying again may help.
    Busy,
    /// The disk holding the data folder is full.
    DiskFull,
    /// A file or folder could not be read or written.
    Io,
    /// No engine runs that could be asked.
    NotRunning,
    /// The work was asked to stop.
    Stopped,
    /// A part of the engine hangs; a new process must take over.
    Hung,
}

/// An error that says what happened, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    remedy: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `message` says what happened and where.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            remedy: None,
            source: None,
        }
    }

    /// A failed read or write: `act` is what was tried, for example "read".
    pub fn io(act: &str, path: &Path, source: std::io::Error) -> Self {
        let kind = match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Kind::DiskFull,
            _ => Kind::Io,
        };
        let remedy = match kind {
            Kind::DiskFull => "free some space and start again; nothing was lost",
            _ => "check the disk and your rights there, then start again; nothing was lost",
        };
        Self::new(
            kind,
            format!("could not {act} {}: {source}", path.display()),
        )
        .with_remedy(remedy)
        .caused_by(source)
    }

    /// A failed write to wherever the user asked the answer to go.
    pub fn output(source: std::io::Error) -> Self {
        Self::new(Kind::Io, format!("could not write the output: {source}")).caused_by(source)
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Keeps the error underneath for logs.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the user can do about it.
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

/// A file or folder the sync could not read; the rest goes on, and it is tried again.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub reason: String,
}
