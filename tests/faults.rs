//! Calls to the system that fail: every kind, at every place of a sync, with every fault.
//!
//! `support/faults.c` is put under the real program and lets its n-th read (write, fsync …) of our
//! files or the agent's fail, be interrupted, be cut short, or be the moment of a kill -9, for n from
//! 1 on until a run ends without coming that far. Whatever happens, the program ends by itself, says
//! what is wrong, and a later run has everything, once.
//!
//! `SCROLLBACK_EVERY_FAULT=1` tries every n (minutes); otherwise one out of [`STRIDE`].

#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::process::Signal;
use serde_json::json;
use support::corpus::skipped;
use support::program::DOUBT;
use support::program::{HANG, Running, wait_until};
use support::records::{call, ids, lines, result, talk, word};
use support::sandbox::Sandbox;
use support::shim;
use support::writer::{Act, Agent, Step};

/// Of so many places in a row one is tried, another one with each kind of fault.
const STRIDE: usize = 13;
/// Schedules at a time. Each waits for a process most of its time.
const THREADS: usize = 3;

/// What is done to which call.
#[derive(Debug, Clone, Copy)]
struct Fault {
    kind: &'static str,
    act: &'static str,
    /// Not once, but from then on.
    is_lasting: bool,
    start: Start,
}

/// What the faulty run begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// No database.
    Nothing,
    /// A database, behind what agents did since.
    Behind,
}

/// Every fault a kind of call can have, with the calls it makes sense for.
fn faults() -> Vec<Fault> {
    let table: [(&str, &[&str]); 8] = [
        ("open", &["eio", "enospc", "eintr", "kill"]),
        ("read", &["eio", "eintr", "short", "kill"]),
        ("write", &["eio", "enospc", "eintr", "short", "kill"]),
        ("sync", &["eio", "enospc", "kill"]),
        ("truncate", &["eio", "eintr", "kill"]),
        ("unlink", &["eio", "kill"]),
        ("stat", &["eio", "kill"]),
        ("list", &["eio", "kill"]),
    ];
    let mut faults = Vec::new();
    for start in [Start::Nothing, Start::Behind] {
        for (kind, acts) in table {
            for act in acts {
                let mut add = |is_lasting| {
                    faults.push(Fault {
                        kind,
                        act,
                        is_lasting,
                        start,
                    });
                };
                add(false);
                if matches!(*act, "eio" | "enospc") {
                    add(true);
                }
            }
        }
    }
    faults
}

/// A small home that has a bit of everything; `start` says how much of it is known already.
fn home(start: Start) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=40));
    sandbox.write("garden/ada/subagents/agent-bee.jsonl", talk("bee", 1..=5));
    sandbox.write(
        "kitchen/eve.jsonl",
        format!(
            "{}{{\"cut\": off\n{}",
            talk("eve", 1..=3),
            talk("eve", 4..=6)
        ),
    );
    if start == Start::Behind {
        // Not in this process: its lock would live on in whatever another thread starts just now.
        sandbox.run(&["sync"]).assert_code(0);
        sandbox.append("garden/ada.jsonl", talk("ada", 41..=45));
        sandbox.replace("kitchen/eve.jsonl", talk("eve", 3..=9));
        sandbox.rename(
            "garden/ada/subagents/agent-bee.jsonl",
            "garden/ada/subagents/agent-hive.jsonl",
        );
    }
    let long = "a very long answer ".repeat(3000);
    sandbox.write(
        "kitchen/bob.jsonl",
        lines(&[
            call(
                "bob",
                "bob-1",
                "call-1",
                "Read",
                json!({"file_path": "/home/ada/x"}),
            ),
            result("bob", "bob-2", "call-1", &long),
        ]),
    );
    sandbox
}

/// All that is stored, but for what depends on the time and the place of the run.
fn picture(sandbox: &Sandbox) -> Vec<String> {
    let home = sandbox.home().display().to_string();
    let questions = [
        "SELECT json_array('message', id, session_id, parent_id, type, timestamp, user_text,
           assistant_text, model) FROM messages",
        "SELECT json_array('use', id, message_id, tool_name, parameters) FROM tool_uses",
        "SELECT json_array('result', id, tool_use_id, output, error) FROM tool_use_results",
        "SELECT json_array('session', id, title, message_count, parent_session_id, source_path)
           FROM sessions",
        "SELECT json_array('record', CAST(path AS TEXT), generation, r.offset, r.len, r.kind,
           (SELECT key FROM message m WHERE m.id = r.message_id))
           FROM record r JOIN cursor c ON c.id = r.cursor_id
           JOIN transcript t ON t.id = c.transcript_id",
        "SELECT json_array('reject', offset, len, reason) FROM reject",
    ];
    let mut rows: Vec<String> = questions
        .iter()
        .flat_map(|question| sandbox.ask::<String>(question))
        .map(|row| row.replace(&home, ""))
        .collect();
    rows.sort_unstable();
    rows
}

fn shim(test: &str) -> Option<PathBuf> {
    shim::compile(test, "faults.c")
}

impl Fault {
    /// `command` with this fault at its `nth` call below `folders`.
    fn put_under(
        &self,
        command: &mut Command,
        shim: &Path,
        nth: usize,
        folders: &[&Path],
        mark: &Path,
    ) {
        let folders: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        command
            .env("LD_PRELOAD", shim)
            .env("FAULTS_BELOW", folders.join(":"))
            .env("FAULTS_KIND", self.kind)
            .env("FAULTS_NTH", nth.to_string())
            .env("FAULTS_ACT", self.act)
            .env("FAULTS_REACHED", mark.join("reached"))
            .env("FAULTS_RELEASE", mark.join("release"));
        if self.is_lasting {
            command.env("FAULTS_LASTING", "1");
        }
    }
}

/// One run with a fault, and one without. False when the fault's place was not reached.
fn try_at(fault: Fault, nth: usize, shim: &Path, expected: &[String]) -> bool {
    let sandbox = home(fault.start);
    let mark = tempfile::tempdir().expect("a temporary folder");
    let mut command = sandbox.command(&["sync", "--json"]);
    let (data, agent) = (sandbox.data(), sandbox.claude().to_owned());
    fault.put_under(&mut command, shim, nth, &[data.path(), &agent], mark.path());
    let said = |name: &str| fs::read_to_string(mark.path().join(name)).expect("read");
    let into = |name: &str| fs::File::create(mark.path().join(name)).expect("made");
    command.stdout(into("out")).stderr(into("err"));
    let mut running = command.spawn().expect("started");
    let mut status = None;
    wait_until("the program ends by itself", || {
        status = running.try_wait().expect("waited");
        status.is_some()
    });
    let is_reached = mark.path().join("reached").exists();
    judge(
        fault,
        status.expect("ended"),
        &said("out"),
        &said("err"),
        &sandbox,
        expected,
    );

    sandbox.run(&["sync", "--json"]).assert_code(0);
    assert_same(&picture(&sandbox), expected);
    sandbox.assert_whole();
    sandbox.assert_sound();
    for (session, number) in [("ada", 40), ("eve", 6), ("bee", 5)] {
        let found = sandbox.search(&word(session, number));
        assert_eq!(found, [format!("{session}-{number}")], "found once");
    }
    is_reached
}

/// How the faulty run ended: killed when that was the fault, otherwise with a proper answer.
fn judge(
    fault: Fault,
    status: ExitStatus,
    out: &str,
    err: &str,
    sandbox: &Sandbox,
    expected: &[String],
) {
    let told = format!("{status}\nout: {out}\nerr: {err}");
    match status.code() {
        None => {
            assert_eq!((fault.act, status.signal()), ("kill", Some(9)), "{told}");
        }
        Some(0) => {
            // "Complete" is the truth, also under a fault.
            let report: serde_json::Value = serde_json::from_str(out).expect("a report");
            assert_eq!(report["gaps"], 0, "{told}");
            assert_same(&picture(sandbox), expected);
        }
        Some(1) => {
            let home = sandbox.home().display().to_string();
            let report = serde_json::from_str::<serde_json::Value>(out).unwrap_or_default();
            // `verify` says where gaps are.
            let has_gaps = report["gaps"].as_u64().is_some_and(|gaps| gaps > 0);
            let is_listed = out.contains("\"unreadable\":[[") && out.contains(&home);
            let is_explained = err.contains(&home) && err.contains('→');
            assert!(
                has_gaps || is_listed || is_explained,
                "it says where and what to do: {told}"
            );
        }
        Some(_) => panic!("{told}"),
    }
}

fn assert_same(found: &[String], expected: &[String]) {
    let lost: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let new: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "lost {lost:#?}, new {new:#?}"
    );
    assert_eq!(found.len(), expected.len(), "each row once");
}

#[test]
fn a_fault_at_any_call_loses_nothing_and_doubles_nothing() {
    let Some(shim) = shim("a fault at any call") else {
        return;
    };
    let undisturbed = |start| {
        let sandbox = home(start);
        sandbox.sync();
        picture(&sandbox)
    };
    let (first, later) = (undisturbed(Start::Nothing), undisturbed(Start::Behind));
    let stride = match std::env::var("SCROLLBACK_EVERY_FAULT") {
        Ok(_) => 1,
        Err(_) => STRIDE,
    };
    let faults = faults();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let (runs, reached) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(fault) = faults.get(index).copied() else {
                return;
            };
            let expected = match fault.start {
                Start::Nothing => &first,
                Start::Behind => &later,
            };
            // Every fault begins at another place, so that together they try them all.
            for nth in (1 + index % stride..).step_by(stride) {
                runs.fetch_add(1, Ordering::SeqCst);
                let tried = catch_unwind(AssertUnwindSafe(|| try_at(fault, nth, &shim, expected)));
                match tried {
                    Ok(false) => break,
                    Ok(true) => drop(reached.fetch_add(1, Ordering::SeqCst)),
                    Err(_) => failures.lock().expect("a list").push((fault, nth)),
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let (runs, reached) = (runs.into_inner(), reached.into_inner());
    eprintln!("{runs} runs, {reached} reached their fault");
    let failures = failures.into_inner().expect("a list");
    assert!(
        failures.is_empty(),
        "{} failed: {failures:#?}",
        failures.len()
    );
    assert!(reached > faults.len(), "the faults were reached");
}

/// A watch that tells what stands in its way to `errors`.
fn watch(sandbox: &Sandbox, errors: &Path, change: impl FnOnce(&mut Command)) -> Running {
    let mut command = sandbox.command(&["watch", "--json", "-vv"]);
    let errors = fs::File::create(errors).expect("made");
    command.stdout(Stdio::null()).stderr(errors);
    change(&mut command);
    Running::of(command.spawn().expect("started"))
}

#[track_caller]
fn wait_for(sandbox: &Sandbox, id: &str) {
    let is_stored = || {
        let database = sandbox.data().database();
        let stored = rusqlite::Connection::open(database)?;
        stored.query_row("SELECT count(*) FROM messages WHERE id = ?1", [id], |row| {
            row.get::<_, i64>(0)
        })
    };
    wait_until(&format!("{id} is stored"), || {
        is_stored().is_ok_and(|count| count == 1)
    });
}

#[test]
fn a_read_that_never_returns_keeps_nothing_else_waiting() {
    let Some(shim) = shim("a read that hangs") else {
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    let mark = tempfile::tempdir().expect("a temporary folder");
    let hang = Fault {
        kind: "read",
        act: "hang",
        is_lasting: false,
        start: Start::Nothing,
    };
    let watch = watch(&sandbox, &mark.path().join("err"), |command| {
        let ada = sandbox.path("garden/ada.jsonl");
        hang.put_under(command, &shim, 1, &[&ada], mark.path());
    });
    wait_until("it hangs", || mark.path().join("reached").exists());
    sandbox.write("garden/eve.jsonl", talk("eve", 1..=3));
    wait_for(&sandbox, "eve-3");
    assert_eq!(sandbox.message_ids(), ids("eve", 1..=3));
    sandbox.run(&["status"]);

    fs::write(mark.path().join("release"), "").expect("released");
    wait_for(&sandbox, "ada-3");
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn a_stage_that_hangs_is_named_restarted_once_and_ends_the_process() {
    let Some(shim) = shim("a stage that hangs") else {
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    let mark = tempfile::tempdir().expect("a temporary folder");
    // Whoever reads the file never comes back: the workers one after the other, and who measures.
    let hang = Fault {
        kind: "read",
        act: "hang",
        is_lasting: true,
        start: Start::Nothing,
    };
    let watch = watch(&sandbox, &mark.path().join("err"), |command| {
        let ada = sandbox.path("garden/ada.jsonl");
        hang.put_under(command, &shim, 1, &[&ada], mark.path());
    });
    let status = || sandbox.run(&["status", "--json"]).json();
    wait_until("it is named", || {
        let status = status();
        let reason = status["reason"].as_str().expect("a reason");
        assert!(
            !matches!(status["state"].as_str(), Some("idle" | "live")),
            "{status}"
        );
        status["state"] == "stalled" && reason.contains("ada.jsonl")
    });
    // The rest goes on.
    sandbox.write("garden/eve.jsonl", talk("eve", 1..=3));
    wait_for(&sandbox, "eve-3");

    assert_eq!(
        watch.code_within(4 * HANG),
        Some(75),
        "another process is to take over"
    );
    fs::write(mark.path().join("release"), "").expect("released");
    sandbox.sync();
    sandbox.assert_whole();
}

#[test]
fn a_file_that_cannot_be_read_for_a_while_is_tried_again() {
    let Some(shim) = shim("a file that cannot be read") else {
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.sync();
    // Its ends are compared before anything new is read.
    sandbox.append("garden/ada.jsonl", talk("ada", 4..=5));
    let mark = tempfile::tempdir().expect("a temporary folder");
    let failing = Fault {
        kind: "read",
        act: "eio",
        is_lasting: false,
        start: Start::Behind,
    };
    let mut watch = watch(&sandbox, &mark.path().join("err"), |command| {
        let ada = sandbox.path("garden/ada.jsonl");
        failing.put_under(command, &shim, 1, &[&ada], mark.path());
    });
    wait_until("it fails", || mark.path().join("reached").exists());
    wait_for(&sandbox, "ada-5");
    assert!(watch.is_alive());
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn a_renamed_file_that_cannot_be_read_is_not_taken_for_a_new_one() {
    let Some(shim) = shim("a renamed file") else {
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.run(&["sync"]).assert_code(0);
    sandbox.rename("garden/ada.jsonl", "garden/eve.jsonl");
    let to = sandbox.path("garden/eve.jsonl");
    let mark = tempfile::tempdir().expect("a temporary folder");
    let failing = Fault {
        kind: "read",
        act: "eio",
        is_lasting: false,
        start: Start::Behind,
    };
    let mut command = sandbox.command(&["sync"]);
    failing.put_under(&mut command, &shim, 1, &[&to], mark.path());
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(mark.path().join("reached").exists(), "{output:?}");

    sandbox.run(&["sync"]).assert_code(0);
    assert_eq!(
        sandbox.transcript_paths(),
        [to],
        "the name is another, the transcript is not"
    );
    sandbox.assert_whole();
}

/// A small disk of its own for a data folder; taken away with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, said aloud, where mounting is not allowed.
    fn mount(at: &Path, test: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m,mode=700", "none"])
            .arg(at)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                skipped(test, String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                skipped(test, &format!("no mount: {error}"));
                None
            }
        }
    }

    /// Fills it but for so many bytes; the file to remove.
    fn fill(&self, left: u64) -> PathBuf {
        let ballast = self.0.join("ballast");
        let mut file = fs::File::create(&ballast).expect("made");
        for size in [1 << 20, 1 << 10, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
        let full = file.metadata().expect("its length").len();
        file.set_len(full.saturating_sub(left)).expect("cut off");
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whatever still has a file open there ends with the test.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() {
    let sandbox = Sandbox::new();
    let Some(disk) = SmallDisk::mount(sandbox.data().path(), "a full disk") else {
        return;
    };
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    let mark = tempfile::tempdir().expect("a temporary folder");
    let errors = mark.path().join("err");
    let mut watch = watch(&sandbox, &errors, |_| {});
    wait_for(&sandbox, "ada-3");
    // With no room at all the rows do not fit, with some the words index does not.
    for round in 0..16 {
        let (from, to) = (4 + round * 200, 203 + round * 200);
        let ballast = disk.fill(u64::from(round % 8) * 40_000);
        let had = fs::read_to_string(&errors).expect("read").len();
        sandbox.append("garden/ada.jsonl", talk("ada", from..=to));
        let is_found = || !sandbox.search(&word("ada", to)).is_empty();
        wait_until("it finds the disk full, or room enough", || {
            let said = fs::read_to_string(&errors).expect("read");
            said[had..].contains(", waiting") || is_found()
        });
        sandbox.assert_spans_tile();

        fs::remove_file(ballast).expect("removed");
        wait_for(&sandbox, &format!("ada-{to}"));
        wait_until("it is found", is_found);
    }
    let said = fs::read_to_string(&errors).expect("read");
    assert!(said.contains("full"), "the disk was full: {said}");
    assert!(watch.is_alive(), "{said}");
    assert_eq!(watch.terminate(), Some(0));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3203));
    sandbox.assert_whole();
    sandbox.assert_sound();
    drop(disk);
}

#[test]
fn a_program_stopped_for_a_while_catches_up() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("garden");
    let mut agent = Agent::new("ada", &folder, 4);
    let mark = tempfile::tempdir().expect("a temporary folder");
    let watch = watch(&sandbox, &mark.path().join("err"), |_| {});
    let mut rng = fastrand::Rng::new();
    let first = |act| Step { file: 0, act };
    for round in 0..4 {
        agent.take(&first(Act::Append(3)));
        watch.signal(Signal::STOP);
        // The same file and longer than before, but other words: only its content says so.
        agent.take(&first(Act::Truncate(0)));
        for _ in 0..8 {
            agent.take(&first(Act::Append(4)));
        }
        for _ in 0..60 {
            agent.take(&Step::random(&mut rng, 4));
        }
        let late = format!("late-{round}");
        sandbox.write(
            &format!("kitchen-{round}/deep/{late}.jsonl"),
            talk(&late, 1..=2),
        );
        watch.signal(Signal::CONT);
        wait_for(&sandbox, &format!("{late}-2"));
    }
    assert_eq!(watch.terminate(), Some(0));
    std::thread::sleep(DOUBT);
    sandbox.sync();
    let stored: BTreeSet<String> = sandbox.message_ids().into_iter().collect();
    let lost: Vec<_> = agent.standing().difference(&stored).cloned().collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    sandbox.assert_whole();
    sandbox.assert_sound();
}
