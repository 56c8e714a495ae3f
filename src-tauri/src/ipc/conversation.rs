//! A conversation as the page shows it: messages in parts, none of them endless.

use scrollback_engine::model::{self, MessageRow, SessionRow};
use serde::Serialize;
use serde_json::Value;

/// Characters of one part that are sent.
const PART: usize = 20_000;
/// Characters of the line that sums up a call.
const SUMMARY: usize = 160;

/// Part of a conversation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConversationPage {
    /// The session.
    pub session: SessionRow,
    /// Some of its messages, in order.
    pub messages: Vec<Message>,
    /// Names the page before.
    pub previous: Option<String>,
    /// Names the page after.
    pub next: Option<String>,
}

/// A message.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Message {
    /// The agent's id, or one derived from the bytes.
    pub id: String,
    /// Who speaks.
    pub role: String,
    /// The record's own type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When: ISO 8601.
    pub at: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Part of a subagent's conversation.
    pub is_sidechain: bool,
    /// Put in by the agent.
    pub is_meta: bool,
    /// What it consists of.
    pub parts: Vec<Part>,
}

/// Part of a message. `hidden` is how many characters are not sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// What was said.
    Text {
        /// The words.
        text: String,
        /// Characters left out.
        hidden: u32,
    },
    /// What the model thought.
    Thinking {
        /// The words.
        text: String,
        /// Characters left out.
        hidden: u32,
    },
    /// A call.
    ToolUse {
        /// The call's id.
        id: String,
        /// The tool.
        tool: String,
        /// What is done, in a line.
        summary: String,
        /// The arguments.
        text: String,
        /// Characters left out.
        hidden: u32,
    },
    /// What came back.
    ToolResult {
        /// The call's id.
        id: String,
        /// What came back.
        text: String,
        /// Characters left out.
        hidden: u32,
        /// The tool failed.
        is_error: bool,
    },
    /// An image or document.
    Attachment {
        /// Its name.
        name: Option<String>,
        /// Its media type.
        mime: Option<String>,
        /// Its size.
        bytes: Option<u64>,
        /// `image` or `document`.
        what: String,
    },
}

impl From<model::ConversationPage> for ConversationPage {
    fn from(page: model::ConversationPage) -> Self {
        Self {
            session: page.session,
            messages: page.messages.into_iter().map(Message::from).collect(),
            previous: page.previous,
            next: page.next,
        }
    }
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let mut parts = Vec::new();
        if let Some((text, hidden)) = row.thinking_text.as_deref().and_then(cut) {
            parts.push(Part::Thinking { text, hidden });
        }
        for said in [row.user_text.as_deref(), row.assistant_text.as_deref()] {
            if let Some((text, hidden)) = said.and_then(cut) {
                parts.push(Part::Text { text, hidden });
            }
        }
        for call in row.tool_uses {
            let (text, hidden) = cut(&pretty(&call.parameters)).unwrap_or_default();
            let summary = summary(&call.parameters);
            parts.push(Part::ToolUse {
                id: call.id,
                tool: call.tool_name,
                summary,
                text,
                hidden,
            });
        }
        for result in row.tool_results {
            let (text, hidden) = cut(&result.output).unwrap_or_default();
            let is_error = result.error;
            parts.push(Part::ToolResult {
                id: result.tool_use_id,
                text,
                hidden,
                is_error,
            });
        }
        for one in row.attachments {
            parts.push(Part::Attachment {
                name: one.filename,
                mime: one.mime_type,
                bytes: one.bytes,
                what: one.kind,
            });
        }
        Self {
            id: row.id,
            role: row.role,
            kind: row.kind,
            at: row.timestamp,
            model: row.model,
            is_sidechain: row.is_sidechain,
            is_meta: row.is_meta,
            parts,
        }
    }
}

/// The beginning of a text, and how many characters follow; none of nothing.
fn cut(text: &str) -> Option<(String, u32)> {
    if text.is_empty() {
        return None;
    }
    match text.char_indices().nth(PART) {
        None => Some((text.to_owned(), 0)),
        Some((end, _)) => {
            let hidden = text[end..].chars().count();
            Some((
                text[..end].to_owned(),
                u32::try_from(hidden).unwrap_or(u32::MAX),
            ))
        }
    }
}

fn pretty(parameters: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(parameters);
    value
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| parameters.to_owned())
}

/// What a call is about: the argument that says most, whatever the tool.
fn summary(parameters: &str) -> String {
    const TELLING: [&str; 9] = [
        "command",
        "file_path",
        "path",
        "pattern",
        "query",
        "url",
        "description",
        "prompt",
        "name",
    ];
    let Ok(Value::Object(arguments)) = serde_json::from_str(parameters) else {
        return String::new();
    };
    let told = TELLING
        .iter()
        .find_map(|name| arguments.get(*name)?.as_str());
    let any = || arguments.values().find_map(Value::as_str);
    let line = told.or_else(any).unwrap_or_default();
    let line = line.trim().lines().next().unwrap_or_default();
    line.chars().take(SUMMARY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_endless_and_what_is_left_out_is_counted() {
        assert_eq!(cut(""), None);
        assert_eq!(cut("so"), Some(("so".into(), 0)));
        let long = "ä".repeat(PART + 7);
        let (text, hidden) = cut(&long).expect("text");
        assert_eq!((text.chars().count(), hidden), (PART, 7));
    }

    #[test]
    fn a_call_is_summed_up_in_a_line() {
        for (parameters, line) in [
            (
                r#"{"timeout": 5, "command": "cargo test\nls"}"#,
                "cargo test",
            ),
            (r#"{"file_path": "/a/b.rs", "old": "x"}"#, "/a/b.rs"),
            (r#"{"odd": "this"}"#, "this"),
            (r#"{"n": 1}"#, ""),
            ("not JSON", ""),
        ] {
            assert_eq!(summary(parameters), line);
        }
    }
}
