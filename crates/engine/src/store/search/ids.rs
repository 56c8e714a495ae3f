//! What is called by its id: a message, a call and its answer, or a session.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::super::facts::Facts;
use super::newest::{By, Match};
use super::plan::Plan;
use super::sieve::Sieve;

/// Characters from which on the beginning of an id stands for it.
const BEGINNING: usize = 8;

/// The messages an id stands for, or its beginning. That of a session stands for what its person said first.
pub fn named(conn: &Connection, plan: &Plan, sieve: &Sieve) -> rusqlite::Result<Vec<Match>> {
    let Some(typed) = &plan.id else {
        return Ok(Vec::new());
    };
    let mut found = conn.prepare_cached(
        "SELECT id FROM message WHERE key BETWEEN ?1 AND ?2
         UNION SELECT u.message_id FROM tool_call c JOIN tool_use u ON u.id = c.id WHERE c.key BETWEEN ?1 AND ?2
         UNION SELECT r.message_id FROM tool_call c JOIN tool_result r ON r.id = c.id WHERE c.key BETWEEN ?1 AND ?2
         UNION SELECT (SELECT m.id FROM message m WHERE m.session_id = s.id
             ORDER BY m.role IS NOT (SELECT id FROM label WHERE text = 'prompt'), m.id LIMIT 1)
           FROM session s WHERE s.key BETWEEN ?1 AND ?2",
    )?;
    let mut ids = BTreeSet::new();
    // Programs write ids in small letters, people do not always.
    for first in [typed.clone(), typed.to_lowercase()] {
        let last = match first.len() {
            BEGINNING.. => format!("{first}{}", char::MAX),
            _ => first.clone(),
        };
        for id in found.query_map([first, last], |r| r.get::<_, Option<i64>>(0))? {
            ids.extend(id?);
        }
    }
    let mut matches = Vec::new();
    for id in ids {
        let Some(facts) = Facts::read(conn, "message", id)? else {
            continue;
        };
        if sieve.passes(conn, &facts)? {
            matches.push(Match { facts, by: By::Id });
        }
    }
    Ok(matches)
}
