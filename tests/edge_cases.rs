//! The made-up defects of the shared corpus: every recoverable record recovered, every other byte a
//! reject, nothing else in the folder disturbed. Skipped, visibly, without corpus or Python.

#![cfg(unix)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use support::corpus::{self, Expected};
use support::sandbox::{Sandbox, complete_len};

#[test]
fn what_can_be_recovered_is_and_the_rest_is_kept() {
    let Some(folder) = corpus::folder("the edge cases") else {
        return;
    };
    let sandbox = Sandbox::new();
    let made = Command::new("python3")
        .arg(folder.join("make_edge_cases.py"))
        .arg(sandbox.path("edge"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        corpus::skipped("the edge cases", "no python3 to make them");
        return;
    }
    let expected = Expected::read(&folder.join("EDGE_EXPECTED.tsv"));
    sandbox.sync();
    sandbox.assert_whole();
    sandbox.assert_sound();

    let database = sandbox.database();
    let mut records = database
        .prepare(
            "SELECT count(*) FILTER (WHERE r.kind = 1), count(*) FILTER (WHERE r.kind = 2)
             FROM record r JOIN cursor c ON c.id = r.cursor_id
               JOIN transcript t ON t.id = c.transcript_id WHERE t.path = ?1",
        )
        .expect("a query");
    for file in expected.files.keys() {
        let path = sandbox.path("edge").join(file);
        let content = fs::read(&path).expect("read");
        let tail = &content[complete_len(&content)..];
        let path = path.to_str().expect("UTF-8").as_bytes();
        let (read, refused): (i64, i64) = records
            .query_row([path], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("counted");

        // The counter takes a last line without newline for a line; for us it is not written yet.
        let is_whole = serde_json::from_slice::<serde_json::Value>(tail).is_ok();
        let pending_record = i64::from(is_whole);
        let pending_damage = i64::from(!is_whole && !tail.trim_ascii().is_empty());
        assert_eq!(
            read + pending_record,
            expected.of(file, "objects"),
            "records of {file}"
        );
        let lost = rejects_expected(file, expected.of(file, "invalid")) - pending_damage;
        assert_eq!(refused, lost, "rejects of {file}");
    }
}

/// Of the lines that are no JSON object, those that leave something behind once their records are
/// taken out.
fn rejects_expected(file: &str, invalid: i64) -> i64 {
    let all_recovered = HashSet::from([
        "bom.jsonl",
        "concatenated.jsonl",
        "nul-run-before-record.jsonl",
    ]);
    if all_recovered.contains(file) {
        0
    } else {
        invalid
    }
}

#[test]
fn a_whole_last_record_is_a_message_before_its_newline_comes() {
    let Some(folder) = corpus::folder("the unterminated edge case") else {
        return;
    };
    let sandbox = Sandbox::new();
    let made = Command::new("python3")
        .arg(folder.join("make_edge_cases.py"))
        .arg(sandbox.home().join("made"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        corpus::skipped("the unterminated edge case", "no python3 to make it");
        return;
    }
    let content = fs::read(sandbox.home().join("made/no-final-newline.jsonl")).expect("read");
    sandbox.write("edge/open.jsonl", content);
    sandbox.sync();
    assert_eq!(sandbox.message_ids().len(), 3);
    sandbox.append("edge/open.jsonl", "\n");
    sandbox.sync();
    assert_eq!(sandbox.message_ids().len(), 3);
    sandbox.assert_whole();
}
