//! Notices that the machine slept, or that we were held: what happened meanwhile announced itself to
//! nobody.

use std::time::{Duration, Instant, SystemTime};

/// A look so late, or a wall clock so far ahead of ours, means sleep. A clock set forward looks the
/// same and costs one sweep.
const SLEPT: Duration = Duration::from_secs(5);

/// Compares the wall clock with one that stands still while the machine sleeps.
#[derive(Debug)]
pub struct Clock {
    last: Instant,
    wall: SystemTime,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            last: Instant::now(),
            wall: SystemTime::now(),
        }
    }
}

impl Clock {
    /// Looks at both clocks, as is done every second or so; true after a sleep.
    pub fn slept(&mut self, now: Instant) -> bool {
        self.passed(now, SystemTime::now())
    }

    fn passed(&mut self, now: Instant, wall: SystemTime) -> bool {
        let ours = now.duration_since(self.last);
        // A clock set back says nothing.
        let theirs = wall.duration_since(self.wall).unwrap_or_default();
        (self.last, self.wall) = (now, wall);
        ours > SLEPT || theirs.saturating_sub(ours) > SLEPT
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
            clock.passed(now + 60 * second, wall + 3658 * second),
            "we were stopped"
        );
        assert!(
            !clock.passed(now + 61 * second, wall),
            "the clock was set back"
        );
    }
}
