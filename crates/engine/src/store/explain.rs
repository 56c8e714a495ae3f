//! What an SQLite error means, for the user and for us.

use rusqlite::ErrorCode;

use crate::error::{Error, Kind};

/// What an SQLite error means for the user.
pub fn explain(error: &rusqlite::Error, path: Option<&str>) -> Error {
    let place = path.filter(|p| !p.is_empty()).unwrap_or("the database");
    let said = error.to_string();
    let made = match error.sqlite_error_code() {
        _ if is_busy(error) => {
            Error::new(Kind::Busy, format!("{place} is locked by another program"))
                .with_remedy("close the program that holds it, or try again; nothing was lost")
        }
        Some(ErrorCode::DiskFull) => Error::new(
            Kind::DiskFull,
            format!("the disk that holds {place} is full"),
        )
        .with_remedy("free some space and start again; nothing was lost"),
        _ if is_damaged(error) => {
            Error::new(Kind::Database, format!("{place} is damaged ({said})")).with_remedy(
                "it was left as it is; move it away to start afresh, and keep it for salvage",
            )
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

/// Whether the file is not, or no longer, a database.
pub fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

/// Whether only a connection that writes can go on.
pub fn is_read_only(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
}
