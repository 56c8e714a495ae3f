//! Tool uses and their results, joined by the agent's id of the call.

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::entry::{ToolResult, ToolUse};

impl Store {
    /// Stores a call. A call seen before (a copy, a resumed session) is kept as it was.
    pub fn insert_tool_use(&mut self, message: i64, tool: &ToolUse) -> rusqlite::Result<()> {
        let call = self.call(&tool.key)?;
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO tool_use VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![call, message, tool.name, tool.parameters])?;
        Ok(())
    }

    /// Stores an answer; the first one to a call is kept.
    pub fn insert_tool_result(&mut self, message: i64, result: &ToolResult) -> rusqlite::Result<()> {
        let call = self.call(&result.tool_use)?;
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO tool_result VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![call, message, result.is_error, result.output])?;
        Ok(())
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
