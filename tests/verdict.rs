//! The verdict against a comparison of its own: a real `scrollback watch` on a slow disk or with a slow database, files
//! and folders that come, go, move and change at any moment, clocks that jump, engines that end and start in
//! between. Never green over what was missing before it looked, never amber over nothing, never busy without an end.
//!
//! `SCROLLBACK_VERDICTS` is how many schedules are tried, `SCROLLBACK_SEED` the seed of the first; a failure names its own.

#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use scrollback_engine::transcript::hash;
use serde_json::Value;
use support::program::Running;
use support::sandbox::{Sandbox, complete_len};
use support::shim;
use support::writer::{Agent, Step};

/// What a status says of the moment is true of it but for so long.
const MOMENT: Duration = Duration::from_millis(400);
/// A line that was edited in place is found by the next sweep, which comes after 14 s and takes its time on a slow disk.
const EDITED: Duration = Duration::from_secs(25);
/// What is missing is amber for a while after it was; a start takes its time.
const AFTERMATH: Duration = Duration::from_secs(12);
/// The disk is looked at again after so long, with few files on a slow disk.
const LONGEST_S: f64 = 400.0;
/// Everything is green again after so long without a change.
const REST: Duration = Duration::from_secs(60);

/// How a file on disk differs from what is committed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// Whole lines are missing.
    Missing,
    /// Other bytes stand where those that are committed stood.
    Edited,
}

/// What is slow: calls on the sources, or on the database.
struct Slowness {
    kind: &'static str,
    below: &'static str,
    us: u32,
}

const SLOWNESSES: [Option<Slowness>; 6] = [
    None,
    Some(Slowness {
        kind: "stat",
        below: "projects",
        us: 4_000,
    }),
    Some(Slowness {
        kind: "list",
        below: "projects",
        us: 60_000,
    }),
    Some(Slowness {
        kind: "read",
        below: "projects",
        us: 5_000,
    }),
    Some(Slowness {
        kind: "write",
        below: "data",
        us: 1_000,
    }),
    Some(Slowness {
        kind: "read",
        below: "data",
        us: 300,
    }),
];

/// A home with an engine that comes and goes, and what was seen of both.
struct Watched {
    sandbox: Sandbox,
    clock: PathBuf,
    slowness: &'static Option<Slowness>,
    engine: Option<Running>,
    started: Instant,
    /// Files that differ, since when they do without a pause.
    differing: BTreeMap<PathBuf, (Difference, Instant)>,
    /// When one did last.
    differed: Instant,
    said: Vec<String>,
}

impl Watched {
    fn start(&mut self) {
        let mut shims = Vec::new();
        for source in ["clock.c", "faults.c"] {
            shims.extend(shim::compile("the verdict", source));
        }
        let shims: Vec<&str> = shims.iter().filter_map(|shim| shim.to_str()).collect();
        let below = self.slowness.as_ref().map(|slow| match slow.below {
            "projects" => self.sandbox.projects(),
            _ => self.sandbox.data().path().to_owned(),
        });
        let engine = self.sandbox.start_watch_with(|command| {
            command
                .env("LD_PRELOAD", shims.join(":"))
                .env("CLOCK_BACK", &self.clock);
            if let (Some(slow), Some(below)) = (self.slowness, &below) {
                command
                    .env("FAULTS_BELOW", below)
                    .env("FAULTS_KIND", slow.kind)
                    .env("FAULTS_NTH", "1")
                    .env("FAULTS_LASTING", "1")
                    .env("FAULTS_ACT", "slow")
                    .env("FAULTS_US", slow.us.to_string())
                    .env("FAULTS_REACHED", self.sandbox.home().join("reached"));
            }
        });
        self.engine = Some(engine);
        self.started = Instant::now();
    }

    /// Compares files and rows, and notes since when they differ.
    fn compare(&mut self) {
        let now = Instant::now();
        let Some(committed) = committed(&self.sandbox) else {
            return;
        };
        let mut differing = BTreeMap::new();
        for path in files_below(&self.sandbox.projects()) {
            if let Some(difference) = difference(&path, &committed) {
                let since = match self.differing.get(&path) {
                    Some((before, since)) if *before == difference => *since,
                    _ => now,
                };
                differing.insert(path, (difference, since));
                self.differed = now;
            }
        }
        self.differing = differing;
    }

    /// Asks for the verdict and holds it against what was seen before.
    fn judge(&mut self) -> Value {
        self.compare();
        let asked = Instant::now();
        let status = self.sandbox.run(&["status", "--json"]).json();
        let state = status["state"].as_str().expect("a word").to_owned();
        let reason = status["reason"].as_str().expect("words").to_owned();
        self.said.push(format!(
            "{:7.2} {state}: {reason}",
            self.started.elapsed().as_secs_f64()
        ));
        let is_green = matches!(state.as_str(), "live" | "idle");
        if is_green {
            let age = self.age_of(&status);
            for (path, (difference, since)) in &self.differing {
                let missing = asked.duration_since(*since);
                let allowed = match difference {
                    Difference::Missing => age + MOMENT,
                    Difference::Edited => age + EDITED,
                };
                let still = committed(&self.sandbox).and_then(|rows| self::difference(path, &rows));
                // What is saved by now may have been when it was said.
                if missing > allowed && still == Some(*difference) {
                    self.fail(&format!(
                        "green over {} ({difference:?} for {missing:?}, looked at {age:?} ago)",
                        path.display()
                    ));
                }
            }
        }
        // Lines that nobody can read are news for ten minutes.
        let is_weaker = match state.as_str() {
            "stalled" => true,
            "degraded" => problems(&status).iter().any(|code| code != "rejects"),
            _ => false,
        };
        let is_quiet = asked.duration_since(self.differed.max(self.started)) > AFTERMATH;
        if is_quiet && is_weaker && self.differing.is_empty() {
            self.compare();
            if self.differing.is_empty() {
                self.fail(&format!("{state} over nothing: {reason}"));
            }
        }
        status
    }

    /// How long ago the engine looked at the disk, as it says. It looks again with every sweep at the latest.
    fn age_of(&self, status: &Value) -> Duration {
        let looked = status["backlog"]["verified_at"].as_str().expect("a time");
        let looked: jiff::Timestamp = looked.parse().expect("a time");
        let back = if self.clock.exists() { 3600.0 } else { 0.0 };
        let age = jiff::Timestamp::now().duration_since(looked).as_secs_f64() - back;
        match age {
            0.0..LONGEST_S => Duration::from_secs_f64(age),
            // The clock jumped while it was asked.
            _ if (age.abs() - 3600.0).abs() < LONGEST_S => Duration::from_secs(3600),
            _ => self.fail(&format!("nothing was looked at for {age} s")),
        }
    }

    fn fail(&self, what: &str) -> ! {
        let slow = self.slowness.as_ref().map(|slow| (slow.kind, slow.below));
        panic!("{what}; slow: {slow:?}\n{}", self.said.join("\n"));
    }
}

fn problems(status: &Value) -> Vec<String> {
    let problems = status["problems"].as_array().expect("a list");
    let code = |problem: &Value| problem["code"].as_str().expect("a word").to_owned();
    problems.iter().map(code).collect()
}

/// Green, but for what is news of before.
fn is_at_rest(status: &Value) -> bool {
    match status["state"].as_str() {
        Some("live" | "idle") => true,
        Some("degraded") => problems(status) == ["rejects"],
        _ => false,
    }
}

/// A record as it is committed: where it begins, its bytes, and their hash.
type Record = (usize, usize, u64);

/// What is committed of each transcript; `None` while the database cannot be asked.
fn committed(sandbox: &Sandbox) -> Option<BTreeMap<PathBuf, Vec<Record>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(sandbox.data().database(), flags).ok()?;
    database.busy_timeout(Duration::from_secs(5)).ok()?;
    let mut records = database
        .prepare(
            "SELECT t.path, r.offset, r.len, r.hash FROM cursor c JOIN transcript t ON t.id = c.transcript_id
               LEFT JOIN record r ON r.cursor_id = c.id WHERE c.superseded_ms IS NULL ORDER BY t.path, r.offset",
        )
        .ok()?;
    let mut rows = records.query([]).ok()?;
    let mut committed: BTreeMap<PathBuf, Vec<Record>> = BTreeMap::new();
    while let Ok(Some(row)) = rows.next() {
        let path: Vec<u8> = row.get(0).ok()?;
        let records = committed
            .entry(std::ffi::OsStr::from_bytes(&path).into())
            .or_default();
        if let Some(offset) = row.get::<_, Option<i64>>(1).ok()? {
            let (len, hash): (i64, i64) = (row.get(2).ok()?, row.get(3).ok()?);
            records.push((offset as usize, len as usize, hash as u64));
        }
    }
    Some(committed)
}

fn difference(path: &Path, committed: &BTreeMap<PathBuf, Vec<Record>>) -> Option<Difference> {
    let content = fs::read(path).ok()?;
    let records = committed.get(path).map_or(&[][..], Vec::as_slice);
    let end = records.last().map_or(0, |(offset, len, _)| offset + len);
    let is_same = |(offset, len, stored): &Record| {
        let bytes = content.get(*offset..offset + len);
        bytes.is_some_and(|bytes| hash(bytes) == *stored)
    };
    match records.iter().all(is_same) {
        false => Some(Difference::Edited),
        true => (complete_len(&content) > end).then_some(Difference::Missing),
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|kind| kind == "jsonl") {
            files.push(path);
        }
    }
    files
}

/// One thing that happens.
fn happen(watched: &mut Watched, agent: &mut Agent, folder: &Path, rng: &mut fastrand::Rng) {
    match rng.u8(0..40) {
        0 => {
            let away = watched.sandbox.home().join("away");
            fs::rename(folder, &away).expect("renamed");
            for _ in 0..rng.u8(0..12) {
                watched.judge();
            }
            fs::rename(&away, folder).expect("renamed back");
        }
        1 => {
            // Its folder becomes another one with the same files.
            let copy = watched.sandbox.home().join("copy");
            let copied = std::process::Command::new("cp")
                .arg("-a")
                .args([folder, &copy])
                .status();
            assert!(copied.expect("copied").success());
            fs::remove_dir_all(folder).expect("removed");
            fs::rename(&copy, folder).expect("put in place");
        }
        2 => {
            if fs::remove_file(&watched.clock).is_err() {
                fs::write(&watched.clock, "").expect("set back");
            }
        }
        3 => {
            let mut engine = watched.engine.take().expect("an engine");
            match rng.bool() {
                true => engine.kill(),
                // In its first moments nobody listens for the wish yet.
                false => {
                    let is_young = watched.started.elapsed() < Duration::from_secs(1);
                    let code = engine.terminate();
                    assert!(
                        code == Some(0) || is_young,
                        "it ends when asked to: {code:?}"
                    );
                }
            }
            for _ in 0..rng.u8(0..4) {
                agent.take(&Step::random(rng, 3));
            }
            watched.start();
        }
        _ => agent.take(&Step::random(rng, 3)),
    }
}

fn schedule(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let sandbox = Sandbox::new();
    let folder = sandbox.path("garden-ada");
    let mut agent = Agent::new("ada", &folder, 3);
    let now = Instant::now();
    let mut watched = Watched {
        clock: sandbox.home().join("clock-back"),
        slowness: &SLOWNESSES[rng.usize(0..SLOWNESSES.len())],
        sandbox,
        engine: None,
        started: now,
        differing: BTreeMap::new(),
        differed: now,
        said: Vec::new(),
    };
    watched.start();
    for _ in 0..rng.u8(10..60) {
        for _ in 0..rng.u8(1..6) {
            happen(&mut watched, &mut agent, &folder, &mut rng);
            thread::sleep(Duration::from_micros(rng.u64(0..3000)));
        }
        for _ in 0..rng.u8(0..8) {
            watched.judge();
            thread::sleep(Duration::from_millis(rng.u64(0..100)));
        }
    }
    // Then nothing happens any more: everything is found, and nothing is worked at for ever.
    let quiet = Instant::now();
    loop {
        let status = watched.judge();
        if is_at_rest(&status) && watched.differing.is_empty() {
            break;
        }
        if quiet.elapsed() > REST {
            watched.fail(&format!(
                "not at rest after {REST:?}: {:?}",
                watched.differing
            ));
        }
        thread::sleep(Duration::from_millis(200));
    }
    for _ in 0..20 {
        let status = watched.judge();
        if !is_at_rest(&status) {
            watched.fail("green, and then not, though nothing happened");
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn setting(name: &str) -> Option<u64> {
    let given = std::env::var(name).ok()?;
    Some(
        given
            .parse()
            .unwrap_or_else(|_| panic!("{name}={given} is no number")),
    )
}

#[test]
fn the_verdict_is_never_older_than_its_words() {
    let schedules = setting("SCROLLBACK_VERDICTS").unwrap_or(8);
    let seed = setting("SCROLLBACK_SEED").unwrap_or_else(|| fastrand::u64(..) >> 20);
    eprintln!("verdict: SCROLLBACK_SEED={seed} SCROLLBACK_VERDICTS={schedules}");
    let (next, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= schedules {
                        break;
                    }
                    let seed = seed.wrapping_add(number);
                    if catch_unwind(|| schedule(seed)).is_err() {
                        failed.fetch_add(1, Ordering::SeqCst);
                        eprintln!("SCROLLBACK_SEED={seed} SCROLLBACK_VERDICTS=1");
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    eprintln!("verdict: {schedules} schedules, {failed} failed");
    assert_eq!(failed, 0, "see above");
}
