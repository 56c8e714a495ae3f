//! What the pipeline lets others see of itself: heartbeats and a few plain figures.
//!
//! Written by the pipeline's threads, read by the monitor. Every lock that the monitor takes is held for an assignment,
//! so a stage that hangs keeps nobody from seeing that it does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::error::Unreadable;
use crate::health::{Blocker, Limits, Mode, State, Weakness};
use crate::model::{Progress, Proof};

/// The signs of life of one pipeline. A restarted pipeline gives new ones.
#[derive(Debug)]
pub struct Vitals {
    born: Instant,
    /// The supervisor; it never rests.
    pub scheduler: Beat,
    /// Those who read and parse.
    pub workers: Vec<Beat>,
    /// The one who writes.
    pub writer: Beat,
    /// The files of the database as the writer left them; `None` while it writes.
    left: Mutex<Option<Left>>,
    /// Somebody else wrote to them since.
    is_touched: AtomicBool,
    signs: Mutex<Signs>,
    blocked: Mutex<Option<(Blocker, Instant)>>,
    said: Mutex<Option<(State, String)>>,
}

/// Size and time of the database and of its log, of each that is there.
pub type Left = [Option<(u64, SystemTime)>; 2];

/// What the supervisor knows.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    /// When the last complete sweep ended.
    pub swept: Option<Instant>,
    /// How many there were.
    pub sweeps: u64,
    /// How many there were when the one under way ends.
    pub sweeps_begun: u64,
    /// Time until the next.
    pub sweep_every: Duration,
    /// Everything found at the start has been taken in.
    pub is_caught_up: bool,
    /// How far what was there at the start is taken in.
    pub progress: Progress,
    /// Files wait for a worker, or changes for the writer.
    pub has_work: bool,
    /// What keeps the words index from being written, and since when.
    pub index_blocked: Option<(Blocker, Instant)>,
    /// When something was last committed.
    pub committed: Option<Instant>,
    /// Paused: until when, milliseconds since the epoch, if not for ever.
    pub paused: Option<Option<i64>>,
    /// What could not be read when last tried.
    pub unreadable: Vec<Unreadable>,
    /// Files that were looked at again and again and came to nothing: how many, and one of them.
    pub left_alone: Option<(u64, PathBuf)>,
    /// When lines that could not be read came last while watching, and how many.
    pub rejected: Option<(Instant, u64)>,
    /// How changes are noticed.
    pub watching: Watching,
    /// How far what is kept was read again.
    pub proof: Proof,
}

/// How changes are noticed, and how well that goes.
#[derive(Debug, Clone, Default)]
pub struct Watching {
    /// By events or by looking.
    pub mode: Mode,
    /// Why not by events alone.
    pub why: Option<Weakness>,
    /// When the probe file was last announced.
    pub probed: Option<Instant>,
    /// Changes a sweep found that no event had announced.
    pub missed: u64,
    /// When the last of them was found.
    pub missed_at: Option<Instant>,
    /// Times the watcher was renewed.
    pub rebuilds: u64,
    /// Every watched folder is still the one that was watched.
    pub are_roots_ours: bool,
    /// What the system allowed when it last refused to watch.
    pub limits: Limits,
}

impl Vitals {
    /// The vitals of a pipeline with so many workers that starts now.
    pub fn new(workers: usize) -> Self {
        Self {
            born: Instant::now(),
            scheduler: Beat::default(),
            workers: (0..workers).map(|_| Beat::default()).collect(),
            writer: Beat::default(),
            left: Mutex::default(),
            is_touched: AtomicBool::new(false),
            signs: Mutex::default(),
            blocked: Mutex::default(),
            said: Mutex::default(),
        }
    }

    /// When the pipeline started.
    pub fn born(&self) -> Instant {
        self.born
    }

    /// A copy of the figures.
    pub fn signs(&self) -> Signs {
        self.lock().clone()
    }

    /// Changes the figures.
    pub fn note(&self, change: impl FnOnce(&mut Signs)) {
        change(&mut self.lock());
    }

    /// The writer begins to write to the files of the database, which it finds so.
    pub fn begin_writing(&self, found: Left) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.take().is_some_and(|left| left != found) {
            self.is_touched.store(true, Ordering::SeqCst);
        }
    }

    /// It leaves them so; `None`: it leaves them for good.
    pub fn end_writing(&self, files: Option<Left>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    /// Whether somebody else wrote to the files of the database since this was asked. `look`: what they are like.
    pub fn take_touched(&self, look: impl FnOnce() -> Left) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let was_touched = self.is_touched.swap(false, Ordering::SeqCst);
        // The writer waits meanwhile.
        let now = left.map(|_| look());
        let is_touched = *left != now;
        *left = now;
        was_touched || is_touched
    }

    /// Notes what keeps the writer from writing; `None` when it writes again.
    pub fn block(&self, by: Option<Blocker>) {
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        *blocked = match (by, blocked.take()) {
            (None, _) => None,
            (Some(by), Some((_, since))) => Some((by, since)),
            (Some(by), None) => Some((by, Instant::now())),
        };
    }

    /// What keeps the writer from writing, and since when.
    pub fn blocked(&self) -> Option<(Blocker, Instant)> {
        let blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        blocked.clone()
    }

    /// Leaves the last verdict for those who tell the user.
    pub fn say(&self, state: State, reason: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said = Some((state, reason.to_owned()));
    }

    /// The last verdict.
    pub fn said(&self) -> Option<(State, String)> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }

    /// A stage with work whose heart has not beaten for `limit`: which, and for how long. What waits
    /// for a writer that is kept from writing is not stuck. `awake` is when the machine last woke:
    /// nobody moves while it sleeps.
    pub fn stuck(&self, limit: Duration, awake: Instant) -> Option<(String, Duration)> {
        let silence = |beat: &Beat| {
            let beaten = self.born + Duration::from_millis(beat.at_ms.load(Ordering::SeqCst));
            beat.is_busy().then(|| beaten.max(awake).elapsed())
        };
        let too_long = |beat: &Beat| silence(beat).filter(|silence| *silence > limit);
        if let Some(silence) = too_long(&self.scheduler) {
            return Some(("The supervisor".into(), silence));
        }
        if self.blocked().is_some() {
            return None;
        }
        if let Some(silence) = too_long(&self.writer) {
            return Some(("Writing".into(), silence));
        }
        let name = |beat: &Beat| {
            let at = beat.at.lock().unwrap_or_else(PoisonError::into_inner);
            format!("Reading {at}")
        };
        self.workers
            .iter()
            .find_map(|beat| too_long(beat).map(|silence| (name(beat), silence)))
    }

    /// Milliseconds of the pipeline's life.
    fn now_ms(&self) -> u64 {
        self.born.elapsed().as_millis() as u64
    }

    /// A stage takes something up; `at` names it for people (a file's name, never its path).
    pub fn begin(&self, beat: &Beat, at: &str) {
        at.clone_into(&mut beat.at.lock().unwrap_or_else(PoisonError::into_inner));
        self.beat(beat);
        beat.busy.store(true, Ordering::SeqCst);
    }

    /// A stage moves.
    pub fn beat(&self, beat: &Beat) {
        beat.at_ms.store(self.now_ms(), Ordering::SeqCst);
    }

    /// A stage has nothing to do.
    pub fn rest(&self, beat: &Beat) {
        beat.busy.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The heartbeat of a stage.
#[derive(Debug, Default)]
pub struct Beat {
    /// When it last moved, milliseconds of the pipeline's life.
    at_ms: AtomicU64,
    /// It has something to do.
    busy: AtomicBool,
    /// What.
    at: Mutex<String>,
}

impl Beat {
    /// Whether the stage has something to do.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(5);

    #[test]
    fn only_a_stage_with_work_can_be_stuck() {
        let vitals = Vitals::new(1);
        let long_ago = vitals.born();
        std::thread::sleep(LIMIT * 2);
        assert_eq!(vitals.stuck(LIMIT, long_ago), None, "nothing to do");
        vitals.begin(&vitals.workers[0], "a.jsonl");
        assert_eq!(vitals.stuck(LIMIT, long_ago), None, "begun just now");
        std::thread::sleep(LIMIT * 2);
        let (stage, _) = vitals.stuck(LIMIT, long_ago).expect("stuck");
        assert_eq!(stage, "Reading a.jsonl");
        assert_eq!(
            vitals.stuck(LIMIT, Instant::now()),
            None,
            "it slept with the machine"
        );
        vitals.block(Some(Blocker::DiskFull));
        assert_eq!(
            vitals.stuck(LIMIT, long_ago),
            None,
            "it waits for the writer"
        );
        vitals.block(None);
        vitals.rest(&vitals.workers[0]);
        assert_eq!(vitals.stuck(LIMIT, long_ago), None, "done");
    }

    #[test]
    fn a_block_keeps_its_beginning() {
        let vitals = Vitals::new(0);
        vitals.block(Some(Blocker::Locked(None)));
        let (_, since) = vitals.blocked().expect("blocked");
        vitals.block(Some(Blocker::Locked(Some("python3 (7)".into()))));
        assert_eq!(
            vitals.blocked(),
            Some((Blocker::Locked(Some("python3 (7)".into())), since))
        );
    }
}
