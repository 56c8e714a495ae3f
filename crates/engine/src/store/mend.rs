//! Damage that our own hashes find, and the bytes that mend it: another copy of the database lends them, and they are
//! put in place where they are proved to be what was there.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::archive;
use super::derived::ChunkPlace;
use super::handle::{Reader, Store};
use super::open::unchanging;
use super::path_bytes::path_bytes;
use super::template::{ContentHash, content_hash};
use super::transcripts::CursorId;
use crate::transcript::Span;

/// Some of the bytes of a cursor: proved, or missing.
#[derive(Debug)]
pub enum Piece {
    /// What stood there.
    Proved(Vec<u8>),
    /// So many bytes that nobody has any more.
    Missing(u64),
}

impl Piece {
    /// How many bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Proved(bytes) => bytes.len() as u64,
            Self::Missing(len) => *len,
        }
    }
}

/// Where a content is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Among the texts of tools.
    Texts,
    /// Among the attachments.
    Blobs,
}

impl Shelf {
    /// What is kept there, in words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Texts => "the text of a tool",
            Self::Blobs => "an attachment",
        }
    }
}

/// A content that is no longer what its hash says, and a record that it stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlteredContent {
    /// Where it is kept.
    pub shelf: Shelf,
    /// Its name.
    pub hash: ContentHash,
    /// Where the record begins.
    pub offset: u64,
}

const TEXTS: &str = "SELECT t.hash, CAST(t.body AS BLOB), x.offset FROM record x JOIN message m ON m.id = x.message_id
      JOIN tool_result r ON r.message_id = m.id JOIN text t ON t.id = r.text_id WHERE x.cursor_id = ?1
    UNION ALL
    SELECT t.hash, CAST(t.body AS BLOB), x.offset FROM record x JOIN message m ON m.id = x.message_id
      JOIN tool_use u ON u.message_id = m.id JOIN text t ON t.id = u.text_id WHERE x.cursor_id = ?1";
const BLOBS: &str = "SELECT b.hash, b.data, x.offset FROM record x JOIN message m ON m.id = x.message_id
      JOIN attachment a ON a.message_id = m.id JOIN blob b ON b.hash = a.hash WHERE x.cursor_id = ?1";

impl Reader {
    /// What the messages of a cursor show that is no longer what its hash says.
    pub fn altered_contents_of(&self, cursor: CursorId) -> rusqlite::Result<Vec<AlteredContent>> {
        let mut found: Vec<AlteredContent> = Vec::new();
        for (shelf, sql) in [(Shelf::Texts, TEXTS), (Shelf::Blobs, BLOBS)] {
            let mut contents = self.conn.prepare_cached(sql)?;
            let mut rows = contents.query([cursor])?;
            while let Some(row) = rows.next()? {
                let hash: ContentHash = row.get(0)?;
                let is_whole = content_hash(row.get_ref(1)?.as_blob().unwrap_or_default()) == hash;
                if !is_whole && !found.iter().any(|one| one.hash == hash) {
                    found.push(AlteredContent {
                        shelf,
                        hash,
                        offset: row.get::<_, i64>(2)? as u64,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Where the bytes of a cursor begin and end.
    pub fn extent(&self, cursor: CursorId) -> rusqlite::Result<(u64, u64)> {
        self.conn
            .prepare_cached("SELECT start, offset FROM cursor WHERE id = ?1")?
            .query_row([cursor], |r| {
                Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64))
            })
    }

    /// The span of the record that begins at `offset`.
    pub fn span_at(&self, cursor: CursorId, offset: u64) -> rusqlite::Result<Option<Span>> {
        self.conn
            .prepare_cached("SELECT len, hash FROM record WHERE cursor_id = ?1 AND offset = ?2")?
            .query_row(params![cursor, offset as i64], |r| {
                Ok(Span {
                    offset,
                    len: r.get::<_, i64>(0)? as u64,
                    hash: r.get::<_, i64>(1)? as u64,
                })
            })
            .optional()
    }

    /// What the archive holds there, where it can still be read.
    pub fn archived(&self, cursor: CursorId, from: u64, len: u64) -> Option<Vec<u8>> {
        archive::raw(&self.conn, cursor, from, len).ok()
    }
}

/// A copy of the database that lends what is damaged in the one in use.
pub struct Lender(Connection);

impl Lender {
    /// The copy at `path`; `None` where it cannot be read.
    pub fn open(path: &Path) -> Option<Self> {
        unchanging(path).ok().map(Self)
    }

    /// What its archive holds there of the transcript at `path`, which has this cursor in the original: in each
    /// cursor that may be it.
    pub fn archived(&self, cursor: CursorId, path: &Path, from: u64, len: u64) -> Vec<Vec<u8>> {
        // A copy counts its cursors as the original did, unless that was recovered since.
        let mut cursors = vec![cursor];
        let of_path = "SELECT c.id FROM cursor c JOIN transcript t ON t.id = c.transcript_id WHERE t.path = ?1 AND c.id <> ?2";
        if let Ok(mut others) = self.0.prepare_cached(of_path)
            && let Ok(ids) = others.query_map(params![path_bytes(path), cursor], |r| {
                r.get::<_, CursorId>(0)
            })
        {
            cursors.extend(ids.flatten());
        }
        let lend = |cursor: CursorId| archive::raw(&self.0, cursor, from, len).ok();
        cursors.into_iter().filter_map(lend).collect()
    }

    /// A content, proved by its name.
    pub fn content(&self, shelf: Shelf, hash: ContentHash) -> Option<Vec<u8>> {
        let sql = match shelf {
            Shelf::Texts => "SELECT CAST(body AS BLOB) FROM text WHERE hash = ?1",
            Shelf::Blobs => "SELECT data FROM blob WHERE hash = ?1",
        };
        let content: Vec<u8> = self.0.query_row(sql, [hash], |r| r.get(0)).ok()?;
        (content_hash(&content) == hash).then_some(content)
    }
}

impl Store {
    /// Puts proved bytes in the place of chunks, one behind the other from `from` on; what is still missing among them
    /// stays damaged. Nothing is done where the chunks are not there any more as they were.
    pub fn mend_chunks(
        &mut self,
        cursor: CursorId,
        from: u64,
        chunks: &[ChunkPlace],
        pieces: &[Piece],
    ) -> rusqlite::Result<()> {
        let is_there = |(id, offset, len): &ChunkPlace| {
            self.conn
                .prepare_cached(
                    "SELECT 1 FROM archive WHERE id = ?1 AND cursor_id = ?2 AND offset = ?3 AND len = ?4",
                )?
                .exists(params![id, cursor, *offset as i64, *len as i64])
        };
        for chunk in chunks {
            if !is_there(chunk)? {
                return Ok(());
            }
        }
        let len: u64 = pieces.iter().map(Piece::size).sum();
        let others = self.chunks_within(cursor, from, from + len)?;
        if others
            .iter()
            .any(|other| !chunks.iter().any(|(id, ..)| id == other))
        {
            return Ok(());
        }
        for (id, ..) in chunks {
            self.conn
                .prepare_cached("DELETE FROM archive WHERE id = ?1")?
                .execute([id])?;
        }
        let mut at = from;
        for piece in pieces {
            self.insert_piece(cursor, at, piece)?;
            at += piece.size();
        }
        Ok(())
    }

    fn chunks_within(&self, cursor: CursorId, from: u64, to: u64) -> rusqlite::Result<Vec<i64>> {
        self.conn
            .prepare_cached(
                "SELECT id FROM archive WHERE cursor_id = ?1 AND offset < ?3 AND offset + len > ?2",
            )?
            .query_map(params![cursor, from as i64, to as i64], |r| r.get(0))?
            .collect()
    }

    /// Puts a content in its place again. Nothing is written where `content` is not what `hash` names.
    pub fn mend_content(
        &mut self,
        shelf: Shelf,
        hash: ContentHash,
        content: &[u8],
    ) -> rusqlite::Result<()> {
        if content_hash(content) != hash {
            return Ok(());
        }
        let sql = match shelf {
            Shelf::Texts => "UPDATE text SET body = CAST(?2 AS TEXT) WHERE hash = ?1",
            Shelf::Blobs => "UPDATE blob SET data = ?2 WHERE hash = ?1",
        };
        self.conn
            .prepare_cached(sql)?
            .execute(params![hash, content])
            .map(drop)
    }
}
