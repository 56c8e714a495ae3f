//! A session as it is read: its messages with everything that belongs to them.

use std::collections::HashMap;

use rusqlite::params;

use super::handle::Reader;
use super::time::iso;
use crate::model::{AttachmentRow, MessageRow, ToolResultRow, ToolUseRow};

/// The messages a session owns, and those it shares with the session it was copied from.
const MEMBERS: &str = "SELECT id FROM message WHERE session_id = ?1
    UNION SELECT message_id FROM membership WHERE session_id = ?1";

impl Reader {
    /// The messages of a session by time; those of the same time in the order they were read.
    pub fn messages(&self, session: i64) -> rusqlite::Result<Vec<MessageRow>> {
        let sql = format!(
            "SELECT m.id, m.key,
               coalesce((SELECT p.key FROM message p WHERE p.id = m.parent_id), m.parent_key),
               k.text, r.text, m.time_ms, m.user_text, m.assistant_text, m.thinking_text,
               (SELECT l.text FROM label l WHERE l.id = m.model), m.flags & 1, m.flags & 2
             FROM message m JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role
             WHERE m.id IN ({MEMBERS}) ORDER BY m.time_ms, m.id"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut places = HashMap::new();
        let mut messages = Vec::new();
        let mut rows = statement.query([session])?;
        while let Some(row) = rows.next()? {
            places.insert(row.get::<_, i64>(0)?, messages.len());
            messages.push(MessageRow {
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
            });
        }
        self.add_tools(session, &places, &mut messages)?;
        self.add_attachments(session, &places, &mut messages)?;
        Ok(messages)
    }

    fn add_tools(
        &self,
        session: i64,
        places: &HashMap<i64, usize>,
        messages: &mut [MessageRow],
    ) -> rusqlite::Result<()> {
        let name = "coalesce(c.key, 'unnamed-' || c.id)";
        let mut uses = self.conn.prepare_cached(&format!(
            "SELECT u.message_id, {name}, u.name,
               coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id))
             FROM tool_use u JOIN tool_call c ON c.id = u.id
             WHERE u.message_id IN ({MEMBERS}) ORDER BY u.id"
        ))?;
        let mut rows = uses.query([session])?;
        while let Some(row) = rows.next()? {
            if let Some(place) = places.get(&row.get(0)?) {
                messages[*place].tool_uses.push(ToolUseRow {
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
             WHERE r.message_id IN ({MEMBERS}) ORDER BY r.id"
        ))?;
        let mut rows = results.query([session])?;
        while let Some(row) = rows.next()? {
            if let Some(place) = places.get(&row.get(0)?) {
                messages[*place].tool_results.push(ToolResultRow {
                    tool_use_id: row.get(1)?,
                    output: row.get(2)?,
                    error: row.get(3)?,
                });
            }
        }
        Ok(())
    }

    fn add_attachments(
        &self,
        session: i64,
        places: &HashMap<i64, usize>,
        messages: &mut [MessageRow],
    ) -> rusqlite::Result<()> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT message_id, kind, filename, mime_type, bytes FROM attachment
             WHERE message_id IN ({MEMBERS}) ORDER BY id"
        ))?;
        let mut rows = statement.query(params![session])?;
        while let Some(row) = rows.next()? {
            if let Some(place) = places.get(&row.get(0)?) {
                messages[*place].attachments.push(AttachmentRow {
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
