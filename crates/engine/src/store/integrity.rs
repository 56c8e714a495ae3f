//! Whether the database is sound, by SQLite's own look at its structure.

use std::path::Path;

use rusqlite::Connection;

use super::explain::{RECOVER, explain};
use super::open;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;

/// An error unless the structure of the database at `path` is sound. Reads all of it, but does not
/// compare tables with their indexes.
pub fn quick_check(conn: &Connection, path: &Path) -> Result<()> {
    match said(conn, "PRAGMA main.quick_check(1)").map_err(|e| explain(&e, path.to_str()))? {
        None => Ok(()),
        Some(said) => {
            let first = said.lines().last().unwrap_or_default().trim();
            let what = format!("{} is damaged ({first})", path.display());
            Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER))
        }
    }
}

/// What SQLite has to say; `None` when all is well.
pub(super) fn said(conn: &Connection, pragma: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = conn.prepare(pragma)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.collect::<rusqlite::Result<Vec<_>>>()?;
    let is_well = lines.iter().all(|line| line == "ok");
    Ok((!is_well).then(|| lines.join("\n")))
}

/// The same for a database as it lies there; `None` when it does not exist.
pub fn quick_check_file(path: &Path) -> Result<Option<()>> {
    if !path.exists() {
        return Ok(None);
    }
    let conn = open::background_reader(path).map_err(|e| explain(&e, path.to_str()))?;
    quick_check(&conn, path).map(Some)
}

/// Whether there is a database and its structure is sound.
pub fn is_whole(dir: &DataDir) -> bool {
    matches!(quick_check_file(&dir.database()), Ok(Some(())))
}

/// Whether the log still holds what the last run wrote: it did not end as it should. The caller
/// holds the engine's lock.
pub fn ended_badly(dir: &DataDir) -> bool {
    let log = super::files::beside(&dir.database(), "-wal");
    std::fs::metadata(log).is_ok_and(|meta| meta.len() > 0)
}
