//! What a reader of a session reaches, as prints of it: asked by whoever proves that nothing is hidden.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, params};

use super::conversations::MEMBERS;
use super::handle::Reader;
use super::sessions::SessionName;
use super::shard::SHARDS;

/// Tells what a message says from what any other says.
pub type Print = [u8; 16];

/// Makes a [`Print`] of the parts of a message, in the order of the calls.
#[derive(Default)]
pub struct Printer(blake3::Hasher);

impl Printer {
    /// Adds a part.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// The print of what was added.
    pub fn print(&self) -> Print {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0.finalize().as_bytes()[..16]);
        half
    }
}

/// What is shown in a session.
#[derive(Debug, Default)]
pub struct Shown {
    /// Of each message.
    pub prints: HashSet<Print>,
    /// The ids of messages that say something and that no search can find.
    pub unsearchable: Vec<String>,
}

impl Reader {
    /// The number of a session.
    pub fn session_number(&self, agent: &str, name: &SessionName) -> rusqlite::Result<Option<i64>> {
        self.conn
            .prepare_cached(
                "SELECT id FROM session WHERE base = ?2 AND agent = ?1 AND ifnull(under, ?3) = ?3
                 ORDER BY under IS NULL LIMIT 1",
            )?
            .query_row(params![agent, name.base, name.under], |r| r.get(0))
            .optional()
    }

    /// Everything a session shows. `is_indexed`: the words index holds all there is.
    pub fn shown(&self, session: i64, is_indexed: bool) -> rusqlite::Result<Shown> {
        let mut shown = Shown::default();
        let mut messages = self.conn.prepare_cached(&format!(
            "SELECT id, user_text, assistant_text, thinking_text, event_text, shard, key FROM message
             WHERE id IN ({MEMBERS})"
        ))?;
        let mut calls = self.conn.prepare_cached(
            "SELECT u.name, coalesce(u.parameters, t.body) FROM tool_use u
               LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1 ORDER BY u.id",
        )?;
        let mut answers = self.conn.prepare_cached(
            "SELECT coalesce(r.output, t.body), iif(r.is_error, 'failed', '') FROM tool_result r
               LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1 ORDER BY r.id",
        )?;
        let mut attachments = self.conn.prepare_cached(
            "SELECT kind, ifnull(filename, ''), ifnull(hash, x'') FROM attachment WHERE message_id = ?1 ORDER BY id",
        )?;
        let mut rows = messages.query([session])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let mut printer = Printer::default();
            let mut says = false;
            for at in 1..=4 {
                let text = row.get_ref(at)?.as_str_or_null()?.unwrap_or_default();
                says |= !text.is_empty();
                printer.add(text.as_bytes());
            }
            for (statement, columns) in [(&mut calls, 2), (&mut answers, 2), (&mut attachments, 3)]
            {
                let mut parts = statement.query([id])?;
                while let Some(part) = parts.next()? {
                    says = true;
                    for at in 0..columns {
                        printer.add(part.get_ref(at)?.as_bytes()?);
                    }
                }
            }
            shown.prints.insert(printer.print());
            if says && is_indexed && !self.is_searchable(id, row.get(5)?)? {
                shown.unsearchable.push(row.get(6)?);
            }
        }
        Ok(shown)
    }

    /// Whether a shard of the words index has a message.
    fn is_searchable(&self, id: i64, shard: i64) -> rusqlite::Result<bool> {
        let Some(shard) = SHARDS.into_iter().find(|known| known.number() == shard) else {
            return Ok(false);
        };
        self.conn
            .prepare_cached(&format!(
                "SELECT 1 FROM {}.fact WHERE id = ?1",
                shard.schema()
            ))?
            .exists([id])
    }

    /// Whether one text on the user's side of a session holds all of `words`.
    pub fn is_typed_in(&self, session: i64, words: &[&str]) -> rusqlite::Result<bool> {
        let mut texts = self.conn.prepare_cached(&format!(
            "SELECT user_text FROM message WHERE id IN ({MEMBERS}) AND user_text IS NOT NULL"
        ))?;
        let mut rows = texts.query([session])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(0)?.as_str()?;
            if words.iter().all(|word| text.contains(word)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
