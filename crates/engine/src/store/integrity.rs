//! Whether the database is what was written: by SQLite's own look at its structure, and by our
//! hashes of what it holds.

use std::path::Path;

use rusqlite::Connection;

use super::explain::{RECOVER, explain};
use super::handle::Reader;
use super::open;
use super::template::content_hash;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;

/// What a full look lists at most.
const MANY: usize = 20;

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
fn said(conn: &Connection, pragma: &str) -> rusqlite::Result<Option<String>> {
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

/// Whether the log still holds what the last run wrote: it did not end as it should. The caller
/// holds the engine's lock.
pub fn ended_badly(dir: &DataDir) -> bool {
    let log = super::files::beside(&dir.database(), "-wal");
    std::fs::metadata(log).is_ok_and(|meta| meta.len() > 0)
}

impl Reader {
    /// Everything SQLite finds wrong with the structure, tables compared with their indexes.
    pub fn integrity(&self) -> Vec<String> {
        let pragma = format!("PRAGMA main.integrity_check({MANY})");
        let found = said(&self.conn, &pragma).unwrap_or_else(|e| Some(e.to_string()));
        let lines = found.iter().flat_map(|text| text.lines());
        lines
            .map(|line| line.trim().trim_end_matches(':').to_owned())
            .filter(|line| !line.starts_with("***"))
            .collect()
    }

    /// Contents that are no longer what their hash says: for each the file that shows it, as far
    /// as can be told, and what it is.
    pub fn altered_contents(&self) -> Vec<(Option<String>, String)> {
        let texts = self.altered(
            "SELECT id, hash, CAST(body AS BLOB) FROM text",
            "SELECT CAST(t.path AS TEXT) FROM tool_result r JOIN message m ON m.id = r.message_id
               JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id
             WHERE r.text_id = ?1
             UNION SELECT CAST(t.path AS TEXT) FROM tool_use u JOIN message m ON m.id = u.message_id
               JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id
             WHERE u.text_id = ?1 LIMIT 1",
            "the text of a tool",
        );
        let blobs = self.altered(
            "SELECT hash, hash, data FROM blob",
            "SELECT CAST(t.path AS TEXT) FROM attachment a JOIN message m ON m.id = a.message_id
               JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id
             WHERE a.hash = ?1 LIMIT 1",
            "an attachment",
        );
        texts.into_iter().chain(blobs).collect()
    }

    fn altered(&self, all: &str, owner: &str, what: &str) -> Vec<(Option<String>, String)> {
        let mut found = Vec::new();
        let outcome = (|| -> rusqlite::Result<()> {
            let mut statement = self.conn.prepare(all)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let hash: Vec<u8> = row.get(1)?;
                let content = row.get_ref(2)?.as_blob().unwrap_or_default();
                if content_hash(content)[..] == hash[..] {
                    continue;
                }
                let key: rusqlite::types::Value = row.get(0)?;
                let file = self.conn.prepare_cached(owner)?;
                let file = { file }.query_row([key], |r| r.get(0)).ok();
                found.push((file, format!("{what} was altered")));
            }
            Ok(())
        })();
        if let Err(error) = outcome {
            found.push((None, format!("{what} cannot be read: {error}")));
        }
        found
    }
}
