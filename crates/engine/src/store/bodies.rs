//! Several bodies under one id: two records alive at once, or a line that was changed in place. All are
//! read and all are found; here it is decided which has the bare id, and which are revisions.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, params};

use super::handle::Store;
use super::messages::{IS_REVISION, IS_TWIN, UNCOUNTED, twin_key};
use super::places::Rank;
use super::ripple::Ripple;
use crate::entry::Role;

/// Characters that make an own id of a body: `~` and 16 digits.
const SUFFIX: usize = 17;

/// A body and where it stands.
#[derive(Debug, Clone)]
struct Body {
    id: i64,
    hash: u64,
    key: String,
    flags: i64,
    session: i64,
    time_ms: Option<i64>,
    role: String,
    /// Of every place: the transcript and its generation, and what orders places.
    places: Vec<(i64, i64, Rank)>,
}

/// Which bodies are later wordings: in every transcript where they stand, another one stood in an
/// earlier generation.
fn revisions(bodies: &[Body]) -> Vec<bool> {
    let mut first: HashMap<i64, i64> = HashMap::new();
    for (transcript, generation, _) in bodies.iter().flat_map(|body| &body.places) {
        let oldest = first.entry(*transcript).or_insert(*generation);
        *oldest = (*oldest).min(*generation);
    }
    let is_later = |body: &Body| {
        let mut own: HashMap<i64, i64> = HashMap::new();
        for (transcript, generation, _) in &body.places {
            let oldest = own.entry(*transcript).or_insert(*generation);
            *oldest = (*oldest).min(*generation);
        }
        let mut transcripts = own.iter();
        !own.is_empty() && transcripts.all(|(transcript, own)| first.get(transcript) < Some(own))
    };
    bodies.iter().map(is_later).collect()
}

impl Store {
    /// Every body under an id: its number and hash.
    pub(super) fn bodies_of(&self, key: &str) -> rusqlite::Result<Vec<(i64, u64)>> {
        self.conn
            .prepare_cached(
                "SELECT id, body_hash FROM message WHERE key = ?1
                 UNION ALL SELECT id, body_hash FROM message
                   WHERE key > ?1 || '~' AND key < ?1 || '~g' AND length(key) = length(?1) + ?2 AND flags & ?3",
            )?
            .query_map(params![key, SUFFIX as i64, IS_TWIN], |r| {
                Ok((r.get(0)?, r.get::<_, i64>(1)? as u64))
            })?
            .collect()
    }

    /// The bodies under an id that may be one with this hash, and whether theirs is the same: the one with
    /// the bare id, and the one that is named by the hash. As long as rows of an older version stand, whose
    /// hashes are others, all.
    pub(super) fn alike(&self, key: &str, hash: u64) -> rusqlite::Result<Vec<(i64, bool)>> {
        if self.has_unplaced {
            let bodies = self.bodies_of(key)?;
            return Ok(bodies
                .into_iter()
                .map(|(id, known)| (id, known == hash))
                .collect());
        }
        self.conn
            .prepare_cached("SELECT id FROM message WHERE key IN (?1, ?2) AND body_hash = ?3")?
            .query_map(params![key, twin_key(key, hash), hash as i64], |r| {
                Ok((r.get(0)?, true))
            })?
            .collect()
    }

    /// The agent's id of a message, where it may be one body of several.
    pub(super) fn key_of_bodies(&self, id: i64) -> rusqlite::Result<Option<String>> {
        let (key, flags): (String, i64) = self
            .conn
            .prepare_cached("SELECT key, flags FROM message WHERE id = ?1")?
            .query_row([id], |r| Ok((r.get(0)?, r.get(1)?)))?;
        if flags & IS_TWIN != 0 {
            let bare = key.len().checked_sub(SUFFIX).and_then(|len| key.get(..len));
            return Ok(bare.map(str::to_owned));
        }
        let has_twin = self
            .conn
            .prepare_cached(
                "SELECT 1 FROM message WHERE key > ?1 || '~' AND key < ?1 || '~g'
                   AND length(key) = length(?1) + ?2 AND flags & ?3",
            )?
            .exists(params![key, SUFFIX as i64, IS_TWIN])?;
        Ok(has_twin.then_some(key))
    }

    /// Gives the bare id to the oldest body, and marks the revisions.
    pub(super) fn settle_bodies(&mut self, key: &str, ripple: &mut Ripple) -> rusqlite::Result<()> {
        let mut bodies = Vec::new();
        for (id, hash) in self.bodies_of(key)? {
            bodies.push(self.body(id, hash)?);
        }
        if self.leaves.contains(key) {
            ripple.titled.extend(bodies.iter().map(|body| body.session));
        }
        let revisions = revisions(&bodies);
        let age = |at: &usize| {
            let body: &Body = &bodies[*at];
            let first = body.places.iter().map(|place| &place.2).min();
            (
                revisions[*at],
                body.time_ms.unwrap_or(i64::MAX),
                first,
                body.hash,
            )
        };
        let oldest = (0..bodies.len()).min_by(|a, b| age(a).cmp(&age(b)));
        // The bare id must be free before another one takes it.
        let order = (0..bodies.len())
            .filter(|at| Some(*at) != oldest)
            .chain(oldest);
        for at in order {
            let body = &bodies[at];
            let is_oldest = Some(at) == oldest;
            let name = match is_oldest {
                true => key.to_owned(),
                false => twin_key(key, body.hash),
            };
            let flags = body.flags & !(IS_TWIN | IS_REVISION)
                | if is_oldest { 0 } else { IS_TWIN }
                | if revisions[at] { IS_REVISION } else { 0 };
            if (&name, flags) == (&body.key, body.flags) {
                continue;
            }
            self.conn
                .prepare_cached("UPDATE message SET key = ?2, flags = ?3 WHERE id = ?1")?
                .execute(params![body.id, name, flags])?;
            if (flags ^ body.flags) & IS_REVISION != 0 {
                let holders = self.holders(body.id)?;
                self.touch_parts(body.id, &holders, ripple)?;
                ripple.counts.extend(holders);
                if !UNCOUNTED.iter().any(|role: &Role| role.word() == body.role) {
                    ripple.added += if revisions[at] { -1 } else { 1 };
                }
            }
        }
        Ok(())
    }

    fn body(&self, id: i64, hash: u64) -> rusqlite::Result<Body> {
        let mut body = self
            .conn
            .prepare_cached(
                "SELECT key, flags, session_id, time_ms, (SELECT text FROM label WHERE label.id = role)
                 FROM message WHERE id = ?1",
            )?
            .query_row([id], |r| {
                Ok(Body {
                    id,
                    hash,
                    key: r.get(0)?,
                    flags: r.get(1)?,
                    session: r.get(2)?,
                    time_ms: r.get(3)?,
                    role: r.get(4)?,
                    places: Vec::new(),
                })
            })?;
        let places = self
            .conn
            .prepare_cached(
                "SELECT cursor_id, offset, flags & 64 FROM message WHERE id = ?1
                 UNION ALL SELECT cursor_id, offset, is_fork FROM copy WHERE message_id = ?1",
            )?
            .query_map([id], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get::<_, i64>(2)? != 0))
            })?
            .collect::<rusqlite::Result<Vec<(i64, i64, bool)>>>()?;
        for (cursor, offset, is_fork) in places {
            // What stands before the place where a file was rewritten was there before, too.
            let of = self
                .conn
                .prepare_cached(
                    "SELECT c.transcript_id, ifnull((SELECT max(e.generation) + 1 FROM cursor e
                       WHERE e.transcript_id = c.transcript_id AND e.generation < c.generation AND e.start <= ?2), 0)
                     FROM cursor c WHERE c.id = ?1",
                )?
                .query_row([cursor, offset], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            if let Some((transcript, generation)) = of {
                body.places
                    .push((transcript, generation, self.rank(cursor, offset, is_fork)?));
            }
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(hash: u64, places: &[(i64, i64)]) -> Body {
        let rank = |generation| Rank::of(b"/t".to_vec(), generation, 0);
        Body {
            id: hash as i64,
            hash,
            key: String::new(),
            flags: 0,
            session: 0,
            time_ms: None,
            role: String::new(),
            places: places.iter().map(|(t, g)| (*t, *g, rank(*g))).collect(),
        }
    }

    #[test]
    fn a_line_changed_in_place_is_a_revision_and_two_alive_are_two() {
        let alive = [body(1, &[(1, 0)]), body(2, &[(1, 0)])];
        assert_eq!(revisions(&alive), [false, false]);
        let changed = [body(1, &[(1, 0)]), body(2, &[(1, 1)])];
        assert_eq!(revisions(&changed), [false, true]);
        let elsewhere_too = [body(1, &[(1, 0)]), body(2, &[(1, 1), (2, 0)])];
        assert_eq!(revisions(&elsewhere_too), [false, false]);
        let back_again = [body(1, &[(1, 0), (1, 2)]), body(2, &[(1, 1)])];
        assert_eq!(revisions(&back_again), [false, true]);
        let other_file = [body(1, &[(1, 0)]), body(2, &[(2, 3)])];
        assert_eq!(revisions(&other_file), [false, false]);
    }
}
