//! What is kept is shown, and given back: bytes without their newline, exports, and the proof of it.

mod support;

use std::fs;

use rusqlite::Connection;
use serde_json::json;
use support::records::{answer, at, call, line, lines, prompt, result};
use support::sandbox::Sandbox;
use support::views::{assert_same, views};

const FILE: &str = "garden/ada.jsonl";

fn three() -> String {
    lines(&[
        at(prompt("ada", "ada-1", "one hornbeam"), 1),
        at(answer("ada", "ada-2", "two larches"), 2),
        at(prompt("ada", "ada-3", "three rowans"), 3),
    ])
}

/// What stands behind the last newline for good.
#[test]
fn a_torn_tail_is_kept_found_and_given_back_also_when_its_file_goes() {
    let torn =
        r#"{"type":"user","sessionId":"ada","message":{"role":"user","content":"the torn rhubarb"#;
    let with_nuls = format!("{torn}{}", "\0".repeat(300));
    for tail in [
        torn,
        with_nuls.as_str(),
        "[1, \"rhubarb\"]",
        "plain rhubarb",
    ] {
        let sandbox = Sandbox::new();
        let content = format!("{}{tail}", three());
        let path = sandbox.write(FILE, &content);
        sandbox.sync();
        assert_eq!(sandbox.search("rhubarb").len(), 1, "{tail:?}");
        assert_eq!(sandbox.message_ids().len(), 3);
        sandbox.remove(FILE);
        sandbox.sync();
        assert_eq!(sandbox.export(&path), content.as_bytes(), "{tail:?}");
        assert_eq!(sandbox.search("rhubarb").len(), 1, "{tail:?}");
        assert!(sandbox.verify().gaps.is_empty());
    }
}

#[test]
fn files_without_any_newline_are_read() {
    for (content, word) in [
        (
            "[{\"type\":\"user\",\"message\":{\"content\":\"an array of quinces\"}}]",
            "quinces",
        ),
        (
            "{\"type\":\"x\",\"note\":\"first\"}\r{\"type\":\"x\",\"note\":\"medlars\"}\r",
            "medlars",
        ),
    ] {
        let sandbox = Sandbox::new();
        let path = sandbox.write(FILE, content);
        sandbox.sync();
        assert_eq!(sandbox.search(word).len(), 1, "{content:?}");
        assert_eq!(sandbox.export(&path), content.as_bytes());
    }
}

#[test]
fn a_tail_that_goes_on_becomes_its_line_and_one_that_is_replaced_is_kept() {
    let sandbox = Sandbox::new();
    let fourth = line(&at(prompt("ada", "ada-4", "four medlars"), 4));
    let (begun, rest) = fourth.split_at(fourth.len() - 12);
    sandbox.write(FILE, format!("{}{begun}", three()));
    sandbox.sync();
    assert_eq!(sandbox.search("medlars").len(), 1, "as what was cut off");
    sandbox.append(FILE, rest);
    sandbox.sync();
    assert_eq!(sandbox.search("medlars"), ["ada-4"], "as what it is");

    sandbox.append(FILE, "{\"note\":\"a lost quince");
    sandbox.sync();
    sandbox.truncate(FILE, three().len() + fourth.len());
    sandbox.append(FILE, line(&at(prompt("ada", "ada-5", "five figs"), 5)));
    sandbox.sync();
    assert_eq!(sandbox.search("figs"), ["ada-5"]);
    assert_eq!(
        sandbox.search("quince").len(),
        1,
        "what stood there is kept"
    );
    sandbox.assert_whole();
}

/// Half of a conversation in each of two files, as a file synchroniser leaves it.
#[test]
fn a_session_in_several_files_is_exported_record_by_record() {
    let sandbox = Sandbox::new();
    let all = three();
    let (first, _) = all.split_at(all.find("ada-3").expect("the third") - 1);
    let first = &first[..first.rfind('\n').expect("a line") + 1];
    let fourth = at(prompt("ada", "ada-4", "four medlars"), 4);
    sandbox.write(
        "garden/ada.sync-conflict-1.jsonl",
        format!("{first}{fourth}"),
    );
    sandbox.write(FILE, &all);
    // Another session's records stand between its own.
    let bob = at(prompt("bob", "bob-1", "not hers"), 5);
    let fifth = at(prompt("ada", "ada-5", "five figs"), 6);
    sandbox.write("garden/bob.jsonl", lines(&[bob, fifth.clone()]));
    sandbox.sync();
    let mut out = Vec::new();
    sandbox
        .engine()
        .export_jsonl("ada", &mut out)
        .expect("exported");
    let exported = String::from_utf8(out).expect("text");
    assert!(exported.ends_with('\n'));
    let mut ids: Vec<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"))
        .map(|record| record["uuid"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    assert_eq!(ids, ["ada-1", "ada-2", "ada-3", "ada-4", "ada-5"]);
    let appended = [fourth.to_string(), fifth.to_string()];
    for line in exported.lines() {
        assert!(all.contains(line) || appended.iter().any(|kept| kept == line));
    }
}

#[test]
fn an_export_taken_in_again_says_the_same() {
    let sandbox = Sandbox::new();
    let all = [
        at(prompt("ada", "ada-1", "one"), 1),
        at(
            call("ada", "ada-2", "Bash:0", "Bash", json!({"command": "ls"})),
            2,
        ),
        at(result("ada", "ada-3", "Bash:0", "seeds"), 3),
        at(prompt("ada", "ada-1", "one, in other words"), 4),
        json!({"type": "custom-title", "customTitle": "Seeds", "sessionId": "ada"}),
        json!({"type": "mode", "mode": "normal", "sessionId": "ada"}),
        json!({"type": "mode", "mode": "normal", "sessionId": "ada"}),
    ];
    let content = lines(&all);
    sandbox.write(FILE, content.trim_end());
    sandbox.sync();
    let mut out = Vec::new();
    sandbox
        .engine()
        .export_jsonl("ada", &mut out)
        .expect("exported");
    assert_eq!(String::from_utf8(out.clone()).expect("text"), content);
    let again = Sandbox::new();
    again.write(FILE, &out);
    again.sync();
    assert_same(&views(&sandbox), &views(&again), "taken in again");
}

#[test]
fn the_files_of_a_session_are_given_back_with_what_they_were() {
    let sandbox = Sandbox::new();
    sandbox.write(FILE, three());
    let subagent = "garden/ada/subagents/agent-a1.jsonl";
    let task = line(&at(prompt("ada", "t1", "look"), 1));
    sandbox.write(subagent, &task);
    sandbox.sync();
    let rewritten = line(&at(prompt("ada", "ada-9", "all new"), 9));
    sandbox.write(FILE, &rewritten);
    sandbox.sync();
    let to = sandbox.home().join("files");
    let files = sandbox
        .engine()
        .export_transcripts("ada", &to)
        .expect("written");
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(
        fs::read_to_string(to.join("ada.jsonl")).expect("read"),
        rewritten
    );
    assert_eq!(
        fs::read_to_string(to.join("ada.jsonl.earlier-1")).expect("read"),
        three()
    );
    let again = sandbox.engine().export_transcripts("ada", &to);
    assert!(again.is_err(), "what exists is left as it is");
    let files = sandbox
        .engine()
        .export_transcripts("a1", &sandbox.home().join("others"))
        .expect("written");
    assert_eq!(files.len(), 1);
}

/// Each way of hiding something is found.
#[test]
fn what_is_hidden_is_a_gap() {
    for (how, hide) in [
        ("a message", "DELETE FROM message WHERE key = 'ada-1'"),
        (
            "another's words",
            "UPDATE message SET user_text = 'all tests pass' WHERE key = 'ada-1'",
        ),
        ("a call", "DELETE FROM tool_use WHERE name = 'Bash'"),
        ("an answer", "UPDATE tool_result SET output = 'fine'"),
        (
            "its session",
            "UPDATE message SET session_id = (SELECT id FROM session WHERE key = 'bob')",
        ),
        (
            "an index",
            "UPDATE message SET shard = 0 WHERE key = 'ada-1'",
        ),
    ] {
        let sandbox = Sandbox::new();
        let all = [
            at(prompt("ada", "ada-1", "one hornbeam"), 1),
            at(
                call("ada", "ada-2", "t1", "Bash", json!({"command": "rm -rf"})),
                2,
            ),
            at(result("ada", "ada-3", "t1", "removed"), 3),
        ];
        sandbox.write(FILE, lines(&all));
        sandbox.write(
            "garden/bob.jsonl",
            line(&at(prompt("bob", "bob-1", "mine"), 1)),
        );
        sandbox.sync();
        assert!(sandbox.verify().gaps.is_empty());
        let database = Connection::open(sandbox.data().database()).expect("opened");
        database
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; {hide}"))
            .expect("hidden");
        drop(database);
        let report = sandbox.engine().verify(false).expect("verified");
        assert!(
            report.gaps.iter().any(|gap| gap.is_hidden),
            "{how}: {:?}",
            report.gaps
        );
        let answer = sandbox.run(&["verify"]).assert_code(1);
        assert!(answer.out.contains("--anew"), "{}", answer.out);
    }
}
