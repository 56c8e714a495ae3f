//! The texts of a message, in the order they weigh.

use rusqlite::Connection;

use super::super::json_text::append_strings;
use crate::text::Folded;

/// Where a text stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Prose,
    Thinking,
    ToolInput,
    ToolOutput,
}

impl Field {
    /// As it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prose => "text",
            Self::Thinking => "thinking",
            Self::ToolInput => "tool_input",
            Self::ToolOutput => "tool_output",
        }
    }
}

/// A text of a message.
#[derive(Debug)]
pub struct Text {
    pub field: Field,
    pub text: String,
}

impl Text {
    /// Without case and accents.
    pub fn folded(&self) -> Folded<'_> {
        Folded::new(&self.text)
    }
}

/// The texts of a message that hold anything.
pub fn of(conn: &Connection, message: i64) -> rusqlite::Result<Vec<Text>> {
    let mut fields = conn.prepare_cached(
        "SELECT 0, user_text, assistant_text, thinking_text, flags FROM message WHERE id = ?1",
    )?;
    let mut texts = Vec::new();
    let mut add = |field, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            texts.push(Text { field, text });
        }
    };
    let mut flags = 0;
    let mut rows = fields.query([message])?;
    if let Some(row) = rows.next()? {
        add(Field::Prose, row.get(1)?);
        add(Field::Prose, row.get(2)?);
        add(Field::Thinking, row.get(3)?);
        flags = row.get(4)?;
    }
    if flags & super::super::messages::HAS_CALLS != 0 {
        let mut calls = conn.prepare_cached(
            "SELECT coalesce(u.parameters, t.body) FROM tool_use u
               LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1",
        )?;
        let mut rows = calls.query([message])?;
        while let Some(row) = rows.next()? {
            let mut text = String::new();
            append_strings(row.get_ref(0)?.as_str()?, &mut text);
            add(Field::ToolInput, Some(text));
        }
    }
    if flags & super::super::messages::HAS_ANSWERS != 0 {
        let mut answers = conn.prepare_cached(
            "SELECT coalesce(r.output, t.body) FROM tool_result r
               LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1",
        )?;
        let mut rows = answers.query([message])?;
        while let Some(row) = rows.next()? {
            add(Field::ToolOutput, row.get(0)?);
        }
    }
    Ok(texts)
}
