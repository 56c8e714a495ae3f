//! A cursor read again from the archive, as its file was read once: in stretches of whole lines, each with
//! the rows it becomes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::agents::{self, Agent};
use crate::error::Result;
use crate::store::{Archived, ChunkPlace, CursorId, Reader};
use crate::sync::parse;
use crate::sync::plan::Plan;
use crate::sync::sweep::{self, Place};
use crate::sync::tail::{BATCH, LONGEST_LINE};
use crate::sync::transform;
use crate::transcript::{Batch, Content, Context, Cursor, Found, Shape};

/// Some of the bytes of a cursor, read anew.
#[derive(Debug)]
pub struct Stretch {
    /// Where they begin.
    pub from: u64,
    /// Where they end.
    pub to: u64,
    /// What waits for its newline behind them, where that is all there is.
    pub waiting: Option<Vec<u8>>,
    /// The bytes themselves.
    pub bytes: Vec<u8>,
    /// The rows they become.
    pub plan: Plan,
}

/// Puts chunks of the archive together to stretches of whole lines, as the tail reads them.
struct Pieces {
    shape: Shape,
    /// Where what is held begins.
    at: u64,
    held: Vec<u8>,
    /// Bytes of `held` that are whole lines of chunks before the last one.
    whole: usize,
    /// Inside a line too long to hold.
    goes_on: bool,
}

impl Pieces {
    fn new(shape: Shape, at: u64) -> Self {
        Self {
            shape,
            at,
            held: Vec::new(),
            whole: 0,
            goes_on: false,
        }
    }

    /// Where the chunks added end.
    fn end(&self) -> u64 {
        self.at + self.held.len() as u64
    }

    fn add(&mut self, bytes: Vec<u8>) {
        if self.held.ends_with(b"\n") {
            self.whole = self.held.len();
        }
        self.held.extend(bytes);
    }

    /// The next stretch: where it begins, its bytes, and what they are. `is_end`: no chunk follows.
    fn next(&mut self, is_end: bool) -> Option<(u64, Vec<u8>, Content)> {
        if self.held.is_empty() {
            return None;
        }
        let ends_line = self.held.ends_with(b"\n");
        if self.shape == Shape::Document {
            return is_end.then(|| self.take(self.held.len(), Content::Document));
        }
        if self.goes_on {
            let end = memchr::memchr(b'\n', &self.held);
            self.goes_on = end.is_none();
            let content = Content::Oversized { goes_on: true };
            return Some(self.take(end.map_or(self.held.len(), |at| at + 1), content));
        }
        // A line that goes on in the next chunk may turn out too long: it is not read with others.
        if self.whole > 0 && (!ends_line || self.whole >= BATCH) {
            return Some(self.take(self.whole, Content::Lines));
        }
        if !ends_line && self.held.len() >= LONGEST_LINE {
            self.goes_on = true;
            let content = Content::Oversized { goes_on: false };
            return Some(self.take(self.held.len(), content));
        }
        let is_due = is_end || ends_line && self.held.len() >= BATCH;
        is_due.then(|| self.take(self.held.len(), Content::Lines))
    }

    fn take(&mut self, len: usize, content: Content) -> (u64, Vec<u8>, Content) {
        let rest = self.held.split_off(len);
        let bytes = std::mem::replace(&mut self.held, rest);
        let from = self.at;
        self.at += len as u64;
        self.whole = 0;
        (from, bytes, content)
    }
}

/// Reads a cursor from the archive, one stretch after another.
pub struct Reading<'r> {
    reader: &'r Reader,
    agent: &'static dyn Agent,
    found: Arc<Found>,
    cursor: CursorId,
    pieces: Pieces,
    chunks: VecDeque<ChunkPlace>,
    context: Context,
}

impl<'r> Reading<'r> {
    /// `None` for what no agent of ours writes.
    pub fn begin(reader: &'r Reader, places: &[Place], outdated: &Archived) -> Option<Self> {
        let found = sweep::recognise_anywhere(places, Some(&outdated.agent), &outdated.path)?;
        Some(Self {
            reader,
            agent: agents::by_id(&outdated.agent)?,
            cursor: outdated.cursor,
            pieces: Pieces::new(found.origin.shape, outdated.start),
            found,
            chunks: VecDeque::new(),
            context: Context::default(),
        })
    }

    /// The version of the parser that reads it.
    pub fn version(&self) -> u32 {
        self.agent.parser_version()
    }

    /// The next stretch; the one with what waits comes last, and again as long as more is appended.
    /// `None` where the archive was put together otherwise meanwhile.
    pub fn next(&mut self) -> Result<Option<Stretch>> {
        let fail = |e: rusqlite::Error| self.reader.explain(&e);
        loop {
            if let Some(piece) = self.pieces.next(false) {
                return Ok(Some(self.read(piece, None)));
            }
            if self.chunks.is_empty() {
                let places = self.reader.chunk_places(self.cursor, self.pieces.end());
                self.chunks = places.map_err(fail)?.into();
            }
            let Some((number, offset, _)) = self.chunks.pop_front() else {
                let waiting = self.reader.pending(self.cursor).map_err(fail)?;
                let end = self.pieces.end();
                let piece = self.pieces.next(true);
                let piece = piece.unwrap_or((end, Vec::new(), Content::Lines));
                return Ok(Some(self.read(piece, Some(waiting.unwrap_or_default()))));
            };
            let end = self.pieces.end();
            // The last chunk may have grown since it was read.
            let bytes = self.reader.chunk_bytes(number).map_err(fail)?;
            let known = end.checked_sub(offset).map(|known| known as usize);
            let (Some(mut bytes), Some(known)) = (bytes, known) else {
                return Ok(None);
            };
            if known > bytes.len() {
                return Ok(None);
            }
            self.pieces.add(bytes.split_off(known));
        }
    }

    fn read(
        &mut self,
        (offset, bytes, content): (u64, Vec<u8>, Content),
        waiting: Option<Vec<u8>>,
    ) -> Stretch {
        let end = offset + bytes.len() as u64;
        let batch = Batch {
            offset,
            bytes,
            content,
            unterminated: waiting.clone().unwrap_or_default(),
            is_waiting_replaced: false,
            after: Cursor {
                offset: end,
                ..Cursor::default()
            },
            is_last: true,
        };
        let origin = &self.found.origin;
        let parsed = parse::parse(self.agent, origin, &batch);
        let context = std::mem::take(&mut self.context);
        let version = self.agent.parser_version();
        let plan = transform::transform(origin, &batch, parsed, version, context);
        self.context = plan.context.clone();
        Stretch {
            from: offset,
            to: end,
            waiting,
            bytes: batch.bytes,
            plan,
        }
    }
}

/// Shows what a cursor says, read anew from its first byte to its last, to `visit`.
pub fn read_all(
    reader: &Reader,
    places: &[Place],
    cursor: &Archived,
    visit: &mut dyn FnMut(&Stretch) -> Result<()>,
) -> Result<()> {
    let Some(mut reading) = Reading::begin(reader, places, cursor) else {
        return Ok(());
    };
    while let Some(stretch) = reading.next()? {
        visit(&stretch)?;
        if stretch.waiting.is_some() {
            break;
        }
    }
    Ok(())
}
