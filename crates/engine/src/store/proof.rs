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
        let expected = self.transcripts().map_err(fail)?;
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
        return Err(unfinished(path, "a part of it is still in its log"));
    }
    sync_file(path)?;
    let conn = unchanging(path).map_err(fail)?;
    identity::check(&conn, path)?;
    integrity::quick_check(&conn, path)?;
    let held = transcripts::all(&conn).map_err(fail)?;
    let is_same = |(held, expected): (&Known, &Known)| {
        held.path == expected.path && held.cursor.offset == expected.cursor.offset
    };
    if held.len() != expected.len() || !held.iter().zip(expected).all(is_same) {
        return Err(unfinished(path, "it does not hold all that was written"));
    }
    for known in &held {
        let end = archive::archived_to(&conn, known.cursor_id, 0).map_err(fail)?;
        if end != known.cursor.offset {
            return Err(unfinished(
                path,
                "its archive does not hold all that was read",
            ));
        }
    }
    Ok(())
}

fn unfinished(path: &Path, why: &str) -> Error {
    Error::new(
        Kind::Io,
        format!("{} could not be finished: {why}", path.display()),
    )
    .with_remedy("free some space on its disk and start again; nothing was lost, and what it is made from is kept")
}
