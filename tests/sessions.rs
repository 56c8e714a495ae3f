//! What many files say about conversations: forks, resumed sessions, subagents, titles, tokens.
//! None of it may depend on the order in which the files happen to be read.

#![cfg(unix)]

mod support;

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use support::records::{
    answer, at, call, ids, line, lines, prompt, record, result, talk, turn, with, with_usage,
};
use support::sandbox::Sandbox;

/// Reads the files in every order, each file by a sync of its own, and checks each outcome.
fn in_any_order(files: &[(&str, String)], check: impl Fn(&Sandbox)) {
    let at_once = Sandbox::new();
    for (age, (name, content)) in files.iter().enumerate() {
        write_aged(&at_once, name, content, files.len() - age);
    }
    at_once.sync();
    check(&at_once);
    at_once.assert_whole();
    for first in 0..files.len() {
        let sandbox = Sandbox::new();
        let (before, after) = files.split_at(first);
        for (name, content) in after.iter().chain(before) {
            let age = files.len() - files.iter().position(|f| f.0 == *name).expect("listed");
            write_aged(&sandbox, name, content, age);
            sandbox.sync();
        }
        check(&sandbox);
        sandbox.assert_whole();
    }
}

/// Writes a file last changed so many hours ago: the order of the list is the order of their ages.
fn write_aged(sandbox: &Sandbox, name: &str, content: &str, hours: usize) {
    let path = sandbox.write(name, content);
    let then = SystemTime::now() - Duration::from_secs(3600 * hours as u64);
    let file = std::fs::File::options().write(true).open(path);
    file.expect("opened").set_modified(then).expect("aged");
}

fn title(sandbox: &Sandbox, session: &str) -> Option<String> {
    sandbox.ask_one(&format!(
        "SELECT title FROM sessions WHERE id = '{session}'"
    ))
}

/// A conversation's messages, in order.
fn shown(sandbox: &Sandbox, session: &str) -> Vec<String> {
    let conversation = sandbox.engine().conversation(session).expect("found");
    let messages = conversation.messages.into_iter();
    messages.map(|message| message.id).collect()
}

/// `records` as another session's copies of them.
fn copied(records: &str, session: &str) -> String {
    let copy = |text: &str| {
        let record: Value = serde_json::from_str(text).expect("a record");
        let origin = json!({"sessionId": record["sessionId"], "messageUuid": record["uuid"]});
        line(&with(
            record,
            json!({"sessionId": session, "forkedFrom": origin}),
        ))
    };
    records.lines().map(copy).collect()
}

#[test]
fn a_fork_shares_its_messages_and_they_count_once() {
    let original = talk("ada", 1..=4);
    let fork = copied(&talk("ada", 1..=2), "bob") + &talk("bob", 5..=6);
    let files = [("garden/ada.jsonl", original), ("garden/bob.jsonl", fork)];
    in_any_order(&files, |sandbox| {
        let all = [ids("ada", 1..=4), ids("bob", 5..=6)].concat();
        assert_eq!(sandbox.message_ids(), all);
        let shared = [ids("ada", 1..=2), ids("bob", 5..=6)].concat();
        assert_eq!(shown(sandbox, "ada"), ids("ada", 1..=4));
        assert_eq!(shown(sandbox, "bob"), shared);
        let owners: Vec<String> =
            sandbox.ask("SELECT session_id FROM messages WHERE id LIKE 'ada-%'");
        assert_eq!(owners, ["ada"; 4], "the older file owns what both hold");
        let counts: Vec<i64> = sandbox.ask("SELECT message_count FROM sessions ORDER BY id");
        assert_eq!(counts, [4, 4], "each session counts what it shows");
        assert_eq!(sandbox.sync().messages, 6, "in all they count once");
        let parents: Vec<Option<String>> =
            sandbox.ask("SELECT parent_session_id FROM sessions ORDER BY id");
        assert_eq!(parents[0], None);
    });
}

#[test]
fn a_session_resumed_in_a_new_file_is_one_session() {
    let files = [
        ("garden/ada.jsonl", talk("ada", 1..=3)),
        ("garden/later.jsonl", talk("ada", 2..=6)),
    ];
    in_any_order(&files, |sandbox| {
        assert_eq!(sandbox.message_ids(), ids("ada", 1..=6));
        assert_eq!(shown(sandbox, "ada"), ids("ada", 1..=6));
        let sessions: Vec<String> = sandbox.ask("SELECT id FROM sessions");
        assert_eq!(sessions, ["ada"]);
        let count: i64 = sandbox.ask_one("SELECT message_count FROM sessions");
        assert_eq!(count, 6);
        let source: String = sandbox.ask_one("SELECT source_path FROM sessions");
        assert!(
            source.ends_with("garden/ada.jsonl"),
            "its own file: {source}"
        );
    });
}

#[test]
fn two_sessions_in_one_file_stay_two() {
    let sandbox = Sandbox::new();
    let mixed = [talk("ada", 1..=2), talk("bob", 1..=2), talk("ada", 3..=3)].concat();
    sandbox.write("garden/ada.jsonl", mixed);
    sandbox.sync();
    assert_eq!(shown(&sandbox, "ada"), ids("ada", 1..=3));
    assert_eq!(shown(&sandbox, "bob"), ids("bob", 1..=2));
    sandbox.assert_whole();
}

/// Lines of a subagent's transcript: they name the main session.
fn task(agent: &str) -> String {
    let said = |number: u32| {
        let own = json!({"sessionId": "ada", "isSidechain": true, "agentId": agent});
        line(&with(turn(agent, number), own))
    };
    said(1) + &said(2)
}

#[test]
fn subagents_are_sessions_of_their_own_wherever_they_lie() {
    let nested = "garden/ada/subagents/workflows/wf-1/agent-c3.jsonl";
    let files = [
        ("garden/ada.jsonl", talk("ada", 1..=2)),
        ("garden/agent-a1.jsonl", task("a1")),
        ("garden/ada/subagents/agent-b2.jsonl", task("b2")),
        (nested, task("c3")),
    ];
    in_any_order(&files, |sandbox| {
        for agent in ["a1", "b2", "c3"] {
            assert_eq!(shown(sandbox, agent), ids(agent, 1..=2));
            let parent: Option<String> = sandbox.ask_one(&format!(
                "SELECT parent_session_id FROM sessions WHERE id = '{agent}'"
            ));
            assert_eq!(parent.as_deref(), Some("ada"), "{agent}");
        }
        assert_eq!(shown(sandbox, "ada"), ids("ada", 1..=2));
        let sessions: i64 = sandbox.ask_one("SELECT count(*) FROM sessions");
        assert_eq!(sessions, 4);
    });
}

#[test]
fn a_sidecar_names_the_subagent_and_the_one_that_started_it() {
    let sidecar = json!({"agentType": "gardener", "description": "Water the roses",
        "toolUseId": "call-9", "parentAgentId": "b2"});
    let files = [
        ("garden/ada.jsonl", talk("ada", 1..=2)),
        ("garden/ada/subagents/agent-b2.jsonl", task("b2")),
        ("garden/ada/subagents/agent-c3.jsonl", task("c3")),
        (
            "garden/ada/subagents/agent-c3.meta.json",
            sidecar.to_string(),
        ),
    ];
    in_any_order(&files, |sandbox| {
        assert_eq!(title(sandbox, "c3").as_deref(), Some("Water the roses"));
        let parent = |agent: &str| -> String {
            let sql = format!("SELECT parent_session_id FROM sessions WHERE id = '{agent}'");
            sandbox.ask_one(&sql)
        };
        assert_eq!(parent("c3"), "b2", "not what its lines say");
        assert_eq!(parent("b2"), "ada");
    });
}

#[test]
fn copies_of_a_subagents_messages_are_not_counted_twice() {
    let inner = turn("b2", 1);
    let progress = with(
        record("progress", "ada", "ada-2", json!(null)),
        json!({"parentToolUseID": "call-1",
            "data": {"type": "agent_progress", "agentId": "b2", "message": inner}}),
    );
    let main = lines(&[turn("ada", 1), progress]);
    let files = [
        ("garden/ada.jsonl", main),
        ("garden/ada/subagents/agent-b2.jsonl", task("b2")),
    ];
    in_any_order(&files, |sandbox| {
        assert_eq!(sandbox.sync().messages, 3);
        let said = sandbox.search(&support::records::word("b2", 1));
        assert_eq!(said, ["b2-1"]);
    });
}

fn titled(kind: &str, member: &str, text: &str) -> String {
    line(&json!({"type": kind, "sessionId": "ada", member: text}))
}

#[test]
fn a_title_by_hand_comes_before_one_by_the_agent_before_a_summary_before_the_prompt() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2));
    let summary = json!({"type": "summary", "summary": "In short", "leafUuid": "ada-2"});
    let steps = [
        (None, "they say ada1word in the garden".to_owned()),
        (Some(line(&summary)), "In short".to_owned()),
        (
            Some(titled("ai-title", "aiTitle", "As the agent has it")),
            "As the agent has it".to_owned(),
        ),
        (
            Some(titled("custom-title", "customTitle", "As a person has it")),
            "As a person has it".to_owned(),
        ),
        (
            Some(titled("ai-title", "aiTitle", "The agent again")),
            "As a person has it".to_owned(),
        ),
        (
            Some(titled("custom-title", "customTitle", "On second thought")),
            "On second thought".to_owned(),
        ),
    ];
    for (added, expected) in steps {
        sandbox.append("garden/ada.jsonl", added.unwrap_or_default());
        sandbox.sync();
        assert_eq!(title(&sandbox, "ada"), Some(expected));
    }
    sandbox.assert_whole();
}

#[test]
fn a_summary_in_another_file_finds_its_session() {
    let summary = json!({"type": "summary", "summary": "In short", "leafUuid": "ada-2"});
    let files = [
        ("garden/ada.jsonl", talk("ada", 1..=2)),
        ("garden/eve.jsonl", line(&summary) + &talk("eve", 1..=1)),
    ];
    in_any_order(&files, |sandbox| {
        assert_eq!(title(sandbox, "ada").as_deref(), Some("In short"));
        let prompt = "they say eve1word in the garden";
        assert_eq!(title(sandbox, "eve").as_deref(), Some(prompt));
    });
}

#[test]
fn a_summary_of_a_shared_message_belongs_to_the_session_that_owns_it() {
    let summary = json!({"type": "summary", "summary": "In short", "leafUuid": "ada-2"});
    let fork = copied(&talk("ada", 1..=2), "bob") + &talk("bob", 5..=6);
    let files = [
        ("garden/ada.jsonl", talk("ada", 1..=4)),
        ("garden/bob.jsonl", fork),
        ("garden/eve.jsonl", line(&summary)),
    ];
    in_any_order(&files, |sandbox| {
        assert_eq!(title(sandbox, "ada").as_deref(), Some("In short"));
        assert_ne!(title(sandbox, "bob").as_deref(), Some("In short"));
    });
}

#[test]
fn a_prompt_typed_while_the_agent_worked_is_searchable_as_what_it_is() {
    let queued = with(
        record("attachment", "ada", "ada-3", json!(null)),
        json!({"attachment": {"type": "queued_command", "prompt": "also prune the hydrangea",
            "commandMode": "prompt"}}),
    );
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=2) + &line(&queued));
    sandbox.sync();
    assert_eq!(sandbox.search("hydrangea"), ["ada-3"]);
    let kinds: Vec<String> =
        sandbox.ask("SELECT type || ' ' || role FROM messages WHERE user_text LIKE '%hydrangea%'");
    assert_eq!(kinds, ["attachment queued_prompt"]);
}

#[test]
fn an_image_is_stored_once_however_often_it_is_shown() {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode("a rose".repeat(1000));
    let shows = |id: &str| {
        let image = json!({"type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": data}});
        let message = json!({"role": "user", "content": [image]});
        record("user", "ada", id, message)
    };
    let sandbox = Sandbox::new();
    let twice = lines(&[shows("ada-1"), shows("ada-2")]);
    sandbox.write("garden/ada.jsonl", twice);
    sandbox.write("garden/bob.jsonl", line(&shows("bob-1")));
    sandbox.sync();
    let sizes: Vec<i64> = sandbox.ask("SELECT bytes FROM attachments");
    assert_eq!(sizes, [6000; 3]);
    let stored: i64 = sandbox.ask_one("SELECT count(*) FROM blob");
    assert_eq!(stored, 1);
    sandbox.assert_whole();
}

#[test]
fn an_api_response_counts_once_by_its_greatest_counts() {
    let said = |session: &str, id: &str, output: u64| {
        with_usage(answer(session, id, "so"), "msg-1", "req-1", output)
    };
    let files = [
        (
            "garden/ada.jsonl",
            lines(&[
                said("ada", "ada-1", 2),
                said("ada", "ada-2", 40),
                said("ada", "ada-3", 7),
            ]),
        ),
        ("garden/bob.jsonl", line(&said("bob", "bob-1", 500))),
        ("garden/eve.jsonl", line(&said("eve", "eve-1", 3))),
    ];
    in_any_order(&files, |sandbox| {
        let sum = |column: &str| -> i64 {
            sandbox.ask_one(&format!("SELECT sum({column}) FROM messages"))
        };
        assert_eq!(sum("output_tokens"), 500);
        assert_eq!(sum("input_tokens"), 3);
        assert_eq!(sum("cache_creation_tokens"), 7);
        assert_eq!(sum("cache_read_tokens"), 11);
    });
}

#[test]
fn a_call_and_its_answer_are_joined_across_files_and_in_any_order() {
    let calls = call(
        "ada",
        "ada-1",
        "call-1",
        "Dig",
        json!({"depth": "two spades"}),
    );
    let answers = result("ada", "ada-2", "call-1", "struck a wardrobe");
    let files = [
        ("garden/ada.jsonl", line(&calls)),
        ("garden/later.jsonl", line(&answers)),
    ];
    in_any_order(&files, |sandbox| {
        let joined: Vec<String> = sandbox.ask(
            "SELECT u.tool_name || ': ' || r.output FROM tool_uses u
             JOIN tool_use_results r ON r.tool_use_id = u.id",
        );
        assert_eq!(joined, ["Dig: struck a wardrobe"]);
        assert_eq!(sandbox.search("spades"), ["ada-1"]);
        assert_eq!(sandbox.search("wardrobe"), ["ada-2"]);
    });
}

#[test]
fn a_message_blanked_upstream_keeps_its_first_body() {
    let full = at(prompt("ada", "ada-1", "the whole story of the rhubarb"), 1);
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", line(&full));
    sandbox.sync();
    let blanked = at(prompt("ada", "ada-1", ""), 1);
    sandbox.write("garden/ada.jsonl", line(&blanked));
    sandbox.sync();
    let text: Option<String> = sandbox.ask_one("SELECT user_text FROM messages WHERE id = 'ada-1'");
    assert_eq!(text.as_deref(), Some("the whole story of the rhubarb"));
    assert_eq!(sandbox.search("rhubarb"), ["ada-1"]);
    let later: Vec<String> =
        sandbox.ask("SELECT revision_of FROM messages WHERE revision_of IS NOT NULL");
    assert_eq!(later, ["ada-1"], "the later body is a revision");
    let count: i64 = sandbox.ask_one("SELECT message_count FROM sessions");
    assert_eq!(count, 1, "which counts once");
    sandbox.assert_whole();
}

#[test]
fn a_session_is_found_by_the_name_of_its_file() {
    let sandbox = Sandbox::new();
    let id = "5c0375b4-0000-4000-8000-000000000001";
    // A file is not always called as the session in it.
    let resumed = "99887766-0000-4000-8000-000000000002";
    sandbox.write(&format!("garden/{id}.jsonl"), talk(id, 1..=2));
    let path = sandbox.write(&format!("garden/{resumed}.jsonl"), talk("ada", 1..=2));
    sandbox.write(
        "garden/ada/subagents/agent-b2@default.jsonl",
        task("b2@default"),
    );
    sandbox.write("garden/under_score.jsonl", talk("under_score", 1..=1));
    sandbox.write("garden/underscore.jsonl", talk("underscore", 1..=1));
    sandbox.sync();
    let engine = sandbox.engine();
    let called = |name: &str| match engine.session(name) {
        Ok(session) => session.id,
        Err(error) => error.to_string(),
    };
    let path = path.to_str().expect("a path in UTF-8");
    let dotted = format!(
        "{}/../garden/{resumed}.jsonl",
        sandbox.path("garden").display()
    );
    for (name, expected) in [
        (id, id),
        ("5c0375b4", id),
        (&format!("{id}.jsonl"), id),
        (&format!("garden/{id}.jsonl"), id),
        (&format!("/gone/from/here/{id}.jsonl"), id),
        (resumed, "ada"),
        ("99887766", "ada"),
        (&format!("{resumed}.jsonl"), "ada"),
        (path, "ada"),
        (&dotted, "ada"),
        ("ada", "ada"),
        ("b2@default", "b2@default"),
        ("agent-b2@default", "b2@default"),
        ("agent-b2@default.jsonl", "b2@default"),
        ("agent-b2", "b2@default"),
        ("under_score", "under_score"),
        ("under", "under could be any of under_score, underscore"),
    ] {
        assert_eq!(called(name), expected, "{name}");
    }
    for nothing in [
        "", "%", "_", "5c0375b_", "5c0375b%", "*", "/", ".", "jsonl", ".jsonl", "\0",
    ] {
        let error = engine.session(nothing).expect_err(nothing);
        assert!(
            error.to_string().contains("no session"),
            "{nothing}: {error}"
        );
    }
    let found = |query: &str| {
        let mut found = sandbox.search(query);
        found.sort();
        found
    };
    for (query, expected) in [
        (format!("session:{id}.jsonl"), ids(id, 1..=2)),
        (format!("session:{resumed}"), ids("ada", 1..=2)),
        ("session:99887766".into(), ids("ada", 1..=2)),
        ("session:agent-b2".into(), ids("b2@default", 1..=2)),
        (format!("session:garden/{resumed}.jsonl"), ids("ada", 1..=2)),
        ("session:99887766%".into(), Vec::new()),
        (format!("{resumed}.jsonl"), ids("ada", 1..=1)),
        (path.to_owned(), ids("ada", 1..=1)),
        ("99887766".into(), ids("ada", 1..=1)),
        ("agent-b2@default".into(), ids("b2@default", 1..=1)),
        (format!("{id}.jsonl"), ids(id, 1..=2)),
    ] {
        assert_eq!(found(&query), expected, "{query}");
    }
}

#[test]
fn a_file_that_several_sessions_are_in_or_several_of_one_name_are_listed() {
    let sandbox = Sandbox::new();
    let mixed = [talk("bob", 1..=2), talk("eve", 1..=2)].concat();
    sandbox.write("garden/mixed.jsonl", mixed);
    sandbox.write("garden/same.jsonl", talk("one", 1..=1));
    sandbox.write("shed/same.jsonl", talk("two", 1..=1));
    sandbox.sync();
    let engine = sandbox.engine();
    for (name, several) in [("mixed", "bob, eve"), ("same.jsonl", "one, two")] {
        let error = engine.session(name).expect_err("several").to_string();
        assert_eq!(error, format!("{name} could be any of {several}"));
    }
    let one = engine.session("shed/same.jsonl").expect("one");
    assert_eq!(one.id, "two");
}
