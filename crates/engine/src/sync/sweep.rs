//! The truth the events only hint at: every transcript below the roots, by `stat`.

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

/// What a sweep came to, besides what it showed.
#[derive(Debug, Default)]
pub struct Looked {
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// The folder was looked through completely: a transcript not seen below it is gone.
    pub is_complete: bool,
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

/// What the file at `path` is, in whichever place it lies.
pub fn recognise(places: &[Place], path: &Path) -> Option<Arc<Found>> {
    places.iter().find_map(|place| recognise_in(place, path))
}

/// What the file at `path` is in this place.
pub fn recognise_in(place: &Place, path: &Path) -> Option<Arc<Found>> {
    let origin = place
        .agent
        .recognise(path.strip_prefix(&place.folder).ok()?)?;
    let source = place.source.clone();
    Some(Arc::new(Found {
        source,
        path: path.to_owned(),
        origin,
    }))
}

/// What a transcript is, also where its source is no longer among ours: then its path alone tells.
pub fn recognise_anywhere(
    places: &[Place],
    agent: Option<&str>,
    path: &Path,
) -> Option<Arc<Found>> {
    recognise(places, path).or_else(|| {
        let mut agents = agents::all().iter().map(|agent| agent.id());
        agents.find_map(|id| {
            let mut roots = path.ancestors().skip(1);
            let source = |root: &Path| Source {
                agent: id.to_owned(),
                root: root.to_owned(),
            };
            let place = |root: &Path| self::places(&[Arc::new(source(root))]).pop();
            let found = roots.find_map(|root| recognise_in(&place(root)?, path));
            found.filter(|_| agent.is_none_or(|agent| agent == id))
        })
    })
}

/// Shows every regular file of a place, or only those below `within`, to `visit`. Most are known
/// and unchanged: what a file is, only those need be asked that are not.
pub fn sweep(place: &Place, within: Option<&Path>, visit: &mut dyn FnMut(&Path, Stamp)) -> Looked {
    let mut looked = Looked::default();
    let start = within.unwrap_or(&place.folder);
    if !start.is_dir() {
        return looked;
    }
    let mut folders = vec![start.to_owned()];
    if within.is_none() {
        folders.extend(linked_projects(&place.folder));
    }
    for folder in folders {
        for entry in WalkDir::new(&folder).follow_links(false) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => match entry.metadata() {
                    Ok(meta) => visit(entry.path(), tail::stamp(&meta)),
                    // Gone between the listing and the look: the next event or sweep says so.
                    Err(error) if is_gone(&error) => {}
                    Err(error) => looked.unreadable.push(Unreadable {
                        path: entry.path().to_owned(),
                        reason: error.to_string(),
                    }),
                },
                Ok(_) => {}
                Err(error) if is_gone(&error) => {}
                Err(error) => looked.unreadable.push(Unreadable {
                    path: error.path().unwrap_or(&folder).to_owned(),
                    reason: error.to_string(),
                }),
            }
        }
    }
    // Below a folder we could not read nothing is known to be gone.
    looked.is_complete = looked.unreadable.is_empty();
    looked
}

fn is_gone(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound)
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

/// Whether a file is at `path` and a sweep of `source` sees it there: no link that is not followed
/// leads to it. A file that can be opened, but is never seen, would be looked for without end.
pub fn is_seen(source: &Source, path: &Path) -> bool {
    let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
    let root = agents::by_id(&source.agent).map(|agent| agent.transcripts(&source.root));
    let root = root.unwrap_or_default();
    let folders = path
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != root);
    let mut links = folders.filter(|folder| folder.starts_with(&root) && is_link(folder));
    let is_followed = |link: &Path| {
        let real_root = root.canonicalize();
        link.parent() == Some(&root) && real_root.is_ok_and(|root| is_allowed_link(link, &root))
    };
    path.symlink_metadata().is_ok() && links.all(is_followed)
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
