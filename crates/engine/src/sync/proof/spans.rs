//! Whether the archive holds the records of a cursor as they were read.

use std::collections::VecDeque;

use crate::error::Result;
use crate::store::{ChunkPlace, CursorId, Reader};
use crate::transcript::{Span, hash};

/// What of a cursor is damaged.
#[derive(Debug, Default)]
pub struct Unsound {
    /// Records whose bytes are missing or not what their hashes say.
    pub spans: Vec<Span>,
    /// The chunks they lie in.
    pub chunks: Vec<ChunkPlace>,
}

/// Bytes unpacked and not yet accounted for, and which of them could not be.
#[derive(Default)]
struct Held {
    at: u64,
    bytes: Vec<u8>,
    /// Chunks that could not be unpacked, from and to; their bytes are zeros here.
    holes: Vec<(u64, u64)>,
}

impl Held {
    fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }

    fn add(&mut self, offset: u64, bytes: Vec<u8>) {
        if self.bytes.is_empty() {
            self.at = offset;
        }
        // Chunks lie without gaps, or the bytes between them are missing.
        if offset > self.end() {
            self.add_hole(offset);
        }
        self.bytes.extend(bytes);
    }

    fn add_hole(&mut self, to: u64) {
        self.holes.push((self.end(), to));
        self.bytes.resize((to - self.at) as usize, 0);
    }

    fn has(&self, span: &Span) -> bool {
        let (from, to) = (span.offset, span.offset + span.len);
        let is_there = from >= self.at && to <= self.end();
        let is_read = self.holes.iter().all(|hole| to <= hole.0 || from >= hole.1);
        let within = || &self.bytes[(from - self.at) as usize..(to - self.at) as usize];
        is_there && is_read && hash(within()) == span.hash
    }

    fn forget_to(&mut self, to: u64) {
        let used = (to.clamp(self.at, self.end()) - self.at) as usize;
        self.bytes.drain(..used);
        self.at += used as u64;
    }
}

/// Unpacks everything the archive holds of a cursor and compares it with the hashes of the records.
///
/// # Errors
/// The database itself is damaged or cannot be read there.
pub fn unsound(reader: &Reader, cursor: CursorId) -> Result<Unsound> {
    let fail = |e: rusqlite::Error| reader.explain(&e);
    // Of one moment: the last chunk grows with every append.
    let _snapshot = reader.snapshot().map_err(fail)?;
    let chunks = reader.chunk_places(cursor, 0).map_err(fail)?;
    let Some(end) = chunks
        .iter()
        .map(|(_, offset, len)| offset.saturating_add(*len))
        .max()
    else {
        return Ok(Unsound::default());
    };
    let mut found = Unsound::default();
    let mut spans: VecDeque<Span> = VecDeque::new();
    let mut reached = chunks.first().map_or(0, |(_, offset, _)| *offset);
    reader
        .spans(cursor, |span, _| {
            let is_next = span.offset == reached && span.len <= end.saturating_sub(reached);
            if is_next {
                reached += span.len;
                spans.push_back(span);
            } else {
                // A record is missing, or says what cannot be.
                found.spans.push(span);
                reached = span.offset.saturating_add(span.len).clamp(reached, end);
            }
            true
        })
        .map_err(fail)?;
    let mut held = Held::default();
    for (at, (number, offset, len)) in chunks.iter().copied().enumerate() {
        let next = chunks.get(at + 1).map_or(end, |(_, offset, _)| *offset);
        match reader.chunk_bytes(number) {
            Ok(Some(bytes)) if bytes.len() as u64 == len => held.add(offset, bytes),
            Ok(_) | Err(rusqlite::Error::ToSqlConversionFailure(_)) => {
                held.add(offset, Vec::new());
                held.add_hole(next.clamp(offset, end));
            }
            Err(error) => return Err(fail(error)),
        }
        let reached = held.end();
        while let Some(span) = spans.pop_front_if(|span| span.offset + span.len <= reached) {
            if !held.has(&span) {
                found.spans.push(span);
            }
            held.forget_to(span.offset + span.len);
        }
    }
    found.spans.extend(spans);
    found.spans.sort_by_key(|span| span.offset);
    let touches = |(_, offset, len): &ChunkPlace| {
        let is_in = |span: &Span| {
            span.offset < offset.saturating_add(*len)
                && span.offset.saturating_add(span.len) > *offset
        };
        found.spans.iter().any(is_in)
    };
    found.chunks = chunks.into_iter().filter(touches).collect();
    Ok(found)
}
