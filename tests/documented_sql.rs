//! The questions of docs/sql.md are answered, and days are those of the reader.

#![cfg(unix)]

mod support;

use serde_json::{Value, json};
use support::records::{answer, call, lines, prompt, result, with, with_usage};
use support::sandbox::Sandbox;

/// Each ```` ```sql ```` block of the page.
fn questions() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sql.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let blocks = page.split("```sql\n").skip(1);
    blocks
        .map(|block| block.split("```").next().expect("a block").to_owned())
        .collect()
}

/// A session in which each question finds something.
fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let at = |record: Value, time: &str| {
        with(
            record,
            json!({ "timestamp": time, "cwd": "/home/ada/kite" }),
        )
    };
    let late = answer("ada", "a-2", "it flies");
    let path = json!({"file_path": "/home/ada/kite/tail.rs", "old_string": "a", "new_string": "b"});
    let records = [
        at(prompt("ada", "a-1", "fly"), "2026-03-01T09:00:00.000Z"),
        // Late in the evening west of Greenwich, and the next morning east of it.
        at(
            with_usage(late, "response", "request", 100),
            "2026-03-02T02:00:00.000Z",
        ),
        at(
            call("ada", "a-3", "call-1", "Edit", path),
            "2026-03-02T02:00:01.000Z",
        ),
        at(
            result("ada", "a-4", "call-1", "done"),
            "2026-03-02T02:00:02.000Z",
        ),
    ];
    sandbox.write("kite/ada.jsonl", lines(&records));
    sandbox.run(&["sync"]).assert_code(0);
    sandbox
}

fn asked(sandbox: &Sandbox, question: &str, zone: &str) -> Vec<Value> {
    let mut command = sandbox.command(&["sql", question, "--json"]);
    let output = command.env("TZ", zone).output().expect("run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{question}\n{told}");
    serde_json::from_slice(&output.stdout).expect("rows")
}

#[test]
fn every_documented_question_is_answered() {
    let sandbox = home();
    let questions = questions();
    assert!(questions.len() >= 5, "{} questions", questions.len());
    for question in questions {
        let rows = asked(&sandbox, &question, "UTC0");
        assert!(!rows.is_empty(), "nothing for\n{question}");
    }
}

#[test]
fn days_are_those_of_the_reader() {
    let sandbox = home();
    let questions = questions();
    let by_day = questions
        .iter()
        .find(|question| question.contains("AS day"));
    for (zone, day) in [
        ("UTC0", "2026-03-02"),
        ("WEST8", "2026-03-01"),
        ("EAST-13", "2026-03-02"),
    ] {
        let rows = asked(&sandbox, by_day.expect("a question by day"), zone);
        assert_eq!(rows[0]["day"], day, "{zone}");
        assert_eq!(rows[0]["written"], 100);
    }
}
