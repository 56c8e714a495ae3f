//! What an SQLite error means, for the user and for us.

use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_DATA, SQLITE_IOERR_SHORT_READ};

use super::holder::{Process, holder_of};
use crate::error::{Error, Kind};

/// What to do about a damaged database.
pub const RECOVER: &str = "`scrollback sync --recover` sets it aside and recovers what it held; \
                           `scrollback doctor` looks closer";

/// Bytes of ours that are not what was written, found by our own hashes: SQLite sees nothing wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Altered(pub String);

impl From<Altered> for rusqlite::Error {
    fn from(altered: Altered) -> Self {
        Self::ToSqlConversionFailure(Box::new(altered))
    }
}

/// What an SQLite error means for the user.
pub fn explain(error: &rusqlite::Error, path: Option<&str>) -> Error {
    let place = path.filter(|p| !p.is_empty()).unwrap_or("the database");
    let said = error.to_string();
    let made = match error.sqlite_error_code() {
        _ if is_busy(error) => {
            let who = match path.and_then(|path| holder_of(Path::new(path))) {
                Some(Process { pid, name }) => format!("{name} (process {pid})"),
                None => "another program".into(),
            };
            Error::new(Kind::Busy, format!("{place} is locked by {who}"))
                .with_remedy("close the program that holds it, or try again; nothing was lost")
        }
        Some(ErrorCode::OperationInterrupted) => {
            Error::new(Kind::Stopped, "the question was taken back")
        }
        Some(ErrorCode::DiskFull) => Error::new(
            Kind::DiskFull,
            format!("the disk that holds {place} is full"),
        )
        .with_remedy("free some space and start again; nothing was lost"),
        _ if is_damaged(error) => {
            Error::new(Kind::Damaged, format!("{place} is damaged ({said})")).with_remedy(RECOVER)
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Error::new(
            Kind::Database,
            format!("{place} cannot be written ({said})"),
        )
        .with_remedy("give yourself write permission, or choose another --data-dir"),
        Some(ErrorCode::SystemIoFailure) => Error::new(
            Kind::Io,
            format!("{place} could not be read or written ({said})"),
        )
        .with_remedy("check the disk; `scrollback doctor` looks closer. Nothing was lost"),
        Some(ErrorCode::CannotOpen) => {
            Error::new(Kind::Io, format!("could not open {place} ({said})"))
                .with_remedy("check that the folder exists and that you may read and write it")
        }
        _ => Error::new(Kind::Database, format!("{place}: {said}"))
            .with_remedy("check the disk and start again; what was committed is safe"),
    };
    made.caused_by(std::io::Error::other(said))
}

/// Whether the disk has no room.
pub fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// Whether another connection is in the way.
pub fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Whether the file is not, or no longer, a database, or does not hold what was written.
pub fn is_damaged(error: &rusqlite::Error) -> bool {
    // A page that ends too early: the file was cut off, or its log taken away while in use. A read
    // that the disk refuses is no such proof: it may succeed the next time.
    const CUT_OFF: [i32; 2] = [SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_DATA];
    match error {
        rusqlite::Error::ToSqlConversionFailure(cause) => cause.is::<Altered>(),
        // We wrote it as another kind.
        rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::IntegralValueOutOfRange(..) => {
            true
        }
        rusqlite::Error::SqliteFailure(failure, _) => {
            matches!(
                failure.code,
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt
            ) || CUT_OFF.contains(&failure.extended_code)
        }
        _ => false,
    }
}

/// Whether only a connection that writes can go on.
pub fn is_read_only(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
}
