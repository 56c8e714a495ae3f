//! What a deep verification asks of the database: all of its structure, and the contents against
//! their hashes.

use super::explain::is_damaged;
use super::handle::Reader;
use super::integrity::said;
use super::shard::Shard;
use super::template::content_hash;

/// What a full look lists at most.
const MANY: usize = 20;

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

    /// Whether the structure of a shard of the words index is sound; `None` where nobody can tell.
    pub fn is_sound(&self, shard: Shard) -> Option<bool> {
        let schema = shard.schema();
        let attached = "SELECT 1 FROM pragma_database_list WHERE name = ?1";
        let is_open = self
            .conn
            .prepare(attached)
            .and_then(|mut one| one.exists([schema]));
        let check = || said(&self.conn, &format!("PRAGMA {schema}.quick_check(1)"));
        if !matches!(is_open, Ok(true)) {
            return None;
        }
        match check() {
            Ok(said) => Some(said.is_none()),
            Err(error) => is_damaged(&error).then_some(false),
        }
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
