//! Facts in, one verdict out. Pure: no clock, no disk, no database.
//!
//! The conditions and their order are those of `docs/health.md`. A person reads the reason; a
//! program decides by the state and by the codes of the problems.

mod limits;
mod problems;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

pub use self::limits::{Limit, Limits};
pub(crate) use self::problems::problem;
pub use self::problems::{CODES, weakness as problem_of};

/// The eight states, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No engine runs.
    Stopped,
    /// The user asked it to wait.
    Paused,
    /// No complete sweep yet.
    Starting,
    /// Work is waiting and nothing is committed, or nobody can tell.
    Stalled,
    /// Reading what was there before.
    CatchingUp,
    /// Correct but weaker.
    Degraded,
    /// Up to date, and something was committed a moment ago.
    Live,
    /// Nothing to do, and proved.
    Idle,
}

/// What is known at one moment. Times are seconds before that moment unless they say otherwise.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The engine, if any.
    pub engine: Engine,
    /// What the disk holds and the database does not.
    pub behind: Behind,
    /// Files or folders that cannot be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// None of the folders to watch exists.
    pub no_sources: bool,
    /// Folders the user named that are not there, where others are.
    pub missing: Vec<String>,
    /// What keeps the database from answering: a code, what it is, and the remedy.
    pub store_trouble: Option<Problem>,
    /// Free bytes where the database lies, when so few that they should be mentioned.
    pub low_space: Option<u64>,
    /// Bytes of the log beside the database, when it cannot be emptied because somebody reads all the time, and who does.
    pub long_log: Option<(u64, Option<String>)>,
    /// What is kept and was found damaged, and could not be mended: how much, and the transcript of the first.
    pub damaged: Option<(u64, String)>,
}

/// Who keeps everything up to date.
#[derive(Debug, Clone)]
pub enum Engine {
    /// Nobody.
    Absent {
        /// When the last one ended, in words; `None` when it did not come to say so.
        since: Option<String>,
    },
    /// An engine holds the data folder, and cannot be asked yet: it began a moment ago.
    Awakening,
    /// An engine holds the data folder and does not answer.
    Silent,
    /// An engine that speaks.
    Running(Box<Running>),
}

impl Default for Engine {
    fn default() -> Self {
        Self::Absent { since: None }
    }
}

/// Why a running engine gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nobody listens.
    Absent,
    /// Somebody listens and does not answer in time, or not with sense.
    Silent,
}

/// Bytes on disk against bytes committed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Behind {
    /// Nobody could compare them yet.
    pub is_unknown: bool,
    /// Files with complete lines that are not committed.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// How long the oldest of them has waited.
    pub lag_s: f64,
    /// Files or folders that cannot be read.
    pub unreadable: u64,
    /// Files that are not read.
    pub left_aside: u64,
    /// Since the last commit of one of these files, or since they were found; the smallest.
    pub progress_s: f64,
}

/// What a running engine knows of itself.
#[derive(Debug, Clone, Default)]
pub struct Running {
    /// Since it started.
    pub uptime_s: f64,
    /// The user asked it to wait: until when (ISO 8601), if not for ever.
    pub paused: Option<Option<String>>,
    /// Since the last complete sweep ended.
    pub swept_s: Option<f64>,
    /// Time between two sweeps.
    pub sweep_every_s: f64,
    /// Everything found at the start has been taken in.
    pub is_caught_up: bool,
    /// How much of it, bytes.
    pub caught_up_bytes: u64,
    /// How much there is, bytes.
    pub catch_up_bytes: u64,
    /// Files wait for a worker, or changes for the writer.
    pub has_work: bool,
    /// Since bytes on disk and rows committed were last compared and found equal.
    pub verified_s: Option<f64>,
    /// Since the last commit.
    pub commit_s: Option<f64>,
    /// Messages that are stored and, for a while now, not searchable.
    pub unindexed: u64,
    /// A stage that has work and has not moved: which, and for how long.
    pub stuck: Option<(String, f64)>,
    /// Files that were looked at again and again and came to nothing: how many, and one of them.
    pub left_alone: Option<(u64, String)>,
    /// What keeps the writer from writing.
    pub blocked: Option<Blocked>,
    /// What keeps the words index from being written: what is saved meanwhile is not found.
    pub index_blocked: Option<Blocked>,
    /// How file events come.
    pub watching: Watching,
    /// Lines that could not be read came in the last ten minutes.
    pub new_rejects: u64,
}

/// What keeps the writer from writing.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocked {
    /// Why.
    pub by: Blocker,
    /// For how long.
    pub for_s: f64,
}

/// Why nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// The disk has no room.
    DiskFull,
    /// Another program holds the database; its name and process id where they can be told.
    Locked(Option<String>),
    /// The disk gives errors: what the system says.
    Failing(String),
    /// The database was damaged, and what it held is being recovered.
    Recovering,
}

/// How changes are noticed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watching {
    /// By the system's events or by looking.
    pub mode: Mode,
    /// Why not by events, or not by events alone.
    pub why: Option<Weakness>,
    /// Since the probe file was last announced.
    pub probe_s: Option<f64>,
    /// Since a sweep last found what no event had announced.
    pub missed_s: Option<f64>,
    /// Every watched folder is still the one that was watched.
    pub are_roots_ours: bool,
    /// What the system allowed when it last refused to watch.
    pub limits: Limits,
}

/// How changes are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    #[default]
    None,
    /// By the system's file events.
    Native,
    /// By looking again and again.
    Polling,
}

/// Why watching is weaker than it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakness {
    /// The user wants polling.
    Chosen,
    /// The system allows no further watches: how many folders go without.
    WatchLimit(u64),
    /// The system allows no further watchers.
    InstanceLimit,
    /// A file system that announces no changes made elsewhere: its kind.
    Remote(String),
    /// Events were missed, or the watcher failed, too often.
    Unreliable,
    /// The watcher could not be started: what the system says.
    Refused(String),
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Problem {
    /// A stable word to decide by.
    pub code: String,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The file or folder to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "bindings", ts(optional))]
    pub place: Option<String>,
}

impl Problem {
    /// A problem with no place of its own.
    pub fn new(
        code: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            remedy: remedy.into(),
            place: None,
        }
    }

    /// The same, to be looked at there.
    #[must_use]
    pub fn at(self, place: impl std::fmt::Display) -> Self {
        Self {
            place: Some(place.to_string()),
            ..self
        }
    }
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub state: State,
    /// One sentence a person understands.
    pub reason: String,
    /// Everything that is wrong, worst first.
    pub problems: Vec<Problem>,
}

/// Bytes of backlog from which catching up is said to be that.
const LARGE: u64 = 8 << 20;
/// Waiting longer than this is a little late, and longer than [`TOO_LATE`] is stalled.
const LATE: f64 = 2.0;
const TOO_LATE: f64 = 30.0;
/// A start may take so long.
const START: f64 = 60.0;
/// A commit so long ago still counts as a moment ago.
const LIVELY: f64 = 60.0;
/// A probe seen so long ago still proves that events come.
const PROBED: f64 = 90.0;
/// Seconds after the start within which events ought to have come.
const PROBE_DUE: f64 = 10.0;
/// A missed event is mentioned for so long.
const REMEMBERED: f64 = 600.0;

/// Judges the facts: the first state that fits wins, and what fits nothing is degraded, never idle.
pub fn judge(facts: &Facts) -> Verdict {
    let (state, reason) = match &facts.engine {
        Engine::Absent { since } => (
            State::Stopped,
            format!(
                "{}; {}",
                words::stopped(since.as_deref()),
                words::saved(facts)
            ),
        ),
        Engine::Awakening => (State::Starting, "Starting".into()),
        Engine::Silent => (
            State::Stalled,
            format!("Running, but it does not answer; {}", words::saved(facts)),
        ),
        Engine::Running(engine) => running(facts, engine),
    };
    Verdict {
        state,
        reason,
        problems: problems::problems(facts),
    }
}

fn running(facts: &Facts, engine: &Running) -> (State, String) {
    let behind = words::behind(facts);
    if let Some(until) = &engine.paused {
        return (
            State::Paused,
            format!("{}; {behind}", words::paused(until.as_deref())),
        );
    }
    if engine.swept_s.is_none() && engine.uptime_s < START {
        return (State::Starting, words::STARTING_LOOKS.into());
    }
    if let Some(why) = stalled(facts, engine) {
        return (State::Stalled, format!("{why}; {behind}"));
    }
    if !engine.is_caught_up
        && facts.behind.files == 0
        && let Some(blocked) = waits_to_index(engine)
    {
        return (State::Degraded, words::unsearchable(blocked));
    }
    if !engine.is_caught_up {
        return (State::CatchingUp, words::catching_up(engine, facts));
    }
    if facts.behind.bytes > LARGE && facts.behind.progress_s <= TOO_LATE {
        return (State::CatchingUp, format!("Catching up; {behind}"));
    }
    if let Some(why) = degraded(facts, engine) {
        return (State::Degraded, why);
    }
    let is_clean = facts.behind.files == 0 && !facts.behind.is_unknown;
    // A proof that is still due in time is no fault.
    if facts.behind.is_unknown && engine.uptime_s < START {
        return (State::Starting, words::STARTING_COMPARES.into());
    }
    if is_clean && is_probe_due(engine) {
        return (State::Starting, words::STARTING_LISTENS.into());
    }
    let is_proved = engine
        .verified_s
        .is_some_and(|s| s <= (2.0 * engine.sweep_every_s).max(60.0));
    let is_lively = engine.commit_s.is_some_and(|s| s <= LIVELY);
    if !is_clean && engine.has_work {
        return (State::CatchingUp, format!("Saving a change; {behind}"));
    }
    if is_clean && is_lively {
        return (State::Live, words::live(engine.commit_s, engine.verified_s));
    }
    if is_clean && is_proved && !engine.has_work && watches(&engine.watching) {
        return (State::Idle, words::idle(engine.verified_s));
    }
    // Nothing is known to be wrong, and nothing proves that all is well.
    (State::Degraded, words::unproved(facts, engine, is_proved))
}

/// Work that stands still is said to, and why.
fn waits_to_index(engine: &Running) -> Option<&Blocked> {
    engine
        .index_blocked
        .as_ref()
        .filter(|blocked| blocked.for_s > LATE)
}

/// The first probe file may still be announced in time.
fn is_probe_due(engine: &Running) -> bool {
    let watching = &engine.watching;
    watching.mode == Mode::Native && watching.probe_s.is_none() && engine.uptime_s <= PROBE_DUE
}

/// The part of watching that idle rests on.
fn watches(watching: &Watching) -> bool {
    let is_heard = match watching.mode {
        Mode::None => false,
        Mode::Polling => true,
        Mode::Native => watching.probe_s.is_some_and(|s| s <= PROBED),
    };
    is_heard && watching.are_roots_ours
}

/// Why work does not go on, or nobody can tell whether it does.
fn stalled(facts: &Facts, engine: &Running) -> Option<String> {
    if let Some(blocked) = engine
        .blocked
        .as_ref()
        .filter(|blocked| blocked.for_s > TOO_LATE)
    {
        return Some(words::blocked(blocked));
    }
    if let Some((stage, for_s)) = &engine.stuck {
        return Some(words::stuck(stage, *for_s));
    }
    if let Some((count, _)) = &engine.left_alone {
        return Some(words::left_alone(*count));
    }
    let longest = (3.0 * engine.sweep_every_s).max(90.0);
    if engine.swept_s.unwrap_or(engine.uptime_s) > longest {
        return Some(words::unswept(engine.swept_s));
    }
    let behind = &facts.behind;
    let is_late = behind.files > 0 && behind.lag_s > TOO_LATE && behind.progress_s > TOO_LATE;
    is_late.then(|| match &engine.blocked {
        Some(blocked) => words::blocked(blocked),
        None => words::late(behind.lag_s),
    })
}

/// Why it is correct but weaker.
fn degraded(facts: &Facts, engine: &Running) -> Option<String> {
    let watching = &engine.watching;
    if let Some(blocked) = &engine.blocked {
        return Some(words::blocked(blocked));
    }
    if facts.store_trouble.is_some() {
        return Some("The database does not answer".into());
    }
    if facts.no_sources {
        return Some("Waiting for an agent's folder to appear".into());
    }
    if facts.behind.files > 0 && facts.behind.lag_s > LATE {
        return Some(format!("A little late; {}", words::behind(facts)));
    }
    // Polling that the user chose is what they want.
    if let Some(why) = watching
        .why
        .as_ref()
        .filter(|why| **why != Weakness::Chosen)
    {
        return Some(words::weakness(why));
    }
    if watching.missed_s.is_some_and(|s| s <= REMEMBERED) {
        return Some(
            "Up to date, but a change came without a file event; the watcher was renewed".into(),
        );
    }
    if watching.mode == Mode::Native && watching.probe_s.is_some_and(|s| s > PROBED) {
        return Some("Up to date, but file events are late; the watcher is being renewed".into());
    }
    if !facts.missing.is_empty() {
        let what = words::count(
            facts.missing.len() as u64,
            "folder that was named as a source is",
            "folders that were named as sources are",
        );
        return Some(format!("{what} not there; everything else is up to date"));
    }
    if !facts.unreadable.is_empty() {
        let closed = words::closed(facts.unreadable.len());
        return Some(format!("{closed}; everything else is up to date"));
    }
    if engine.new_rejects > 0 {
        let lines = words::count(engine.new_rejects, "new line", "new lines");
        return Some(format!(
            "Up to date; {lines} could not be read and are kept as they are"
        ));
    }
    if let Some((count, _)) = facts.damaged {
        return Some(words::damaged(count));
    }
    if let Some((bytes, _)) = &facts.long_log {
        return Some(words::long_log(*bytes));
    }
    if let Some(free) = facts.low_space {
        return Some(format!(
            "Up to date, but the disk has only {} left",
            words::bytes(free)
        ));
    }
    if let Some(blocked) = waits_to_index(engine) {
        return Some(words::unsearchable(blocked));
    }
    if engine.unindexed > 0 {
        let what = words::count(engine.unindexed, "message is", "messages are");
        return Some(format!("Everything is saved; {what} not searchable yet"));
    }
    None
}
