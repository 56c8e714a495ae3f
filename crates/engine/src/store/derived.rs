//! Rows that are made anew from the archive: one cursor after another, a batch at a time. Until then the
//! rows of before stand, can be read, and are found.

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, Row, params};

use super::archive;
use super::handle::{Reader, Store};
use super::path_bytes::{path_bytes, path_from_bytes};
use super::ripple::Ripple;
use super::sessions::SessionName;
use super::transcripts::{CursorId, TranscriptId};

/// A cursor whose bytes can be read again from the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Its transcript.
    pub transcript: TranscriptId,
    /// The transcript's path.
    pub path: PathBuf,
    /// The agent that writes it.
    pub agent: String,
    /// The cursor.
    pub cursor: CursorId,
    /// Its generation: another one means that the file was rewritten meanwhile.
    pub generation: i64,
    /// Where its bytes begin.
    pub start: u64,
    /// Where they end.
    pub end: u64,
}

/// What stood in a stretch of a cursor before it is read anew.
#[derive(Debug, Default)]
pub struct Before {
    /// Messages by their place.
    pub messages: HashMap<u64, i64>,
    /// When each reject was met first, by its place: milliseconds since the epoch.
    rejects: HashMap<u64, i64>,
}

/// A chunk of the archive: its number, first byte and length.
pub type ChunkPlace = (i64, u64, u64);

/// What a file was from one rewriting to the next.
#[derive(Debug, Clone, Copy)]
pub struct Generation {
    /// Its cursor.
    pub cursor: CursorId,
    /// What stands before is the next generation's too.
    pub start: u64,
}

const ARCHIVED: &str =
    "SELECT t.id, t.path, t.agent, c.id, c.generation, c.start, c.offset FROM cursor c
    JOIN transcript t ON t.id = c.transcript_id";

fn archived(r: &Row<'_>) -> rusqlite::Result<Archived> {
    Ok(Archived {
        transcript: r.get(0)?,
        path: path_from_bytes(r.get(1)?),
        agent: r.get(2)?,
        cursor: r.get(3)?,
        generation: r.get(4)?,
        start: r.get::<_, i64>(5)? as u64,
        end: r.get::<_, i64>(6)? as u64,
    })
}

impl Reader {
    /// The cursor with the next number, of whatever agent, also of a file that was rewritten since.
    pub fn cursor_after(&self, number: CursorId) -> rusqlite::Result<Option<Archived>> {
        self.conn
            .prepare_cached(&format!("{ARCHIVED} WHERE c.id > ?1 ORDER BY c.id LIMIT 1"))?
            .query_row([number], archived)
            .optional()
    }

    /// The cursors of `agent` whose rows a parser older than `version` made, the newest first. What a file was before
    /// comes after what is left of it: the queue of one goes on in the other.
    pub fn outdated(&self, agent: &str, version: u32) -> rusqlite::Result<Vec<Archived>> {
        self.conn
            .prepare(&format!(
                "{ARCHIVED} WHERE t.agent = ?1 AND c.parser < ?2
                 ORDER BY c.superseded_ms IS NOT NULL, iif(c.superseded_ms IS NULL, -c.mtime_ns, 0), t.id,
                   c.generation DESC, c.id"
            ))?
            .query_map(params![agent, version], archived)?
            .collect()
    }

    /// The name of a session.
    pub fn session_name(&self, session: i64) -> rusqlite::Result<SessionName> {
        self.conn
            .prepare_cached("SELECT base, ifnull(under, '') FROM session WHERE id = ?1")?
            .query_row([session], |r| {
                Ok(SessionName {
                    base: r.get(0)?,
                    under: r.get(1)?,
                })
            })
    }

    /// The cursors that hold records of a session, in the order of what they say: the current ones, or
    /// where its records stand only in what was rewritten, those.
    pub fn cursors_of_session(&self, session: i64) -> rusqlite::Result<Vec<Archived>> {
        let current = self.cursors(session, "c.superseded_ms IS NULL")?;
        match current.is_empty() {
            true => self.cursors(session, "c.superseded_ms IS NOT NULL"),
            false => Ok(current),
        }
    }

    fn cursors(&self, session: i64, which: &str) -> rusqlite::Result<Vec<Archived>> {
        self.conn
            .prepare_cached(&format!(
                "{ARCHIVED} LEFT JOIN session_part p ON p.cursor_id = c.id AND p.session_id = ?1
                 WHERE {which} AND (p.has_records OR t.session_id = ?1
                   OR t.id = (SELECT transcript_id FROM session WHERE id = ?1))
                 ORDER BY p.first_ms IS NULL, p.first_ms, t.path, c.generation"
            ))?
            .query_map([session], archived)?
            .collect()
    }

    /// The files that hold records of a session, and what each was: as it is now, and before each time it
    /// was rewritten, the newest first.
    pub fn generations_of_session(
        &self,
        session: i64,
    ) -> rusqlite::Result<Vec<(PathBuf, Vec<Generation>)>> {
        let mut files = Vec::new();
        for current in self.cursors_of_session(session)? {
            let generations = self
                .conn
                .prepare_cached(
                    "SELECT id, start, superseded_ms IS NULL FROM cursor WHERE transcript_id = ?1
                     ORDER BY superseded_ms IS NOT NULL, generation DESC",
                )?
                .query_map([current.transcript], |r| {
                    let start: i64 = r.get(1)?;
                    Ok(Generation {
                        cursor: r.get(0)?,
                        start: if r.get(2)? { 0 } else { start as u64 },
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            files.push((current.path, generations));
        }
        Ok(files)
    }

    /// The chunks of a cursor that hold bytes from `from` on, in order.
    pub fn chunk_places(&self, cursor: CursorId, from: u64) -> rusqlite::Result<Vec<ChunkPlace>> {
        self.conn
            .prepare_cached(
                "SELECT id, offset, len FROM archive WHERE cursor_id = ?1 AND offset + len > ?2 ORDER BY offset",
            )?
            .query_map(params![cursor, from as i64], |r| {
                Ok((
                    r.get(0)?,
                    r.get::<_, i64>(1)? as u64,
                    r.get::<_, i64>(2)? as u64,
                ))
            })?
            .collect()
    }

    /// The bytes of a chunk; `None` when it was packed with others meanwhile.
    pub fn chunk_bytes(&self, number: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        archive::bytes_of_chunk(&self.conn, number).optional()
    }
}

impl Store {
    /// Whether a cursor is still as it was when it was found outdated, but for what was appended.
    pub fn is_unchanged(&self, outdated: &Archived) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(
                "SELECT 1 FROM cursor c JOIN transcript t ON t.id = c.transcript_id
                 WHERE c.id = ?1 AND generation = ?2 AND start = ?3 AND offset >= ?4 AND path = ?5",
            )?
            .exists(params![
                outdated.cursor,
                outdated.generation,
                outdated.start as i64,
                outdated.end as i64,
                // Its place says which session it is of.
                path_bytes(&outdated.path)
            ])
    }

    /// Takes out what was made of the bytes from `from` to `to`, to be made anew in this transaction.
    pub fn take_out(
        &mut self,
        cursor: CursorId,
        from: u64,
        to: u64,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<Before> {
        let stretch = params![cursor, from as i64, to as i64];
        let pair =
            |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, Option<i64>>(1)?));
        let records: Vec<(u64, Option<i64>)> = self
            .conn
            .prepare_cached(
                "DELETE FROM record WHERE cursor_id = ?1 AND offset >= ?2 AND offset < ?3
                 RETURNING offset, message_id",
            )?
            .query_map(stretch, pair)?
            .collect::<rusqlite::Result<_>>()?;
        let rejects: Vec<(u64, Option<i64>)> = self
            .conn
            .prepare_cached(
                "DELETE FROM reject WHERE cursor_id = ?1 AND offset >= ?2 AND offset < ?3
                 RETURNING offset, first_seen_ms",
            )?
            .query_map(stretch, pair)?
            .collect::<rusqlite::Result<_>>()?;
        let queues = self
            .conn
            .prepare_cached(
                "DELETE FROM waiting WHERE cursor_id = ?1 AND offset >= ?2 AND offset < ?3
                 RETURNING session_id, words",
            )?
            .query_map(stretch, |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ripple.queues.extend(queues);
        self.unsay(cursor, from, to)?;
        let present = |(at, what): (u64, Option<i64>)| Some((at, what?));
        Ok(Before {
            messages: records.into_iter().filter_map(present).collect(),
            rejects: rejects.into_iter().filter_map(present).collect(),
        })
    }

    /// Gives rejects that were met before the time at which they were.
    pub fn redate_rejects(&mut self, cursor: CursorId, before: &Before) -> rusqlite::Result<()> {
        for (offset, first_seen_ms) in &before.rejects {
            self.conn
                .prepare_cached(
                    "UPDATE reject SET first_seen_ms = ?3 WHERE cursor_id = ?1 AND offset = ?2",
                )?
                .execute(params![cursor, *offset as i64, first_seen_ms])?;
        }
        Ok(())
    }

    /// Begins to make the rows of a cursor anew.
    pub fn begin_anew(&mut self, cursor: CursorId) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("DELETE FROM session_part WHERE cursor_id = -?1")?
            .execute([cursor])?;
        Ok(())
    }

    /// All bytes of a cursor up to `end` are read anew. False when there are more by now.
    pub fn end_anew(
        &mut self,
        outdated: &Archived,
        end: u64,
        version: u32,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<bool> {
        let is_all = self
            .conn
            .prepare_cached("UPDATE cursor SET parser = ?2 WHERE id = ?1 AND offset = ?3")?
            .execute(params![outdated.cursor, version, end as i64])?
            > 0;
        if is_all {
            self.replace_parts(outdated.cursor, ripple)?;
            ripple.counts.extend(ripple.sessions.iter().copied());
        }
        Ok(is_all)
    }

    /// The rows of these cursors are to be made anew; where prompts waited in a transcript, all of it.
    pub(super) fn read_anew(
        &mut self,
        cursors: impl IntoIterator<Item = CursorId>,
    ) -> rusqlite::Result<()> {
        for cursor in cursors {
            self.conn
                .prepare_cached(
                    "UPDATE cursor SET parser = 0 WHERE id = ?1 OR (
                       transcript_id = (SELECT transcript_id FROM cursor WHERE id = ?1)
                       AND EXISTS (SELECT 1 FROM cursor c JOIN waiting w ON w.cursor_id = c.id
                         WHERE c.transcript_id = cursor.transcript_id))",
                )?
                .execute([cursor])?;
        }
        Ok(())
    }

    /// The rows of every cursor of `agent`, or of all, are to be made anew.
    pub fn read_all_anew(&mut self, agent: Option<&str>) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE cursor SET parser = 0 WHERE transcript_id IN (
                   SELECT id FROM transcript WHERE ?1 IS NULL OR agent = ?1)",
            )?
            .execute([agent])?;
        Ok(())
    }

    /// What a database of before version 4 knew without saying from where goes, once everything was
    /// read anew; and with it sessions that nothing speaks of any more. False when it was gone already.
    pub fn forget_unplaced(&mut self, ripple: &mut Ripple) -> rusqlite::Result<bool> {
        let is_due = self
            .conn
            .prepare_cached("SELECT 1 FROM cursor WHERE parser = 0")?
            .exists([])?;
        if is_due {
            return Ok(false);
        }
        let touched = self
            .conn
            .prepare_cached("DELETE FROM session_part WHERE cursor_id = 0 RETURNING session_id")?
            .query_map([], |r| r.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if touched.is_empty() {
            return Ok(false);
        }
        for table in ["summary", "started"] {
            self.conn
                .execute(&format!("DELETE FROM {table} WHERE cursor_id = 0"), [])?;
        }
        self.conn.execute(
            "DELETE FROM session WHERE NOT EXISTS (SELECT 1 FROM session_part p WHERE p.session_id = session.id)
               AND NOT EXISTS (SELECT 1 FROM message m WHERE m.session_id = session.id)
               AND NOT EXISTS (SELECT 1 FROM copy c WHERE c.session_id = session.id)
               AND NOT EXISTS (SELECT 1 FROM transcript t WHERE t.session_id = session.id)
               AND NOT EXISTS (SELECT 1 FROM event e WHERE e.session_id = session.id)",
            [],
        )?;
        let left = self
            .conn
            .prepare("SELECT id FROM session")?
            .query_map([], |r| r.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ripple.sessions.extend(&left);
        ripple.titled.extend(&left);
        ripple.counts.extend(&left);
        Ok(true)
    }
}
