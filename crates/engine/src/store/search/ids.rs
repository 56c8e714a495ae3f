//! What is called by its id: a message, a call and its answer, or a session.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::super::facts::Facts;
use super::super::named;
use super::super::shard::Shard;
use super::newest::{By, Match};
use super::plan::Plan;
use super::sieve::Sieve;

/// Characters from which on the beginning of an id stands for it.
const BEGINNING: usize = 8;
/// What a beginning stands for, at most: what begins more is no one's id.
const MOST: u32 = 50;

/// What may be called by an id.
const NAMED: [&str; 5] = [
    "SELECT id FROM message WHERE key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT message_id FROM tool_use WHERE key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT r.message_id FROM tool_use u JOIN tool_result r ON r.call_id = u.id
     WHERE u.key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT message_id FROM tool_result WHERE key BETWEEN ?1 AND ?2 LIMIT ?3",
    "SELECT id FROM session WHERE key BETWEEN ?1 AND ?2 LIMIT ?3",
];
/// The last of them finds sessions.
const SESSIONS: usize = NAMED.len() - 1;
/// What a session's person said first, or whoever spoke.
const FIRST: &str = "SELECT m.id FROM message m WHERE m.session_id = ?1
     ORDER BY m.role IS NOT (SELECT id FROM label WHERE text = 'prompt'), m.id LIMIT 1";

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
    let (mut ids, mut sessions) = (BTreeSet::new(), BTreeSet::new());
    // Programs write ids in small letters, people do not always.
    for first in [typed.clone(), typed.to_lowercase()] {
        let last = match first.len() {
            BEGINNING.. => format!("{first}{}", char::MAX),
            _ => first.clone(),
        };
        for (at, sql) in NAMED.iter().enumerate() {
            let mut found = conn.prepare_cached(sql)?;
            let found = found.query_map((&first, &last, MOST + 1), |r| r.get::<_, i64>(0))?;
            let found: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
            if found.len() <= MOST as usize {
                match at {
                    SESSIONS => sessions.extend(found),
                    _ => ids.extend(found),
                }
            }
        }
    }
    if ids.is_empty() && sessions.is_empty() && may_be_file(typed) {
        sessions = named::sessions_called(conn, typed)?;
        if sessions.is_empty() {
            sessions = named::sessions_beginning(conn, typed)?;
        }
        if sessions.len() > MOST as usize {
            sessions.clear();
        }
    }
    let mut first = conn.prepare_cached(FIRST)?;
    for session in sessions {
        ids.extend(
            first
                .query_row([session], |r| r.get::<_, i64>(0))
                .optional()?,
        );
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

/// Whether files are called like this: a word of a language would have all of their names read for nothing.
fn may_be_file(typed: &str) -> bool {
    typed.len() >= BEGINNING && typed.contains(|c: char| c.is_ascii_digit() || c == '-')
}
