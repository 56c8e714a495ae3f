//! The truth the events only hint at: every transcript below the roots, by `stat`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::agents::{self, Agent};
use crate::error::Unreadable;
use crate::sync::tail;
use crate::transcript::{Found, Source, Stamp};

/// A source with its agent: what is swept and watched.
#[derive(Clone)]
pub struct Place {
    /// The source.
    pub source: Arc<Source>,
    /// Its agent.
    pub agent: &'static dyn Agent,
    /// The folder that holds its transcripts, as named.
    pub folder: PathBuf,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// What a sweep saw.
#[derive(Debug, Default)]
pub struct Sight {
    /// Every transcript.
    pub files: Vec<(Arc<Found>, Stamp)>,
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// Folders looked through completely: a transcript not seen below one of them is gone.
    pub complete: Vec<PathBuf>,
}

/// The places of the sources whose agent we know.
pub fn places(sources: &[Arc<Source>]) -> Vec<Place> {
    let place = |source: &Arc<Source>| {
        let agent = agents::by_id(&source.agent)?;
        let folder = agent.transcripts(&source.root);
        Some(Place {
            source: source.clone(),
            agent,
            folder,
        })
    };
    sources.iter().filter_map(place).collect()
}

/// The place a path belongs to, and what it is there.
pub fn recognise(places: &[Place], path: &Path) -> Option<Arc<Found>> {
    places.iter().find_map(|place| {
        let below = path.strip_prefix(&place.folder).ok()?;
        let origin = place.agent.recognise(below)?;
        Some(Arc::new(Found {
            source: place.source.clone(),
            path: path.to_owned(),
            origin,
        }))
    })
}

/// Looks at every transcript of a place, or only at those below `within`.
pub fn sweep(place: &Place, within: Option<&Path>) -> Sight {
    let mut sight = Sight::default();
    let start = within.unwrap_or(&place.folder);
    if !start.is_dir() {
        return sight;
    }
    let mut broken = HashSet::new();
    let mut walk = |folder: &Path, sight: &mut Sight| {
        for entry in WalkDir::new(folder).follow_links(false) {
            match entry {
                Ok(entry) => look(place, &entry, sight),
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    if !is_gone(&error) {
                        let reason = error.to_string();
                        broken.insert(path.clone());
                        sight.unreadable.push(Unreadable { path, reason });
                    }
                }
            }
        }
    };
    walk(start, &mut sight);
    if within.is_none() {
        for link in linked_projects(&place.folder) {
            walk(&link, &mut sight);
        }
    }
    // Below a folder we could not read nothing is known to be gone.
    if broken.is_empty() {
        sight.complete.push(start.to_owned());
    }
    sight
}

fn is_gone(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound)
}

fn look(place: &Place, entry: &walkdir::DirEntry, sight: &mut Sight) {
    if !entry.file_type().is_file() {
        return;
    }
    let Ok(below) = entry.path().strip_prefix(&place.folder) else {
        return;
    };
    let Some(origin) = place.agent.recognise(below) else {
        return;
    };
    // Gone between the listing and the look: the next event or sweep says so.
    let Ok(meta) = entry.metadata() else { return };
    let path = entry.path().to_owned();
    let found = Found {
        source: place.source.clone(),
        path,
        origin,
    };
    sight.files.push((Arc::new(found), tail::stamp(&meta)));
}

/// Links directly below the root to folders of the same user elsewhere: people move projects to
/// another disk. No link deeper down is followed, and none back into the tree.
pub fn linked_projects(folder: &Path) -> Vec<PathBuf> {
    let Ok(real_root) = folder.canonicalize() else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut links: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .map(|entry| entry.path())
        .filter(|path| is_allowed_link(path, &real_root))
        .collect();
    links.sort();
    links
}

fn is_allowed_link(link: &Path, real_root: &Path) -> bool {
    let (Ok(target), Ok(meta)) = (link.canonicalize(), std::fs::metadata(link)) else {
        return false;
    };
    let leads_back = target.starts_with(real_root) || real_root.starts_with(&target);
    meta.is_dir() && !leads_back && is_ours(&meta)
}

#[cfg(unix)]
fn is_ours(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(meta) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_ours(_: &std::fs::Metadata) -> bool {
    true
}
