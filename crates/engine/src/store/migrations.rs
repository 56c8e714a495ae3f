//! How a database comes from any older schema to this one. Steps are only ever appended; a released
//! step never changes.

use rusqlite::Connection;

use super::backup;
use super::explain::explain;
use super::identity::{APPLICATION_ID, LATEST, schema_version};
use crate::error::Result;
use crate::paths::DataDir;
use crate::stop::Stop;

/// Each step leads from the version of its index to the next.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("002-event-session.sql"),
    include_str!("003-pending.sql"),
    include_str!("004-identity.sql"),
    include_str!("005-proved.sql"),
];

const _: () = assert!(STEPS.len() == LATEST as usize, "each step has its number");

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
    // Nobody shall read what is between two versions.
    let tx = conn.transaction()?;
    for (index, step) in STEPS.iter().enumerate().skip(version as usize) {
        tx.execute_batch(step)?;
        if index == 0 {
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            // Ties the words index to this very database, not to one that once stood in its place.
            let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            tx.execute("INSERT INTO meta VALUES ('store_id', ?1)", [id])?;
        }
        tx.pragma_update(None, "user_version", index as u32 + 1)?;
    }
    tx.commit()
}
