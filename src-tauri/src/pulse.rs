//! When the verdict is asked for: when there is news, and once in a while when there is none.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// When to ask, and what was last heard.
#[derive(Default)]
pub struct Pulse {
    is_due: Mutex<bool>,
    due: Condvar,
    seq: AtomicU64,
}

impl Pulse {
    /// There may be news.
    pub fn nudge(&self) {
        *self.is_due.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.due.notify_all();
    }

    /// The number of what was told last.
    pub fn told(&self) -> u64 {
        self.seq.load(Ordering::SeqCst)
    }

    /// Something is told next.
    pub fn tell(&self) {
        self.seq.fetch_add(1, Ordering::SeqCst);
    }

    /// Waits for news, but no longer than `limit`.
    pub fn wait(&self, limit: Duration) {
        let is_due = self.is_due.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .due
            .wait_timeout_while(is_due, limit, |is_due| !*is_due);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}
