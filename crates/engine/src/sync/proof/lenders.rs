//! Who may still have bytes that were found damaged: the source, a backup. Each proves them by hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::paths::DataDir;
use crate::store::{AlteredContent, Archived, ChunkPlace, Lender, Reader, backup, content_hash};
use crate::sync::links;
use crate::sync::sweep::Place;
use crate::sync::tail::Tail;
use crate::transcript::{Span, hash};

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

    /// All the bytes of a chunk, put together from the records it holds.
    pub fn chunk(&self, (_, offset, len): ChunkPlace) -> Option<Vec<u8>> {
        let end = offset + len;
        let mut spans: Vec<Span> = Vec::new();
        let collect = |span: Span, _| {
            let is_in = span.offset < end && span.offset + span.len > offset;
            spans.extend(is_in.then_some(span));
            span.offset < end
        };
        self.reader.spans(self.cursor.cursor, collect).ok()?;
        // One that says what cannot be proves nothing.
        spans.retain(|span| span.offset.saturating_add(span.len) <= self.cursor.end);
        // A record may begin in the chunk before and go on in the one behind.
        let (first, last) = (spans.first()?, spans.last()?);
        let from = first.offset;
        let lent = self.lent(from, last.offset + last.len - from);
        let mut bytes = Vec::with_capacity(usize::try_from(len).ok()?);
        for span in spans {
            let record = proved(&lent, from, span)?;
            let begin = offset.saturating_sub(span.offset).min(span.len) as usize;
            let to = (end - span.offset).min(span.len) as usize;
            bytes.extend_from_slice(&record[begin..to]);
        }
        (bytes.len() as u64 == len).then_some(bytes)
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

/// The bytes of a record, where one of those who lent what stands from `from` on has them.
fn proved(lent: &[Vec<u8>], from: u64, span: Span) -> Option<&[u8]> {
    let start = (span.offset - from) as usize;
    let mut bytes = lent
        .iter()
        .filter_map(|lent| lent.get(start..start + span.len as usize));
    bytes.find(|bytes| hash(bytes) == span.hash)
}

/// The content that stands in a record and is the one that is sought: a text, or bytes in base64.
fn in_record(record: &[u8], is_sought: &dyn Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    fn within(value: &Value, is_sought: &dyn Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        match value {
            Value::String(text) => match is_sought(text.as_bytes()) {
                true => Some(text.clone().into_bytes()),
                false => BASE64.decode(text).ok().filter(|bytes| is_sought(bytes)),
            },
            Value::Array(values) => values.iter().find_map(|value| within(value, is_sought)),
            Value::Object(fields) => fields.values().find_map(|value| within(value, is_sought)),
            _ => None,
        }
    }
    if is_sought(record) {
        return Some(record.to_vec());
    }
    within(&serde_json::from_slice(record).ok()?, is_sought)
}
