//! `scrollback status` in every situation of an engine: up, hung, down, killed, refused by the
//! system; and what else is asked of a running engine. The real program, as a person runs it.

#![cfg(unix)]

mod support;

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::corpus::skipped;
use support::program::{Running, wait_until};
use support::records::{line, talk, turn};
use support::sandbox::Sandbox;

/// A home with one record, and a watch that has taken it in.
fn watching() -> (Sandbox, Running) {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let watch = sandbox.start_watch();
    wait_until("it is live", || status(&sandbox)["state"] == "live");
    (sandbox, watch)
}

fn status(sandbox: &Sandbox) -> Value {
    sandbox.run(&["status", "--json"]).json()
}

fn signal(running: &Running, signal: Signal) {
    let pid = i32::try_from(running.pid()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process id"), signal).expect("signalled");
}

#[test]
fn an_engine_that_is_up_answers_itself() {
    let (sandbox, watch) = watching();
    let answer = sandbox.run(&["status", "--json"]).assert_code(0).json();
    assert_eq!(answer["pid"], watch.pid());
    assert_eq!(answer["watcher"]["mode"], "native");
    assert_eq!(answer["watcher"]["roots"][0]["mode"], "native");
    assert_eq!(answer["watcher"]["active"], true);
    assert_eq!(answer["backlog"]["files"], 0);
    assert_eq!(answer["problems"], serde_json::json!([]));
    assert!(!answer["reason"].as_str().expect("a sentence").is_empty());
}

#[test]
fn an_engine_that_is_stopped_is_not_healthy_because_it_exists() {
    let (sandbox, watch) = watching();
    signal(&watch, Signal::STOP);
    let written = line(&turn("ada", 2));
    sandbox.append("garden/ada.jsonl", &written);
    let answer = sandbox.run(&["status", "--json"]).assert_code(2).json();
    assert_eq!(answer["state"], "stalled");
    assert_eq!(answer["pid"], watch.pid());
    assert_eq!(
        answer["backlog"]["bytes"],
        written.len(),
        "measured without it"
    );
    assert_eq!(answer["problems"][0]["code"], "not_answering");
    assert_eq!(sandbox.run(&["pause"]).code, Some(75), "nobody to ask");

    signal(&watch, Signal::CONT);
    wait_until("it has caught up", || {
        let answer = status(&sandbox);
        answer["state"] == "live" && answer["backlog"]["files"] == 0
    });
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}

#[test]
fn an_engine_that_is_down_is_said_to_be_and_what_it_misses() {
    let (sandbox, mut watch) = watching();
    watch.kill();
    let written = line(&turn("ada", 2));
    sandbox.append("garden/ada.jsonl", &written);
    let answer = sandbox.run(&["status", "--json"]).assert_code(3).json();
    assert_eq!(answer["state"], "stopped");
    assert_eq!(answer["pid"], Value::Null);
    assert_eq!(answer["watcher"]["active"], false);
    assert_eq!(answer["backlog"]["bytes"], written.len());
    for command in ["pause", "resume", "rescan"] {
        let answer = sandbox.run(&[command]).assert_code(3);
        assert!(answer.err.contains("scrollback watch"), "{answer:?}");
    }
    // The socket of the dead one is in nobody's way.
    let watch = sandbox.start_watch();
    wait_until("the next one answers", || {
        status(&sandbox)["state"] == "live"
    });
    assert_eq!(status(&sandbox)["pid"], watch.pid());
}

#[test]
fn a_status_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox.run(&["status"]).assert_code(3);
    assert!(!sandbox.data().path().exists());
}

#[test]
fn a_pause_is_shown_and_ends_when_asked() {
    let (sandbox, _watch) = watching();
    sandbox.run(&["pause", "1h"]).assert_code(0);
    let answer = sandbox.run(&["status", "--json"]).assert_code(0).json();
    assert_eq!(answer["state"], "paused");
    sandbox.append("garden/ada.jsonl", line(&turn("ada", 2)));
    assert_eq!(status(&sandbox)["backlog"]["files"], 1);
    sandbox.run(&["resume"]).assert_code(0);
    sandbox.run(&["rescan"]).assert_code(0);
    assert_eq!(status(&sandbox)["backlog"]["files"], 0);
    sandbox.run(&["pause", "soon"]).assert_code(64);
}

#[test]
fn events_are_followed_across_engines() {
    let (sandbox, watch) = watching();
    let mut command = sandbox.command(&["events", "--follow", "--json", "-n", "0"]);
    let out = tempfile::NamedTempFile::new().expect("a file");
    let child = command
        .stdout(out.reopen().expect("opened"))
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let follower = Running::of(child);
    let seen = || {
        let text = std::fs::read_to_string(out.path()).expect("read");
        text.lines().count()
    };
    // It begins to listen at a moment of its own.
    let mut number = 1;
    wait_until("it follows", || {
        number += 1;
        sandbox.append("garden/ada.jsonl", line(&turn("ada", number)));
        std::thread::sleep(std::time::Duration::from_millis(100));
        seen() > 0
    });
    let before = seen();
    assert_eq!(watch.terminate(), Some(0));
    let _next = sandbox.start_watch();
    sandbox.append("garden/ada.jsonl", line(&turn("ada", number + 1)));
    wait_until("it follows the next engine", || seen() > before);
    assert_eq!(follower.terminate(), Some(0));
}

/// The real limits of the system, lowered for one engine in a user namespace of its own.
fn limited(sandbox: &Sandbox, limit: &str, value: u32) -> Option<Running> {
    let script = format!("echo {value} > /proc/sys/user/{limit} && exec \"$0\" watch");
    let probe = std::process::Command::new("unshare")
        .args([
            "-Ur",
            "sh",
            "-c",
            &format!("echo {value} > /proc/sys/user/{limit}"),
        ])
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        skipped("limits of inotify", "no user namespace may be made here");
        return None;
    }
    let plain = sandbox.command(&[]);
    let mut command = std::process::Command::new("unshare");
    command
        .args(["-Ur", "sh", "-c", &script])
        .arg(plain.get_program());
    command.env_clear().env("PATH", std::env::var_os("PATH")?);
    for (name, value) in plain.get_envs() {
        command.env(name, value?);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Some(Running::of(command.spawn().expect("started")))
}

/// It works without the system's help, and says what would bring that back.
fn works_without(limit: &str, value: u32, code: &str) {
    let setting = format!("sudo sysctl user.{limit}=");
    let sandbox = Sandbox::new();
    for number in 0..12 {
        let session = format!("s{number}");
        sandbox.write(
            &format!("garden-{number}/{session}.jsonl"),
            talk(&session, 1..=1),
        );
    }
    let Some(_watch) = limited(&sandbox, limit, value) else {
        return;
    };
    wait_until("it says what is weaker", || {
        status(&sandbox)["state"] == "degraded"
    });
    let answer = sandbox.run(&["status", "--json"]).assert_code(1).json();
    assert_eq!(answer["watcher"]["mode"], "polling");
    assert_eq!(answer["problems"][0]["code"], code, "{answer}");
    let remedy = answer["problems"][0]["remedy"].as_str().expect("a remedy");
    assert!(
        remedy.contains(&setting),
        "the limit that is reached: {remedy}"
    );
    for number in 0..12 {
        let (name, session) = (
            format!("garden-{number}/s{number}.jsonl"),
            format!("s{number}"),
        );
        sandbox.append(&name, line(&turn(&session, 2)));
    }
    sandbox.write("later/new.jsonl", talk("new", 1..=1));
    wait_until("everything is found", || {
        status(&sandbox)["store"]["messages"] == 25
    });
}

#[test]
fn with_the_systems_watches_used_up_it_polls() {
    works_without("max_inotify_watches", 5, "inotify_limit");
}

#[test]
fn with_the_systems_watchers_used_up_it_polls() {
    works_without("max_inotify_instances", 0, "inotify_instances");
}
