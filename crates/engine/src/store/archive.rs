//! The raw bytes of every transcript, compressed in chunks that tile what a cursor has read.
//!
//! A large batch becomes a chunk of its own. Small appends grow the last chunk until it is
//! [`FULL`]: a frame of a single line would compress badly and leave a row for each. Once a file
//! is cold, its chunks are packed together and harder.

use std::io::Write;

use rusqlite::{Connection, OptionalExtension as _, params};

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
    Small(Vec<u8>),
    /// A chunk of its own.
    Frame {
        /// Bytes when unpacked.
        len: usize,
        /// The zstd frame.
        frame: Vec<u8>,
    },
}

/// Prepares bytes for the archive; the expensive part, done beside the writer.
pub fn pack(bytes: Vec<u8>) -> Packed {
    if bytes.len() <= FULL {
        Packed::Small(bytes)
    } else {
        Packed::Frame { len: bytes.len(), frame: compress(&bytes, LEVEL) }
    }
}

fn compress(bytes: &[u8], level: i32) -> Vec<u8> {
    let mut encoder = zstd::bulk::Compressor::new(level).expect("the level is in zstd's range");
    encoder.include_checksum(true).expect("a plain flag");
    encoder.compress(bytes).expect("the output grows as needed")
}

fn unpack(frame: &[u8], len: i64) -> rusqlite::Result<Vec<u8>> {
    zstd::bulk::decompress(frame, len as usize).map_err(|e| {
        let said = std::io::Error::other(format!("a chunk of the archive is damaged: {e}"));
        rusqlite::Error::ToSqlConversionFailure(Box::new(said))
    })
}

struct Chunk {
    id: i64,
    offset: i64,
    len: i64,
    frame: Vec<u8>,
}

/// The chunk that holds the byte before `end`.
fn chunk_before(conn: &Connection, cursor: CursorId, end: i64) -> rusqlite::Result<Option<Chunk>> {
    conn.prepare_cached(
        "SELECT id, offset, len, frame FROM archive WHERE cursor_id = ?1 AND offset < ?2
         ORDER BY offset DESC LIMIT 1",
    )?
    .query_row([cursor, end], |r| {
        Ok(Chunk { id: r.get(0)?, offset: r.get(1)?, len: r.get(2)?, frame: r.get(3)? })
    })
    .optional()
}

impl Store {
    /// Adds bytes at `offset`, which is where the archive of this cursor ends.
    pub fn archive(&mut self, cursor: CursorId, offset: u64, packed: &Packed) -> rusqlite::Result<()> {
        match packed {
            Packed::Frame { len, frame } => {
                self.insert_chunk(cursor, offset as i64, *len as i64, LEVEL, frame)
            }
            Packed::Small(bytes) if bytes.is_empty() => Ok(()),
            Packed::Small(bytes) => self.grow(cursor, offset as i64, bytes),
        }
    }

    fn grow(&mut self, cursor: CursorId, offset: i64, bytes: &[u8]) -> rusqlite::Result<()> {
        // Reading a large frame only to learn that it is full would cost more than the append.
        let last_len: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT len FROM archive WHERE cursor_id = ?1 AND offset < ?2 ORDER BY offset DESC LIMIT 1",
            )?
            .query_row([cursor, offset], |r| r.get(0))
            .optional()?;
        let fits = last_len.is_some_and(|len| len as usize + bytes.len() <= FULL);
        let last = if fits { chunk_before(&self.conn, cursor, offset)? } else { None };
        let Some(last) = last else {
            let frame = compress(bytes, LEVEL);
            return self.insert_chunk(cursor, offset, bytes.len() as i64, LEVEL, &frame);
        };
        let mut all = unpack(&last.frame, last.len)?;
        all.extend_from_slice(bytes);
        self.replace_chunk(last.id, &all)
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

    fn replace_chunk(&mut self, id: i64, bytes: &[u8]) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("UPDATE archive SET len = ?2, level = ?3, frame = ?4 WHERE id = ?1")?
            .execute(params![id, bytes.len() as i64, LEVEL, compress(bytes, LEVEL)])?;
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
            chunk_before(&self.conn, cursor, at)?.filter(|chunk| chunk.offset + chunk.len > at);
        if let Some(chunk) = straddling {
            let bytes = unpack(&chunk.frame, chunk.len)?;
            let (kept, moved) = bytes.split_at((at - chunk.offset) as usize);
            self.replace_chunk(chunk.id, kept)?;
            let frame = compress(moved, LEVEL);
            self.insert_chunk(old, at, moved.len() as i64, LEVEL, &frame)?;
        }
        self.conn
            .prepare_cached("UPDATE archive SET cursor_id = ?2 WHERE cursor_id = ?1 AND offset >= ?3")?
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
        let Some(cursor) = cursor else { return Ok(false) };
        let run = self.loose_run(cursor)?;
        let (Some(first), mut bytes) = (run.first(), Vec::new()) else { return Ok(false) };
        for chunk in &run {
            bytes.extend(unpack(&chunk.frame, chunk.len)?);
        }
        let frame = compress(&bytes, COLD_LEVEL);
        let (offset, len) = (first.offset, bytes.len() as i64);
        for chunk in &run {
            self.conn.prepare_cached("DELETE FROM archive WHERE id = ?1")?.execute([chunk.id])?;
        }
        self.insert_chunk(cursor, offset, len, COLD_LEVEL, &frame)?;
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
            run.push(Chunk { id: row.get(0)?, offset: row.get(1)?, len, frame: row.get(3)? });
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
            .prepare_cached("SELECT offset, len, frame FROM archive WHERE cursor_id = ?1 ORDER BY offset")
            .map_err(fail)?;
        let mut rows = statement.query([cursor]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let read = || -> rusqlite::Result<(i64, Vec<u8>)> {
                let (len, frame): (i64, Vec<u8>) = (row.get(1)?, row.get(2)?);
                Ok((row.get(0)?, unpack(&frame, len)?))
            };
            let (offset, bytes) = read().map_err(fail)?;
            visit(offset as u64, &bytes).map_err(crate::error::Error::output)?;
        }
        Ok(())
    }

    /// The archived bytes of one span.
    pub fn raw(&self, cursor: CursorId, offset: u64, len: u64) -> rusqlite::Result<Vec<u8>> {
        let (start, end) = (offset as i64, (offset + len) as i64);
        let mut statement = self.conn.prepare_cached(
            "SELECT offset, len, frame FROM archive WHERE cursor_id = ?1 AND offset < ?3
               AND offset + len > ?2 ORDER BY offset",
        )?;
        let mut rows = statement.query([cursor, start, end])?;
        let mut out = Vec::with_capacity(len as usize);
        while let Some(row) = rows.next()? {
            let (at, size, frame): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let bytes = unpack(&frame, size)?;
            let from = (start - at).max(0) as usize;
            let to = ((end - at) as usize).min(bytes.len());
            out.extend_from_slice(&bytes[from..to]);
        }
        Ok(out)
    }
}
