//! A session as it is read: its messages with everything that belongs to them.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, params};

use super::archive;
use super::handle::Reader;
use super::path_bytes::path_from_bytes;
use super::time::iso;
use crate::model::{AttachmentRow, MessageRow, RawLine, ToolResultRow, ToolUseRow, Turn};

/// The messages a session owns, and those it shares with the session it was copied from.
pub(super) const MEMBERS: &str = "SELECT id FROM message WHERE session_id = ?1
    UNION SELECT message_id FROM copy WHERE session_id = ?1";

/// The name of a call `u`, and of the call that an answer `r` belongs to: where it found none, the id
/// it asks for.
pub(super) const CALL_NAME: &str = "(SELECT n.name FROM call_name n WHERE n.call = u.id)";
pub(super) const ANSWERED_NAME: &str =
    "coalesce((SELECT n.name FROM call_name n WHERE n.call = r.call_id), r.key, '')";

/// The order of a conversation: by time, and what has none where it was written.
pub(super) const IN_ORDER: &str =
    "coalesce(m.time_ms, m.near_ms, 0), t.path, c.generation, m.offset";
pub(super) const PLACED: &str =
    "JOIN cursor c ON c.id = m.cursor_id JOIN transcript t ON t.id = c.transcript_id";

const COLUMNS: &str = "m.id, m.key,
    coalesce((SELECT iif(p.flags & 16, substr(p.key, 1, length(p.key) - 17), p.key)
       FROM message p WHERE p.id = m.parent_id), (SELECT g.key FROM gone g WHERE g.id = m.parent_id), m.parent_key),
    k.text, r.text, m.time_ms, m.user_text, m.assistant_text, m.thinking_text,
    (SELECT l.text FROM label l WHERE l.id = m.model), m.flags & 1, m.flags & 2, m.event_text";
const LABELS: &str = "JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role";

impl Reader {
    /// The messages of a session by time; those of the same time in the order they were written.
    pub fn messages(&self, session: i64) -> rusqlite::Result<Vec<MessageRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM message m {LABELS} {PLACED}
             WHERE m.id IN ({MEMBERS}) ORDER BY {IN_ORDER}"
        );
        let mut found = self
            .conn
            .prepare_cached(&sql)?
            .query_map([session], message)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        self.add_parts(&mut found)?;
        Ok(found.into_iter().map(|(_, message)| message).collect())
    }

    /// The messages with these ids, in this order, each with those that answer its calls. Ids the
    /// session does not hold are passed over.
    pub fn turns(&self, session: i64, ids: &[String]) -> rusqlite::Result<Vec<Turn>> {
        let list = serde_json::to_string(ids).unwrap_or_default();
        let sql = format!(
            "SELECT {COLUMNS} FROM json_each(?2) wanted CROSS JOIN message m ON m.key = wanted.value {LABELS}
             WHERE m.session_id = ?1
                OR EXISTS (SELECT 1 FROM copy x WHERE x.session_id = ?1 AND x.message_id = m.id)
             ORDER BY wanted.key"
        );
        let mut found = self
            .conn
            .prepare_cached(&sql)?
            .query_map(params![session, list], message)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        self.add_parts(&mut found)?;
        let mut answers = self.answers_to(&found)?;
        let turns = found.into_iter().map(|(id, message)| Turn {
            message,
            answers: answers.remove(&id).unwrap_or_default(),
        });
        Ok(turns.collect())
    }

    /// The messages that answer the calls of these, by the number of the message that calls.
    fn answers_to(
        &self,
        callers: &[(i64, MessageRow)],
    ) -> rusqlite::Result<HashMap<i64, Vec<MessageRow>>> {
        let ids: Vec<i64> = callers.iter().map(|(id, _)| *id).collect();
        let list = serde_json::to_string(&ids).unwrap_or_default();
        let pairs = self
            .conn
            .prepare_cached(
                "SELECT DISTINCT u.message_id, r.message_id FROM tool_use u JOIN tool_result r ON r.call_id = u.id
                 WHERE u.message_id IN (SELECT value FROM json_each(?1)) AND r.message_id <> u.message_id
                 ORDER BY u.id",
            )?
            .query_map([&list], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
        let ids: Vec<i64> = pairs.iter().map(|(_, answer)| *answer).collect();
        let list = serde_json::to_string(&ids).unwrap_or_default();
        let sql = format!(
            "SELECT {COLUMNS} FROM message m {LABELS} WHERE m.id IN (SELECT value FROM json_each(?1))"
        );
        let mut rows = self
            .conn
            .prepare_cached(&sql)?
            .query_map([&list], message)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        self.add_parts(&mut rows)?;
        let rows: HashMap<i64, MessageRow> = rows.into_iter().collect();
        let mut answers: HashMap<i64, Vec<MessageRow>> = HashMap::new();
        for (caller, answer) in pairs {
            if let Some(row) = rows.get(&answer) {
                answers.entry(caller).or_default().push(row.clone());
            }
        }
        Ok(answers)
    }

    /// The line the message with this id was read from.
    pub fn raw_line(&self, message: &str) -> rusqlite::Result<Option<RawLine>> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT t.path, r.cursor_id, r.offset, r.len FROM message m
                 JOIN record r ON r.cursor_id = m.cursor_id AND r.offset = m.offset
                 JOIN cursor c ON c.id = r.cursor_id JOIN transcript t ON t.id = c.transcript_id
                 WHERE m.key = ?1",
            )?
            .query_row([message], |row| {
                let number = |at: usize| row.get::<_, i64>(at).map(|n| n as u64);
                let path = path_from_bytes(row.get(0)?);
                Ok((path, row.get(1)?, number(2)?, number(3)?))
            })
            .optional()?;
        let (path, offset, bytes) = match found {
            Some((path, cursor, offset, len)) => {
                (path, offset, archive::raw(&self.conn, cursor, offset, len)?)
            }
            None => match self.pending_record(message)? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(RawLine {
            path: path.display().to_string(),
            offset,
            text: text.trim_end_matches(['\r', '\n']).to_owned(),
        }))
    }

    /// Calls, answers and attachments, to the messages they belong to.
    fn add_parts(&self, found: &mut [(i64, MessageRow)]) -> rusqlite::Result<()> {
        let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
        let list = serde_json::to_string(&ids).unwrap_or_default();
        let mut at: HashMap<i64, &mut MessageRow> =
            found.iter_mut().map(|(id, row)| (*id, row)).collect();
        let mut uses = self.conn.prepare_cached(&format!(
            "SELECT u.message_id, {CALL_NAME}, u.name,
               coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id))
             FROM tool_use u
             WHERE u.message_id IN (SELECT value FROM json_each(?1)) ORDER BY u.id"
        ))?;
        let mut rows = uses.query([&list])?;
        while let Some(row) = rows.next()? {
            if let Some(message) = at.get_mut(&row.get(0)?) {
                message.tool_uses.push(ToolUseRow {
                    id: row.get(1)?,
                    tool_name: row.get(2)?,
                    parameters: row.get(3)?,
                });
            }
        }
        let mut results = self.conn.prepare_cached(&format!(
            "SELECT r.message_id, {ANSWERED_NAME},
               coalesce(r.output, (SELECT t.body FROM text t WHERE t.id = r.text_id)), r.is_error
             FROM tool_result r
             WHERE r.message_id IN (SELECT value FROM json_each(?1)) ORDER BY r.id"
        ))?;
        let mut rows = results.query([&list])?;
        while let Some(row) = rows.next()? {
            if let Some(message) = at.get_mut(&row.get(0)?) {
                message.tool_results.push(ToolResultRow {
                    tool_use_id: row.get(1)?,
                    output: row.get(2)?,
                    error: row.get(3)?,
                });
            }
        }
        let mut attachments = self.conn.prepare_cached(
            "SELECT message_id, kind, filename, mime_type, bytes FROM attachment
             WHERE message_id IN (SELECT value FROM json_each(?1)) ORDER BY id",
        )?;
        let mut rows = attachments.query([&list])?;
        while let Some(row) = rows.next()? {
            if let Some(message) = at.get_mut(&row.get(0)?) {
                message.attachments.push(AttachmentRow {
                    kind: row.get(1)?,
                    filename: row.get(2)?,
                    mime_type: row.get(3)?,
                    bytes: row.get::<_, Option<i64>>(4)?.map(|n| n as u64),
                });
            }
        }
        Ok(())
    }
}

fn message(row: &Row<'_>) -> rusqlite::Result<(i64, MessageRow)> {
    let message = MessageRow {
        id: row.get(1)?,
        parent_id: row.get(2)?,
        kind: row.get(3)?,
        role: row.get(4)?,
        timestamp: row.get::<_, Option<i64>>(5)?.map(iso),
        user_text: row.get(6)?,
        assistant_text: row.get(7)?,
        thinking_text: row.get(8)?,
        event_text: row.get(12)?,
        model: row.get(9)?,
        is_sidechain: row.get(10)?,
        is_meta: row.get::<_, i64>(11)? != 0,
        tool_uses: Vec::new(),
        tool_results: Vec::new(),
        attachments: Vec::new(),
    };
    Ok((row.get(0)?, message))
}
