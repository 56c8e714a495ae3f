//! Images and documents; each content stored once, by its hash.

use rusqlite::params;

use super::handle::Store;
use super::template::ContentHash;

/// An attachment with its content hashed.
#[derive(Debug, Clone)]
pub struct Blob {
    /// `image` or `document`.
    pub kind: String,
    /// Its name.
    pub filename: Option<String>,
    /// Its media type.
    pub mime_type: Option<String>,
    /// The content and its name; `None` when only a reference was written.
    pub content: Option<(ContentHash, Vec<u8>)>,
}

impl Store {
    /// Whether a message has this attachment already.
    pub fn has_attachment(&self, message: i64, blob: &Blob) -> rusqlite::Result<bool> {
        let hash = blob.content.as_ref().map(|(hash, _)| hash);
        self.conn
            .prepare_cached(
                "SELECT 1 FROM attachment WHERE message_id = ?1 AND kind = ?2 AND hash IS ?3",
            )?
            .exists(params![message, blob.kind, hash])
    }

    /// Stores an attachment of a message.
    pub fn insert_attachment(&mut self, message: i64, blob: &Blob) -> rusqlite::Result<()> {
        if let Some((hash, data)) = &blob.content {
            self.store_blob(*hash, data)?;
        }
        self.conn
            .prepare_cached(
                "INSERT INTO attachment (message_id, kind, filename, mime_type, bytes, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                message,
                blob.kind,
                blob.filename,
                blob.mime_type,
                blob.content.as_ref().map(|(_, data)| data.len() as i64),
                blob.content.as_ref().map(|(hash, _)| hash)
            ])?;
        Ok(())
    }
}
