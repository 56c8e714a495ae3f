//! Which files are read: regular ones called `*.jsonl`, and no link that leads outside what the user named. What
//! is followed, and what is said of the rest, is in `left_aside.rs`.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::stop::Stop;
use scrollback_engine::transcript::Source;
use support::records::{ids, talk};
use support::sandbox::Sandbox;

fn missing(sandbox: &Sandbox) -> i64 {
    sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL")
}

#[test]
fn a_pipe_or_a_folder_with_the_name_of_a_transcript_is_passed_over() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let pipe = sandbox.path("garden/pipe.jsonl");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a pipe");
    sandbox.write("garden/folder.jsonl/bob.jsonl", talk("bob", 1..=1));
    let report = sandbox.sync();
    assert_eq!((report.files, report.unreadable.len()), (2, 0));
    assert_eq!(sandbox.message_ids(), ["ada-1", "bob-1"]);
    sandbox.assert_whole();
}

#[test]
fn a_transcript_that_becomes_a_pipe_is_gone_and_nobody_waits_for_it() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox.sync();
    fs::remove_file(&path).expect("removed");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a pipe");
    sandbox.sync();
    assert_eq!(missing(&sandbox), 1);
}

#[test]
fn a_transcript_that_becomes_a_link_is_gone_and_the_link_not_followed() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox.sync();
    fs::remove_file(&path).expect("removed");
    let outside = sandbox.home().join("outside.jsonl");
    fs::write(&outside, talk("eve", 1..=1)).expect("written");
    symlink(&outside, &path).expect("linked");
    sandbox.sync();
    assert_eq!(missing(&sandbox), 1);
    assert_eq!(sandbox.message_ids(), ["ada-1"]);
}

#[test]
fn a_file_linked_from_outside_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let outside = sandbox.home().join("outside.jsonl");
    fs::write(&outside, talk("eve", 1..=1)).expect("written");
    symlink(&outside, sandbox.path("garden/eve.jsonl")).expect("linked");
    let report = sandbox.sync();
    assert_eq!(report.files, 1);
    assert_eq!(sandbox.message_ids(), ["ada-1"]);
    sandbox.assert_whole();
}

#[test]
fn a_linked_project_folder_is_followed_under_its_own_name() {
    let sandbox = Sandbox::new();
    let outside = sandbox.home().join("other-disk/garden");
    fs::create_dir_all(&outside).expect("made");
    fs::write(outside.join("ada.jsonl"), talk("ada", 1..=2)).expect("written");
    symlink(&outside, sandbox.path("garden")).expect("linked");
    let report = sandbox.sync();
    assert_eq!(report.files, 1);
    assert_eq!(
        sandbox.transcript_paths(),
        [sandbox.path("garden/ada.jsonl")]
    );
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));

    sandbox.append("garden/ada.jsonl", talk("ada", 3..=3));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    sandbox.assert_whole();
}

#[test]
fn a_link_that_leads_back_or_deep_down_outside_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    symlink(sandbox.projects(), sandbox.path("loop")).expect("linked");
    symlink(sandbox.claude(), sandbox.path("above")).expect("linked");
    symlink(sandbox.path("garden"), sandbox.path("again")).expect("linked");
    let outside = sandbox.home().join("other-disk");
    fs::create_dir_all(&outside).expect("made");
    fs::write(outside.join("eve.jsonl"), talk("eve", 1..=1)).expect("written");
    symlink(&outside, sandbox.path("garden/deeper")).expect("linked");
    let report = sandbox.sync();
    assert_eq!((report.files, report.unreadable.len()), (1, 0));
    assert_eq!(sandbox.message_ids(), ["ada-1"]);
    sandbox.assert_whole();
}

#[test]
fn a_folder_that_becomes_a_link_deep_down_takes_its_transcripts_out_of_sight() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/deeper/ada.jsonl", talk("ada", 1..=1));
    sandbox.sync();
    let outside = sandbox.home().join("other-disk");
    fs::create_dir_all(&outside).expect("made");
    fs::rename(sandbox.path("garden/deeper"), outside.join("deeper")).expect("moved");
    symlink(outside.join("deeper"), sandbox.path("garden/deeper")).expect("linked");
    fs::write(outside.join("deeper/ada.jsonl"), talk("ada", 1..=2)).expect("written");
    sandbox.sync();
    assert_eq!(missing(&sandbox), 1, "the link is not followed");
    assert_eq!(sandbox.message_ids(), ["ada-1"]);
}

#[test]
fn a_project_moved_aside_with_a_link_left_in_its_place() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox.sync();
    sandbox.rename("garden", "orchard");
    symlink(sandbox.path("orchard"), sandbox.path("garden")).expect("linked");
    sandbox.sync();
    assert_eq!(
        sandbox.transcript_paths(),
        [sandbox.path("orchard/ada.jsonl")],
        "it moved; the link leads back and is not followed"
    );
    assert_eq!(missing(&sandbox), 0);
    sandbox.assert_whole();
}

#[test]
fn one_folder_under_two_names_is_read_under_both_and_counts_once() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    let alias = sandbox.home().join("alias");
    symlink(sandbox.claude(), &alias).expect("linked");
    let source = |root: &std::path::Path| {
        let (agent, root) = ("claude-code".to_owned(), root.to_owned());
        std::sync::Arc::new(Source { agent, root })
    };
    let sources = vec![source(sandbox.claude()), source(&alias)];
    let engine = Engine::new(Config::new(sandbox.data().path(), sources));
    for expected in [2, 0] {
        let report = engine.sync(&Stop::default(), &mut |_| {}).expect("synced");
        assert_eq!((report.messages, report.messages_added), (2, expected));
        assert_eq!((report.files, report.gaps), (2, 0));
    }
    sandbox.assert_spans_tile();
}

#[test]
fn the_projects_folder_may_itself_be_a_link() {
    let sandbox = Sandbox::bare();
    let outside = sandbox.home().join("other-disk/projects");
    fs::create_dir_all(outside.join("garden")).expect("made");
    fs::create_dir_all(sandbox.claude()).expect("made");
    symlink(&outside, sandbox.projects()).expect("linked");
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    sandbox.assert_whole();
}

#[test]
fn files_of_other_names_are_not_read() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    for name in [
        "garden/eve.json",
        "garden/eve.jsonl.tmp",
        "garden/eve.jsonl~",
        "garden/#eve.jsonl#",
        "garden/.eve.jsonl",
        "garden/eve.jsonl.swp",
        "garden/memory/eve.jsonl",
        "garden/ada/tool-results/eve.jsonl",
        "garden/notes.md",
    ] {
        sandbox.write(name, talk("eve", 1..=1));
    }
    let report = sandbox.sync();
    assert_eq!(report.files, 1);
    assert_eq!(sandbox.message_ids(), ["ada-1"]);
}

#[test]
fn a_name_that_is_no_utf_8_is_read_like_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let folder = sandbox.projects().join("garden");
    fs::create_dir_all(&folder).expect("made");
    let path = folder.join(std::ffi::OsStr::from_bytes(b"gr\xfcn.jsonl"));
    fs::write(&path, talk("ada", 1..=2)).expect("written");
    let report = sandbox.sync();
    assert_eq!((report.files, report.gaps), (1, 0));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    assert_eq!(sandbox.transcript_paths(), [path]);
    assert_eq!(sandbox.sync().bytes_read, 0);
    assert!(sandbox.verify().gaps.is_empty());
}
