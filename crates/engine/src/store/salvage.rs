//! What a damaged database, or a backup, still gives: the archived bytes of its transcripts, each
//! piece proved by its own hashes. Nothing is trusted because it can be read, and nothing is given
//! up because something beside it cannot.
//!
//! Rows are asked for one by one, so a damaged page costs what is on it and no more.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::archive;
use super::contents;
use super::explain::explain;
use super::files::beside;
use super::identity::schema_version;
use super::open::unchanging;
use super::path_bytes::path_from_bytes;
use super::steps::{LATEST, apply_up_to};
use super::template::{ContentHash, Form};
use super::transcripts::CursorId;
use crate::error::{Error, Result};
use crate::paths::DataDir;
use crate::transcript::{Print, Span, hash};

/// Rows one after another that cannot be read, after which a table counts as read to its end: more
/// than lie below any one page of it.
const HOPELESS: i64 = 50_000;
/// Numbers of transcripts above this are damage.
const MOST_NAMELESS: i64 = 10_000_000;
/// Bytes before the first page's own tree, and what stands where in them.
const HEADER: usize = 100;
const PAGE_COUNT: std::ops::Range<usize> = 28..32;
const FREE_PAGES: std::ops::Range<usize> = 32..40;

/// A database that is only read, as far as it can be.
pub struct Salvage {
    conn: Connection,
    transcripts: Vec<Remains>,
    /// Transcripts of which nobody knows any more what they were called.
    nameless: u64,
    /// Where each chunk of the archive is: cursor and offset to number and end.
    chunks: BTreeMap<(CursorId, u64), (i64, u64)>,
    /// Where the contents are, once an index cannot say.
    texts: OnceCell<HashMap<ContentHash, i64>>,
    blobs: OnceCell<HashMap<ContentHash, i64>>,
}

/// What a sound database lends to a damaged one.
type Loan = fn(&Model, &Path) -> io::Result<()>;

/// The sum of figures of which a damaged database may have made anything.
fn total(figures: impl Iterator<Item = u64>) -> u64 {
    figures.fold(0, u64::saturating_add)
}

/// A copy of a database and its log, with a name of its own.
fn copy_into(path: &Path, room: &DataDir) -> Result<PathBuf> {
    let mut number = 1;
    let mut copy = room.path().join("damaged.db");
    while copy.exists() {
        number += 1;
        copy = room.path().join(format!("damaged-{number}.db"));
    }
    for tail in ["", "-wal"] {
        let (from, to) = (beside(path, tail), beside(&copy, tail));
        if from.exists() {
            fs::copy(&from, &to).map_err(|e| Error::io("copy", &from, e))?;
        }
    }
    Ok(copy)
}

/// What is left of a transcript.
#[derive(Debug, Clone)]
pub struct Remains {
    /// Its path.
    pub path: PathBuf,
    /// The agent that writes it; `None` when that cannot be read.
    pub agent: Option<String>,
    /// Oldest time known of it, nanoseconds since the epoch.
    pub born_ns: i64,
    /// When it was first met, milliseconds since the epoch.
    pub first_seen_ms: Option<i64>,
    /// Since when its file is gone, milliseconds since the epoch.
    pub missing_since_ms: Option<i64>,
    /// What it held, before and after each time it was rewritten.
    pub generations: BTreeMap<u32, Generation>,
}

/// What a transcript held from one rewriting to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    cursor: CursorId,
    /// What stands before is the next generation's too.
    pub start: u64,
    /// Bytes read.
    pub end: u64,
    /// The database says so itself, or its records and its archive end together; else there may have been more.
    pub is_told: bool,
}

impl Salvage {
    /// A backup, read where it lies; `None` when it gives nothing.
    pub fn of_backup(path: &Path) -> Option<Self> {
        Self::read(unchanging(path).ok()?)
    }

    /// A damaged database; `None` when it gives nothing. It is never written: where SQLite cannot
    /// read it as it is, or what it gives does not agree with itself, copies in `room` are made readable, and
    /// the one that gives most is taken.
    pub fn of_damaged(path: &Path, room: &DataDir) -> Result<Option<Self>> {
        let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|meta| meta.len() > 0);
        let as_it_is = || unchanging(path).ok().and_then(Self::read);
        let mut best = if has_log { None } else { as_it_is() };
        let is_enough = |best: &Option<Self>| best.as_ref().is_some_and(Self::agrees);
        if is_enough(&best) || fs::metadata(path).is_err() {
            return Ok(best);
        }
        let model = Model::make(room)?;
        let loans: [&[Loan]; 3] = [
            &[],
            &[Model::lend_header],
            &[Model::lend_header, Model::lend_schema],
        ];
        for loan in loans {
            let copy = copy_into(path, room)?;
            for lend in loan {
                lend(&model, &copy).map_err(|e| Error::io("write", &copy, e))?;
            }
            let found = Connection::open(&copy).ok().and_then(Self::read);
            let promise = |one: &Option<Self>| one.as_ref().map_or(0, Self::promise);
            if promise(&found) > promise(&best) {
                best = found;
            } else {
                drop(found);
                for tail in ["", "-wal", "-shm"] {
                    // Room is short; what stays is removed with the whole folder.
                    let _ = fs::remove_file(beside(&copy, tail));
                }
            }
            if is_enough(&best) {
                break;
            }
        }
        Ok(best)
    }

    /// Bytes of known transcripts that its archive seems to have.
    fn promise(&self) -> u64 {
        let generations = self
            .transcripts
            .iter()
            .flat_map(|one| one.generations.values());
        let extents = generations.map(|one| self.extent(one.cursor));
        total(extents.map(|extent| extent.end.saturating_sub(extent.start)))
    }

    /// Whether the archive has what the transcripts are said to hold, and nothing else. Where it has not, a part of
    /// the schema may point elsewhere.
    fn agrees(&self) -> bool {
        let generations = self
            .transcripts
            .iter()
            .flat_map(|one| one.generations.values());
        let held = generations.map(|one| one.end.saturating_sub(one.start));
        let chunks = self.chunks.iter();
        let archived = chunks.map(|((_, from), (_, to))| to.saturating_sub(*from));
        total(held) == total(archived)
    }

    fn read(conn: Connection) -> Option<Self> {
        // A file that is shorter than it says, and a schema with a flaw, are read all the same.
        for (setting, value) in [
            ("writable_schema", 1),
            ("cell_size_check", 1),
            ("query_only", 1),
        ] {
            conn.pragma_update(None, setting, value).ok()?;
        }
        let mut salvage = Self {
            conn,
            transcripts: Vec::new(),
            nameless: 0,
            chunks: BTreeMap::new(),
            texts: OnceCell::new(),
            blobs: OnceCell::new(),
        };
        salvage.read_chunks().ok()?;
        salvage.read_transcripts().ok()?;
        (!salvage.transcripts.is_empty()).then_some(salvage)
    }

    /// The transcripts it knows, in the order they were first met.
    pub fn transcripts(&self) -> &[Remains] {
        &self.transcripts
    }

    /// How many more it held, whose names are lost.
    pub fn nameless(&self) -> u64 {
        self.nameless
    }

    /// Which database it is, or is a copy of; `None` when that cannot be read.
    pub fn store_id(&self) -> Option<String> {
        let sql = "SELECT value FROM meta WHERE name = 'store_id'";
        self.conn.query_row(sql, [], |row| row.get(0)).ok()
    }

    /// The messages it counted; `None` when that cannot be read.
    pub fn messages(&self) -> Option<u64> {
        let sql = "SELECT value FROM tally WHERE name = 'messages'";
        let count: rusqlite::Result<i64> = self.conn.query_row(sql, [], |row| row.get(0));
        count.ok().and_then(|count| u64::try_from(count).ok())
    }

    fn read_chunks(&mut self) -> rusqlite::Result<()> {
        let mut chunks = BTreeMap::new();
        self.each(
            "SELECT id, cursor_id, offset, len FROM archive WHERE id >= ?1 ORDER BY id LIMIT 1",
            |id, row| {
                let (cursor, offset, len): (i64, i64, i64) =
                    (row.get(1)?, row.get(2)?, row.get(3)?);
                let (offset, len) = (offset.max(0) as u64, len.max(0) as u64);
                chunks.insert((cursor, offset), (id, offset.saturating_add(len)));
                Ok(())
            },
        )?;
        self.chunks = chunks;
        Ok(())
    }

    fn read_transcripts(&mut self) -> rusqlite::Result<()> {
        let mut cursors: HashMap<i64, BTreeMap<u32, Generation>> = HashMap::new();
        self.each(
            "SELECT id, transcript_id, generation, start, offset FROM cursor
             WHERE id >= ?1 ORDER BY id LIMIT 1",
            |cursor, row| {
                let generation = Generation {
                    cursor,
                    start: row.get::<_, i64>(3)?.max(0) as u64,
                    end: row.get::<_, i64>(4)?.max(0) as u64,
                    is_told: true,
                };
                let of = cursors.entry(row.get(1)?).or_default();
                of.insert(row.get(2)?, generation);
                Ok(())
            },
        )?;
        // The index knows the rows of a page that cannot be read; the archive, what they held.
        let index = "SELECT rowid, transcript_id, generation FROM cursor
                     INDEXED BY sqlite_autoindex_cursor_1 ORDER BY transcript_id, generation";
        self.as_far_as_it_goes(index, |row| {
            let cursor: CursorId = row.get(0)?;
            let of = cursors.entry(row.get(1)?).or_default();
            let generation = self.extent(cursor);
            of.entry(row.get(2)?).or_insert(generation);
            Ok(())
        });
        let mut found: BTreeMap<i64, Remains> = BTreeMap::new();
        self.each(
            "SELECT id, path, agent, born_ns, first_seen_ms, missing_since_ms FROM transcript
             WHERE id >= ?1 ORDER BY id LIMIT 1",
            |id, row| {
                let remains = Remains {
                    path: path_from_bytes(row.get(1)?),
                    agent: row.get(2)?,
                    born_ns: row.get(3)?,
                    first_seen_ms: row.get(4)?,
                    missing_since_ms: row.get(5)?,
                    generations: BTreeMap::new(),
                };
                found.insert(id, remains);
                Ok(())
            },
        )?;
        let index = "SELECT rowid, path FROM transcript
                     INDEXED BY sqlite_autoindex_transcript_1 ORDER BY path";
        self.as_far_as_it_goes(index, |row| {
            let path = path_from_bytes(row.get(1)?);
            found.entry(row.get(0)?).or_insert_with(|| Remains {
                path,
                agent: None,
                born_ns: i64::MAX,
                first_seen_ms: None,
                missing_since_ms: None,
                generations: BTreeMap::new(),
            });
            Ok(())
        });
        for (id, remains) in &mut found {
            remains.generations = cursors.remove(id).unwrap_or_default();
        }
        // None is ever removed, so a number that is missing was somebody's.
        let last = found.keys().chain(cursors.keys()).max().copied();
        self.nameless = (1..=last.unwrap_or(0).min(MOST_NAMELESS))
            .filter(|id| !found.contains_key(id))
            .count() as u64;
        self.transcripts = found.into_values().collect();
        Ok(())
    }

    /// Shows every row of a table that can be read. `next` finds the first row from a number on;
    /// its first column is the row's own.
    fn each(
        &self,
        next: &str,
        mut visit: impl FnMut(i64, &Row<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut statement = self.conn.prepare(next)?;
        let (mut at, mut failed) = (i64::MIN, 0);
        while failed < HOPELESS {
            let found = statement.query_row([at], |row| {
                let number: i64 = row.get(0)?;
                // A row that cannot be understood is passed over like one that cannot be read.
                let _ = visit(number, row);
                Ok(number)
            });
            at = match found.optional() {
                Ok(Some(number)) => {
                    failed = 0;
                    number
                }
                Ok(None) => break,
                Err(_) => {
                    failed += 1;
                    at.max(0)
                }
            };
            let Some(after) = at.checked_add(1) else {
                break;
            };
            at = after;
        }
        Ok(())
    }

    /// Shows the rows of a query up to the first that cannot be read.
    fn as_far_as_it_goes(
        &self,
        sql: &str,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) {
        let outcome = (|| {
            let mut statement = self.conn.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                visit(row)?;
            }
            Ok::<_, rusqlite::Error>(())
        })();
        if let Err(error) = outcome {
            tracing::warn!(%error, "a part of the damaged database cannot be read");
        }
    }

    /// Where the records of a cursor end; `None` when that cannot be read.
    fn records_end(&self, cursor: CursorId) -> Option<u64> {
        let sql =
            "SELECT offset + len FROM record WHERE cursor_id = ?1 ORDER BY offset DESC LIMIT 1";
        let end: i64 = self.conn.query_row(sql, [cursor], |row| row.get(0)).ok()?;
        u64::try_from(end).ok()
    }

    /// What the archive holds of a cursor.
    fn extent(&self, cursor: CursorId) -> Generation {
        let mut chunks = self.chunks.range((cursor, 0)..=(cursor, u64::MAX));
        let start = chunks.clone().next().map_or(0, |((_, start), _)| *start);
        let end = chunks.next_back().map_or(start, |(_, (_, end))| *end);
        Generation {
            cursor,
            start,
            end,
            is_told: start < end && self.records_end(cursor) == Some(end),
        }
    }

    /// Writes the bytes of a generation from `at` on, as far as they are proved without a gap.
    /// Returns how many. `at` is the end of a record.
    pub fn write(
        &self,
        remains: &Remains,
        generation: u32,
        at: u64,
        out: &mut dyn Write,
    ) -> io::Result<u64> {
        let parts = parts(&remains.generations, generation).unwrap_or_default();
        let mut reached = at;
        for (cursor, from, to) in parts {
            if from <= reached && reached < to {
                reached += self.write_part(cursor, reached, to, out)?;
                if reached < to {
                    break;
                }
            }
        }
        Ok(reached - at)
    }

    /// What followed the last newline of a generation and waited for its own, if its hash says so.
    pub fn waiting(&self, remains: &Remains, generation: u32) -> Vec<u8> {
        let Some(Generation { cursor, .. }) = remains.generations.get(&generation) else {
            return Vec::new();
        };
        let sql =
            "SELECT body, waiting_len, waiting_hash FROM pending JOIN cursor ON id = cursor_id
                   WHERE cursor_id = ?1";
        let found = self.conn.query_row(sql, [cursor], |row| {
            let print = Print {
                len: row.get(1)?,
                hash: row.get::<_, i64>(2)? as u64,
            };
            Ok((row.get::<_, Vec<u8>>(0)?, print))
        });
        match found {
            Ok((body, print)) if Print::of(&body) == print => body,
            _ => Vec::new(),
        }
    }

    fn write_part(
        &self,
        cursor: CursorId,
        at: u64,
        to: u64,
        out: &mut dyn Write,
    ) -> io::Result<u64> {
        let mut spans = self.spans(cursor, at, to).into_iter().peekable();
        let first = self.chunks.range((cursor, 0)..=(cursor, at)).next_back();
        let first = first.map_or(at, |((_, offset), _)| *offset);
        // Bytes unpacked, not yet written, and where they begin.
        let (mut held, mut good): (Vec<u8>, u64) = (Vec::new(), at);
        for ((_, offset), (id, _)) in self.chunks.range((cursor, first)..(cursor, to)) {
            let reached = good + held.len() as u64;
            let chunk = archive::chunk_numbered(&self.conn, *id);
            let bytes = chunk.and_then(|chunk| chunk.raw(&|form, hash| self.content(form, hash)));
            let Ok(bytes) = bytes else {
                break;
            };
            let until = ((to - offset) as usize).min(bytes.len());
            let Some(from) = reached.checked_sub(*offset).map(|from| from as usize) else {
                break;
            };
            if from >= until {
                continue;
            }
            held.extend_from_slice(&bytes[from..until]);
            let mut used = 0;
            while let Some(span) =
                spans.next_if(|span| span.offset == good && span.len <= (held.len() - used) as u64)
            {
                let record = &held[used..used + span.len as usize];
                if hash(record) != span.hash {
                    return Ok(good - at);
                }
                out.write_all(record)?;
                used += record.len();
                good += span.len;
            }
            // Where the records are lost, the chunk's own sums must do: those of the frame and of
            // the contents in its holes.
            let is_unaccounted = spans.peek().is_none_or(|span| span.offset != good);
            if is_unaccounted {
                out.write_all(&held[used..])?;
                good += (held.len() - used) as u64;
                used = held.len();
            }
            held.drain(..used);
        }
        Ok(good - at)
    }

    /// A content as it stands in a transcript, by its row where the index cannot find it.
    fn content(&self, form: Form, hash: ContentHash) -> rusqlite::Result<Vec<u8>> {
        contents::fetch(&self.conn, form, hash).or_else(|error| {
            let (rows, sql) = match form {
                Form::JsonText | Form::Verbatim => (
                    self.texts.get_or_init(|| {
                        self.rows_of("SELECT id, hash FROM text WHERE id >= ?1 ORDER BY id LIMIT 1")
                    }),
                    "SELECT CAST(body AS BLOB) FROM text WHERE rowid = ?1",
                ),
                Form::Base64 => (
                    self.blobs.get_or_init(|| {
                        self.rows_of(
                            "SELECT rowid, hash FROM blob WHERE rowid >= ?1 ORDER BY rowid LIMIT 1",
                        )
                    }),
                    "SELECT data FROM blob WHERE rowid = ?1",
                ),
            };
            let row = rows.get(&hash).ok_or(error)?;
            let content: Vec<u8> = self
                .conn
                .prepare_cached(sql)?
                .query_row([row], |r| r.get(0))?;
            contents::written(content, form, hash)
        })
    }

    /// The rows of a table of contents, by hash.
    fn rows_of(&self, next: &str) -> HashMap<ContentHash, i64> {
        let mut rows = HashMap::new();
        let outcome = self.each(next, |number, row| {
            rows.insert(row.get(1)?, number);
            Ok(())
        });
        if let Err(error) = outcome {
            tracing::warn!(%error, "the contents of the damaged database cannot be read");
        }
        rows
    }

    fn spans(&self, cursor: CursorId, at: u64, to: u64) -> Vec<Span> {
        let mut spans = Vec::new();
        let sql = format!(
            "SELECT offset, len, hash FROM record
             WHERE cursor_id = {cursor} AND offset >= {at} AND offset < {to} ORDER BY offset"
        );
        self.as_far_as_it_goes(&sql, |row| {
            spans.push(Span {
                offset: row.get::<_, i64>(0)? as u64,
                len: row.get::<_, i64>(1)? as u64,
                hash: row.get::<_, i64>(2)? as u64,
            });
            Ok(())
        });
        spans
    }
}

/// The parts that make up a generation, in order: cursor, from, to. `None` when a later generation
/// is missing whose bytes it shares.
fn parts(all: &BTreeMap<u32, Generation>, number: u32) -> Option<Vec<(CursorId, u64, u64)>> {
    let Generation {
        cursor, start, end, ..
    } = *all.get(&number)?;
    let mut parts = if start == 0 {
        Vec::new()
    } else {
        parts(all, number + 1)?
    };
    for (_, _, to) in &mut parts {
        *to = (*to).min(start);
    }
    parts.retain(|(_, from, to)| from < to);
    parts.push((cursor, start, end));
    Some(parts)
}

/// A new database of ours, to lend what is the same in all that were made by the same steps: the
/// header, and the table of tables.
struct Model {
    bytes: Vec<u8>,
    page: usize,
}

impl Model {
    fn make(room: &DataDir) -> Result<Self> {
        let path = room.path().join("model.db");
        let fail = |e: rusqlite::Error| explain(&e, path.to_str());
        let mut conn = Connection::open(&path).map_err(fail)?;
        // Another damaged database may have needed it before.
        if schema_version(&conn).map_err(fail)? == 0 {
            apply_up_to(&mut conn, LATEST).map_err(fail)?;
        }
        let page: i64 = conn
            .pragma_query_value(None, "page_size", |row| row.get(0))
            .map_err(fail)?;
        drop(conn);
        let mut bytes = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
        // Its free pages are not the damaged one's.
        bytes[FREE_PAGES].fill(0);
        let page = page as usize;
        Ok(Self { bytes, page })
    }

    /// Puts the header over that of `copy`.
    fn lend_header(&self, copy: &Path) -> io::Result<()> {
        let mut header = self.bytes[..HEADER].to_vec();
        let pages = fs::metadata(copy)?.len() / self.page as u64;
        header[PAGE_COUNT].copy_from_slice(&(pages as u32).to_be_bytes());
        write_at(copy, 0, &header)
    }

    /// Puts the table of tables, whose root is the first page, over that of `copy`.
    fn lend_schema(&self, copy: &Path) -> io::Result<()> {
        let mut pages = vec![1];
        while let Some(number) = pages.pop() {
            let at = (number - 1) * self.page;
            let Some(bytes) = self.bytes.get(at..at + self.page) else {
                continue;
            };
            write_at(copy, at as u64, bytes)?;
            pages.extend(children(bytes, if number == 1 { HEADER } else { 0 }));
        }
        self.lend_header(copy)
    }
}

/// The pages below a page of a table's tree, whose own part begins at `at`.
fn children(page: &[u8], at: usize) -> Vec<usize> {
    const INNER: u8 = 5;
    let number = |at: usize| {
        let bytes = page.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
    };
    if page[at] != INNER {
        return Vec::new();
    }
    let short = |at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    let cells = (0..short(at + 3)).map(|cell| short(at + 12 + 2 * cell));
    let below = cells.chain([at + 8]).filter_map(number);
    below.filter(|number| *number > 1).collect()
}

fn write_at(file: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(file)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_generation_shares_the_beginning_of_the_next() {
        let generation = |cursor, start, end| Generation {
            cursor,
            start,
            end,
            is_told: true,
        };
        let mut all = BTreeMap::from([
            (0, generation(10, 50, 100)),
            (1, generation(11, 20, 80)),
            (2, generation(12, 0, 300)),
        ]);
        assert_eq!(parts(&all, 2), Some(vec![(12, 0, 300)]));
        assert_eq!(parts(&all, 1), Some(vec![(12, 0, 20), (11, 20, 80)]));
        let oldest = vec![(12, 0, 20), (11, 20, 50), (10, 50, 100)];
        assert_eq!(parts(&all, 0), Some(oldest));
        all.remove(&1);
        assert_eq!(parts(&all, 0), None, "whose beginning is unknown");
        assert_eq!(parts(&all, 7), None);
    }
}
