//! Files and folders we may not read or write. Root may everything, so under root the program runs
//! as somebody else.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::program::Answer;
use support::records::{ids, talk};
use support::sandbox::Sandbox;

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Answer {
    sandbox.run_unprivileged(arguments)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

#[test]
fn an_unreadable_file_is_named_and_the_rest_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    let secret = sandbox.write("garden/eve.jsonl", talk("eve", 1..=2));
    set_mode(&secret, 0o000);
    let answer = run(&sandbox, &["sync"]).assert_code(1);
    let said = format!("{}{}", answer.out, answer.err);
    assert!(said.contains("eve.jsonl"), "{said}");
    assert!(!said.contains("ada.jsonl"), "{said}");
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));

    let answer = run(&sandbox, &["verify"]).assert_code(1);
    assert!(answer.out.contains("eve.jsonl"), "{answer:?}");

    set_mode(&secret, 0o600);
    run(&sandbox, &["sync"]).assert_code(0);
    assert_eq!(sandbox.message_ids().len(), 4, "it was tried again");
}

#[test]
fn an_unreadable_folder_is_named_and_nothing_in_it_counts_as_gone() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    sandbox.write("locked/eve.jsonl", talk("eve", 1..=2));
    run(&sandbox, &["sync"]).assert_code(0);
    set_mode(&sandbox.path("locked"), 0o000);
    sandbox.append("garden/ada.jsonl", talk("ada", 3..=3));
    let answer = run(&sandbox, &["sync"]).assert_code(1);
    let said = format!("{}{}", answer.out, answer.err);
    assert!(said.contains("locked"), "{said}");
    assert_eq!(sandbox.message_ids().len(), 5, "the rest goes on");
    let missing: i64 =
        sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL");
    assert_eq!(missing, 0, "what cannot be seen may still be there");
    set_mode(&sandbox.path("locked"), 0o700);
    run(&sandbox, &["sync"]).assert_code(0);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_said() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    run(&sandbox, &["sync"]).assert_code(0);
    sandbox.append("garden/ada.jsonl", talk("ada", 3..=3));
    let before = sandbox.data_files();
    for path in before.keys().chain([&sandbox.data().lock()]) {
        set_mode(path, 0o400);
    }
    set_mode(&sandbox.data().index_dir(), 0o500);
    set_mode(sandbox.data().path(), 0o500);
    let answer = run(&sandbox, &["sync"]).assert_code(1);
    let folder = sandbox.data().path().display().to_string();
    assert!(answer.err.contains(&folder), "{answer:?}");
    assert!(answer.err.lines().count() <= 2, "{answer:?}");
    assert!(sandbox.data_files() == before, "nothing was changed");
    set_mode(sandbox.data().path(), 0o700);
    set_mode(&sandbox.data().index_dir(), 0o700);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_said() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    fs::write(sandbox.data().path(), "a file is in the way").expect("written");
    let answer = run(&sandbox, &["sync"]).assert_code(1);
    assert!(answer.err.contains("--data-dir"), "{answer:?}");
    let content = fs::read_to_string(sandbox.data().path()).expect("read");
    assert_eq!(content, "a file is in the way");
}
