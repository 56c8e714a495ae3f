//! How a database comes from any older schema to this one. Steps are only ever appended; a released
//! step never changes.

use std::ops::Range;

use rusqlite::{Connection, params};

use super::backup;
use super::explain::explain;
use super::identity::{APPLICATION_ID, LATEST, NOTE, NOTED_SINCE, is_latest, schema_version};
use crate::error::{Error, Kind, Result};
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

/// Brings the database up to [`LATEST`], backing it up first when it holds anything. What comes of it is looked at
/// before it counts.
pub fn run(conn: &mut Connection, dir: &DataDir) -> Result<()> {
    let place = dir.database();
    let fail = |e: rusqlite::Error| explain(&e, place.to_str());
    let version = schema_version(conn).map_err(fail)?;
    let version = u32::try_from(version).unwrap_or(LATEST);
    if version >= LATEST {
        return Ok(());
    }
    if version > 0 {
        backup::make(conn, dir, Some(version), &Stop::default())?;
    }
    // Nobody shall read what is between two versions, nor what came out otherwise than it should.
    let tx = conn.transaction().map_err(fail)?;
    steps(&tx, version..LATEST).map_err(fail)?;
    if !is_latest(&tx).map_err(fail)? {
        let what = format!("{} cannot be brought to schema {LATEST}", place.display());
        return Err(Error::new(Kind::Database, what).with_remedy("report it; nothing was changed"));
    }
    tx.commit().map_err(fail)
}

/// An empty database becomes one of `version`.
pub(super) fn apply_up_to(conn: &mut Connection, version: u32) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    steps(&tx, 0..version)?;
    tx.commit()
}

fn steps(tx: &Connection, versions: Range<u32>) -> rusqlite::Result<()> {
    let to = versions.end as usize;
    for (index, step) in STEPS
        .iter()
        .enumerate()
        .take(to)
        .skip(versions.start as usize)
    {
        tx.execute_batch(step)?;
        if index == 0 {
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            // Ties the words index to this very database, not to one that once stood in its place.
            let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            tx.execute("INSERT INTO meta VALUES ('store_id', ?1)", [id])?;
        }
        let version = index as u32 + 1;
        if version >= NOTED_SINCE {
            tx.execute(
                "INSERT OR REPLACE INTO meta VALUES (?1, ?2)",
                params![NOTE, version.to_string()],
            )?;
        }
        tx.pragma_update(None, "user_version", version)?;
    }
    Ok(())
}
