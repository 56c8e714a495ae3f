//! What is stored once by its hash and never changed: long tool outputs, images, documents. The
//! rows show them and the archive refers to them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::explain::Altered;
use super::handle::Store;
use super::template::{ContentHash, Form, content_hash};

impl Store {
    /// Stores a text; its number.
    pub fn store_text(&mut self, hash: ContentHash, text: &str) -> rusqlite::Result<i64> {
        let known = self
            .conn
            .prepare_cached("SELECT id FROM text WHERE hash = ?1")?
            .query_row([hash], |r| r.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.conn
            .prepare_cached("INSERT INTO text (hash, body) VALUES (?1, ?2)")?
            .execute(params![hash, text])?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Stores bytes.
    pub fn store_blob(&mut self, hash: ContentHash, data: &[u8]) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO blob VALUES (?1, ?2)")?
            .execute(params![hash, data])?;
        Ok(())
    }
}

/// A content as it stands in a transcript. What no longer has its hash is an error: altered bytes
/// are never given out as the agent's.
pub fn fetch(conn: &Connection, form: Form, hash: ContentHash) -> rusqlite::Result<Vec<u8>> {
    let sql = match form {
        Form::JsonText | Form::Verbatim => "SELECT CAST(body AS BLOB) FROM text WHERE hash = ?1",
        Form::Base64 => "SELECT data FROM blob WHERE hash = ?1",
    };
    let content: Option<Vec<u8>> = conn
        .prepare_cached(sql)?
        .query_row([hash], |r| r.get(0))
        .optional()?;
    let content = content.ok_or(Altered("a content the archive refers to is gone".into()))?;
    written(content, form, hash)
}

/// `content` as it stands in a transcript, once it is proved to be what `hash` names.
pub fn written(content: Vec<u8>, form: Form, hash: ContentHash) -> rusqlite::Result<Vec<u8>> {
    if content_hash(&content) != hash {
        return Err(Altered("a content the archive refers to was altered".into()).into());
    }
    form.write(&content)
        .ok_or_else(|| Altered("a content the archive refers to cannot be written".into()).into())
}
