//! What stands behind the last newline of a transcript: it is read and kept, but no line of the archive yet.

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, params};

use super::archive;
use super::handle::{Reader, Store};
use super::path_bytes::path_from_bytes;
use super::ripple::Ripple;
use super::transcripts::{CursorId, Known, RecordKind};
use crate::transcript::{Span, hash};

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

    /// Remembers that a message stands in what waits.
    pub fn insert_pending_record(
        &mut self,
        cursor: CursorId,
        offset: u64,
        message: i64,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO pending_record VALUES (?1, ?2, ?3)")?
            .execute(params![cursor, offset as i64, message])?;
        Ok(())
    }

    /// The messages that stand in what waits, by their place; they are no longer remembered as such.
    pub fn pending_records(
        &mut self,
        cursor: CursorId,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<HashMap<u64, i64>> {
        let queues = self
            .conn
            .prepare_cached(
                "DELETE FROM waiting WHERE cursor_id = ?1 AND message_id IS NULL
                   AND offset >= (SELECT offset FROM cursor WHERE id = ?1) RETURNING session_id, words",
            )?
            .query_map([cursor], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ripple.queues.extend(queues);
        self.conn
            .prepare_cached(
                "DELETE FROM pending_record WHERE cursor_id = ?1 RETURNING offset, message_id",
            )?
            .query_map([cursor], |r| Ok((r.get::<_, i64>(0)? as u64, r.get(1)?)))?
            .collect()
    }

    /// What waits behind the archived bytes of a cursor.
    pub fn waiting(&self, cursor: CursorId) -> rusqlite::Result<Vec<u8>> {
        let body: Option<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT body FROM pending WHERE cursor_id = ?1")?
            .query_row([cursor], |r| r.get(0))
            .optional()?;
        Ok(body.unwrap_or_default())
    }

    /// Whether the archived bytes of a cursor end here.
    pub fn ends_at(&self, cursor: CursorId, end: u64) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached("SELECT 1 FROM cursor WHERE id = ?1 AND offset = ?2")?
            .exists(params![cursor, end as i64])
    }

    /// Counts what waits as read, as it stands: the file goes on otherwise, and what it held is kept.
    pub fn commit_pending(&mut self, known: &mut Known) -> rusqlite::Result<()> {
        let (cursor, offset) = (known.cursor_id, known.cursor.offset);
        let body: Option<Vec<u8>> = self
            .conn
            .prepare_cached("DELETE FROM pending WHERE cursor_id = ?1 RETURNING body")?
            .query_row([cursor], |r| r.get(0))
            .optional()?;
        let Some(body) = body else {
            return Ok(());
        };
        let end = offset + body.len() as u64;
        // The cursor is made anew in a moment, and with it what follows from this.
        let messages = self.pending_records(cursor, &mut Ripple::default())?;
        let within = messages
            .keys()
            .copied()
            .filter(|at| (offset..end).contains(at));
        let mut starts: Vec<u64> = within.chain([offset]).collect();
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([end]);
        for (start, end) in starts.iter().copied().zip(ends) {
            let bytes = &body[(start - offset) as usize..(end - offset) as usize];
            let span = Span {
                offset: start,
                len: bytes.len() as u64,
                hash: hash(bytes),
            };
            let message = messages.get(&start).copied();
            let kind = match message {
                Some(_) => RecordKind::Entry,
                None if bytes.trim_ascii().is_empty() => RecordKind::Blank,
                None => RecordKind::Entry,
            };
            self.insert_record(cursor, span, kind, message)?;
        }
        self.archive(cursor, offset, &archive::pack(body, &[]))?;
        self.conn
            .prepare_cached("UPDATE cursor SET offset = ?2 WHERE id = ?1")?
            .execute(params![cursor, end as i64])?;
        known.cursor.offset = end;
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
