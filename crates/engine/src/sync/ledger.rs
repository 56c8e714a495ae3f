//! What is known of every transcript while the engine runs: the cursors, a step ahead of the
//! database by the batches on their way to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::Known;
use crate::sync::tail::is_racy;
use crate::transcript::{Cursor, Stamp};

/// A transcript as the engine knows it.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The cursor after the last batch sent.
    pub cursor: Cursor,
    /// Wall clock when its stamp was taken, nanoseconds since the epoch.
    pub checked_ns: i64,
    /// Bytes committed; equal to the cursor's offset when nothing is on its way.
    pub committed: u64,
    /// The file was gone when last looked for.
    pub is_missing: bool,
}

/// All transcripts by path.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Mutex<HashMap<PathBuf, Entry>>,
    /// Changes sent and not yet committed.
    in_flight: AtomicUsize,
}

impl Ledger {
    /// A ledger of what the database holds.
    pub fn of(known: Vec<Known>) -> Self {
        let entry = |k: Known| {
            let committed = k.cursor.offset;
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
                },
            )
        };
        let entries = Mutex::new(known.into_iter().map(entry).collect());
        Self {
            entries,
            in_flight: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, Entry>> {
        // Every change is a single assignment, so a panic elsewhere leaves nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A change is about to be handed to the writer.
    pub fn departs(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    /// The writer committed `count` changes.
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
        // After a rewrite less is committed than the database will hear of in a moment.
        entry.committed = entry.committed.min(cursor.offset);
        (entry.cursor, entry.checked_ns, entry.is_missing) = (cursor, checked_ns, false);
    }

    /// The file was compared again and is as committed: nothing to write.
    pub fn confirmed(&self, path: &Path, checked_ns: i64) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.checked_ns = checked_ns;
        }
    }

    /// The database holds the file up to `offset`.
    pub fn committed(&self, path: &Path, offset: u64) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.committed = offset;
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
                    is_missing: false,
                    ..entry
                },
            );
        }
    }

    /// Whether the file has to be looked at at `now_ns`: new, changed, or looked at so soon after
    /// its last change that another one may have left the same stamp. That is only asked once it
    /// can be answered for good.
    pub fn is_dirty(&self, path: &Path, stamp: &Stamp, now_ns: i64) -> bool {
        self.lock().get(path).is_none_or(|entry| {
            entry.is_missing
                || entry.cursor.stamp != *stamp
                || (is_racy(stamp, entry.checked_ns) && !is_racy(stamp, now_ns))
        })
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

    /// Known files below `folder` that are not among `seen` and not known to be missing.
    pub fn unseen(&self, folder: &Path, seen: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
        let all = self.lock();
        let gone = all
            .iter()
            .filter(|(path, entry)| !entry.is_missing && path.starts_with(folder) && !seen(path));
        gone.map(|(path, _)| path.clone()).collect()
    }
}
