//! What is typed while the model is busy waits in a queue, and stands in its session once: as it was delivered,
//! or as what it became. Wherever the queue and the delivery are.

mod support;

use serde_json::{Value, json};
use support::records::{at, line, lines, prompt, record, with};
use support::sandbox::Sandbox;

/// A record of the queue, which has no id.
fn queue_operation(session: &str, operation: &str, content: Value, second: u32) -> Value {
    let mut queue = json!({"type": "queue-operation", "operation": operation, "sessionId": session,
        "timestamp": format!("2026-01-01T00:00:{second:02}.000Z")});
    if !content.is_null() {
        queue["content"] = content;
    }
    queue
}

#[test]
fn a_prompt_that_waited_is_one() {
    let queue =
        |operation: &str, content, second| queue_operation("ada", operation, content, second);
    let all = [
        at(prompt("ada", "p1", "paint the barn"), 1),
        queue("enqueue", json!("and the door"), 2),
        queue("dequeue", Value::Null, 3),
        at(prompt("ada", "p2", "and the door"), 4),
        queue("enqueue", json!("use oxblood"), 5),
        queue("remove", json!("use oxblood"), 6),
        queue("enqueue", json!("never mind"), 7),
        queue("popAll", Value::Null, 8),
        queue("enqueue", json!("oil the hinges"), 9),
    ];
    // Whether they come together or one by one.
    for together in [true, false] {
        let sandbox = Sandbox::new();
        sandbox.write("garden/ada.jsonl", "");
        for one in &all {
            sandbox.append("garden/ada.jsonl", line(one));
            if !together {
                sandbox.sync();
            }
        }
        sandbox.sync();
        let typed: Vec<String> =
            sandbox.ask("SELECT role || ': ' || user_text FROM messages ORDER BY timestamp");
        let expected = [
            "prompt: paint the barn",
            "prompt: and the door",
            "queued_prompt: use oxblood",
            "withdrawn_prompt: never mind",
            "queued_prompt: oil the hinges",
        ];
        assert_eq!(typed, expected, "together: {together}");
        for word in ["door", "oxblood", "mind", "hinges"] {
            assert_eq!(
                sandbox.search(&format!("{word} role:user")).len(),
                1,
                "{word}"
            );
        }
        assert!(sandbox.verify().gaps.is_empty());
    }
}

/// Two sessions in one file have a queue each.
#[test]
fn a_prompt_of_another_session_delivers_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "garden/ada.jsonl",
        lines(&[
            queue_operation("ada", "enqueue", json!("prune the pear"), 0),
            queue_operation("bob", "enqueue", json!("prune the pear"), 1),
            queue_operation("bob", "dequeue", Value::Null, 2),
            at(prompt("bob", "p1", "prune the pear"), 3),
            queue_operation("bob", "popAll", Value::Null, 4),
        ]),
    );
    sandbox.sync();
    let rows: Vec<String> =
        sandbox.ask("SELECT session_id || ': ' || role FROM messages ORDER BY timestamp");
    assert_eq!(rows, ["ada: queued_prompt", "bob: prompt"]);
    assert!(sandbox.verify().gaps.is_empty());
}

/// Two prompts that waited, and were delivered one after the other.
fn two_delivered() -> Vec<String> {
    let queue = |operation: &str, content, second| {
        line(&queue_operation("ada", operation, content, second))
    };
    vec![
        queue("enqueue", json!("stake the dahlias"), 1),
        queue("enqueue", json!("lift the tubers"), 2),
        queue("dequeue", Value::Null, 3),
        line(&at(prompt("ada", "p1", "stake the dahlias"), 4)),
        queue("dequeue", Value::Null, 5),
        line(&at(prompt("ada", "p2", "lift the tubers"), 6)),
    ]
}

/// Each prompt stands in its session once, is found once, and nothing is amiss; also when read anew.
fn assert_once(sandbox: &Sandbox, what: &str) {
    for again in ["as it came", "anew"] {
        let typed: Vec<String> =
            sandbox.ask("SELECT role || ': ' || user_text FROM messages ORDER BY timestamp");
        let expected = ["prompt: stake the dahlias", "prompt: lift the tubers"];
        assert_eq!(typed, expected, "{what}, {again}");
        assert_eq!(sandbox.search("dahlias"), ["p1"], "{what}, {again}");
        let gaps = sandbox.verify().gaps;
        assert!(gaps.is_empty(), "{what}, {again}: {gaps:?}");
        sandbox.run(&["sync", "--anew"]).assert_code(0);
    }
}

#[test]
fn a_copy_without_the_delivery_shows_no_prompt_twice() {
    let all = two_delivered();
    let copies = [
        "garden/ada.sync-conflict-20260101-000000-AAAAAAA.jsonl",
        "garden/ada 2.jsonl",
        "shed/ada.jsonl",
        "garden/ada.jsonl.superseded-1767225600000",
    ];
    for (copy, whole_first) in copies.iter().flat_map(|copy| [(copy, true), (copy, false)]) {
        for cut in 1..all.len() {
            let sandbox = Sandbox::new();
            let mut files = [
                ("garden/ada.jsonl", all.concat()),
                (copy, all[..cut].concat()),
            ];
            if !whole_first {
                files.reverse();
            }
            for (path, body) in files {
                sandbox.write(path, body);
                sandbox.sync();
            }
            assert_once(
                &sandbox,
                &format!("{cut} lines in {copy}, whole first: {whole_first}"),
            );
        }
    }
}

#[test]
fn a_session_split_over_two_files_shows_no_prompt_twice() {
    let all = two_delivered();
    for cut in 1..all.len() {
        for order in [[0, 1], [1, 0]] {
            let sandbox = Sandbox::new();
            let (first, rest) = all.split_at(cut);
            let files = [("garden/ada.jsonl", first), ("shed/ada.jsonl", rest)];
            for at in order {
                sandbox.write(files[at].0, files[at].1.concat());
                sandbox.sync();
            }
            assert_once(&sandbox, &format!("cut after {cut} lines, {order:?}"));
        }
    }
}

#[test]
fn a_transcript_cut_before_the_delivery_shows_no_prompt_twice() {
    let all = two_delivered();
    for cut in 1..all.len() {
        let sandbox = Sandbox::new();
        sandbox.write("garden/ada.jsonl", all.concat());
        sandbox.sync();
        sandbox.write("garden/ada.jsonl", all[..cut].concat());
        sandbox.sync();
        assert_once(&sandbox, &format!("cut to {cut} lines"));
        sandbox.append("garden/ada.jsonl", all[cut..].concat());
        sandbox.sync();
        assert_once(&sandbox, &format!("cut to {cut} lines, and written again"));
    }
}

/// What has no time stands where it stands.
#[test]
fn deliveries_without_a_time_keep_their_order() {
    let timeless = |mut record: Value| {
        record
            .as_object_mut()
            .expect("a record")
            .remove("timestamp");
        record
    };
    let queue =
        |operation: &str, content, second| queue_operation("ada", operation, content, second);
    let command = |id: &str, second| {
        let note = json!({"type": "queued_command", "prompt": "go on", "commandMode": "prompt"});
        at(
            with(
                record("attachment", "ada", id, Value::Null),
                json!({"attachment": note}),
            ),
            second,
        )
    };
    let sandbox = Sandbox::new();
    sandbox.write(
        "garden/ada.jsonl",
        lines(&[
            at(prompt("ada", "p1", "paint the barn"), 1),
            queue("enqueue", json!("go on"), 2),
            queue("remove", json!("go on"), 3),
            timeless(command("c1", 4)),
            timeless(queue("enqueue", json!("go on"), 4)),
            queue("remove", json!("go on"), 4),
            command("c2", 5),
        ]),
    );
    sandbox.sync();
    let ids: Vec<String> =
        sandbox.ask("SELECT id FROM messages WHERE role = 'queued_prompt' ORDER BY 1");
    assert_eq!(ids, ["c1", "c2"]);
}

/// What is left of a transcript and what was cut off are one queue.
#[test]
fn a_transcript_cut_in_its_queue_shows_what_became_of_each_prompt() {
    let queue =
        |operation: &str, content, second| queue_operation("ada", operation, content, second);
    let command = |text: &str, id: &str, second| {
        let note = json!({"type": "queued_command", "prompt": text, "commandMode": "prompt"});
        at(
            with(
                record("attachment", "ada", id, Value::Null),
                json!({"attachment": note}),
            ),
            second,
        )
    };
    let all = [
        queue("enqueue", json!("stake the dahlias"), 1),
        queue("enqueue", json!("lift the tubers"), 2),
        queue("enqueue", json!("never mind"), 20),
        // Without words: the one that waits longest.
        queue("remove", Value::Null, 4),
        command("stake the dahlias", "c1", 5),
        queue("dequeue", Value::Null, 6),
        // The clock went back.
        at(prompt("ada", "p2", "lift the tubers"), 1),
        queue("popAll", Value::Null, 8),
    ]
    .map(|record| line(&record));
    let all: Vec<String> = all.into();
    let expected = [
        "prompt: lift the tubers",
        "queued_prompt: stake the dahlias",
        "withdrawn_prompt: never mind",
    ];
    for cut in 1..=all.len() {
        let sandbox = Sandbox::new();
        sandbox.write("garden/ada.jsonl", all.concat());
        sandbox.sync();
        sandbox.write("garden/ada.jsonl", all[..cut].concat());
        sandbox.sync();
        for again in ["as it came", "anew"] {
            let typed: Vec<String> =
                sandbox.ask("SELECT role || ': ' || user_text FROM messages ORDER BY 1");
            assert_eq!(typed, expected, "cut to {cut} lines, {again}");
            sandbox.run(&["sync", "--anew"]).assert_code(0);
        }
    }
}

/// The same words again are another prompt: only what was delivered is gone from the queue.
#[test]
fn what_was_typed_twice_is_shown_twice() {
    let queue =
        |operation: &str, content, second| queue_operation("ada", operation, content, second);
    let sandbox = Sandbox::new();
    let all = lines(&[
        queue("enqueue", json!("go on"), 1),
        queue("dequeue", Value::Null, 2),
        at(prompt("ada", "p1", "go on"), 2),
        queue("enqueue", json!("go on"), 3),
    ]);
    sandbox.write("garden/ada.jsonl", &all);
    sandbox.write("shed/ada.jsonl", &all);
    sandbox.sync();
    let typed: Vec<String> =
        sandbox.ask("SELECT role || ': ' || user_text FROM messages ORDER BY role");
    assert_eq!(typed, ["prompt: go on", "queued_prompt: go on"]);
}

/// A delivery that waits for its newline is read twice, and is one.
#[test]
fn a_delivery_without_its_newline_delivers_one_prompt() {
    let queue =
        |operation: &str, content, second| queue_operation("ada", operation, content, second);
    let sandbox = Sandbox::new();
    let waiting = lines(&[
        queue("enqueue", json!("go on"), 1),
        queue("enqueue", json!("go on"), 2),
    ]);
    let delivery = line(&at(prompt("ada", "p1", "go on"), 3));
    sandbox.write("garden/ada.jsonl", waiting + delivery.trim_end());
    sandbox.sync();
    let rest = line(&queue("popAll", Value::Null, 4));
    sandbox.append("garden/ada.jsonl", format!("\n{rest}"));
    sandbox.sync();
    for again in ["as it came", "anew"] {
        let typed: Vec<String> =
            sandbox.ask("SELECT role || ': ' || user_text FROM messages ORDER BY role");
        assert_eq!(
            typed,
            ["prompt: go on", "withdrawn_prompt: go on"],
            "{again}"
        );
        sandbox.run(&["sync", "--anew"]).assert_code(0);
    }
}

/// A line that is changed in place is the same delivery with other words around it.
#[test]
fn a_delivery_that_was_edited_delivers_one_prompt() {
    let sandbox = Sandbox::new();
    let queue = |second| line(&queue_operation("ada", "enqueue", json!("go on"), second));
    let file = |record: &Value| queue(1) + &queue(2) + &line(record);
    sandbox.write(
        "garden/ada.jsonl",
        file(&at(prompt("ada", "p1", "go on"), 3)),
    );
    sandbox.sync();
    sandbox.write(
        "garden/ada.jsonl",
        file(&at(prompt("ada", "p1", "go on"), 4)),
    );
    sandbox.sync();
    let typed: Vec<String> = sandbox.ask(
        "SELECT role || ': ' || user_text FROM messages WHERE revision_of IS NULL ORDER BY role",
    );
    assert_eq!(typed, ["prompt: go on", "queued_prompt: go on"]);
}

/// What delivered a prompt turns out to be another session's: then the prompt still waits.
#[test]
fn a_delivery_that_moves_to_another_session_gives_the_prompt_back() {
    let sandbox = Sandbox::new();
    let queue = queue_operation("ada", "enqueue", json!("turn the compost"), 1);
    sandbox.write("garden/ada.jsonl", line(&queue));
    let mut delivery = at(prompt("ada", "p1", "turn the compost"), 4);
    // Of the session its file is named after.
    delivery
        .as_object_mut()
        .expect("a record")
        .remove("sessionId");
    sandbox.write("shed/ada.jsonl", line(&delivery));
    sandbox.sync();
    let all =
        "SELECT session_id || ' ' || role || ': ' || user_text FROM messages ORDER BY timestamp";
    let typed: Vec<String> = sandbox.ask(all);
    assert_eq!(typed, ["ada prompt: turn the compost"]);
    sandbox.rename("shed/ada.jsonl", "shed/bob.jsonl");
    sandbox.sync();
    let expected = [
        "ada queued_prompt: turn the compost",
        "bob prompt: turn the compost",
    ];
    let typed: Vec<String> = sandbox.ask(all);
    assert_eq!(typed, expected);
    assert!(sandbox.verify().gaps.is_empty());
}
