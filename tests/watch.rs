//! `scrollback watch`, left running: what is written is searchable soon, wherever it appears; a stop
//! is clean; a second engine is refused. Nothing here measures speed.

#![cfg(unix)]

mod support;

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::program::{HANG, Running, wait_until};
use support::records::{ids, talk, word};
use support::sandbox::Sandbox;

/// A watch that has caught up with the first record of `ada`.
fn watching() -> (Sandbox, Running) {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let watch = sandbox.start_watch();
    wait_for(&sandbox, "ada", 1);
    (sandbox, watch)
}

/// Whether a search finds this record of a talk.
fn finds(sandbox: &Sandbox, session: &str, number: u32) -> bool {
    let best = scrollback_engine::model::Sort::Best;
    let found = sandbox.engine().search(&word(session, number), 5, best);
    let id = format!("{session}-{number}");
    found.is_ok_and(|found| found.hits.iter().any(|hit| hit.message_id == id))
}

#[track_caller]
fn wait_for(sandbox: &Sandbox, session: &str, number: u32) {
    let what = format!("{session}-{number} is found");
    wait_until(&what, || finds(sandbox, session, number));
}

fn missing(sandbox: &Sandbox) -> i64 {
    sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL")
}

#[test]
fn an_append_is_searchable_soon() {
    let (sandbox, watch) = watching();
    for number in 2..=6 {
        sandbox.append("garden/ada.jsonl", talk("ada", number..=number));
        wait_for(&sandbox, "ada", number);
    }
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn files_written_right_after_their_folders_are_found() {
    let (sandbox, watch) = watching();
    for number in 1..=20 {
        let project = format!("new-{number}");
        sandbox.write(
            &format!("{project}/s{number}.jsonl"),
            talk(&format!("s{number}"), 1..=1),
        );
        sandbox.write(
            &format!("{project}/s{number}/subagents/workflows/wf-1/agent-a{number}.jsonl"),
            talk(&format!("a{number}"), 1..=1),
        );
    }
    for number in 1..=20 {
        wait_for(&sandbox, &format!("s{number}"), 1);
        wait_for(&sandbox, &format!("a{number}"), 1);
    }
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn a_folder_moved_in_from_elsewhere_is_read() {
    let (sandbox, _watch) = watching();
    let elsewhere = sandbox.home().join("elsewhere/deep");
    fs::create_dir_all(&elsewhere).expect("made");
    fs::write(elsewhere.join("eve.jsonl"), talk("eve", 1..=2)).expect("written");
    fs::rename(sandbox.home().join("elsewhere"), sandbox.path("moved")).expect("moved");
    wait_for(&sandbox, "eve", 2);
    sandbox.append("moved/deep/eve.jsonl", talk("eve", 3..=3));
    wait_for(&sandbox, "eve", 3);
}

#[test]
fn a_watch_without_claude_code_waits_for_it() {
    let sandbox = Sandbox::bare();
    let mut watch = sandbox.start_watch();
    wait_until("it runs", || sandbox.run(&["status"]).code != Some(3));
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    wait_for(&sandbox, "ada", 2);
    sandbox.append("garden/ada.jsonl", talk("ada", 3..=3));
    wait_for(&sandbox, "ada", 3);
    assert!(watch.is_alive());
    assert_eq!(watch.terminate(), Some(0));
}

#[test]
fn a_sync_without_claude_code_says_where_it_looked() {
    let sandbox = Sandbox::bare();
    let answer = sandbox.run(&["sync"]).assert_code(1);
    let looked = sandbox.projects();
    assert!(
        answer.err.contains(looked.to_str().expect("UTF-8")),
        "{answer:?}"
    );
}

#[test]
fn a_sync_ends_although_an_agent_keeps_writing() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=100));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 101.. {
                sandbox.append("garden/ada.jsonl", talk("ada", number..=number));
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                // Faster than any agent, and slower than we read.
                thread::sleep(Duration::from_millis(1));
            }
        });
        let mut command = sandbox.command(&["sync"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut sync = Running::of(command.spawn().expect("started"));
        let started = Instant::now();
        while sync.is_alive() && started.elapsed() < HANG {
            thread::sleep(Duration::from_millis(10));
        }
        is_over.store(true, Ordering::SeqCst);
        assert!(!sync.is_alive(), "the sync ends");
    });
    sandbox.run(&["sync"]).assert_code(0);
    sandbox.assert_whole();
}

#[test]
fn a_rename_is_followed() {
    let (sandbox, watch) = watching();
    sandbox.rename("garden/ada.jsonl", "garden/eve.jsonl");
    let to = sandbox.path("garden/eve.jsonl");
    wait_until("the transcript has its new name", || {
        sandbox.transcript_paths() == [to.clone()]
    });
    sandbox.append("garden/eve.jsonl", talk("ada", 2..=2));
    wait_for(&sandbox, "ada", 2);
    assert_eq!(missing(&sandbox), 0);
    assert_eq!(watch.terminate(), Some(0));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    sandbox.assert_whole();
}

#[test]
fn an_unlink_is_noted_and_so_is_the_return() {
    let (sandbox, watch) = watching();
    for _ in 0..2 {
        sandbox.remove("garden/ada.jsonl");
        wait_until("it is missing", || missing(&sandbox) == 1);
        // The very same bytes: nothing is new but that it is back.
        sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
        wait_until("it is back", || missing(&sandbox) == 0);
    }
    sandbox.append("garden/ada.jsonl", talk("ada", 2..=2));
    wait_for(&sandbox, "ada", 2);
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn a_rewrite_is_read_and_what_stood_before_is_kept() {
    let (sandbox, watch) = watching();
    sandbox.write("garden/ada.jsonl", talk("eve", 1..=3));
    wait_for(&sandbox, "eve", 3);
    sandbox.replace("garden/ada.jsonl", talk("bob", 1..=3));
    wait_for(&sandbox, "bob", 3);
    assert_eq!(watch.terminate(), Some(0));
    assert_eq!(sandbox.message_ids().len(), 7);
    sandbox.assert_whole();
}

#[test]
fn a_stop_in_the_middle_of_much_work_is_clean() {
    let sandbox = Sandbox::new();
    for file in 0..20 {
        let session = format!("s{file}");
        sandbox.write(&format!("garden/{session}.jsonl"), talk(&session, 1..=2000));
    }
    let watch = sandbox.start_watch();
    wait_until("it has begun", || {
        sandbox.data().database().exists() && sandbox.engine().status().store.messages > 0
    });
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_spans_tile();
    sandbox.assert_sound();

    let report = sandbox.run(&["sync", "--json"]).assert_code(0).json();
    assert_eq!(report["messages"], 40_000);
    sandbox.assert_whole();
}

#[test]
fn a_second_engine_is_refused_and_told_who_runs() {
    let (sandbox, watch) = watching();
    for command in ["sync", "watch"] {
        let answer = sandbox.run(&[command]).assert_code(1);
        let pid = watch.pid().to_string();
        assert!(answer.err.contains(&pid), "{command}: {answer:?}");
    }
    let status = sandbox.run(&["status", "--json"]).assert_code(0).json();
    assert_eq!(status["pid"], watch.pid());
    assert_eq!(watch.terminate(), Some(0));
    sandbox.run(&["status"]).assert_code(3);
    sandbox.run(&["sync"]).assert_code(0);
}

#[test]
fn an_engine_that_was_killed_leaves_no_lock_behind() {
    let (sandbox, mut watch) = watching();
    watch.kill();
    sandbox.run(&["status"]).assert_code(3);
    sandbox.append("garden/ada.jsonl", talk("ada", 2..=2));
    sandbox.run(&["sync"]).assert_code(0);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    sandbox.assert_whole();
}

/// What stands behind the last newline and is no record is left to its writer for a moment, and kept then,
/// also when nothing happens to the file any more.
#[test]
fn a_torn_tail_is_kept_once_its_file_rests() {
    let (sandbox, watch) = watching();
    let torn = r#"{"type":"user","sessionId":"ada","message":{"content":"half a quince"#;
    let alone = torn.replace("quince", "medlar");
    sandbox.append("garden/ada.jsonl", torn);
    let path = sandbox.write("garden/bob.jsonl", &alone);
    for word in ["quince", "medlar"] {
        wait_until(word, || sandbox.search(word).len() == 1);
    }
    assert_eq!(watch.terminate(), Some(0));
    sandbox.remove("garden/bob.jsonl");
    sandbox.sync();
    assert_eq!(sandbox.export(&path), alone.as_bytes());
    assert!(sandbox.verify().gaps.is_empty());
}

/// Whoever removes the lock of a running engine gets no second one beside it, and no false word.
#[test]
fn an_engine_whose_lock_was_removed_is_still_the_one() {
    let (sandbox, watch) = watching();
    fs::remove_file(sandbox.data().lock()).expect("removed");
    wait_until("it has the lock again", || {
        let status = sandbox.engine().status();
        status.pid == Some(watch.pid())
    });
    let second = sandbox.run(&["sync"]);
    assert_ne!(second.code, Some(0), "{}", second.err);
    assert!(second.err.contains("already syncing"), "{}", second.err);
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

/// An engine does not go on writing into a folder that was moved away.
#[test]
fn an_engine_whose_data_folder_was_moved_ends_and_says_so() {
    let (sandbox, watch) = watching();
    let moved = sandbox.home().join("moved");
    fs::rename(sandbox.data().path(), &moved).expect("moved");
    assert_eq!(watch.code_within(HANG), Some(1));
    assert!(!sandbox.data().database().exists(), "nothing is made anew");
    fs::rename(&moved, sandbox.data().path()).expect("put back");
    sandbox.append("garden/ada.jsonl", talk("ada", 2..=2));
    sandbox.sync();
    assert!(finds(&sandbox, "ada", 2));
    sandbox.assert_whole();
}

/// A line that grows for a while: what is there already is not read again at every step.
#[test]
#[cfg(target_os = "linux")]
fn a_long_line_that_grows_in_steps_is_read_a_few_times() {
    const STEP: usize = 512 << 10;
    const STEPS: usize = 80;
    let (sandbox, watch) = watching();
    let read = || -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", watch.pid())).expect("counted");
        let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
        line.expect("a figure").parse().expect("a number")
    };
    let before = read();
    let line = talk("ada", 2..=2).replace(&word("ada", 2), &"pear ".repeat(STEP * STEPS / 5));
    let line = line.trim_end().as_bytes();
    for part in line.chunks(line.len() / STEPS + 1) {
        sandbox.append("garden/ada.jsonl", part);
        thread::sleep(Duration::from_millis(60));
    }
    sandbox.append("garden/ada.jsonl", "\n");
    wait_until("it is found", || {
        sandbox.ask_one::<i64>("SELECT count(*) FROM messages WHERE id = 'ada-2'") == 1
    });
    let times = (read() - before) as f64 / line.len() as f64;
    assert!(times < 12.0, "read {times} times");
    // One that grows beyond what is held is one line that cannot be read.
    for _ in 0..150 {
        sandbox.append("garden/ada.jsonl", vec![b'x'; STEP]);
        thread::sleep(Duration::from_millis(20));
    }
    sandbox.append("garden/ada.jsonl", "\n");
    sandbox.append("garden/ada.jsonl", talk("ada", 3..=3));
    wait_for(&sandbox, "ada", 3);
    let status = sandbox.run(&["status", "--json"]).json();
    assert_eq!(status["store"]["rejects"], 1, "{status}");
    let reason = status["reason"].as_str().expect("words");
    assert!(reason.contains("1 new line could not be read"), "{reason}");
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}
