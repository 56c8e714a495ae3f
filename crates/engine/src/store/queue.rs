//! Prompts that wait in the queue of a session. When one is delivered, a later record says it once more;
//! then that record is the prompt, and the one that waited has no message of its own. The session decides,
//! not the transcript: a copy of one, or what was left of it, may hold the queue and not the delivery.

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::messages::{IS_REVISION, NewMessage, Place, twin_key};
use super::parts::earliest;
use super::ripple::Ripple;
use super::stale::Leave;
use super::transcripts::CursorId;
use crate::entry::Role;

/// What a transcript says became of a prompt. Where several say something of it, the last of these holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Waits,
    /// Given to the model in the middle of its turn.
    Absorbed,
    TakenBack,
    /// Here: so nothing here takes it any more. Whether it was in the session, all transcripts decide.
    Delivered,
}

impl Fate {
    fn of(number: i64) -> Self {
        match number {
            0 => Self::Waits,
            1 => Self::Absorbed,
            2 => Self::TakenBack,
            _ => Self::Delivered,
        }
    }
}

/// A place in a transcript.
type At = (CursorId, i64);

/// A part of what stands before a place: in this cursor, from this byte up to that one.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    cursor: CursorId,
    from: i64,
    to: i64,
}

impl Stretch {
    fn holds(&self, (cursor, offset): At) -> bool {
        self.cursor == cursor && (self.from..self.to).contains(&offset)
    }
}

/// A prompt that waited, wherever its queue stands.
#[derive(Debug)]
struct Queued {
    prompt: String,
    time_ms: Option<i64>,
    /// As whose words it waits: the number of a role.
    role: i64,
    fate: Fate,
    /// Where it stands, and its message there.
    places: Vec<(At, Option<i64>)>,
}

/// A message with the same words that did not wait.
#[derive(Debug)]
struct Typed {
    time_ms: Option<i64>,
    is_queued: bool,
    /// Where it stands: the cursor, and all that stands before it in its transcript.
    places: Vec<(CursorId, Vec<Stretch>)>,
}

/// Which prompts were delivered: each message delivers the oldest one before it that is still to be. What
/// was absorbed comes back only as a queued prompt. Both are in order.
fn delivered(queued: &[Queued], typed: &[Typed]) -> Vec<bool> {
    let mut is_delivered = vec![false; queued.len()];
    for message in typed {
        let next = queued.iter().zip(&is_delivered).position(|(prompt, done)| {
            let may_be = match prompt.fate {
                Fate::Waits | Fate::Delivered => true,
                Fate::Absorbed => message.is_queued,
                Fate::TakenBack => false,
            };
            !done && may_be && is_before(prompt, message)
        });
        if let Some(next) = next {
            is_delivered[next] = true;
        }
    }
    is_delivered
}

/// Whether a prompt waited before a message: in a transcript that has both, by their places.
fn is_before(prompt: &Queued, message: &Typed) -> bool {
    let waits = || prompt.places.iter().map(|(at, _)| *at);
    let is_in_front = |(_, line): &(CursorId, Vec<Stretch>)| {
        waits().any(|at| line.iter().any(|stretch| stretch.holds(at)))
    };
    if message.places.iter().any(is_in_front) {
        return true;
    }
    let has_both = |(cursor, _): &(CursorId, Vec<Stretch>)| waits().any(|(own, _)| own == *cursor);
    match (prompt.time_ms, message.time_ms) {
        _ if message.places.iter().any(has_both) => false,
        (Some(waited), Some(delivered)) => waited <= delivered,
        _ => true,
    }
}

impl Store {
    /// The message `id` waits at `place`, if it is one that does.
    pub(super) fn wait(
        &mut self,
        id: i64,
        place: Place,
        message: &NewMessage,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let Some(words) = message.words.filter(|_| message.is_waiting) else {
            return Ok(());
        };
        let role = self.label(message.role.word())?;
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                place.cursor,
                place.offset as i64,
                place.session,
                words as i64,
                twin_key(&message.key, message.body_hash),
                message.time_ms.or(message.near_ms),
                role,
                Fate::Waits as i64,
                id
            ])?;
        ripple.queues.insert((place.session, words));
        Ok(())
    }

    /// No message waits at a place any more.
    pub(super) fn wait_no_more(
        &mut self,
        id: i64,
        cursor: CursorId,
        offset: i64,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let left = self
            .conn
            .prepare_cached(
                "DELETE FROM waiting WHERE cursor_id = ?1 AND offset = ?2 AND message_id = ?3
                 RETURNING session_id, words",
            )?
            .query_row([cursor, offset, id], |r| {
                Ok((r.get(0)?, r.get::<_, i64>(1)? as u64))
            })
            .optional()?;
        ripple.queues.extend(left);
        Ok(())
    }

    /// A prompt with these words stands at `place`: in this transcript, the one that waits longest with
    /// them waits no more. One that was absorbed comes back only as a queued one.
    pub fn delivered(
        &mut self,
        place: Place,
        words: u64,
        is_queued: bool,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        ripple.queues.insert((place.session, words));
        let has_any = self
            .conn
            .prepare_cached("SELECT 1 FROM waiting WHERE session_id = ?1 AND words = ?2")?
            .exists([place.session, words as i64])?;
        if !has_any {
            return Ok(());
        }
        let other = if is_queued {
            Fate::Absorbed
        } else {
            Fate::Waits
        };
        for stretch in self.before(place.cursor, place.offset as i64)? {
            let found = self
                .conn
                .prepare_cached(
                    "UPDATE waiting SET fate = ?6 WHERE cursor_id = ?1 AND offset = (
                       SELECT min(offset) FROM waiting WHERE session_id = ?2 AND words = ?3 AND cursor_id = ?1
                         AND offset >= ?4 AND offset < ?5 AND fate IN (0, ?7))",
                )?
                .execute(params![
                    stretch.cursor,
                    place.session,
                    words as i64,
                    stretch.from,
                    stretch.to,
                    Fate::Delivered as i64,
                    other as i64,
                ])?;
            if found > 0 {
                break;
            }
        }
        Ok(())
    }

    /// A waiting prompt was given to the model: the one with these words, else the one that waits longest.
    pub fn absorbed(
        &mut self,
        (cursor, session): (CursorId, i64),
        before: u64,
        words: Option<u64>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        for stretch in self.before(cursor, before as i64)? {
            let taken = self
                .conn
                .prepare_cached(
                    "UPDATE waiting SET fate = ?6 WHERE cursor_id = ?1 AND offset = (
                       SELECT min(offset) FROM waiting WHERE cursor_id = ?1 AND session_id = ?2 AND fate = 0
                         AND offset >= ?3 AND offset < ?4 AND (?5 IS NULL OR words = ?5)) RETURNING words",
                )?
                .query_row(
                    params![
                        stretch.cursor,
                        session,
                        stretch.from,
                        stretch.to,
                        words.map(|words| words as i64),
                        Fate::Absorbed as i64
                    ],
                    |r| Ok((session, r.get::<_, i64>(0)? as u64)),
                )
                .optional()?;
            if let Some(taken) = taken {
                ripple.queues.insert(taken);
                break;
            }
        }
        Ok(())
    }

    /// Every prompt that still waits was taken back.
    pub fn taken_back(
        &mut self,
        (cursor, session): (CursorId, i64),
        before: u64,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        for stretch in self.before(cursor, before as i64)? {
            let taken = self
                .conn
                .prepare_cached(
                    "UPDATE waiting SET fate = ?5 WHERE cursor_id = ?1 AND session_id = ?2 AND fate = 0
                       AND offset >= ?3 AND offset < ?4 RETURNING words",
                )?
                .query_map(
                    params![
                        stretch.cursor,
                        session,
                        stretch.from,
                        stretch.to,
                        Fate::TakenBack as i64
                    ],
                    |r| Ok((session, r.get::<_, i64>(0)? as u64)),
                )?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            ripple.queues.extend(taken);
        }
        Ok(())
    }

    /// What stands before a byte of a transcript, from its beginning on. Of one that was rewritten only the end is a
    /// cursor's own: what stood before that is the next generation's too, or belongs to one in between.
    fn before(&self, cursor: CursorId, offset: i64) -> rusqlite::Result<Vec<Stretch>> {
        let (transcript, generation, start): (i64, i64, i64) = self
            .conn
            .prepare_cached("SELECT transcript_id, generation, start FROM cursor WHERE id = ?1")?
            .query_row([cursor], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        let mut line = vec![Stretch {
            cursor,
            from: start,
            to: offset,
        }];
        if start > 0 {
            let mut later = self.conn.prepare_cached(
                "SELECT id, start FROM cursor WHERE transcript_id = ?1 AND generation > ?2 ORDER BY generation",
            )?;
            let mut rows = later.query([transcript, generation])?;
            let mut to = start;
            while let Some(row) = rows.next()? {
                let (cursor, from): (CursorId, i64) = (row.get(0)?, row.get(1)?);
                if from < to {
                    line.push(Stretch { cursor, from, to });
                    to = from;
                }
            }
        }
        line.reverse();
        Ok(line)
    }

    /// Whether prompts wait, or did, in a transcript.
    pub fn has_queue(&self, cursor: CursorId) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached("SELECT 1 FROM waiting WHERE cursor_id = ?1")?
            .exists([cursor])
    }

    /// Decides which prompts with these words stand in a session as ones that waited.
    pub(super) fn settle_queue(
        &mut self,
        (session, words): (i64, u64),
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let queued = self.queued(session, words)?;
        if queued.is_empty() {
            return Ok(());
        }
        let typed = self.typed(session, words)?;
        let withdrawn = self.label(Role::WithdrawnPrompt.word())?;
        for (prompt, is_delivered) in queued.iter().zip(delivered(&queued, &typed)) {
            for (at, message) in &prompt.places {
                match (message, is_delivered) {
                    (Some(message), true) => self.stands_elsewhere(*message, *at, ripple)?,
                    // The message that had its words is no more.
                    (None, false) => ripple.outdated.extend([at.0]),
                    _ => {}
                }
            }
            let message = prompt.places.iter().find_map(|(_, message)| *message);
            if let Some(message) = message.filter(|_| !is_delivered) {
                let role = match prompt.fate {
                    Fate::TakenBack => withdrawn,
                    _ => prompt.role,
                };
                self.change_role(message, role)?;
            }
        }
        Ok(())
    }

    /// The prompts with these words that wait, or did, in a session; the oldest first.
    fn queued(&self, session: i64, words: u64) -> rusqlite::Result<Vec<Queued>> {
        let mut prompts: Vec<Queued> = Vec::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT prompt, time_ms, role, fate, cursor_id, offset, message_id FROM waiting
             WHERE session_id = ?1 AND words = ?2 ORDER BY prompt, cursor_id, offset",
        )?;
        let mut rows = statement.query([session, words as i64])?;
        while let Some(row) = rows.next()? {
            let prompt: String = row.get(0)?;
            let fate = Fate::of(row.get(3)?);
            let place = ((row.get(4)?, row.get(5)?), row.get(6)?);
            match prompts.last_mut().filter(|last| last.prompt == prompt) {
                Some(last) => {
                    last.fate = last.fate.max(fate);
                    // Without a time of its own, a copy may stand behind another one.
                    last.time_ms = earliest(last.time_ms, row.get(1)?);
                    last.places.push(place);
                }
                None => prompts.push(Queued {
                    prompt,
                    time_ms: row.get(1)?,
                    role: row.get(2)?,
                    fate,
                    places: vec![place],
                }),
            }
        }
        prompts.sort_by(|a, b| {
            let age = |one: &Queued| one.time_ms.unwrap_or(i64::MAX);
            age(a).cmp(&age(b)).then_with(|| a.prompt.cmp(&b.prompt))
        });
        Ok(prompts)
    }

    /// The messages of a session that have these words and did not wait, the oldest first. What a line said before
    /// it was changed is the same message.
    fn typed(&mut self, session: i64, words: u64) -> rusqlite::Result<Vec<Typed>> {
        let queued = self.label(Role::QueuedPrompt.word())?;
        let found = self
            .conn
            .prepare_cached(
                "SELECT id, coalesce(time_ms, near_ms), role = ?4 FROM message WHERE NOT flags & ?5 AND id IN (
                   SELECT id FROM message WHERE words = ?2 AND session_id = ?1 UNION
                   SELECT m.id FROM message m JOIN copy c ON c.message_id = m.id
                     WHERE m.words = ?2 AND c.session_id = ?1)
                 ORDER BY coalesce(time_ms, near_ms, ?3), iif(time_ms IS NULL, offset, 0), key",
            )?
            .query_map(
                params![session, words as i64, i64::MAX, queued, IS_REVISION],
                |r| {
                    let typed = Typed {
                        time_ms: r.get(1)?,
                        is_queued: r.get(2)?,
                        places: Vec::new(),
                    };
                    Ok((r.get::<_, i64>(0)?, typed))
                },
            )?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let mut typed = Vec::with_capacity(found.len());
        for (id, mut message) in found {
            let places = self
                .conn
                .prepare_cached(
                    "SELECT cursor_id, offset FROM message WHERE id = ?1
                     UNION ALL SELECT cursor_id, offset FROM copy WHERE message_id = ?1",
                )?
                .query_map([id], |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect::<rusqlite::Result<Vec<At>>>()?;
            for (cursor, offset) in places {
                message.places.push((cursor, self.before(cursor, offset)?));
            }
            typed.push(message);
        }
        Ok(typed)
    }

    /// The words of a prompt stand where it was delivered: the record of the queue has no message.
    fn stands_elsewhere(
        &mut self,
        message: i64,
        (cursor, offset): At,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        for statement in [
            "UPDATE waiting SET message_id = NULL WHERE cursor_id = ?1 AND offset = ?2",
            "UPDATE record SET message_id = NULL WHERE cursor_id = ?1 AND offset = ?2",
            "DELETE FROM pending_record WHERE cursor_id = ?1 AND offset = ?2",
        ] {
            self.conn
                .prepare_cached(statement)?
                .execute([cursor, offset])?;
        }
        self.leave(message, cursor, offset as u64, ripple)
    }

    /// A message is found by its role, too: where that changes it gets another number, so that it is
    /// indexed once more.
    fn change_role(&mut self, id: i64, role: i64) -> rusqlite::Result<()> {
        let is_it = self
            .conn
            .prepare_cached("SELECT 1 FROM message WHERE id = ?1 AND role = ?2")?
            .exists([id, role])?;
        if is_it {
            return Ok(());
        }
        self.let_go(id, Leave::Whole)?;
        let new = self.next_message()?;
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
        // It may stand in what waits for a newline.
        self.conn
            .prepare_cached(
                "UPDATE pending_record SET message_id = ?2 WHERE message_id = ?1 AND cursor_id IN (
                   SELECT cursor_id FROM waiting WHERE message_id = ?2)",
            )?
            .execute([id, new])?;
        self.conn
            .prepare_cached("UPDATE message SET role = ?2 WHERE id = ?1")?
            .execute([new, role])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(fate: Fate, time_ms: i64, places: &[At]) -> Queued {
        Queued {
            prompt: time_ms.to_string(),
            time_ms: Some(time_ms),
            role: 0,
            fate,
            places: places.iter().map(|at| (*at, None)).collect(),
        }
    }

    fn typed(is_queued: bool, time_ms: i64, places: &[At]) -> Typed {
        Typed {
            time_ms: Some(time_ms),
            is_queued,
            places: places.iter().map(|at| (at.0, vec![up_to(*at)])).collect(),
        }
    }

    fn up_to((cursor, to): At) -> Stretch {
        Stretch {
            cursor,
            from: 0,
            to,
        }
    }

    #[test]
    fn each_delivery_takes_the_oldest_before_it() {
        let waiting = [
            queued(Fate::Waits, 1, &[(1, 0)]),
            queued(Fate::Waits, 5, &[(1, 50)]),
        ];
        let first = [typed(false, 2, &[(1, 10)])];
        assert_eq!(delivered(&waiting, &first), [true, false]);
        let early = [typed(false, 2, &[(1, 10)]), typed(false, 3, &[(1, 20)])];
        assert_eq!(
            delivered(&waiting, &early),
            [true, false],
            "what was typed before it queued delivers nothing"
        );
        let late = [typed(false, 6, &[(1, 60)]), typed(false, 7, &[(1, 70)])];
        assert_eq!(delivered(&waiting, &late), [true, true]);
    }

    #[test]
    fn a_delivery_in_another_transcript_counts() {
        let cut = [queued(Fate::Waits, 1, &[(2, 0)])];
        assert_eq!(delivered(&cut, &[typed(false, 2, &[(1, 10)])]), [true]);
        assert_eq!(delivered(&cut, &[typed(false, 0, &[(1, 10)])]), [false]);
        let clocks_differ = [queued(Fate::Waits, 9, &[(1, 0), (2, 0)])];
        assert_eq!(
            delivered(&clocks_differ, &[typed(false, 2, &[(1, 10)])]),
            [true],
            "in one transcript, the place tells"
        );
        let mut of_before = typed(false, 2, &[(3, 500)]);
        of_before.places[0].1.push(up_to((1, 100)));
        assert_eq!(
            delivered(&clocks_differ, &[of_before]),
            [true],
            "what was cut off stood behind what is left"
        );
    }

    #[test]
    fn what_was_absorbed_comes_back_as_a_queued_prompt_only() {
        let absorbed = [queued(Fate::Absorbed, 1, &[(1, 0)])];
        assert_eq!(delivered(&absorbed, &[typed(false, 2, &[])]), [false]);
        assert_eq!(delivered(&absorbed, &[typed(true, 2, &[])]), [true]);
        let taken_back = [queued(Fate::TakenBack, 1, &[(1, 0)])];
        assert_eq!(delivered(&taken_back, &[typed(true, 2, &[])]), [false]);
    }
}
