//! What is called by its id: a message, a call and its answer, or a session.

use rusqlite::Connection;

use super::super::facts::Facts;
use super::newest::{By, Match};
use super::plan::Plan;
use super::sieve::Sieve;

/// The messages an id stands for. That of a session, or its beginning, stands for the session's first message.
pub fn named(conn: &Connection, plan: &Plan, sieve: &Sieve) -> rusqlite::Result<Vec<Match>> {
    let Some(id) = &plan.id else {
        return Ok(Vec::new());
    };
    let mut found = conn.prepare_cached(
        "SELECT id FROM message WHERE key = ?1
         UNION SELECT u.message_id FROM tool_call c JOIN tool_use u ON u.id = c.id WHERE c.key = ?1
         UNION SELECT r.message_id FROM tool_call c JOIN tool_result r ON r.id = c.id WHERE c.key = ?1
         UNION SELECT (SELECT m.id FROM message m WHERE m.session_id = s.id ORDER BY m.id LIMIT 1)
           FROM session s WHERE s.key >= ?1 AND s.key < ?1 || char(1114111)",
    )?;
    let ids = found.query_map([id], |r| r.get::<_, Option<i64>>(0))?;
    let mut matches = Vec::new();
    for id in ids
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .flatten()
    {
        let Some(facts) = Facts::read(conn, "message", id)? else {
            continue;
        };
        if sieve.passes(conn, &facts)? {
            matches.push(Match { facts, by: By::Id });
        }
    }
    Ok(matches)
}
