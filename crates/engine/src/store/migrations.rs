//! What makes a database ours, and how it comes from any older schema to this one. Steps are only ever appended; a released step never changes.

use std::path::Path;

use rusqlite::Connection;

use super::aside::has_past;
use super::backup;
use super::explain::{RECOVER, explain};
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;

/// Marks the file as ours: "Scrb".
const APPLICATION_ID: i32 = 0x5363_7262;

/// Each step leads from the version of its index to the next.
const STEPS: &[&str] = &[include_str!("schema.sql")];

/// The schema this version writes. Older versions refuse a file with a higher number.
pub const LATEST: u32 = STEPS.len() as u32;

/// Brings the database up to [`LATEST`], backing it up first when it holds anything.
pub fn run(conn: &mut Connection, dir: &DataDir) -> Result<()> {
    let place = dir.database();
    let fail = |e: rusqlite::Error| explain(&e, place.to_str());
    let version = schema_version(conn).map_err(fail)?;
    if version == LATEST {
        return Ok(());
    }
    if version > 0 {
        backup::make(conn, dir, Some(version), &Stop::default())?;
    }
    apply(conn, version).map_err(fail)
}

pub(super) fn apply(conn: &mut Connection, version: u32) -> rusqlite::Result<()> {
    for (index, step) in STEPS.iter().enumerate().skip(version as usize) {
        let tx = conn.transaction()?;
        tx.execute_batch(step)?;
        if index == 0 {
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            // Ties the words index to this very database, not to one that once stood in its place.
            let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            tx.execute("INSERT INTO meta VALUES ('store_id', ?1)", [id])?;
        }
        tx.pragma_update(None, "user_version", index as u32 + 1)?;
        tx.commit()?;
    }
    Ok(())
}

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
