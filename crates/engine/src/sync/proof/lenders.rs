//! Who may still have bytes that were found damaged: the source, a backup. Each proves them by hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::spans::Unsound;
use crate::paths::DataDir;
use crate::store::{AlteredContent, Archived, ChunkPlace, Lender, Reader, backup, content_hash};
use crate::sync::links;
use crate::sync::mend::Mend;
use crate::sync::sweep::Place;
use crate::sync::tail::Tail;
use crate::transcript::Span;

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

    /// What can be mended.
    pub fn mend(&self, damaged: &Unsound, altered: &[AlteredContent]) -> Mend {
        let chunks = damaged.chunks.iter();
        let contents = altered.iter();
        Mend {
            cursor: self.cursor.cursor,
            chunks: chunks
                .filter_map(|chunk| Some((*chunk, self.chunk(*chunk)?)))
                .collect(),
            contents: contents
                .filter_map(|one| Some((*one, self.content(one)?)))
                .collect(),
        }
    }

    /// All the bytes of a chunk, put together from the records it holds.
    fn chunk(&self, (_, offset, len): ChunkPlace) -> Option<Vec<u8>> {
        let end = offset + len;
        let mut spans: Vec<Span> = Vec::new();
        let cursor = self.cursor.cursor;
        let collect = |span: Span, _| {
            let is_in = span.offset < end && span.offset + span.len > offset;
            spans.extend(is_in.then_some(span));
            span.offset < end
        };
        self.reader.spans(cursor, collect).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(len).ok()?);
        for span in spans {
            // A record may go on in the chunk before or after.
            let record = self.record(span)?;
            let from = offset.saturating_sub(span.offset).min(span.len) as usize;
            let to = (end - span.offset).min(span.len) as usize;
            bytes.extend_from_slice(&record[from..to]);
        }
        (bytes.len() as u64 == len).then_some(bytes)
    }

    fn record(&self, span: Span) -> Option<Vec<u8>> {
        let (cursor, path) = (self.cursor.cursor, &self.cursor.path);
        let archived = || self.reader.archived_record(cursor, span);
        archived()
            .or_else(|| self.of_source(span))
            .or_else(|| self.of_copies(|copy| copy.record(cursor, path, span)))
    }

    fn of_source(&self, span: Span) -> Option<Vec<u8>> {
        let mut buffer = Vec::new();
        let has = self.source.as_ref()?.has_span(span, &mut buffer);
        matches!(has, Ok(true)).then_some(buffer)
    }

    fn of_copies<T>(&self, ask: impl Fn(&Lender) -> Option<T>) -> Option<T> {
        self.copies.iter().find_map(ask)
    }

    fn content(&self, altered: &AlteredContent) -> Option<Vec<u8>> {
        let AlteredContent {
            shelf,
            hash,
            offset,
        } = *altered;
        let from_record = || {
            let span = self.reader.span_at(self.cursor.cursor, offset).ok()??;
            let record = self.record(span)?;
            in_record(&record, &|content| content_hash(content) == hash)
        };
        self.of_copies(|copy| copy.content(shelf, hash))
            .or_else(from_record)
    }
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
