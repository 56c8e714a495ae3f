//! Facts and a time in, one verdict out. Pure: no clock, no disk, no database.

use serde::Serialize;

/// The eight states, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// What is known, from the disk, the database and the lock.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How long the engine has run, seconds; `None` when none runs.
    pub uptime_s: Option<f64>,
    /// Files with complete lines that are not committed.
    pub backlog_files: u64,
    /// Bytes in them.
    pub backlog_bytes: u64,
    /// How long the oldest of them has waited, seconds.
    pub lag_s: f64,
    /// Seconds since the last commit; `None` when there has been none.
    pub last_commit_s: Option<f64>,
    /// Files or folders that cannot be read.
    pub unreadable: u64,
    /// Messages that are stored and not yet searchable.
    pub unindexed: u64,
    /// None of the folders to watch exists.
    pub no_sources: bool,
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The state.
    pub state: State,
    /// One sentence a person understands.
    pub reason: String,
}

/// Bytes of backlog from which catching up is said to be that.
const LARGE_BACKLOG: u64 = 8 << 20;

/// Judges the facts; the first state that fits wins. What fits nothing is degraded, never idle.
pub fn judge(facts: &Facts) -> Verdict {
    let behind = behind(facts);
    let recent = facts.last_commit_s.is_some_and(|s| s <= 30.0);
    let verdict = |state, reason: String| Verdict { state, reason };
    let Some(uptime) = facts.uptime_s else {
        return verdict(State::Stopped, format!("Not running; {behind}"));
    };
    if facts.backlog_bytes > 0 && uptime < 60.0 && facts.last_commit_s.is_none_or(|s| s > uptime) {
        return verdict(State::Starting, format!("Starting; {behind}"));
    }
    if facts.lag_s > 30.0 && facts.backlog_files > 0 && !recent {
        return verdict(
            State::Stalled,
            format!("Running, but nothing is committed; {behind}"),
        );
    }
    if facts.backlog_bytes > LARGE_BACKLOG || (facts.lag_s > 30.0 && facts.backlog_files > 0) {
        return verdict(State::CatchingUp, format!("Catching up; {behind}"));
    }
    if facts.unreadable > 0 {
        let what = count(facts.unreadable, "file or folder", "files or folders");
        return verdict(State::Degraded, format!("{what} cannot be read; {behind}"));
    }
    if facts.no_sources {
        return verdict(
            State::Degraded,
            "Waiting for an agent's folder to appear".into(),
        );
    }
    if facts.backlog_files > 0 && facts.lag_s > 2.0 {
        return verdict(State::Degraded, format!("A little late; {behind}"));
    }
    if facts.unindexed > 0 {
        let what = count(facts.unindexed, "message", "messages");
        return verdict(
            State::CatchingUp,
            format!("Everything is saved; {what} not searchable yet"),
        );
    }
    if facts.backlog_files > 0 || facts.last_commit_s.is_some_and(|s| s <= 60.0) {
        return verdict(State::Live, "Up to date and busy, verified just now".into());
    }
    verdict(State::Idle, "Up to date, verified just now".into())
}

fn behind(facts: &Facts) -> String {
    if facts.backlog_files == 0 {
        return "everything on disk is saved".into();
    }
    let files = count(facts.backlog_files, "file", "files");
    format!("{files} and {} behind", bytes(facts.backlog_bytes))
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.1} GB", n as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, State, judge};

    fn running() -> Facts {
        Facts {
            uptime_s: Some(600.0),
            last_commit_s: Some(300.0),
            ..Facts::default()
        }
    }

    #[test]
    fn a_process_that_runs_is_not_a_proof() {
        let behind = Facts {
            backlog_files: 3,
            backlog_bytes: 900,
            lag_s: 34.0 * 3600.0,
            ..running()
        };
        assert_eq!(judge(&behind).state, State::Stalled);
        assert_eq!(
            judge(&behind).reason,
            "Running, but nothing is committed; 3 files and 900 bytes behind"
        );
        assert_eq!(judge(&running()).state, State::Idle);
    }

    #[test]
    fn stopped_says_what_is_missing() {
        let facts = Facts {
            backlog_files: 1,
            backlog_bytes: 2_500_000,
            ..Facts::default()
        };
        assert_eq!(
            judge(&facts).reason,
            "Not running; 1 file and 2.5 MB behind"
        );
        assert_eq!(judge(&facts).state, State::Stopped);
    }

    #[test]
    fn each_state_by_its_condition() {
        let with = |change: fn(&mut Facts)| {
            let mut facts = running();
            change(&mut facts);
            judge(&facts).state
        };
        assert_eq!(with(|f| f.last_commit_s = Some(10.0)), State::Live);
        assert_eq!(
            with(|f| (f.backlog_files, f.backlog_bytes, f.lag_s) = (1, 10, 0.5)),
            State::Live
        );
        assert_eq!(
            with(|f| (f.backlog_files, f.backlog_bytes, f.lag_s) = (1, 10, 5.0)),
            State::Degraded
        );
        assert_eq!(
            with(|f| (f.backlog_files, f.backlog_bytes) = (1, 9 << 20)),
            State::CatchingUp
        );
        assert_eq!(with(|f| f.unreadable = 1), State::Degraded);
        assert_eq!(with(|f| f.unindexed = 1), State::CatchingUp);
        assert_eq!(with(|f| f.no_sources = true), State::Degraded);
        let young = Facts {
            uptime_s: Some(1.0),
            backlog_files: 1,
            backlog_bytes: 1,
            ..Facts::default()
        };
        assert_eq!(judge(&young).state, State::Starting);
    }
}
