//! kill -9 at any moment, while agents write: nothing is lost, doubled or invented. A real
//! `scrollback watch`, native events, real kills; thousands of schedules, several at a time.
//!
//! `SCROLLBACK_SCHEDULES` is how many are tried. Each has its own seed, counted up from
//! `SCROLLBACK_SEED`; a failure names its own, which with one schedule repeats it. `TMPDIR` is where
//! the homes lie: `/dev/shm` is quick.

#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::program::{DOUBT, Running};
use support::proof::{Findings, assert_findable};
use support::sandbox::Sandbox;
use support::shim;
use support::writer::{Agent, Step};

/// Kills in a schedule.
const KILLS: usize = 3;
/// One schedule in so many is also asked for every word of it, and for every byte.
const THOROUGH: u64 = 10;

/// One step in so many is followed by a folder that goes and comes back; one watch in so many finds everything
/// outdated.
const AWAY: u8 = 40;
const ANEW: u8 = 3;
/// One watch in so many begins an hour ago; and of the steps one in so many sets the clock back, or right.
const AGO: u8 = 4;
const JUMP: u8 = 60;

/// All that was tried, and all that went wrong.
#[derive(Debug, Default)]
struct Tally {
    schedules: u64,
    kills: u64,
    required: u64,
    lost: u64,
    doubled: u64,
    unsound: u64,
    failures: Vec<String>,
}

/// What one schedule came to.
struct Outcome {
    required: u64,
    findings: Findings,
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let given = std::env::var(name).ok()?;
    let Ok(value) = given.parse() else {
        panic!("{name}={given} is no number");
    };
    Some(value)
}

#[test]
fn a_watch_killed_while_agents_write_loses_and_doubles_nothing() {
    let schedules = setting("SCROLLBACK_SCHEDULES").unwrap_or(300);
    let seed = setting("SCROLLBACK_SEED").unwrap_or_else(|| fastrand::u64(..) >> 20);
    let threads = setting("SCROLLBACK_THREADS")
        .unwrap_or_else(|| 2 * thread::available_parallelism().map_or(2, usize::from));
    // Said first, for the case that this process does not get to its end.
    eprintln!("chaos: SCROLLBACK_SEED={seed} SCROLLBACK_SCHEDULES={schedules}");
    let started = Instant::now();
    let (tally, next) = (Mutex::new(Tally::default()), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= schedules {
                        break;
                    }
                    let seed = seed.wrapping_add(number);
                    let outcome = catch_unwind(|| schedule(seed));
                    lock(&tally).add(seed, outcome);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("a tally");
    for failure in &tally.failures {
        eprintln!("{failure}");
    }
    eprintln!(
        "chaos: {} schedules, {} kills, {} lines required, {} lost, {} doubled, {} integrity \
         failures, {} failed, {} s, SCROLLBACK_SEED={seed}",
        tally.schedules,
        tally.kills,
        tally.required,
        tally.lost,
        tally.doubled,
        tally.unsound,
        tally.failures.len(),
        started.elapsed().as_secs(),
    );
    assert!(tally.failures.is_empty(), "see above");
    assert_eq!(tally.schedules, schedules);
    assert!(tally.required > schedules, "the agents wrote");
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    fn add(&mut self, seed: u64, outcome: thread::Result<Outcome>) {
        self.schedules += 1;
        self.kills += KILLS as u64;
        let repeat = format!("SCROLLBACK_SEED={seed} SCROLLBACK_SCHEDULES=1");
        let Ok(Outcome { required, findings }) = outcome else {
            self.failures.push(format!("{repeat}: panicked, see above"));
            return;
        };
        self.required += required;
        self.lost += findings.lost.len() as u64;
        self.doubled += findings.doubled.len() as u64;
        self.unsound += findings.unsound.len() as u64;
        if findings != Findings::default() {
            self.failures.push(format!("{repeat}: {findings:?}"));
        }
    }
}

/// One home, two agents, three kills, a clean end. No file that is there is called gone afterwards.
fn schedule(seed: u64) -> Outcome {
    let mut rng = fastrand::Rng::with_seed(seed);
    let sandbox = Sandbox::new();
    let is_over = AtomicBool::new(false);
    let agents = thread::scope(|scope| {
        let agents = ["ada", "bob"].map(|name| {
            let folder = sandbox.path(&format!("garden-{name}"));
            let (is_over, clock, rng) = (&is_over, clock(&sandbox), rng.fork());
            scope.spawn(move || write(name, &folder, &clock, rng, is_over))
        });
        // Ends the agents also when a watch did not behave.
        let watched = catch_unwind(AssertUnwindSafe(|| watch(&sandbox, &mut rng)));
        is_over.store(true, Ordering::SeqCst);
        let agents = agents.map(|agent| agent.join().expect("written"));
        let last = watched.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let code = last.terminate();
        let said = std::fs::read_to_string(sandbox.complaints()).unwrap_or_default();
        assert_eq!(code, Some(0), "it ends when asked to: {said}");
        agents
    });
    thread::sleep(DOUBT);
    sandbox.sync();
    let gone: i64 =
        sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL");
    let paths: Vec<Vec<u8>> = sandbox.ask("SELECT path FROM transcript");
    let there = paths
        .iter()
        .filter(|path| Path::new(std::ffi::OsStr::from_bytes(path)).exists());
    assert_eq!(
        paths.len() as i64 - gone,
        there.count() as i64,
        "gone or there"
    );
    let standing: BTreeSet<String> = agents.iter().flat_map(Agent::standing).collect();
    let written = agents.iter().flat_map(|agent| agent.written().clone());
    let findings = Findings::of(&sandbox, &standing, &written.collect());
    if seed.is_multiple_of(THOROUGH) && findings == Findings::default() {
        sandbox.assert_whole();
        assert_findable(&sandbox, &sandbox.message_ids().into_iter().collect());
    }
    Outcome {
        required: standing.len() as u64,
        findings,
    }
}

/// An agent at work until it is over.
fn write(
    name: &str,
    folder: &Path,
    clock: &Path,
    mut rng: fastrand::Rng,
    is_over: &AtomicBool,
) -> Agent {
    let mut agent = Agent::new(name, folder, 3);
    while !is_over.load(Ordering::SeqCst) {
        agent.take(&Step::random(&mut rng, 3));
        if rng.u8(0..AWAY) == 0 && folder.exists() {
            be_away(folder, &mut rng);
        }
        if rng.u8(0..JUMP) == 0 {
            jump(clock);
        }
        thread::sleep(Duration::from_micros(rng.u64(0..4000)));
    }
    agent
}

/// While this file is there, the clock of a watch is an hour behind.
fn clock(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("clock-back")
}

fn jump(clock: &Path) {
    if std::fs::remove_file(clock).is_err() {
        // The other agent may have set it in the same moment.
        let _ = std::fs::write(clock, "");
    }
}

/// The agent's folder goes for a moment, as a mount does, and comes back.
fn be_away(folder: &Path, rng: &mut fastrand::Rng) {
    let away = folder.with_extension("away");
    let elsewhere = folder
        .ancestors()
        .nth(3)
        .map(|home| home.join(away.file_name().unwrap_or_default()));
    let elsewhere = elsewhere.expect("a home");
    std::fs::rename(folder, &elsewhere).expect("renamed");
    thread::sleep(Duration::from_millis(rng.u64(0..40)));
    std::fs::rename(&elsewhere, folder).expect("renamed back");
}

/// Everything is to be made anew from the archive, as after an upgrade: the next watch does, and is killed.
fn outdate(sandbox: &Sandbox) {
    let Ok(database) = Connection::open(sandbox.data().database()) else {
        return;
    };
    database
        .busy_timeout(Duration::from_secs(5))
        .expect("patient");
    // There are no tables yet where the first watch was killed early.
    let _ = database.execute("UPDATE cursor SET parser = 0", []);
}

/// A watch whose clock may jump, where there is a C compiler to make it.
fn start(sandbox: &Sandbox) -> Running {
    let shim = shim::compile("a clock that jumps", "clock.c");
    sandbox.start_watch_with(|command| {
        if let Some(shim) = &shim {
            command
                .env("LD_PRELOAD", shim)
                .env("CLOCK_BACK", clock(sandbox));
        }
    })
}

/// Starts a watch and kills it, again and again; the last one is left running.
fn watch(sandbox: &Sandbox, rng: &mut fastrand::Rng) -> Running {
    for _ in 0..KILLS {
        if rng.u8(0..ANEW) == 0 && sandbox.data().database().exists() {
            outdate(sandbox);
        }
        if rng.u8(0..AGO) == 0 {
            jump(&clock(sandbox));
        }
        let mut watch = start(sandbox);
        pause(rng);
        let said = || std::fs::read_to_string(sandbox.complaints()).unwrap_or_default();
        assert!(
            watch.is_alive(),
            "it ends only when it is killed: {}",
            said()
        );
        watch.kill();
    }
    let watch = start(sandbox);
    pause(rng);
    sandbox.wait_for_lock(&watch);
    watch
}

/// Mostly short: the start, the first sweep and the first commits are what a kill can hurt.
fn pause(rng: &mut fastrand::Rng) {
    let millis = match rng.u8(0..20) {
        0 => rng.u64(80..400),
        _ => rng.u64(2..80),
    };
    thread::sleep(Duration::from_millis(millis));
}
