//! From any older schema to this one. Steps are only ever appended; a released step never changes.

use rusqlite::Connection;

use super::open::{APPLICATION_ID, explain, schema_version};
use crate::error::Result;
use crate::paths::DataDir;

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
        back_up(conn, dir, version)?;
    }
    apply(conn, version).map_err(fail)
}

fn apply(conn: &mut Connection, version: u32) -> rusqlite::Result<()> {
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

fn back_up(conn: &Connection, dir: &DataDir, version: u32) -> Result<()> {
    let folder = dir.backups();
    std::fs::create_dir_all(&folder)
        .map_err(|e| crate::error::Error::io("create the folder", &folder, e))?;
    let now = jiff::Timestamp::now().as_millisecond();
    let copy = folder.join(format!("scrollback-schema{version}-{now}.db"));
    conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        .map_err(|e| explain(&e, copy.to_str()))?;
    Ok(())
}
