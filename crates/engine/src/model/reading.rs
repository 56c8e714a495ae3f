//! A conversation as it is read: laid out at once, its messages fetched as they come into view.

use serde::Serialize;

use super::{MessageRow, SessionRow};

/// A whole conversation without what is said in it: enough to lay it out.
#[derive(Debug, Clone, Serialize)]
pub struct Skeleton {
    /// The session.
    pub session: SessionRow,
    /// Where it comes from, and what came of it.
    pub lineage: Lineage,
    /// What its API responses cost.
    pub tokens: Tokens,
    /// Every message, in order.
    pub messages: Vec<MessageHead>,
}

/// A message without its texts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MessageHead {
    /// The agent's id, or one derived from the bytes.
    pub id: String,
    /// The store's number of it.
    pub number: i64,
    /// The number of the message before it.
    pub parent: Option<i64>,
    /// It names a message before it that is nowhere.
    pub has_lost_parent: bool,
    /// Who speaks: see [`crate::entry::Role::word`].
    pub role: String,
    /// ISO 8601.
    pub at: Option<String>,
    /// Part of a subagent's conversation.
    pub is_sidechain: bool,
    /// Put in by the agent.
    pub is_meta: bool,
    /// It belongs to the session this one was copied from.
    pub is_copy: bool,
    /// Bytes of the user's side.
    pub user: u64,
    /// Bytes of the model's side.
    pub assistant: u64,
    /// Bytes of its thoughts.
    pub thinking: u64,
    /// Bytes of words that are neither side's.
    pub event: u64,
    /// How the user's side begins.
    pub beginning: Option<String>,
    /// Its calls.
    pub calls: Vec<CallHead>,
    /// Its answers to calls.
    pub answers: Vec<AnswerHead>,
    /// Images and documents.
    pub attachments: u32,
}

/// A call without its arguments.
#[derive(Debug, Clone, Serialize)]
pub struct CallHead {
    /// The agent's id of the call.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// Bytes of the arguments.
    pub bytes: u64,
}

/// An answer without its output.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerHead {
    /// The call it answers.
    pub call: String,
    /// The tool failed.
    pub is_error: bool,
    /// Bytes of the output.
    pub bytes: u64,
}

/// Where a session comes from, and what came of it.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Lineage {
    /// The session that started this one as a subagent.
    pub started_by: Option<SessionRow>,
    /// Sessions it shares messages with: what it was branched or resumed from, and what was from it.
    pub relatives: Vec<SessionRow>,
    /// Its subagents, each followed by its own.
    pub subagents: Vec<Subagent>,
}

/// A session another one started.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Subagent {
    /// Its session.
    pub session: SessionRow,
    /// 1 for those the session started itself, 2 for those these started.
    pub depth: u32,
    /// The call that started it.
    pub call: Option<String>,
    /// What kind of subagent it is.
    pub kind: Option<String>,
}

/// Tokens, each API response counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Tokens {
    /// Read, without those from the cache.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Put into the cache.
    pub cache_creation: u64,
    /// Taken from the cache.
    pub cache_read: u64,
}

/// A message with the messages that answer its calls.
#[derive(Debug, Clone, Serialize)]
pub struct Turn {
    /// The message.
    pub message: MessageRow,
    /// Those that answer its calls.
    pub answers: Vec<MessageRow>,
}

/// Where words stand in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Places {
    /// What was looked for, in small letters.
    pub words: Vec<String>,
    /// The messages that hold all of it, in order.
    pub messages: Vec<String>,
}

/// The content of an image or document.
#[derive(Debug, Clone)]
pub struct Content {
    /// Its media type.
    pub mime_type: Option<String>,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// The line of a transcript that a message was read from.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct RawLine {
    /// The transcript.
    pub path: String,
    /// The byte at which the line begins.
    pub offset: u64,
    /// The line as it was written.
    pub text: String,
}
