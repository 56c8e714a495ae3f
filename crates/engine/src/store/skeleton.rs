//! A conversation without its texts, and the sessions around it.

use std::collections::{HashMap, HashSet};

use rusqlite::params;

use super::conversations::{ANSWERED_NAME, CALL_NAME, IN_ORDER, MEMBERS, PLACED};
use super::handle::Reader;
use super::sessions::{SESSION, session};
use super::time::iso;
use crate::model::{AnswerHead, CallHead, Lineage, MessageHead, SessionRow, Subagent, Tokens};

/// How deep subagents of subagents are followed; what is made up may go round in circles.
const DEEPEST: u32 = 8;
/// Characters of the user's side that are read.
const BEGINNING: u32 = 200;

impl Reader {
    /// Every message of a session in order, without texts: sizes are read, contents are not.
    pub fn heads(&self, session: i64) -> rusqlite::Result<Vec<MessageHead>> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT m.id, m.key, coalesce((SELECT p.id FROM message p WHERE p.id = m.parent_id),
                 (SELECT p.id FROM gone g JOIN message p ON p.key = g.key WHERE g.id = m.parent_id)),
               m.parent_id IS NOT NULL OR m.parent_key IS NOT NULL, r.text, m.time_ms, m.flags,
               m.session_id <> ?1, ifnull(octet_length(m.user_text), 0),
               ifnull(octet_length(m.assistant_text), 0), ifnull(octet_length(m.thinking_text), 0),
               substr(m.user_text, 1, {BEGINNING}), ifnull(octet_length(m.event_text), 0)
             FROM message m JOIN label r ON r.id = m.role {PLACED}
             WHERE m.id IN ({MEMBERS}) ORDER BY {IN_ORDER}"
        ))?;
        let mut heads = statement
            .query_map([session], |row| {
                let flags: i64 = row.get(6)?;
                let size = |at: usize| row.get::<_, i64>(at).map(|n| n as u64);
                let parent = row.get(2)?;
                Ok(MessageHead {
                    number: row.get(0)?,
                    id: row.get(1)?,
                    parent,
                    has_lost_parent: parent.is_none() && row.get(3)?,
                    role: row.get(4)?,
                    at: row.get::<_, Option<i64>>(5)?.map(iso),
                    is_sidechain: flags & 1 != 0,
                    is_meta: flags & 2 != 0,
                    is_copy: row.get(7)?,
                    user: size(8)?,
                    assistant: size(9)?,
                    thinking: size(10)?,
                    beginning: row.get(11)?,
                    event: size(12)?,
                    ..MessageHead::default()
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        self.add_part_heads(session, &mut heads)?;
        Ok(heads)
    }

    fn add_part_heads(&self, session: i64, heads: &mut [MessageHead]) -> rusqlite::Result<()> {
        let mut at: HashMap<i64, &mut MessageHead> =
            heads.iter_mut().map(|head| (head.number, head)).collect();
        let mut uses = self.conn.prepare_cached(&format!(
            "SELECT u.message_id, {CALL_NAME}, u.name,
               coalesce(octet_length(u.parameters), (SELECT octet_length(t.body) FROM text t WHERE t.id = u.text_id), 0)
             FROM tool_use u
             WHERE u.message_id IN ({MEMBERS}) ORDER BY u.id"
        ))?;
        let mut rows = uses.query([session])?;
        while let Some(row) = rows.next()? {
            if let Some(head) = at.get_mut(&row.get(0)?) {
                head.calls.push(CallHead {
                    id: row.get(1)?,
                    tool: row.get(2)?,
                    bytes: row.get::<_, i64>(3)? as u64,
                });
            }
        }
        let mut results = self.conn.prepare_cached(&format!(
            "SELECT r.message_id, {ANSWERED_NAME}, r.is_error,
               coalesce(octet_length(r.output), (SELECT octet_length(t.body) FROM text t WHERE t.id = r.text_id), 0)
             FROM tool_result r
             WHERE r.message_id IN ({MEMBERS}) ORDER BY r.id"
        ))?;
        let mut rows = results.query([session])?;
        while let Some(row) = rows.next()? {
            if let Some(head) = at.get_mut(&row.get(0)?) {
                head.answers.push(AnswerHead {
                    call: row.get(1)?,
                    is_error: row.get(2)?,
                    bytes: row.get::<_, i64>(3)? as u64,
                });
            }
        }
        let mut attachments = self.conn.prepare_cached(&format!(
            "SELECT message_id, count(*) FROM attachment WHERE message_id IN ({MEMBERS}) GROUP BY message_id"
        ))?;
        let mut rows = attachments.query([session])?;
        while let Some(row) = rows.next()? {
            if let Some(head) = at.get_mut(&row.get(0)?) {
                head.attachments = row.get(1)?;
            }
        }
        Ok(())
    }

    /// Tokens of the API responses that a session's own messages count.
    pub fn tokens(&self, session: i64) -> rusqlite::Result<Tokens> {
        self.conn
            .prepare_cached(
                "SELECT ifnull(sum(input_tokens), 0), ifnull(sum(output_tokens), 0),
                   ifnull(sum(cache_creation_tokens), 0), ifnull(sum(cache_read_tokens), 0)
                 FROM message WHERE session_id = ?1",
            )?
            .query_row([session], |row| {
                let count = |at: usize| row.get::<_, i64>(at).map(|n| n as u64);
                Ok(Tokens {
                    input: count(0)?,
                    output: count(1)?,
                    cache_creation: count(2)?,
                    cache_read: count(3)?,
                })
            })
    }

    /// The sessions around a session.
    pub fn lineage(&self, number: i64, key: &str) -> rusqlite::Result<Lineage> {
        let sessions = |bound: &str| -> rusqlite::Result<Vec<SessionRow>> {
            self.conn
                .prepare_cached(&format!(
                    "{SESSION} WHERE {bound} ORDER BY s.created_ms, s.id"
                ))?
                .query_map(params![number, key], |row| session(row).map(|(_, row)| row))?
                .collect()
        };
        let started_by =
            sessions("?2 = ?2 AND s.key = (SELECT parent_key FROM session WHERE id = ?1)")?;
        let relatives = sessions(
            "s.id <> ?1 AND (s.forked_from = ?2
               OR s.key = (SELECT forked_from FROM session WHERE id = ?1)
               OR s.id IN (SELECT m.session_id FROM copy x JOIN message m ON m.id = x.message_id
                           WHERE x.session_id = ?1)
               OR s.id IN (SELECT x.session_id FROM message m JOIN copy x ON x.message_id = m.id
                           WHERE m.session_id = ?1))",
        )?;
        let mut subagents = Vec::new();
        let mut known = HashSet::from([key.to_owned()]);
        self.add_subagents(key, 1, &mut known, &mut subagents)?;
        Ok(Lineage {
            started_by: started_by.into_iter().next(),
            relatives,
            subagents,
        })
    }

    fn add_subagents(
        &self,
        key: &str,
        depth: u32,
        known: &mut HashSet<String>,
        found: &mut Vec<Subagent>,
    ) -> rusqlite::Result<()> {
        let reasons: HashMap<String, (Option<String>, Option<String>)> = self
            .conn
            .prepare_cached(
                "SELECT key, started_by, subagent_type FROM session WHERE parent_key = ?1",
            )?
            .query_map([key], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
            .collect::<rusqlite::Result<_>>()?;
        if reasons.is_empty() {
            return Ok(());
        }
        let children = self
            .conn
            .prepare_cached(&format!(
                "{SESSION} WHERE s.parent_key = ?1 ORDER BY s.created_ms, s.id"
            ))?
            .query_map([key], |row| session(row).map(|(_, session)| session))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for child in children {
            let id = child.id.clone();
            if known.insert(id.clone()) {
                let (call, kind) = reasons.get(&id).cloned().unwrap_or_default();
                found.push(Subagent {
                    session: child,
                    depth,
                    call,
                    kind,
                });
                if depth < DEEPEST {
                    self.add_subagents(&id, depth + 1, known, found)?;
                }
            }
        }
        Ok(())
    }
}
