//! One conversation: its skeleton, its messages by id, words in it, and the sessions around it.

mod support;

use serde_json::json;
use support::records::{
    answer, at, call, ids, lines, prompt, result, talk, with, with_usage, word,
};
use support::sandbox::Sandbox;

/// Three records that call a tool and answer, each after the one before.
fn with_a_call(session: &str) -> String {
    let after = |record, parent: &str| with(record, json!({ "parentUuid": parent }));
    lines([
        &at(prompt(session, "p1", "look at the Garden"), 1),
        &after(
            at(
                call(session, "c1", "t1", "Read", json!({"file_path": "/x"})),
                2,
            ),
            "p1",
        ),
        &after(at(result(session, "r1", "t1", "seven leaves"), 5), "c1"),
        &after(
            at(
                with_usage(answer(session, "a1", "There are leaves."), "m", "q", 40),
                6,
            ),
            "nowhere",
        ),
    ])
}

#[test]
fn a_skeleton_has_every_message_in_order_with_sizes_and_without_texts() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", with_a_call("ada"));
    sandbox.sync();
    let skeleton = sandbox.engine().skeleton("ada").expect("a skeleton");
    let heads = &skeleton.messages;
    let told: Vec<_> = heads
        .iter()
        .map(|head| (head.id.as_str(), head.role.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("p1", "prompt"),
            ("c1", "assistant"),
            ("r1", "tool_result"),
            ("a1", "assistant")
        ]
    );
    assert_eq!(heads[0].user, "look at the Garden".len() as u64);
    assert_eq!(heads[0].beginning.as_deref(), Some("look at the Garden"));
    assert_eq!(heads[1].calls[0].tool, "Read");
    assert_eq!(heads[2].answers[0].bytes, "seven leaves".len() as u64);
    assert_eq!(
        (heads[1].parent, heads[1].has_lost_parent),
        (Some(heads[0].number), false)
    );
    assert_eq!((heads[3].parent, heads[3].has_lost_parent), (None, true));
    assert_eq!(
        (skeleton.tokens.output, skeleton.tokens.cache_read),
        (40, 11)
    );
}

#[test]
fn messages_come_by_id_in_the_order_asked_for_each_with_its_answers() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", with_a_call("ada"));
    sandbox.write("garden/bob.jsonl", talk("bob", 1..=1));
    sandbox.sync();
    let wanted = ["a1", "nobody", "c1", "bob-1"].map(str::to_owned);
    let turns = sandbox.engine().turns("ada", &wanted).expect("turns");
    let told: Vec<_> = turns.iter().map(|turn| turn.message.id.as_str()).collect();
    assert_eq!(
        told,
        ["a1", "c1"],
        "what another session says is not this one's"
    );
    assert!(turns[0].answers.is_empty());
    assert_eq!(turns[1].answers[0].tool_results[0].output, "seven leaves");
}

#[test]
fn words_are_found_in_all_that_is_stored() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", with_a_call("ada"));
    sandbox.sync();
    let found = |text: &str| {
        sandbox
            .engine()
            .find_in("ada", text)
            .expect("places")
            .messages
    };
    assert_eq!(found("GARDEN"), ["p1"]);
    assert_eq!(found("leaves"), ["r1", "a1"]);
    assert_eq!(found("seven leaves"), ["r1"], "all words, in one message");
    assert_eq!(found("\"are leaves\""), ["a1"]);
    assert_eq!(found("/x"), ["c1"], "also what a tool was asked");
    assert_eq!(
        found("role:user leaves"),
        ["r1", "a1"],
        "a filter is no word"
    );
    assert!(found("").is_empty() && found("weeds").is_empty());
}

#[test]
fn a_line_is_found_where_it_stands() {
    let sandbox = Sandbox::new();
    let text = talk("ada", 1..=3);
    let path = sandbox.write("garden/ada.jsonl", &text);
    sandbox.sync();
    std::fs::remove_file(&path).expect("removed");
    let line = sandbox.engine().raw_line("ada-2").expect("a line");
    assert_eq!(line.path, path.display().to_string());
    assert!(text[line.offset as usize..].starts_with(&line.text));
    assert!(line.text.contains(&word("ada", 2)));
    assert!(sandbox.engine().raw_line("nobody").is_err());
}

#[test]
fn subagents_are_a_tree_and_branches_know_each_other() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", with_a_call("ada"));
    let side = |id: &str, number| {
        with(
            at(prompt("ada", &format!("{id}-1"), "go"), number),
            json!({"isSidechain": true, "agentId": id}),
        )
    };
    sandbox.write(
        "garden/ada/subagents/agent-kid.jsonl",
        lines([&side("kid", 7)]),
    );
    sandbox.write(
        "garden/ada/subagents/agent-kid.meta.json",
        json!({"agentType": "Explore", "toolUseId": "t1"}).to_string(),
    );
    sandbox.write(
        "garden/ada/subagents/agent-pup.jsonl",
        lines([&side("pup", 8)]),
    );
    sandbox.write(
        "garden/ada/subagents/agent-pup.meta.json",
        json!({"agentType": "Plan", "parentAgentId": "kid"}).to_string(),
    );
    let copied = with_a_call("fork") + &lines([&at(prompt("fork", "p2", "another way"), 9)]);
    sandbox.write("garden/fork.jsonl", copied);
    sandbox.sync();
    let engine = sandbox.engine();
    let lineage = engine.skeleton("ada").expect("a skeleton").lineage;
    let tree: Vec<_> = lineage
        .subagents
        .iter()
        .map(|each| {
            (
                each.session.id.as_str(),
                each.depth,
                each.call.as_deref(),
                each.kind.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        tree,
        [
            ("kid", 1, Some("t1"), Some("Explore")),
            ("pup", 2, None, Some("Plan"))
        ]
    );
    assert_eq!(
        lineage
            .relatives
            .iter()
            .map(|row| row.id.as_str())
            .collect::<Vec<_>>(),
        ["fork"]
    );
    let kid = engine.skeleton("kid").expect("a skeleton").lineage;
    assert_eq!(kid.started_by.map(|row| row.id).as_deref(), Some("ada"));
    let fork = engine.skeleton("fork").expect("a skeleton");
    let copies: Vec<bool> = fork.messages.iter().map(|head| head.is_copy).collect();
    assert_eq!(copies, [true, true, true, true, false]);
    assert_eq!(fork.lineage.relatives[0].id, "ada");
    let listed = engine.session("ada").expect("a session");
    assert_eq!(listed.project_name.as_deref(), Some("garden"));
}

#[test]
fn pins_are_kept_in_the_order_they_were_set() {
    let sandbox = Sandbox::new();
    for session in ["ada", "bob", "eve"] {
        sandbox.write(&format!("p/{session}.jsonl"), talk(session, 1..=1));
    }
    sandbox.sync();
    let engine = sandbox.engine();
    let pinned = || {
        engine
            .pinned()
            .expect("pins")
            .into_iter()
            .map(|row| row.id)
            .collect::<Vec<_>>()
    };
    assert!(pinned().is_empty());
    for session in ["eve", "ada", "eve"] {
        engine.pin(session, true).expect("pinned");
    }
    assert_eq!(pinned(), ["ada", "eve"]);
    engine.pin("ada", false).expect("taken away");
    assert_eq!(pinned(), ["eve"]);
    assert!(engine.pin("nobody", true).is_err());
}

#[test]
fn a_session_is_resumed_from_its_folder() {
    let sandbox = Sandbox::new();
    let elsewhere = with(
        prompt("ada", "p", "hi"),
        json!({"cwd": "/home/ada/it's here"}),
    );
    sandbox.write("p/ada.jsonl", lines([&elsewhere]));
    sandbox.sync();
    let command = sandbox.engine().resume_command("ada").expect("a command");
    assert_eq!(
        command,
        r"cd '/home/ada/it'\''s here' && claude --resume ada"
    );
}

#[test]
fn a_long_session_is_laid_out_and_read_in_parts() {
    let sandbox = Sandbox::new();
    sandbox.write("p/ada.jsonl", talk("ada", 1..=5_000));
    sandbox.sync();
    let engine = sandbox.engine();
    let start = std::time::Instant::now();
    let skeleton = engine.skeleton("ada").expect("a skeleton");
    let part = engine
        .turns("ada", &ids("ada", 2_400..=2_440))
        .expect("turns");
    // A debug build on a busy machine; benches have the promise.
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert_eq!((skeleton.messages.len(), part.len()), (5_000, 41));
}
