//! Which matches are the best: BM25 over the fields of a message, and gently who speaks and when.

use std::collections::HashMap;

use rusqlite::Connection;

use super::newest::{By, Match};
use super::plan::Plan;
use super::texts::{self, Field, Text};
use crate::model::Sort;

/// BM25's: how soon more of the same word counts less, and how much long texts are held against it.
const K1: f64 = 1.2;
const B: f64 = 0.3;
/// Bytes of a text that are weighed; beyond lie dumps.
const WEIGHED: usize = 16 << 10;
/// What the next best match of a session is worth beside the best, so that others are seen too.
const NEXT: f64 = 0.85;
/// Days after which a match has half the bonus of a new one.
const HALF_LIFE: f64 = 45.0;
const NEWNESS: f64 = 0.5;

/// A match with what it is worth.
#[derive(Debug, Clone, Copy)]
pub struct Weighed {
    pub found: Match,
    pub weight: f64,
    /// Matches in the session.
    pub session_hits: u64,
}

/// What a message is to the query.
struct Counted {
    found: Match,
    /// For each term how often it occurs, weighed by where.
    terms: Vec<f64>,
}

/// The matches in the order they are shown. What is not shown is not weighed where it need not be.
pub fn weigh(
    conn: &Connection,
    plan: &Plan,
    matches: Vec<Match>,
    sort: Sort,
    limit: usize,
) -> rusqlite::Result<Vec<Weighed>> {
    let mut sessions: HashMap<i64, u64> = HashMap::new();
    for found in &matches {
        *sessions.entry(found.facts.session).or_default() += 1;
    }
    let weighed = |found: Match, weight: f64| Weighed {
        found,
        weight,
        session_hits: sessions.get(&found.facts.session).copied().unwrap_or(1),
    };
    if sort == Sort::Recent {
        let newest = matches.into_iter().take(limit + 1);
        return Ok(newest.map(|found| weighed(found, 0.0)).collect());
    }
    let roles = roles(conn)?;
    let mut counted = Vec::with_capacity(matches.len());
    for found in matches {
        let terms = count(plan, &texts::folded(conn, &found.facts, WEIGHED)?);
        counted.push(Counted { found, terms });
    }
    let rarity = rarity(&counted, plan.wanted().count());
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let weight = |one: &Counted| {
        let bm25: f64 = one
            .terms
            .iter()
            .zip(&rarity)
            .map(|(count, rarity)| rarity * count * (K1 + 1.0) / (K1 + count))
            .sum();
        let newness = one.found.time_ms().map_or(1.0, |time_ms| {
            let days = now_ms.saturating_sub(time_ms).max(0) as f64 / 86_400_000.0;
            1.0 + NEWNESS * 0.5f64.powf(days / HALF_LIFE)
        });
        match one.found.by {
            By::Id => f64::INFINITY,
            By::Title => (bm25 + 1.5 * rarity.iter().sum::<f64>()) * newness,
            By::Words => bm25 * newness * roles.get(&one.found.facts.role).unwrap_or(&1.0),
        }
    };
    let mut all: Vec<Weighed> = counted
        .iter()
        .map(|one| weighed(one.found, weight(one)))
        .collect();
    sort_by_weight(&mut all);
    let mut rank: HashMap<i64, i32> = HashMap::new();
    for one in &mut all {
        let place = rank.entry(one.found.facts.session).or_default();
        one.weight *= NEXT.powi(*place);
        *place += 1;
    }
    sort_by_weight(&mut all);
    all.truncate(limit + 1);
    Ok(all)
}

/// The first `limit` matches; where the best come first, those of a session together.
pub fn by_session(mut found: Vec<Weighed>, limit: usize, sort: Sort) -> Vec<Weighed> {
    found.truncate(limit);
    if sort == Sort::Best {
        let mut place: HashMap<i64, usize> = HashMap::new();
        for (at, one) in found.iter().enumerate() {
            place.entry(one.found.facts.session).or_insert(at);
        }
        found.sort_by_key(|one| place.get(&one.found.facts.session).copied());
    }
    found
}

fn sort_by_weight(weighed: &mut [Weighed]) {
    weighed.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then(a.found.age().cmp(&b.found.age()))
    });
}

/// How often each term that is wanted occurs in folded texts, weighed by the field and its length.
fn count(plan: &Plan, texts: &[Text]) -> Vec<f64> {
    plan.wanted()
        .map(|look| {
            texts
                .iter()
                .map(|Text { field, text }| {
                    let hits: usize = look
                        .needles
                        .iter()
                        .map(|needle| needle.find(text).take(64).count())
                        .sum();
                    let (weight, usual) = of_field(*field);
                    let length = text.len() as f64 / usual;
                    weight * hits as f64 / (1.0 - B + B * length)
                })
                .sum()
        })
        .collect()
}

/// What a term tells: one that few of the matches have tells more.
fn rarity(counted: &[Counted], terms: usize) -> Vec<f64> {
    let all = counted.len() as f64;
    (0..terms)
        .map(|term| {
            let with = counted
                .iter()
                .filter(|one| one.terms.get(term).is_some_and(|count| *count > 0.0))
                .count() as f64;
            (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
        })
        .collect()
}

/// The weight of a field, and its usual length in bytes.
fn of_field(field: Field) -> (f64, f64) {
    match field {
        Field::Prose => (1.0, 600.0),
        Field::Thinking => (0.4, 800.0),
        Field::ToolInput => (0.2, 500.0),
        Field::ToolOutput => (0.1, 2000.0),
        Field::Event => (0.1, 600.0),
    }
}

/// What counts more or less, by the number of the label that says who speaks.
fn roles(conn: &Connection) -> rusqlite::Result<HashMap<i64, f64>> {
    let mut labels = conn.prepare_cached("SELECT id, text FROM label")?;
    let roles = labels.query_map([], |r| {
        let weight = match r.get_ref(1)?.as_str()? {
            "prompt" | "queued_prompt" | "withdrawn_prompt" => 1.2,
            "compact_summary" => 0.8,
            "injected" | "event" => 0.6,
            _ => 1.0,
        };
        Ok((r.get(0)?, weight))
    })?;
    roles.collect()
}
