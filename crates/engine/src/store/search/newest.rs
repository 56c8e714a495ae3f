//! The newest messages that match, without looking at all that do.
//!
//! A rare word has few matches: all are taken. Of a common one, runs of messages are asked in the order of
//! their last moment ([`super::super::zones`]), until nothing newer can follow.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{Connection, params};

use super::plan::Plan;
use super::sieve::Sieve;
use super::texts;
use crate::store::shard::Shard;
use crate::store::zones::ZONE;

/// Matches that are few enough to take all.
const FEW: usize = 1000;
/// Messages looked at in one search of a shard, at most.
const MOST: usize = 40_000;
/// Zones asked at once, at most, where hardly any holds a match.
const MOST_ZONES: usize = 64;

/// A message that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// When it was written; 0 where nobody knows.
    pub time_ms: i64,
    /// Its number.
    pub id: i64,
    /// What it matches by.
    pub by: By,
}

/// What a message matches by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// What stands in it.
    Words,
    /// The title of the session it begins.
    Title,
    /// An id.
    Id,
}

/// The newest matches, in no order.
#[derive(Debug, Default)]
pub struct Found {
    pub matches: Vec<Match>,
    /// There are no others.
    pub is_all: bool,
}

/// At least the newest `wanted` matches of a shard, if there are so many.
pub fn newest(
    conn: &Connection,
    shard: Shard,
    plan: &Plan,
    sieve: &Sieve,
    wanted: usize,
) -> rusqlite::Result<Found> {
    let few = FEW.max(wanted);
    let schema = shard.schema();
    let sql = format!("SELECT rowid FROM {schema}.words WHERE words MATCH ?1 LIMIT ?2");
    let mut ids = conn.prepare_cached(&sql)?;
    let ids = ids.query_map(params![plan.expression, few as i64 + 1], |r| r.get(0))?;
    let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
    if ids.len() <= few {
        let mut found = Found {
            matches: Vec::new(),
            is_all: true,
        };
        for id in ids {
            found.matches.extend(passes(conn, plan, sieve, id)?);
        }
        return Ok(found);
    }
    by_zones(conn, schema, plan, sieve, wanted)
}

fn by_zones(
    conn: &Connection,
    schema: &str,
    plan: &Plan,
    sieve: &Sieve,
    wanted: usize,
) -> rusqlite::Result<Found> {
    let sql = format!(
        "SELECT rowid FROM {schema}.words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3"
    );
    let mut run = conn.prepare_cached(&sql)?;
    let zones = zones(conn, schema, sieve)?;
    // The newest so far, the oldest of them on top.
    let mut newest = BinaryHeap::new();
    let (mut looked_at, mut next, mut at_once) = (0, 0, 1);
    while let Some((last_ms, _)) = zones.get(next) {
        let oldest = newest
            .peek()
            .map(|Reverse(found): &Reverse<Match>| found.time_ms);
        if newest.len() >= wanted && oldest.is_some_and(|oldest| oldest > *last_ms) {
            break;
        }
        if looked_at > MOST {
            break;
        }
        let batch = &zones[next..zones.len().min(next + at_once)];
        next += batch.len();
        let before = newest.len();
        for (first, last) in runs(batch) {
            let ids = run.query_map(params![plan.expression, first, last], |r| r.get(0))?;
            for id in ids.collect::<rusqlite::Result<Vec<i64>>>()? {
                looked_at += 1;
                if let Some(found) = passes(conn, plan, sieve, id)? {
                    newest.push(Reverse(found));
                    if newest.len() > wanted {
                        newest.pop();
                    }
                }
            }
        }
        // Where matches are thin, more is asked at a time.
        at_once = match newest.len() - before {
            0..=8 => (at_once * 2).min(MOST_ZONES),
            _ => (at_once / 2).max(1),
        };
    }
    Ok(Found {
        matches: newest.into_iter().map(|Reverse(found)| found).collect(),
        is_all: false,
    })
}

/// Zones that may hold what the sieve lets through: last moment and number, the newest first.
fn zones(conn: &Connection, schema: &str, sieve: &Sieve) -> rusqlite::Result<Vec<(i64, i64)>> {
    let only = sieve.zones(conn)?;
    let sql = format!(
        "SELECT last_ms, id FROM {schema}.zone WHERE last_ms >= ?1 AND first_ms < ?2 ORDER BY last_ms DESC, id DESC"
    );
    let mut zones = conn.prepare_cached(&sql)?;
    let zones = zones.query_map(params![sieve.from_ms, sieve.until_ms], |r| {
        Ok((r.get(0)?, r.get(1)?))
    })?;
    let mut zones = zones.collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
    if let Some(only) = only {
        zones.retain(|(_, zone)| only.contains(zone));
    }
    Ok(zones)
}

/// Zones as runs of messages: neighbours are asked together.
fn runs(zones: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut ids: Vec<i64> = zones.iter().map(|(_, zone)| *zone).collect();
    ids.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for id in ids {
        let (first, last) = (id * ZONE, id * ZONE + ZONE - 1);
        match runs.last_mut() {
            Some(run) if run.1 + 1 == first => run.1 = last,
            _ => runs.push((first, last)),
        }
    }
    runs
}

fn passes(
    conn: &Connection,
    plan: &Plan,
    sieve: &Sieve,
    id: i64,
) -> rusqlite::Result<Option<Match>> {
    let Some(time_ms) = sieve.passes(conn, id)? else {
        return Ok(None);
    };
    if plan.must_check {
        let texts = texts::of(conn, id)?;
        if !plan.holds(&texts.iter().map(texts::Text::folded).collect::<Vec<_>>()) {
            return Ok(None);
        }
    }
    Ok(Some(Match {
        time_ms,
        id,
        by: By::Words,
    }))
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn neighbouring_zones_are_one_run() {
        let zones = [(9, 4), (8, 5), (7, 1), (6, 3)];
        assert_eq!(runs(&zones), [(1024, 2047), (3072, 6143)]);
        assert!(runs(&[]).is_empty());
    }
}
