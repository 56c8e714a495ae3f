//! When a person must be told: once for each incident, never for what heals itself. Decides only,
//! and is told the time.

use std::time::{Duration, Instant};

use scrollback_engine::health::State;
use scrollback_engine::model::Status;

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

/// What is wrong now, and what was told of it.
#[derive(Debug, Default)]
pub struct Incidents {
    stalled_since: Option<Instant>,
    open: Vec<&'static str>,
    told: Vec<Instant>,
}

impl Incidents {
    /// Looks at the verdict. `stalled_after`: how long nothing may be saved before it is told; none
    /// for never.
    pub fn look(
        &mut self,
        status: &Status,
        stalled_after: Option<Duration>,
        now: Instant,
    ) -> Option<Note> {
        let is_stalled = status.state == State::Stalled;
        let since = is_stalled.then(|| *self.stalled_since.get_or_insert(now));
        self.stalled_since = since;
        let has = |code: &str| status.problems.iter().any(|problem| problem.code == code);
        let is_late = since
            .zip(stalled_after)
            .is_some_and(|(since, after)| now.duration_since(since) >= after);
        let found = [
            ("damaged", has("damaged") || has("recovered_with_loss")),
            ("disk_full", has("disk_full")),
            ("stalled", is_late),
        ];
        // Over means the state is another one, not that it looks better for a moment.
        self.open.retain(|kind| match *kind {
            "stalled" => is_stalled,
            kind => found
                .iter()
                .any(|(name, is_there)| *name == kind && *is_there),
        });
        let news: Vec<&'static str> = found
            .iter()
            .filter(|(kind, is_there)| *is_there && !self.open.contains(kind))
            .map(|(kind, _)| *kind)
            .collect();
        let worst = *news.first()?;
        self.open.extend(news);
        self.told.retain(|at| now.duration_since(*at) < DAY);
        let is_soon = self
            .told
            .last()
            .is_some_and(|at| now.duration_since(*at) < HOUR);
        if is_soon || self.told.len() >= A_DAY {
            return None;
        }
        self.told.push(now);
        Some(note(worst, status))
    }
}

fn note(kind: &str, status: &Status) -> Note {
    let title = match kind {
        "damaged" => "The database was damaged",
        "disk_full" => "The disk is full",
        _ => "Sync has stalled",
    };
    let cause = status.reason.split(';').next().unwrap_or_default().trim();
    Note {
        title: title.into(),
        body: format!(
            "{cause}. New messages are not being saved to the database. Your transcripts are safe."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrollback_engine::model::Problem;

    fn status(state: State, codes: &[&str]) -> Status {
        let mut status = crate::ipc::tests::status(state);
        status.problems = codes
            .iter()
            .map(|code| Problem {
                code: (*code).into(),
                message: "what".into(),
                remedy: "do".into(),
            })
            .collect();
        status
    }

    const AFTER: Option<Duration> = Some(Duration::from_secs(300));

    #[test]
    fn a_stall_is_told_once_and_only_when_it_lasts() {
        let mut incidents = Incidents::default();
        let start = Instant::now();
        let stalled = status(State::Stalled, &[]);
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(incidents.look(&stalled, AFTER, at(0)), None);
        assert_eq!(incidents.look(&stalled, AFTER, at(299)), None);
        let note = incidents.look(&stalled, AFTER, at(300)).expect("told");
        assert_eq!(note.title, "Sync has stalled");
        assert!(note.body.contains("safe"));
        assert_eq!(incidents.look(&stalled, AFTER, at(900)), None, "once");
        // A new one, later than an hour.
        assert_eq!(
            incidents.look(&status(State::Live, &[]), AFTER, at(5000)),
            None
        );
        assert_eq!(incidents.look(&stalled, AFTER, at(5001)), None);
        assert!(incidents.look(&stalled, AFTER, at(5301)).is_some());
    }

    #[test]
    fn what_heals_itself_is_not_told() {
        let mut incidents = Incidents::default();
        let mut now = Instant::now();
        for _ in 0..50 {
            assert_eq!(
                incidents.look(&status(State::Stalled, &["locked"]), AFTER, now),
                None
            );
            now += Duration::from_secs(200);
            assert_eq!(incidents.look(&status(State::Live, &[]), AFTER, now), None);
            assert_eq!(
                incidents.look(&status(State::Degraded, &["missed_event"]), AFTER, now),
                None
            );
        }
    }

    #[test]
    fn nobody_is_told_more_than_once_an_hour_and_three_times_a_day() {
        let mut incidents = Incidents::default();
        let mut now = Instant::now();
        let mut told = 0;
        for _ in 0..200 {
            told += u32::from(
                incidents
                    .look(&status(State::Stalled, &["disk_full"]), AFTER, now)
                    .is_some(),
            );
            now += Duration::from_secs(60);
            told += u32::from(
                incidents
                    .look(&status(State::Live, &[]), AFTER, now)
                    .is_some(),
            );
            now += Duration::from_secs(60);
        }
        assert_eq!(told, 3);
    }

    #[test]
    fn never_means_never_but_a_full_disk_is_told() {
        let mut incidents = Incidents::default();
        let start = Instant::now();
        let later = start + Duration::from_secs(90_000);
        assert_eq!(
            incidents.look(&status(State::Stalled, &[]), None, start),
            None
        );
        assert_eq!(
            incidents.look(&status(State::Stalled, &[]), None, later),
            None
        );
        let note = incidents.look(&status(State::Stalled, &["disk_full"]), None, later);
        assert_eq!(note.expect("told").title, "The disk is full");
    }
}
