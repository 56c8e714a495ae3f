//! What a line says, in words that fit every agent. Plain data; only `agents/` makes it.

/// One record of a transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The record's own type word, verbatim; empty when it has none.
    pub kind: String,
    /// The session the record names; `None` means the transcript's own.
    pub session: Option<String>,
    /// Whether the record carries a type and an id of the agent's: what a piece of a damaged line
    /// must have to count as a record.
    pub is_identified: bool,
    /// Present when the record is a node of the conversation.
    pub message: Option<Message>,
    /// What the record says about a session as a whole.
    pub facts: Vec<Fact>,
    /// When it was written: ISO 8601, UTC, milliseconds (`2026-01-02T03:04:05.678Z`).
    pub timestamp: Option<String>,
    /// Where the agent ran when it wrote the record.
    pub env: Env,
}

/// A node of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The agent's own id of the message; without one a key is derived from the bytes.
    pub key: Option<String>,
    /// Key of the message before it, which may be nowhere.
    pub parent: Option<String>,
    /// Who speaks, or what the record is.
    pub role: Role,
    /// What the user's side says: prompts, injected text, summaries; never tool output.
    pub user_text: String,
    /// What the session may be called by: the first words a person typed, in a prompt that waits too,
    /// without what was put around them; the command and its arguments; what an image is that came
    /// without words. White space collapsed, 200 characters at most.
    pub title_text: Option<String>,
    /// What the model says.
    pub assistant_text: String,
    /// What the model thinks.
    pub thinking_text: String,
    /// Words that are neither side's: notes of hooks and of the agent, errors, and the text of kinds we
    /// do not know, each with its kind. Shown plainly, found with `role:event` and without.
    pub event_text: String,
    /// A prompt that waits in a queue. A later prompt with the same words in the same transcript is this
    /// one, delivered, and takes its place.
    pub is_waiting: bool,
    /// The model's name, as written.
    pub model: Option<String>,
    /// Part of a subagent's conversation.
    pub is_sidechain: bool,
    /// Put in by the agent, not typed.
    pub is_meta: bool,
    /// Tokens of the API response this message is a part of.
    pub usage: Option<Usage>,
    /// Calls the model makes.
    pub tool_uses: Vec<ToolUse>,
    /// Answers to calls.
    pub tool_results: Vec<ToolResult>,
    /// Images and documents.
    pub attachments: Vec<Attachment>,
}

/// Who speaks in a message, or what kind of record it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// A person typed it.
    Prompt,
    /// A person typed it while the agent was busy; it never appears as an ordinary prompt.
    QueuedPrompt,
    /// A person typed it while the agent was busy, and took it back before it was sent.
    WithdrawnPrompt,
    /// The model.
    Assistant,
    /// Answers to tool calls.
    ToolResult,
    /// Text on the user's side that the agent put there.
    Injected,
    /// The summary that stands for a compacted conversation.
    CompactSummary,
    /// Anything else in the chain: system notes, hooks, progress.
    #[default]
    Event,
}

impl Role {
    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::QueuedPrompt => "queued_prompt",
            Self::WithdrawnPrompt => "withdrawn_prompt",
            Self::Assistant => "assistant",
            Self::ToolResult => "tool_result",
            Self::Injected => "injected",
            Self::CompactSummary => "compact_summary",
            Self::Event => "event",
        }
    }
}

/// Tokens of one API response. A response may be spread over several messages that repeat its
/// counts; the greatest of each count is the final one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The provider's id of the response; it may be the same for all of them.
    pub response: String,
    /// The provider's id of the request, where one is written: both together are unique.
    pub request: Option<String>,
    /// Tokens read, without those from the cache.
    pub input: i64,
    /// Tokens written.
    pub output: i64,
    /// Tokens put into the cache.
    pub cache_creation: i64,
    /// Tokens taken from the cache.
    pub cache_read: i64,
}

/// A call the model makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolUse {
    /// The agent's id of the call; empty when it has none.
    pub key: String,
    /// The tool's name as the model wrote it, which may be anything.
    pub name: String,
    /// The arguments, as JSON text.
    pub parameters: String,
}

/// The answer to a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolResult {
    /// Id of the call it answers; empty when it has none.
    pub tool_use: String,
    /// What came back, as text.
    pub output: String,
    /// The tool failed.
    pub is_error: bool,
}

/// An image or a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// `image` or `document`.
    pub kind: String,
    /// Its name, where one is given.
    pub filename: Option<String>,
    /// Its media type, where one is given.
    pub mime_type: Option<String>,
    /// Its bytes; `None` when only a reference was written.
    pub data: Option<Vec<u8>>,
}

/// Where the agent ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Env {
    /// Working folder.
    pub working_dir: Option<String>,
    /// Branch checked out there.
    pub git_branch: Option<String>,
    /// Operating system, where it is written.
    pub platform: Option<String>,
    /// Version of the agent.
    pub agent_version: Option<String>,
}

/// What a record says about a session as a whole. A later fact of the same kind replaces the
/// earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The title a person gave.
    CustomTitle(String),
    /// The title the agent gave.
    AgentTitle(String),
    /// A title for whichever session holds the message `leaf`, possibly in another transcript.
    Summary {
        /// Key of a message of the session meant.
        leaf: String,
        /// The title.
        text: String,
    },
    /// What became of the prompts that wait in the queue of the transcript.
    Queue(QueueChange),
    /// The session continues a copy of another one.
    ForkedFrom(String),
    /// The record's own session was started by another session.
    Parent {
        /// The session that started it.
        session: Option<String>,
        /// The call that started it.
        tool_use: Option<String>,
        /// What kind of subagent it is.
        subagent_type: Option<String>,
    },
    /// The record's own session started `child`.
    Started {
        /// The session started.
        child: String,
        /// The call that started it.
        tool_use: Option<String>,
    },
}

/// What became of prompts that waited ([`Message::is_waiting`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueChange {
    /// One was given to the model in the middle of its turn: the one with this text, else the one
    /// that waits longest. It may still appear as a queued prompt, not as one typed later.
    Absorbed(Option<String>),
    /// All that wait were taken back by who typed them.
    TakenBack,
}
