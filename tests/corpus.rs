//! The real corpus: the counts an independent counter finds, every byte given back, nothing done
//! twice, and nothing lost when the sources go. Skipped, visibly, where there is no corpus.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;

use support::corpus::{self, Expected};
use support::sandbox::{Sandbox, complete_len};

/// The corpus after one sync, read where it lies.
fn synced(test: &str) -> Option<(Sandbox, Expected)> {
    let folder = corpus::folder(test)?;
    let sandbox = Sandbox::reading(&folder.join("claude-code"));
    let report = sandbox.sync();
    assert_eq!((report.gaps, report.unreadable.len()), (0, 0));
    let expected = Expected::read(&folder.join("EXPECTED.tsv"));
    Some((sandbox, expected))
}

fn count(sandbox: &Sandbox, sql: &str) -> i64 {
    sandbox.ask_one(sql)
}

#[test]
fn the_counts_are_those_of_the_independent_counter() {
    let Some((sandbox, expected)) = synced("the counts of the corpus") else {
        return;
    };
    let of = |kind: &str| {
        let sql = format!("SELECT count(*) FROM messages WHERE type = '{kind}'");
        count(&sandbox, &sql)
    };
    // The counter takes an id for a message; docs/formats.md names those with several bodies.
    let bodies = [
        ("user", 10),
        ("assistant", 11),
        ("attachment", 16),
        ("system", 5),
        ("progress", 0),
    ];
    for (kind, more) in bodies {
        let total = expected.total("types_dedup_by_uuid", kind) + more;
        assert_eq!(of(kind), total, "{kind}");
    }
    let dedup = |name: &str| expected.total("dedup", name);
    let all = |table: &str| count(&sandbox, &format!("SELECT count(*) FROM {table}"));
    // It takes an id for a call, and an API response without a request for the same in two sessions.
    assert_eq!(all("tool_uses"), dedup("tool_use_dedup_by_id") + 1);
    assert_eq!(
        all("tool_use_results"),
        dedup("tool_result_dedup_by_tool_use_id")
    );
    let sums = |name: &str| expected.total("sums", name);
    // One stands in a prompt that waited, where the counter does not look.
    assert_eq!(all("attachments"), sums("images") + sums("documents") + 1);

    let tokens = |column: &str| count(&sandbox, &format!("SELECT sum({column}) FROM messages"));
    assert_eq!(tokens("output_tokens"), dedup("out_dedup") + 3);
    assert_eq!(tokens("input_tokens"), dedup("in_dedup") + 12);
    assert_eq!(tokens("cache_creation_tokens"), dedup("cw_dedup"));
    assert_eq!(tokens("cache_read_tokens"), dedup("cr_dedup"));
    // The counter does not know subagents' own sessions, nor a file that holds no record at all;
    // docs/formats.md argues the difference.
    assert_eq!(all("sessions"), dedup("distinct_sessions") - 1 + 18 + 1);
}

#[test]
fn the_counts_are_those_of_the_contract() {
    let Some((sandbox, _)) = synced("the counts of the contract") else {
        return;
    };
    let of = |sql: &str| count(&sandbox, sql);
    assert_eq!(
        of("SELECT count(*) FROM messages WHERE type = 'user'"),
        2874 + 10
    );
    assert_eq!(
        of("SELECT count(*) FROM messages WHERE type = 'assistant'"),
        4336 + 11
    );
    assert_eq!(of("SELECT count(*) FROM tool_uses"), 2400 + 1);
    assert_eq!(of("SELECT count(*) FROM tool_use_results"), 2394);
    assert_eq!(of("SELECT sum(output_tokens) FROM messages"), 797_941 + 3);
}

#[test]
fn each_file_has_the_records_the_counter_finds_in_it() {
    let Some((sandbox, expected)) = synced("the records of each file") else {
        return;
    };
    let database = sandbox.database();
    let mut of_file = database
        .prepare(
            "SELECT count(*) FROM record r JOIN cursor c ON c.id = r.cursor_id
               JOIN transcript t ON t.id = c.transcript_id WHERE t.path = ?1 AND r.kind = ?2",
        )
        .expect("a query");
    let (blank, entry) = (0, 1);
    for file in expected.files.keys() {
        let path = sandbox.path(file);
        let path = path.to_str().expect("UTF-8").as_bytes();
        let mut records = |kind: i64| -> i64 {
            of_file
                .query_row((path, kind), |row| row.get(0))
                .expect("counted")
        };
        // To the counter a last line without newline is a line; to us it is not written yet.
        let pending = i64::from(has_pending_record(&sandbox.content(file)));
        let objects = records(entry) + pending;
        assert_eq!(objects, expected.of(file, "objects"), "{file}");
        assert_eq!(records(blank), expected.of(file, "blank"), "{file}");
    }
    let known = sandbox.transcript_paths();
    let lines = known.iter().filter(|path| is_transcript(path)).count();
    assert_eq!(lines, expected.files.len());
}

fn has_pending_record(content: &[u8]) -> bool {
    let tail = &content[complete_len(content)..];
    serde_json::from_slice::<serde_json::Value>(tail).is_ok()
}

fn is_transcript(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "jsonl")
}

#[test]
fn every_byte_is_accounted_for_and_given_back() {
    let Some((sandbox, _)) = synced("export of the corpus") else {
        return;
    };
    sandbox.assert_whole();
    sandbox.assert_sound();
    let complete = |path: &std::path::PathBuf| {
        let content = fs::read(path).expect("read");
        if is_transcript(path) {
            complete_len(&content)
        } else {
            content.len()
        }
    };
    let bytes: usize = sandbox.transcript_paths().iter().map(complete).sum();
    assert_eq!(sandbox.verify().bytes, bytes as u64);
}

#[test]
fn a_second_sync_writes_nothing() {
    let Some((sandbox, _)) = synced("a second sync") else {
        return;
    };
    let before = sandbox.data_files();
    let report = sandbox.sync();
    assert_eq!((report.bytes_read, report.messages_added), (0, 0));
    let after = sandbox.data_files();
    let names =
        |files: &std::collections::BTreeMap<_, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after));
    for (path, bytes) in before {
        assert!(after[&path] == bytes, "{} was written", path.display());
    }
}

#[test]
fn the_archive_outlives_its_sources() {
    let Some(folder) = corpus::folder("the sources are deleted") else {
        return;
    };
    let sandbox = Sandbox::new();
    corpus::copy(&folder.join("claude-code/projects"), &sandbox.projects());
    sandbox.sync();
    let messages = sandbox.message_ids();
    let sources: Vec<_> = sandbox
        .transcript_paths()
        .into_iter()
        .map(|path| (fs::read(&path).expect("read"), path))
        .collect();

    fs::remove_dir_all(sandbox.projects()).expect("deleted");
    fs::create_dir(sandbox.projects()).expect("made");
    sandbox.sync();
    let missing = sandbox.engine().status().store;
    assert_eq!(missing.sources_missing, sources.len() as u64);
    let unmarked = "SELECT count(*) FROM sessions
      WHERE source_path IS NOT NULL AND source_missing_since IS NULL";
    assert_eq!(count(&sandbox, unmarked), 0);
    assert!(sandbox.message_ids() == messages, "all rows stay");
    assert!(sandbox.verify().gaps.is_empty());
    for (content, path) in sources {
        let same = sandbox.export(&path) == content;
        assert!(same, "{} is given back", path.display());
    }
}
