//! Ids are hints: whatever they say, each session shows what stands in its own transcripts, each call has its
//! own answer, and nothing hides behind another thing of its name.

mod support;

use serde_json::{Value, json};
use support::records::{answer, at, call, line, lines, prompt, record, result, with, with_usage};
use support::sandbox::Sandbox;

fn pairs(sandbox: &Sandbox) -> Vec<(String, String, String)> {
    let database = sandbox.database();
    let mut statement = database
        .prepare(
            "SELECT m.session_id, json_extract(u.parameters, '$.command'), ifnull(r.output, '')
             FROM tool_uses u JOIN messages m ON m.id = u.message_id
               LEFT JOIN tool_use_results r ON r.tool_use_id = u.id ORDER BY 1, 2",
        )
        .expect("a query");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

fn bash(session: &str, id: &str, command: &str) -> Value {
    call(session, id, "Bash:0", "Bash", json!({"command": command}))
}

#[test]
fn every_call_has_its_own_answer_whatever_it_is_called() {
    let sandbox = Sandbox::new();
    let ada = [
        at(bash("ada", "a1", "ls"), 1),
        at(result("ada", "r1", "Bash:0", "seventeen"), 2),
        at(bash("ada", "a2", "git push"), 3),
        at(result("ada", "r2", "Bash:0", "rejected"), 4),
    ];
    sandbox.write("garden/ada.jsonl", lines(&ada));
    sandbox.sync();
    let bob = [
        at(bash("bob", "b1", "rm -rf seeds"), 1),
        at(result("bob", "s1", "Bash:0", "removed"), 2),
        // Its own call was never written.
        at(result("bob", "s2", "call_9", "orphan"), 3),
    ];
    sandbox.write("garden/bob.jsonl", lines(&bob));
    sandbox.write(
        "garden/cyd.jsonl",
        line(&at(
            call("cyd", "c1", "call_9", "Bash", json!({"command": "cyd's"})),
            1,
        )),
    );
    sandbox.sync();
    let own = |session: &str, command: &str, output: &str| {
        (session.to_owned(), command.to_owned(), output.to_owned())
    };
    let expected = [
        own("ada", "git push", "rejected"),
        own("ada", "ls", "seventeen"),
        own("bob", "rm -rf seeds", "removed"),
        own("cyd", "cyd's", ""),
    ];
    assert_eq!(pairs(&sandbox), expected);
    for (word, message) in [("seventeen", "r1"), ("rejected", "r2"), ("orphan", "s2")] {
        assert_eq!(sandbox.search(word), [message]);
    }
    let names: Vec<String> = sandbox.ask("SELECT DISTINCT id FROM tool_uses");
    assert_eq!(names.len(), 4, "each has a name of its own: {names:?}");
}

#[test]
fn another_sessions_words_never_stand_for_ours() {
    let sandbox = Sandbox::new();
    let ours = [
        at(prompt("ada", "shared", "clean up"), 1),
        at(
            call(
                "ada",
                "a1",
                "toolu_1",
                "Bash",
                json!({"command": "rm -rf /"}),
            ),
            2,
        ),
        at(result("ada", "r1", "toolu_1", "everything is gone"), 3),
    ];
    let theirs = [
        at(prompt("eve", "shared", "clean up"), 1),
        at(
            call("eve", "a1", "toolu_1", "Bash", json!({"command": "true"})),
            2,
        ),
        at(result("eve", "r1", "toolu_1", "all tests pass"), 3),
    ];
    // Whoever comes first.
    sandbox.write("garden/eve.jsonl", lines(&theirs));
    sandbox.sync();
    sandbox.write("garden/ada.jsonl", lines(&ours));
    sandbox.sync();
    let shown = |session: &str| {
        let answer = sandbox.run(&["show", session, "--json"]).assert_code(0);
        answer.out
    };
    assert!(shown("ada").contains("everything is gone") && shown("ada").contains("rm -rf /"));
    assert!(!shown("ada").contains("all tests pass"));
    assert!(!shown("eve").contains("everything is gone"));
    let whole: i64 = sandbox.ask_one("SELECT count(*) FROM messages WHERE user_text = 'clean up'");
    assert_eq!(whole, 1, "a true copy is one");
}

#[test]
fn two_alive_under_one_id_are_both_there_and_a_changed_line_is_a_revision() {
    let sandbox = Sandbox::new();
    let alive = [
        at(prompt("ada", "twice", "the brass key"), 1),
        at(prompt("ada", "twice", "the whale oil"), 2),
    ];
    sandbox.write("garden/ada.jsonl", lines(&alive));
    sandbox.sync();
    assert_eq!(sandbox.search("brass"), ["twice"]);
    assert_eq!(sandbox.search("whale").len(), 1);
    let count: i64 = sandbox.ask_one("SELECT message_count FROM sessions");
    assert_eq!(count, 2);

    sandbox.write(
        "garden/bob.jsonl",
        line(&at(prompt("bob", "once", "plant beans"), 1)),
    );
    sandbox.sync();
    sandbox.write(
        "garden/bob.jsonl",
        line(&at(prompt("bob", "once", "plant peas!"), 1)),
    );
    sandbox.sync();
    assert_eq!(sandbox.search("beans"), ["once"]);
    let revisions: Vec<String> =
        sandbox.ask("SELECT user_text FROM messages WHERE revision_of = 'once'");
    assert_eq!(revisions, ["plant peas!"]);
    assert_eq!(sandbox.search("peas").len(), 1);
    let count: i64 = sandbox.ask_one("SELECT message_count FROM sessions WHERE id = 'bob'");
    assert_eq!(count, 1, "a later wording counts once");
    sandbox.assert_whole();
}

#[test]
fn a_constant_id_of_responses_is_as_many_as_there_are() {
    let sandbox = Sandbox::new();
    let said = |id: &str, response: &str, output: u64| {
        let mut answer = with_usage(answer("ada", id, id), response, "", output);
        answer
            .as_object_mut()
            .expect("a record")
            .remove("requestId");
        answer
    };
    let all = [
        at(prompt("ada", "p1", "one"), 1),
        at(said("a1", "chatcmpl-0", 5), 2),
        at(said("a2", "chatcmpl-0", 9), 3),
        at(prompt("ada", "p2", "two"), 4),
        at(said("a3", "chatcmpl-0", 7), 5),
        at(said("a4", "msg_0123456789abcdef", 2), 6),
        at(result("ada", "r1", "t", "between"), 7),
        at(said("a5", "msg_0123456789abcdef", 3), 8),
    ];
    sandbox.write("garden/ada.jsonl", lines(&all));
    sandbox.sync();
    let counted: Vec<String> = sandbox.ask(
        "SELECT id || ' ' || output_tokens FROM messages WHERE output_tokens IS NOT NULL ORDER BY id",
    );
    assert_eq!(counted, ["a1 9", "a3 7", "a4 3"]);
}

#[test]
fn subagents_of_one_id_are_as_many_as_there_are_sessions() {
    let sandbox = Sandbox::new();
    for session in ["ada", "bob"] {
        let file = format!("garden/{session}/subagents/agent-a0000000.jsonl");
        let task = with(
            prompt(session, &format!("{session}-1"), session),
            json!({"agentId": "a0000000"}),
        );
        sandbox.write(&file, line(&at(task, 1)));
        sandbox.write(
            &format!("garden/{session}.jsonl"),
            line(&at(prompt(session, session, "go"), 1)),
        );
    }
    sandbox.sync();
    let subagents: Vec<String> =
        sandbox.ask("SELECT id || ' of ' || parent_session_id FROM sessions WHERE parent_session_id IS NOT NULL ORDER BY 1");
    assert_eq!(subagents, ["a0000000@ada of ada", "a0000000@bob of bob"]);
    let which = sandbox.run(&["show", "a0000000"]);
    assert!(which.err.contains("a0000000@ada"), "{}", which.err);
}

#[test]
fn what_nobody_knows_is_an_event_with_its_words() {
    let sandbox = Sandbox::new();
    let unknown = with(
        record(
            "brand-new",
            "ada",
            "n1",
            json!({"note": "the fantail turned"}),
        ),
        json!({"governor": "rattled"}),
    );
    sandbox.write("garden/ada.jsonl", line(&at(unknown, 1)));
    sandbox.sync();
    assert_eq!(sandbox.search("fantail role:event"), ["n1"]);
    assert_eq!(sandbox.search("rattled"), ["n1"]);
}

/// A copied run of records is the same response, whichever file comes first by name.
#[test]
fn a_fork_does_not_count_the_tokens_of_a_run_twice() {
    let said = |session: &str, id: &str, minute| {
        let mut one = at(answer(session, id, id), minute);
        one["message"]["id"] = json!("chatcmpl-0");
        one["message"]["usage"] = json!({"input_tokens": 3, "output_tokens": 5});
        one.as_object_mut().expect("a record").remove("requestId");
        one
    };
    let original = lines(&[said("ada", "x1", 1), said("ada", "x2", 2)]);
    for fork in ["aaa", "zzz"] {
        let files = [
            ("garden/ada.jsonl".to_owned(), original.clone()),
            (format!("garden/{fork}.jsonl"), line(&said(fork, "x1", 1))),
        ];
        for order in [[0, 1], [1, 0]] {
            let sandbox = Sandbox::new();
            for at in order {
                sandbox.write(&files[at].0, &files[at].1);
                sandbox.sync();
            }
            let count = "SELECT CAST(sum(output_tokens) AS TEXT) FROM messages";
            assert_eq!(sandbox.ask::<String>(count), ["5"], "{fork} {order:?}");
        }
    }
}
