//! What is known of every transcript while the engine runs: the cursors, a step ahead of the
//! database by the batches on their way to it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Known;
use crate::sync::tail::{COARSE_NS, is_racy};
use crate::transcript::{Cursor, Print, Stamp};

/// A transcript as the engine knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The cursor after the last batch sent.
    pub cursor: Cursor,
    /// Wall clock when its stamp was taken, nanoseconds since the epoch.
    pub checked_ns: i64,
    /// Bytes committed; `None` until the database has heard of what was sent last.
    pub committed: Option<u64>,
    /// The file was gone when last looked for.
    pub is_missing: bool,
    /// It was compared once more long after it was first looked at, and had the same stamp: whatever clock that is of, a
    /// change made since has another.
    is_settled: bool,
    /// No newline stands between the offset and here, as far as was looked; and what stood right before.
    pub unbroken: (u64, Print),
    /// The last sweep that met it.
    seen: u64,
}

/// What a sweep's stamp tells of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// Never read; perhaps not ours.
    Unknown,
    /// As it was when it was read.
    Clean,
    /// To be looked at.
    Dirty,
}

impl Entry {
    /// What is known, but for when it was looked at.
    pub fn without_when(&self) -> Self {
        Self {
            checked_ns: 0,
            seen: 0,
            ..self.clone()
        }
    }

    /// Batches of it, or its new name, are still on their way to the database.
    pub fn is_in_flight(&self) -> bool {
        self.committed != Some(self.cursor.offset)
    }
}

/// Whether a file was looked at so long ago that a change right after would show in its stamp.
fn is_ripe(now_ns: i64, checked_ns: i64) -> bool {
    now_ns.abs_diff(checked_ns) >= COARSE_NS as u64
}

/// All transcripts by path.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Mutex<HashMap<PathBuf, Entry>>,
    /// Files a worker has in hand. Two may meet at one name when files are renamed.
    in_hand: Mutex<HashSet<PathBuf>>,
    /// Changes sent and not yet committed.
    in_flight: AtomicUsize,
}

impl Ledger {
    /// A ledger of what the database holds.
    pub fn of(known: Vec<Known>) -> Self {
        let entry = |k: Known| {
            let committed = Some(k.cursor.offset);
            let Known {
                path,
                cursor,
                checked_ns,
                is_missing,
                ..
            } = k;
            (
                path,
                Entry {
                    cursor,
                    checked_ns,
                    committed,
                    is_missing,
                    is_settled: false,
                    unbroken: <(u64, Print)>::default(),
                    seen: 0,
                },
            )
        };
        let entries = Mutex::new(known.into_iter().map(entry).collect());
        Self {
            entries,
            ..Self::default()
        }
    }

    /// Takes a file in hand; `None` while another worker has it.
    pub fn take_in_hand<'l>(&'l self, path: &'l Path) -> Option<Hand<'l>> {
        let is_free = self.hands().insert(path.to_owned());
        is_free.then_some(Hand { ledger: self, path })
    }

    fn hands(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Entry>> {
        // Every change is a single assignment, so a panic elsewhere leaves nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A change is about to be handed to the writer.
    pub fn departs(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    /// `count` changes are committed, and their commit is noted.
    pub fn arrived(&self, count: usize) {
        self.in_flight.fetch_sub(count, Ordering::SeqCst);
    }

    /// Nothing is on its way to the database.
    pub fn is_settled(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) == 0
    }

    /// What is known of the file at `path`.
    pub fn get(&self, path: &Path) -> Option<Entry> {
        self.lock().get(path).cloned()
    }

    /// A batch was sent: the cursor stands behind it.
    pub fn sent(&self, path: &Path, cursor: Cursor, checked_ns: i64) {
        let mut all = self.lock();
        let entry = all.entry(path.to_owned()).or_default();
        *entry = Entry {
            cursor,
            checked_ns,
            committed: None,
            is_missing: false,
            is_settled: false,
            unbroken: <(u64, Print)>::default(),
            seen: entry.seen,
        };
    }

    /// No newline stands behind the offset before this place, which is recognised by what stands before it.
    pub fn note_unbroken(&self, path: &Path, to: (u64, Print)) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.unbroken = to;
        }
    }

    /// The file was compared again, is there, and is as committed.
    pub fn confirmed(&self, path: &Path, checked_ns: i64) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.is_settled |= is_ripe(checked_ns, entry.checked_ns);
            entry.checked_ns = checked_ns;
            entry.is_missing = false;
            entry.cursor.is_proved = true;
        }
    }

    /// What was sent of the file did not fit: the database stands here, and the file is dirty.
    pub fn reset(&self, path: &Path, cursor: Cursor) {
        let mut all = self.lock();
        let entry = all.entry(path.to_owned()).or_default();
        *entry = Entry {
            committed: Some(cursor.offset),
            cursor: Cursor {
                stamp: Stamp::default(),
                ..cursor
            },
            seen: entry.seen,
            ..Entry::default()
        };
    }

    /// The database holds the file up to `offset`.
    pub fn committed(&self, path: &Path, offset: u64) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.committed = Some(offset);
        }
    }

    /// The file has gone.
    pub fn missing(&self, path: &Path) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.is_missing = true;
        }
    }

    /// The file has a new name.
    pub fn renamed(&self, from: &Path, to: &Path) {
        let mut all = self.lock();
        if let Some(entry) = all.remove(from) {
            all.insert(
                to.to_owned(),
                Entry {
                    committed: None,
                    is_missing: false,
                    ..entry
                },
            );
        }
    }

    /// What a stamp taken in sweep number `round` at `now_ns` tells.
    pub fn glance(&self, path: &Path, stamp: &Stamp, now_ns: i64, round: u64) -> Glance {
        let mut all = self.lock();
        let Some(entry) = all.get_mut(path) else {
            return Glance::Unknown;
        };
        entry.seen = round;
        // A file that changed while it was read, or so soon before it was looked at that another change may have
        // left the same stamp, is looked at again, once that can be answered for good.
        let cursor = &entry.cursor;
        let was_doubtful =
            !entry.is_settled && (!cursor.is_proved || is_racy(stamp, entry.checked_ns));
        // A clock that was set back must not put that off.
        let is_answerable = !is_racy(stamp, now_ns) || is_ripe(now_ns, entry.checked_ns);
        let is_doubtful = was_doubtful && is_answerable;
        if entry.is_missing || cursor.stamp != *stamp || !cursor.keeps_all() || is_doubtful {
            Glance::Dirty
        } else {
            Glance::Clean
        }
    }

    /// Bytes of the file not yet sent, by its size.
    pub fn waiting(&self, path: &Path, size: u64) -> u64 {
        self.lock()
            .get(path)
            .map_or(size, |entry| size.saturating_sub(entry.cursor.offset))
    }

    /// Files with this identity under another name.
    pub fn namesakes(&self, path: &Path, stamp: &Stamp) -> Vec<(PathBuf, Entry)> {
        let all = self.lock();
        let same = all.iter().filter(|(name, entry)| {
            entry.cursor.stamp.id == stamp.id && entry.cursor.offset > 0 && name.as_path() != path
        });
        same.map(|(name, entry)| (name.clone(), entry.clone()))
            .collect()
    }

    /// Files below `folder` that sweep number `round` did not meet and that are not known to be
    /// missing.
    pub fn unseen(&self, folder: &Path, round: u64) -> Vec<PathBuf> {
        let all = self.lock();
        let gone = all.iter().filter(|(path, entry)| {
            entry.seen != round && !entry.is_missing && path.starts_with(folder)
        });
        gone.map(|(path, _)| path.clone()).collect()
    }
}

/// A file in a worker's hand, until dropped.
#[derive(Debug)]
pub struct Hand<'l> {
    ledger: &'l Ledger,
    path: &'l Path,
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        self.ledger.hands().remove(self.path);
    }
}
