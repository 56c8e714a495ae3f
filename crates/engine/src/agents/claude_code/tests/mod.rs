//! What records say. All records are made up.

mod any_record;
mod golden;
mod nothing_lost;

use serde_json::{Value, json};

use super::ClaudeCode;
use crate::agents::{Agent, ParseFault};
use crate::entry::{Entry, Env, Fact, Message, Role};
use crate::transcript::{Origin, Shape};

const UUID: &str = "6a1e0000-0000-4000-8000-000000000002";

/// Members every record of the conversation has; `null` in `more` takes one away.
fn node(kind: &str, more: Value) -> Value {
    let mut record = json!({
        "parentUuid": "6a1e0000-0000-4000-8000-000000000001",
        "isSidechain": false,
        "userType": "external",
        "cwd": "/home/ada/engine",
        "sessionId": "5e550000-0000-4000-8000-000000000001",
        "version": "2.1.200",
        "gitBranch": "cards",
        "type": kind,
        "uuid": UUID,
        "timestamp": "2026-01-02T03:04:05.678Z",
    });
    merge(&mut record, more);
    record
}

fn merge(record: &mut Value, more: Value) {
    let (Value::Object(record), Value::Object(more)) = (record, more) else {
        return;
    };
    for (key, value) in more {
        match value {
            Value::Null => record.remove(&key),
            value => record.insert(key, value),
        };
    }
}

/// A `user` record with this content.
fn user(content: Value, more: Value) -> Value {
    let mut record = node(
        "user",
        json!({"message": {"role": "user", "content": content}}),
    );
    merge(&mut record, more);
    record
}

/// An `assistant` record with these blocks.
fn assistant(blocks: Value) -> Value {
    let usage = json!({
        "input_tokens": 3,
        "output_tokens": 159,
        "cache_creation_input_tokens": 70,
        "cache_read_input_tokens": 11_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 70},
        "service_tier": "standard",
        "iterations": [{"type": "message", "output_tokens": 159}],
    });
    let message = json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-lovelace-1",
        "content": blocks, "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    node(
        "assistant",
        json!({"message": message, "requestId": "req_01"}),
    )
}

/// A record outside the conversation.
fn note(kind: &str, more: Value) -> Value {
    let mut record = json!({"type": kind, "sessionId": "5e550000-0000-4000-8000-000000000001"});
    merge(&mut record, more);
    record
}

fn main_file() -> Origin {
    Origin {
        shape: Shape::Lines,
        session: "5e550000-0000-4000-8000-000000000001".to_owned(),
        is_subagent: false,
        parent_session: None,
        under: String::new(),
        is_companion: false,
        is_earlier: false,
    }
}

fn subagent_file(parent: Option<&str>) -> Origin {
    Origin {
        session: "a0123456789abcdef".to_owned(),
        is_subagent: true,
        parent_session: parent.map(str::to_owned),
        is_companion: false,
        is_earlier: false,
        ..main_file()
    }
}

fn journal_file() -> Origin {
    Origin {
        is_companion: true,
        ..main_file()
    }
}

fn sidecar_file() -> Origin {
    Origin {
        shape: Shape::Document,
        ..subagent_file(Some("5e550000-0000-4000-8000-000000000001"))
    }
}

fn parse(record: &Value) -> Entry {
    parse_text(&record.to_string()).unwrap_or_else(|fault| panic!("{fault:?}: {record}"))
}

fn parse_text(json: &str) -> Result<Entry, ParseFault> {
    ClaudeCode.parse(&main_file(), json)
}

fn message(record: &Value) -> Message {
    parse(record)
        .message
        .unwrap_or_else(|| panic!("no message: {record}"))
}

/// The entry without what is empty. Taking it apart makes a new field fail to compile here.
fn show(entry: &Entry) -> String {
    let Entry {
        kind,
        session,
        is_identified,
        message,
        facts,
        timestamp,
        env,
    } = entry;
    let Env {
        working_dir,
        git_branch,
        platform,
        agent_version,
    } = env;
    let mut lines = vec![
        format!("kind           {kind:?}"),
        format!("is_identified  {is_identified}"),
    ];
    let mut line = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{name:<14} {value}")));
    };
    line("session", session.clone());
    line("timestamp", timestamp.clone());
    line("working_dir", working_dir.clone());
    line("git_branch", git_branch.clone());
    line("platform", platform.clone());
    line("agent_version", agent_version.clone());
    for fact in facts {
        line("fact", Some(format!("{fact:?}")));
    }
    match message {
        None => line("message", Some("none".to_owned())),
        Some(message) => show_message(message, &mut line),
    }
    lines.join("\n")
}

fn show_message(message: &Message, line: &mut impl FnMut(&str, Option<String>)) {
    let Message {
        key,
        parent,
        role,
        user_text,
        title_text,
        assistant_text,
        thinking_text,
        event_text,
        is_waiting,
        model,
        is_sidechain,
        is_meta,
        usage,
        tool_uses,
        tool_results,
        attachments,
    } = message;
    let filled = |text: &String| (!text.is_empty()).then(|| format!("{text:?}"));
    line("message", Some(role.word().to_owned()));
    line("  key", key.clone());
    line("  parent", parent.clone());
    line("  user", filled(user_text));
    line(
        "  title",
        title_text.as_ref().map(|title| format!("{title:?}")),
    );
    line("  assistant", filled(assistant_text));
    line("  thinking", filled(thinking_text));
    line("  event", filled(event_text));
    line("  waiting", is_waiting.then(|| "yes".to_owned()));
    line("  model", model.clone());
    line("  sidechain", is_sidechain.then(|| "yes".to_owned()));
    line("  meta", is_meta.then(|| "yes".to_owned()));
    line("  usage", usage.as_ref().map(|usage| format!("{usage:?}")));
    tool_uses
        .iter()
        .for_each(|each| line("  tool use", Some(format!("{each:?}"))));
    tool_results
        .iter()
        .for_each(|each| line("  tool result", Some(format!("{each:?}"))));
    attachments
        .iter()
        .for_each(|each| line("  attachment", Some(format!("{each:?}"))));
}
