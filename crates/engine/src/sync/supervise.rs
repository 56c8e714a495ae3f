//! What happens next: one loop over events, sweeps, finished work, wishes and the clock.

mod looks;
mod wishes;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::error::{Error, Kind, Result, Unreadable};
use crate::health::State;
use crate::model::{EventRow, Problem, Progress};
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::iso;
use crate::sync::derive::Told;
use crate::sync::execute::{Applied, Change};
use crate::sync::fruitless::Fruitless;
use crate::sync::hot::Hot;
use crate::sync::inbox::Inbox;
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::pause;
use crate::sync::queue::Queue;
use crate::sync::signal::{Signal, Until, WORKERS};
use crate::sync::sweep::{self, Place};
use crate::sync::wake::Clock;
use crate::sync::watching::Watching;
use crate::sync::work::Job;
use crate::vitals::Vitals;

/// After so long the pace so far tells of the rest.
const TELLING_S: f64 = 5.0;
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// How often the supervisor looks after the watcher, the pause and the clock.
const TICK: Duration = Duration::from_secs(1);
/// A time that does not come.
const NEVER: Duration = Duration::from_secs(1 << 30);
/// Files that cannot be read, shown at most.
const SHOWN: usize = 20;

/// What a supervisor works with.
pub struct Supplies {
    /// Where our own files lie.
    pub dir: DataDir,
    /// What is read.
    pub places: Vec<Place>,
    /// How changes are noticed; none for one pass, which sweeps.
    pub watching: Option<Watching>,
    /// Events and wishes.
    pub inbox: Arc<Inbox>,
    /// How far each file is.
    pub ledger: Arc<Ledger>,
    /// The words index.
    pub bell: Arc<Bell>,
    /// To the workers.
    pub jobs: SyncSender<Job>,
    /// To the one who makes rows anew: there are more.
    pub outdated: Sender<()>,
    /// To the writer.
    pub changes: SyncSender<Change>,
    /// From all threads.
    pub signals: UnboundedReceiver<Signal>,
    /// What others see of us.
    pub vitals: Arc<Vitals>,
    /// How much was not read when the database last heard of it.
    pub left_aside: Option<u64>,
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
    /// It ended so that a new one can begin: a stage hangs.
    pub is_to_restart: bool,
}

/// Decides, and hands out work; does none itself.
pub struct Supervisor<'a> {
    supplies: Supplies,
    until: Until,
    stop: &'a Stop,
    queue: Queue,
    handed_out: usize,
    next_sweep: Instant,
    next_tick: Instant,
    next_hot: Instant,
    clock: Clock,
    hot: Hot,
    fruitless: Fruitless,
    paused: Option<pause::Until>,
    /// Number of the last look at a folder.
    round: u64,
    /// Sweeps over everything.
    sweeps: u64,
    second_looks: Vec<(Instant, PathBuf)>,
    caught_up: bool,
    /// A sweep since the last commit found nothing new.
    is_proved: bool,
    /// Wishes for rows to be made anew, and how many of them are met; none before the first look.
    wished: usize,
    derived: Option<usize>,
    began: Instant,
    progress: Progress,
    last_progress: Option<Instant>,
    summary: Summary,
    /// What the last sweep could not look at.
    unseen: Vec<Unreadable>,
    /// Why it must end.
    end: Option<Error>,
    /// What the face was last told of the health.
    told: Option<State>,
}

/// What ended a rest.
enum Woken {
    /// A thread told something.
    Signal(Option<Signal>),
    /// Something came from outside.
    Hints,
    /// It is time, or over.
    Time,
}

impl<'a> Supervisor<'a> {
    /// A supervisor that has not begun.
    pub fn new(supplies: Supplies, until: Until, stop: &'a Stop) -> Self {
        let now = Instant::now();
        // Who asks for one pass wants it now, and watches nothing.
        let (paused, first_tick) = match until {
            Until::Done => (None, now + NEVER),
            Until::Stopped => {
                let clock = jiff::Timestamp::now().as_millisecond();
                (pause::read(&supplies.dir, clock), now + TICK)
            }
        };
        Self {
            supplies,
            until,
            stop,
            queue: Queue::default(),
            handed_out: 0,
            next_sweep: now,
            next_tick: first_tick,
            next_hot: first_tick,
            clock: Clock::default(),
            hot: Hot::default(),
            fruitless: Fruitless::default(),
            paused,
            round: 0,
            sweeps: 0,
            second_looks: Vec::new(),
            caught_up: false,
            is_proved: false,
            wished: 0,
            derived: None,
            began: now,
            progress: Progress::default(),
            last_progress: None,
            summary: Summary::default(),
            unseen: Vec::new(),
            end: None,
            told: None,
        }
    }

    /// Runs to the end. Dropping the supervisor closes the job channel, which ends the threads.
    pub fn run(mut self, report: &mut dyn FnMut(Notice)) -> Result<Summary> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|e| Error::new(Kind::Io, format!("could not start the engine: {e}")))?;
        runtime.block_on(self.supervise(report))?;
        self.summary.unreadable = self.unreadable();
        Ok(self.summary)
    }

    async fn supervise(&mut self, report: &mut dyn FnMut(Notice)) -> Result<()> {
        let vitals = Arc::clone(&self.supplies.vitals);
        vitals.begin(&vitals.scheduler, "");
        self.begin_watching(report);
        while !self.stop.is_requested() && !self.summary.is_to_restart {
            let now = Instant::now();
            vitals.beat(&vitals.scheduler);
            if let Some(error) = self.end.take() {
                return Err(error);
            }
            if now >= self.next_tick {
                self.tick(now, report);
            }
            if now >= self.next_sweep {
                self.sweep(report);
            }
            if now >= self.next_hot {
                self.look_at_hot(now);
            }
            self.look_again(now);
            self.hand_out(now);
            let is_over = self.settle(report);
            self.show();
            if is_over {
                return Ok(());
            }
            let wake = self.wake_at().max(Instant::now());
            let woken = tokio::select! {
                signal = self.supplies.signals.recv() => Woken::Signal(signal),
                () = self.supplies.inbox.filled() => Woken::Hints,
                () = tokio::time::sleep_until(wake.into()) => Woken::Time,
                () = self.stop.requested() => Woken::Time,
            };
            // Before the work it brings, which is no sleep.
            self.clock.rested(wake, Instant::now());
            match woken {
                Woken::Signal(Some(signal)) => self.take(signal, report)?,
                Woken::Hints => self.take_hints(report),
                Woken::Signal(None) | Woken::Time => {}
            }
        }
        Ok(())
    }

    fn begin_watching(&mut self, report: &mut dyn FnMut(Notice)) {
        let paused = self.paused;
        self.supplies.vitals.note(|signs| signs.paused = paused);
        let Some(watching) = &mut self.supplies.watching else {
            return;
        };
        watching.begin(Instant::now());
        watching.show(&self.supplies.vitals);
        if let Some(looked) = watching.missing() {
            report(Notice::Waiting(looked));
        }
        self.tell_weakness(report);
    }

    /// Once a second while watching: the watcher, the clock, the pause, and what the face is told.
    fn tick(&mut self, now: Instant, report: &mut dyn FnMut(Notice)) {
        self.next_tick = now + TICK;
        let slept = self.clock.slept(now);
        if let Some(watching) = &mut self.supplies.watching {
            let before = watching.weakness().cloned();
            if slept {
                tracing::info!("woke from sleep, looking at everything");
                watching.woke(now);
            }
            if watching.tick(now) || slept {
                self.next_sweep = now;
            }
            watching.show(&self.supplies.vitals);
            if before.as_ref() != watching.weakness() {
                self.tell_weakness(report);
            }
        }
        self.end_pause();
        self.tell_state(report);
    }

    fn tell_weakness(&self, report: &mut dyn FnMut(Notice)) {
        let watching = self.supplies.watching.as_ref();
        if let Some(problem) = watching.and_then(Watching::problem) {
            tracing::warn!(code = problem.code, "file events are not relied upon");
            report(Notice::Problem(problem));
        }
    }

    /// Tells the face when things go wrong, and when they are right again.
    fn tell_state(&mut self, report: &mut dyn FnMut(Notice)) {
        let Some((state, reason)) = self.supplies.vitals.said() else {
            return;
        };
        let is_bad = |state| matches!(state, State::Degraded | State::Stalled | State::Paused);
        let is_news = self.told != Some(state);
        if is_news && (is_bad(state) || self.told.is_some_and(is_bad)) {
            report(Notice::Health { state, reason });
        }
        self.told = Some(state);
    }

    /// What others may see.
    fn show(&self) {
        let has_work = !self.queue.is_drained() || !self.supplies.ledger.is_settled();
        let (caught_up, progress) = (self.caught_up, self.progress());
        let index_blocked = self.supplies.bell.blocked();
        self.supplies.vitals.note(|signs| {
            signs.has_work = has_work;
            signs.is_caught_up = caught_up;
            signs.index_blocked = index_blocked;
            signs.progress = progress;
        });
    }

    fn hand_out(&mut self, now: Instant) {
        if self.paused.is_some() {
            return;
        }
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
        // One pass ends when all is done; who watches is up to date, and goes on with the past.
        let is_done = self.derived == Some(self.wished) || self.until == Until::Stopped;
        if !is_done || !self.supplies.bell.is_quiet() {
            return false;
        }
        self.caught_up = true;
        tracing::info!(messages = self.summary.messages, "caught up");
        report(Notice::CaughtUp);
        self.until == Until::Done
    }

    fn take(&mut self, signal: Signal, report: &mut dyn FnMut(Notice)) -> Result<()> {
        match signal {
            Signal::Failed(error) => return Err(error),
            Signal::Indexed => {}
            Signal::Derived(Told::Met(wishes)) => {
                self.derived = Some(wishes);
                (self.progress.anew_done, self.progress.anew_total) = (0, 0);
            }
            Signal::Derived(Told::Pace(pace)) => {
                (self.progress.anew_done, self.progress.anew_total) = (pace.done, pace.total);
                self.report_progress(report, false);
            }
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
                let now = Instant::now();
                self.supplies
                    .vitals
                    .note(|signs| signs.committed = Some(now));
                for done in applied {
                    self.committed(done, now, report);
                }
                self.report_progress(report, false);
            }
        }
        Ok(())
    }

    fn committed(&mut self, done: Applied, now: Instant, report: &mut dyn FnMut(Notice)) {
        self.summary.bytes += done.bytes;
        self.summary.messages += done.messages;
        self.progress.bytes_done += done.bytes;
        self.progress.messages += done.messages;
        if done.is_outdated && self.supplies.outdated.send(()).is_ok() {
            self.wished += 1;
        }
        if done.conflict.is_some()
            && let Some(found) = sweep::recognise(&self.supplies.places, &done.path)
        {
            self.queue.add(found, i64::MAX, self.caught_up, now);
        }
        if !self.caught_up {
            return;
        }
        if done.bytes > 0 {
            self.hot.touch(&done.path, now);
        }
        if done.rejects > 0 {
            self.supplies.vitals.note(|signs| {
                let before = signs.rejected.map_or(0, |(_, count)| count);
                signs.rejected = Some((now, before + done.rejects));
            });
        }
        if let Some((id, event)) = done.event {
            report(Notice::Event(EventRow {
                id,
                at: iso(jiff::Timestamp::now().as_millisecond()),
                kind: event.kind.to_owned(),
                file: event.file,
                bytes: event.bytes,
                messages: event.messages,
                processing_ms: event.processing_us as f64 / 1000.0,
                latency_ms: event.latency_us.map(|us| us as f64 / 1000.0),
                session_id: event.session.map(|(_, key)| key),
            }));
        }
    }

    /// How far it is, with what that tells of the rest.
    fn progress(&self) -> Progress {
        let (done, total) = (self.progress.bytes_done, self.progress.bytes_total);
        let took_s = self.began.elapsed().as_secs_f64();
        let is_telling = took_s > TELLING_S && done > 0 && !self.progress.indexing;
        Progress {
            eta_s: is_telling.then(|| took_s * total.saturating_sub(done) as f64 / done as f64),
            horizon_ms: self.queue.newest_ns().map(|ns| ns / 1_000_000),
            ..self.progress
        }
    }

    fn report_progress(&mut self, report: &mut dyn FnMut(Notice), at_once: bool) {
        let is_due = self
            .last_progress
            .is_none_or(|last| last.elapsed() >= PROGRESS_EVERY);
        if !self.caught_up && (is_due || at_once) {
            self.last_progress = Some(Instant::now());
            report(Notice::Progress(self.progress()));
        }
    }

    fn wake_at(&self) -> Instant {
        let looks = self.second_looks.iter().map(|(at, _)| *at);
        let files = self.queue.next_due().filter(|_| self.paused.is_none());
        // The heart beats, whatever is waited for.
        let beat = Instant::now() + TICK;
        looks
            .chain(files)
            .chain([self.next_sweep, self.next_hot, self.next_tick])
            .fold(beat, Instant::min)
    }

    /// What could not be read when last tried.
    fn unreadable(&self) -> Vec<Unreadable> {
        let failing = self.queue.failing().map(|path| Unreadable {
            path: path.to_owned(),
            reason: "could not be read; it is tried again".into(),
        });
        self.unseen.iter().cloned().chain(failing).collect()
    }
}

fn unreadable(trouble: &Unreadable) -> Problem {
    let path = trouble.path.display();
    Problem::new(
        "unreadable",
        format!("{path} cannot be read: {}", trouble.reason),
        "give yourself read permission; it is tried again by itself",
    )
    .at(path)
}
