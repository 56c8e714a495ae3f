//! Waiting for a database that cannot be written just now: exponential back-off with jitter.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use super::explain::{is_busy, is_full};
use super::holder::holder_of;
use crate::disk;
use crate::health::Blocker;
use crate::stop::Stop;
use crate::vitals::Vitals;

const FIRST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_secs(2);

/// How long to try again. Nothing is dropped meanwhile: the dirty files wait.
#[derive(Debug)]
pub struct Patience<'a> {
    stop: &'a Stop,
    vitals: Option<&'a Vitals>,
    wait: Duration,
    /// When to give up; never, if none.
    deadline: Option<Instant>,
}

impl<'a> Patience<'a> {
    /// Patience until `stop` is requested or, where given, `limit` has passed.
    pub fn new(stop: &'a Stop, limit: Option<Duration>) -> Self {
        Self {
            stop,
            vitals: None,
            wait: FIRST,
            deadline: limit.map(|limit| Instant::now() + limit),
        }
    }

    /// Shows in `vitals` what is waited for.
    #[must_use]
    pub fn showing(mut self, vitals: &'a Vitals) -> Self {
        self.vitals = Some(vitals);
        self
    }

    /// Waits and says true when `error` may pass by itself: the database is locked by someone
    /// else, or, for those who have time, its disk is full or failing. `path` is the database.
    pub fn waits_for(&mut self, error: &rusqlite::Error, path: Option<&str>) -> bool {
        let may_pass = is_busy(error) || (self.deadline.is_none() && may_pass(error));
        let is_late = self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline);
        if !may_pass || is_late || self.stop.is_requested() {
            return false;
        }
        let wait = self.wait.mul_f64(0.5 + fastrand::f64());
        tracing::warn!(%error, wait_ms = wait.as_millis() as u64, "cannot write, waiting");
        if let Some(vitals) = self.vitals {
            vitals.block(Some(blocker(error, path)));
        }
        self.sleep(wait);
        self.wait = (self.wait * 2).min(LONGEST);
        true
    }

    /// It worked.
    pub fn ends(&mut self) {
        if let Some(vitals) = self.vitals {
            vitals.block(None);
        }
    }

    fn sleep(&self, mut left: Duration) {
        const STEP: Duration = Duration::from_millis(50);
        while !left.is_zero() && !self.stop.is_requested() {
            let nap = left.min(STEP);
            std::thread::sleep(nap);
            left -= nap;
            if let Some(vitals) = self.vitals {
                vitals.beat(&vitals.writer);
            }
        }
    }
}

/// Whether trying again later may help.
pub fn may_pass(error: &rusqlite::Error) -> bool {
    let is_failing = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
    );
    is_busy(error) || is_full(error) || is_failing
}

/// A full disk gives many errors; some do not say what they are.
fn has_no_room(path: Option<&Path>) -> bool {
    const ROOM: u64 = 256 << 10;
    let free = path.and_then(Path::parent).map(disk::free);
    matches!(free, Some(Ok(Some(free))) if free < ROOM)
}

fn blocker(error: &rusqlite::Error, path: Option<&str>) -> Blocker {
    let path = path.map(Path::new);
    if is_full(error) || (!is_busy(error) && has_no_room(path)) {
        Blocker::DiskFull
    } else if is_busy(error) {
        let holder = path.and_then(holder_of);
        Blocker::Locked(holder.map(|process| format!("{} ({})", process.name, process.pid)))
    } else {
        Blocker::Failing(error.to_string())
    }
}
