//! Waiting for a database that someone else holds: exponential back-off with jitter.

use std::time::{Duration, Instant};

use super::explain::{is_busy, is_full};
use crate::stop::Stop;

const FIRST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_secs(10);

/// How long to try again. Nothing is dropped meanwhile: the dirty files wait.
#[derive(Debug)]
pub struct Patience<'a> {
    stop: &'a Stop,
    wait: Duration,
    /// When to give up; never, if none.
    deadline: Option<Instant>,
}

impl<'a> Patience<'a> {
    /// Patience until `stop` is requested or, where given, `limit` has passed.
    pub fn new(stop: &'a Stop, limit: Option<Duration>) -> Self {
        Self {
            stop,
            wait: FIRST,
            deadline: limit.map(|limit| Instant::now() + limit),
        }
    }

    /// Waits and says true when `error` may pass by itself: the database is locked by someone
    /// else, or, for those who have time, its disk is full.
    pub fn waits_for(&mut self, error: &rusqlite::Error) -> bool {
        let may_pass = is_busy(error) || (self.deadline.is_none() && is_full(error));
        let is_late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        if !may_pass || is_late || self.stop.is_requested() {
            return false;
        }
        let wait = self.wait.mul_f64(0.5 + fastrand::f64());
        tracing::warn!(%error, wait_ms = wait.as_millis() as u64, "cannot write, waiting");
        self.sleep(wait);
        self.wait = (self.wait * 2).min(LONGEST);
        true
    }

    fn sleep(&self, mut left: Duration) {
        const STEP: Duration = Duration::from_millis(50);
        while !left.is_zero() && !self.stop.is_requested() {
            let nap = left.min(STEP);
            std::thread::sleep(nap);
            left -= nap;
        }
    }
}
