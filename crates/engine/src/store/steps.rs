//! The tables of every version, step by step. Steps are only ever appended; a released step never changes.

use std::ops::Range;

use rusqlite::{Connection, params};

/// Marks the file as ours: "Scrb".
pub const APPLICATION_ID: i32 = 0x5363_7262;

/// The schema this version writes. Older versions refuse a file with a higher number.
pub const LATEST: u32 = 5;

/// Where the database itself notes its schema, in the table `meta`, since this version.
pub const NOTE: &str = "schema";
pub const NOTED_SINCE: u32 = 5;

/// Each step leads from the version of its index to the next.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("002-event-session.sql"),
    include_str!("003-pending.sql"),
    include_str!("004-identity.sql"),
    include_str!("005-proved.sql"),
];

const _: () = assert!(STEPS.len() == LATEST as usize, "each step has its number");

/// An empty database becomes one of `version`.
pub(super) fn apply_up_to(conn: &mut Connection, version: u32) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    steps(&tx, 0..version)?;
    tx.commit()
}

/// Leads a database through these steps: from the first of `versions` to the last.
pub(super) fn steps(tx: &Connection, versions: Range<u32>) -> rusqlite::Result<()> {
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
