//! Looking at the disk: sweeps over everything, looks into new folders and at files that changed
//! lately.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{SHOWN, Supervisor, unreadable};
use crate::error::Unreadable;
use crate::notice::Notice;
use crate::sync::execute::Change;
use crate::sync::inbox::Hints;
use crate::sync::ledger::Glance;
use crate::sync::links;
use crate::sync::signal::Until;
use crate::sync::sweep::{self, Place};
use crate::sync::tail::now_ns;
use crate::sync::watching::Watching;
use crate::transcript::{FileId, Stamp};

/// A new folder is looked through at once and once more after this long: files made in it before
/// the system began to watch it were not announced.
const SECOND_LOOK: Duration = Duration::from_millis(250);
/// One pass sweeps again only when it has drained.
const ONE_PASS: Duration = Duration::from_secs(300);

/// What a look found.
struct Looked {
    found_work: bool,
    unreadable: Vec<Unreadable>,
    /// How much is not read.
    left_aside: u64,
    /// It met a link that only a sweep over everything can judge.
    met_new_link: bool,
    /// Files that are new or have another size than when they were read.
    changed: Vec<PathBuf>,
}

impl Supervisor<'_> {
    /// Compares everything on disk with what is known.
    pub(super) fn sweep(&mut self, report: &mut dyn FnMut(Notice)) {
        let started = Instant::now();
        let begun = self.sweeps + 1;
        self.supplies
            .vitals
            .note(|signs| signs.sweeps_begun = begun);
        let watching = self.supplies.watching.as_mut();
        let is_suspicious = watching.is_some_and(Watching::expects_events)
            && self.caught_up
            && self.paused.is_none();
        self.unseen.clear();
        self.fruitless.begin();
        let mut found_work = false;
        let mut left_aside = 0;
        for place in self.supplies.places.clone() {
            let looked = self.look_through(&place, None);
            found_work |= looked.found_work;
            left_aside += looked.left_aside;
            if let Some(watching) = self.supplies.watching.as_mut().filter(|_| is_suspicious) {
                let now = Instant::now();
                looked
                    .changed
                    .iter()
                    .for_each(|path| watching.suspect(path, now));
            }
            for trouble in looked.unreadable {
                report(Notice::Problem(unreadable(&trouble)));
                self.unseen.push(trouble);
            }
        }
        self.sweeps += 1;
        self.note_left_aside(left_aside);
        // One pass ends after its second sweep: an agent that never stops writing must not keep it.
        self.is_proved = !found_work || (self.until == Until::Done && self.sweeps > 1);
        self.summary.swept = Some(started);
        let took = started.elapsed();
        let pause = match &self.supplies.watching {
            Some(watching) => watching.sweep_pause(took),
            None => ONE_PASS,
        };
        self.next_sweep = started + took + pause;
        if let Some(watching) = &mut self.supplies.watching
            && watching.follow(Instant::now())
        {
            // What was written behind the link before it was watched.
            self.next_sweep = Instant::now();
        }
        let (sweeps, unreadable) = (self.sweeps, self.unreadable());
        self.fruitless.end();
        let left_alone = self.fruitless.left_alone();
        if let Some((count, path)) = &left_alone {
            tracing::error!(count, path = %path.display(), "looking again and again comes to nothing");
        }
        self.supplies.vitals.note(|signs| {
            signs.left_alone = left_alone;
            signs.swept = Some(Instant::now());
            signs.sweeps = sweeps;
            // At once: who waits for this sweep also waits for what it found.
            signs.has_work |= found_work;
            signs.sweep_every = pause;
            signs.unreadable = unreadable.into_iter().take(SHOWN).collect();
        });
    }

    /// The database keeps how much is not read. When it is busy it hears of it after the next sweep.
    fn note_left_aside(&mut self, count: u64) {
        if self.supplies.left_aside == Some(count) {
            return;
        }
        self.supplies.ledger.departs();
        match self.supplies.changes.try_send(Change::LeftAside { count }) {
            Ok(()) => self.supplies.left_aside = Some(count),
            Err(_) => self.supplies.ledger.arrived(1),
        }
    }

    /// Queues what is dirty in a place, or below a folder of it.
    fn look_through(&mut self, place: &Place, within: Option<&Path>) -> Looked {
        self.round += 1;
        let (now, clock, round) = (Instant::now(), now_ns(), self.round);
        let ledger = Arc::clone(&self.supplies.ledger);
        let vitals = Arc::clone(&self.supplies.vitals);
        let mut dirty = Vec::new();
        let mut unknown = HashSet::new();
        let looked = sweep::sweep(place, within, &mut |path, stamp| {
            vitals.beat(&vitals.scheduler);
            let glance = ledger.glance(path, &stamp, clock, round);
            if glance == Glance::Clean {
                return;
            }
            if let Some(found) = sweep::recognise_in(place, path) {
                if glance == Glance::Unknown {
                    unknown.insert(path.to_owned());
                }
                dirty.push((found, stamp));
            }
        });
        dirty.retain(|(found, _)| !self.queue.holds(&found.path));
        let held = self.held_back(dirty.iter().map(|(found, stamp)| (&*found.path, stamp.id)));
        dirty.retain(|(found, _)| !held.contains(&found.path));
        if within.is_none() {
            let fruitless = &mut self.fruitless;
            dirty.retain(|(found, stamp)| {
                let known = ledger.get(&found.path);
                !fruitless.is_hopeless(&found.path, *stamp, known.as_ref())
            });
        }
        let mut found_work = !dirty.is_empty() || !held.is_empty();
        let mut changed = Vec::new();
        for (found, stamp) in dirty {
            if self.has_other_size(&found.path, &stamp) {
                changed.push(found.path.clone());
            }
            self.progress.files_total += 1;
            self.progress.bytes_total += ledger.waiting(&found.path, stamp.size);
            self.queue.add(found, stamp.mtime_ns, self.caught_up, now);
        }
        if looked.is_complete {
            let mut gone = ledger.unseen(within.unwrap_or(&place.folder), round);
            // A worker may have entered it since we passed.
            gone.retain(|path| !unknown.contains(path));
            found_work |= !gone.is_empty();
            self.queue_gone(&gone);
        }
        Looked {
            found_work,
            unreadable: looked.unreadable,
            left_aside: looked.left_aside.count(),
            met_new_link: looked.met_new_link,
            changed,
        }
    }

    /// Names under which a new file lies while the one that was known by it lies under a new name: that is
    /// followed first, and the next sweep comes back to these.
    fn held_back<'p>(&self, dirty: impl Iterator<Item = (&'p Path, FileId)>) -> HashSet<PathBuf> {
        let (mut new, mut replaced) = (HashSet::new(), Vec::new());
        for (path, id) in dirty {
            match self.supplies.ledger.get(path) {
                None => {
                    new.insert(id);
                }
                Some(entry) if entry.cursor.stamp.id != id => {
                    replaced.push((path, entry.cursor.stamp.id));
                }
                Some(_) => {}
            }
        }
        let held = replaced.into_iter().filter(|(_, was)| new.contains(was));
        held.map(|(path, _)| path.to_owned()).collect()
    }

    /// The same of what events announced.
    fn held_back_of(&self, paths: &[PathBuf]) -> HashSet<PathBuf> {
        let ledger = &self.supplies.ledger;
        let is_new = |path: &PathBuf| {
            let is_known = ledger.get(path).is_some();
            !is_known && sweep::recognise(&self.supplies.places, path).is_some()
        };
        if !paths.iter().any(is_new) {
            return HashSet::new();
        }
        let ours = paths
            .iter()
            .filter(|path| is_new(path) || ledger.get(path).is_some());
        self.held_back(ours.filter_map(|path| Some((&**path, links::look(path).ok()?.id))))
    }

    /// Whether the file has grown, shrunk or come since it was read: that must have been announced.
    /// A touch need not be.
    fn has_other_size(&self, path: &Path, stamp: &Stamp) -> bool {
        let entry = self.supplies.ledger.get(path);
        entry.map_or(stamp.size > 0, |entry| {
            entry.cursor.stamp.size != stamp.size
        })
    }

    /// Files not met where they were. They are looked for last, so that one that was only renamed
    /// is met under its new name first.
    fn queue_gone(&mut self, paths: &[PathBuf]) {
        for path in paths {
            match sweep::recognise(&self.supplies.places, path) {
                Some(found) => self.queue.add(found, i64::MIN, false, Instant::now()),
                // Nobody would take it for a transcript today: it is not there as one.
                None => self.send_missing(path.clone()),
            }
        }
    }

    /// Says that a file is gone. When the writer is busy, the next sweep does.
    fn send_missing(&self, path: PathBuf) {
        let ledger = &self.supplies.ledger;
        ledger.departs();
        let change = Change::Missing { path: path.clone() };
        match self.supplies.changes.try_send(change) {
            Ok(()) => ledger.missing(&path),
            Err(_) => ledger.arrived(1),
        }
    }

    /// Looks at the files that changed lately.
    pub(super) fn look_at_hot(&mut self, now: Instant) {
        let Some(watching) = &mut self.supplies.watching else {
            return;
        };
        self.next_hot = now + watching.hot_pause();
        let clock = now_ns();
        for path in self.hot.paths(now) {
            let Ok(stamp) = links::look(&path) else {
                continue;
            };
            let glance = self
                .supplies
                .ledger
                .glance(&path, &stamp, clock, self.round);
            if glance != Glance::Dirty || self.queue.holds(&path) {
                continue;
            }
            if let Some(found) = sweep::recognise(&self.supplies.places, &path) {
                if self.has_other_size(&path, &stamp)
                    && let Some(watching) = &mut self.supplies.watching
                    && watching.weakness().is_none()
                {
                    watching.suspect(&path, now);
                }
                self.queue.add(found, stamp.mtime_ns, true, now);
            }
        }
    }

    pub(super) fn look_again(&mut self, now: Instant) {
        let due: Vec<PathBuf> = self
            .second_looks
            .iter()
            .filter(|(at, _)| *at <= now)
            .map(|(_, f)| f.clone())
            .collect();
        self.second_looks.retain(|(at, _)| *at > now);
        for folder in due {
            self.look_into(&folder);
        }
    }

    fn look_into(&mut self, folder: &Path) {
        let within = |place: &&Place| folder.starts_with(&place.folder);
        let Some(place) = self.supplies.places.iter().find(within).cloned() else {
            return;
        };
        // Troubles are for the full sweep to report.
        if self.look_through(&place, Some(folder)).met_new_link {
            self.next_sweep = Instant::now();
        }
    }

    pub(super) fn take_hints(&mut self, report: &mut dyn FnMut(Notice)) {
        let now = Instant::now();
        let mut hints: Hints = self.supplies.inbox.take();
        for wish in std::mem::take(&mut hints.wishes) {
            self.fulfil(wish, report);
        }
        let Some(watching) = &mut self.supplies.watching else {
            return;
        };
        let was_proved = watching.is_proved();
        let (paths, everything) = watching.hear(&mut hints, now);
        if watching.is_proved() != was_proved {
            watching.show(&self.supplies.vitals);
        }
        if everything {
            self.next_sweep = now;
        }
        let held = self.held_back_of(&paths);
        if !held.is_empty() {
            self.next_sweep = self.next_sweep.min(now + SECOND_LOOK);
        }
        for path in paths.into_iter().filter(|path| !held.contains(path)) {
            // What it leads to now, and whether it is followed, a sweep over everything finds out.
            if path.is_symlink() {
                self.next_sweep = now;
            }
            match sweep::recognise(&self.supplies.places, &path) {
                Some(found) => self.queue.add(found, i64::MAX, true, now),
                None if path.is_dir() => {
                    self.look_into(&path);
                    self.second_looks.push((now + SECOND_LOOK, path));
                }
                // A folder that went takes its files with it.
                None if path.extension().is_none() && !path.exists() => {
                    self.round += 1;
                    let gone = self.supplies.ledger.unseen(&path, self.round);
                    self.queue_gone(&gone);
                }
                None => {}
            }
        }
    }
}
