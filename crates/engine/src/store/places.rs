//! Where messages stand. A message is owned by the session of its first place; at all others stand
//! copies. Which place is first is told by what was read, never by when.

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::messages::{IS_FORK, NewMessage, Place, Stored, UNCOUNTED, known_as};
use super::ripple::Ripple;
use super::stale::Leave;
use super::transcripts::CursorId;
use crate::entry::Role;

/// What orders places: those that say they are copies come last; else by path, generation and offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    is_fork: bool,
    path: Vec<u8>,
    generation: i64,
    offset: i64,
}

#[cfg(test)]
impl Rank {
    pub(super) fn of(path: Vec<u8>, generation: i64, offset: i64) -> Self {
        Self {
            is_fork: false,
            path,
            generation,
            offset,
        }
    }
}

/// The agent's id in the key of a message.
fn agents_id(key: &str) -> &str {
    let bare = key.len().checked_sub(17).and_then(|len| key.get(..len));
    match bare {
        Some(bare) if known_as(key) != key => bare,
        _ => key,
    }
}

/// Where a message stands.
struct Owner {
    session: i64,
    cursor: CursorId,
    offset: i64,
    is_fork: bool,
}

impl Owner {
    fn place(&self) -> Place {
        Place {
            session: self.session,
            cursor: self.cursor,
            offset: self.offset as u64,
            is_fork: self.is_fork,
        }
    }
}

impl Store {
    /// A copy of the message `id` stands at `place`.
    pub(super) fn join(
        &mut self,
        id: i64,
        place: Place,
        message: &NewMessage,
        parent_id: Option<i64>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<Stored> {
        let owner = self.owner(id)?;
        let offset = place.offset as i64;
        let is_held = owner.session == place.session || self.is_shared(id, place.session)?;
        let is_owner = (owner.cursor, owner.offset) == (place.cursor, offset);
        let takes_over = if is_owner {
            if owner.session != place.session || owner.is_fork != place.is_fork {
                self.change_owner(id, &owner, place, ripple)?;
            }
            // Its file may have another name by now.
            self.is_still_first(id, ripple)?
        } else {
            self.insert_copy(id, place)?;
            let here = self.rank(place.cursor, offset, place.is_fork)?;
            let takes_over = here < self.rank(owner.cursor, owner.offset, owner.is_fork)?;
            if takes_over {
                self.hand_over(id, &owner, place, ripple)?;
            }
            takes_over
        };
        if takes_over {
            self.refresh(id, place, message, parent_id, ripple)?;
        }
        if !is_held {
            self.touch_parts(id, &[place.session], ripple)?;
        }
        if let Some(key) = self.key_of_bodies(id)? {
            ripple.bodies.insert(key);
        }
        Ok(Stored {
            id,
            is_new: false,
            joined: !is_held,
        })
    }

    /// Whether a message stands first where its owner says; where it does not, it is handed over.
    fn is_still_first(&mut self, id: i64, ripple: &mut Ripple) -> rusqlite::Result<bool> {
        let owner = self.owner(id)?;
        let Some(first) = self.first_copy(id)? else {
            return Ok(true);
        };
        let rank = |at: &Owner| self.rank(at.cursor, at.offset, at.is_fork);
        if rank(&owner)? < rank(&first)? {
            return Ok(true);
        }
        self.hand_over(id, &owner, first.place(), ripple)?;
        Ok(false)
    }

    /// A copy becomes the owner, and the owner a copy.
    fn hand_over(
        &mut self,
        id: i64,
        owner: &Owner,
        place: Place,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        self.drop_copy(id, place.cursor, place.offset as i64)?;
        self.insert_copy(id, owner.place())?;
        self.change_owner(id, owner, place, ripple)
    }

    /// The first of the places that do not own a message.
    fn first_copy(&self, id: i64) -> rusqlite::Result<Option<Owner>> {
        let copies = self
            .conn
            .prepare_cached(
                "SELECT session_id, cursor_id, offset, is_fork FROM copy WHERE message_id = ?1",
            )?
            .query_map([id], |r| {
                Ok(Owner {
                    session: r.get(0)?,
                    cursor: r.get(1)?,
                    offset: r.get(2)?,
                    is_fork: r.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let mut ranked = Vec::with_capacity(copies.len());
        for copy in copies {
            ranked.push((self.rank(copy.cursor, copy.offset, copy.is_fork)?, copy));
        }
        let first = ranked.into_iter().min_by(|a, b| a.0.cmp(&b.0));
        Ok(first.map(|(_, copy)| copy))
    }

    /// The message `id` does not stand at this place any more. Where that was its last one, it goes.
    pub fn leave(
        &mut self,
        id: i64,
        cursor: CursorId,
        offset: u64,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let offset = offset as i64;
        let Some(owner) = self.find_owner(id)? else {
            return Ok(());
        };
        if let Some(key) = self.key_of_bodies(id)? {
            ripple.bodies.insert(key);
        }
        ripple.counts.insert(owner.session);
        self.wait_no_more(id, cursor, offset, ripple)?;
        if (owner.cursor, owner.offset) != (cursor, offset) {
            let session: Option<i64> = self
                .conn
                .prepare_cached(
                    "SELECT session_id FROM copy WHERE message_id = ?1 AND cursor_id = ?2 AND offset = ?3",
                )?
                .query_row(params![id, cursor, offset], |r| r.get(0))
                .optional()?;
            ripple.counts.extend(session);
            self.touch_parts(id, session.as_slice(), ripple)?;
            return self.drop_copy(id, cursor, offset);
        }
        let Some(first) = self.first_copy(id)? else {
            return self.remove_message(id, &owner, ripple);
        };
        self.drop_copy(id, first.cursor, first.offset)?;
        ripple.counts.insert(first.session);
        self.change_owner(id, &owner, first.place(), ripple)
    }

    fn change_owner(
        &mut self,
        id: i64,
        owner: &Owner,
        place: Place,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE message SET session_id = ?2, cursor_id = ?3, offset = ?4,
                   flags = (flags & ~?5) | iif(?6, ?5, 0) WHERE id = ?1",
            )?
            .execute(params![
                id,
                place.session,
                place.cursor,
                place.offset as i64,
                IS_FORK,
                place.is_fork
            ])?;
        let mut holders = self.holders(id)?;
        holders.push(owner.session);
        self.touch_parts(id, &holders, ripple)?;
        if owner.session != place.session {
            self.let_go(id, Leave::Facts)?;
            let key: String = self
                .conn
                .prepare_cached("SELECT key FROM message WHERE id = ?1")?
                .query_row([id], |r| r.get(0))?;
            if self.leaves.contains(&key) {
                ripple.titled.extend([owner.session, place.session]);
            }
        }
        Ok(())
    }

    /// Names the calls, answers, responses and words of a message for another look.
    pub(super) fn touch_parts(
        &mut self,
        id: i64,
        sessions: &[i64],
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let (response, words): (Option<i64>, Option<i64>) = self
            .conn
            .prepare_cached(
                "SELECT (SELECT response FROM usage WHERE message_id = ?1), (SELECT words FROM message WHERE id = ?1)",
            )?
            .query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))?;
        ripple.responses.extend(response);
        let queue = |words: i64| sessions.iter().map(move |session| (*session, words as u64));
        ripple.queues.extend(words.into_iter().flat_map(queue));
        let keys = self
            .conn
            .prepare_cached(
                "SELECT key FROM tool_use WHERE message_id = ?1 AND key IS NOT NULL UNION
                 SELECT coalesce(r.key, u.key) FROM tool_result r LEFT JOIN tool_use u ON u.id = r.call_id
                 WHERE r.message_id = ?1",
            )?
            .query_map([id], |r| r.get::<_, Option<String>>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for key in keys.into_iter().flatten() {
            ripple
                .calls
                .extend(sessions.iter().map(|session| (*session, key.clone())));
        }
        Ok(())
    }

    fn remove_message(
        &mut self,
        id: i64,
        owner: &Owner,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        self.let_go(id, Leave::Whole)?;
        self.touch_parts(id, &[owner.session], ripple)?;
        let (key, role, is_revision): (String, String, bool) = self
            .conn
            .prepare_cached(
                "SELECT key, (SELECT text FROM label WHERE label.id = role), flags & 32 FROM message WHERE id = ?1",
            )?
            .query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, i64>(2)? != 0)))?;
        let is_counted = !UNCOUNTED.iter().any(|one: &Role| one.word() == role) && !is_revision;
        ripple.added -= i64::from(is_counted);
        if self.leaves.contains(&key) {
            ripple.titled.insert(owner.session);
        }
        self.conn
            .prepare_cached(
                "UPDATE tool_result SET key = (SELECT key FROM tool_use u WHERE u.id = call_id), call_id = NULL
                 WHERE call_id IN (SELECT id FROM tool_use WHERE message_id = ?1)",
            )?
            .execute([id])?;
        // What follows it names it by its number.
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO gone VALUES (?1, ?2)")?
            .execute(params![id, agents_id(&key)])?;
        for (table, column) in [
            ("tool_result", "message_id"),
            ("tool_use", "message_id"),
            ("attachment", "message_id"),
            ("usage", "message_id"),
            ("message", "id"),
        ] {
            self.conn
                .prepare_cached(&format!("DELETE FROM {table} WHERE {column} = ?1"))?
                .execute([id])?;
        }
        self.conn
            .prepare_cached("UPDATE tally SET value = max(value, ?1) WHERE name = 'message_floor'")?
            .execute([id])?;
        Ok(())
    }

    fn owner(&self, id: i64) -> rusqlite::Result<Owner> {
        self.find_owner(id)?
            .ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn find_owner(&self, id: i64) -> rusqlite::Result<Option<Owner>> {
        self.conn
            .prepare_cached(
                "SELECT session_id, cursor_id, offset, flags FROM message WHERE id = ?1",
            )?
            .query_row([id], |r| {
                Ok(Owner {
                    session: r.get(0)?,
                    cursor: r.get(1)?,
                    offset: r.get(2)?,
                    is_fork: r.get::<_, i64>(3)? & IS_FORK != 0,
                })
            })
            .optional()
    }

    /// The sessions that hold a message.
    pub(super) fn holders(&self, id: i64) -> rusqlite::Result<Vec<i64>> {
        self.conn
            .prepare_cached(
                "SELECT session_id FROM message WHERE id = ?1 UNION SELECT session_id FROM copy WHERE message_id = ?1",
            )?
            .query_map([id], |r| r.get(0))?
            .collect()
    }

    /// Whether a session holds a copy of a message it does not own.
    fn is_shared(&self, id: i64, session: i64) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached("SELECT 1 FROM copy WHERE session_id = ?2 AND message_id = ?1")?
            .exists([id, session])
    }

    fn insert_copy(&mut self, id: i64, place: Place) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO copy VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
                 SET session_id = excluded.session_id, is_fork = excluded.is_fork",
            )?
            .execute(params![
                id,
                place.cursor,
                place.offset as i64,
                place.session,
                place.is_fork
            ])?;
        Ok(())
    }

    fn drop_copy(&mut self, id: i64, cursor: CursorId, offset: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "DELETE FROM copy WHERE message_id = ?1 AND cursor_id = ?2 AND offset = ?3",
            )?
            .execute([id, cursor, offset])?;
        Ok(())
    }

    pub(super) fn rank(
        &self,
        cursor: CursorId,
        offset: i64,
        is_fork: bool,
    ) -> rusqlite::Result<Rank> {
        self.conn
            .prepare_cached(
                "SELECT t.path, c.generation FROM cursor c JOIN transcript t ON t.id = c.transcript_id
                 WHERE c.id = ?1",
            )?
            .query_row([cursor], |r| {
                Ok(Rank {
                    is_fork,
                    path: r.get(0)?,
                    generation: r.get(1)?,
                    offset,
                })
            })
    }

    /// Exactly how many messages a session holds.
    pub(super) fn recount(&mut self, session: i64) -> rusqlite::Result<()> {
        let uncounted = UNCOUNTED.map(Role::word);
        self.conn
            .prepare_cached(&format!(
                "UPDATE session SET message_count = (SELECT count(*) FROM message m
                   WHERE m.id IN ({}) AND NOT m.flags & 32
                     AND m.role NOT IN (SELECT id FROM label WHERE text IN (?2, ?3, ?4)))
                 WHERE id = ?1",
                super::conversations::MEMBERS
            ))?
            .execute(params![session, uncounted[0], uncounted[1], uncounted[2]])?;
        Ok(())
    }
}
