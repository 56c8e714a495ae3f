//! When the watcher is renewed, and when its events are no longer relied upon. Decides only, and is
//! told the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Waiting before a renewal: none at first, then doubling.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
/// So many missed events in an hour, or renewals in ten minutes, and events are distrusted.
const TOO_MANY: usize = 3;
const HOUR: Duration = Duration::from_secs(3600);
const TEN_MINUTES: Duration = Duration::from_secs(600);
/// Distrusted events get another chance after so long.
const PENANCE: Duration = Duration::from_secs(24 * 3600);

/// What the watcher has done wrong lately, and what follows from it.
#[derive(Debug, Default)]
pub struct Healer {
    missed: VecDeque<Instant>,
    renewed: VecDeque<Instant>,
    /// The next renewal.
    due: Option<Instant>,
    distrusted_until: Option<Instant>,
    refusals: u32,
}

impl Healer {
    /// A sweep found a change that no event had announced.
    pub fn missed(&mut self, now: Instant) {
        self.missed.push_back(now);
        drop_older(&mut self.missed, now, HOUR);
        self.failed(now);
    }

    /// The watcher failed, complained, lost events, or did not announce the probe.
    pub fn failed(&mut self, now: Instant) {
        drop_older(&mut self.renewed, now, TEN_MINUTES);
        if self.distrusted_until.is_some() {
            return;
        }
        if self.missed.len() >= TOO_MANY || self.renewed.len() >= TOO_MANY {
            self.distrusted_until = Some(now + PENANCE);
            self.due = Some(now + PENANCE);
            return;
        }
        let wait = match self.renewed.len() as u32 {
            0 => Duration::ZERO,
            n => FIRST * 2u32.pow(n - 1),
        };
        self.due.get_or_insert(now + wait);
    }

    /// The system refused to watch, wholly or in part.
    pub fn refused(&mut self, now: Instant) {
        let wait = (FIRST * 2u32.pow(self.refusals.min(9))).min(LONGEST);
        self.refusals += 1;
        self.due = Some(now + wait);
    }

    /// The system watches everything we want.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// Whether the watcher is to be renewed now. Saying so counts as doing it.
    pub fn is_due(&mut self, now: Instant) -> bool {
        if self.due.is_none_or(|due| now < due) {
            return false;
        }
        self.due = None;
        if self
            .distrusted_until
            .take_if(|until| now >= *until)
            .is_some()
        {
            self.missed.clear();
            self.renewed.clear();
        } else if self.refusals == 0 {
            self.renewed.push_back(now);
        }
        true
    }

    /// Whether events are relied upon.
    pub fn trusts(&self) -> bool {
        self.distrusted_until.is_none()
    }
}

fn drop_older(times: &mut VecDeque<Instant>, now: Instant, age: Duration) {
    while times
        .front()
        .is_some_and(|first| now.duration_since(*first) > age)
    {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_renewal_is_at_once_and_the_next_ones_wait() {
        let mut healer = Healer::default();
        let now = Instant::now();
        assert!(!healer.is_due(now), "nothing happened");
        healer.failed(now);
        assert!(healer.is_due(now));
        assert!(!healer.is_due(now), "once is enough");
        healer.failed(now);
        assert!(!healer.is_due(now) && healer.is_due(now + SECOND));
        healer.failed(now + SECOND);
        assert!(!healer.is_due(now + 2 * SECOND) && healer.is_due(now + 3 * SECOND));
    }

    #[test]
    fn what_keeps_failing_is_distrusted_for_a_day() {
        let mut healer = Healer::default();
        let mut now = Instant::now();
        for _ in 0..TOO_MANY {
            healer.failed(now);
            now += 10 * SECOND;
            assert!(healer.trusts() && healer.is_due(now));
        }
        healer.failed(now);
        assert!(!healer.trusts() && !healer.is_due(now + HOUR));
        healer.failed(now + HOUR);
        now += PENANCE;
        assert!(healer.is_due(now) && healer.trusts(), "another chance");
        healer.failed(now);
        assert!(healer.is_due(now), "with a clean record");
    }

    #[test]
    fn three_missed_events_in_an_hour_are_too_many_and_in_a_day_are_not() {
        let mut now = Instant::now();
        let mut healer = Healer::default();
        for _ in 0..TOO_MANY {
            assert!(healer.trusts());
            healer.missed(now);
            now += HOUR / 4;
            healer.is_due(now);
        }
        assert!(!healer.trusts());
        let mut healer = Healer::default();
        for _ in 0..24 {
            healer.missed(now);
            now += HOUR;
            assert!(healer.is_due(now) && healer.trusts());
        }
    }

    #[test]
    fn a_refusal_is_asked_again_ever_more_rarely() {
        let mut healer = Healer::default();
        let now = Instant::now();
        healer.refused(now);
        assert!(!healer.is_due(now) && healer.is_due(now + SECOND));
        for _ in 0..20 {
            healer.refused(now);
        }
        assert!(!healer.is_due(now + LONGEST - SECOND) && healer.is_due(now + LONGEST));
        assert!(
            healer.trusts(),
            "a full table says nothing about the events that come"
        );
    }
}
