//! How a database comes from any older schema to this one.

use rusqlite::Connection;

use super::backup;
use super::explain::explain;
use super::identity::{is_latest, schema_version};
use super::steps::{LATEST, steps};
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;

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
