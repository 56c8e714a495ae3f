//! Where everything collects that wakes the supervisor from outside: hints of events, and wishes of
//! the user.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::error::Error;
use crate::sync::watch::{Heard, Refusal};

/// What has collected since the last look.
#[derive(Debug, Default)]
pub struct Hints {
    /// Files or folders something happened to.
    pub paths: HashSet<PathBuf>,
    /// Events were lost: look at everything.
    pub everything: bool,
    /// What the watcher complained about.
    pub complaints: Vec<Refusal>,
    /// What the user wants, in the order it was said.
    pub wishes: Vec<Wish>,
}

/// What the user, or who watches over it, wants of a running engine.
#[derive(Debug)]
pub enum Wish {
    /// Look at everything now.
    Rescan,
    /// Take nothing in, until a time (milliseconds since the epoch) or for ever.
    Pause(Option<i64>),
    /// Go on.
    Resume,
    /// End the pipeline and begin a new one: a stage hangs.
    Restart,
    /// End the pipeline: the database turned out damaged, and is to be recovered.
    Recover,
    /// End the pipeline with this error.
    End(Error),
}

/// The supervisor's letter box. Those who fill it only insert and wake, so the kernel's queue of
/// events never waits for us; the set of paths is bounded by the number of files.
#[derive(Debug, Default)]
pub struct Inbox {
    hints: Mutex<Hints>,
    wake: Notify,
}

impl Inbox {
    /// Takes what has collected.
    pub fn take(&self) -> Hints {
        std::mem::take(&mut *self.lock())
    }

    /// Waits until something has collected.
    pub async fn filled(&self) {
        self.wake.notified().await;
    }

    /// Asks for something.
    pub fn wish(&self, wish: Wish) {
        self.lock().wishes.push(wish);
        self.wake.notify_one();
    }

    /// What a watcher heard goes in here.
    pub fn ear(self: &Arc<Self>) -> impl Fn(Heard) + Send + Sync + 'static {
        let inbox = Arc::clone(self);
        move |heard| {
            let mut hints = inbox.lock();
            match heard {
                Heard::Changed(paths) => hints.paths.extend(paths),
                Heard::Lost => hints.everything = true,
                Heard::Trouble(refusal) => hints.complaints.push(refusal),
            }
            drop(hints);
            inbox.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
