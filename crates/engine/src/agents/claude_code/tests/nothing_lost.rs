//! Every string of a record is in some text of its entry, unless it is in a silent place. What is silent is asked
//! of `silent`, everything else is done here a second time.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::silent;
use super::*;

/// Members that are in the entry in another form, or that name something else, by the place of a record or below it.
const ENVELOPE: [&str; 6] = [
    "parentUuid",
    "logicalParentUuid",
    "sessionId",
    "session_id",
    "timestamp",
    "forkedFrom",
];

#[test]
fn nothing_is_lost_in_real_transcripts() {
    let Some(root) = corpus() else {
        // Said by the tests of the corpus.
        return;
    };
    let (mut records, mut strings, mut lost) = (0, 0, Vec::new());
    for path in files(&root) {
        let origin = Origin {
            is_subagent: path.to_string_lossy().contains("subagents"),
            ..main_file()
        };
        let bytes = fs::read(&path).unwrap_or_default();
        for (line, json) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let json = String::from_utf8_lossy(json);
            let Ok(record @ Value::Object(_)) = serde_json::from_str(&json) else {
                continue;
            };
            let entry = ClaudeCode.parse(&origin, &json).unwrap_or_default();
            records += 1;
            let all = leaves(&record);
            strings += all.len();
            let missing = missing(&all, &entry);
            lost.extend(missing.map(|leaf| format!("{}:{} {leaf}", path.display(), line + 1)));
        }
    }
    let counts = format!("{} of {strings} strings in {records} records", lost.len());
    assert!(lost.is_empty(), "lost {counts}:\n{}", lost.join("\n"));
    assert!(strings > 40_000, "looked at {counts}");
}

#[test]
fn what_nobody_has_heard_of_is_shown() {
    for record in [
        note("newfangled", json!({"words": "quern"})),
        node("newfangled", json!({"deep": [[{"words": "quern"}]]})),
        node(
            "newfangled",
            json!({"message": {"role": "assistant", "content": [{"type": "text", "text": "quern"}]}}),
        ),
        node("newfangled", json!({"content": "quern"})),
        node("newfangled", json!({"attachment": {"prompt": "quern"}})),
        node("newfangled", json!({"data": ["quern"]})),
        node("newfangled", json!({"summary": {"version": "quern"}})),
        json!({"sessionId": "5e55", "words": "quern"}),
        node("system", json!({"subtype": "newfangled", "words": "quern"})),
        node(
            "system",
            json!({"subtype": "newfangled", "content": [{"type": "text", "text": "quern"}]}),
        ),
        node("system", json!({"content": "quern"})),
        node(
            "attachment",
            json!({"attachment": {"type": "newfangled", "words": ["quern"]}}),
        ),
        node(
            "attachment",
            json!({"attachment": {"type": "queued_command", "prompt": "quern", "commandMode": "newfangled"}}),
        ),
        node(
            "progress",
            json!({"data": {"type": "newfangled", "words": {"a": "quern"}}}),
        ),
        note(
            "queue-operation",
            json!({"operation": "newfangled", "content": "quern"}),
        ),
        note(
            "queue-operation",
            json!({"operation": "remove", "reason": "quern"}),
        ),
        user(json!([{"type": "newfangled", "words": "quern"}]), json!({})),
        user(
            json!([{"type": "newfangled", "content": {"deep": ["quern"]}}]),
            json!({}),
        ),
        user(
            json!([{"type": "text", "text": "x", "words": "quern"}]),
            json!({}),
        ),
        user(json!([["quern"]]), json!({})),
        user(json!({"words": "quern"}), json!({})),
        user(
            json!([{"type": "tool_result", "content": [{"type": "newfangled", "words": "quern"}]}]),
            json!({}),
        ),
        user(
            json!([{"type": "tool_result", "content": [["quern"]]}]),
            json!({}),
        ),
        user(
            json!([{"type": "newfangled_tool_result", "content": {"words": "quern"}}]),
            json!({}),
        ),
        user(
            json!([{"type": "image", "source": {"type": "newfangled", "words": "quern"}}]),
            json!({}),
        ),
        user(json!("x"), json!({"toolUseResult": {"words": "quern"}})),
        user(json!("x"), json!({"toolUseResult": ["quern"]})),
        user(json!("x"), json!({"words": "quern"})),
        user(json!("x"), json!({"content": "quern"})),
        user(json!("x"), json!({"summary": "quern"})),
        user(
            json!("x"),
            json!({"attachment": {"type": "x", "words": "quern"}}),
        ),
        node("user", json!({"message": ["quern"]})),
        node("user", json!({"message": {"words": "quern"}})),
        node("user", json!({"message": {"0": "qu", "1": "er", "2": "n"}})),
        assistant(
            json!([{"type": "newfangled_tool_use", "name": "x", "input": {"words": "quern"}}]),
        ),
    ] {
        let texts = texts(&parse(&record));
        assert!(
            texts.iter().any(|text| text.contains("quern")),
            "{record}\n{texts:?}"
        );
    }
}

#[test]
fn what_is_silent_is_sorted_has_a_reason_and_is_written_down() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let page = fs::read_to_string(page).unwrap_or_default();
    for list in [
        silent::RECORDS,
        silent::SYSTEM,
        silent::ATTACHMENTS,
        silent::PROGRESS,
        silent::BLOCKS,
    ] {
        assert!(list.is_sorted(), "{list:?}");
        for (kind, why) in list {
            assert!(!why.is_empty(), "{kind}");
            assert!(
                page.contains(&format!("`{kind}`")),
                "{kind} is not in docs/formats.md"
            );
        }
    }
    for list in [silent::OUTCOME, silent::MEMBERS] {
        assert!(
            list.is_sorted() && list.iter().all(|(_, why)| !why.is_empty()),
            "{list:?}"
        );
    }
}

/// `SCROLLBACK_CORPUS`, or what lies beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("SCROLLBACK_CORPUS").map_or_else(beside, PathBuf::from);
    Some(root.join("claude-code/projects")).filter(|root| root.is_dir())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// All texts of an entry.
fn texts(entry: &Entry) -> Vec<String> {
    let Env {
        working_dir,
        git_branch,
        agent_version,
        ..
    } = &entry.env;
    let env = [working_dir, git_branch, agent_version]
        .into_iter()
        .flatten();
    let mut texts: Vec<String> = env.cloned().collect();
    texts.extend(entry.facts.iter().map(|fact| match fact {
        Fact::CustomTitle(text) | Fact::AgentTitle(text) | Fact::Summary { text, .. } => {
            text.clone()
        }
        Fact::Queue(crate::entry::QueueChange::Absorbed(text)) => text.clone().unwrap_or_default(),
        other => format!("{other:?}"),
    }));
    let Some(message) = &entry.message else {
        return texts;
    };
    for text in [
        &message.user_text,
        &message.assistant_text,
        &message.thinking_text,
        &message.event_text,
    ] {
        texts.push(text.clone());
    }
    for call in &message.tool_uses {
        texts.push(call.name.clone());
        let arguments = serde_json::from_str(&call.parameters).unwrap_or_default();
        all_strings(&arguments, &mut texts);
    }
    texts.extend(
        message
            .tool_results
            .iter()
            .map(|result| result.output.clone()),
    );
    texts.extend(
        message
            .attachments
            .iter()
            .filter_map(|attachment| attachment.filename.clone()),
    );
    texts.extend(message.model.clone());
    texts
}

fn all_strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| all_strings(item, found)),
        Value::Object(members) => members.values().for_each(|value| all_strings(value, found)),
        _ => {}
    }
}

/// The strings of a record outside of silent places.
fn leaves(record: &Value) -> Vec<(String, String)> {
    let kind = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    let record_kind = kind(record, "type");
    let is_silent = match record_kind.as_str() {
        "system" => silent::is_in(silent::SYSTEM, &kind(record, "subtype")),
        "attachment" => silent::is_in(silent::ATTACHMENTS, &kind(&record["attachment"], "type")),
        "progress" => silent::is_in(silent::PROGRESS, &kind(&record["data"], "type")),
        // A queue's known words for what happens are facts.
        "queue-operation" => {
            walk("content", &record["content"], silent::is_member, &mut found);
            return found;
        }
        other => silent::is_in(silent::RECORDS, other),
    };
    if is_silent {
        return found;
    }
    // Of no session: see `into_entry`.
    if matches!(record_kind.as_str(), "" | "result") && record.get("sessionId").is_none() {
        return found;
    }
    for (name, value) in record.as_object().unwrap_or(&Map::new()) {
        match name.as_str() {
            name if ENVELOPE.contains(&name) || silent::is_member(name) => {}
            "agentName" if record_kind != "agent-name" => {}
            "toolUseResult" if value.get("structuredPatch").is_some() => {}
            "toolUseResult" => walk(name, value, silent::is_outcome, &mut found),
            _ => walk(name, value, silent::is_member, &mut found),
        }
    }
    found
}

fn walk(at: &str, value: &Value, is_silent: fn(&str) -> bool, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((at.to_owned(), text.clone())),
        Value::Array(items) => items
            .iter()
            .for_each(|item| walk(&format!("{at}[]"), item, is_silent, found)),
        Value::Object(members) => {
            let kind = members
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if silent::is_in(silent::BLOCKS, kind) {
                return;
            }
            let is_binary = kind == "base64";
            for (name, value) in members {
                let is_told = name == "model" || is_binary && name == "data";
                if !is_told && !is_silent(name) {
                    walk(&format!("{at}.{name}"), value, is_silent, found);
                }
            }
        }
        _ => {}
    }
}

/// The strings that are in no text of the entry. Strings for machines are looked for with other rules than the
/// agent's: no blank and a digit in them, or dashes and digits only.
fn missing(leaves: &[(String, String)], entry: &Entry) -> impl Iterator<Item = String> {
    let texts = texts(entry);
    let is_there = |text: &str| texts.iter().any(|own| own.contains(text));
    leaves
        .iter()
        .filter(move |(_, text)| {
            let text = text.replace('\0', "\u{fffd}");
            let text = text.trim();
            let is_id = !text.contains(char::is_whitespace)
                && text.len() >= 20
                && text.chars().any(|c| c.is_ascii_digit())
                && !text.contains(['/', '\\', '{']);
            let bare = text.strip_prefix("Error: ").unwrap_or(text);
            !(is_id || is_there(text) || is_there(bare))
        })
        .map(|(at, text)| format!("{at}: {text:.100?}"))
        .collect::<Vec<_>>()
        .into_iter()
}
