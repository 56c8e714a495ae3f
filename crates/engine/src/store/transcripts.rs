//! Transcripts, their cursors, and the record spans that account for every byte.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::handle::{Reader, Store};
use super::path_bytes::{path_bytes, path_from_bytes};
use crate::transcript::{Context, Cursor, FileId, Print, Span, Stamp};

/// Number of a transcript.
pub type TranscriptId = i64;
/// Number of a cursor.
pub type CursorId = i64;

/// What became of a span of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// Nothing but white space.
    Blank = 0,
    /// A record that was read.
    Entry = 1,
    /// Bytes that could not be read.
    Reject = 2,
}

/// A transcript as the database knows it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its number.
    pub id: TranscriptId,
    /// Its path.
    pub path: PathBuf,
    /// The current cursor's number.
    pub cursor_id: CursorId,
    /// The current cursor.
    pub cursor: Cursor,
    /// Wall clock when the stamp was taken, nanoseconds: a file changed right before that may have
    /// changed again unnoticed.
    pub checked_ns: i64,
    /// The file was gone when last looked for.
    pub is_missing: bool,
}

const KNOWN: &str = "SELECT t.id, t.path, c.id, c.generation, c.offset, c.dev, c.ino, c.size,
    c.mtime_ns, c.ctime_ns, c.checked_ns, c.head_len, c.head_hash, c.last_len, c.last_hash,
    t.missing_since_ms IS NOT NULL, c.waiting_len, c.waiting_hash, c.context,
    c.is_proved, c.is_unfinished
  FROM transcript t JOIN cursor c ON c.transcript_id = t.id AND c.superseded_ms IS NULL";

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    let path: Vec<u8> = row.get(1)?;
    let unsigned = |i: usize| row.get::<_, i64>(i).map(|v| v as u64);
    Ok(Known {
        id: row.get(0)?,
        path: path_from_bytes(path),
        cursor_id: row.get(2)?,
        cursor: Cursor {
            generation: row.get(3)?,
            offset: unsigned(4)?,
            stamp: Stamp {
                id: FileId {
                    dev: unsigned(5)?,
                    ino: unsigned(6)?,
                },
                size: unsigned(7)?,
                mtime_ns: row.get(8)?,
                ctime_ns: row.get(9)?,
            },
            is_proved: row.get(19)?,
            is_unfinished: row.get(20)?,
            head: Print {
                len: row.get(11)?,
                hash: unsigned(12)?,
            },
            last: Print {
                len: row.get(13)?,
                hash: unsigned(14)?,
            },
            waiting: Print {
                len: row.get(16)?,
                hash: unsigned(17)?,
            },
            context: context(row.get_ref(18)?.as_str_or_null()?),
        },
        checked_ns: row.get(10)?,
        is_missing: row.get(15)?,
    })
}

/// What the next record must know; nothing where that cannot be read.
fn context(text: Option<&str>) -> Context {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// All transcripts with their current cursors.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Known>> {
    conn.prepare(KNOWN)?.query_map([], known)?.collect()
}

fn by_path(conn: &Connection, path: &Path) -> rusqlite::Result<Option<Known>> {
    conn.prepare_cached(&format!("{KNOWN} WHERE t.path = ?1"))?
        .query_row([path_bytes(path)], known)
        .optional()
}

impl Store {
    /// All transcripts with their current cursors.
    pub fn transcripts(&self) -> rusqlite::Result<Vec<Known>> {
        all(&self.conn)
    }

    /// The transcript at `path`, made when it is new.
    pub fn transcript(
        &mut self,
        agent: &str,
        path: &Path,
        born_ns: i64,
        parser: u32,
        now_ms: i64,
    ) -> rusqlite::Result<Known> {
        if let Some(known) = by_path(&self.conn, path)? {
            return Ok(known);
        }
        self.conn
            .prepare_cached(
                "INSERT INTO transcript (agent, path, born_ns, first_seen_ms) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![agent, path_bytes(path), born_ns, now_ms])?;
        let id = self.conn.last_insert_rowid();
        self.conn
            .prepare_cached(
                "INSERT INTO cursor (transcript_id, generation, start, offset, dev, ino, size,
                   mtime_ns, ctime_ns, checked_ns, head_len, head_hash, last_len, last_hash, parser)
                 VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2)",
            )?
            .execute(params![id, parser])?;
        Ok(Known {
            id,
            path: path.to_owned(),
            cursor_id: self.conn.last_insert_rowid(),
            cursor: Cursor::default(),
            checked_ns: 0,
            is_missing: false,
        })
    }

    /// Bytes committed of the transcript at `path`.
    pub fn offset_at(&self, path: &Path) -> rusqlite::Result<Option<u64>> {
        Ok(by_path(&self.conn, path)?.map(|known| known.cursor.offset))
    }

    /// The session whose transcript lies at `path`: its number and the agent's id.
    pub fn session_of_transcript(&self, path: &Path) -> rusqlite::Result<Option<(i64, String)>> {
        self.conn
            .prepare_cached(
                "SELECT s.id, s.key FROM session s JOIN transcript t ON t.id = s.transcript_id
                 WHERE t.path = ?1 ORDER BY s.last_ms DESC LIMIT 1",
            )?
            .query_row([path_bytes(path)], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()
    }

    /// Moves the cursor. `checked_ns`: wall clock when its stamp was taken.
    pub fn advance(&mut self, id: CursorId, to: &Cursor, checked_ns: i64) -> rusqlite::Result<()> {
        let Stamp {
            id: file,
            size,
            mtime_ns,
            ctime_ns,
        } = to.stamp;
        self.conn
            .prepare_cached(
                "UPDATE cursor SET offset = ?2, dev = ?3, ino = ?4, size = ?5, mtime_ns = ?6,
                   ctime_ns = ?7, checked_ns = ?8, head_len = ?9, head_hash = ?10, last_len = ?11,
                   last_hash = ?12, waiting_len = ?13, waiting_hash = ?14, context = ?15,
                   is_proved = ?16, is_unfinished = ?17 WHERE id = ?1",
            )?
            .execute(params![
                id,
                to.offset as i64,
                file.dev as i64,
                file.ino as i64,
                size as i64,
                mtime_ns,
                ctime_ns,
                checked_ns,
                to.head.len,
                to.head.hash as i64,
                to.last.len,
                to.last.hash as i64,
                to.waiting.len,
                to.waiting.hash as i64,
                (to.context != Context::default())
                    .then(|| serde_json::to_string(&to.context).unwrap_or_default()),
                to.is_proved,
                to.is_unfinished,
            ])?;
        Ok(())
    }

    /// Notes that the file was there at this moment, and still had its stamp and the bytes committed.
    pub fn confirm(&mut self, path: &Path, checked_ns: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE cursor SET checked_ns = ?2, is_proved = 1 WHERE superseded_ms IS NULL
                   AND transcript_id = (SELECT id FROM transcript WHERE path = ?1)",
            )?
            .execute(params![path_bytes(path), checked_ns])?;
        self.conn
            .prepare_cached(
                "UPDATE transcript SET missing_since_ms = NULL WHERE path = ?1 AND missing_since_ms IS NOT NULL",
            )?
            .execute([path_bytes(path)])?;
        Ok(())
    }

    /// Sets aside everything from `offset` on as an earlier generation: the agent rewrote it. The
    /// current cursor keeps what stands before.
    pub fn set_aside(&mut self, known: &Known, offset: u64, now_ms: i64) -> rusqlite::Result<()> {
        let (id, at) = (known.cursor_id, offset as i64);
        self.conn
            .prepare_cached("UPDATE cursor SET generation = generation + 1 WHERE id = ?1")?
            .execute([id])?;
        self.conn
            .prepare_cached(
                "INSERT INTO cursor (transcript_id, generation, start, offset, dev, ino, size,
                   mtime_ns, ctime_ns, checked_ns, head_len, head_hash, last_len, last_hash, superseded_ms, parser)
                 SELECT transcript_id, generation - 1, ?2, offset, dev, ino, size, mtime_ns, ctime_ns,
                   checked_ns, head_len, head_hash, last_len, last_hash, ?3, parser FROM cursor WHERE id = ?1",
            )?
            .execute(params![id, at, now_ms])?;
        let old = self.conn.last_insert_rowid();
        self.split_archive(id, old, offset)?;
        for table in ["record", "reject", "copy", "summary", "started", "waiting"] {
            self.conn
                .prepare_cached(&format!(
                    "UPDATE {table} SET cursor_id = ?2 WHERE cursor_id = ?1 AND offset >= ?3"
                ))?
                .execute(params![id, old, at])?;
        }
        self.conn
            .prepare_cached(
                "UPDATE message SET cursor_id = ?2 WHERE cursor_id = ?1 AND offset >= ?3 AND id
                   IN (SELECT message_id FROM record WHERE cursor_id = ?2)",
            )?
            .execute(params![id, old, at])?;
        self.conn
            .prepare_cached(
                "UPDATE cursor SET offset = ?2, waiting_len = 0, waiting_hash = 0 WHERE id = ?1",
            )?
            .execute(params![id, at])?;
        // What was said of sessions by what now is two is told apart by reading both anew.
        self.read_anew([id, old])?;
        Ok(())
    }

    /// Accounts for one span of bytes.
    pub fn insert_record(
        &mut self,
        cursor: CursorId,
        span: Span,
        kind: RecordKind,
        message: Option<i64>,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                cursor,
                span.offset as i64,
                span.len as i64,
                span.hash as i64,
                kind as i64,
                message
            ])?;
        Ok(())
    }

    /// Notes that the file is gone; false when that was known or the file was never ours.
    pub fn mark_missing(&mut self, path: &Path, now_ms: i64) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(
                "UPDATE transcript SET missing_since_ms = ?2
                 WHERE path = ?1 AND missing_since_ms IS NULL",
            )?
            .execute(params![path_bytes(path), now_ms])
            .map(|rows| rows > 0)
    }

    /// Notes that the file is there.
    pub fn mark_present(&mut self, known: &Known) -> rusqlite::Result<()> {
        if known.is_missing {
            self.conn
                .prepare_cached("UPDATE transcript SET missing_since_ms = NULL WHERE id = ?1")?
                .execute([known.id])?;
        }
        Ok(())
    }

    /// Gives a recovered transcript the dates it had.
    pub fn redate(
        &mut self,
        path: &Path,
        first_seen_ms: Option<i64>,
        missing_since_ms: Option<i64>,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE transcript SET first_seen_ms = ifnull(?2, first_seen_ms), missing_since_ms = ?3
                 WHERE path = ?1",
            )?
            .execute(params![path_bytes(path), first_seen_ms, missing_since_ms])?;
        Ok(())
    }

    /// Follows a file to its new name; false when the new name is already taken. What its rows say of its
    /// name is to be read anew.
    pub fn rename(&mut self, from: &Path, to: &Path) -> rusqlite::Result<bool> {
        let renamed = self
            .conn
            .prepare_cached(
                "UPDATE OR IGNORE transcript SET path = ?2, missing_since_ms = NULL WHERE path = ?1",
            )?
            .execute(params![path_bytes(from), path_bytes(to)])?;
        if renamed == 0 {
            return Ok(false);
        }
        let cursors = self
            .conn
            .prepare_cached(
                "SELECT c.id FROM cursor c JOIN transcript t ON t.id = c.transcript_id WHERE t.path = ?1",
            )?
            .query_map([path_bytes(to)], |r| r.get(0))?
            .collect::<rusqlite::Result<Vec<CursorId>>>()?;
        self.read_anew(cursors)?;
        Ok(true)
    }

    /// The session of a transcript's records that name none.
    pub fn set_transcript_session(
        &mut self,
        id: TranscriptId,
        session: i64,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE transcript SET session_id = ?2 WHERE id = ?1 AND session_id IS NOT ?2",
            )?
            .execute([id, session])?;
        Ok(())
    }
}

impl Reader {
    /// All transcripts with their current cursors.
    pub fn transcripts(&self) -> rusqlite::Result<Vec<Known>> {
        all(&self.conn)
    }

    /// How far each transcript is committed.
    pub fn offsets(&self) -> rusqlite::Result<HashMap<PathBuf, u64>> {
        self.conn
            .prepare_cached(
                "SELECT t.path, c.offset FROM transcript t
                   JOIN cursor c ON c.transcript_id = t.id AND c.superseded_ms IS NULL",
            )?
            .query_map([], |r| {
                Ok((path_from_bytes(r.get(0)?), r.get::<_, i64>(1)? as u64))
            })?
            .collect()
    }

    /// Bytes committed of the transcript at `path`.
    pub fn offset_at(&self, path: &Path) -> rusqlite::Result<Option<u64>> {
        Ok(by_path(&self.conn, path)?.map(|known| known.cursor.offset))
    }

    /// Earlier generations: path, cursor, and the bytes they hold, from and to.
    pub fn set_aside(&self) -> rusqlite::Result<Vec<(PathBuf, CursorId, u64, u64)>> {
        self.conn
            .prepare(
                "SELECT t.path, c.id, c.start, c.offset FROM cursor c
                   JOIN transcript t ON t.id = c.transcript_id WHERE c.superseded_ms IS NOT NULL",
            )?
            .query_map([], |r| {
                let (start, end): (i64, i64) = (r.get(2)?, r.get(3)?);
                Ok((
                    path_from_bytes(r.get(0)?),
                    r.get(1)?,
                    start as u64,
                    end as u64,
                ))
            })?
            .collect()
    }

    /// The transcript at `path`.
    pub fn transcript_at(&self, path: &Path) -> rusqlite::Result<Option<Known>> {
        by_path(&self.conn, path)
    }

    /// Hands each record span of a cursor to `visit`, in file order, until it says false.
    pub fn spans(
        &self,
        cursor: CursorId,
        mut visit: impl FnMut(Span, i64) -> bool,
    ) -> rusqlite::Result<()> {
        let mut statement = self.conn.prepare_cached(
            "SELECT offset, len, hash, kind FROM record WHERE cursor_id = ?1 ORDER BY offset",
        )?;
        let mut rows = statement.query([cursor])?;
        while let Some(row) = rows.next()? {
            let span = Span {
                offset: row.get::<_, i64>(0)? as u64,
                len: row.get::<_, i64>(1)? as u64,
                hash: row.get::<_, i64>(2)? as u64,
            };
            if !visit(span, row.get(3)?) {
                break;
            }
        }
        Ok(())
    }
}
