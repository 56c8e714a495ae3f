//! From a dirty file to a batch of whole new lines. Whether the bytes before the cursor are still
//! the ones committed is decided by content, never by inode and size alone.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Error;
use crate::sync::links;
use crate::transcript::{
    Batch, Content, Cursor, FileId, HEAD_LEN, LAST_LEN, Print, Shape, Span, Stamp, hash,
};

/// Bytes read at a time, and of a batch unless one line is longer.
pub const BATCH: usize = 1 << 20;
/// Bytes of a line held in memory; a longer one is archived in pieces and never parsed.
pub const LONGEST_LINE: usize = 64 << 20;
/// Two changes of a file this close may leave the same time stamp: on file systems that keep whole
/// seconds or milliseconds (FAT keeps every other second), and on those that keep more, where the
/// kernel's clock for them still moves in ticks.
pub const COARSE_NS: i64 = 2_000_000_000;
const FINE_NS: i64 = 50_000_000;

/// After so long without a change a file rests.
pub const REST: Duration = Duration::from_secs(2);
const REST_NS: i64 = REST.as_nanos() as i64;
/// Bytes read to know what stands before a line.
const LOOKED_BACK: u64 = 256 << 10;

/// A time further ahead of our clock than others' clocks are says nothing of when a file was written.
const SKEW_NS: i64 = 3_600_000_000_000;

/// An open transcript. Everything is read from this one handle, whatever happens to the name.
#[derive(Debug)]
pub struct Tail {
    file: File,
    /// The file as it was when opened.
    pub stamp: Stamp,
    /// Wall clock at that moment, nanoseconds since the epoch.
    pub checked_ns: i64,
    /// The oldest time the file system knows of the file, nanoseconds since the epoch.
    pub born_ns: i64,
    /// The file belongs to who we are.
    pub is_ours: bool,
}

/// What the bytes before the cursor turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// As committed; read on from the offset.
    Intact,
    /// Different from this byte on: what was committed behind it is set aside and read again.
    Rewritten {
        /// Where the first line begins that differs.
        at: u64,
    },
}

/// Why a comparison did not come to its end.
#[derive(Debug)]
pub enum Hindrance {
    /// The transcript cannot be read now.
    Unreadable(io::Error),
    /// What was committed cannot be read.
    Store(Error),
}

impl From<io::Error> for Hindrance {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Error> for Hindrance {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing happened.
    Unchanged,
    /// As committed, as far as was looked.
    Intact {
        /// All that is committed is known to stand there; else both ends of it.
        is_proved: bool,
    },
    /// Different from this byte on.
    Rewritten {
        /// Where the first line begins that differs.
        at: u64,
    },
}

/// What a quick look tells, before all committed bytes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Bytes in the file.
    pub size: u64,
    /// More than when it was last looked at.
    pub has_grown: bool,
    /// Nothing was left to its writer then.
    pub is_all_kept: bool,
    /// The stamp is the one stored, or, where it was read in part, of the same moment.
    pub same_stamp: bool,
    /// The stamp may hide a change right after it was taken, or was not the one of what was read.
    pub is_doubtful: bool,
    /// It was read in part.
    pub is_unfinished: bool,
    /// Both ends must do for now: the whole is compared in a moment.
    pub ends_will_do: bool,
    /// The head is the one committed.
    pub head_matches: bool,
    /// So are the bytes right before the offset.
    pub last_matches: bool,
}

/// What to do after a quick look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing happened.
    Unchanged,
    /// Bytes were added behind the offset, and nothing else happened.
    Append,
    /// Bytes were added behind the offset; whether that is all is to be found out later.
    ReadOn,
    /// Something before the offset may differ: compare every record.
    Compare,
}

/// The decision table of `docs/decisions/0002-tail.md`.
pub fn decide(look: Look, offset: u64) -> Decision {
    if look.size < offset || !look.head_matches || !look.last_matches {
        return Decision::Compare;
    }
    match (look.same_stamp, look.is_doubtful) {
        (true, false) if look.is_all_kept && !look.is_unfinished => Decision::Unchanged,
        (true, false) => Decision::Append,
        _ if look.has_grown && look.ends_will_do => Decision::ReadOn,
        // Same size: a touch, or an edit in the middle. Larger: an edit may hide before what was
        // appended.
        _ => Decision::Compare,
    }
}

impl Tail {
    /// Opens a transcript; `None` when it is gone or not a regular file.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match open_regular(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            // The last part is a link, which is not followed.
            Err(e) if is_link_error(&e) => return Ok(None),
            Err(e) => return Err(e),
        };
        let checked_ns = now_ns();
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(None);
        }
        let stamp = stamp(&meta);
        let born_ns = meta
            .created()
            .ok()
            .and_then(ns)
            .unwrap_or(i64::MAX)
            .min(stamp.mtime_ns);
        Ok(Some(Self {
            file,
            stamp,
            checked_ns,
            born_ns,
            is_ours: links::is_ours(&meta),
        }))
    }

    /// Whether nothing was written to it for a moment: what stands behind its last newline may stay so.
    pub fn rests(&self) -> bool {
        self.rests_for(REST_NS)
    }

    /// The same behind a long line, of which `len` bytes stand there: the longer it is, the more reading it costs.
    pub fn rests_behind(&self, len: u64) -> bool {
        let longer = (len / BATCH as u64) as i64 * 1_000_000_000;
        self.rests_for(REST_NS + longer)
    }

    fn rests_for(&self, ns: i64) -> bool {
        // A time ahead of the clock says nothing; the file is taken as it stands.
        !(0..ns).contains(&(self.checked_ns - self.stamp.mtime_ns))
    }

    /// The lines right before `at`, which begins a line.
    pub fn lines_before(&self, at: u64) -> io::Result<Batch> {
        let mut offset = at.saturating_sub(LOOKED_BACK);
        let mut bytes = vec![0; (at - offset) as usize];
        let got = read_at(&self.file, &mut bytes, offset)?;
        bytes.truncate(got);
        if offset > 0 {
            let first = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
            bytes.drain(..first);
            offset += first as u64;
        }
        Ok(Batch {
            offset,
            bytes,
            content: Content::Lines,
            unterminated: Vec::new(),
            is_waiting_replaced: false,
            after: Cursor::default(),
            is_last: false,
        })
    }

    /// Compares what was committed with what stands there now. `spans` hands out the committed
    /// records in order, and is only asked when a quick look is not enough. A file that
    /// `is_watched` is compared as a whole only once it has been quiet for a moment.
    pub fn compare(
        &self,
        cursor: &Cursor,
        shape: Shape,
        checked_ns: i64,
        is_watched: bool,
        spans: impl FnOnce(&mut dyn FnMut(Span) -> bool) -> Result<(), Error>,
    ) -> Result<Comparison, Hindrance> {
        let known = &cursor.stamp;
        let of_one_moment = Stamp {
            size: known.size,
            ..self.stamp
        };
        let look = Look {
            size: self.stamp.size,
            has_grown: self.stamp.size > known.size,
            is_all_kept: keeps_all(cursor, shape),
            same_stamp: self.stamp == *known || (cursor.is_unfinished && of_one_moment == *known),
            is_doubtful: !cursor.is_proved || is_racy(known, checked_ns),
            is_unfinished: cursor.is_unfinished,
            ends_will_do: cursor.is_unfinished
                || (is_watched && is_racy(&self.stamp, self.checked_ns)),
            head_matches: self.has_print(cursor.head, 0)?,
            last_matches: self
                .has_print(cursor.last, cursor.offset - u64::from(cursor.last.len))?,
        };
        match decide(look, cursor.offset) {
            Decision::Unchanged => return Ok(Comparison::Unchanged),
            Decision::Append => return Ok(Comparison::Intact { is_proved: true }),
            Decision::ReadOn => return Ok(Comparison::Intact { is_proved: false }),
            Decision::Compare => {}
        }
        // A damaged line has several spans, of which the first may stand while the line does not.
        let (mut intact, mut intact_lines) = (0, 0);
        let mut failure = None;
        let mut buffer = Vec::new();
        spans(&mut |span| match self.has_span(span, &mut buffer) {
            Ok(true) => {
                intact = span.offset + span.len;
                if buffer.ends_with(b"\n") {
                    intact_lines = intact;
                }
                true
            }
            Ok(false) => false,
            Err(e) => {
                failure = Some(e);
                false
            }
        })?;
        if let Some(e) = failure {
            return Err(e.into());
        }
        Ok(if intact >= cursor.offset {
            Comparison::Intact { is_proved: true }
        } else {
            Comparison::Rewritten { at: intact_lines }
        })
    }

    /// Whether the committed bytes still stand at both ends of what was read.
    pub fn begins_with(&self, cursor: &Cursor) -> io::Result<bool> {
        let last = cursor.offset - u64::from(cursor.last.len);
        Ok(self.stamp.size >= cursor.offset
            && self.has_print(cursor.head, 0)?
            && self.has_print(cursor.last, last)?)
    }

    fn has_print(&self, print: Print, at: u64) -> io::Result<bool> {
        let mut bytes = vec![0; print.len as usize];
        Ok(read_at(&self.file, &mut bytes, at)? == bytes.len() && Print::of(&bytes) == print)
    }

    fn print(&self, at: u64, len: u64) -> io::Result<Print> {
        let mut bytes = vec![0; len as usize];
        let got = read_at(&self.file, &mut bytes, at)?;
        Ok(Print::of(&bytes[..got]))
    }

    /// What stands right before a place, to be recognised.
    pub fn print_before(&self, to: u64) -> io::Result<Print> {
        let len = to.min(LAST_LEN as u64);
        self.print(to - len, len)
    }

    /// Whether the same still stands there.
    pub fn has_before(&self, to: u64, print: Print) -> io::Result<bool> {
        let len = u64::from(print.len);
        Ok(to <= self.stamp.size && len <= to && self.has_print(print, to - len)?)
    }

    /// The bytes that stand there, as many as there are.
    pub fn bytes_at(&self, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        let there = self.stamp.size.saturating_sub(offset).min(len);
        let mut bytes = vec![0; there as usize];
        let got = read_at(&self.file, &mut bytes, offset)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Whether the bytes of `span` are the ones committed.
    pub fn has_span(&self, span: Span, buffer: &mut Vec<u8>) -> io::Result<bool> {
        // A length may be damage: no more is asked of the memory than there is.
        if span.offset.saturating_add(span.len) > self.stamp.size {
            return Ok(false);
        }
        buffer.resize(span.len as usize, 0);
        Ok(read_at(&self.file, buffer, span.offset)? == buffer.len() && hash(buffer) == span.hash)
    }

    /// Reads the next batch from `cursor` on. `rests`: what stands behind the last newline is taken as it is.
    pub fn read(&self, cursor: &Cursor, shape: Shape, rests: bool) -> io::Result<Batch> {
        match shape {
            Shape::Lines => self.read_lines(cursor, rests),
            Shape::Document => self.read_document(cursor),
        }
    }

    fn read_lines(&self, cursor: &Cursor, rests: bool) -> io::Result<Batch> {
        let in_oversized = self.is_inside_line(cursor)?;
        let mut bytes = Vec::new();
        let mut reached_end = false;
        let whole = loop {
            let got = self.extend(&mut bytes, cursor.offset)?;
            reached_end |= got < BATCH;
            if in_oversized {
                break memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
            }
            if let Some(at) = memchr::memrchr(b'\n', &bytes) {
                break at + 1;
            }
            if reached_end {
                break 0;
            }
            if bytes.len() >= LONGEST_LINE {
                break bytes.len();
            }
        };
        let ends_line = whole > 0 && bytes[whole - 1] == b'\n';
        let content = if in_oversized || (whole > 0 && !ends_line) {
            Content::Oversized {
                goes_on: in_oversized,
            }
        } else {
            Content::Lines
        };
        let is_last = reached_end && (content == Content::Lines || whole == bytes.len());
        let unterminated = match content {
            Content::Lines if is_last && (rests || is_record(&bytes[whole..])) => {
                bytes.split_off(whole)
            }
            _ => Vec::new(),
        };
        bytes.truncate(whole);
        let is_waiting_replaced = !self.has_print(cursor.waiting, cursor.offset)?;
        let mut after = self.after(cursor, &bytes, is_last)?;
        after.waiting = Print::of(&unterminated);
        Ok(Batch {
            offset: cursor.offset,
            bytes,
            content,
            unterminated,
            is_waiting_replaced,
            after,
            is_last,
        })
    }

    /// A small document counts as read when it is read to its end.
    fn read_document(&self, cursor: &Cursor) -> io::Result<Batch> {
        let mut bytes = Vec::new();
        while self.extend(&mut bytes, cursor.offset)? == BATCH && bytes.len() < LONGEST_LINE {}
        let after = self.after(cursor, &bytes, true)?;
        let unterminated = Vec::new();
        let content = Content::Document;
        Ok(Batch {
            offset: cursor.offset,
            bytes,
            content,
            unterminated,
            is_waiting_replaced: false,
            after,
            is_last: true,
        })
    }

    /// Reads up to [`BATCH`] further bytes; fewer mean the end of the file.
    fn extend(&self, bytes: &mut Vec<u8>, offset: u64) -> io::Result<usize> {
        let had = bytes.len();
        let left = self
            .stamp
            .size
            .saturating_sub(offset + had as u64)
            .min(BATCH as u64);
        // What grows after the file was opened belongs to the next event.
        bytes.resize(had + left as usize, 0);
        let got = read_at(&self.file, &mut bytes[had..], offset + had as u64)?;
        bytes.truncate(had + got);
        Ok(got)
    }

    fn is_inside_line(&self, cursor: &Cursor) -> io::Result<bool> {
        let mut byte = [b'\n'];
        if cursor.offset > 0 {
            read_at(&self.file, &mut byte, cursor.offset - 1)?;
        }
        Ok(byte[0] != b'\n')
    }

    fn after(&self, cursor: &Cursor, bytes: &[u8], is_last: bool) -> io::Result<Cursor> {
        let offset = cursor.offset + bytes.len() as u64;
        let head_len = offset.min(HEAD_LEN as u64);
        let head = if u64::from(cursor.head.len) < head_len {
            self.print(0, head_len)?
        } else {
            cursor.head
        };
        let last = match bytes.len() {
            0 if cursor.last.len > 0 => cursor.last,
            0 => self.print(
                offset - offset.min(LAST_LEN as u64),
                offset.min(LAST_LEN as u64),
            )?,
            len => Print::of(&bytes[len - len.min(LAST_LEN)..]),
        };
        // The rest is dirty also after a crash between two batches.
        let size = if is_last { self.stamp.size } else { offset };
        Ok(Cursor {
            generation: cursor.generation,
            offset,
            stamp: Stamp { size, ..self.stamp },
            is_proved: cursor.is_proved || cursor.offset == 0,
            is_unfinished: !is_last,
            head,
            last,
            ..Cursor::default()
        })
    }
}

/// Whether nothing of the file was left to its writer. A document is read whole or not at all.
pub fn keeps_all(cursor: &Cursor, shape: Shape) -> bool {
    shape == Shape::Document || cursor.keeps_all()
}

/// Whether a file with this stamp may have changed right after it was taken without showing it. Where the system
/// says when a file was really changed (its ctime), whatever time a program gave it, that tells too.
pub fn is_racy(stamp: &Stamp, checked_ns: i64) -> bool {
    [stamp.mtime_ns, stamp.ctime_ns].into_iter().any(|at| {
        let grain = match at % 1_000_000 {
            0 => COARSE_NS,
            _ => FINE_NS,
        };
        (1 - grain..SKEW_NS).contains(&at.saturating_sub(checked_ns))
    })
}

/// Whether the bytes behind the last newline look like a whole record whose newline is missing.
fn is_record(rest: &[u8]) -> bool {
    let body = rest.trim_ascii();
    body.starts_with(b"{") && body.ends_with(b"}")
}

/// The position after the last newline between `from` and the end of the file: bytes before it
/// ought to be committed. Reads backwards from the end.
pub fn complete_end(tail: &Tail, from: u64) -> io::Result<u64> {
    const STEP: u64 = 64 << 10;
    let mut end = tail.stamp.size;
    let mut buffer = vec![0; STEP as usize];
    while end > from {
        let start = end.saturating_sub(STEP).max(from);
        let part = &mut buffer[..(end - start) as usize];
        let got = read_at(&tail.file, part, start)?;
        if let Some(at) = memchr::memrchr(b'\n', &part[..got]) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(from)
}

/// What `stat` says of a file.
pub fn stamp(meta: &std::fs::Metadata) -> Stamp {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Stamp {
            id: FileId::of(meta),
            size: meta.size(),
            mtime_ns: meta
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.mtime_nsec()),
            ctime_ns: meta
                .ctime()
                .saturating_mul(1_000_000_000)
                .saturating_add(meta.ctime_nsec()),
        }
    }
    #[cfg(not(unix))]
    {
        let mtime_ns = meta.modified().ok().and_then(ns).unwrap_or(0);
        Stamp {
            id: FileId::of(meta),
            size: meta.len(),
            mtime_ns,
            ctime_ns: 0,
        }
    }
}

fn ns(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Wall clock, nanoseconds since the epoch.
pub fn now_ns() -> i64 {
    ns(SystemTime::now()).unwrap_or(0)
}

/// Opens without following a link and without waiting for the other end of a pipe.
#[cfg(unix)]
fn open_regular(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

#[cfg(not(unix))]
fn open_regular(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path)?.file_type().is_symlink() {
        return Err(io::ErrorKind::NotFound.into());
    }
    File::open(path)
}

#[cfg(unix)]
pub fn is_link_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
pub fn is_link_error(_: &io::Error) -> bool {
    false
}

/// Fills `bytes` from `offset` on as far as the file goes.
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        #[cfg(unix)]
        let got =
            std::os::unix::fs::FileExt::read_at(file, &mut bytes[filled..], offset + filled as u64);
        #[cfg(windows)]
        let got = std::os::windows::fs::FileExt::seek_read(
            file,
            &mut bytes[filled..],
            offset + filled as u64,
        );
        match got {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod fuzz;
