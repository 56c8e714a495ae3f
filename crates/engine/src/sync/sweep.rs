//! The truth the events only hint at: every transcript below the roots, by `stat`; and what lies there and is
//! none, for it is left aside.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use crate::agents::{self, Agent};
use crate::error::Unreadable;
use crate::left_aside::{LeftAside, Reason, Tally};
use crate::sync::links::{self, Followed, Judge, Links, Verdict, joined};
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
    /// The folders of all places, this one's too: what lies in another one is read there.
    pub others: Arc<[PathBuf]>,
    /// The user named the source: it ought to be there.
    pub is_named: bool,
    links: Arc<Links>,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// The user named the source, and its folder is not there.
    pub fn is_missed(&self) -> bool {
        self.is_named && !self.folder.is_dir()
    }

    /// The links that are followed, as a sweep over everything found them.
    pub fn followed(&self) -> Arc<[Followed]> {
        if let Some(known) = self.links.known() {
            return known;
        }
        sweep(self, None, &mut |_, _| {});
        self.links.known().unwrap_or_default()
    }

    /// The links that are followed, as far as can be told at once.
    pub fn followed_soon(&self) -> Arc<[Followed]> {
        let known = self.links.known();
        known.unwrap_or_else(|| links::of_projects(self).into())
    }
}

/// What a sweep came to, besides what it showed.
#[derive(Debug, Default)]
pub struct Looked {
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// What lies there and is not read.
    pub left_aside: Tally,
    /// The folder was looked through completely: a transcript not seen below it is gone.
    pub is_complete: bool,
    /// A look below a folder met a link that only a sweep over everything can judge.
    pub met_new_link: bool,
}

/// The places of the sources whose agent we know.
pub fn places(sources: &[Arc<Source>]) -> Vec<Place> {
    let known = |source: &Arc<Source>| {
        let agent = agents::by_id(&source.agent)?;
        let folder = agent.transcripts(&source.root);
        Some((source.clone(), agent, folder))
    };
    let known: Vec<_> = sources.iter().filter_map(known).collect();
    let others: Arc<[PathBuf]> = known.iter().map(|(_, _, folder)| folder.clone()).collect();
    let place = |(source, agent, folder)| Place {
        source,
        agent,
        folder,
        others: others.clone(),
        is_named: false,
        links: Arc::default(),
    };
    known.into_iter().map(place).collect()
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

/// Shows the regular files of a place, or only those below `within`, to `visit`, each under one name; what the
/// agent says is passed over is counted instead. Most are known and unchanged: what a file is, only
/// those need be asked that are not.
pub fn sweep(place: &Place, within: Option<&Path>, visit: &mut dyn FnMut(&Path, Stamp)) -> Looked {
    let start = within.unwrap_or(&place.folder);
    if !start.is_dir() {
        return Looked::default();
    }
    let mut walk = Walk {
        place,
        visit,
        looked: Looked::default(),
        links: Vec::new(),
        elsewhere: HashSet::new(),
    };
    match within {
        None => walk.everything(),
        Some(folder) => walk.below(folder),
    }
    let mut looked = walk.looked;
    // Below a folder we could not read nothing is known to be gone.
    looked.is_complete = looked.unreadable.is_empty();
    looked
}

struct Walk<'a> {
    place: &'a Place,
    visit: &'a mut dyn FnMut(&Path, Stamp),
    looked: Looked,
    /// Links met and not judged yet, each with the folder it really lies in.
    links: Vec<(PathBuf, PathBuf)>,
    /// What is read under another name than that by which the walk comes to it.
    elsewhere: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn everything(&mut self) {
        let real = match self.place.folder.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.trouble(&self.place.folder.clone(), &error),
        };
        self.walk(&self.place.folder.clone(), &real);
        let mut judge = Judge::new(self.place, real);
        while !self.links.is_empty() {
            let mut links = std::mem::take(&mut self.links);
            // Of several ways to a file the shortest counts, then the first by name.
            links.sort_by_cached_key(|(name, _)| (name.components().count(), name.clone()));
            for (name, parent) in links {
                match judge.judge(&name, &parent) {
                    Verdict::Follow(link, meta) => self.follow(&link, &meta),
                    Verdict::Leave(left) => self.looked.left_aside.add(left.reason, || left),
                    Verdict::Trouble(error) => self.trouble(&name, &error),
                    Verdict::Pass => {}
                }
            }
        }
        self.place.links.found(judge.followed);
    }

    fn below(&mut self, folder: &Path) {
        let Some(real) = links::real(self.place, folder) else {
            return;
        };
        let real = real.canonicalize().unwrap_or(real);
        let followed = self.place.followed();
        self.elsewhere = links::reals(&followed);
        self.walk(folder, &real);
        let is_within = |link: &&Followed| link.name.starts_with(folder) && link.name != folder;
        for link in followed.iter().filter(is_within) {
            match std::fs::metadata(&link.name) {
                Ok(meta) => self.follow(link, &meta),
                Err(_) => self.looked.met_new_link = true,
            }
        }
        let is_known = |name: &Path| followed.iter().any(|link| link.name == name);
        self.looked.met_new_link |= self.links.iter().any(|(name, _)| !is_known(name));
    }

    fn follow(&mut self, link: &Followed, meta: &Metadata) {
        if link.is_folder {
            self.walk(&link.name, &link.real);
        } else {
            (self.visit)(&link.name, tail::stamp(meta));
        }
        self.elsewhere.insert(link.real.clone());
    }

    /// Walks through the folder called `name`, which really is `real`.
    fn walk(&mut self, name: &Path, real: &Path) {
        let mut entries = WalkDir::new(name).min_depth(1).into_iter();
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {
                    if self.is_read_elsewhere(&entry, name, real) {
                        entries.skip_current_dir();
                    }
                }
                Ok(entry) if entry.file_type().is_symlink() => {
                    let parent = entry.path().parent().unwrap_or(name);
                    let below = parent.strip_prefix(name).unwrap_or(Path::new(""));
                    let parent = joined(real, below);
                    self.links.push((entry.into_path(), parent));
                }
                Ok(entry) if self.is_read_elsewhere(&entry, name, real) => {}
                Ok(entry) => self.file(&entry),
                // Gone between the listing and the look: the next event or sweep says so.
                Err(error) if is_gone(&error) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(name).to_owned();
                    self.trouble(&path, &error.into());
                }
            }
        }
    }

    fn is_read_elsewhere(&self, entry: &DirEntry, name: &Path, real: &Path) -> bool {
        !self.elsewhere.is_empty() && {
            let below = entry.path().strip_prefix(name);
            below.is_ok_and(|below| self.elsewhere.contains(&joined(real, below)))
        }
    }

    fn file(&mut self, entry: &DirEntry) {
        let path = entry.path();
        let Ok(below) = path.strip_prefix(&self.place.folder) else {
            return;
        };
        let agent = self.place.agent;
        if let Some(reason) = agent.passes_over(below) {
            self.leave(path, reason);
        } else if !entry.file_type().is_file() {
            if agent.recognise(below).is_some() {
                self.leave(path, Reason::SpecialFile);
            }
        } else {
            match entry.metadata() {
                Ok(meta) => (self.visit)(path, tail::stamp(&meta)),
                Err(error) if is_gone(&error) => {}
                Err(error) => self.trouble(path, &error.into()),
            }
        }
    }

    fn leave(&mut self, path: &Path, reason: Reason) {
        self.looked.left_aside.add(reason, || LeftAside {
            path: path.to_owned(),
            reason,
            leads_to: None,
            remedy: reason.remedy().into(),
        });
    }

    fn trouble(&mut self, path: &Path, error: &std::io::Error) {
        if error.kind() == std::io::ErrorKind::PermissionDenied {
            self.leave(path, Reason::NoPermission);
        }
        self.looked.unreadable.push(Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        });
    }
}

fn is_gone(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound)
}
