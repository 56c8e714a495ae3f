//! What makes a database ours: its mark, and the number of its schema.

use std::path::Path;

use rusqlite::Connection;

use super::explain::{RECOVER, explain};
use super::files::has_past;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;

/// Marks the file as ours: "Scrb".
pub const APPLICATION_ID: i32 = 0x5363_7262;

/// The schema this version writes. Older versions refuse a file with a higher number.
pub const LATEST: u32 = 5;

/// Refuses a file that is not ours or comes from a later version, before anything is written.
pub fn check(conn: &Connection, path: &Path) -> Result<()> {
    let fail = |e: rusqlite::Error| explain(&e, path.to_str());
    let id: i32 = conn
        .pragma_query_value(None, "application_id", |r| r.get(0))
        .map_err(fail)?;
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0))
        .map_err(fail)?;
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return Err(Error::new(
            Kind::Database,
            format!("{} is a database of another program", path.display()),
        )
        .with_remedy("choose another folder with --data-dir; nothing was changed"));
    }
    if id == 0
        && path
            .parent()
            .is_some_and(|dir| has_past(&DataDir::new(dir)))
    {
        let what = format!("{} is empty, but there was one before", path.display());
        return Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER));
    }
    let version = schema_version(conn).map_err(fail)?;
    if version > LATEST {
        return Err(Error::new(
            Kind::Database,
            format!(
                "{} was written by a later Scrollback (schema {version}; this one knows {})",
                path.display(),
                LATEST
            ),
        )
        .with_remedy("update Scrollback; nothing was changed"));
    }
    Ok(())
}

/// The schema a database has; 0 when it is empty.
pub fn schema_version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.pragma_query_value(None, "user_version", |r| r.get(0))
}
