//! The light does not lie: whatever happens to the watcher, the database or a folder, a state that
//! means "all is saved" is only shown when it is, and what heals by itself does.
//!
//! Nothing here measures speed: a test waits, and only a hang fails.

#![cfg(unix)]

mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::Connection;
use scrollback_engine::health::{Mode, State};
use scrollback_engine::model::Status;
use scrollback_engine::notice::Notice;
use scrollback_engine::stop::Stop;
use scrollback_engine::sync::watch::{Backend, Ear, Native, Refusal, Watcher};
use support::faulty::{Fault, Faulty};
use support::program::{HANG, wait_long, wait_until};
use support::records::{line, talk, turn};
use support::sandbox::Sandbox;

const FILE: &str = "garden/ada.jsonl";

/// A home with some transcripts.
fn home(files: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    for number in 0..files {
        let session = format!("s{number}");
        let name = format!("garden-{}/{session}.jsonl", number % 30);
        sandbox.write(&name, talk(&session, 1..=2));
    }
    sandbox.write(FILE, talk("ada", 1..=1));
    sandbox
}

fn is_stored(sandbox: &Sandbox, number: u32) -> bool {
    let id = turn("ada", number)["uuid"]
        .as_str()
        .expect("an id")
        .to_owned();
    let sql = format!("SELECT count(*) FROM message WHERE key = '{id}'");
    sandbox.data().database().exists() && sandbox.ask_one::<i64>(&sql) > 0
}

/// A status, which may not say that all is well while this record is missing, but of a moment before it was
/// written: where a look takes long, a status says of when it is.
fn honest(sandbox: &Sandbox, number: u32) -> Status {
    let status = sandbox.engine().status();
    let says_all_is_well = matches!(status.state, State::Idle | State::Live);
    let written = fs::metadata(sandbox.path(FILE)).and_then(|meta| meta.modified());
    let written = written.expect("a time").duration_since(UNIX_EPOCH);
    let verified: jiff::Timestamp = status.backlog.verified_at.parse().expect("a time");
    let is_of_before = i128::from(verified.as_millisecond())
        < written.expect("after the epoch").as_millis() as i128;
    assert!(
        !says_all_is_well || is_of_before || is_stored(sandbox, number),
        "{:?} ({}) while record {number} is missing",
        status.state,
        status.reason
    );
    status
}

fn has_caught_up(status: &Status) -> bool {
    matches!(status.state, State::Idle | State::Live | State::Degraded)
}

fn has_problem(status: &Status, code: &str) -> bool {
    status.problems.iter().any(|problem| problem.code == code)
}

/// The watcher says nothing of an append: nobody is lied to, the append is found all the same, the
/// miss is counted, and a new watcher takes over.
fn a_silent_watcher(fault: Fault, files: usize) {
    let sandbox = home(files);
    let faulty = Faulty::new(fault);
    let watching = sandbox.watch_with(faulty.clone());
    wait_long("it has caught up", 4 * HANG, || {
        has_caught_up(&honest(&sandbox, 1))
    });
    let before = sandbox.engine().status().watcher;
    assert_eq!(before.missed_events, 0);
    faulty.mend();
    // The events that still come are used up by files of their own.
    let mut noise = 0;
    wait_until("it falls silent", || {
        sandbox.write(&format!("noise/n{noise}.jsonl"), talk("noise", 1..=1));
        noise += 1;
        faulty.is_silent()
    });

    sandbox.append(FILE, talk("ada", 2..=2));
    // By a sweep, which on a slow machine comes rarely.
    wait_long("the append is found", 4 * HANG, || {
        honest(&sandbox, 2);
        is_stored(&sandbox, 2)
    });
    // Where the probe dies with the rest, it may be the first to be missed.
    let must_miss = fault == Fault::OnlyProbe;
    // At the latest by a probe, of which there is one every 30 s.
    wait_long("it is noticed and the watcher renewed", 4 * HANG, || {
        let watcher = honest(&sandbox, 2).watcher;
        let is_counted = watcher.missed_events > 0 || !must_miss;
        is_counted && watcher.rebuilds > before.rebuilds && faulty.starts() > 1
    });
    let status = honest(&sandbox, 2);
    if status.watcher.missed_events > 0 {
        assert_eq!(status.state, State::Degraded, "{}", status.reason);
        assert!(has_problem(&status, "missed_event"), "{status:?}");
    }

    // The new watcher works.
    let missed = status.watcher.missed_events;
    sandbox.append(FILE, talk("ada", 3..=3));
    wait_until("the next append is found", || is_stored(&sandbox, 3));
    assert_eq!(honest(&sandbox, 3).watcher.missed_events, missed);
    watching.end().expect("a clean end");
    sandbox.assert_whole();
}

#[test]
fn a_watcher_that_dies_after_some_events_is_found_out() {
    // As many as a heavy user has after years; most of the time of this test goes into making them.
    a_silent_watcher(Fault::DiesAfter(7), 10_000);
}

#[test]
fn a_watcher_that_announces_only_the_probe_is_found_out() {
    a_silent_watcher(Fault::OnlyProbe, 300);
}

#[test]
fn a_watcher_that_never_says_anything_is_not_trusted_even_at_rest() {
    let sandbox = home(1);
    let faulty = Faulty::new(Fault::DiesAfter(0));
    let _watching = sandbox.watch_with(faulty.clone());
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    // Once the first commit is a minute old nothing but the probe could prove that events come.
    wait_long("its silence is noticed", 4 * HANG, || faulty.starts() > 1);
    assert_ne!(sandbox.engine().status().state, State::Idle);
}

/// The system's events; the agent writes at the very moment they are asked for.
#[derive(Debug)]
struct WritesMeanwhile(PathBuf);

impl Backend for WritesMeanwhile {
    fn start(&self, ear: Ear) -> Result<Box<dyn Watcher>, Refusal> {
        let mut file = File::options().append(true).open(&self.0).expect("opened");
        file.write_all(talk("ada", 2..=2).as_bytes())
            .expect("appended");
        Native.start(ear)
    }
}

#[test]
fn what_is_written_before_the_first_event_can_come_is_there_when_it_has_caught_up() {
    let sandbox = home(3);
    let backend = WritesMeanwhile(sandbox.path(FILE));
    let engine = sandbox.engine().with_events_from(Arc::new(backend));
    let stop = Stop::default();
    let mut was_there = None;
    let watched = engine.watch(&stop, Arc::new(|| {}), &mut |notice| {
        if matches!(notice, Notice::CaughtUp) {
            was_there = Some(is_stored(&sandbox, 2));
            stop.request();
        }
    });
    watched.expect("a clean end");
    assert_eq!(was_there, Some(true), "watched first, looked through then");
}

#[test]
fn a_file_that_is_never_quiet_is_read_all_the_same() {
    let sandbox = home(1);
    let watching = sandbox.watch_with(Arc::new(Native));
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    let mut number = 1;
    wait_until("the first of many appends is found", || {
        for _ in 0..10 {
            number += 1;
            sandbox.append(FILE, line(&turn("ada", number)));
            std::thread::sleep(Duration::from_millis(3));
        }
        is_stored(&sandbox, 2)
    });
    watching.end().expect("a clean end");
}

#[test]
fn lost_events_are_swept_for_at_once() {
    let sandbox = home(3);
    let faulty = Faulty::new(Fault::Overflows);
    let watching = sandbox.watch_with(faulty);
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    sandbox.append(FILE, talk("ada", 2..=2));
    wait_until("the append is found", || is_stored(&sandbox, 2));
    // What the system said it lost is not held against it as missed.
    assert_eq!(honest(&sandbox, 2).watcher.missed_events, 0);
    watching.end().expect("a clean end");
}

/// Without events it looks for itself, says so with a remedy, and goes back when it can.
fn polling(fault: Fault, code: &str) {
    let sandbox = home(20);
    let faulty = Faulty::new(fault);
    let watching = sandbox.watch_with(faulty.clone());
    wait_until("it polls", || {
        let status = honest(&sandbox, 1);
        status.watcher.mode == Mode::Polling && has_caught_up(&status)
    });
    let status = sandbox.engine().status();
    assert_eq!(status.state, State::Degraded, "{}", status.reason);
    let problem = status.problems.iter().find(|problem| problem.code == code);
    assert!(problem.expect(code).remedy.contains("sysctl"));
    sandbox.append(FILE, talk("ada", 2..=2));
    wait_until("the append is found", || is_stored(&sandbox, 2));
    sandbox.write("new/eve.jsonl", talk("ada", 3..=3));
    wait_until("the new file is found", || is_stored(&sandbox, 3));

    faulty.mend();
    wait_until("events are taken up again", || {
        sandbox.engine().status().watcher.mode == Mode::Native
    });
    sandbox.append(FILE, talk("ada", 4..=4));
    wait_until("the append is announced", || is_stored(&sandbox, 4));
    wait_until("all is well", || honest(&sandbox, 4).state == State::Live);
    watching.end().expect("a clean end");
}

#[test]
fn without_a_watcher_it_polls_and_says_how_to_mend_it() {
    polling(Fault::NoInstance, "inotify_instances");
}

#[test]
fn with_too_few_watches_it_polls_and_says_how_to_mend_it() {
    polling(Fault::NoWatches, "inotify_limit");
}

#[test]
fn a_root_that_is_replaced_is_watched_again() {
    let sandbox = home(3);
    let watching = sandbox.watch_with(Arc::new(Native));
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    fs::rename(sandbox.projects(), sandbox.claude().join("moved away")).expect("moved");
    sandbox.write(FILE, talk("ada", 1..=2));
    wait_until("the new root is read", || {
        honest(&sandbox, 2);
        is_stored(&sandbox, 2)
    });
    wait_until("and watched", || {
        sandbox.engine().status().watcher.rebuilds > 0
    });
    sandbox.append(FILE, talk("ada", 3..=3));
    wait_until("it is announced", || is_stored(&sandbox, 3));
    assert_eq!(honest(&sandbox, 3).watcher.missed_events, 0);
    watching.end().expect("a clean end");
}

#[test]
fn a_database_someone_holds_is_said_to_be_and_goes_on_by_itself() {
    let sandbox = home(3);
    let native = Arc::new(Native);
    let watching = sandbox.watch_with(native);
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    let other = Connection::open(sandbox.data().database()).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("held");
    sandbox.append(FILE, talk("ada", 2..=2));
    wait_until("it says so", || {
        has_problem(&honest(&sandbox, 2), "database_locked")
    });
    let mut lags = Vec::new();
    // Stalled is said after half a minute.
    wait_long("it is stalled", 3 * HANG, || {
        let status = honest(&sandbox, 2);
        lags.push(status.backlog.lag_s);
        status.state == State::Stalled
    });
    assert!(lags.is_sorted(), "it waits longer and longer: {lags:?}");
    let status = honest(&sandbox, 2);
    assert!(status.reason.contains("database"), "{}", status.reason);
    assert_eq!(status.backlog.files, 1);
    assert!(!is_stored(&sandbox, 2));
    drop(other);
    wait_until("it goes on", || is_stored(&sandbox, 2));
    wait_until("all is well", || {
        matches!(honest(&sandbox, 2).state, State::Live | State::Idle)
    });
    watching.end().expect("a clean end");
    sandbox.assert_whole();
}

#[test]
fn a_pause_counts_what_is_written_and_outlives_the_engine() {
    let sandbox = home(3);
    let native = || Arc::new(Native);
    let watching = sandbox.watch_with(native());
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    sandbox.engine().pause(None).expect("paused");
    let line = talk("ada", 2..=2);
    sandbox.append(FILE, &line);
    let status = honest(&sandbox, 2);
    assert_eq!(status.state, State::Paused);
    assert_eq!(status.backlog.bytes, line.len() as u64, "still measured");
    watching.end().expect("a clean end");

    let watching = sandbox.watch_with(native());
    wait_until("it is paused again", || {
        sandbox.engine().status().state == State::Paused
    });
    sandbox.append(FILE, talk("ada", 3..=3));
    std::thread::sleep(Duration::from_millis(300));
    assert!(!is_stored(&sandbox, 3), "nothing is taken in");
    sandbox.engine().resume().expect("resumed");
    wait_until("what collected is taken in", || is_stored(&sandbox, 3));
    watching.end().expect("a clean end");
    sandbox.assert_whole();
}

#[test]
fn a_pause_ends_at_its_time() {
    let sandbox = home(1);
    let native = Arc::new(Native);
    let _watching = sandbox.watch_with(native);
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    let soon = jiff::Timestamp::now().as_millisecond() + 1500;
    sandbox.engine().pause(Some(soon)).expect("paused");
    sandbox.append(FILE, talk("ada", 2..=2));
    assert_eq!(honest(&sandbox, 2).state, State::Paused);
    wait_until("it goes on by itself", || is_stored(&sandbox, 2));
}

#[test]
fn a_rescan_has_seen_everything_when_it_answers() {
    let sandbox = home(3);
    let faulty = Faulty::new(Fault::OnlyProbe);
    let _watching = sandbox.watch_with(faulty);
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    sandbox.append(FILE, talk("ada", 2..=2));
    sandbox.engine().rescan().expect("done");
    assert!(is_stored(&sandbox, 2));
}

#[test]
fn a_subscriber_hears_of_changes_and_the_end() {
    use scrollback_engine::control::Answer;
    let sandbox = home(1);
    let native = Arc::new(Native);
    let watching = sandbox.watch_with(native);
    wait_until("it has caught up", || has_caught_up(&honest(&sandbox, 1)));
    let mut news = sandbox.engine().subscribe().expect("it listens");
    let first = news.next_answer().expect("read").expect("an answer");
    assert!(matches!(first, Answer::Status(_)), "{first:?}");
    sandbox.append(FILE, talk("ada", 2..=2));
    let event = loop {
        match news.next_answer().expect("read").expect("an answer") {
            Answer::Event(event) => break event,
            Answer::Health { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((event.kind.as_str(), event.messages), ("change", 1));
    watching.end().expect("a clean end");
    while news.next_answer().is_ok_and(|answer| answer.is_some()) {}
}
