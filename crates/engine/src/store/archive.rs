//! The raw bytes of every transcript, compressed in chunks that tile what a cursor has read.
//!
//! A large batch becomes a chunk of its own. Small appends grow the last chunk until it is
//! [`FULL`]: a frame of a single line would compress badly and leave a row for each. Once a file
//! is cold, its chunks are packed together and harder.

use std::collections::HashMap;
use std::io::Write;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::contents;
use super::explain::{Altered, explain};
use super::handle::{Reader, Store};
use super::mend::Piece;
use super::template::{ContentHash, Cut, Form, Template};
use super::transcripts::CursorId;

/// Unpacked bytes at which a growing chunk is left alone.
const FULL: usize = 64 << 10;
/// Unpacked bytes of a chunk made by repacking, at most.
const COLD_FULL: i64 = 1 << 20;
/// Unpacked bytes of any chunk, at most: a document of several of the longest lines.
const LONGEST: i64 = 1 << 30;
const LEVEL: i32 = 3;
const COLD_LEVEL: i32 = 9;

/// Raw bytes ready for the archive.
#[derive(Debug)]
pub enum Packed {
    /// Few enough to join the last chunk.
    Small(Template),
    /// A chunk of its own.
    Frame {
        /// Length of the raw bytes.
        raw_len: usize,
        /// The encoded holes.
        holes: Vec<u8>,
        /// The bytes around them as a zstd frame.
        frame: Vec<u8>,
    },
}

/// Prepares bytes for the archive; the expensive part, done beside the writer. The contents named
/// in `cuts` must be stored in the transaction that archives the bytes.
pub fn pack(bytes: Vec<u8>, cuts: &[Cut<'_>]) -> Packed {
    let template = Template::cut(bytes, cuts);
    let raw_len = template.raw_len();
    if raw_len <= FULL {
        return Packed::Small(template);
    }
    let written = cuts
        .iter()
        .filter_map(|cut| Some(((cut.form, cut.hash), cut.form.write(cut.content)?)));
    let written: HashMap<_, _> = written.collect();
    let dictionary = dictionary(&template, |form, hash| {
        Ok::<_, std::convert::Infallible>(written.get(&(form, hash)).cloned().unwrap_or_default())
    });
    let Ok(dictionary) = dictionary;
    Packed::Frame {
        raw_len,
        holes: template.encode_holes(),
        frame: compress(template.bytes(), &dictionary, LEVEL),
    }
}

/// What a large chunk is compressed against: the contents it refers to. What was cut out often
/// stands nearby once more in another shape, with line numbers or as a part of a patch.
fn dictionary<E>(
    template: &Template,
    mut fetch: impl FnMut(Form, ContentHash) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut dictionary = Vec::new();
    if template.raw_len() > FULL {
        for (form, hash) in template.contents() {
            dictionary.extend(fetch(form, hash)?);
        }
    }
    Ok(dictionary)
}

fn compress(bytes: &[u8], dictionary: &[u8], level: i32) -> Vec<u8> {
    let mut encoder = zstd::bulk::Compressor::new(level).expect("the level is in zstd's range");
    encoder.include_checksum(true).expect("a plain flag");
    let context = encoder.context_mut();
    // A dictionary that is used once: zstd reads it where it is, and prepares less of it.
    context.ref_prefix(dictionary).expect("no frame has begun");
    encoder.compress(bytes).expect("the output grows as needed")
}

fn damaged(what: impl std::fmt::Display) -> rusqlite::Error {
    Altered(format!("a chunk of the archive is damaged: {what}")).into()
}

/// A chunk as it is stored.
pub(super) struct Chunk {
    id: i64,
    pub(super) offset: i64,
    raw_len: i64,
    holes: Vec<u8>,
    frame: Vec<u8>,
}

/// Finds a content and gives it as it stands in a transcript.
pub(super) type Fetch<'a> = dyn Fn(Form, ContentHash) -> rusqlite::Result<Vec<u8>> + 'a;

/// The same as [`Reader::archived_to`].
pub(super) fn archived_to(
    conn: &Connection,
    cursor: CursorId,
    start: u64,
) -> rusqlite::Result<u64> {
    let mut statement = conn
        .prepare_cached("SELECT offset, len FROM archive WHERE cursor_id = ?1 ORDER BY offset")?;
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

/// Finds contents in the database.
fn stored(conn: &Connection) -> impl Fn(Form, ContentHash) -> rusqlite::Result<Vec<u8>> {
    |form, hash| contents::fetch(conn, form, hash)
}

impl Chunk {
    fn template(&self, fetch: &Fetch<'_>) -> rusqlite::Result<Template> {
        let raw_len = self.raw_len as usize;
        let holes = Template::decode_holes(&self.holes, raw_len)
            .ok_or_else(|| damaged("its holes cannot be read"))?;
        let dictionary = dictionary(&holes, fetch)?;
        let bytes = zstd::bulk::Decompressor::with_dictionary(&dictionary)
            .and_then(|mut decoder| decoder.decompress(&self.frame, raw_len))
            .map_err(damaged)?;
        holes
            .with_bytes(bytes)
            .ok_or_else(|| damaged("bytes are missing"))
    }

    /// The bytes it was made of, or an error: each part is checked.
    pub(super) fn raw(&self, fetch: &Fetch<'_>) -> rusqlite::Result<Vec<u8>> {
        let raw = self.template(fetch)?.fill(fetch)?;
        if raw.len() as i64 == self.raw_len {
            Ok(raw)
        } else {
            Err(damaged("bytes are missing"))
        }
    }
}

/// The chunk with this number.
pub(super) fn chunk_numbered(conn: &Connection, id: i64) -> rusqlite::Result<Chunk> {
    conn.prepare_cached("SELECT id, offset, len, holes, frame FROM archive WHERE id = ?1")?
        .query_row([id], chunk)
}

/// The bytes of the chunk with this number.
pub(super) fn bytes_of_chunk(conn: &Connection, id: i64) -> rusqlite::Result<Vec<u8>> {
    chunk_numbered(conn, id)?.raw(&stored(conn))
}

/// The columns of a [`Chunk`].
const CHUNK: &str = "SELECT id, offset, len, holes, frame FROM archive WHERE cursor_id = ?1";

/// The chunk that holds the byte before `end`.
fn chunk_before(conn: &Connection, cursor: CursorId, end: i64) -> rusqlite::Result<Option<Chunk>> {
    conn.prepare_cached(&format!(
        "{CHUNK} AND offset < ?2 ORDER BY offset DESC LIMIT 1"
    ))?
    .query_row([cursor, end], chunk)
    .optional()
}

fn chunk(row: &Row<'_>) -> rusqlite::Result<Chunk> {
    // A bit may have made a text of it, or a number.
    let bytes = |at: usize| -> rusqlite::Result<Vec<u8>> {
        let bytes = row.get_ref(at)?.as_bytes();
        bytes
            .map(<[u8]>::to_vec)
            .map_err(|_| damaged("it is of another kind"))
    };
    let number = |at: usize| -> rusqlite::Result<i64> {
        let number = row.get_ref(at)?.as_i64();
        number.map_err(|_| damaged("its place cannot be"))
    };
    let chunk = Chunk {
        id: number(0)?,
        offset: number(1)?,
        raw_len: number(2)?,
        holes: bytes(3)?,
        frame: bytes(4)?,
    };
    // A length that cannot be would be asked of the memory before anything else is looked at.
    if (0..=LONGEST).contains(&chunk.raw_len) && chunk.offset >= 0 {
        Ok(chunk)
    } else {
        Err(damaged("its length cannot be"))
    }
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
            Packed::Frame {
                raw_len,
                holes,
                frame,
            } => self.insert_chunk(cursor, offset as i64, *raw_len as i64, holes, frame),
            Packed::Small(template) if template.raw_len() == 0 => Ok(()),
            Packed::Small(template) => self.grow(cursor, offset as i64, template),
        }
    }

    fn grow(&mut self, cursor: CursorId, offset: i64, next: &Template) -> rusqlite::Result<()> {
        // Reading a large frame only to learn that it is full would cost more than the append.
        let last_len: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT len FROM (SELECT offset, len FROM archive WHERE cursor_id = ?1 AND offset < ?2
                   ORDER BY offset DESC LIMIT 1) WHERE offset + len = ?2",
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
        let template = last.template(&stored(&self.conn));
        match template {
            Ok(mut all) => {
                all.append(next);
                self.replace_chunk(last.id, &all)
            }
            // It is damaged: whoever reads everything again mends it.
            Err(rusqlite::Error::ToSqlConversionFailure(_)) => {
                self.insert_template(cursor, offset, next, LEVEL)
            }
            Err(error) => Err(error),
        }
    }

    fn frame(&self, template: &Template, level: i32) -> rusqlite::Result<Vec<u8>> {
        let dictionary = dictionary(template, stored(&self.conn))?;
        Ok(compress(template.bytes(), &dictionary, level))
    }

    fn insert_template(
        &mut self,
        cursor: CursorId,
        offset: i64,
        template: &Template,
        level: i32,
    ) -> rusqlite::Result<()> {
        let frame = self.frame(template, level)?;
        let holes = template.encode_holes();
        self.insert_chunk(cursor, offset, template.raw_len() as i64, &holes, &frame)
    }

    fn insert_chunk(
        &mut self,
        cursor: CursorId,
        offset: i64,
        len: i64,
        holes: &[u8],
        frame: &[u8],
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO archive (cursor_id, offset, len, holes, frame) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![cursor, offset, len, holes, frame])?;
        Ok(())
    }

    fn replace_chunk(&mut self, id: i64, template: &Template) -> rusqlite::Result<()> {
        let frame = self.frame(template, LEVEL)?;
        self.conn
            .prepare_cached("UPDATE archive SET len = ?2, holes = ?3, frame = ?4 WHERE id = ?1")?
            .execute(params![
                id,
                template.raw_len() as i64,
                template.encode_holes(),
                frame
            ])?;
        Ok(())
    }

    /// Adds proved bytes as they are, or, where they are missing, a chunk that says so: it cannot be unpacked.
    pub(super) fn insert_piece(
        &mut self,
        cursor: CursorId,
        at: u64,
        piece: &Piece,
    ) -> rusqlite::Result<()> {
        match piece {
            Piece::Proved(bytes) => {
                let template = Template::cut(bytes.clone(), &[]);
                self.insert_template(cursor, at as i64, &template, LEVEL)
            }
            Piece::Missing(len) => self.insert_chunk(cursor, at as i64, *len as i64, &[], &[]),
        }
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
            let raw = chunk.raw(&stored(&self.conn));
            match raw {
                Ok(mut kept) => {
                    let moved = kept.split_off((at - chunk.offset) as usize);
                    self.replace_chunk(chunk.id, &Template::cut(kept, &[]))?;
                    self.insert_template(old, at, &Template::cut(moved, &[]), LEVEL)?;
                }
                // It is damaged, and so are its parts: whoever reads everything again mends them.
                Err(rusqlite::Error::ToSqlConversionFailure(_)) => {
                    self.conn
                        .prepare_cached("DELETE FROM archive WHERE id = ?1")?
                        .execute([chunk.id])?;
                    let (before, behind) = (at - chunk.offset, chunk.offset + chunk.raw_len - at);
                    let start = chunk.offset as u64;
                    self.insert_piece(cursor, start, &Piece::Missing(before as u64))?;
                    self.insert_piece(old, at as u64, &Piece::Missing(behind as u64))?;
                }
                Err(error) => return Err(error),
            }
        }
        self.conn
            .prepare_cached(
                "UPDATE archive SET cursor_id = ?2 WHERE cursor_id = ?1 AND offset >= ?3",
            )?
            .execute([cursor, old, at])?;
        Ok(())
    }

    /// Packs one run of small chunks of a file together, harder, when the file has not changed
    /// since `cold_before_ns`; false when there is none.
    pub fn repack_one(&mut self, cold_before_ns: i64) -> rusqlite::Result<bool> {
        let cursor: Option<CursorId> = self
            .conn
            .prepare_cached(
                "SELECT a.cursor_id FROM archive a JOIN cursor c ON c.id = a.cursor_id
                 WHERE a.len <= ?1 AND c.mtime_ns < ?2
                 GROUP BY a.cursor_id HAVING count(*) > 1 LIMIT 1",
            )?
            .query_row(params![FULL as i64, cold_before_ns], |r| r.get(0))
            .optional()?;
        let Some(cursor) = cursor else {
            return Ok(false);
        };
        let run = self.small_run(cursor)?;
        let (Some(first), true) = (run.first(), run.len() > 1) else {
            return Ok(false);
        };
        let mut whole = Template::default();
        for chunk in &run {
            match chunk.template(&stored(&self.conn)) {
                Ok(template) => whole.append(&template),
                // It is damaged: what is left to be packed waits until it is mended.
                Err(rusqlite::Error::ToSqlConversionFailure(_)) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        for chunk in &run {
            self.conn
                .prepare_cached("DELETE FROM archive WHERE id = ?1")?
                .execute([chunk.id])?;
        }
        self.insert_template(cursor, first.offset, &whole, COLD_LEVEL)?;
        Ok(true)
    }

    /// Neighbouring chunks, the first of them small, that fit into one.
    fn small_run(&self, cursor: CursorId) -> rusqlite::Result<Vec<Chunk>> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{CHUNK} AND offset >= (SELECT min(offset) FROM archive WHERE cursor_id = ?1 AND len <= ?2)
             ORDER BY offset"
        ))?;
        let mut rows = statement.query(params![cursor, FULL as i64])?;
        let (mut run, mut total): (Vec<Chunk>, i64) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let next = chunk(row)?;
            total += next.raw_len;
            let is_next = |last: &Chunk| last.offset + last.raw_len == next.offset;
            if run
                .last()
                .is_some_and(|last| !is_next(last) || total > COLD_FULL)
            {
                break;
            }
            run.push(next);
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
        archived_to(&self.conn, cursor, start)
    }

    /// Hands each unpacked chunk with its offset to `visit`, in order.
    pub fn chunks(
        &self,
        cursor: CursorId,
        visit: &mut dyn FnMut(u64, &[u8]) -> std::io::Result<()>,
    ) -> crate::error::Result<()> {
        let fail = |e: rusqlite::Error| explain(&e, self.path.to_str());
        let mut statement = self
            .conn
            .prepare_cached(&format!("{CHUNK} ORDER BY offset"))
            .map_err(fail)?;
        let mut rows = statement.query([cursor]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let chunk = chunk(row).map_err(fail)?;
            let bytes = chunk.raw(&stored(&self.conn)).map_err(fail)?;
            visit(chunk.offset as u64, &bytes).map_err(crate::error::Error::output)?;
        }
        Ok(())
    }
}

/// The archived bytes of one span.
pub fn raw(
    conn: &Connection,
    cursor: CursorId,
    offset: u64,
    len: u64,
) -> rusqlite::Result<Vec<u8>> {
    let (start, end) = (
        offset as i64,
        offset.saturating_add(len).min(i64::MAX as u64) as i64,
    );
    let mut statement = conn.prepare_cached(&format!(
        "{CHUNK} AND offset < ?3 AND offset + len > ?2 ORDER BY offset"
    ))?;
    let mut rows = statement.query([cursor, start, end])?;
    // A length may be damage: no more is asked of the memory than there is.
    let mut out = Vec::with_capacity(len.min(COLD_FULL as u64) as usize);
    while let Some(row) = rows.next()? {
        let chunk = chunk(row)?;
        let bytes = chunk.raw(&stored(conn))?;
        let from = (start - chunk.offset).max(0) as usize;
        let to = ((end - chunk.offset) as usize).min(bytes.len());
        out.extend_from_slice(&bytes[from..to]);
    }
    Ok(out)
}
