//! What we show: plain, serialisable answers that every face renders and none computes.

use serde::{Deserialize, Serialize};

use crate::health::Mode;
pub use crate::health::Problem;
use crate::left_aside::{LeftAside, Reason};

mod reading;
pub use reading::{
    AnswerHead, CallHead, Content, Lineage, MessageHead, Places, RawLine, Skeleton, Subagent,
    Tokens, Turn,
};

/// The one verdict and the figures behind it (`scrollback status --json`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Status {
    /// The verdict.
    pub state: crate::health::State,
    /// One sentence a person understands.
    pub reason: String,
    /// When the state began as far as the asker can tell: ISO 8601.
    pub since: String,
    /// Process id of the running engine.
    pub pid: Option<u32>,
    /// Version of Scrollback.
    pub version: String,
    /// How long the engine has run, in seconds.
    pub uptime_s: Option<u64>,
    /// What is watched.
    pub watcher: WatcherStatus,
    /// What is on disk and not yet committed, measured as asked.
    pub backlog: Backlog,
    /// What is stored.
    pub store: StoreStatus,
    /// Everything that is wrong, worst first.
    pub problems: Vec<Problem>,
    /// How far the engine is while it takes in what was there before it.
    #[serde(default)]
    pub progress: Option<Progress>,
    /// How far what is kept was read again.
    #[serde(default)]
    pub proof: Proof,
}

/// What the engine watches.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct WatcherStatus {
    /// How changes are noticed; `none` when no engine runs.
    pub mode: Mode,
    /// An engine is running and watching.
    pub active: bool,
    /// The folders.
    pub roots: Vec<RootStatus>,
    /// Transcripts found below the roots.
    pub files_watched: u64,
    /// Committed changes a minute, over the last five minutes.
    pub events_per_minute: f64,
    /// Mean time from picking a change up to its commit, over the last events, milliseconds.
    pub avg_processing_ms: f64,
    /// Changes the sweep found that no event had announced.
    pub missed_events: u64,
    /// Times the watcher was rebuilt.
    pub rebuilds: u64,
    /// From the file growing to the rows committed.
    pub latency_ms: Latency,
    /// The last five events, newest first.
    pub recent_events: Vec<EventRow>,
}

/// A watched folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct RootStatus {
    /// The agent that writes there.
    pub agent: String,
    /// The folder.
    pub path: String,
    /// It is there.
    pub exists: bool,
    /// How changes in it are noticed.
    pub mode: Mode,
    /// Transcripts found in it.
    #[serde(default)]
    pub files: u64,
    /// How much lies in it that is not read.
    #[serde(default)]
    pub left_aside: u64,
    /// The same by reason, the gravest first.
    #[serde(default)]
    pub left_aside_for: Vec<LeftAsideFor>,
}

/// What is not read for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct LeftAsideFor {
    /// Why.
    pub reason: Reason,
    /// The same for people.
    pub says: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<LeftAsideRow>,
}

/// Something that lies where transcripts lie and is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct LeftAsideRow {
    /// Where it lies.
    pub path: String,
    /// Why.
    pub reason: Reason,
    /// The same for people.
    pub says: String,
    /// Where it leads, if it is a link.
    pub leads_to: Option<String>,
    /// What to do about it.
    pub remedy: String,
}

impl From<&LeftAside> for LeftAsideRow {
    fn from(left: &LeftAside) -> Self {
        Self {
            path: left.path.display().to_string(),
            reason: left.reason,
            says: left.reason.says().into(),
            leads_to: left.leads_to.as_ref().map(|to| to.display().to_string()),
            remedy: left.remedy.clone(),
        }
    }
}

/// Latency over the kept events, milliseconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Latency {
    /// Events measured.
    pub count: u64,
    /// Half are faster.
    pub p50: Option<f64>,
    /// 95 % are faster.
    pub p95: Option<f64>,
    /// 99 % are faster.
    pub p99: Option<f64>,
}

/// Bytes on disk against bytes committed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Backlog {
    /// Files with unread complete lines.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Upper bound of how long the oldest of them has waited, seconds.
    pub lag_s: f64,
    /// When this was measured: ISO 8601.
    pub verified_at: String,
    /// The files furthest behind, at most three: path and bytes.
    pub worst: Vec<(String, u64)>,
}

/// What is stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct StoreStatus {
    /// The database file.
    pub path: String,
    /// Bytes on disk, index and write-ahead log included.
    pub bytes: u64,
    /// Sessions.
    pub sessions: u64,
    /// Messages of the user's and the model's side.
    pub messages: u64,
    /// Lines we could not read, kept raw.
    pub rejects: u64,
    /// Transcripts that are gone from disk and kept here.
    pub sources_missing: u64,
}

/// One entry of the watcher's log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct EventRow {
    /// Its number, rising.
    pub id: i64,
    /// When it was committed: ISO 8601.
    pub at: String,
    /// `add`, `change` or `unlink`.
    pub kind: String,
    /// The file's name, without its folder.
    pub file: String,
    /// Bytes taken in.
    pub bytes: u64,
    /// Messages stored.
    pub messages: u64,
    /// From picking the change up to the commit, milliseconds.
    pub processing_ms: f64,
    /// From the file's growth to the commit, milliseconds; none for what was there before the watch.
    pub latency_ms: Option<f64>,
    /// The session whose transcript the file is.
    #[serde(default)]
    pub session_id: Option<String>,
}

/// What one complete pass did (`scrollback sync --json`).
#[derive(Debug, Clone, Default, Serialize)]
pub struct SyncReport {
    /// Transcripts found.
    pub files: u64,
    /// Bytes of them that are committed.
    pub bytes: u64,
    /// Records (line spans) committed in all current generations.
    pub records: u64,
    /// Sessions stored.
    pub sessions: u64,
    /// Messages of the user's and the model's side stored.
    pub messages: u64,
    /// Rejects stored.
    pub rejects: u64,
    /// Files whose complete bytes are not all committed.
    pub gaps: u64,
    /// Seconds.
    pub elapsed_s: f64,
    /// Bytes this pass took in.
    pub bytes_read: u64,
    /// Messages this pass added.
    pub messages_added: u64,
    /// What could not be read: path and reason.
    pub unreadable: Vec<(String, String)>,
    /// How much lies where transcripts lie and was not read; `doctor` names it.
    pub left_aside: u64,
    /// Folders that were named as sources and are not there.
    pub missing_roots: Vec<String>,
    /// The database was damaged, and this is how it was recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
}

/// How a damaged database was recovered. Kept in the new one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// When: ISO 8601.
    pub at: String,
    /// What was wrong.
    pub reason: String,
    /// The folder that keeps the damaged files.
    pub set_aside: String,
    /// What the damaged database held, as far as it could tell; none when it told nothing.
    pub before: Option<Holdings>,
    /// What it still gave.
    pub salvaged: Amount,
    /// What backups gave beyond that, the newest first.
    pub backups: Vec<FromBackup>,
    /// Messages recovered by both.
    pub messages: u64,
    /// What is on disk beyond that, and is read again from there.
    pub reread: Amount,
    /// What nothing gave and no file on disk holds.
    pub lost: Vec<Lost>,
}

/// What a database holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Transcripts.
    pub transcripts: u64,
    /// Bytes read of them, what they held before they were rewritten included.
    pub bytes: u64,
    /// Messages of the user's and the model's side; none when that cannot be read.
    pub messages: Option<u64>,
}

/// So many bytes of so many transcripts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Transcripts.
    pub transcripts: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a backup gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromBackup {
    /// The backup.
    pub path: String,
    /// When it was made: ISO 8601.
    pub made_at: String,
    /// What it gave.
    #[serde(flatten)]
    pub amount: Amount,
}

/// A part of a transcript that is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The transcript.
    pub path: String,
    /// Bytes of it, as far as is known.
    pub bytes: u64,
    /// It is what the file held before it was rewritten.
    pub is_earlier: bool,
}

/// Progress of a pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Progress {
    /// Bytes known to need reading.
    pub bytes_total: u64,
    /// Bytes committed.
    pub bytes_done: u64,
    /// Files known to need reading.
    pub files_total: u64,
    /// Files finished.
    pub files_done: u64,
    /// Messages added.
    pub messages: u64,
    /// Rows are in; the rest is making tool text searchable.
    pub indexing: bool,
    /// Seconds it will still take, once that can be told.
    pub eta_s: Option<f64>,
    /// Bytes of the archive whose rows are made anew, and how many there are in all; 0 when none are.
    #[serde(default)]
    pub anew_done: u64,
    /// See [`Self::anew_done`].
    #[serde(default)]
    pub anew_total: u64,
    /// What was written after this is in: milliseconds since the epoch. The newest come first.
    pub horizon_ms: Option<i64>,
}

/// A session in a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct SessionRow {
    /// The agent's session id.
    pub id: String,
    /// The agent.
    pub agent: String,
    /// Folder the session began in.
    pub project_path: Option<String>,
    /// The name of the repository it belongs to, or of the folder.
    pub project_name: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// First record: ISO 8601.
    pub created_at: Option<String>,
    /// Last record: ISO 8601.
    pub last_activity_at: Option<String>,
    /// Messages of the user's and the model's side, copies from other sessions included.
    pub message_count: u64,
    /// The session that started it, or that it was branched from.
    pub parent_session_id: Option<String>,
    /// Branch last seen.
    pub git_branch: Option<String>,
    /// Model last seen.
    pub model: Option<String>,
    /// Its transcript.
    pub source_path: Option<String>,
    /// Since when the transcript is gone: ISO 8601.
    pub source_missing_since: Option<String>,
    /// Subagents it started.
    pub subagents: u64,
    /// The session it was branched from.
    pub forked_from: Option<String>,
    /// Last record that is not ahead of the clock, which lists go by: ISO 8601.
    pub active_at: Option<String>,
    /// Its last record is ahead of the clock.
    pub is_ahead: bool,
}

/// Part of a list, and where the next part begins.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Names the next page; none after the last.
    pub next: Option<String>,
}

/// A project in a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ProjectRow {
    /// Its repository, or the folder its sessions began in; none for those that name none.
    pub path: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Sessions, those of subagents not counted.
    pub sessions: u64,
    /// Last record of any that is not ahead of the clock: ISO 8601.
    pub last_activity_at: Option<String>,
}

/// Which sessions a page shows.
#[derive(Debug, Clone, Default)]
pub struct SessionPick {
    /// Only those of this project, by any folder of it; empty for those that name none.
    pub project: Option<String>,
    /// Only those whose title or project holds this, or whose id begins with it.
    pub filter: String,
    /// The page's name; none for the first.
    pub cursor: Option<String>,
}

/// Which sessions to list.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Only projects whose path or name contains this.
    pub project: Option<String>,
    /// At most so many, the most recently active first.
    pub limit: Option<u64>,
    /// Subagents' sessions too.
    pub with_subagents: bool,
}

/// A session with its messages.
#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    /// The session.
    pub session: SessionRow,
    /// Its messages in file order, copies from other sessions included.
    pub messages: Vec<MessageRow>,
}

/// A message as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct MessageRow {
    /// The agent's id, or one derived from the bytes.
    pub id: String,
    /// Message before it.
    pub parent_id: Option<String>,
    /// The record's own type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who speaks: see [`crate::entry::Role::word`].
    pub role: String,
    /// ISO 8601.
    pub timestamp: Option<String>,
    /// The user's side.
    pub user_text: Option<String>,
    /// The model's side.
    pub assistant_text: Option<String>,
    /// The model's thoughts.
    pub thinking_text: Option<String>,
    /// Words that are neither side's: notes, errors, and the text of kinds we do not know.
    pub event_text: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Part of a subagent's conversation.
    pub is_sidechain: bool,
    /// Put in by the agent.
    pub is_meta: bool,
    /// Calls.
    pub tool_uses: Vec<ToolUseRow>,
    /// Answers.
    pub tool_results: Vec<ToolResultRow>,
    /// Images and documents.
    pub attachments: Vec<AttachmentRow>,
}

/// A call as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ToolUseRow {
    /// The agent's id of the call.
    pub id: String,
    /// The tool.
    pub tool_name: String,
    /// The arguments, JSON text.
    pub parameters: String,
}

/// An answer as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ToolResultRow {
    /// The call it answers.
    pub tool_use_id: String,
    /// What came back.
    pub output: String,
    /// The tool failed.
    pub error: bool,
}

/// An image or document as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentRow {
    /// `image` or `document`.
    pub kind: String,
    /// Its name.
    pub filename: Option<String>,
    /// Its media type.
    pub mime_type: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
}

/// How hits are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The best first.
    #[default]
    Best,
    /// The newest first.
    Recent,
}

/// What a search found.
#[derive(Debug, Clone, Serialize)]
pub struct SearchResult {
    /// The hits: those of a session together, in order.
    pub hits: Vec<Hit>,
    /// What was not understood or not done in full, explained.
    pub notes: Vec<String>,
    /// More was taken for what was typed, since nothing matched it.
    pub widened: Option<Widened>,
    /// Matches found, all of them if `has_all`.
    pub matches: u64,
    /// Every match was found, not only the newest.
    pub has_all: bool,
    /// More hits exist than were asked for.
    pub has_more: bool,
    /// How many messages are not yet searchable by tool text.
    pub unindexed: u64,
    /// What was understood of the query, part by part.
    pub chips: Vec<Chip>,
}

impl Default for SearchResult {
    fn default() -> Self {
        Self {
            hits: Vec::new(),
            notes: Vec::new(),
            widened: None,
            matches: 0,
            has_all: true,
            has_more: false,
            unindexed: 0,
            chips: Vec::new(),
        }
    }
}

/// A part of a query, as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Chip {
    /// Where it begins in what was typed, in UTF-16 units, as a web page counts.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What it is.
    pub kind: ChipKind,
    /// Why it was not understood.
    pub problem: Option<String>,
}

/// What a part of a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ChipKind {
    /// Words to look for.
    Term,
    /// Narrows the search down.
    Filter,
    /// Separates alternatives.
    Or,
    /// Nothing that could be looked for.
    Nothing,
}

/// How many matches there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Facets {
    /// One for each filter, the values with the most matches first.
    pub facets: Vec<Facet>,
    /// Matches that were counted.
    pub counted: u64,
    /// Those are all.
    pub has_all: bool,
}

/// The values of a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Facet {
    /// The filter's key.
    pub key: String,
    /// Value and matches.
    pub values: Vec<(String, u64)>,
}

/// What more was taken for what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Widened {
    /// The words without their signs.
    Signs,
    /// Words that begin so.
    Prefix,
    /// Words that hold it.
    Substring,
    /// Words that are nearly so.
    Typo,
}

/// A message that matches.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    /// The session.
    pub session_id: String,
    /// Its title.
    pub session_title: Option<String>,
    /// Its project.
    pub project_name: Option<String>,
    /// The message.
    pub message_id: String,
    /// The record's own type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who speaks.
    pub role: String,
    /// ISO 8601.
    pub timestamp: Option<String>,
    /// What matches: `text`, `thinking`, `tool_input` or `tool_output`; `title` of the session, or `id`.
    pub field: String,
    /// A few words around where it matches best.
    pub snippet: String,
    /// Byte ranges of the matches within the snippet.
    pub highlights: Vec<(usize, usize)>,
    /// Matches found in the session.
    pub session_hits: u64,
}

/// What `scrollback verify` found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifyReport {
    /// Transcripts on disk that were compared.
    pub files: u64,
    /// Transcripts kept whose source is gone.
    pub sources_missing: u64,
    /// Bytes proved equal.
    pub bytes: u64,
    /// Records that account for them.
    pub records: u64,
    /// How much lies where transcripts lie and is not read; `doctor` names it.
    pub left_aside: u64,
    /// Folders that were named as sources and are not there.
    pub missing_roots: Vec<String>,
    /// Whether the archive was unpacked and compared byte by byte.
    pub deep: bool,
    /// How far it was proved that what is kept is shown.
    pub meaning: Meaning,
    /// Everything that does not add up.
    pub gaps: Vec<Gap>,
    /// Lines that could not be read.
    pub rejects: Vec<RejectRow>,
}

/// What `scrollback doctor` found.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Checkup {
    /// Whether every archived byte was unpacked and compared.
    pub deep: bool,
    /// One entry or more for each thing looked at, in order.
    pub checks: Vec<Check>,
    /// How much lies where transcripts lie and is not read.
    pub left_aside_count: u64,
    /// The first of it for each reason, the gravest first.
    pub left_aside: Vec<LeftAsideRow>,
}

impl Checkup {
    /// The worst of all that was found.
    pub fn worst(&self) -> Level {
        let levels = self.checks.iter().map(|check| check.level);
        levels.max().unwrap_or_default()
    }
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do about it; empty where nothing has to be done.
    pub remedy: String,
}

/// How something is that was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    #[default]
    Ok,
    /// Works, but not as well as it could, or not for long.
    Warning,
    /// Does not work.
    Problem,
}

/// What is kept and is no longer as it was, and could not be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Damage {
    /// The transcript.
    pub path: String,
    /// Byte at which the record begins.
    pub offset: u64,
    /// What it is.
    pub what: String,
}

/// How far everything that is kept was read again, little by little, to see whether it still is what it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Proof {
    /// When the last round began: ISO 8601; `None` before the first.
    pub began: Option<String>,
    /// Bytes read in it.
    pub bytes: u64,
    /// Bytes there are.
    pub of_bytes: u64,
    /// It has not ended.
    pub is_under_way: bool,
    /// How long a round takes at its pace, seconds.
    pub takes_s: Option<f64>,
    /// When the last round ended that read everything: ISO 8601.
    pub whole: Option<String>,
    /// What is damaged and could not be mended, at most a hundred.
    pub damaged: Vec<Damage>,
}

/// A place where the archive and the source differ.
#[derive(Debug, Clone, Serialize)]
pub struct Gap {
    /// The transcript.
    pub path: String,
    /// Byte from which it differs.
    pub offset: u64,
    /// How.
    pub reason: String,
    /// It is the database that is wrong there, whatever the source holds.
    pub is_damage: bool,
    /// The bytes are kept, but what they say is shown nowhere, or found by no search.
    pub is_hidden: bool,
}

/// A file of a session that was written.
#[derive(Debug, Clone, Serialize)]
pub struct WrittenFile {
    /// Where.
    pub path: String,
    /// Bytes in it.
    pub bytes: u64,
    /// It is what the file was before the agent rewrote it.
    pub is_earlier: bool,
}

/// How far it was proved that what is kept is shown.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Meaning {
    /// Records that say something, read anew from the archive and looked for in their sessions.
    pub records: u64,
    /// Bytes of the archive that were read anew, the newest transcripts first.
    pub bytes: u64,
    /// Bytes of the archive.
    pub of_bytes: u64,
    /// Seconds it took.
    pub seconds: f64,
}

/// A line that could not be read.
#[derive(Debug, Clone, Serialize)]
pub struct RejectRow {
    /// The transcript.
    pub path: String,
    /// Generation of the transcript.
    pub generation: u32,
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
    /// Why.
    pub reason: String,
    /// Version of the parser that refused it.
    pub parser_version: u32,
    /// When it was first met: ISO 8601.
    pub first_seen: String,
}

/// Rows of a read-only query.
#[derive(Debug, Clone)]
pub struct Table {
    /// Column names.
    pub columns: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<Cell>>,
    /// There are more rows than were asked for.
    pub is_cut: bool,
}

/// A view that may be asked.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A cell of a [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A float.
    Real(f64),
    /// Text.
    Text(String),
    /// A blob, as hexadecimal.
    Blob(String),
}
