//! The texts of a message, in the order they weigh.

use rusqlite::Connection;

use super::super::facts::Facts;
use super::super::json_text::append_strings;
use super::super::messages::{HAS_ANSWERS, HAS_CALLS};
use crate::text::fold;

/// Where a text stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Prose,
    Thinking,
    ToolInput,
    ToolOutput,
    Event,
}

impl Field {
    /// As it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prose => "text",
            Self::Thinking => "thinking",
            Self::ToolInput => "tool_input",
            Self::ToolOutput => "tool_output",
            Self::Event => "event",
        }
    }
}

/// A text of a message.
#[derive(Debug)]
pub struct Text {
    pub field: Field,
    pub text: String,
}

/// The texts of a message that hold anything, each at most so many bytes of it.
pub fn of(conn: &Connection, message: &Facts, most: usize) -> rusqlite::Result<Vec<Text>> {
    taken(conn, message, most, str::to_owned)
}

/// The same without case and accents.
pub fn folded(conn: &Connection, message: &Facts, most: usize) -> rusqlite::Result<Vec<Text>> {
    taken(conn, message, most, fold)
}

fn taken(
    conn: &Connection,
    message: &Facts,
    most: usize,
    take: fn(&str) -> String,
) -> rusqlite::Result<Vec<Text>> {
    let mut texts = Vec::new();
    let mut add = |field, text: &str| {
        if !text.is_empty() {
            let text = take(&text[..text.floor_char_boundary(most)]);
            texts.push(Text { field, text });
        }
    };
    let mut fields = conn.prepare_cached(
        "SELECT user_text, assistant_text, thinking_text, event_text FROM message WHERE id = ?1",
    )?;
    let mut rows = fields.query([message.id])?;
    if let Some(row) = rows.next()? {
        let columns = [Field::Prose, Field::Prose, Field::Thinking, Field::Event];
        for (at, field) in columns.into_iter().enumerate() {
            add(
                field,
                row.get_ref(at)?.as_str_or_null()?.unwrap_or_default(),
            );
        }
    }
    if message.flags & HAS_CALLS != 0 {
        let mut calls = conn.prepare_cached(
            "SELECT coalesce(u.parameters, t.body) FROM tool_use u
               LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1",
        )?;
        let mut rows = calls.query([message.id])?;
        while let Some(row) = rows.next()? {
            let mut text = String::new();
            append_strings(row.get_ref(0)?.as_str()?, "\n", &mut text, &mut ());
            add(Field::ToolInput, &text);
        }
    }
    if message.flags & HAS_ANSWERS != 0 {
        let mut answers = conn.prepare_cached(
            "SELECT coalesce(r.output, t.body) FROM tool_result r
               LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1",
        )?;
        let mut rows = answers.query([message.id])?;
        while let Some(row) = rows.next()? {
            add(
                Field::ToolOutput,
                row.get_ref(0)?.as_str_or_null()?.unwrap_or_default(),
            );
        }
    }
    Ok(texts)
}
