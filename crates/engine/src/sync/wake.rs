//! Notices that the machine slept, or that we were held: what happened meanwhile announced itself to
//! nobody.

use std::time::{Duration, Instant, SystemTime};

/// A rest so much longer than was meant, or a wall clock so far ahead of ours, means sleep. A clock set forward looks
/// the same and costs one sweep. Work that takes long on a slow disk does not: it would be begun again for ever.
const SLEPT: Duration = Duration::from_secs(5);

/// Compares the wall clock with one that stands still while the machine sleeps.
#[derive(Debug)]
pub struct Clock {
    last: Instant,
    wall: SystemTime,
    was_held: bool,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            last: Instant::now(),
            wall: SystemTime::now(),
            was_held: false,
        }
    }
}

impl Clock {
    /// Nothing was done until `now`; it was meant to end at `until`.
    pub fn rested(&mut self, until: Instant, now: Instant) {
        self.was_held |= now.saturating_duration_since(until) > SLEPT;
    }

    /// Looks at both clocks, as is done every second or so; true after a sleep.
    pub fn slept(&mut self, now: Instant) -> bool {
        self.passed(now, SystemTime::now())
    }

    fn passed(&mut self, now: Instant, wall: SystemTime) -> bool {
        let ours = now.duration_since(self.last);
        // A clock set back says nothing.
        let theirs = wall.duration_since(self.wall).unwrap_or_default();
        (self.last, self.wall) = (now, wall);
        std::mem::take(&mut self.was_held) || theirs.saturating_sub(ours) > SLEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_shows_on_either_clock_and_a_clock_set_back_does_not() {
        let mut clock = Clock::default();
        let (now, wall) = (clock.last, clock.wall);
        let second = Duration::from_secs(1);
        assert!(!clock.passed(now + second, wall + second));
        assert!(
            clock.passed(now + 2 * second, wall + 3600 * second),
            "the machine slept"
        );
        assert!(
            !clock.passed(now + 60 * second, wall + 3658 * second),
            "we worked"
        );
        clock.rested(now + 61 * second, now + 70 * second);
        assert!(
            clock.passed(now + 70 * second, wall + 3668 * second),
            "we were stopped"
        );
        assert!(
            !clock.passed(now + 71 * second, wall),
            "the clock was set back"
        );
    }
}
