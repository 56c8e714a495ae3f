//! An icon that does not flicker: an agent that writes all the time is live, not catching up twice a
//! second.

use std::time::{Duration, Instant};

use scrollback_engine::health::State;

use super::Icon;

/// Catching up must last so long before an icon that said "all is well" says so.
const BRIEF: Duration = Duration::from_secs(2);

/// Decides when the icon changes.
#[derive(Debug, Default)]
pub struct Steady {
    shown: Option<Icon>,
    behind_since: Option<Instant>,
}

impl Steady {
    /// The icon for a state at this time.
    pub fn icon(&mut self, state: State, now: Instant) -> Icon {
        let new = Icon::from(state);
        let was_well = matches!(self.shown, Some(Icon::Live | Icon::Idle));
        if new == Icon::CatchingUp && was_well {
            let since = *self.behind_since.get_or_insert(now);
            if now.duration_since(since) < BRIEF {
                return self.shown.unwrap_or(new);
            }
        }
        self.behind_since = None;
        self.shown = Some(new);
        new
    }

    /// Whether a change is held back, and must be looked at again soon.
    pub fn is_waiting(&self) -> bool {
        self.behind_since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_catching_up_is_not_shown_and_a_problem_is_at_once() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut steady = Steady::default();
        assert_eq!(
            steady.icon(State::CatchingUp, at(0)),
            Icon::CatchingUp,
            "at the start it is"
        );
        assert_eq!(steady.icon(State::Live, at(10)), Icon::Live);
        assert_eq!(steady.icon(State::CatchingUp, at(20)), Icon::Live);
        assert!(steady.is_waiting());
        assert_eq!(steady.icon(State::Live, at(30)), Icon::Live);
        assert!(!steady.is_waiting());
        assert_eq!(
            steady.icon(State::CatchingUp, at(40)),
            Icon::Live,
            "counted anew"
        );
        assert_eq!(steady.icon(State::CatchingUp, at(2039)), Icon::Live);
        assert_eq!(steady.icon(State::CatchingUp, at(2040)), Icon::CatchingUp);
        for state in [State::Stalled, State::Paused, State::Degraded, State::Idle] {
            assert_eq!(steady.icon(state, at(2050)), Icon::from(state));
        }
    }
}
