//! The last record of a transcript while its newline has not come: it is read, but no line of the archive yet.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, params};

use super::handle::{Reader, Store};
use super::path_bytes::path_from_bytes;
use super::transcripts::CursorId;

impl Store {
    /// Keeps what follows the cursor's offset, in place of what did before; nothing where `body` is empty.
    pub fn keep_pending(&mut self, cursor: CursorId, body: &[u8]) -> rusqlite::Result<()> {
        if body.is_empty() {
            self.conn
                .prepare_cached("DELETE FROM pending WHERE cursor_id = ?1")?
                .execute([cursor])?;
        } else {
            self.conn
                .prepare_cached("INSERT OR REPLACE INTO pending VALUES (?1, ?2)")?
                .execute(params![cursor, body])?;
        }
        Ok(())
    }
}

impl Reader {
    /// What follows the archived bytes of a cursor, and waits for its newline.
    pub fn pending(&self, cursor: CursorId) -> rusqlite::Result<Option<Vec<u8>>> {
        self.conn
            .prepare_cached("SELECT body FROM pending WHERE cursor_id = ?1")?
            .query_row([cursor], |r| r.get(0))
            .optional()
    }

    /// The record of a message that waits for its newline: its file, where it begins, and its bytes.
    pub fn pending_record(
        &self,
        message: &str,
    ) -> rusqlite::Result<Option<(PathBuf, u64, Vec<u8>)>> {
        self.conn
            .prepare_cached(
                "SELECT t.path, m.offset, p.body FROM message m
                 JOIN cursor c ON c.id = m.cursor_id AND c.offset = m.offset
                 JOIN pending p ON p.cursor_id = c.id
                 JOIN transcript t ON t.id = c.transcript_id WHERE m.key = ?1",
            )?
            .query_row([message], |row| {
                let offset: i64 = row.get(1)?;
                Ok((path_from_bytes(row.get(0)?), offset as u64, row.get(2)?))
            })
            .optional()
    }
}
