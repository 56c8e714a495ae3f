//! What was made of a database is done once it has been opened anew, as it lies there, and found to hold what was
//! written.

use std::path::Path;

use super::explain::explain;
use super::files::{beside, sync_file};
use super::handle::Store;
use super::open::unchanging;
use super::transcripts::Known;
use super::{archive, identity, integrity, transcripts};
use crate::error::{Error, Kind, Result};

impl Store {
    /// Ends a database that is to be moved: everything is in its one file, which is opened anew and compared with
    /// what this connection knew.
    pub fn close_proved(self) -> Result<()> {
        let fail = |e: rusqlite::Error| self.explain(&e);
        let mut expected = self.transcripts().map_err(fail)?;
        expected.sort_by(|a, b| a.path.cmp(&b.path));
        let path = self.conn.path().unwrap_or_default().to_owned();
        let path = Path::new(&path);
        self.checkpoint()?;
        self.conn
            .close()
            .map_err(|(_, error)| explain(&error, path.to_str()))?;
        prove(path, &expected)
    }
}

/// Whether the database at `path`, without any log beside it, holds exactly these transcripts, and all the bytes that
/// their cursors count.
fn prove(path: &Path, expected: &[Known]) -> Result<()> {
    let fail = |e: rusqlite::Error| explain(&e, path.to_str());
    let log = beside(path, "-wal");
    if std::fs::metadata(&log).is_ok_and(|meta| meta.len() > 0) {
        let why = "a part of it is still in its log";
        return Err(unfinished(
            path,
            why,
            "close other programs that read it, and start again",
        ));
    }
    sync_file(path)?;
    let conn = unchanging(path).map_err(fail)?;
    identity::check(&conn, path)?;
    integrity::quick_check(&conn, path)?;
    let mut held = transcripts::all(&conn).map_err(fail)?;
    held.sort_by(|a, b| a.path.cmp(&b.path));
    let is_same = |(held, expected): (&Known, &Known)| {
        held.path == expected.path && held.cursor.offset == expected.cursor.offset
    };
    if held.len() != expected.len() || !held.iter().zip(expected).all(is_same) {
        let why = "it does not hold all that was written";
        return Err(unfinished(path, why, CHECK_DISK));
    }
    for known in &held {
        let end = archive::archived_to(&conn, known.cursor_id, 0).map_err(fail)?;
        if end != known.cursor.offset {
            let why = "its archive does not hold all that was read";
            return Err(unfinished(path, why, CHECK_DISK));
        }
    }
    Ok(())
}

const CHECK_DISK: &str = "check the disk and start again: what it is made from is kept";

fn unfinished(path: &Path, why: &str, remedy: &str) -> Error {
    Error::new(
        Kind::Io,
        format!("{} could not be finished: {why}", path.display()),
    )
    .with_remedy(remedy)
}
