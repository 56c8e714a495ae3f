//! The raw bytes of every transcript, compressed in chunks that tile what a cursor has read.
//!
//! A large batch becomes a chunk of its own. Small appends grow the last chunk until it is
//! [`FULL`]: a frame of a single line would compress badly and leave a row for each. Once a file
//! is cold, its chunks are packed together and harder.

use std::io::Write;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::contents;
use super::template::{Cut, Template};
use super::transcripts::CursorId;
use super::{Reader, Store};

/// Unpacked bytes at which a growing chunk is left alone.
const FULL: usize = 64 << 10;
/// Unpacked bytes of a chunk made by repacking, at most.
const COLD_FULL: i64 = 1 << 20;
const LEVEL: i32 = 3;
const COLD_LEVEL: i32 = 12;

/// Raw bytes ready for the archive.
#[derive(Debug)]
pub enum Packed {
    /// Few enough to join the last chunk.
    Small(Template),
    /// A chunk of its own.
    Frame {
        /// Length of the raw bytes.
        raw_len: usize,
        /// The encoded template as a zstd frame.
        frame: Vec<u8>,
    },
}

/// Prepares bytes for the archive; the expensive part, done beside the writer. The contents named
/// in `cuts` must be stored in the transaction that archives the bytes.
pub fn pack(bytes: Vec<u8>, cuts: &[Cut<'_>]) -> Packed {
    let template = Template::cut(bytes, cuts);
    match template.raw_len() {
        0..=FULL => Packed::Small(template),
        raw_len => Packed::Frame {
            raw_len,
            frame: compress(&template, LEVEL),
        },
    }
}

fn compress(template: &Template, level: i32) -> Vec<u8> {
    let mut encoder = zstd::bulk::Compressor::new(level).expect("the level is in zstd's range");
    encoder.include_checksum(true).expect("a plain flag");
    encoder.include_contentsize(true).expect("a plain flag");
    encoder
        .compress(&template.encode())
        .expect("the output grows as needed")
}

fn damaged(what: impl std::fmt::Display) -> rusqlite::Error {
    let said = std::io::Error::other(format!("a chunk of the archive is damaged: {what}"));
    rusqlite::Error::ToSqlConversionFailure(Box::new(said))
}

/// A chunk as it is stored.
struct Chunk {
    id: i64,
    offset: i64,
    raw_len: i64,
    frame: Vec<u8>,
}

impl Chunk {
    fn template(&self) -> rusqlite::Result<Template> {
        let stored = zstd::stream::decode_all(self.frame.as_slice()).map_err(damaged)?;
        Template::decode(&stored, self.raw_len as usize).ok_or_else(|| damaged("unknown form"))
    }

    fn raw(&self, conn: &Connection) -> rusqlite::Result<Vec<u8>> {
        self.template()?
            .fill(|form, hash| contents::fetch(conn, form, hash))
    }
}

/// The chunk that holds the byte before `end`.
fn chunk_before(conn: &Connection, cursor: CursorId, end: i64) -> rusqlite::Result<Option<Chunk>> {
    conn.prepare_cached(
        "SELECT id, offset, len, frame FROM archive WHERE cursor_id = ?1 AND offset < ?2
         ORDER BY offset DESC LIMIT 1",
    )?
    .query_row([cursor, end], chunk)
    .optional()
}

fn chunk(row: &Row<'_>) -> rusqlite::Result<Chunk> {
    Ok(Chunk {
        id: row.get(0)?,
        offset: row.get(1)?,
        raw_len: row.get(2)?,
        frame: row.get(3)?,
    })
}

impl Store {
    /// Adds bytes at `offset`, which is where the archive of this cursor ends.
    pub fn archive(
        &mut self,
        cursor: CursorId,
        offset: u64,
        packed: &Packed,
    ) -> rusqlite::Result<()> {
        match packed {
            Packed::Frame { raw_len, frame } => {
                self.insert_chunk(cursor, offset as i64, *raw_len as i64, LEVEL, frame)
            }
            Packed::Small(template) if template.raw_len() == 0 => Ok(()),
            Packed::Small(template) => self.grow(cursor, offset as i64, template),
        }
    }

    fn grow(&mut self, cursor: CursorId, offset: i64, next: &Template) -> rusqlite::Result<()> {
        // Reading a large frame only to learn that it is full would cost more than the append.
        let last_len: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT len FROM archive WHERE cursor_id = ?1 AND offset < ?2 ORDER BY offset DESC LIMIT 1",
            )?
            .query_row([cursor, offset], |r| r.get(0))
            .optional()?;
        let fits = last_len.is_some_and(|len| len as usize + next.raw_len() <= FULL);
        let last = if fits {
            chunk_before(&self.conn, cursor, offset)?
        } else {
            None
        };
        let Some(last) = last else {
            return self.insert_template(cursor, offset, next, LEVEL);
        };
        let mut all = last.template()?;
        all.append(next);
        self.replace_chunk(last.id, &all)
    }

    fn insert_template(
        &mut self,
        cursor: CursorId,
        offset: i64,
        template: &Template,
        level: i32,
    ) -> rusqlite::Result<()> {
        let frame = compress(template, level);
        self.insert_chunk(cursor, offset, template.raw_len() as i64, level, &frame)
    }

    fn insert_chunk(
        &mut self,
        cursor: CursorId,
        offset: i64,
        len: i64,
        level: i32,
        frame: &[u8],
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO archive (cursor_id, offset, len, level, frame) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![cursor, offset, len, level, frame])?;
        Ok(())
    }

    fn replace_chunk(&mut self, id: i64, template: &Template) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("UPDATE archive SET len = ?2, level = ?3, frame = ?4 WHERE id = ?1")?
            .execute(params![
                id,
                template.raw_len() as i64,
                LEVEL,
                compress(template, LEVEL)
            ])?;
        Ok(())
    }

    /// Gives everything from `at` on to the cursor `old`, cutting a chunk in two where needed.
    pub(super) fn split_archive(
        &mut self,
        cursor: CursorId,
        old: CursorId,
        at: u64,
    ) -> rusqlite::Result<()> {
        let at = at as i64;
        let straddling =
            chunk_before(&self.conn, cursor, at)?.filter(|chunk| chunk.offset + chunk.raw_len > at);
        if let Some(chunk) = straddling {
            let mut kept = chunk.raw(&self.conn)?;
            let moved = kept.split_off((at - chunk.offset) as usize);
            self.replace_chunk(chunk.id, &Template::cut(kept, &[]))?;
            self.insert_template(old, at, &Template::cut(moved, &[]), LEVEL)?;
        }
        self.conn
            .prepare_cached(
                "UPDATE archive SET cursor_id = ?2 WHERE cursor_id = ?1 AND offset >= ?3",
            )?
            .execute([cursor, old, at])?;
        Ok(())
    }

    /// Packs one run of small chunks of a cold file together, harder; false when none is left.
    /// `cold_before_ns`: files modified after this moment are left alone.
    pub fn repack_one(&mut self, cold_before_ns: i64) -> rusqlite::Result<bool> {
        let cursor: Option<CursorId> = self
            .conn
            .prepare_cached(
                "SELECT a.cursor_id FROM archive a JOIN cursor c ON c.id = a.cursor_id
                 WHERE a.level < ?1 AND c.mtime_ns < ?2 LIMIT 1",
            )?
            .query_row(params![COLD_LEVEL, cold_before_ns], |r| r.get(0))
            .optional()?;
        let Some(cursor) = cursor else {
            return Ok(false);
        };
        let run = self.loose_run(cursor)?;
        let Some(first) = run.first() else {
            return Ok(false);
        };
        let mut whole = Template::default();
        for chunk in &run {
            whole.append(&chunk.template()?);
            self.conn
                .prepare_cached("DELETE FROM archive WHERE id = ?1")?
                .execute([chunk.id])?;
        }
        self.insert_template(cursor, first.offset, &whole, COLD_LEVEL)?;
        Ok(true)
    }

    /// Neighbouring chunks not yet repacked that fit into one.
    fn loose_run(&self, cursor: CursorId) -> rusqlite::Result<Vec<Chunk>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, offset, len, frame, level FROM archive WHERE cursor_id = ?1 AND offset >=
               (SELECT min(offset) FROM archive WHERE cursor_id = ?1 AND level < ?2)
             ORDER BY offset",
        )?;
        let mut rows = statement.query(params![cursor, COLD_LEVEL])?;
        let (mut run, mut total): (Vec<Chunk>, i64) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let (len, level): (i64, i32) = (row.get(2)?, row.get(4)?);
            if level >= COLD_LEVEL || (!run.is_empty() && total + len > COLD_FULL) {
                break;
            }
            total += len;
            run.push(chunk(row)?);
        }
        Ok(run)
    }
}

impl Reader {
    /// Writes the archived bytes of a cursor, in order. Returns how many.
    pub fn unpack_all(&self, cursor: CursorId, out: &mut dyn Write) -> crate::error::Result<u64> {
        let mut total = 0;
        self.chunks(cursor, &mut |_, bytes| {
            total += bytes.len() as u64;
            out.write_all(bytes)
        })?;
        Ok(total)
    }

    /// Where the chunks of a cursor stop being without gaps, beginning at `start`: what the archive
    /// can give back.
    pub fn archived_to(&self, cursor: CursorId, start: u64) -> rusqlite::Result<u64> {
        let mut statement = self.conn.prepare_cached(
            "SELECT offset, len FROM archive WHERE cursor_id = ?1 ORDER BY offset",
        )?;
        let mut rows = statement.query([cursor])?;
        let mut end = start as i64;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(0)? != end {
                break;
            }
            end += row.get::<_, i64>(1)?;
        }
        Ok(end as u64)
    }

    /// Hands each unpacked chunk with its offset to `visit`, in order.
    pub fn chunks(
        &self,
        cursor: CursorId,
        visit: &mut dyn FnMut(u64, &[u8]) -> std::io::Result<()>,
    ) -> crate::error::Result<()> {
        let fail = |e: rusqlite::Error| super::open::explain(&e, self.path.to_str());
        let mut statement = self
            .conn
            .prepare_cached(
                "SELECT id, offset, len, frame FROM archive WHERE cursor_id = ?1 ORDER BY offset",
            )
            .map_err(fail)?;
        let mut rows = statement.query([cursor]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let chunk = chunk(row).map_err(fail)?;
            let bytes = chunk.raw(&self.conn).map_err(fail)?;
            visit(chunk.offset as u64, &bytes).map_err(crate::error::Error::output)?;
        }
        Ok(())
    }

    /// The archived bytes of one span.
    pub fn raw(&self, cursor: CursorId, offset: u64, len: u64) -> rusqlite::Result<Vec<u8>> {
        let (start, end) = (offset as i64, (offset + len) as i64);
        let mut statement = self.conn.prepare_cached(
            "SELECT id, offset, len, frame FROM archive WHERE cursor_id = ?1 AND offset < ?3
               AND offset + len > ?2 ORDER BY offset",
        )?;
        let mut rows = statement.query([cursor, start, end])?;
        let mut out = Vec::with_capacity(len as usize);
        while let Some(row) = rows.next()? {
            let chunk = chunk(row)?;
            let bytes = chunk.raw(&self.conn)?;
            let from = (start - chunk.offset).max(0) as usize;
            let to = ((end - chunk.offset) as usize).min(bytes.len());
            out.extend_from_slice(&bytes[from..to]);
        }
        Ok(out)
    }
}
