//! Whether the archive holds the records of a cursor as they were read.

use std::collections::VecDeque;

use crate::error::Result;
use crate::store::{ChunkPlace, CursorId, Reader};
use crate::transcript::{Span, hash};

/// What of a cursor is damaged.
#[derive(Debug, Default)]
pub struct Unsound {
    /// Records that are missing, say what cannot be, or whose bytes are not what their hashes say.
    pub spans: Vec<Span>,
    /// Where the archive does not hold what it should.
    pub regions: Vec<Region>,
}

/// A part of a cursor's bytes that the archive does not hold as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// First byte.
    pub from: u64,
    /// Behind the last.
    pub to: u64,
    /// The chunks that stand there, if any.
    pub chunks: Vec<ChunkPlace>,
}

/// What is met on the way through the bytes of a cursor.
struct Stretch {
    from: u64,
    to: u64,
    chunk: Option<ChunkPlace>,
    /// It is missing, cannot be unpacked, or stands where it cannot.
    is_bad: bool,
}

/// Bytes unpacked and not yet accounted for.
#[derive(Default)]
struct Held {
    at: u64,
    bytes: Vec<u8>,
}

impl Held {
    fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }

    fn has(&self, span: &Span) -> bool {
        let start = span.offset.checked_sub(self.at);
        let bytes = start.and_then(|start| {
            let start = start as usize;
            self.bytes.get(start..start + span.len as usize)
        });
        bytes.is_some_and(|bytes| hash(bytes) == span.hash)
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
    let (start, end) = reader.extent(cursor).map_err(fail)?;
    let mut found = Unsound::default();
    let mut spans: VecDeque<Span> = VecDeque::new();
    let mut reached = start;
    reader
        .spans(cursor, |span, _| {
            let is_next = span.offset == reached && span.len <= end.saturating_sub(reached);
            if is_next {
                reached += span.len;
                spans.push_back(span);
            } else {
                found.spans.push(span);
                reached = span
                    .offset
                    .saturating_add(span.len)
                    .clamp(reached, end.max(reached));
            }
            true
        })
        .map_err(fail)?;
    if reached < end {
        let len = end - reached;
        found.spans.push(Span {
            offset: reached,
            len,
            hash: 0,
        });
    }
    let mut held = Held {
        at: start,
        bytes: Vec::new(),
    };
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut at = start;
    let chunks = reader.chunk_places(cursor, 0).map_err(fail)?;
    for chunk in chunks.iter().copied().map(Some).chain([None]) {
        let (offset, len) = chunk.map_or((end, 0), |(_, offset, len)| (offset, len));
        if offset > at {
            let to = offset.min(end);
            stretches.push(Stretch {
                from: at,
                to,
                chunk: None,
                is_bad: true,
            });
            lose(&mut held, &mut spans, to, &mut found);
            at = to;
        }
        let Some(place) = chunk else { break };
        let is_placed = offset == at && len > 0 && len <= end - at;
        let bytes = match is_placed {
            true => reader.chunk_bytes(place.0),
            false => Ok(None),
        };
        let to = if is_placed { at + len } else { at };
        match bytes {
            Ok(Some(bytes)) if bytes.len() as u64 == len => {
                held.bytes.extend(bytes);
                stretches.push(Stretch {
                    from: at,
                    to,
                    chunk,
                    is_bad: false,
                });
                let reached = held.end();
                while let Some(span) = spans.pop_front_if(|span| span.offset + span.len <= reached)
                {
                    held.forget_to(span.offset);
                    if !held.has(&span) {
                        found.spans.push(span);
                    }
                    held.forget_to(span.offset + span.len);
                }
            }
            Ok(_) | Err(rusqlite::Error::ToSqlConversionFailure(_)) => {
                stretches.push(Stretch {
                    from: at,
                    to,
                    chunk,
                    is_bad: true,
                });
                lose(&mut held, &mut spans, to, &mut found);
            }
            Err(error) => return Err(fail(error)),
        }
        at = to;
    }
    found.spans.extend(spans);
    found.spans.sort_by_key(|span| span.offset);
    found.regions = regions(stretches, &found.spans);
    Ok(found)
}

/// What stands up to `to` cannot be had: the records that touch it are lost.
fn lose(held: &mut Held, spans: &mut VecDeque<Span>, to: u64, found: &mut Unsound) {
    while let Some(span) = spans.pop_front_if(|span| span.offset < to) {
        found.spans.push(span);
    }
    *held = Held {
        at: to,
        bytes: Vec::new(),
    };
}

/// The stretches that are bad, or that a damaged record touches. What is missing or misplaced is put together with
/// what is damaged beside it: nobody knows whose place is wrong.
fn regions(stretches: Vec<Stretch>, damaged: &[Span]) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut goes_on = false;
    for stretch in stretches {
        let touches = |span: &Span| {
            span.offset < stretch.to && span.offset.saturating_add(span.len) > stretch.from
        };
        if !stretch.is_bad && !damaged.iter().any(touches) {
            goes_on = false;
            continue;
        }
        let is_odd = stretch.chunk.is_none() || stretch.from == stretch.to;
        match regions.last_mut().filter(|_| goes_on && is_odd) {
            Some(region) => {
                region.to = stretch.to.max(region.to);
                region.chunks.extend(stretch.chunk);
            }
            None => regions.push(Region {
                from: stretch.from,
                to: stretch.to,
                chunks: stretch.chunk.into_iter().collect(),
            }),
        }
        goes_on = true;
    }
    regions
}
