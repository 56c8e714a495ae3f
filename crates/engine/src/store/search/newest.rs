//! The newest messages that match, without looking at all that do.
//!
//! A rare word has few matches: all are taken. Of a common one, runs of messages are asked in the order of
//! their last moment ([`super::super::zones`]), until nothing newer can follow.

use std::cmp::Reverse;
use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::plan::Plan;
use super::sieve::Sieve;
use super::texts;
use crate::store::facts::Facts;
use crate::store::shard::Shard;
use crate::store::zones::ZONE;

/// Matches that are few enough to take all.
const FEW: usize = 600;
/// Messages of a shard that are looked at, at most, if no more are asked for.
const MOST: usize = 40_000;
/// Messages of a shard whose texts are looked at for what the index does not know, at most.
const CHECKED: usize = 1000;
/// Zones asked at once, at most, where hardly any holds a match.
const MOST_ZONES: usize = 64;

/// A message that matches.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// What is known of it.
    pub facts: Facts,
    /// What it matches by.
    pub by: By,
}

impl Match {
    /// Puts the newest first.
    pub fn age(&self) -> (Reverse<i64>, Reverse<i64>) {
        (Reverse(self.facts.time_ms), Reverse(self.facts.id))
    }
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

/// The newest matches, the newest first.
#[derive(Debug, Default)]
pub struct Found {
    pub matches: Vec<Match>,
    /// How many were found, of which these are the newest.
    pub count: u64,
    /// There are no others.
    pub is_all: bool,
}

impl Found {
    fn take(&mut self, found: Option<Match>) {
        self.count += u64::from(found.is_some());
        self.matches.extend(found);
    }

    fn keep(&mut self, wanted: usize) {
        self.matches.sort_by_key(Match::age);
        self.matches.truncate(wanted);
    }
}

/// The newest `wanted` matches of a shard.
pub fn newest(
    conn: &Connection,
    shard: Shard,
    plan: &Plan,
    sieve: &Sieve,
    wanted: usize,
) -> rusqlite::Result<Found> {
    let schema = shard.schema();
    // Where few runs of messages can pass, the others need not be looked up.
    let only = match sieve.is_narrow() {
        true => Some(zones(conn, schema, sieve)?),
        false => None,
    };
    if only.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Found {
            is_all: true,
            ..Found::default()
        });
    }
    // What takes its time to begin is asked once.
    let few = if plan.is_wide {
        i64::MAX
    } else {
        FEW.max(wanted) as i64 + 1
    };
    let sql = format!("SELECT rowid FROM {schema}.words WHERE words MATCH ?1 LIMIT ?2");
    let mut ids = conn.prepare_cached(&sql)?;
    let ids = ids.query_map(params![plan.expression, few], |r| r.get(0))?;
    let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
    let mut found = Found::default();
    if ids.len() <= FEW.max(wanted) {
        let only = only.map(|zones| {
            zones
                .into_iter()
                .map(|(_, zone)| zone)
                .collect::<HashSet<i64>>()
        });
        let may_pass = |id: &i64| {
            only.as_ref()
                .is_none_or(|zones| zones.contains(&(id / ZONE)))
        };
        for id in ids.into_iter().filter(may_pass) {
            found.take(passes(conn, schema, plan, sieve, id)?);
        }
        found.keep(wanted);
        found.is_all = true;
    } else if plan.is_wide {
        // In the order of their numbers, as zones are.
        walk(
            conn,
            schema,
            plan,
            sieve,
            wanted,
            |first, last| {
                let (from, to) = (
                    ids.partition_point(|id| *id < first),
                    ids.partition_point(|id| *id <= last),
                );
                Ok(ids[from..to].to_vec())
            },
            &mut found,
        )?;
    } else {
        let sql = format!(
            "SELECT rowid FROM {schema}.words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3"
        );
        let mut run = conn.prepare_cached(&sql)?;
        walk(
            conn,
            schema,
            plan,
            sieve,
            wanted,
            |first, last| {
                run.query_map(params![plan.expression, first, last], |r| r.get(0))?
                    .collect()
            },
            &mut found,
        )?;
    }
    Ok(found)
}

/// Takes the matches of one run of messages after the other, until nothing newer can follow.
fn walk(
    conn: &Connection,
    schema: &str,
    plan: &Plan,
    sieve: &Sieve,
    wanted: usize,
    mut in_run: impl FnMut(i64, i64) -> rusqlite::Result<Vec<i64>>,
    found: &mut Found,
) -> rusqlite::Result<()> {
    let zones = zones(conn, schema, sieve)?;
    let most = if plan.must_check {
        CHECKED
    } else {
        MOST.max(wanted)
    };
    let (mut looked_at, mut next, mut at_once) = (0, 0, 1);
    while let Some((last_ms, _)) = zones.get(next) {
        // The oldest of those wanted is newer than anything to come.
        let is_enough =
            found.matches.len() >= wanted && found.matches[wanted - 1].facts.time_ms > *last_ms;
        if is_enough || looked_at > most {
            return Ok(());
        }
        let batch = &zones[next..zones.len().min(next + at_once)];
        next += batch.len();
        let before = found.count;
        for (first, last) in runs(batch) {
            for id in in_run(first, last)? {
                looked_at += 1;
                found.take(passes(conn, schema, plan, sieve, id)?);
            }
        }
        found.keep(wanted);
        // Where matches are thin, more is asked at a time.
        at_once = match found.count - before {
            0..=8 => (at_once * 2).min(MOST_ZONES),
            _ => (at_once / 2).max(1),
        };
    }
    found.is_all = true;
    Ok(())
}

/// Zones that may hold what the sieve lets through: last moment and number, the newest first.
pub fn zones(conn: &Connection, schema: &str, sieve: &Sieve) -> rusqlite::Result<Vec<(i64, i64)>> {
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
    schema: &str,
    plan: &Plan,
    sieve: &Sieve,
    id: i64,
) -> rusqlite::Result<Option<Match>> {
    let Some(facts) = Facts::read(conn, Some(schema), id)? else {
        return Ok(None);
    };
    if !sieve.passes(conn, &facts)? {
        return Ok(None);
    }
    if plan.must_check {
        let texts = texts::of(conn, &facts, usize::MAX)?;
        if !plan.holds(&texts.iter().map(texts::Text::folded).collect::<Vec<_>>()) {
            return Ok(None);
        }
    }
    Ok(Some(Match {
        facts,
        by: By::Words,
    }))
}

#[cfg(test)]
mod tests {
    use super::{ZONE, runs};

    #[test]
    fn neighbouring_zones_are_one_run() {
        let zones = [(9, 4), (8, 5), (7, 1), (6, 3)];
        let z = ZONE;
        assert_eq!(runs(&zones), [(z, 2 * z - 1), (3 * z, 6 * z - 1)]);
        assert!(runs(&[]).is_empty());
    }
}
