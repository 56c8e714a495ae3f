//! A disk forgets in silence: what is kept is read again little by little, and mended from the source, a backup or the
//! rows. What nothing mends is named.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use scrollback_engine::stop::Stop;
use serde_json::{Value, json};
use support::program::wait_long;
use support::records::{call, line, record, result, talk};
use support::sandbox::Sandbox;

const HANG: Duration = Duration::from_secs(120);
const PAGE: usize = 4096;

/// Long enough to be kept once, by its hash.
fn output(number: u32) -> String {
    format!("the output {number} of a pump\n").repeat(30)
}

fn picture() -> Value {
    let data: String = (0..400).map(|number| format!("{number:04}")).collect();
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}});
    record(
        "user",
        "ada",
        "ada-picture",
        json!({"role": "user", "content": [image]}),
    )
}

fn read() -> (Sandbox, PathBuf, Vec<u8>) {
    let sandbox = Sandbox::new();
    let mut text = talk("ada", 1..=400);
    for number in 401..=405 {
        let tool = format!("call-{number}");
        text += &line(&call(
            "ada",
            &format!("ada-{number}"),
            &tool,
            "Bash",
            json!({"command": "ls"}),
        ));
        text += &line(&result(
            "ada",
            &format!("ada-{number}r"),
            &tool,
            &output(number),
        ));
    }
    text += &line(&picture());
    let path = sandbox.write("garden/ada.jsonl", &text);
    sandbox.write("garden/bob.jsonl", talk("bob", 1..=20));
    sandbox.sync();
    (sandbox, path, text.into_bytes())
}

fn back_up(sandbox: &Sandbox) {
    sandbox
        .engine()
        .back_up(&Stop::default())
        .expect("backed up");
}

/// A bit of each value of a column flips, as on a disk: nothing else knows of it.
fn rot(sandbox: &Sandbox, table: &str, column: &str) {
    let database = Connection::open(sandbox.data().database()).expect("opened");
    let key = if table == "blob" { "hash" } else { "id" };
    let sql = format!("SELECT {key}, CAST({column} AS BLOB) FROM {table}");
    let mut rows = database.prepare(&sql).expect("a question");
    let rows: Vec<(rusqlite::types::Value, Vec<u8>)> = rows
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .and_then(Iterator::collect)
        .expect("rows");
    assert!(!rows.is_empty(), "{table} has rows");
    for (id, mut bytes) in rows {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let kind = if table == "text" {
            "CAST(?2 AS TEXT)"
        } else {
            "?2"
        };
        let sql = format!("UPDATE {table} SET {column} = {kind} WHERE {key} = ?1");
        database
            .execute(&sql, rusqlite::params![id, bytes])
            .expect("changed");
    }
}

fn gaps(sandbox: &Sandbox) -> Vec<Value> {
    let report = sandbox.run(&["verify", "--deep", "--json"]).json();
    report["gaps"].as_array().expect("a list").clone()
}

fn status(sandbox: &Sandbox) -> Value {
    sandbox.run(&["status", "--json"]).json()
}

/// Watches until a round has ended.
fn read_again(sandbox: &Sandbox) -> Value {
    let watch = sandbox.start_watch();
    wait_long("a round of reading again", HANG, || {
        !status(sandbox)["proof"]["whole"].is_null()
    });
    let status = status(sandbox);
    watch.terminate();
    status
}

#[test]
fn what_is_sound_is_said_to_be_and_since_when() {
    let (sandbox, ..) = read();
    let status = read_again(&sandbox);
    assert_eq!(status["proof"]["damaged"], json!([]));
    assert_eq!(status["proof"]["bytes"], status["proof"]["of_bytes"]);
    assert_eq!(status["proof"]["is_under_way"], false);
    let stopped = self::status(&sandbox);
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(
        stopped["proof"]["whole"], status["proof"]["whole"],
        "without an engine too"
    );
    let shown = sandbox.run(&["status"]).out;
    assert!(shown.contains("read again"), "{shown}");
}

#[test]
fn rot_is_mended_from_the_source() {
    for (table, column) in [("archive", "frame"), ("text", "body"), ("blob", "data")] {
        let (sandbox, path, content) = read();
        rot(&sandbox, table, column);
        assert_ne!(gaps(&sandbox), [] as [Value; 0], "{table}: it is seen");
        let status = read_again(&sandbox);
        assert_eq!(status["proof"]["damaged"], json!([]), "{table}");
        assert_eq!(gaps(&sandbox), [] as [Value; 0], "{table}");
        assert_eq!(sandbox.export(&path), content, "{table}");
        assert!(!sandbox.data().path().join("recovering").exists());
        assert_eq!(
            sandbox.data().all_set_aside(),
            [] as [PathBuf; 0],
            "nothing was recovered for it"
        );
    }
}

#[test]
fn rot_is_mended_from_a_backup_where_the_source_is_gone() {
    for (table, column) in [("archive", "frame"), ("text", "body"), ("blob", "data")] {
        let (sandbox, path, content) = read();
        back_up(&sandbox);
        fs::remove_file(&path).expect("removed");
        sandbox.sync();
        rot(&sandbox, table, column);
        let status = read_again(&sandbox);
        assert_eq!(status["proof"]["damaged"], json!([]), "{table}");
        assert_eq!(gaps(&sandbox), [] as [Value; 0], "{table}");
        assert_eq!(sandbox.export(&path), content, "{table}");
    }
}

#[test]
fn what_nobody_has_any_more_is_named_and_stays_shown() {
    let (sandbox, path, _) = read();
    fs::remove_file(&path).expect("removed");
    sandbox.sync();
    rot(&sandbox, "archive", "frame");
    let watch = sandbox.start_watch();
    wait_long("a round of reading again", HANG, || {
        !status(&sandbox)["proof"]["whole"].is_null()
    });
    wait_long("a verdict", HANG, || {
        status(&sandbox)["state"] == "degraded"
    });
    let said = status(&sandbox);
    let codes: Vec<&str> = said["problems"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|problem| problem["code"].as_str())
        .collect();
    assert_eq!(codes, ["archive_damaged"], "{said}");
    assert_eq!(said["problems"][0]["place"], path.to_str().expect("a name"));
    assert!(
        said["reason"].as_str().expect("words").contains("damaged"),
        "{said}"
    );
    watch.terminate();
    assert!(!sandbox.search("garden").is_empty(), "the rows are there");
    // The file comes back: the next round mends what it has.
    let text = talk("ada", 1..=400);
    sandbox.write("garden/ada.jsonl", text);
    let mut round: Value =
        serde_json::from_slice(&fs::read(sandbox.data().round()).expect("read")).expect("JSON");
    round["began_ms"] = json!(1);
    round["whole"] = Value::Null;
    fs::write(sandbox.data().round(), round.to_string()).expect("written");
    let healed = read_again(&sandbox);
    let left = healed["proof"]["damaged"].as_array().expect("a list").len();
    assert!(
        left < said["proof"]["damaged"].as_array().expect("a list").len(),
        "{healed}"
    );
}

/// A row of the archive that goes, one whose place is wrong, one whose bytes have become a text: the source has them all.
#[test]
fn whatever_is_wrong_with_a_chunk_is_mended_and_makes_nothing_worse() {
    for change in [
        "DELETE FROM archive WHERE id = (SELECT max(id) FROM archive)",
        "DELETE FROM archive WHERE id = (SELECT min(id) FROM archive)",
        "UPDATE archive SET len = len + 7",
        "UPDATE archive SET len = 4611686018427387904",
        "UPDATE archive SET offset = offset + 3 WHERE offset > 0",
        "UPDATE archive SET frame = CAST(frame AS TEXT)",
        "UPDATE archive SET frame = 7, holes = 'x'",
        "UPDATE text SET body = 'other' WHERE id = (SELECT max(text_id) FROM tool_use)",
        "UPDATE record SET len = len + 1099511627776 WHERE offset = 0",
    ] {
        let sandbox = Sandbox::new();
        let mut content = String::new();
        let long = "a very long command ".repeat(30);
        for part in 0..4 {
            content += &talk("ada", part * 100 + 1..=part * 100 + 90);
            let id = format!("ada-{}", part * 100 + 95);
            content += &line(&call(
                "ada",
                &id,
                &id,
                "Bash",
                json!({"command": long, "part": part}),
            ));
            sandbox.write("garden/ada.jsonl", &content);
            sandbox.sync();
        }
        let path = sandbox.path("garden/ada.jsonl");
        let database = Connection::open(sandbox.data().database()).expect("opened");
        assert!(
            database.execute(change, []).expect("changed") > 0,
            "{change}"
        );
        drop(database);
        // What is appended to it meanwhile is kept where it belongs.
        content += &talk("ada", 900..=905);
        sandbox.write("garden/ada.jsonl", &content);
        eprintln!("{change}");
        let status = read_again(&sandbox);
        if change.contains("record") {
            // It counts as another record than the file's: the file is read again.
            assert_eq!(sandbox.export(&path), content.as_bytes(), "{change}");
            continue;
        }
        assert_eq!(status["proof"]["damaged"], json!([]), "{change}");
        assert_eq!(gaps(&sandbox), [] as [Value; 0], "{change}");
        assert_eq!(sandbox.export(&path), content.as_bytes(), "{change}");
    }
}

/// The backup has some of it, the source nothing: what it has is mended, and what it has not is named.
#[test]
fn what_is_left_is_mended_record_by_record() {
    let (sandbox, path, content) = read();
    back_up(&sandbox);
    let more = talk("ada", 900..=905);
    sandbox.append("garden/ada.jsonl", &more);
    sandbox.sync();
    fs::remove_file(&path).expect("removed");
    sandbox.sync();
    rot(&sandbox, "archive", "frame");
    let status = read_again(&sandbox);
    let lost = status["proof"]["damaged"].as_array().expect("a list");
    assert_eq!(lost.len(), 6, "{status}");
    assert!(
        lost.iter()
            .all(|one| one["offset"].as_u64() >= Some(content.len() as u64)),
        "{status}"
    );
}

/// What is edited or goes on within rotten bytes costs nobody else a row.
#[test]
fn an_edit_within_what_has_rotted_leaves_everything_else_alone() {
    let (sandbox, path, content) = read();
    let gone = sandbox.write("garden/gone.jsonl", talk("gone", 1..=30));
    sandbox.sync();
    fs::remove_file(&gone).expect("removed");
    sandbox.sync();
    let before = sandbox.message_ids().len();
    rot(&sandbox, "archive", "frame");
    let edited = String::from_utf8(content)
        .expect("text")
        .replacen("ada-200", "ada-2OO", 1);
    sandbox.write("garden/ada.jsonl", &edited);
    sandbox.append("garden/bob.jsonl", talk("bob", 100..=101));
    sandbox.sync();
    assert_eq!(sandbox.data().all_set_aside(), [] as [PathBuf; 0]);
    assert!(sandbox.message_ids().len() >= before, "every row is there");
    read_again(&sandbox);
    assert_eq!(sandbox.export(&path), edited.as_bytes());
    let gone = sandbox.message_ids();
    let gone = gone.iter().filter(|id| id.starts_with("gone-"));
    assert_eq!(gone.count(), 30);
}

/// To close the file of a database drops every lock the process has on it: then whoever reads it last takes its log
/// away while it is in use.
#[test]
fn another_reader_does_not_take_the_log_away() {
    let (sandbox, ..) = read();
    let watch = sandbox.start_watch();
    let log = sandbox.data().path().join("scrollback.db-wal");
    for number in 500..510 {
        sandbox.append("garden/bob.jsonl", talk("bob", number..=number));
        wait_long("it is found", HANG, || {
            status(&sandbox);
            let found = format!("SELECT 1 FROM messages WHERE id = 'bob-{number}'");
            sandbox
                .engine()
                .sql(&found)
                .is_ok_and(|table| table.rows.len() == 1)
        });
        let other = Connection::open(sandbox.data().database()).expect("opened");
        let rows: i64 = other
            .query_row("SELECT count(*) FROM record", [], |r| r.get(0))
            .expect("counted");
        assert!(rows > 0);
        drop(other);
        assert!(log.exists(), "the log is in use");
    }
    assert_ne!(status(&sandbox)["state"], "degraded");
    watch.terminate();
    assert_eq!(sandbox.data().all_set_aside(), [] as [PathBuf; 0]);
    sandbox.assert_whole();
}

/// Two pages of the words index change places: fewer hits, and no word of it.
#[test]
fn a_words_index_that_rots_is_made_anew() {
    let (sandbox, ..) = read();
    sandbox.sync();
    let file = sandbox.data().index_dir().join("words_prose.db");
    let index = Connection::open(&file).expect("opened");
    index
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("in the file");
    drop(index);
    let hits = |sandbox: &Sandbox| sandbox.search("garden").len();
    let before = hits(&sandbox);
    let mut bytes = fs::read(&file).expect("read");
    let is_leaf = |page: &usize| bytes[page * PAGE] == 0x0d;
    let leaves: Vec<usize> = (1..bytes.len() / PAGE).filter(is_leaf).collect();
    let (one, other) = (leaves[0] * PAGE, leaves[leaves.len() - 1] * PAGE);
    for at in 0..PAGE {
        bytes.swap(one + at, other + at);
    }
    fs::write(&file, bytes).expect("written");
    assert_ne!(gaps(&sandbox), [] as [Value; 0], "it is seen");
    read_again(&sandbox);
    sandbox.sync();
    assert_eq!(hits(&sandbox), before);
    assert_eq!(gaps(&sandbox), [] as [Value; 0]);
}
