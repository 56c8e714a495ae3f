//! Lines we could not read. Their bytes are in the archive; here is where, why, and by which parser.

use std::path::PathBuf;

use rusqlite::params;

use super::archive;
use super::handle::{Reader, Store};
use super::path_bytes::path_from_bytes;
use super::time::iso;
use super::transcripts::{CursorId, TranscriptId};
use crate::model::RejectRow;
use crate::transcript::Span;

/// A span that could not be read.
#[derive(Debug, Clone, Copy)]
pub struct NewReject {
    /// Where it is.
    pub span: Span,
    /// Why, one stable word.
    pub reason: &'static str,
    /// Version of the parser that refused it.
    pub parser_version: u32,
    /// It is a further piece of the line whose reject ends where it begins.
    pub goes_on: bool,
}

/// Bytes of a reject that are tried again, at most.
const LONGEST_RETRY: i64 = 64 << 20;

/// A reject that a newer parser may read.
#[derive(Debug, Clone)]
pub struct Outgrown {
    /// Its transcript.
    pub transcript: TranscriptId,
    /// The transcript's path.
    pub path: PathBuf,
    /// Oldest time known of the transcript, nanoseconds since the epoch.
    pub born_ns: i64,
    /// The cursor it belongs to.
    pub cursor: CursorId,
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

impl Store {
    /// Remembers a reject.
    pub fn insert_reject(
        &mut self,
        cursor: CursorId,
        reject: &NewReject,
        now_ms: i64,
    ) -> rusqlite::Result<()> {
        let (offset, len) = (reject.span.offset as i64, reject.span.len as i64);
        if reject.goes_on {
            let grown = self
                .conn
                .prepare_cached(
                    "UPDATE reject SET len = len + ?3 WHERE cursor_id = ?1 AND offset + len = ?2",
                )?
                .execute([cursor, offset, len])?;
            if grown > 0 {
                return Ok(());
            }
        }
        self.conn
            .prepare_cached(
                "INSERT INTO reject (cursor_id, offset, len, reason, parser_version, first_seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                cursor,
                offset,
                len,
                reject.reason,
                reject.parser_version,
                now_ms
            ])?;
        Ok(())
    }

    /// Rejects of `agent` by a parser older than `version`: worth another try.
    pub fn outgrown(&self, agent: &str, version: u32) -> rusqlite::Result<Vec<Outgrown>> {
        self.conn
            .prepare(
                "SELECT t.id, t.path, t.born_ns, r.cursor_id, r.offset, r.len FROM reject r
                   JOIN cursor c ON c.id = r.cursor_id JOIN transcript t ON t.id = c.transcript_id
                 WHERE t.agent = ?1 AND r.parser_version < ?2 AND r.len <= ?3",
            )?
            .query_map(params![agent, version, LONGEST_RETRY], |r| {
                Ok(Outgrown {
                    transcript: r.get(0)?,
                    path: path_from_bytes(r.get(1)?),
                    born_ns: r.get(2)?,
                    cursor: r.get(3)?,
                    offset: r.get::<_, i64>(4)? as u64,
                    len: r.get::<_, i64>(5)? as u64,
                })
            })?
            .collect()
    }

    /// Its bytes, from the archive.
    pub fn reject_bytes(&self, reject: &Outgrown) -> rusqlite::Result<Vec<u8>> {
        archive::raw(&self.conn, reject.cursor, reject.offset, reject.len)
    }

    /// A newer parser refused it too.
    pub fn still_rejected(&mut self, reject: &Outgrown, version: u32) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE reject SET parser_version = ?3 WHERE cursor_id = ?1 AND offset = ?2",
            )?
            .execute(params![reject.cursor, reject.offset as i64, version])?;
        Ok(())
    }

    /// Makes room for what a newer parser reads in its place.
    pub fn remove_reject(&mut self, reject: &Outgrown) -> rusqlite::Result<()> {
        for table in ["reject", "record"] {
            self.conn
                .prepare_cached(&format!(
                    "DELETE FROM {table} WHERE cursor_id = ?1 AND offset = ?2"
                ))?
                .execute(params![reject.cursor, reject.offset as i64])?;
        }
        Ok(())
    }
}

impl Reader {
    /// All rejects, by file and place.
    pub fn rejects(&self) -> rusqlite::Result<Vec<RejectRow>> {
        self.conn
            .prepare(
                "SELECT CAST(t.path AS TEXT), c.generation, r.offset, r.len, r.reason, r.parser_version,
                   r.first_seen_ms
                 FROM reject r JOIN cursor c ON c.id = r.cursor_id
                   JOIN transcript t ON t.id = c.transcript_id
                 ORDER BY t.path, c.generation, r.offset",
            )?
            .query_map([], |r| {
                Ok(RejectRow {
                    path: r.get(0)?,
                    generation: r.get(1)?,
                    offset: r.get::<_, i64>(2)? as u64,
                    len: r.get::<_, i64>(3)? as u64,
                    reason: r.get(4)?,
                    parser_version: r.get(5)?,
                    first_seen: iso(r.get(6)?),
                })
            })?
            .collect()
    }
}
