//! A session as it is read: its messages with everything that belongs to them.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, params};

use super::handle::Reader;
use super::time::iso;
use crate::model::{AttachmentRow, MessageRow, ToolResultRow, ToolUseRow};

/// The messages a session owns, and those it shares with the session it was copied from.
const MEMBERS: &str = "SELECT id FROM message WHERE session_id = ?1
    UNION SELECT message_id FROM membership WHERE session_id = ?1";

/// Which part of a session to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// From the first message on.
    Start,
    /// Up to the last message.
    End,
    /// From this message on.
    From(i64),
    /// After this message.
    After(i64),
    /// Up to the one before this message.
    Before(i64),
}

impl Stretch {
    fn is_backwards(&self) -> bool {
        matches!(self, Self::End | Self::Before(_))
    }
}

impl Reader {
    /// The messages of a session by time; those of the same time in the order they were read.
    pub fn messages(&self, session: i64) -> rusqlite::Result<Vec<MessageRow>> {
        let found = self.stretch(session, &Stretch::Start, usize::MAX)?;
        Ok(found.into_iter().map(|(_, message)| message).collect())
    }

    /// At most `limit` messages of a stretch of a session, in order, each with its number.
    pub fn stretch(
        &self,
        session: i64,
        stretch: &Stretch,
        limit: usize,
    ) -> rusqlite::Result<Vec<(i64, MessageRow)>> {
        let (bound, order) = match stretch {
            Stretch::Start => ("", "ASC"),
            Stretch::End => ("", "DESC"),
            Stretch::From(_) => (">=", "ASC"),
            Stretch::After(_) => (">", "ASC"),
            Stretch::Before(_) => ("<", "DESC"),
        };
        let anchor = match stretch {
            Stretch::Start | Stretch::End => 0,
            Stretch::From(id) | Stretch::After(id) | Stretch::Before(id) => *id,
        };
        let bound = match bound {
            "" => String::new(),
            sign => format!(
                "AND (ifnull(m.time_ms, 0), m.id) {sign} (SELECT ifnull(time_ms, 0), id FROM message WHERE id = ?3)"
            ),
        };
        let sql = format!(
            "SELECT m.id, m.key,
               coalesce((SELECT p.key FROM message p WHERE p.id = m.parent_id), m.parent_key),
               k.text, r.text, m.time_ms, m.user_text, m.assistant_text, m.thinking_text,
               (SELECT l.text FROM label l WHERE l.id = m.model), m.flags & 1, m.flags & 2
             FROM message m JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role
             WHERE m.id IN ({MEMBERS}) AND ?3 = ?3 {bound} ORDER BY ifnull(m.time_ms, 0) {order}, m.id {order} LIMIT ?2"
        );
        let limit = i64::try_from(limit).unwrap_or(-1);
        let mut found = self
            .conn
            .prepare_cached(&sql)?
            .query_map(params![session, limit, anchor], message)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if stretch.is_backwards() {
            found.reverse();
        }
        self.add_parts(&mut found)?;
        Ok(found)
    }

    /// The number of the message with this id, when the session holds it.
    pub fn message_in(&self, session: i64, key: &str) -> rusqlite::Result<Option<i64>> {
        self.conn
            .prepare_cached(&format!(
                "SELECT id FROM message WHERE key = ?2 AND id IN ({MEMBERS})"
            ))?
            .query_row(params![session, key], |r| r.get(0))
            .optional()
    }

    /// Calls, answers and attachments, to the messages they belong to.
    fn add_parts(&self, found: &mut [(i64, MessageRow)]) -> rusqlite::Result<()> {
        let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
        let list = serde_json::to_string(&ids).unwrap_or_default();
        let mut at: HashMap<i64, &mut MessageRow> =
            found.iter_mut().map(|(id, row)| (*id, row)).collect();
        let name = "coalesce(c.key, 'unnamed-' || c.id)";
        let mut uses = self.conn.prepare_cached(&format!(
            "SELECT u.message_id, {name}, u.name,
               coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id))
             FROM tool_use u JOIN tool_call c ON c.id = u.id
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
            "SELECT r.message_id, {name},
               coalesce(r.output, (SELECT t.body FROM text t WHERE t.id = r.text_id)), r.is_error
             FROM tool_result r JOIN tool_call c ON c.id = r.id
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
        model: row.get(9)?,
        is_sidechain: row.get(10)?,
        is_meta: row.get::<_, i64>(11)? != 0,
        tool_uses: Vec::new(),
        tool_results: Vec::new(),
        attachments: Vec::new(),
    };
    Ok((row.get(0)?, message))
}
