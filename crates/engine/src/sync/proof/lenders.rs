//! Who may still have bytes that were found damaged: the source, a backup. Each proves them by hash.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::value::RawValue;

use super::spans::Region;
use crate::paths::DataDir;
use crate::store::{AlteredContent, Archived, Lender, Piece, Reader, backup, content_hash};
use crate::sync::links;
use crate::sync::sweep::Place;
use crate::sync::tail::Tail;
use crate::transcript::{Span, hash};

/// Bytes of a chunk that is made.
const LARGE: usize = 256 << 10;

/// Who may have the bytes of a cursor.
pub struct Lenders<'r> {
    reader: &'r Reader,
    cursor: &'r Archived,
    source: Option<Tail>,
    copies: Vec<Lender>,
}

impl<'r> Lenders<'r> {
    /// The file itself, and every backup.
    pub fn of(reader: &'r Reader, dir: &DataDir, places: &[Place], cursor: &'r Archived) -> Self {
        let copies = backup::all(dir);
        Self {
            reader,
            cursor,
            source: links::open_known(places, &cursor.path).ok().flatten(),
            copies: copies
                .iter()
                .filter_map(|copy| Lender::open(&copy.path))
                .collect(),
        }
    }

    /// The bytes of a region, put together from the records it holds, as far as anybody has them; `None` where nobody
    /// has any.
    pub fn pieces(&self, region: &Region) -> Option<Vec<Piece>> {
        let Region { from, to, .. } = *region;
        let mut spans: Vec<Span> = Vec::new();
        let collect = |span: Span, _| {
            // One that says what cannot be proves nothing.
            let is_whole = span.offset.saturating_add(span.len) <= self.cursor.end;
            let is_in = span.offset < to && span.offset.saturating_add(span.len) > from;
            spans.extend((is_in && is_whole).then_some(span));
            span.offset < to
        };
        self.reader.spans(self.cursor.cursor, collect).ok()?;
        // A record may begin in the chunk before and go on in the one behind.
        let (first, last) = (spans.first()?, spans.last()?);
        let start = first.offset;
        let lent = self.lent(start, last.offset + last.len - start);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut at = from;
        for span in spans {
            let (begin, end) = (span.offset.max(from), (span.offset + span.len).min(to));
            if begin > at {
                add(&mut pieces, None, begin - at);
            }
            let record = proved(&lent, start, span);
            let part = record.map(|record| {
                &record[(begin - span.offset) as usize..(end - span.offset) as usize]
            });
            add(&mut pieces, part, end.saturating_sub(begin));
            at = end.max(at);
        }
        if at < to {
            add(&mut pieces, None, to - at);
        }
        let is_any = pieces.iter().any(|piece| matches!(piece, Piece::Proved(_)));
        is_any.then_some(pieces)
    }

    /// What each of them says stands there.
    fn lent(&self, from: u64, len: u64) -> Vec<Vec<u8>> {
        let (cursor, path) = (self.cursor.cursor, &self.cursor.path);
        let source = self.source.as_ref();
        let source = source.and_then(|source| source.bytes_at(from, len).ok());
        let archived = self.reader.archived(cursor, from, len);
        let copies = self.copies.iter();
        let copies = copies.flat_map(|copy| copy.archived(cursor, path, from, len));
        source.into_iter().chain(archived).chain(copies).collect()
    }

    /// A content as its name says.
    pub fn content(&self, altered: &AlteredContent) -> Option<Vec<u8>> {
        let AlteredContent {
            shelf,
            hash,
            offset,
        } = *altered;
        let from_record = || {
            let span = self.reader.span_at(self.cursor.cursor, offset).ok()??;
            let lent = self.lent(span.offset, span.len);
            let record = proved(&lent, span.offset, span)?;
            in_record(record, &|content| content_hash(content) == hash)
        };
        let mut copies = self.copies.iter();
        copies
            .find_map(|copy| copy.content(shelf, hash))
            .or_else(from_record)
    }
}

/// Adds bytes, or that so many are missing, to the last piece or as a new one.
fn add(pieces: &mut Vec<Piece>, bytes: Option<&[u8]>, len: u64) {
    match (pieces.last_mut(), bytes) {
        (Some(Piece::Proved(held)), Some(bytes)) if held.len() < LARGE => held.extend(bytes),
        (Some(Piece::Missing(held)), None) => *held += len,
        (_, Some(bytes)) => pieces.push(Piece::Proved(bytes.to_vec())),
        (_, None) => pieces.push(Piece::Missing(len)),
    }
}

/// The bytes of a record, where one of those who lent what stands from `from` on has them.
fn proved(lent: &[Vec<u8>], from: u64, span: Span) -> Option<&[u8]> {
    let start = (span.offset - from) as usize;
    let mut bytes = lent
        .iter()
        .filter_map(|lent| lent.get(start..start + span.len as usize));
    bytes.find(|bytes| hash(bytes) == span.hash)
}

/// The content that stands in a record and is the one that is sought: a text, bytes in base64, or a part of it as it
/// stands.
fn in_record(record: &[u8], is_sought: &dyn Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    fn within(value: &RawValue, is_sought: &dyn Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let raw = value.get();
        if is_sought(raw.as_bytes()) {
            return Some(raw.as_bytes().to_vec());
        }
        match raw.as_bytes().first()? {
            b'"' => {
                let text: String = serde_json::from_str(raw).ok()?;
                match is_sought(text.as_bytes()) {
                    true => Some(text.into_bytes()),
                    false => BASE64.decode(text).ok().filter(|bytes| is_sought(bytes)),
                }
            }
            b'[' => {
                let values: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
                values
                    .into_iter()
                    .find_map(|value| within(value, is_sought))
            }
            b'{' => {
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw).ok()?;
                fields
                    .into_values()
                    .find_map(|value| within(value, is_sought))
            }
            _ => None,
        }
    }
    if is_sought(record) {
        return Some(record.to_vec());
    }
    within(serde_json::from_slice(record).ok()?, is_sought)
}
