//! Native file events, reduced to the one thing they can be trusted with: a hint that a file or
//! folder may be dirty. What it is now, the sweep and the tail find out.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use notify::{Config, Event, EventKindMask, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use crate::sync::sweep::{Place, linked_projects};

/// What the events since the last look hint at.
#[derive(Debug, Default)]
pub struct Hints {
    /// Files or folders something happened to.
    pub paths: HashSet<PathBuf>,
    /// Events were lost: look at everything.
    pub everything: bool,
    /// What the watcher complained about.
    pub complaints: Vec<String>,
}

/// Where hints collect until someone looks. The callback only inserts and wakes, so the kernel's
/// queue never waits for us; the set is bounded by the number of files.
#[derive(Debug, Default)]
pub struct Inbox {
    hints: Mutex<Hints>,
    wake: Notify,
}

impl Inbox {
    /// Takes what has collected.
    pub fn take(&self) -> Hints {
        std::mem::take(&mut *self.hints.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something has collected.
    pub async fn filled(&self) {
        self.wake.notified().await;
    }

    fn add(&self, event: notify::Result<Event>, renamed: &[(PathBuf, PathBuf)]) {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Ok(event) if event.need_rescan() || event.paths.is_empty() => hints.everything = true,
            Ok(event) => hints
                .paths
                .extend(event.paths.into_iter().map(|p| as_named(p, renamed))),
            Err(error) => hints.complaints.push(error.to_string()),
        }
        drop(hints);
        self.wake.notify_one();
    }
}

/// A path below a resolved link as the user names it.
fn as_named(path: PathBuf, renamed: &[(PathBuf, PathBuf)]) -> PathBuf {
    let named = renamed
        .iter()
        .find_map(|(real, name)| path.strip_prefix(real).ok().map(|below| name.join(below)));
    named.unwrap_or(path)
}

/// A running native watch; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    /// Folders that could not be watched, wholly or in part: only the sweep sees them.
    pub unwatched: Vec<(PathBuf, String)>,
}

impl Watch {
    /// Watches the folders of all places that exist; `None` with the reason when the system gives
    /// us no watcher at all.
    pub fn start(places: &[Place], inbox: &Arc<Inbox>) -> Result<Self, String> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for place in places.iter().filter(|place| place.folder.is_dir()) {
            folders.push(place.folder.clone());
            folders.extend(linked_projects(&place.folder));
        }
        let renamed: Vec<(PathBuf, PathBuf)> = folders
            .iter()
            .filter_map(|name| Some((name.canonicalize().ok()?, name.clone())))
            .filter(|(real, name)| real != name)
            .collect();
        let inbox = Arc::clone(inbox);
        let config = Config::default()
            .with_follow_symlinks(false)
            // Our own reading must not wake us.
            .with_event_kinds(EventKindMask::CORE);
        let links = renamed.clone();
        let handler = move |event: notify::Result<Event>| inbox.add(event, &links);
        let mut watcher = RecommendedWatcher::new(handler, config).map_err(|e| e.to_string())?;
        let mut unwatched = Vec::new();
        for folder in folders {
            let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            if let Err(error) = watcher.watch(&real, RecursiveMode::Recursive) {
                unwatched.push((folder, error.to_string()));
            }
        }
        Ok(Self {
            _watcher: watcher,
            unwatched,
        })
    }
}
