//! Rows are a function of the bytes that are kept, not of the order in which they came: files in any
//! order, in one pass or in many, made anew with the sources gone, or written by an older version.

mod support;

use std::fs;

use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::{Value, json};
use support::corpus;
use support::sandbox::Sandbox;
use support::views::{assert_same, views};

/// A line of a made-up transcript. Few different ids, so that everything collides with everything.
fn line(session: String) -> impl Strategy<Value = Value> {
    let pool = |names: &'static [&'static str]| prop::sample::select(names);
    let ids = pool(&["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"]);
    let parents = prop::option::of(pool(&["m1", "m2", "m3", "m4"]));
    let calls = pool(&["Bash:0", "Bash:0", "call_0", "toolu_1"]);
    let words = pool(&["beans", "peas", "rm -rf", "all tests pass"]);
    let time = prop::option::weighted(0.9, 0..50u32);
    let parts = (ids, parents, calls, words, time, any::<bool>());
    (0..13u8, parts).prop_map(move |(kind, (id, parent, call, words, time, flag))| {
        let mut record = json!({"uuid": id, "parentUuid": parent, "sessionId": session.clone(),
            "cwd": if flag { "/home/ada/garden" } else { "/home/ada/shed" }, "gitBranch": words});
        if let Some(second) = time {
            record["timestamp"] = format!("2026-01-01T00:00:{second:02}.000Z").into();
        }
        let mut set = |members: Value| {
            let (Value::Object(all), Value::Object(new)) = (&mut record, members) else {
                unreachable!("objects");
            };
            all.extend(new);
        };
        match kind {
            0..=2 => set(json!({"type": "user", "message": {"role": "user", "content": words}})),
            3..=5 => set(json!({"type": "assistant", "message": {
                "id": if flag { "chatcmpl-0" } else { "msg_0123456789abcdef" }, "model": words,
                "usage": {"input_tokens": 3, "output_tokens": words.len()},
                "content": [{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": words}}]}})),
            6..=8 => set(json!({"type": "user", "message": {"role": "user",
                "content": [{"type": "tool_result", "tool_use_id": call, "content": words}]}})),
            9 => record = json!({"type": "custom-title", "customTitle": words, "sessionId": session}),
            10 => record = json!({"type": "summary", "summary": words, "leafUuid": id}),
            11 => record = json!({"type": "queue-operation", "operation": "enqueue", "content": words,
                "sessionId": session, "timestamp": if flag { "2026-01-01T00:00:20.000Z" } else { "2026-01-01T00:00:05.000Z" }}),
            _ => record = json!({"type": "queue-operation", "sessionId": session,
                "operation": if flag { "popAll" } else { "remove" },
                "timestamp": "2026-01-01T00:00:30.000Z"}),
        }
        record
    })
}

/// Transcripts: names and lines.
fn transcripts() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let session = prop::sample::select(&["ada", "bob", "cyd"][..]);
    let file = session.prop_flat_map(|session| {
        let places = vec![
            format!("garden/{session}.jsonl"),
            format!("garden/{session}.sync-conflict-1.jsonl"),
            format!("shed/{session}.jsonl"),
            "garden/ada/subagents/agent-x1.jsonl".to_owned(),
            "garden/bob/subagents/agent-x1.jsonl".to_owned(),
        ];
        let lines = prop::collection::vec(line(session.to_owned()), 1..10);
        (prop::sample::select(places), lines)
    });
    prop::collection::vec(file, 1..6).prop_map(|files| {
        let mut named: Vec<(String, Vec<String>)> = Vec::new();
        for (name, records) in files {
            let lines = records.iter().map(|record| format!("{record}\n"));
            if !named.iter().any(|(known, _)| *known == name) {
                named.push((name, lines.collect()));
            }
        }
        named
    })
}

/// Everything is to be made anew from the archive.
fn make_anew(sandbox: &Sandbox) {
    let database = Connection::open(sandbox.data().database()).expect("opened");
    database
        .execute("UPDATE cursor SET parser = 0", [])
        .expect("outdated");
    drop(database);
    sandbox.sync();
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 24;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn in_any_order_and_anew_the_rows_are_the_same(
        files in transcripts(), cuts in prop::collection::vec(0..10usize, 6), order in any::<u64>(),
    ) {
        let at_once = Sandbox::new();
        for (name, lines) in &files {
            at_once.write(name, lines.concat());
        }
        at_once.sync();
        let expected = views(&at_once);

        let in_parts = Sandbox::new();
        let mut shuffled: Vec<_> = files.iter().zip(cuts).collect();
        let mut state = order;
        shuffled.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state
        });
        for ((name, lines), cut) in &shuffled {
            let (first, _) = lines.split_at((*cut).min(lines.len()));
            in_parts.write(name, first.concat());
            in_parts.sync();
        }
        for ((name, lines), cut) in shuffled.iter().rev() {
            let (_, rest) = lines.split_at((*cut).min(lines.len()));
            in_parts.append(name, rest.concat());
            in_parts.sync();
        }
        assert_same(&expected, &views(&in_parts), "in parts");

        fs::remove_dir_all(at_once.projects()).expect("the sources go");
        fs::create_dir_all(at_once.projects()).expect("an empty folder");
        at_once.sync();
        let gone = views(&at_once);
        make_anew(&at_once);
        assert_same(&gone, &views(&at_once), "anew, with the sources gone");
        at_once.assert_sound();
    }
}

#[test]
fn the_corpus_in_any_order_and_anew() {
    let Some(folder) = corpus::folder("the corpus in any order") else {
        return;
    };
    let source = folder.join("claude-code/projects");
    let mut files: Vec<_> = walkdir::WalkDir::new(&source)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect();
    files.sort();
    let copy = |sandbox: &Sandbox, path: &std::path::Path| {
        let name = path.strip_prefix(&source).expect("below");
        sandbox.write(name.to_str().expect("UTF-8"), fs::read(path).expect("read"));
    };
    let at_once = Sandbox::new();
    for path in &files {
        copy(&at_once, path);
    }
    at_once.sync();
    let expected = views(&at_once);
    make_anew(&at_once);
    assert_same(&expected, &views(&at_once), "anew");
    let in_parts = Sandbox::new();
    for part in files.rchunks(12) {
        for path in part {
            copy(&in_parts, path);
        }
        in_parts.sync();
    }
    assert_same(&expected, &views(&in_parts), "the last files first");
}

/// What an older version wrote becomes what this version would write of the same transcripts.
#[test]
fn a_database_of_version_3_is_made_anew() {
    let old = Sandbox::new();
    fs::create_dir_all(old.data().path()).expect("a folder");
    let database = Connection::open(old.data().database()).expect("made");
    database
        .execute_batch(include_str!("support/version-3.sql"))
        .expect("as version 3 wrote it");
    database
        .execute_batch("PRAGMA application_id = 1399026274; PRAGMA user_version = 3; PRAGMA journal_mode = WAL")
        .expect("its own");
    drop(database);
    old.sync();
    old.sync();

    let new = Sandbox::new();
    for path in old.transcript_paths() {
        let name = path
            .strip_prefix("/home/ada/.claude/projects")
            .expect("below");
        new.write(name.to_str().expect("UTF-8"), old.export(&path));
    }
    new.sync();
    let here = |rows: Vec<String>| -> Vec<String> {
        let mut rows: Vec<String> = rows
            .into_iter()
            .map(|row| match row.split_once("source_path=") {
                Some((before, _)) => before.replace("/home/ada/.claude", "~/.claude"),
                None => row,
            })
            .collect();
        rows.sort();
        rows
    };
    assert_same(&here(views(&new)), &here(views(&old)), "as if read today");
    assert_eq!(old.search("seventeen").len(), 1, "its own answer");
    let peas: Vec<String> = old.ask("SELECT user_text FROM messages WHERE user_text LIKE '%peas%'");
    assert_eq!(
        peas,
        ["plant the peas instead"],
        "a second prompt under one id"
    );
    old.assert_sound();
    let backups = fs::read_dir(old.data().backups()).expect("a folder");
    assert_eq!(backups.count(), 1, "a copy was taken before");
}
