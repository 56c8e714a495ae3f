//! Sessions whose title matches.

use rusqlite::Connection;

use super::super::facts::Facts;
use super::super::shard::Shard;
use super::newest::{By, Match};
use super::plan::Plan;
use super::sieve::Sieve;
use crate::text::fold;

/// The first message of each session whose title holds what is looked for.
pub fn that_hold(
    conn: &Connection,
    shards: &[Shard],
    plan: &Plan,
    sieve: &Sieve,
) -> rusqlite::Result<Vec<Match>> {
    if plan.wanted().next().is_none() {
        return Ok(Vec::new());
    }
    // A title that is the first prompt is found where that stands.
    let mut titles = conn.prepare_cached(
        "SELECT id, coalesce(custom_title, agent_title, summary_title) AS title FROM session
         WHERE title IS NOT NULL",
    )?;
    let mut first =
        conn.prepare_cached("SELECT id FROM message WHERE session_id = ?1 ORDER BY id LIMIT 1")?;
    let mut rows = titles.query([])?;
    let mut matches = Vec::new();
    while let Some(row) = rows.next()? {
        if !plan.holds(&[&fold(row.get_ref(1)?.as_str()?)]) {
            continue;
        }
        let mut messages = first.query([row.get::<_, i64>(0)?])?;
        if let Some(message) = messages.next()? {
            let Some(facts) = Facts::read(conn, "message", message.get(0)?)? else {
                continue;
            };
            if sieve.passes(conn, &facts)? && plan.lets_through(conn, shards, facts.id)? {
                matches.push(Match::new(facts, By::Title, sieve));
            }
        }
    }
    Ok(matches)
}
