//! Tool uses and their results. Which belong together is said in `pairing.rs`.

use rusqlite::params;

use super::handle::Store;
use super::ripple::Ripple;
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
    /// Stores a call of a message that `session` says.
    pub(super) fn insert_call(
        &mut self,
        message: i64,
        session: i64,
        call: &Call,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let key = Some(call.key.as_str()).filter(|key| !key.is_empty());
        if let Some(key) = key
            && self.is_spoken_of(key)?
        {
            ripple.calls.insert((session, key.to_owned()));
        }
        let (short, long) = self.store_named(&call.parameters)?;
        self.conn
            .prepare_cached(
                "INSERT INTO tool_use (message_id, key, name, parameters, text_id) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![message, key, call.name, short, long])?;
        Ok(())
    }

    /// Stores an answer in a message that `session` says, with its call where there is no doubt.
    pub(super) fn insert_answer(
        &mut self,
        message: i64,
        session: i64,
        answer: &Answer,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let key = Some(answer.tool_use.as_str()).filter(|key| !key.is_empty());
        let call = key.map(|key| self.only_call(key, session)).transpose()?;
        let call = call.flatten();
        if let (Some(key), None) = (key, call) {
            ripple.calls.insert((session, key.to_owned()));
        }
        let (short, long) = self.store_named(&answer.output)?;
        self.conn
            .prepare_cached(
                "INSERT INTO tool_result (message_id, key, call_id, is_error, output, text_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                message,
                if call.is_none() { key } else { None },
                call,
                answer.is_error,
                short,
                long
            ])?;
        Ok(())
    }

    /// The one call with this id, of the same session and open.
    fn only_call(&self, key: &str, session: i64) -> rusqlite::Result<Option<i64>> {
        let mut calls = self.conn.prepare_cached(
            "SELECT u.id, m.session_id, EXISTS (SELECT 1 FROM tool_result r WHERE r.call_id = u.id)
             FROM tool_use u JOIN message m ON m.id = u.message_id WHERE u.key = ?1 LIMIT 2",
        )?;
        let mut rows = calls.query([key])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (id, of, is_answered): (i64, i64, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let is_plain = of == session && !is_answered;
        Ok((is_plain && rows.next()?.is_none()).then_some(id))
    }

    /// Whether there is a call with this id, or an answer that looks for one.
    fn is_spoken_of(&self, key: &str) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(
                "SELECT 1 FROM tool_use WHERE key = ?1 UNION ALL SELECT 1 FROM tool_result WHERE key = ?1",
            )?
            .exists([key])
    }

    /// Whether a message's row has exactly these calls.
    pub(super) fn has_calls(&self, message: i64, calls: &[Call]) -> rusqlite::Result<bool> {
        let mut rows = self.conn.prepare_cached(
            "SELECT ifnull(u.key, ''), u.name, coalesce(u.parameters, t.body) FROM tool_use u
               LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1 ORDER BY u.id",
        )?;
        let mut rows = rows.query([message])?;
        for call in calls {
            let Some(row) = rows.next()? else {
                return Ok(false);
            };
            let parts = [&call.key, &call.name, &call.parameters.text];
            for (at, part) in parts.into_iter().enumerate() {
                if row.get_ref(at)?.as_str()? != part {
                    return Ok(false);
                }
            }
        }
        rows.next().map(|row| row.is_none())
    }

    /// Whether a message's row has exactly these answers.
    pub(super) fn has_answers(&self, message: i64, answers: &[Answer]) -> rusqlite::Result<bool> {
        let mut rows = self.conn.prepare_cached(
            "SELECT coalesce(r.key, u.key, ''), coalesce(r.output, t.body), r.is_error FROM tool_result r
               LEFT JOIN text t ON t.id = r.text_id LEFT JOIN tool_use u ON u.id = r.call_id
             WHERE r.message_id = ?1 ORDER BY r.id",
        )?;
        let mut rows = rows.query([message])?;
        for answer in answers {
            let Some(row) = rows.next()? else {
                return Ok(false);
            };
            if row.get_ref(0)?.as_str()? != answer.tool_use
                || row.get_ref(1)?.as_str()? != answer.output.text
                || row.get::<_, bool>(2)? != answer.is_error
            {
                return Ok(false);
            }
        }
        rows.next().map(|row| row.is_none())
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
}
