//! Prompts that wait in the queue of a session. When one is delivered, a later record of the same transcript says it once
//! more; then that record is the prompt, and the one that waited is gone from the rows.

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::messages::Place;
use super::ripple::Ripple;
use super::stale::Leave;
use super::transcripts::CursorId;
use crate::entry::Role;

impl Store {
    /// A prompt waits at `place`.
    pub(super) fn waits(&mut self, message: i64, place: Place, words: u64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4, 0, ?5)")?
            .execute(params![
                place.cursor,
                place.offset as i64,
                message,
                words as i64,
                place.session
            ])?;
        Ok(())
    }

    /// A prompt with these words stands at `place`: if one waited with them, this is it. One that was
    /// given to the model already comes back only as a queued one.
    pub fn delivered(
        &mut self,
        place: Place,
        words: u64,
        is_queued: bool,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let found: Option<(i64, i64)> = self
            .conn
            .prepare_cached(
                "SELECT message_id, offset FROM waiting
                 WHERE cursor_id = ?1 AND words = ?2 AND offset < ?3 AND (?4 OR NOT is_absorbed) AND session_id = ?5
                 ORDER BY offset LIMIT 1",
            )?
            .query_row(
                params![
                    place.cursor,
                    words as i64,
                    place.offset as i64,
                    is_queued,
                    place.session
                ],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?;
        let Some((message, offset)) = found else {
            return Ok(());
        };
        self.conn
            .prepare_cached("DELETE FROM waiting WHERE cursor_id = ?1 AND offset = ?2")?
            .execute([place.cursor, offset])?;
        self.conn
            .prepare_cached(
                "UPDATE record SET message_id = NULL WHERE cursor_id = ?1 AND offset = ?2",
            )?
            .execute([place.cursor, offset])?;
        self.leave(message, place.cursor, offset as u64, ripple)
    }

    /// A waiting prompt was given to the model: the one with these words, else the one that waits longest.
    pub fn absorbed(
        &mut self,
        (cursor, session): (CursorId, i64),
        before: u64,
        words: Option<u64>,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE waiting SET is_absorbed = 1 WHERE cursor_id = ?1 AND offset = (
                   SELECT min(offset) FROM waiting WHERE cursor_id = ?1 AND NOT is_absorbed
                     AND session_id = ?4 AND offset < ?3 AND (?2 IS NULL OR words = ?2))",
            )?
            .execute(params![
                cursor,
                words.map(|words| words as i64),
                before as i64,
                session
            ])?;
        Ok(())
    }

    /// Every prompt that still waits was taken back.
    pub fn taken_back(
        &mut self,
        (cursor, session): (CursorId, i64),
        before: u64,
    ) -> rusqlite::Result<()> {
        let waiting = self
            .conn
            .prepare_cached(
                "SELECT message_id FROM waiting
                 WHERE cursor_id = ?1 AND offset < ?2 AND NOT is_absorbed AND session_id = ?3 ORDER BY offset",
            )?
            .query_map(params![cursor, before as i64, session], |r| r.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for message in waiting {
            self.change_role(message, Role::WithdrawnPrompt)?;
        }
        self.conn
            .prepare_cached(
                "DELETE FROM waiting
                 WHERE cursor_id = ?1 AND offset < ?2 AND NOT is_absorbed AND session_id = ?3",
            )?
            .execute(params![cursor, before as i64, session])?;
        Ok(())
    }

    /// A message is found by its role, too: it gets another number, so that it is indexed once more.
    fn change_role(&mut self, id: i64, role: Role) -> rusqlite::Result<()> {
        self.let_go(id, Leave::Whole)?;
        let (role, new) = (self.label(role.word())?, self.next_message()?);
        self.gave_out(new);
        self.conn.pragma_update(None, "defer_foreign_keys", true)?;
        self.conn
            .prepare_cached(
                "UPDATE record SET message_id = ?2 WHERE message_id = ?1 AND (cursor_id, offset) IN (
                   SELECT cursor_id, offset FROM message WHERE id = ?1 UNION ALL
                   SELECT cursor_id, offset FROM copy WHERE message_id = ?1)",
            )?
            .execute([id, new])?;
        for (table, column) in [
            ("attachment", "message_id"),
            ("copy", "message_id"),
            ("waiting", "message_id"),
            ("message", "id"),
        ] {
            self.conn
                .prepare_cached(&format!(
                    "UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"
                ))?
                .execute([id, new])?;
        }
        self.conn
            .prepare_cached("UPDATE message SET role = ?2 WHERE id = ?1")?
            .execute([new, role])?;
        Ok(())
    }
}
