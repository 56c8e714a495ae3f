//! Sessions by the names of their files: a path, the end of one, a name with its ending or without.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::path_bytes::path_from_bytes;
use crate::text::fold;

/// How files of lines end, which people leave out and programs do not.
pub const LINES: &str = ".jsonl";

/// The sessions of the files that are called so.
pub fn sessions_called(conn: &Connection, typed: &str) -> rusqlite::Result<BTreeSet<i64>> {
    let whole: Vec<PathBuf> = std::path::absolute(typed)
        .into_iter()
        .chain(std::fs::canonicalize(typed))
        .collect();
    let is_stem = |path: &Path| path.file_stem().is_some_and(|stem| stem == typed);
    sessions_in(conn, |path| {
        whole.iter().any(|whole| path == whole) || path.ends_with(typed) || is_stem(path)
    })
}

/// The sessions of the files whose names begin so.
pub fn sessions_beginning(conn: &Connection, typed: &str) -> rusqlite::Result<BTreeSet<i64>> {
    sessions_in(conn, |path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(typed))
    })
}

/// The sessions that have a file with this in its name, or with a slash in it, in its path.
pub fn sessions_with(conn: &Connection, part: &str) -> rusqlite::Result<HashSet<i64>> {
    let slashed = |text: &str| fold(text).replace('\\', "/");
    let part_small = slashed(part);
    let mut files = conn.prepare_cached(
        "SELECT s.id, t.path FROM session s JOIN transcript t ON t.id = s.transcript_id
         UNION SELECT session_id, path FROM transcript WHERE session_id IS NOT NULL",
    )?;
    let mut rows = files.query([])?;
    let mut sessions = HashSet::new();
    while let Some(row) = rows.next()? {
        let path = path_from_bytes(row.get(1)?);
        let within = match part_small.contains('/') {
            true => path.to_string_lossy(),
            false => path.file_name().unwrap_or_default().to_string_lossy(),
        };
        if slashed(&within).contains(&part_small) {
            sessions.insert(row.get(0)?);
        }
    }
    // A file of another session's may still be named as a whole.
    if sessions.is_empty() && part.ends_with(LINES) {
        sessions.extend(sessions_called(conn, part)?);
    }
    Ok(sessions)
}

fn sessions_in(
    conn: &Connection,
    is_meant: impl Fn(&Path) -> bool,
) -> rusqlite::Result<BTreeSet<i64>> {
    let mut files = conn.prepare_cached("SELECT id, path FROM transcript")?;
    let mut rows = files.query([])?;
    let mut sessions = BTreeSet::new();
    while let Some(row) = rows.next()? {
        if is_meant(&path_from_bytes(row.get(1)?)) {
            sessions.extend(sessions_of(conn, row.get(0)?)?);
        }
    }
    Ok(sessions)
}

/// The sessions a file is the transcript of; else those it has records of.
fn sessions_of(conn: &Connection, transcript: i64) -> rusqlite::Result<Vec<i64>> {
    for sql in [
        "SELECT t.session_id FROM transcript t JOIN session s ON s.id = t.session_id
         WHERE t.id = ?1 AND s.transcript_id = t.id",
        "SELECT id FROM session WHERE transcript_id = ?1",
        "SELECT session_id FROM transcript WHERE id = ?1 AND session_id IS NOT NULL",
        "SELECT DISTINCT m.session_id FROM cursor c JOIN record r ON r.cursor_id = c.id
           JOIN message m ON m.id = r.message_id WHERE c.transcript_id = ?1",
    ] {
        let mut found = conn.prepare_cached(sql)?;
        let found = found.query_map([transcript], |row| row.get(0))?;
        let found: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}
