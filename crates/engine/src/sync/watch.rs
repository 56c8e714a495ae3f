//! File events, reduced to the one thing they can be trusted with: a hint that a file or folder may
//! be dirty. What it is now, the sweep and the tail find out.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{Config, Event, EventKindMask, RecommendedWatcher, RecursiveMode, Watcher as _};

/// What a watcher hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Something happened to these files or folders.
    Changed(Vec<PathBuf>),
    /// Events were lost.
    Lost,
    /// The watcher is in trouble.
    Trouble(Refusal),
}

/// Called for everything a watcher hears, on the watcher's own thread: it must not wait.
pub type Ear = Arc<dyn Fn(Heard) + Send + Sync>;

/// Why the system refuses to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No further watches.
    WatchLimit,
    /// No further watchers.
    InstanceLimit,
    /// These files or folders may not be watched; the rest may.
    Denied(String),
    /// Anything else: what the system says.
    Other(String),
}

/// Where file events come from: the system's own, or in tests something worse.
pub trait Backend: fmt::Debug + Send + Sync {
    /// A watcher that watches nothing yet. What it hears goes to `ear`.
    ///
    /// # Errors
    /// The system gives us none.
    fn start(&self, ear: Ear) -> Result<Box<dyn Watcher>, Refusal>;
}

/// A running watcher; dropping it ends it.
pub trait Watcher: Send {
    /// Watches a folder, and with `deep` everything below it. No link is followed.
    ///
    /// # Errors
    /// The folder is not watched, or not completely.
    fn watch(&mut self, folder: &Path, deep: bool) -> Result<(), Refusal>;
}

/// The system's file events: inotify, FSEvents, ReadDirectoryChangesW.
#[derive(Debug, Clone, Copy, Default)]
pub struct Native;

impl Backend for Native {
    fn start(&self, ear: Ear) -> Result<Box<dyn Watcher>, Refusal> {
        let config = Config::default()
            .with_follow_symlinks(false)
            // Our own reading must not wake us.
            .with_event_kinds(EventKindMask::CORE);
        let handler = move |event: notify::Result<Event>| ear(heard(event));
        let watcher = RecommendedWatcher::new(handler, config).map_err(|e| refusal(&e))?;
        Ok(Box::new(NativeWatcher(watcher)))
    }
}

struct NativeWatcher(RecommendedWatcher);

impl Watcher for NativeWatcher {
    fn watch(&mut self, folder: &Path, deep: bool) -> Result<(), Refusal> {
        let mode = if deep {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        self.0.watch(folder, mode).map_err(|e| refusal(&e))
    }
}

fn heard(event: notify::Result<Event>) -> Heard {
    match event {
        Ok(event) if event.need_rescan() || event.paths.is_empty() => Heard::Lost,
        Ok(event) => Heard::Changed(event.paths),
        Err(error) => Heard::Trouble(refusal(&error)),
    }
}

/// EMFILE: what inotify_init says when a user has too many watchers, or a process too many files.
const TOO_MANY_OPEN: i32 = 24;

fn refusal(error: &notify::Error) -> Refusal {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => Refusal::WatchLimit,
        notify::ErrorKind::Io(e) if cfg!(unix) && e.raw_os_error() == Some(TOO_MANY_OPEN) => {
            Refusal::InstanceLimit
        }
        notify::ErrorKind::Io(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            Refusal::Denied(e.to_string())
        }
        // Gone between the listing and the watching: the sweep sees what became of it.
        notify::ErrorKind::PathNotFound => Refusal::Denied("it is not there".into()),
        _ => Refusal::Other(error.to_string()),
    }
}
