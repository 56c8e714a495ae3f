//! What we read: a file an agent writes, how far we are in it, and a run of whole lines from it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An agent at a root folder, for example Claude Code at `~/.claude`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The agent's id, for example `claude-code`.
    pub agent: String,
    /// The agent's own folder, as the user or discovery named it.
    pub root: PathBuf,
}

/// How a transcript is written, which decides how the tail reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One record a line, appended; a newline is the commit mark.
    Lines,
    /// One small document, replaced as a whole.
    Document,
}

/// What a transcript's place in the agent's folder says about it, before a byte is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// How the file is written.
    pub shape: Shape,
    /// Session of the records that do not name one.
    pub session: String,
    /// Set when every record belongs to this session whatever it says itself (a subagent's
    /// transcript names its parent's session on each line).
    pub is_subagent: bool,
    /// The session that started this one, where the path tells.
    pub parent_session: Option<String>,
    /// What the session's id is unique under: nothing, or for a subagent the session or the folder it
    /// lies with.
    pub under: String,
    /// The file only says something about its session; the conversation is in another one.
    pub is_companion: bool,
    /// The file is an earlier transcript of its session, which the agent put out of its own way.
    pub is_earlier: bool,
}

impl Origin {
    /// Whether the file is the one that holds the conversation of this session.
    pub fn is_home_of(&self, session: &str) -> bool {
        self.session == session && !self.is_companion && !self.is_earlier
    }
}

/// A transcript found on disk.
#[derive(Debug, Clone)]
pub struct Found {
    /// The source it belongs to.
    pub source: Arc<Source>,
    /// Its path below the root as named in [`Source::root`] (links not resolved).
    pub path: PathBuf,
    /// What its place says about it.
    pub origin: Origin,
}

/// Which file this is to the operating system: device and inode, or volume and file index.
///
/// Never an identity by itself: inodes are reused, and atomic saves change them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Device or volume.
    pub dev: u64,
    /// Inode or file index.
    pub ino: u64,
}

impl FileId {
    /// The file that `meta` is of.
    pub fn of(meta: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Self {
                dev: meta.dev(),
                ino: meta.ino(),
            }
        }
        #[cfg(not(unix))]
        {
            // No inode to be had: the birth time tells one file at a path from the next.
            let born = meta.created().ok();
            let born = born.and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
            Self {
                dev: 0,
                ino: born.map_or(0, |born| born.as_nanos() as u64),
            }
        }
    }
}

/// What `stat` says of a file. Two equal stamps mean "not looked at again", never "the same bytes".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Device and inode.
    pub id: FileId,
    /// Bytes.
    pub size: u64,
    /// Time of last modification, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Time of last status change, nanoseconds since the epoch; 0 where the system has none.
    pub ctime_ns: i64,
}

/// A hash of a few bytes that recognises them again: xxh3-64 over `len` bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Print {
    /// Bytes hashed.
    pub len: u32,
    /// xxh3-64 of them.
    pub hash: u64,
}

impl Print {
    /// The print of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            len: bytes.len() as u32,
            hash: hash(bytes),
        }
    }
}

/// The hash by which bytes on disk are compared with bytes committed (xxh3-64).
pub fn hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// Bytes of the head that a cursor remembers, at most.
pub const HEAD_LEN: usize = 1024;
/// Bytes before the offset that a cursor remembers, at most.
pub const LAST_LEN: usize = 4096;

/// What the next record of a transcript must know of those before it. Committed with the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Context {
    /// The last time that was written, milliseconds since the epoch.
    pub last_ms: Option<i64>,
    /// The API response that was spoken of last, where it has no request to be known by.
    pub run: Option<Run>,
}

/// Adjacent records of one API response whose id may be the same for every response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Run {
    /// The id they share.
    pub id: String,
    /// What the response is known by: a hash.
    pub response: u64,
}

/// How far one transcript has been read, and how to recognise what was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Counts how often the bytes before the offset were found to have changed.
    pub generation: u32,
    /// Bytes committed; always just after a newline, except inside a line too large to hold.
    pub offset: u64,
    /// The file as it was when it was last looked at; of one that was read in part, only as long as that part.
    pub stamp: Stamp,
    /// The bytes before the offset are known to have stood in the file with this stamp.
    pub is_proved: bool,
    /// The file was read in part, and is read on.
    pub is_unfinished: bool,
    /// The first bytes of the file.
    pub head: Print,
    /// The bytes just before the offset.
    pub last: Print,
    /// The bytes behind the offset that wait for their newline, as far as they are kept.
    pub waiting: Print,
    /// What the next record must know.
    pub context: Context,
}

impl Cursor {
    /// Whether all that stood in the file of its stamp is kept: what stands behind the last newline is
    /// left to its writer while the file is being written.
    pub fn keeps_all(&self) -> bool {
        self.offset + u64::from(self.waiting.len) >= self.stamp.size
    }

    /// The cursor of a file in which something else stands from `at` on. What was remembered of the old
    /// bytes means nothing then; the next batch says it anew.
    pub fn rewritten(self, at: u64, context: Context) -> Self {
        Self {
            generation: self.generation + 1,
            offset: at,
            stamp: self.stamp,
            is_proved: true,
            context,
            ..Self::default()
        }
    }
}

/// A run of whole lines (or a piece of a line too large to hold) on its way from the tail.
#[derive(Debug)]
pub struct Batch {
    /// Where `bytes` begin in the file.
    pub offset: u64,
    /// The bytes themselves.
    pub bytes: Vec<u8>,
    /// What `bytes` hold.
    pub content: Content,
    /// What stands after the last newline and waits for its own: a whole record, or bytes of a file that
    /// rests. Kept and shown, but not counted as read.
    pub unterminated: Vec<u8>,
    /// What waited there before is not its beginning.
    pub is_waiting_replaced: bool,
    /// The cursor once the batch is committed.
    pub after: Cursor,
    /// Nothing more to read for now.
    pub is_last: bool,
}

/// What the bytes of a [`Batch`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Whole lines, each with its newline.
    Lines,
    /// A piece of a line that is larger than we hold in memory; kept raw, never parsed.
    Oversized {
        /// The line began in an earlier batch.
        goes_on: bool,
    },
    /// One whole document.
    Document,
}

/// A span of bytes in a transcript and what became of it. Spans tile the file without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte in the file.
    pub offset: u64,
    /// Bytes, the newline included.
    pub len: u64,
    /// xxh3-64 of the bytes.
    pub hash: u64,
}
