//! Lines we could not read. Their bytes are in the archive; here is where, why, and by which parser.

use rusqlite::params;

use super::handle::{Reader, Store};
use super::time::iso;
use super::transcripts::CursorId;
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
