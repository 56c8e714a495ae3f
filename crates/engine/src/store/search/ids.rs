//! What is called by its id: a message, a call and its answer, or a session.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::super::facts::Facts;
use super::super::shard::Shard;
use super::newest::{By, Match};
use super::plan::Plan;
use super::sieve::Sieve;

/// Characters from which on the beginning of an id stands for it.
const BEGINNING: usize = 8;
/// What a beginning stands for, at most: what begins more is no one's id.
const MOST: u32 = 50;

/// What may be called by an id. A session stands for what its person said first.
const NAMED: [&str; 4] = [
    "SELECT id FROM message WHERE key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT u.message_id FROM tool_call c JOIN tool_use u ON u.id = c.id
     WHERE c.key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT r.message_id FROM tool_call c JOIN tool_result r ON r.id = c.id
     WHERE c.key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT (SELECT m.id FROM message m WHERE m.session_id = s.id
         ORDER BY m.role IS NOT (SELECT id FROM label WHERE text = 'prompt'), m.id LIMIT 1)
     FROM session s WHERE s.key BETWEEN ?1 AND ?2 LIMIT ?3",
];

/// The messages an id stands for, or its beginning.
pub fn named(
    conn: &Connection,
    shards: &[Shard],
    plan: &Plan,
    sieve: &Sieve,
) -> rusqlite::Result<Vec<Match>> {
    let Some(typed) = &plan.id else {
        return Ok(Vec::new());
    };
    let mut ids = BTreeSet::new();
    // Programs write ids in small letters, people do not always.
    for first in [typed.clone(), typed.to_lowercase()] {
        let last = match first.len() {
            BEGINNING.. => format!("{first}{}", char::MAX),
            _ => first.clone(),
        };
        for sql in NAMED {
            let mut found = conn.prepare_cached(sql)?;
            let found =
                found.query_map((&first, &last, MOST + 1), |r| r.get::<_, Option<i64>>(0))?;
            let found: Vec<Option<i64>> = found.collect::<rusqlite::Result<_>>()?;
            if found.len() <= MOST as usize {
                ids.extend(found.into_iter().flatten());
            }
        }
    }
    let mut matches = Vec::new();
    for id in ids {
        let Some(facts) = Facts::read(conn, "message", id)? else {
            continue;
        };
        if sieve.passes(conn, &facts)? && plan.lets_through(conn, shards, id)? {
            matches.push(Match::new(facts, By::Id, sieve));
        }
    }
    Ok(matches)
}
