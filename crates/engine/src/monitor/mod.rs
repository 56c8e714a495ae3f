//! Watches the watcher: measures the disk against the database, judges, and says so.
//!
//! It runs on a thread of its own and shares nothing with the pipeline but the signs of life in
//! [`crate::vitals`]; it opens the database for itself. A pipeline that hangs cannot keep it from
//! saying that it does. There is one verdict: the tray, the window and `scrollback status` all show
//! what [`Monitor::status`] answers.

mod answer;
mod look;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::health::{self, Blocked, Engine, Facts, Running, Silence, State, Verdict};
use crate::model::Status;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{EngineLock, Holder, iso};
use crate::sync::sweep::Place;
use crate::vitals::Vitals;
use answer::{Stored, Who};
use look::Looks;

/// How often the facts are judged.
const TICK: Duration = Duration::from_secs(1);
/// The proof of idleness is renewed so often; of many files rarer, so many times what it takes.
const PROOF: Duration = Duration::from_secs(45);
const SHARE: u32 = 2500;
/// The same while something waits to be saved.
const BUSY_SHARE: u32 = 20;
/// A look may be so old when someone asks, if making one takes longer than [`QUICK`].
const QUICK: Duration = Duration::from_millis(60);
/// Who asks waits so long for a look, and looks again so often whether it has ended.
const IN_TIME: Duration = Duration::from_millis(200);
const STEP: Duration = Duration::from_millis(5);
/// From outside, disk and database are waited for so long.
const OUTSIDE: Duration = Duration::from_secs(3);
/// A stage is stuck after so long without a heartbeat.
const STUCK: Duration = Duration::from_secs(10);
/// A pipeline that is stuck for so long is begun anew, and one that is stuck again is given up.
const HOPELESS: Duration = Duration::from_secs(20);
/// A line that could not be read is news for so long.
const NEWS: Duration = Duration::from_secs(600);

/// The monitor of a running engine.
#[derive(Debug)]
pub struct Monitor {
    dir: DataDir,
    places: Vec<Place>,
    started: Instant,
    vitals: Mutex<Arc<Vitals>>,
    looks: Mutex<Looks>,
    /// Told when a look has ended.
    looked: Condvar,
    is_looking: AtomicBool,
    shown: Mutex<Option<(State, i64)>>,
    /// What kept the last look from being made.
    trouble: Mutex<Option<Error>>,
    unindexed: Mutex<u64>,
    awake: Mutex<Instant>,
}

/// How much of the disk is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it.
    All,
    /// The files that were behind.
    Behind,
}

/// What a stuck pipeline calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// Begin it anew.
    Restart,
    /// End the process, so that whoever supervises it starts another.
    GiveUp,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Monitor {
    /// The monitor of an engine that starts now.
    pub fn new(dir: &DataDir, places: Vec<Place>, vitals: Arc<Vitals>) -> Self {
        Self {
            dir: dir.clone(),
            places,
            started: Instant::now(),
            vitals: Mutex::new(vitals),
            looks: Mutex::default(),
            looked: Condvar::new(),
            is_looking: AtomicBool::new(false),
            shown: Mutex::default(),
            trouble: Mutex::default(),
            unindexed: Mutex::default(),
            awake: Mutex::new(Instant::now()),
        }
    }

    /// A new pipeline has taken over.
    pub fn attach(&self, vitals: Arc<Vitals>) {
        *lock(&self.vitals) = vitals;
    }

    /// Judges once a second until `stop`. `on_change` hears of every new state, `on_stuck` what a
    /// stuck pipeline calls for.
    pub fn follow(
        self: &Arc<Self>,
        stop: &Stop,
        mut on_change: impl FnMut(State, &str),
        mut on_stuck: impl FnMut(Cure),
    ) {
        let mut last = Instant::now();
        let mut state = None;
        let mut cured: Option<Instant> = None;
        while !stop.is_requested() {
            std::thread::park_timeout(TICK);
            let now = Instant::now();
            if now.duration_since(last) > STUCK / 2 {
                *lock(&self.awake) = now;
            }
            last = now;
            if let Some(extent) = self.extent_due(now) {
                self.look_within(extent, IN_TIME);
            }
            self.keep_up();
            let (verdict, _, _) = self.judge();
            self.since_ms(verdict.state, jiff::Timestamp::now().as_millisecond());
            lock(&self.vitals).say(verdict.state, &verdict.reason);
            if state.replace(verdict.state) != Some(verdict.state) {
                tracing::info!(state = ?verdict.state, reason = verdict.reason, "health");
                on_change(verdict.state, &verdict.reason);
            }
            let awake = *lock(&self.awake);
            if lock(&self.vitals).stuck(HOPELESS, awake).is_some() {
                match cured {
                    None => {
                        cured = Some(now);
                        on_stuck(Cure::Restart);
                    }
                    Some(at) if now.duration_since(at) > HOPELESS => on_stuck(Cure::GiveUp),
                    Some(_) => {}
                }
            }
        }
    }

    /// How things are, measured now.
    pub fn status(self: &Arc<Self>) -> Status {
        let took = lock(&self.looks).at.map(|(_, took)| took);
        if took.is_none_or(|took| took <= QUICK) {
            self.look_within(Extent::All, IN_TIME);
        }
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let stored = answer::reader(&self.dir)
            .ok()
            .and_then(|reader| Stored::of(reader.as_ref(), now_ms).ok())
            .unwrap_or_default();
        self.keep_up();
        let (verdict, facts, signs) = self.judge();
        let who = Who {
            pid: Some(std::process::id()),
            uptime_s: Some(self.started.elapsed().as_secs_f64()),
            since_ms: self.since_ms(verdict.state, now_ms),
            signs: Some(signs),
        };
        let looks = lock(&self.looks);
        answer::status(
            verdict,
            who,
            &facts,
            &looks,
            stored,
            (&self.dir, &self.places),
        )
    }

    fn since_ms(&self, state: State, now_ms: i64) -> i64 {
        let mut shown = lock(&self.shown);
        match *shown {
            Some((last, since_ms)) if last == state => since_ms,
            _ => {
                *shown = Some((state, now_ms));
                now_ms
            }
        }
    }

    /// Which bytes and rows are to be compared again: soon when there is something to see, or no
    /// proof yet; else in time for the next proof. What waits is looked at more often than all of it.
    fn extent_due(&self, now: Instant) -> Option<Extent> {
        let looks = lock(&self.looks);
        let Some((at, took)) = looks.at else {
            return Some(Extent::All);
        };
        let is_waiting = !looks.last.behind.is_empty();
        let is_busy = is_waiting || looks.verified.is_none();
        let signs = lock(&self.vitals).signs();
        let pause = match is_busy || signs.has_work {
            true => TICK.max(took * BUSY_SHARE),
            // A proof is good for two sweeps.
            false => (took * SHARE).clamp(PROOF, signs.sweep_every.max(PROOF)),
        };
        if now.duration_since(at) >= pause {
            return Some(Extent::All);
        }
        let (again, took) = looks.again.unwrap_or((at, Duration::ZERO));
        let is_due = now.duration_since(again.max(at)) >= TICK.max(took * BUSY_SHARE);
        (is_waiting && is_due).then_some(Extent::Behind)
    }

    /// Takes what was committed since the last look: its figures are told beside the rows of now.
    fn keep_up(&self) {
        let unindexed = *lock(&self.unindexed);
        let is_to_keep_up = lock(&self.looks).is_to_keep_up();
        if unindexed == 0 && !is_to_keep_up {
            return;
        }
        let began = Instant::now();
        // Where the database does not answer, the next look says so.
        let Ok(Some(reader)) = answer::reader(&self.dir) else {
            return;
        };
        if is_to_keep_up && let Ok(offsets) = reader.offsets() {
            let offset = |path: &Path| offsets.get(path).copied().unwrap_or(0);
            let mut looks = lock(&self.looks);
            looks.keep_up(&offset, Instant::now());
            looks.has_kept_up(began);
        }
        let now_ms = jiff::Timestamp::now().as_millisecond();
        if unindexed > 0
            && let Ok(count) = answer::overdue(Some(&reader), now_ms)
        {
            *lock(&self.unindexed) = count;
        }
    }

    /// Looks on a thread of its own: a disk that does not answer must not keep anyone from saying so.
    fn begin_look(self: &Arc<Self>, extent: Extent) {
        if self.is_looking.swap(true, Ordering::SeqCst) {
            return;
        }
        let monitor = Arc::clone(self);
        let looking = std::thread::Builder::new().name("look".into());
        let begun = looking.spawn(move || {
            monitor.look(extent);
            monitor.is_looking.store(false, Ordering::SeqCst);
            monitor.looked.notify_all();
        });
        if begun.is_err() {
            self.is_looking.store(false, Ordering::SeqCst);
        }
    }

    /// Waits for a look that began now or later, but no longer than `limit`.
    fn look_within(self: &Arc<Self>, extent: Extent, limit: Duration) {
        let asked = Instant::now();
        let is_old = |looks: &Looks| {
            let last = match extent {
                Extent::All => looks.at,
                Extent::Behind => looks.at.max(looks.again),
            };
            last.is_none_or(|(at, _)| at < asked)
        };
        let mut looks = lock(&self.looks);
        while is_old(&looks) {
            let Some(left) = limit.checked_sub(asked.elapsed()) else {
                return;
            };
            drop(looks);
            self.begin_look(extent);
            let waited = self.looked.wait_timeout(lock(&self.looks), left.min(STEP));
            looks = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn look(&self, extent: Extent) {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let made = answer::reader(&self.dir).and_then(|reader| {
            // Not locked while it looks.
            let mut looks = lock(&self.looks).clone();
            let fail = |e| answer::explain(reader.as_ref(), &e);
            match (extent, &reader) {
                (Extent::Behind, Some(reader)) => looks.look_again(&self.places, reader),
                _ => looks.look(&self.dir, &self.places, reader.as_ref(), true),
            }
            .map_err(fail)?;
            let mut stored = lock(&self.looks);
            looks.remember(&stored);
            *stored = looks;
            drop(stored);
            *lock(&self.unindexed) = answer::overdue(reader.as_ref(), now_ms).map_err(fail)?;
            Ok(())
        });
        *lock(&self.trouble) = made.err();
    }

    fn judge(&self) -> (Verdict, Facts, crate::vitals::Signs) {
        let vitals = Arc::clone(&lock(&self.vitals));
        let signs = vitals.signs();
        let looks = lock(&self.looks);
        let since = |at: Instant| at.elapsed().as_secs_f64();
        let awake = *lock(&self.awake);
        let running = Running {
            uptime_s: since(self.started),
            paused: signs.paused.map(|until| until.map(by_the_clock)),
            // No sweep could come while the machine slept.
            swept_s: signs.swept.map(|at| since(at.max(awake))),
            sweep_every_s: signs.sweep_every.as_secs_f64(),
            is_caught_up: signs.is_caught_up,
            caught_up_bytes: signs.progress.bytes_done,
            catch_up_bytes: signs.progress.bytes_total,
            has_work: signs.has_work,
            verified_s: looks.verified.map(since),
            commit_s: signs.committed.map(since),
            unindexed: *lock(&self.unindexed),
            stuck: vitals
                .stuck(STUCK, awake)
                .map(|(stage, silence)| (stage, silence.as_secs_f64())),
            index_blocked: signs.index_blocked.clone().map(|(by, at)| Blocked {
                by,
                for_s: since(at),
            }),
            left_alone: signs
                .left_alone
                .as_ref()
                .map(|(count, path)| (*count, path.display().to_string())),
            blocked: vitals.blocked().map(|(by, at)| Blocked {
                by,
                for_s: since(at),
            }),
            watching: health::Watching {
                mode: signs.watching.mode,
                why: signs.watching.why.clone(),
                probe_s: signs.watching.probed.map(since),
                missed_s: signs.watching.missed_at.map(since),
                are_roots_ours: signs.watching.are_roots_ours,
                limits: signs.watching.limits,
            },
            new_rejects: signs
                .rejected
                .filter(|(at, _)| at.elapsed() < NEWS)
                .map_or(0, |(_, count)| count),
        };
        let trouble = lock(&self.trouble);
        let engine = Engine::Running(Box::new(running));
        let mut facts = answer::facts(engine, &looks, &self.places, trouble.as_ref());
        facts.damaged = answer::damaged(&signs.proof);
        let failing = signs.unreadable.iter();
        for (path, reason) in failing.map(|u| (u.path.display().to_string(), u.reason.clone())) {
            if !facts.unreadable.iter().any(|(known, _)| *known == path) {
                facts.unreadable.push((path, reason));
            }
        }
        (health::judge(&facts), facts, signs)
    }
}

/// A time as people read it off the clock on their wall, with the day when it is not today's.
fn by_the_clock(ms: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    let Ok(time) = jiff::Timestamp::from_millisecond(ms) else {
        return iso(ms);
    };
    let (time, now) = (
        time.to_zoned_datetime(zone.clone()),
        jiff::Timestamp::now().to_zoned_datetime(zone),
    );
    let form = if time.date() == now.date() {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    time.strftime(form).to_string()
}

/// An engine that cannot be asked so long after it took the lock does not answer.
const AWAKENING_S: f64 = 5.0;

/// How things are as seen from outside: no engine runs, or the one that does was `asked` in vain.
pub fn from_outside(
    dir: &DataDir,
    places: &[Place],
    asked_in_vain: Option<(Holder, Silence)>,
) -> Status {
    let (holder, silence) = asked_in_vain.unzip();
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let (looks, stored, trouble) = look_from_outside(dir, places, now_ms);
    let uptime_s = holder.as_ref().map(|holder| {
        let since_ms = holder.since_ms.unwrap_or(now_ms);
        (now_ms - since_ms).max(0) as f64 / 1000.0
    });
    let ended_ms = EngineLock::ended(&dir.lock());
    let engine = match (uptime_s, silence) {
        (None, _) => Engine::Absent {
            since: ended_ms.map(by_the_clock),
        },
        (Some(s), Some(Silence::Absent)) if s < AWAKENING_S => Engine::Awakening,
        (Some(_), _) => Engine::Silent,
    };
    let mut facts = answer::facts(engine, &looks, places, trouble.as_ref());
    facts.damaged = answer::damaged(&stored.proof);
    let since_ms = match &holder {
        Some(holder) => holder.since_ms,
        None => ended_ms.or(stored.last_commit_ms()),
    };
    let who = Who {
        pid: holder.and_then(|holder| holder.pid),
        uptime_s,
        since_ms: since_ms.unwrap_or(now_ms),
        signs: None,
    };
    let verdict = health::judge(&facts);
    answer::status(verdict, who, &facts, &looks, stored, (dir, places))
}

/// What disk and database say, and what kept the database from saying it.
fn look_from_outside(
    dir: &DataDir,
    places: &[Place],
    now_ms: i64,
) -> (Looks, Stored, Option<Error>) {
    let (tell, hear) = channel();
    let (dir, places) = (dir.clone(), places.to_owned());
    // A disk that does not answer is left behind.
    std::thread::spawn(move || {
        let mut looks = Looks::default();
        let asked = answer::reader(&dir).and_then(|reader| {
            let fail = |e| answer::explain(reader.as_ref(), &e);
            looks
                .look(&dir, &places, reader.as_ref(), false)
                .map_err(fail)?;
            let stored = Stored::of(reader.as_ref(), now_ms).map_err(fail)?;
            stored.with_proof(&dir, reader.as_ref()).map_err(fail)
        });
        let found = match asked {
            Ok(stored) => (looks, stored, None),
            Err(error) => {
                // Without the database nothing on disk is known to be saved.
                if looks.at.is_none() {
                    let _ = looks.look(&dir, &places, None, false);
                }
                (looks, Stored::default(), Some(error))
            }
        };
        // Nobody listens after the limit.
        let _ = tell.send(found);
    });
    hear.recv_timeout(OUTSIDE).unwrap_or_else(|_| {
        let error = Error::new(crate::error::Kind::Io, "a disk does not answer")
            .with_remedy("check the disks and network folders that hold the data and the sources");
        (Looks::default(), Stored::default(), Some(error))
    })
}
