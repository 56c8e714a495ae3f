//! What happens next: one loop over events, sweeps, finished work and the wish to stop.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::error::{Error, Kind, Result, Unreadable};
use crate::model::{EventRow, Problem, Progress};
use crate::notice::Notice;
use crate::stop::Stop;
use crate::store::iso;
use crate::sync::execute::Applied;
use crate::sync::index::Bell;
use crate::sync::ledger::{Glance, Ledger};
use crate::sync::queue::Queue;
use crate::sync::signal::{Signal, Until, WORKERS};
use crate::sync::sweep::{self, Place};
use crate::sync::tail::now_ns;
use crate::sync::watch::{Hints, Inbox, Watch};
use crate::sync::work::Job;

/// Time between two sweeps, at least and at most: a hundred times what the last one took.
const SWEEP_SOONEST: Duration = Duration::from_secs(15);
const SWEEP_LATEST: Duration = Duration::from_secs(300);
/// A new folder is looked through at once and once more after this long: files made in it before
/// the system began to watch it were not announced.
const SECOND_LOOK: Duration = Duration::from_millis(250);
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// How often a folder that does not exist yet is looked for.
const APPEARING: Duration = Duration::from_secs(1);

/// What a supervisor works with.
pub struct Supplies {
    /// What is read.
    pub places: Vec<Place>,
    /// How far each file is.
    pub ledger: Arc<Ledger>,
    /// The words index.
    pub bell: Arc<Bell>,
    /// To the workers.
    pub jobs: SyncSender<Job>,
    /// From all threads.
    pub signals: UnboundedReceiver<Signal>,
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Bytes committed.
    pub bytes: u64,
    /// Messages added.
    pub messages: u64,
    /// What could not be read at the end.
    pub unreadable: Vec<Unreadable>,
    /// When the last sweep over everything began: what was on disk then is committed.
    pub swept: Option<Instant>,
}

/// Decides, and hands out work; does none itself.
pub struct Supervisor<'a> {
    supplies: Supplies,
    until: Until,
    stop: &'a Stop,
    queue: Queue,
    handed_out: usize,
    inbox: Arc<Inbox>,
    watch: Option<Watch>,
    /// Folders watched when the watch was started.
    watched: HashSet<PathBuf>,
    next_sweep: Instant,
    /// Number of the last look at a folder.
    round: u64,
    /// Sweeps over everything.
    sweeps: u64,
    second_looks: Vec<(Instant, PathBuf)>,
    caught_up: bool,
    /// A sweep since the last commit found nothing new.
    is_proved: bool,
    progress: Progress,
    last_progress: Option<Instant>,
    summary: Summary,
    /// What the last sweep could not look at.
    unseen: Vec<Unreadable>,
}

impl<'a> Supervisor<'a> {
    /// A supervisor that has not begun.
    pub fn new(supplies: Supplies, until: Until, stop: &'a Stop) -> Self {
        Self {
            supplies,
            until,
            stop,
            queue: Queue::default(),
            handed_out: 0,
            inbox: Arc::default(),
            watch: None,
            watched: HashSet::new(),
            next_sweep: Instant::now(),
            round: 0,
            sweeps: 0,
            second_looks: Vec::new(),
            caught_up: false,
            is_proved: false,
            progress: Progress::default(),
            last_progress: None,
            summary: Summary::default(),
            unseen: Vec::new(),
        }
    }

    /// Runs to the end. Dropping the supervisor closes the job channel, which ends the threads.
    pub fn run(mut self, report: &mut dyn FnMut(Notice)) -> Result<Summary> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|e| Error::new(Kind::Io, format!("could not start the engine: {e}")))?;
        runtime.block_on(self.supervise(report))?;
        let failing = self.queue.failing().map(|path| Unreadable {
            path: path.to_owned(),
            reason: "could not be read; it is tried again".into(),
        });
        self.summary.unreadable = self.unseen.iter().cloned().chain(failing).collect();
        Ok(self.summary)
    }

    async fn supervise(&mut self, report: &mut dyn FnMut(Notice)) -> Result<()> {
        self.subscribe(report);
        while !self.stop.is_requested() {
            let now = Instant::now();
            if now >= self.next_sweep {
                self.sweep(report);
            }
            self.look_again(now);
            self.hand_out(now);
            if self.settle(report) {
                return Ok(());
            }
            let wake = self.wake_at();
            tokio::select! {
                signal = self.supplies.signals.recv() => {
                    if let Some(signal) = signal {
                        self.take(signal, report)?;
                    }
                }
                () = self.inbox.filled() => self.take_hints(report),
                () = tokio::time::sleep_until(wake.into()) => {}
                () = self.stop.requested() => {}
            }
        }
        Ok(())
    }

    /// Watches whatever exists. Before the first sweep, so that nothing falls in between.
    fn subscribe(&mut self, report: &mut dyn FnMut(Notice)) {
        let exists = |place: &&Place| place.folder.is_dir();
        self.watched = self
            .supplies
            .places
            .iter()
            .filter(exists)
            .map(|place| place.folder.clone())
            .collect();
        if self.until == Until::Done {
            return;
        }
        if self.watched.is_empty() {
            let looked = |place: &Place| place.folder.display().to_string();
            report(Notice::Waiting(
                self.supplies.places.iter().map(looked).collect(),
            ));
        }
        self.watch = None;
        match Watch::start(&self.supplies.places, &self.inbox) {
            Ok(watch) => {
                for (folder, reason) in &watch.unwatched {
                    report(Notice::Problem(partly_watched(folder, reason)));
                }
                self.watch = Some(watch);
            }
            Err(reason) => report(Notice::Problem(not_watched(&reason))),
        }
    }

    /// Compares everything on disk with what is known.
    fn sweep(&mut self, report: &mut dyn FnMut(Notice)) {
        let started = Instant::now();
        if self.until == Until::Stopped && self.roots_changed() {
            self.subscribe(report);
        }
        self.unseen.clear();
        let mut found_work = false;
        for place in self.supplies.places.clone() {
            let (found, troubles) = self.look_through(&place, None);
            found_work |= found;
            for trouble in troubles {
                report(Notice::Problem(unreadable(&trouble)));
                self.unseen.push(trouble);
            }
        }
        self.sweeps += 1;
        // One pass ends after its second sweep: an agent that never stops writing must not keep it.
        self.is_proved = !found_work || (self.until == Until::Done && self.sweeps > 1);
        self.summary.swept = Some(started);
        let pause = (started.elapsed() * 100).clamp(SWEEP_SOONEST, SWEEP_LATEST);
        let exists_all = self.watched.len() == self.supplies.places.len();
        let longest = if exists_all || !self.watched.is_empty() {
            pause
        } else {
            APPEARING
        };
        self.next_sweep = started + longest;
    }

    fn roots_changed(&self) -> bool {
        let now = self
            .supplies
            .places
            .iter()
            .filter(|place| place.folder.is_dir());
        now.map(|place| place.folder.clone())
            .collect::<HashSet<_>>()
            != self.watched
    }

    /// Queues what is dirty in a place, or below a folder of it. Whether that is anything, and what
    /// could not be looked at.
    fn look_through(&mut self, place: &Place, within: Option<&Path>) -> (bool, Vec<Unreadable>) {
        self.round += 1;
        let (now, clock, round) = (Instant::now(), now_ns(), self.round);
        let ledger = Arc::clone(&self.supplies.ledger);
        let mut dirty = Vec::new();
        let mut unknown = HashSet::new();
        let looked = sweep::sweep(place, within, &mut |path, stamp| {
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
        let mut found_work = !dirty.is_empty();
        for (found, stamp) in dirty {
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
        (found_work, looked.unreadable)
    }

    /// Files not met where they were. They are looked for last, so that one that was only renamed
    /// is met under its new name first.
    fn queue_gone(&mut self, paths: &[PathBuf]) {
        for path in paths {
            if let Some(found) = sweep::recognise(&self.supplies.places, path) {
                self.queue.add(found, i64::MIN, false, Instant::now());
            }
        }
    }

    fn look_again(&mut self, now: Instant) {
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
        self.look_through(&place, Some(folder));
    }

    fn hand_out(&mut self, now: Instant) {
        while self.handed_out < WORKERS * 2 {
            let Some(job) = self.queue.next(now) else {
                break;
            };
            self.handed_out += 1;
            if self.supplies.jobs.send(job).is_err() {
                break;
            }
        }
    }

    /// Whether the run is over; and the moment when everything has been taken in.
    fn settle(&mut self, report: &mut dyn FnMut(Notice)) -> bool {
        if self.caught_up || !self.queue.is_drained() || !self.supplies.ledger.is_settled() {
            return false;
        }
        if !self.is_proved {
            // Sweep again: what was written meanwhile, and what no event announced.
            self.next_sweep = Instant::now();
            return false;
        }
        // The rows are in; tool text has the machine to itself.
        self.supplies.bell.rows_are_in();
        self.progress.indexing = true;
        self.report_progress(report, true);
        if !self.supplies.bell.is_quiet() {
            return false;
        }
        self.caught_up = true;
        report(Notice::CaughtUp);
        self.until == Until::Done
    }

    fn take(&mut self, signal: Signal, report: &mut dyn FnMut(Notice)) -> Result<()> {
        match signal {
            Signal::Failed(error) => return Err(error),
            Signal::Indexed => {}
            Signal::Finished(path, outcome) => {
                self.handed_out -= 1;
                if let Some(reason) = self.queue.finished(&path, outcome, Instant::now()) {
                    report(Notice::Problem(unreadable(&Unreadable { path, reason })));
                } else if !self.queue.holds(&path) {
                    self.progress.files_done += 1;
                }
            }
            Signal::Committed(applied) => {
                // Only now: what is settled is also counted, and the index has been rung for it.
                self.supplies.ledger.arrived(applied.len());
                for done in applied {
                    self.committed(done, report);
                }
                self.report_progress(report, false);
            }
        }
        Ok(())
    }

    fn committed(&mut self, done: Applied, report: &mut dyn FnMut(Notice)) {
        self.summary.bytes += done.bytes;
        self.summary.messages += done.messages;
        self.progress.bytes_done += done.bytes;
        self.progress.messages += done.messages;
        if let (Some((id, event)), true) = (done.event, self.caught_up) {
            report(Notice::Event(EventRow {
                id,
                at: iso(jiff::Timestamp::now().as_millisecond()),
                kind: event.kind.to_owned(),
                file: event.file,
                bytes: event.bytes,
                messages: event.messages,
                processing_ms: event.processing_us as f64 / 1000.0,
                latency_ms: event.latency_us.map(|us| us as f64 / 1000.0),
            }));
        }
    }

    fn report_progress(&mut self, report: &mut dyn FnMut(Notice), at_once: bool) {
        let is_due = self
            .last_progress
            .is_none_or(|last| last.elapsed() >= PROGRESS_EVERY);
        if !self.caught_up && (is_due || at_once) {
            self.last_progress = Some(Instant::now());
            report(Notice::Progress(self.progress));
        }
    }

    fn take_hints(&mut self, report: &mut dyn FnMut(Notice)) {
        let Hints {
            paths,
            everything,
            complaints,
        } = self.inbox.take();
        let now = Instant::now();
        if everything {
            self.next_sweep = now;
        }
        for complaint in complaints {
            report(Notice::Problem(complained(&complaint)));
            self.next_sweep = now;
        }
        for path in paths {
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

    fn wake_at(&self) -> Instant {
        let looks = self.second_looks.iter().map(|(at, _)| *at);
        looks
            .chain(self.queue.next_due())
            .fold(self.next_sweep, Instant::min)
    }
}

fn unreadable(trouble: &Unreadable) -> Problem {
    Problem {
        code: "unreadable".into(),
        message: format!(
            "{} cannot be read: {}",
            trouble.path.display(),
            trouble.reason
        ),
        remedy: "give yourself read permission; it is tried again by itself".into(),
    }
}

fn partly_watched(folder: &Path, reason: &str) -> Problem {
    Problem {
        code: "partial_watch".into(),
        message: format!(
            "{} cannot be watched completely: {reason}",
            folder.display()
        ),
        remedy: "the sweep finds changes there every few seconds; on Linux raise \
                 fs.inotify.max_user_watches"
            .into(),
    }
}

fn not_watched(reason: &str) -> Problem {
    Problem {
        code: "not_watched".into(),
        message: format!("the system gives us no file events: {reason}"),
        remedy: "the sweep finds changes every few seconds; on Linux raise \
                 fs.inotify.max_user_instances"
            .into(),
    }
}

fn complained(complaint: &str) -> Problem {
    Problem {
        code: "watcher".into(),
        message: format!("the file watcher reports: {complaint}"),
        remedy: "everything is swept at once; nothing is lost".into(),
    }
}
