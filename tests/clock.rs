//! The clock on the wall is for people: set back by an hour while a watch runs, it makes nothing late,
//! lost or stalled.

#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::process::Stdio;

use support::program::{Running, wait_until};
use support::records::{line, talk, turn};
use support::sandbox::Sandbox;
use support::shim;

#[test]
fn a_clock_set_back_makes_nothing_late_or_lost() {
    let Some(shim) = shim::compile("a clock set back", "clock.c") else {
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let back = sandbox.home().join("back");
    let mut command = sandbox.command(&["watch", "--json"]);
    command.env("LD_PRELOAD", shim).env("CLOCK_BACK", &back);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let watch = Running::of(command.spawn().expect("started"));
    let status = || sandbox.run(&["status", "--json"]).json();
    let is_up_to = |messages: u64| {
        let status = status();
        assert_ne!(status["state"], "stalled", "{status}");
        status["store"]["messages"] == messages && status["state"] == "live"
    };
    wait_until("it is live", || is_up_to(1));

    fs::write(&back, "").expect("set back");
    for number in 2..=5 {
        sandbox.append("garden/ada.jsonl", line(&turn("ada", number)));
        wait_until("what is written is found", || is_up_to(number.into()));
    }
    let events = sandbox
        .run(&["events", "--json", "-n", "1"])
        .assert_code(0)
        .json();
    // Grown an hour from now: that says nothing about how long it took.
    assert_eq!(events[0]["latency_ms"], serde_json::Value::Null, "{events}");

    fs::remove_file(&back).expect("set right");
    for number in 6..=9 {
        sandbox.append("garden/ada.jsonl", line(&turn("ada", number)));
        wait_until("what is written is found", || is_up_to(number.into()));
    }
    let lag = status()["backlog"]["lag_s"].as_f64().expect("a lag");
    assert!(lag.abs() < f64::EPSILON, "{lag}");
    assert_eq!(watch.terminate(), Some(0));
    sandbox.assert_whole();
}
