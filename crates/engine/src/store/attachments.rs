//! Images and documents; each content stored once, by its hash.

use rusqlite::{OptionalExtension as _, params};

use super::handle::{Reader, Store};
use super::template::ContentHash;
use crate::model::Content;

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

/// The row of an attachment: kind, name, media type, hash of the content.
type Described = (String, Option<String>, Option<String>, Option<ContentHash>);

impl Store {
    /// Whether a message's row has exactly these attachments.
    pub(super) fn has_attachments(&self, message: i64, blobs: &[Blob]) -> rusqlite::Result<bool> {
        let mut rows = self.conn.prepare_cached(
            "SELECT kind, filename, mime_type, hash FROM attachment WHERE message_id = ?1 ORDER BY id",
        )?;
        let known = rows
            .query_map([message], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
            })?
            .collect::<rusqlite::Result<Vec<Described>>>()?;
        let same = |(blob, (kind, filename, mime_type, hash)): (&Blob, &Described)| {
            blob.kind == *kind
                && blob.filename == *filename
                && blob.mime_type == *mime_type
                && blob.content.as_ref().map(|(hash, _)| *hash) == *hash
        };
        Ok(known.len() == blobs.len() && blobs.iter().zip(&known).all(same))
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

impl Reader {
    /// The content of an attachment: number `at`, from 0, of the message with this id. None where only a reference was
    /// written.
    pub fn attachment(&self, message: &str, at: u32) -> rusqlite::Result<Option<Content>> {
        self.conn
            .prepare_cached(
                "SELECT mime_type, (SELECT data FROM blob WHERE blob.hash = a.hash) AS data
                 FROM attachment a WHERE message_id = (SELECT id FROM message WHERE key = ?1)
                 ORDER BY id LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![message, at], |row| {
                let mime_type = row.get(0)?;
                let data: Option<Vec<u8>> = row.get(1)?;
                Ok(data.map(|data| Content { mime_type, data }))
            })
            .optional()
            .map(Option::flatten)
    }
}
