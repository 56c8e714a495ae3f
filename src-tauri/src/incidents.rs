//! When a person must be told: once for each incident, never for what heals itself. Decides only,
//! and is told the time.

use std::time::{Duration, Instant};

use scrollback_engine::health::State;
use scrollback_engine::model::{Problem, Status};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const A_DAY: usize = 3;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What happened.
    pub title: String,
    /// What it means.
    pub body: String,
}

/// What was told of what is wrong.
#[derive(Debug, Default)]
pub struct Incidents {
    stalled_since: Option<Instant>,
    open: Vec<String>,
    told: Vec<Instant>,
}

/// Something to tell: what it is called among those that are open, and its words.
struct Found {
    name: String,
    note: Note,
}

impl Incidents {
    /// With those that were told before the app was started this time.
    pub fn after(open: Vec<String>) -> Self {
        Self {
            open,
            ..Self::default()
        }
    }

    /// What was told and is not over.
    pub fn open(&self) -> &[String] {
        &self.open
    }

    /// Looks at the verdict. `stalled_after`: how long nothing may be saved before it is told; none
    /// for never.
    pub fn look(
        &mut self,
        status: &Status,
        stalled_after: Option<Duration>,
        now: Instant,
    ) -> Option<Note> {
        let is_stalled = status.state == State::Stalled;
        self.stalled_since = is_stalled.then(|| *self.stalled_since.get_or_insert(now));
        let since = self.stalled_since.zip(stalled_after);
        let is_late = since.is_some_and(|(since, after)| now.duration_since(since) >= after);
        let mut found: Vec<Found> = status.problems.iter().filter_map(of_problem).collect();
        // A stall with a cause of its own name is told by that.
        let is_named = found.iter().any(|one| !one.name.starts_with(LOST));
        if is_late && !is_named {
            found.push(stall(status));
        }
        // Over is what an engine at work does not say any more: one that just starts knows nothing.
        if !matches!(status.state, State::Starting | State::Stopped) {
            self.open.retain(|name| {
                found.iter().any(|one| one.name == *name) || (name == STALLED && is_stalled)
            });
        }
        let new = found
            .into_iter()
            .find(|one| !self.open.contains(&one.name))?;
        self.told.retain(|at| now.duration_since(*at) < DAY);
        let last = self.told.last();
        let is_soon = last.is_some_and(|at| now.duration_since(*at) < HOUR);
        // What must wait is told later, if it is still there then.
        if is_soon || self.told.len() >= A_DAY {
            return None;
        }
        self.told.push(now);
        self.open.push(new.name);
        Some(new.note)
    }
}

const STALLED: &str = "stalled";
/// With the time of the recovery: each is an incident of its own.
const LOST: &str = "recovered_with_loss";

fn of_problem(problem: &Problem) -> Option<Found> {
    let code = problem.code.as_str();
    let (title, ending) = match code {
        "database_damaged" => ("The database is damaged", " Your transcripts are safe."),
        "disk_full" => ("The disk is full", " Your transcripts are safe."),
        LOST => ("Not everything could be recovered", ""),
        _ => return None,
    };
    let name = match code {
        LOST => format!("{LOST}: {}", problem.message),
        _ => code.to_owned(),
    };
    let (what, remedy) = (sentence(&problem.message), sentence(&problem.remedy));
    Some(Found {
        name,
        note: Note {
            title: title.into(),
            body: format!("{what} {remedy}{ending}"),
        },
    })
}

fn stall(status: &Status) -> Found {
    let cause = status.reason.split(';').next().unwrap_or_default();
    let cause = sentence(cause.trim());
    Found {
        name: STALLED.into(),
        note: Note {
            title: "Sync has stalled".into(),
            body: format!(
                "{cause} New messages are not being saved to the database. Your transcripts are safe."
            ),
        },
    }
}

/// Messages begin small and end without a stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let whole = first.unwrap_or_default() + letters.as_str();
    if whole.ends_with(['.', '!', '?', '…']) {
        whole
    } else {
        whole + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrollback_engine::config::Config;
    use scrollback_engine::engine::Engine;
    use scrollback_engine::health::{self, Blocked, Blocker, Facts, Running, Watching};

    fn status(state: State, codes: &[&str]) -> Status {
        let mut status = crate::ipc::tests::status(state);
        status.problems = codes
            .iter()
            .map(|code| Problem::new(*code, "what", "do"))
            .collect();
        status
    }

    /// What the engine says of itself when this keeps it from writing.
    fn blocked(by: Blocker) -> Status {
        let running = Running {
            is_caught_up: true,
            swept_s: Some(1.0),
            sweep_every_s: 30.0,
            blocked: Some(Blocked { by, for_s: 60.0 }),
            watching: Watching::default(),
            ..Running::default()
        };
        let verdict = health::judge(&Facts {
            engine: health::Engine::Running(Box::new(running)),
            ..Facts::default()
        });
        Status {
            reason: verdict.reason,
            problems: verdict.problems,
            ..status(verdict.state, &[])
        }
    }

    const AFTER: Option<Duration> = Some(Duration::from_secs(300));

    #[test]
    fn a_stall_is_told_once_and_only_when_it_lasts() {
        let mut incidents = Incidents::default();
        let start = Instant::now();
        let stalled = blocked(Blocker::Locked(Some("DB Browser (pid 7)".into())));
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(incidents.look(&stalled, AFTER, at(0)), None);
        assert_eq!(incidents.look(&stalled, AFTER, at(299)), None);
        let note = incidents.look(&stalled, AFTER, at(300)).expect("told");
        assert_eq!(note.title, "Sync has stalled");
        assert!(
            note.body.contains("DB Browser (pid 7) holds the database.")
                && note.body.ends_with("Your transcripts are safe."),
            "{note:?}"
        );
        assert_eq!(incidents.look(&stalled, AFTER, at(9000)), None, "once");
        // A new one, later than an hour.
        let well = status(State::Live, &[]);
        assert_eq!(incidents.look(&well, AFTER, at(9001)), None);
        assert_eq!(incidents.look(&stalled, AFTER, at(9002)), None);
        assert!(incidents.look(&stalled, AFTER, at(9302)).is_some());
    }

    #[test]
    fn what_the_engine_says_of_a_damaged_database_and_a_full_disk_is_told() {
        let now = Instant::now();
        for (by, title, says) in [
            (
                Blocker::Recovering,
                "The database is damaged",
                "being recovered",
            ),
            (Blocker::DiskFull, "The disk is full", "Free some space"),
        ] {
            let note = Incidents::default().look(&blocked(by), AFTER, now);
            let note = note.expect("told");
            assert_eq!(note.title, title);
            assert!(note.body.contains(says), "{note:?}");
        }
        // Found damaged by whoever asks while no engine runs.
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("scrollback.db"), [7; 8192]).expect("written");
        let status = Engine::new(Config::new(folder.path(), Vec::new())).status();
        let note = Incidents::default().look(&status, AFTER, now);
        assert_eq!(note.expect("told").title, "The database is damaged");
    }

    #[test]
    fn what_a_recovery_lost_is_told_in_its_own_words_and_not_at_each_start() {
        let mut lost = status(State::Paused, &["recovered_with_loss"]);
        lost.reason = "Paused until you resume; nothing behind".into();
        lost.problems[0].message = "of 2 transcripts something is lost".into();
        let now = Instant::now();
        let mut incidents = Incidents::default();
        let note = incidents.look(&lost, AFTER, now).expect("told");
        assert_eq!(note.body, "Of 2 transcripts something is lost. Do.");

        let mut again = Incidents::after(incidents.open().to_vec());
        let starting = status(State::Starting, &[]);
        assert_eq!(again.look(&starting, AFTER, now), None);
        assert_eq!(again.look(&lost, AFTER, now), None, "told already");
        lost.problems[0].message = "of 5 transcripts something is lost".into();
        assert!(again.look(&lost, AFTER, now).is_some(), "another one");
    }

    #[test]
    fn what_had_to_wait_is_told_when_it_may_be() {
        let mut incidents = Incidents::default();
        let start = Instant::now();
        let later = start + HOUR;
        let both = status(State::Stalled, &["disk_full", "database_damaged"]);
        let first = incidents.look(&both, AFTER, start).expect("told");
        assert_eq!(incidents.look(&both, AFTER, start), None);
        let second = incidents.look(&both, AFTER, later).expect("told");
        assert_ne!(first.title, second.title);
        let over = status(State::Live, &[]);
        assert_eq!(incidents.look(&over, AFTER, later), None);
        assert!(incidents.open().is_empty());
    }

    #[test]
    fn what_heals_itself_is_not_told() {
        let mut incidents = Incidents::default();
        let mut now = Instant::now();
        for _ in 0..50 {
            let stalled = status(State::Stalled, &["database_locked"]);
            assert_eq!(incidents.look(&stalled, AFTER, now), None);
            now += Duration::from_secs(200);
            let live = status(State::Live, &[]);
            assert_eq!(incidents.look(&live, AFTER, now), None);
            let degraded = status(State::Degraded, &["missed_event"]);
            assert_eq!(incidents.look(&degraded, AFTER, now), None);
        }
    }

    #[test]
    fn nobody_is_told_more_than_once_an_hour_and_three_times_a_day() {
        let mut incidents = Incidents::default();
        let mut now = Instant::now();
        let mut told = 0;
        for _ in 0..200 {
            for status in [
                status(State::Stalled, &["disk_full"]),
                status(State::Live, &[]),
            ] {
                told += u32::from(incidents.look(&status, AFTER, now).is_some());
                now += Duration::from_secs(60);
            }
        }
        assert_eq!(told, 3);
    }

    #[test]
    fn never_means_never_but_a_full_disk_is_told() {
        let mut incidents = Incidents::default();
        let start = Instant::now();
        let later = start + Duration::from_secs(90_000);
        let stalled = status(State::Stalled, &[]);
        assert_eq!(incidents.look(&stalled, None, start), None);
        assert_eq!(incidents.look(&stalled, None, later), None);
        let full = status(State::Stalled, &["disk_full"]);
        let note = incidents.look(&full, None, later);
        assert_eq!(note.expect("told").title, "The disk is full");
    }
}
