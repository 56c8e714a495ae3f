//! Keeps the watcher honest: what is watched, four proofs that it works, and a new one when it does
//! not.
//!
//! None of the proofs is enough alone. The probe file proves that events come at all, not that a
//! root is watched; the identity of a root, that it is still the folder we watched; a sweep that
//! finds what no event announced, that something is wrong, whatever it is. The fourth, heartbeats,
//! is read by the monitor.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::disk;
use crate::health::{Limits, Mode, Problem, Weakness, problem_of};
use crate::sync::heal::Healer;
use crate::sync::inbox::{Hints, Inbox};
use crate::sync::links::{Followed, joined};
use crate::sync::sweep::Place;
use crate::sync::tail::stamp;
use crate::sync::watch::{Backend, Refusal, Watcher};
use crate::transcript::FileId;
use crate::vitals::Vitals;

/// The probe file is made so often, and its event may take so long.
const PROBE_EVERY: Duration = Duration::from_secs(30);
const PROBE_LATE: Duration = Duration::from_secs(5);
/// An event may come so long after the sweep that found its change.
const GRACE: Duration = Duration::from_secs(2);
/// Events are remembered for so long.
const MEMORY: Duration = Duration::from_secs(60);

/// Time between two sweeps: so many times what the last one took, within these bounds.
const SWEEP: (u32, Duration, Duration) = (2500, Duration::from_secs(14), Duration::from_secs(300));
const POLL: (u32, Duration, Duration) = (20, Duration::from_secs(1), Duration::from_secs(15));
/// Time between two looks at the files that changed lately.
const HOT: Duration = Duration::from_secs(5);
const HOT_POLLING: Duration = Duration::from_millis(500);
/// How often a folder that does not exist yet is looked for.
const APPEARING: Duration = Duration::from_secs(1);

/// The watch over all places.
pub struct Watching {
    vitals: Arc<Vitals>,
    backend: Arc<dyn Backend>,
    inbox: Arc<Inbox>,
    places: Vec<Place>,
    /// The user wants no events.
    polling: bool,
    watcher: Option<Box<dyn Watcher>>,
    /// The folders, as they were when they were watched.
    roots: HashMap<PathBuf, Option<FileId>>,
    /// Folders and files behind links: where they really are, and what the user calls them. The innermost first.
    renamed: Vec<(PathBuf, PathBuf)>,
    /// The links behind which events are asked for.
    followed: Vec<Followed>,
    /// What the system allowed when it last refused.
    limits: Limits,
    healer: Healer,
    why: Option<Weakness>,
    probe: Probe,
    announced: HashMap<PathBuf, Instant>,
    /// Changes a sweep found, and when an event for each is overdue.
    suspects: Vec<(Instant, PathBuf)>,
    /// The next sweep may find what events did not say: they were lost, and we know it.
    is_forgiving: bool,
    missed: u64,
    missed_at: Option<Instant>,
    rebuilds: u64,
}

#[derive(Debug)]
struct Probe {
    folder: PathBuf,
    sent: Option<Instant>,
    /// Sent and not announced yet.
    is_out: bool,
    seen: Option<Instant>,
}

impl Watching {
    /// A watch that has not begun. `probe` is a folder of our own.
    pub fn new(
        backend: Arc<dyn Backend>,
        inbox: Arc<Inbox>,
        vitals: Arc<Vitals>,
        places: Vec<Place>,
        polling: bool,
        probe: PathBuf,
    ) -> Self {
        let probe = Probe {
            folder: probe,
            sent: None,
            is_out: false,
            seen: None,
        };
        Self {
            vitals,
            backend,
            inbox,
            places,
            polling,
            watcher: None,
            roots: HashMap::new(),
            renamed: Vec::new(),
            followed: Vec::new(),
            limits: Limits::default(),
            healer: Healer::default(),
            why: None,
            probe,
            announced: HashMap::new(),
            suspects: Vec::new(),
            is_forgiving: false,
            missed: 0,
            missed_at: None,
            rebuilds: 0,
        }
    }

    /// Watches whatever exists. Before the first sweep, so that nothing falls in between.
    pub fn begin(&mut self, now: Instant) {
        self.watcher = None;
        self.roots = identities(&self.places);
        self.is_forgiving = true;
        self.suspects.clear();
        let remote = |root: &PathBuf| {
            let found = disk::file_system(root).ok().flatten()?;
            found.is_remote.then_some(found.name)
        };
        let remote = self.roots.keys().find_map(remote);
        self.why = if self.polling {
            Some(Weakness::Chosen)
        } else {
            self.watch(now).or_else(|| {
                let distrust = (!self.healer.trusts()).then_some(Weakness::Unreliable);
                distrust.or(remote.map(|kind| Weakness::Remote(kind.into())))
            })
        };
        self.send_probe(now);
    }

    /// Asks the system; the weakness that is left. That takes as long as the disk takes to list everything, without a
    /// sign of life in between: whoever waits for a sweep meanwhile says so.
    fn watch(&mut self, now: Instant) -> Option<Weakness> {
        let vitals = Arc::clone(&self.vitals);
        vitals.rest(&vitals.scheduler);
        let weakness = self.ask_to_watch(now);
        vitals.begin(&vitals.scheduler, "");
        weakness
    }

    fn ask_to_watch(&mut self, now: Instant) -> Option<Weakness> {
        let mut folders: Vec<Followed> = Vec::new();
        self.followed.clear();
        for place in self.places.iter().filter(|place| place.folder.is_dir()) {
            let real = place.folder.canonicalize();
            folders.push(Followed {
                name: place.folder.clone(),
                real: real.unwrap_or_else(|_| place.folder.clone()),
                is_folder: true,
            });
            self.followed.extend_from_slice(&place.followed_soon());
        }
        folders.extend_from_slice(&self.followed);
        self.renamed = renamed(&folders);
        let mut watcher = match self.backend.start(Arc::new(self.inbox.ear())) {
            Ok(watcher) => watcher,
            Err(refusal) => {
                self.healer.refused(now);
                self.limits = limits();
                return Some(weakness(&refusal, folders.len() as u64));
            }
        };
        if let Ok(probe) = self.probe.folder.canonicalize() {
            // Without it there is no proof, and the health says so.
            let _ = watcher.watch(&probe, false);
            self.probe.folder = probe;
        }
        let (mut refused, mut without) = (None, 0);
        for folder in &folders {
            match listen(watcher.as_mut(), folder) {
                // The sweep lists what cannot be read.
                Ok(()) | Err(Refusal::Denied(_)) => {}
                Err(refusal) => {
                    without += 1;
                    refused = Some(refusal);
                }
            }
        }
        self.watcher = Some(watcher);
        match &refused {
            Some(_) => {
                self.healer.refused(now);
                self.limits = limits();
            }
            None => self.healer.accepted(),
        }
        refused.map(|refusal| weakness(&refusal, without))
    }

    /// A sweep may have found other links to follow than those that are watched. True when it has: what was
    /// written meanwhile was not announced.
    pub fn follow(&mut self, now: Instant) -> bool {
        let places = self.places.iter().filter(|place| place.folder.is_dir());
        let found: Vec<Followed> = places
            .flat_map(|place| place.followed_soon().to_vec())
            .collect();
        if found == self.followed {
            return false;
        }
        if self.polling {
            self.followed = found;
            return false;
        }
        tracing::info!(
            links = found.len(),
            "the links that are followed have changed"
        );
        self.begin(now);
        // What has changed since is for the next sweep to find.
        self.followed = found;
        true
    }

    fn renew(&mut self, now: Instant) {
        self.rebuilds += 1;
        self.begin(now);
    }

    /// Looks whether all is well; true when the watcher was renewed, and everything must be swept.
    pub fn tick(&mut self, now: Instant) -> bool {
        if self.watcher.is_some() {
            self.judge_suspects(now);
            self.check_probe(now);
        }
        let is_other = identities(&self.places) != self.roots;
        let is_due = self.healer.is_due(now);
        if is_other || is_due {
            self.renew(now);
        }
        is_other || is_due
    }

    /// The machine slept, or we did: whatever events say of that time is not to be relied upon.
    pub fn woke(&mut self, now: Instant) {
        self.renew(now);
    }

    /// Takes what was heard: the paths as the user names them, and whether everything must be swept.
    pub fn hear(&mut self, hints: &mut Hints, now: Instant) -> (Vec<PathBuf>, bool) {
        let mut everything = hints.everything;
        if hints.everything {
            self.is_forgiving = true;
            self.healer.failed(now);
        }
        for complaint in hints.complaints.drain(..) {
            everything = true;
            match complaint {
                Refusal::Denied(_) => {}
                Refusal::WatchLimit => {
                    let before = match self.why {
                        Some(Weakness::WatchLimit(folders)) => folders,
                        _ => 0,
                    };
                    self.why = Some(Weakness::WatchLimit(before + 1));
                    self.limits = limits();
                    self.healer.refused(now);
                }
                Refusal::InstanceLimit | Refusal::Other(_) => {
                    self.is_forgiving = true;
                    self.healer.failed(now);
                }
            }
        }
        let mut paths = Vec::with_capacity(hints.paths.len());
        for path in hints.paths.drain() {
            if path.starts_with(&self.probe.folder) {
                self.probe.is_out = false;
                self.probe.seen = Some(now);
                continue;
            }
            let path = as_named(path, &self.renamed);
            self.announced.insert(path.clone(), now);
            paths.push(path);
        }
        (paths, everything)
    }

    /// A sweep begins; whether what it finds must have been announced.
    pub fn expects_events(&mut self) -> bool {
        !std::mem::take(&mut self.is_forgiving) && self.mode() == Mode::Native
    }

    /// A look found a change; an event for it must have come, or come soon.
    pub fn suspect(&mut self, path: &Path, now: Instant) {
        self.suspects.push((now + GRACE, path.to_owned()));
    }

    fn judge_suspects(&mut self, now: Instant) {
        let (due, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.suspects)
            .into_iter()
            .partition(|(due, _)| *due <= now);
        self.suspects = waiting;
        let is_missed = |path: &Path, found: Instant| {
            let was_announced = |name: &Path| {
                let at = self.announced.get(name);
                at.is_some_and(|at| *at + GRACE >= found)
            };
            !path.ancestors().any(was_announced)
        };
        let missed = due
            .iter()
            .filter(|(due, path)| is_missed(path, *due - GRACE))
            .count();
        if missed > 0 {
            self.missed += missed as u64;
            self.missed_at = Some(now);
            self.healer.missed(now);
        }
        self.announced
            .retain(|_, at| now.duration_since(*at) < MEMORY);
    }

    fn send_probe(&mut self, now: Instant) {
        let path = self.probe.folder.join("probe");
        // A full disk has no room for it: then there is no proof, and nothing is said of events.
        let is_sent = std::fs::write(&path, "").is_ok();
        let _ = std::fs::remove_file(&path);
        self.probe.sent = Some(now);
        self.probe.is_out = is_sent;
    }

    fn check_probe(&mut self, now: Instant) {
        let since = |at: Option<Instant>| at.map(|at| now.duration_since(at));
        if self.probe.is_out && since(self.probe.sent).is_some_and(|age| age > PROBE_LATE) {
            self.probe.is_out = false;
            self.is_forgiving = true;
            self.healer.failed(now);
        }
        if since(self.probe.sent).is_none_or(|age| age >= PROBE_EVERY) {
            self.send_probe(now);
        }
    }

    /// Why events alone are not relied upon.
    pub fn weakness(&self) -> Option<&Weakness> {
        self.why.as_ref()
    }

    /// The same for people.
    pub fn problem(&self) -> Option<Problem> {
        problem_of(self.weakness()?, &self.limits)
    }

    /// By events, or by looking.
    fn mode(&self) -> Mode {
        match self.why {
            None => Mode::Native,
            Some(_) => Mode::Polling,
        }
    }

    /// Folders that exist.
    fn watches_any(&self) -> bool {
        self.roots.values().any(Option::is_some)
    }

    /// How long to wait before the next sweep, after one that took so long.
    pub fn sweep_pause(&self, took: Duration) -> Duration {
        if !self.watches_any() {
            return APPEARING;
        }
        let (times, soonest, latest) = match self.mode() {
            Mode::Native => SWEEP,
            Mode::Polling | Mode::None => POLL,
        };
        (took * times).clamp(soonest, latest)
    }

    /// How long to wait before the next look at the files that changed lately.
    pub fn hot_pause(&self) -> Duration {
        match self.mode() {
            Mode::Native => HOT,
            Mode::Polling | Mode::None => HOT_POLLING,
        }
    }

    /// Whether an event has come since it began.
    pub fn is_proved(&self) -> bool {
        self.probe.seen.is_some()
    }

    /// Tells the health how it goes.
    pub fn show(&self, vitals: &Vitals) {
        vitals.note(|signs| {
            signs.watching = crate::vitals::Watching {
                mode: self.mode(),
                why: self.why.clone(),
                probed: self.probe.seen,
                missed: self.missed,
                missed_at: self.missed_at,
                rebuilds: self.rebuilds,
                are_roots_ours: identities(&self.places) == self.roots,
                limits: self.limits,
            };
        });
    }

    /// The folders that are looked for, when none of them exists.
    pub fn missing(&self) -> Option<Vec<String>> {
        let shown = |place: &Place| place.folder.display().to_string();
        (!self.watches_any()).then(|| self.places.iter().map(shown).collect())
    }
}

fn weakness(refusal: &Refusal, folders: u64) -> Weakness {
    match refusal {
        Refusal::WatchLimit => Weakness::WatchLimit(folders),
        Refusal::InstanceLimit => Weakness::InstanceLimit,
        Refusal::Denied(what) | Refusal::Other(what) => Weakness::Refused(what.clone()),
    }
}

/// Which folders lie at the places now.
fn identities(places: &[Place]) -> HashMap<PathBuf, Option<FileId>> {
    let id = |folder: &Path| {
        let meta = std::fs::metadata(folder)
            .ok()
            .filter(|meta| meta.is_dir())?;
        Some(stamp(&meta).id)
    };
    let folders: HashSet<&Path> = places.iter().map(|place| place.folder.as_path()).collect();
    folders
        .into_iter()
        .map(|folder| (folder.to_owned(), id(folder)))
        .collect()
}

/// Asks for what happens in a folder, or to a file behind a link: in the folder it lies in, for it may be replaced.
fn listen(watcher: &mut dyn Watcher, what: &Followed) -> Result<(), Refusal> {
    match (what.is_folder, what.real.parent()) {
        (false, Some(folder)) => watcher.watch(folder, false),
        _ => watcher.watch(&what.real, true),
    }
}

/// Where what is not called by its real name really is. The innermost first, for that is its name.
fn renamed(all: &[Followed]) -> Vec<(PathBuf, PathBuf)> {
    let names = all.iter().map(|one| (one.real.clone(), one.name.clone()));
    let mut renamed: Vec<_> = names.filter(|(real, name)| real != name).collect();
    renamed.sort_by_key(|(real, _)| std::cmp::Reverse(real.as_os_str().len()));
    renamed
}

/// A path below a resolved link as the user names it.
fn as_named(path: PathBuf, renamed: &[(PathBuf, PathBuf)]) -> PathBuf {
    let named = renamed.iter().find_map(|(real, name)| {
        path.strip_prefix(real)
            .ok()
            .map(|below| joined(name, below))
    });
    named.unwrap_or(path)
}

/// What the system allows now.
fn limits() -> Limits {
    Limits::read(|file| std::fs::read_to_string(file).ok())
}
