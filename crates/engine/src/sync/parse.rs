//! From a batch of lines to entries and rejects. Never fails: what cannot be read is a reject.
//!
//! A damaged line is repaired in steps, and each step only when the one before did not do. The
//! spans of what comes out tile the line, so every byte is accounted for.

use std::borrow::Cow;

use crate::agents::{Agent, ParseFault};
use crate::entry::Entry;
use crate::transcript::{Batch, Content, Origin, Span, hash};

/// Suffixes of a cut line that are tried at most, and bytes looked at for them.
const MOST_SUFFIXES: usize = 10_000;
const MOST_BYTES: usize = 1 << 30;

/// A span of a transcript and what it says.
#[derive(Debug)]
pub struct Piece {
    /// Where it is.
    pub span: Span,
    /// What it says.
    pub what: What,
}

/// What a span says.
#[derive(Debug)]
pub enum What {
    /// White space.
    Blank,
    /// A record.
    Entry(Box<Entry>),
    /// Nothing that could be read.
    Reject(Reason),
}

/// Why a span could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// The beginning of a record, cut off where another one starts.
    CutOff,
    /// A line longer than we hold in memory.
    TooLarge,
}

impl Reason {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::CutOff => "cut_off",
            Self::TooLarge => "too_large",
        }
    }
}

/// A batch, read.
#[derive(Debug)]
pub struct Parsed {
    /// Spans that tile the batch, in order.
    pub pieces: Vec<Piece>,
    /// What waits for its newline behind them.
    pub waiting: Vec<Piece>,
}

/// Reads a batch.
pub fn parse(agent: &dyn Agent, origin: &Origin, batch: &Batch) -> Parsed {
    let mut pieces = Vec::new();
    match batch.content {
        Content::Lines => {
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', &batch.bytes) {
                let line = &batch.bytes[start..=end];
                parse_line(
                    agent,
                    origin,
                    line,
                    batch.offset + start as u64,
                    &mut pieces,
                );
                start = end + 1;
            }
            // Only of an earlier generation: what never got its newline was set aside with it.
            if start < batch.bytes.len() {
                let rest = &batch.bytes[start..];
                parse_line(
                    agent,
                    origin,
                    rest,
                    batch.offset + start as u64,
                    &mut pieces,
                );
            }
        }
        Content::Document if batch.bytes.is_empty() => {}
        Content::Document => parse_line(agent, origin, &batch.bytes, batch.offset, &mut pieces),
        Content::Oversized { .. } if batch.bytes.is_empty() => {}
        Content::Oversized { .. } => pieces.push(Piece {
            span: span(&batch.bytes, batch.offset),
            what: What::Reject(Reason::TooLarge),
        }),
    }
    let mut waiting = Vec::new();
    if !batch.unterminated.is_empty() {
        let offset = batch.after.offset;
        parse_line(agent, origin, &batch.unterminated, offset, &mut waiting);
    }
    Parsed { pieces, waiting }
}

fn span(bytes: &[u8], offset: u64) -> Span {
    Span {
        offset,
        len: bytes.len() as u64,
        hash: hash(bytes),
    }
}

fn parse_line(agent: &dyn Agent, origin: &Origin, line: &[u8], offset: u64, out: &mut Vec<Piece>) {
    let what = if line.trim_ascii().is_empty() {
        What::Blank
    } else {
        match whole_record(agent, origin, line) {
            Ok(entry) => What::Entry(entry),
            Err(ParseFault::NotAnObject) => What::Reject(Reason::NotAnObject),
            Err(ParseFault::Syntax { .. }) => return repair(agent, origin, line, offset, out),
        }
    };
    out.push(Piece {
        span: span(line, offset),
        what,
    });
}

/// Reads bytes that ought to be one record, with the repairs that keep their length: invalid UTF-8
/// and unpaired surrogates become U+FFFD.
fn whole_record(
    agent: &dyn Agent,
    origin: &Origin,
    bytes: &[u8],
) -> Result<Box<Entry>, ParseFault> {
    // The strict check is several times faster than the lossy one.
    let text =
        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    let text = without_lone_surrogates(&text);
    agent.parse(origin, text.trim_ascii()).map(Box::new)
}

/// Takes a damaged line apart: its records, and rejects for whatever stands between them.
fn repair(agent: &dyn Agent, origin: &Origin, line: &[u8], offset: u64, out: &mut Vec<Piece>) {
    let mut push = |start: usize, end: usize, what| {
        out.push(Piece {
            span: span(&line[start..end], offset + start as u64),
            what,
        });
    };
    let readable = readable(line);
    let has_content = |start: usize, end: usize| !readable[start..end].trim_ascii().is_empty();
    let records = records_in(agent, origin, &readable);
    let Some(last) = records.last().map(|record| record.end) else {
        return push(0, line.len(), What::Reject(Reason::NotJson));
    };
    // White space and NULs behind the last record go with it.
    let end_of_last = if has_content(last, line.len()) {
        last
    } else {
        line.len()
    };
    let mut at = 0;
    for Record { start, end, entry } in records {
        if has_content(at, start) {
            push(at, start, What::Reject(Reason::CutOff));
            at = start;
        }
        let end = if end == last { end_of_last } else { end };
        push(at, end, What::Entry(entry));
        at = end;
    }
    if at < line.len() {
        push(at, line.len(), What::Reject(Reason::CutOff));
    }
}

/// A record found inside a damaged line.
struct Record {
    start: usize,
    end: usize,
    entry: Box<Entry>,
}

/// The records of a damaged line: one after the other from its start, and where that stops, the
/// first later place from which the rest of the line is nothing but records. Only what carries a type and
/// an id counts: a piece of a broken record must not pass for a whole one.
fn records_in(agent: &dyn Agent, origin: &Origin, bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut at = 0;
    loop {
        let start = bytes.len() - bytes[at..].trim_ascii_start().len();
        if start == bytes.len() {
            return records;
        }
        let found = record_at(agent, origin, bytes, start)
            .or_else(|| last_record(agent, origin, bytes, start));
        let Some(record) = found else { return records };
        at = record.end;
        if record.entry.is_identified {
            records.push(record);
        }
    }
}

/// The line with NULs and a byte order mark as white space and invalid bytes as `?`, byte for byte
/// as long as before, so that places in it are places in the line.
fn readable(line: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = line
        .iter()
        .map(|b| if *b == 0 { b' ' } else { *b })
        .collect();
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes[..3].fill(b' ');
    }
    bytes
}

/// The record that begins at `start`.
fn record_at(agent: &dyn Agent, origin: &Origin, bytes: &[u8], start: usize) -> Option<Record> {
    let end = start + object_len(&bytes[start..])?;
    let entry = whole_record(agent, origin, &bytes[start..end]).ok()?;
    Some(Record { start, end, entry })
}

/// The first record behind `from` after which nothing but whole ones follow.
fn last_record(agent: &dyn Agent, origin: &Origin, bytes: &[u8], from: usize) -> Option<Record> {
    let end = bytes.trim_ascii_end().len();
    let mut budget = MOST_BYTES;
    memchr::memmem::find_iter(&bytes[from + 1..end], b"{\"")
        .take(MOST_SUFFIXES)
        .map(|at| from + 1 + at)
        // An inner object is followed by more of its record.
        .filter(|start| {
            let (are_all, read) = match budget {
                0 => (false, 0),
                _ => objects(&bytes[*start..end]),
            };
            budget = budget.saturating_sub(read);
            are_all
        })
        .find_map(|start| record_at(agent, origin, bytes, start))
}

/// Whether `bytes` are JSON objects, one behind the other; and how many bytes it took to say so.
fn objects(bytes: &[u8]) -> (bool, usize) {
    let mut at = 0;
    loop {
        let rest = bytes[at..].trim_ascii_start();
        at = bytes.len() - rest.len();
        match object_len(rest) {
            Some(len) => at += len,
            None if rest.first() == Some(&b'{') => return (false, bytes.len()),
            None => return (rest.is_empty(), at),
        }
    }
}

/// Length of the JSON object at the beginning of `bytes`, by its braces; `None` when it does not
/// close. Braces inside strings do not count.
fn object_len(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Replaces escapes of unpaired surrogates, which JSON readers refuse, by `\ufffd`.
fn without_lone_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let has = |escape: &[u8]| memchr::memmem::find(bytes, escape).is_some();
    if !has(b"\\ud") && !has(b"\\uD") {
        return Cow::Borrowed(text);
    }
    let mut fixed: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let here = at + found;
        let paired = matches!(
            (surrogate(bytes, here), surrogate(bytes, here + 6)),
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF))
        );
        at = if paired {
            here + 12
        } else if surrogate(bytes, here).is_some() {
            fixed.get_or_insert_with(|| bytes.to_vec())[here + 2..here + 6]
                .copy_from_slice(b"fffd");
            here + 6
        } else {
            // An escape of any kind is two bytes at least, so an escaped backslash is passed over.
            here + 2
        };
        if at >= bytes.len() {
            break;
        }
    }
    match fixed.map(String::from_utf8) {
        Some(Ok(text)) => Cow::Owned(text),
        _ => Cow::Borrowed(text),
    }
}

/// The surrogate escaped at `at`, if one is.
fn surrogate(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(escape).ok()?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod fuzz;
