//! What makes a database ours: its mark, and the number of its schema. Both stand in its first bytes, where one
//! flipped bit makes it another program's, or a later version's; its tables tell the difference.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use rusqlite::Connection;

use super::explain::{RECOVER, explain};
use super::files::has_past;
use super::steps::{APPLICATION_ID, LATEST, NOTE, NOTED_SINCE, apply_up_to};
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::transcript::FileId;

/// Refuses a file that is not ours or comes from a later version, before anything is written.
pub fn check(conn: &Connection, path: &Path) -> Result<()> {
    let fail = |e: rusqlite::Error| explain(&e, path.to_str());
    let id: i32 = conn
        .pragma_query_value(None, "application_id", |r| r.get(0))
        .map_err(fail)?;
    let tables: i64 = conn
        .query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0))
        .map_err(fail)?;
    let version = schema_version(conn).map_err(fail)?;
    if tables > 0
        && let Some(own) = own_version(conn, version).map_err(fail)?
    {
        if own > i64::from(LATEST) {
            return Err(later(path, own));
        }
        if id == APPLICATION_ID && version == own {
            return Ok(());
        }
        let is_of_ours =
            id == APPLICATION_ID || is_one_bit(i64::from(id), i64::from(APPLICATION_ID));
        let is_own = version <= own || is_one_bit(version, own);
        if !is_of_ours || !is_own {
            return refuse(id, version, path);
        }
        let what = format!(
            "the header of {} is damaged: what it holds is of schema {own}, and it says otherwise",
            path.display()
        );
        return Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER));
    }
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return refuse(id, version, path);
    }
    if id == 0
        && path
            .parent()
            .is_some_and(|dir| has_past(&DataDir::new(dir)))
    {
        let what = format!("{} is empty, but there was one before", path.display());
        return Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER));
    }
    if version > i64::from(LATEST) {
        return Err(later(path, version));
    }
    Ok(())
}

/// Whether one flipped bit makes one of the other. A header that differs by more is believed.
fn is_one_bit(one: i64, other: i64) -> bool {
    ((one ^ other) as u32).count_ones() == 1
}

/// A database that another program, or a later version, says is its own.
fn refuse(id: i32, version: i64, path: &Path) -> Result<()> {
    if id == APPLICATION_ID {
        return Err(later(path, version));
    }
    Err(Error::new(
        Kind::Database,
        format!("{} is a database of another program", path.display()),
    )
    .with_remedy("choose another folder with --data-dir; nothing was changed"))
}

fn later(path: &Path, version: i64) -> Error {
    let what = format!(
        "{} was written by a later Scrollback (schema {version}; this one knows {LATEST})",
        path.display()
    );
    Error::new(Kind::Database, what).with_remedy("update Scrollback; nothing was changed")
}

/// The schema a database says it has; 0 when it is empty. Whatever its header holds.
pub fn schema_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |r| r.get(0))
}

/// Refuses a file whose header no SQLite has written: it would be read as one of a format to come.
///
/// A file is looked at once, before this process opens it as a database: to close it again later would drop every lock
/// that the process holds on it, and whoever closes it last elsewhere would take away the log that is in use.
pub fn check_header(path: &Path) -> Result<()> {
    static LOOKED_AT: Mutex<BTreeSet<(u64, u64, u128)>> = Mutex::new(BTreeSet::new());
    let Ok(meta) = std::fs::metadata(path) else {
        return Ok(());
    };
    let born = meta.created().ok();
    let born = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    let FileId { dev, ino } = FileId::of(&meta);
    let file = (dev, ino, born.map_or(0, |born| born.as_nanos()));
    let mut looked_at = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner);
    if looked_at.contains(&file) {
        return Ok(());
    }
    look_at_header(path)?;
    // An empty one gets its header from SQLite.
    if meta.len() > 0 {
        looked_at.insert(file);
    }
    Ok(())
}

fn look_at_header(path: &Path) -> Result<()> {
    const WRITE_FORMAT: usize = 18;
    const SCHEMA_FORMAT: std::ops::Range<usize> = 44..48;
    let mut header = [0; 100];
    let is_read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if is_read.is_err() || !header.starts_with(b"SQLite format 3\0") {
        // Too short, or not to be read: whoever opens it says so.
        return Ok(());
    }
    let schema_format = header[SCHEMA_FORMAT]
        .iter()
        .fold(0_u64, |n, b| n << 8 | u64::from(*b));
    if matches!(header[WRITE_FORMAT], 1 | 2) && schema_format <= 4 {
        return Ok(());
    }
    let what = format!("the header of {} is damaged", path.display());
    Err(Error::new(Kind::Damaged, what).with_remedy(RECOVER))
}

/// The schema a database has by what is in it, whatever its header says; `None` where that cannot be told.
fn own_version(conn: &Connection, said: i64) -> rusqlite::Result<Option<i64>> {
    // Another program may have a table of that name.
    if conn
        .prepare("SELECT 1 FROM meta, cursor, record, archive LIMIT 0")
        .is_err()
    {
        return Ok(None);
    }
    let noted = conn.query_row(
        "SELECT CAST(value AS INTEGER) FROM meta WHERE name = ?1",
        [NOTE],
        |r| r.get(0),
    );
    match noted {
        Ok(version) => return Ok(Some(version)),
        Err(rusqlite::Error::QueryReturnedNoRows) => {}
        // Another program's, or one whose tables cannot be read: others say so.
        Err(_) => return Ok(None),
    }
    // Those before noted nothing, and each has other tables.
    let held = shape(conn)?;
    let said = u32::try_from(said).ok().filter(|said| *said < NOTED_SINCE);
    let order = said.into_iter().chain(1..NOTED_SINCE);
    for version in order {
        if model(version)? == held {
            return Ok(Some(i64::from(version)));
        }
    }
    Ok(None)
}

/// Whether a database has everything that one of the latest schema is made of, and says so itself.
pub(super) fn is_latest(conn: &Connection) -> rusqlite::Result<bool> {
    let version = schema_version(conn)?;
    let is_noted = own_version(conn, version)? == Some(i64::from(LATEST));
    Ok(is_noted && version == i64::from(LATEST) && model(LATEST)?.is_subset(&shape(conn)?))
}

/// What a new database of a version is made of.
fn model(version: u32) -> rusqlite::Result<BTreeSet<String>> {
    let mut conn = Connection::open_in_memory()?;
    apply_up_to(&mut conn, version)?;
    shape(&conn)
}

/// What a database is made of: each table, index and view, and their columns.
fn shape(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    conn.prepare(
        "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' UNION ALL
         SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
           WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'",
    )?
    .query_map([], |r| r.get(0))?
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(version: u32) -> Connection {
        let mut conn = Connection::open_in_memory().expect("opened");
        apply_up_to(&mut conn, version).expect("made");
        conn
    }

    fn kind(conn: &Connection) -> Option<Kind> {
        check(conn, Path::new("/nowhere/d")).err().map(|e| e.kind())
    }

    #[test]
    fn one_flipped_bit_of_the_header_is_damage_in_every_version() {
        for version in 1..=LATEST {
            let conn = database(version);
            assert_eq!(kind(&conn), None, "{version}");
            for bit in 0..31 {
                let flipped = version ^ (1 << bit);
                conn.pragma_update(None, "user_version", flipped)
                    .expect("said");
                assert_eq!(kind(&conn), Some(Kind::Damaged), "{version} as {flipped}");
            }
            conn.pragma_update(None, "user_version", version)
                .expect("said");
            conn.pragma_update(None, "application_id", APPLICATION_ID ^ 4)
                .expect("said");
            assert_eq!(kind(&conn), Some(Kind::Damaged), "{version} of another");
        }
    }

    #[test]
    fn a_later_version_and_another_program_are_left_alone() {
        let later = database(LATEST);
        let next = LATEST + 1;
        later
            .execute_batch(&format!(
                "CREATE TABLE more (id); UPDATE meta SET value = '{next}' WHERE name = '{NOTE}'; PRAGMA user_version = {next};"
            ))
            .expect("changed");
        assert_eq!(kind(&later), Some(Kind::Database));
        for bit in 0..31 {
            let flipped = next ^ (1 << bit);
            later
                .pragma_update(None, "user_version", flipped)
                .expect("said");
            assert_eq!(kind(&later), Some(Kind::Database), "as {flipped}");
        }
        let other = Connection::open_in_memory().expect("opened");
        other
            .execute_batch(
                "CREATE TABLE meta (name, value); INSERT INTO meta VALUES ('schema', '5')",
            )
            .expect("made");
        assert_eq!(kind(&other), Some(Kind::Database));
    }

    #[test]
    fn a_header_that_differs_by_more_than_a_bit_is_believed() {
        let conn = database(LATEST);
        for version in [LATEST ^ 3, LATEST + 994] {
            conn.pragma_update(None, "user_version", version)
                .expect("said");
            assert_eq!(kind(&conn), Some(Kind::Database), "{version}");
        }
    }

    #[test]
    fn what_a_user_adds_changes_nothing() {
        let conn = database(LATEST);
        conn.execute_batch(
            "CREATE TABLE mine (id); CREATE INDEX mine_too ON message(role);
             ALTER TABLE session ADD COLUMN mine",
        )
        .expect("added");
        assert_eq!(kind(&conn), None);
        assert!(is_latest(&conn).expect("asked"));
    }
}
