//! Tool uses and their results, joined by the agent's id of the call.

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::template::{ContentHash, WORTH_A_HOLE, content_hash};
use crate::entry::{ToolResult, ToolUse};

/// A text with the name by which the archive refers to it when it is long.
#[derive(Debug, Clone)]
pub struct Named {
    /// The text.
    pub text: String,
    /// Its name when it is long.
    pub hash: Option<ContentHash>,
}

impl From<String> for Named {
    fn from(text: String) -> Self {
        let hash = (text.len() >= WORTH_A_HOLE).then(|| content_hash(text.as_bytes()));
        Self { text, hash }
    }
}

/// A call with its arguments named.
#[derive(Debug, Clone)]
pub struct Call {
    /// The agent's id of the call; empty when it has none.
    pub key: String,
    /// The tool.
    pub name: String,
    /// The arguments, as JSON text.
    pub parameters: Named,
}

impl From<ToolUse> for Call {
    fn from(tool: ToolUse) -> Self {
        Self {
            key: tool.key,
            name: tool.name,
            parameters: tool.parameters.into(),
        }
    }
}

/// The answer to a call with its output named.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Id of the call it answers; empty when it has none.
    pub tool_use: String,
    /// What came back.
    pub output: Named,
    /// The tool failed.
    pub is_error: bool,
}

impl From<ToolResult> for Answer {
    fn from(result: ToolResult) -> Self {
        let ToolResult {
            tool_use,
            output,
            is_error,
        } = result;
        Self {
            tool_use,
            output: output.into(),
            is_error,
        }
    }
}

impl Store {
    /// Stores a call. A call seen before (a copy, a resumed session) is kept as it was.
    pub fn insert_call(&mut self, message: i64, call: &Call) -> rusqlite::Result<()> {
        let id = self.call(&call.key)?;
        let (short, long) = self.store_named(&call.parameters)?;
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO tool_use VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![id, message, call.name, short, long])?;
        Ok(())
    }

    /// Stores an answer; the first one to a call is kept.
    pub fn insert_answer(&mut self, message: i64, answer: &Answer) -> rusqlite::Result<()> {
        let id = self.call(&answer.tool_use)?;
        let (short, long) = self.store_named(&answer.output)?;
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO tool_result VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![id, message, answer.is_error, short, long])?;
        Ok(())
    }

    /// A short text as it stands in its row, or the number of a long one.
    pub fn store_named<'t>(
        &mut self,
        named: &'t Named,
    ) -> rusqlite::Result<(Option<&'t str>, Option<i64>)> {
        Ok(match named.hash {
            Some(hash) => (None, Some(self.store_text(hash, &named.text)?)),
            None => (Some(&named.text), None),
        })
    }

    /// The number of a call; one of its own when it has no id.
    fn call(&mut self, key: &str) -> rusqlite::Result<i64> {
        let known = if key.is_empty() {
            None
        } else {
            self.conn
                .prepare_cached("SELECT id FROM tool_call WHERE key = ?1")?
                .query_row([key], |r| r.get(0))
                .optional()?
        };
        if let Some(id) = known {
            return Ok(id);
        }
        self.conn
            .prepare_cached("INSERT INTO tool_call (key) VALUES (nullif(?1, ''))")?
            .execute([key])?;
        Ok(self.conn.last_insert_rowid())
    }
}
