//! Dirty files waiting for a worker: those that change while we watch first, then the newest.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::sync::tail;
use crate::sync::work::{Job, Outcome};
use crate::transcript::Found;

/// A file that is written all the time is read this often: each round costs a commit.
const REST: Duration = Duration::from_millis(20);
/// How long to wait for a file whose batches are still on their way to the database.
const IN_FLIGHT: Duration = Duration::from_millis(5);
/// Room for so many files that wait is kept.
const FEW: usize = 64;
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Waiting {
    found: Arc<Found>,
    since: Instant,
    due: Instant,
    is_live: bool,
    mtime_ns: i64,
    /// All but a last line that may still be being written is read.
    is_resting: bool,
}

/// The dirty files, each at most once, and those being worked on.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: HashMap<PathBuf, Waiting>,
    /// Order among those due. May hold files that have left `waiting` since.
    order: BinaryHeap<(bool, i64, PathBuf)>,
    /// Files not yet due.
    later: HashSet<PathBuf>,
    busy: HashMap<PathBuf, Busy>,
    rested: HashMap<PathBuf, Instant>,
    failures: HashMap<PathBuf, u32>,
}

#[derive(Debug)]
struct Busy {
    job: Job,
    mtime_ns: i64,
    /// Became dirty again meanwhile.
    again: bool,
}

impl Queue {
    /// Notes that a file is dirty.
    pub fn add(&mut self, found: Arc<Found>, mtime_ns: i64, is_live: bool, now: Instant) {
        if let Some(busy) = self.busy.get_mut(&found.path) {
            busy.again = true;
            return;
        }
        let due = self
            .rested
            .get(&found.path)
            .map_or(now, |last| now.max(*last + REST));
        self.put(
            Waiting {
                found,
                since: now,
                due,
                is_live,
                mtime_ns,
                is_resting: false,
            },
            now,
        );
    }

    fn put(&mut self, new: Waiting, now: Instant) {
        let path = new.found.path.clone();
        let is_live = new.is_live;
        let (due, is_resting) = (new.due, new.is_resting);
        let entry = self.waiting.entry(path.clone()).or_insert(new);
        entry.is_live |= is_live;
        entry.is_resting &= is_resting;
        if due < entry.due {
            entry.due = due;
            self.later.remove(&path);
        }
        if entry.due <= now {
            self.order.push((entry.is_live, entry.mtime_ns, path));
        } else {
            self.later.insert(path);
        }
    }

    /// The next file to work on, if one is due.
    pub fn next(&mut self, now: Instant) -> Option<Job> {
        self.wake(now);
        loop {
            let Some((_, mtime_ns, path)) = self.order.pop() else {
                self.rest_from_a_backlog();
                return None;
            };
            let Some(waiting) = self.waiting.remove(&path) else {
                continue;
            };
            self.later.remove(&path);
            let Waiting {
                found,
                since,
                is_live,
                ..
            } = waiting;
            let job = Job {
                found,
                picked_up: since,
                is_live,
            };
            self.busy.insert(
                path,
                Busy {
                    job: job.clone(),
                    mtime_ns,
                    again: false,
                },
            );
            return Some(job);
        }
    }

    /// What a backlog of many files took is not kept for the few that change while we watch.
    fn rest_from_a_backlog(&mut self) {
        self.order.shrink_to(FEW);
        self.waiting.shrink_to(FEW);
    }

    fn wake(&mut self, now: Instant) {
        let (waiting, order) = (&self.waiting, &mut self.order);
        self.later.retain(|path| match waiting.get(path) {
            Some(entry) if entry.due <= now => {
                order.push((entry.is_live, entry.mtime_ns, path.clone()));
                false
            }
            Some(_) => true,
            None => false,
        });
    }

    /// When the next file that is not yet due will be.
    pub fn next_due(&self) -> Option<Instant> {
        self.later
            .iter()
            .filter_map(|path| self.waiting.get(path))
            .map(|entry| entry.due)
            .min()
    }

    /// A worker is done with a file for now. Returns the trouble when there is new trouble.
    pub fn finished(&mut self, path: &Path, outcome: Outcome, now: Instant) -> Option<String> {
        let busy = self.busy.remove(path)?;
        let Busy {
            job:
                Job {
                    found,
                    is_live,
                    picked_up,
                },
            mtime_ns,
            again,
        } = busy;
        let is_failure = matches!(outcome, Outcome::Unreadable(_));
        if !is_failure {
            self.failures.remove(path);
        }
        let mut trouble = None;
        let is_resting = matches!(outcome, Outcome::Unfinished) && !again;
        let due = match outcome {
            Outcome::Done if !again => {
                self.rest(path, now);
                return None;
            }
            Outcome::Done => now + REST,
            Outcome::More => now,
            Outcome::InFlight => now + IN_FLIGHT,
            Outcome::Unfinished if again => now + REST,
            Outcome::Unfinished => now + tail::REST,
            Outcome::Unreadable(reason) => {
                let count = self.failures.entry(path.to_owned()).or_insert(0);
                *count += 1;
                if *count == 1 {
                    trouble = Some(reason);
                }
                let wait = RETRY_FIRST * 2u32.pow((*count - 1).min(6));
                now + wait.min(RETRY_LONGEST)
            }
        };
        let since = if again { now } else { picked_up };
        self.put(
            Waiting {
                found,
                since,
                due,
                is_live,
                mtime_ns,
                is_resting,
            },
            now,
        );
        trouble
    }

    fn rest(&mut self, path: &Path, now: Instant) {
        if self.rested.len() > 256 {
            self.rested.retain(|_, last| *last + REST > now);
        }
        self.rested.insert(path.to_owned(), now);
    }

    /// Nothing is waiting or being worked on, but for files that cannot be read, and for last lines
    /// that are being written.
    pub fn is_drained(&self) -> bool {
        let mut waiting = self.waiting.iter();
        self.busy.is_empty()
            && waiting.all(|(path, entry)| entry.is_resting || self.failures.contains_key(path))
    }

    /// When the newest file that waits or is worked on was written: what is newer is in.
    pub fn newest_ns(&self) -> Option<i64> {
        let waiting = self.order.peek().map(|(_, mtime_ns, _)| *mtime_ns);
        let busy = self.busy.values().map(|busy| busy.mtime_ns);
        waiting
            .into_iter()
            .chain(busy)
            .filter(|ns| *ns < i64::MAX)
            .max()
    }

    /// Files that could not be read when last tried.
    pub fn failing(&self) -> impl Iterator<Item = &Path> {
        self.failures.keys().map(PathBuf::as_path)
    }

    /// Whether the file is waiting or being worked on.
    pub fn holds(&self, path: &Path) -> bool {
        self.waiting.contains_key(path) || self.busy.contains_key(path)
    }
}
