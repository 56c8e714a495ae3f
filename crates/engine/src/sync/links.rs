//! Links below a folder of transcripts: which are followed, where those lead, and how a file behind one is
//! opened so that nothing else is read in its place.
//!
//! A link is followed when what it leads to is the user's own and lies inside what the user named: the
//! root of the source, its folder of transcripts, and what a link to a folder directly in that leads to. Nothing is
//! read twice: of several ways to a file the one without a link counts, else the shortest, else the first by name.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::left_aside::{LeftAside, Reason};
use crate::sync::sweep::Place;
use crate::sync::tail::{Tail, is_link_error, stamp};
use crate::transcript::{FileId, Stamp};

/// How often a file is opened anew that is replaced just then.
const TRIES: usize = 3;

/// A link that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The link.
    pub name: PathBuf,
    /// What it leads to, all links resolved.
    pub real: PathBuf,
    /// That is a folder.
    pub is_folder: bool,
}

/// The links of a place that are followed, as the last sweep over all of it found them.
#[derive(Debug, Default)]
pub struct Links(Mutex<Option<Arc<[Followed]>>>);

impl Links {
    /// Those of the last sweep; none before the first.
    pub fn known(&self) -> Option<Arc<[Followed]>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// A sweep found these.
    pub fn found(&self, followed: Vec<Followed>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(followed.into());
    }
}

/// What becomes of a link.
#[derive(Debug)]
pub enum Verdict {
    /// It is followed; what it leads to.
    Follow(Followed, Metadata),
    /// What it leads to is read under another name, or is nothing anyone looks for here.
    Pass,
    /// It is not followed.
    Leave(LeftAside),
    /// What it leads to cannot be looked at.
    Trouble(io::Error),
}

/// Judges the links of a place, one after the other.
#[derive(Debug)]
pub struct Judge<'a> {
    place: &'a Place,
    /// The folder of transcripts, all links resolved.
    folder: PathBuf,
    /// What the user named, all links resolved.
    named: Vec<PathBuf>,
    /// Links followed so far.
    pub followed: Vec<Followed>,
}

impl<'a> Judge<'a> {
    /// A judge who has seen no link yet. `folder` is that of the place, all links resolved.
    pub fn new(place: &'a Place, folder: PathBuf) -> Self {
        let root = place.source.root.canonicalize();
        let named = root.into_iter().chain([folder.clone()]).collect();
        Self {
            place,
            folder,
            named,
            followed: Vec::new(),
        }
    }

    /// Judges the link at `path`, whose folder really is `parent`.
    pub fn judge(&mut self, path: &Path, parent: &Path) -> Verdict {
        let agent = self.place.agent;
        let Ok(below) = path.strip_prefix(&self.place.folder) else {
            return Verdict::Pass;
        };
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.dead_end(path, error),
        };
        let meta = match std::fs::metadata(&real) {
            Ok(meta) => meta,
            Err(error) => return self.dead_end(path, error),
        };
        let leave = |reason| Verdict::Leave(self.left(path, reason, Some(real.clone())));
        if meta.is_dir() {
            // What leads back would be read again and again.
            if parent.starts_with(&real) || self.folder.starts_with(&real) {
                return leave(Reason::LinkLoop);
            }
        } else if agent.recognise(below).is_none() {
            return agent.passes_over(below).map_or(Verdict::Pass, leave);
        } else if !meta.is_file() {
            return leave(Reason::SpecialFile);
        }
        if self.is_read_elsewhere(&real, &meta) {
            return Verdict::Pass;
        }
        if !is_ours(&meta) {
            return leave(Reason::OtherOwner);
        }
        let is_named = self.named.iter().any(|named| real.starts_with(named));
        // People move a project to another disk, and leave a link in its place.
        let is_project = meta.is_dir() && path.parent() == Some(&self.place.folder);
        if !is_named && !is_project {
            return leave(Reason::LinkOutside);
        }
        if is_project {
            self.named.push(real.clone());
        }
        let followed = Followed {
            name: path.to_owned(),
            real,
            is_folder: meta.is_dir(),
        };
        self.followed.push(followed.clone());
        Verdict::Follow(followed, meta)
    }

    /// Whether what a link leads to is read under another name.
    fn is_read_elsewhere(&self, real: &Path, meta: &Metadata) -> bool {
        let is_transcript = |name: &Path| {
            let below = name.strip_prefix(&self.place.folder);
            below.is_ok_and(|below| self.place.agent.recognise(below).is_some())
        };
        let own = [(&self.folder, &self.place.folder)];
        let followed = self.followed.iter().map(|link| (&link.real, &link.name));
        let mut walked = own.into_iter().chain(followed);
        let is_walked = walked.any(|(base, name)| {
            let below = real.strip_prefix(base);
            below.is_ok_and(|below| meta.is_dir() || is_transcript(&joined(name, below)))
        });
        let others = self.place.others.iter();
        let mut others = others.filter(|other| **other != self.place.folder);
        is_walked || others.any(|other| other.canonicalize().is_ok_and(|o| real.starts_with(o)))
    }

    /// A link of which the system does not say what it leads to.
    fn dead_end(&self, path: &Path, error: io::Error) -> Verdict {
        let reason = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reason::LinkDangling,
            io::ErrorKind::PermissionDenied => Reason::NoPermission,
            _ if is_link_error(&error) => Reason::LinkLoop,
            _ => return Verdict::Trouble(error),
        };
        Verdict::Leave(self.left(path, reason, path.read_link().ok()))
    }

    fn left(&self, path: &Path, reason: Reason, leads_to: Option<PathBuf>) -> LeftAside {
        let remedy = match &leads_to {
            Some(target) if reason == Reason::LinkOutside => self.way_in(path, target),
            Some(target) if reason == Reason::OtherOwner => {
                format!("make {} yours (`sudo chown -R`)", target.display())
            }
            _ => reason.remedy().to_owned(),
        };
        LeftAside {
            path: path.to_owned(),
            reason,
            leads_to,
            remedy,
        }
    }

    /// How what lies outside comes to be read.
    fn way_in(&self, link: &Path, target: &Path) -> String {
        let (agent, folder) = (self.place.agent, &self.place.folder);
        let is_root = |root: &&Path| target.starts_with(agent.transcripts(root));
        if let Some(root) = target.ancestors().find(is_root) {
            return format!(
                "name it as a source beside the others: --source {}={}, or `sources` in config.toml",
                agent.id(),
                root.display()
            );
        }
        let (whole, name) = match target.is_dir() {
            true => (Some(target), link.file_name()),
            false => (target.parent(), link.file_stem()),
        };
        format!(
            "a link to a folder is followed directly in {}: `ln -s '{}' '{}'`; or name a root that holds it \
             (--source {}=ROOT)",
            folder.display(),
            whole.unwrap_or(target).display(),
            folder.join(name.unwrap_or_default()).display(),
            agent.id()
        )
    }
}

/// Folders and files of `followed` as they really are: who comes by them another way passes by.
pub fn reals(followed: &[Followed]) -> HashSet<PathBuf> {
    followed.iter().map(|link| link.real.clone()).collect()
}

/// Links to folders directly in the folder of transcripts, before any sweep: cheap, and the ones people make.
pub fn of_projects(place: &Place) -> Vec<Followed> {
    let Ok(real) = place.folder.canonicalize() else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(&place.folder).into_iter().flatten();
    let links = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    let mut links: Vec<PathBuf> = links.map(|entry| entry.path()).collect();
    links.sort();
    let mut judge = Judge::new(place, real.clone());
    for link in links.iter().filter(|link| link.is_dir()) {
        judge.judge(link, &real);
    }
    judge.followed
}

/// Where the file or folder really is that a sweep sees at `path`; `None` when it sees nothing there. What can be
/// opened, but is never seen, would be looked for without end.
pub fn real(place: &Place, path: &Path) -> Option<PathBuf> {
    path.symlink_metadata().ok()?;
    path.strip_prefix(&place.folder).ok()?;
    let mut on_the_way = path.ancestors().take_while(|part| *part != place.folder);
    let is_link = |path: &Path| path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
    if !on_the_way.any(is_link) {
        return Some(path.to_owned());
    }
    let followed = place.followed();
    let on_the_way = followed.iter().filter(|link| path.starts_with(&link.name));
    let link = on_the_way.max_by_key(|link| link.name.as_os_str().len())?;
    let real = joined(&link.real, path.strip_prefix(&link.name).ok()?);
    // As it was judged: it leads to the same place, nothing on the way is another link, and no other link is
    // the shorter way.
    let is_same = path.canonicalize().is_ok_and(|now| now == real);
    let is_ours = std::fs::metadata(&link.real).is_ok_and(|meta| is_ours(&meta));
    let has_other_name = followed.iter().any(|other| {
        other.name != link.name && other.real != link.real && {
            real.starts_with(&other.real) && other.real.starts_with(&link.real)
        }
    });
    (is_same && is_ours && !has_other_name).then_some(real)
}

/// Opens the transcript at `path`, as a sweep sees it; `None` when it sees none there.
pub fn open(place: &Place, path: &Path) -> io::Result<Option<Tail>> {
    for _ in 0..TRIES {
        let Some(judged) = real(place, path) else {
            return Ok(None);
        };
        if judged == path {
            let tail = Tail::open(path)?;
            // A folder on the way may have become a link meanwhile.
            return Ok(tail.filter(|_| real(place, path).is_some_and(|now| now == path)));
        }
        let before = id(&judged);
        let Some(tail) = Tail::open(&judged)? else {
            return Ok(None);
        };
        let is_as_judged = Some(tail.stamp.id) == before && tail.is_ours;
        if is_as_judged && real(place, path).as_ref() == Some(&judged) {
            return Ok(Some(tail));
        }
    }
    Err(io::Error::other("what the link leads to keeps changing"))
}

/// The same for a transcript that is known, in whichever place it lies; also in none any more.
pub fn open_known(places: &[Place], path: &Path) -> io::Result<Option<Tail>> {
    match place_of(places, path) {
        Some(place) => open(place, path),
        None => Tail::open(path),
    }
}

/// What `stat` says of the file at `path`; of a link, of what it leads to.
pub fn look(path: &Path) -> io::Result<Stamp> {
    std::fs::metadata(path).map(|meta| stamp(&meta))
}

/// Which file a sweep sees at `path`, in whichever place it lies; also in none any more.
pub fn file_at(places: &[Place], path: &Path) -> Option<FileId> {
    match place_of(places, path) {
        Some(place) => id(&real(place, path)?),
        None => id(path),
    }
}

fn place_of<'a>(places: &'a [Place], path: &Path) -> Option<&'a Place> {
    places.iter().find(|place| path.starts_with(&place.folder))
}

fn id(path: &Path) -> Option<FileId> {
    let meta = path.symlink_metadata().ok()?;
    Some(stamp(&meta).id)
}

/// `base` itself, or what is `below` it. Joining nothing would leave a slash.
pub fn joined(base: &Path, below: &Path) -> PathBuf {
    match below.as_os_str().is_empty() {
        true => base.to_owned(),
        false => base.join(below),
    }
}

/// Whether what `meta` is of belongs to who we are.
#[cfg(unix)]
pub fn is_ours(meta: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(meta) == rustix::process::geteuid().as_raw()
}

/// Whether what `meta` is of belongs to who we are: not asked on this system.
#[cfg(not(unix))]
pub fn is_ours(_: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::sync::sweep;
    use crate::transcript::Source;

    /// A root with a link to a file and one to a folder in it, and a secret beside the root.
    fn root() -> (tempfile::TempDir, Place) {
        let home = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("root/projects/garden/own.jsonl", "own");
        write("root/store/one.jsonl", "one");
        write("root/old/two.jsonl", "two");
        write("secret/one.jsonl", "secret");
        write("secret/two.jsonl", "secret");
        let garden = home.path().join("root/projects/garden");
        symlink("../../store/one.jsonl", garden.join("one.jsonl")).expect("linked");
        symlink("../../old", garden.join("old")).expect("linked");
        let agent = crate::agents::all()[0].id().to_owned();
        let root = home.path().join("root");
        let place = sweep::places(&[Arc::new(Source { agent, root })]).pop();
        let place = place.expect("a known agent");
        assert_eq!(place.followed().len(), 2);
        (home, place)
    }

    fn opens(place: &Place, name: &str) -> bool {
        let tail = open(place, &place.folder.join(name));
        tail.expect("looked at").is_some()
    }

    /// Puts a link in the place of what is there.
    fn swap(path: &Path, to: &Path) {
        let aside = path.with_extension("aside");
        let _ = fs::rename(path, aside);
        symlink(to, path).expect("linked");
    }

    #[test]
    fn what_was_judged_is_opened() {
        let (_home, place) = root();
        for name in [
            "garden/own.jsonl",
            "garden/one.jsonl",
            "garden/old/two.jsonl",
        ] {
            assert!(opens(&place, name), "{name}");
        }
        let real = real(&place, &place.folder.join("garden/old/two.jsonl"));
        let expected = place.source.root.join("old/two.jsonl");
        assert_eq!(real, expected.canonicalize().ok());
    }

    #[test]
    fn a_link_that_is_led_outside_since_the_sweep_is_not_opened() {
        let (home, place) = root();
        let secret = home.path().join("secret");
        let garden = place.folder.join("garden");
        swap(&garden.join("one.jsonl"), &secret.join("one.jsonl"));
        swap(&garden.join("old"), &secret);
        for name in ["garden/one.jsonl", "garden/old/two.jsonl"] {
            assert!(!opens(&place, name), "{name}");
        }
    }

    #[test]
    fn nor_is_what_it_leads_to_when_that_becomes_a_link() {
        let (home, place) = root();
        let secret = home.path().join("secret");
        let root = &place.source.root;
        swap(&root.join("store"), &secret);
        swap(&root.join("old/two.jsonl"), &secret.join("two.jsonl"));
        swap(
            &place.folder.join("garden/own.jsonl"),
            &secret.join("one.jsonl"),
        );
        for name in [
            "garden/one.jsonl",
            "garden/old/two.jsonl",
            "garden/own.jsonl",
        ] {
            assert!(!opens(&place, name), "{name}");
        }
        fs::remove_file(root.join("old/two.jsonl")).expect("removed");
        fs::write(root.join("old/two.jsonl"), "new").expect("written");
        assert!(
            opens(&place, "garden/old/two.jsonl"),
            "another file of ours is"
        );
    }
}
