//! Asking the words index: what was typed → an expression → the newest matches → the best of them → what is shown.
//!
//! A search takes few steps whatever the size of the archive: matches are taken newest first and only so many, then
//! they are weighed by their texts, and rows and snippets are made for those shown. Where nothing matches, more is
//! taken for what was typed, in named steps ([`plan::STEPS`]).

mod escapes;
mod expression;
mod facets;
mod hits;
mod ids;
mod newest;
mod plan;
mod sieve;
mod symbols;
mod texts;
mod titles;
mod typo;
mod variants;
mod weigh;
mod wildcard;

use rusqlite::Connection;

use self::newest::Match;
use self::plan::{Asked, Plan, STEPS};
use self::sieve::Sieve;
use self::variants::Known;
use super::handle::Reader;
use super::shard::{SHARDS, Shard};
use crate::model::{SearchResult, Sort};
use crate::query::Query;

/// Matches that are weighed against each other, at most, if no more are asked for.
const WEIGHED: usize = 200;

const NOTHING_PASSES: &str = "no message passes the filters";

impl Reader {
    /// Messages that match.
    pub fn search(
        &self,
        query: &Query,
        limit: usize,
        sort: Sort,
    ) -> rusqlite::Result<SearchResult> {
        let mut result = SearchResult {
            unindexed: self.unindexed()?,
            notes: query.notes(),
            ..SearchResult::default()
        };
        if query.is_empty() {
            return Ok(result);
        }
        // One view of all files, and one lock for thousands of small questions.
        let _snapshot = self.conn.unchecked_transaction()?;
        let attached = self.attached()?;
        let mut shards = attached.clone();
        let mut known = Known::new(&self.conn, &attached);
        let sieve = Sieve::new(&self.conn, query)?;
        if sieve.is_shut() {
            result.notes.push(NOTHING_PASSES.into());
            return Ok(result);
        }
        let mut tried: Vec<Asked> = Vec::new();
        for step in STEPS {
            let Some(plan) = Plan::new(&mut known, query, step)? else {
                continue;
            };
            // Nothing more is taken for it than at a step before.
            if tried.contains(&plan.whole) {
                continue;
            }
            let found = self.find(&plan, &sieve, &mut shards, limit, sort, &mut result)?;
            if found.is_empty() && nowhere(&self.conn, &shards, &sieve)? {
                result.notes.push(NOTHING_PASSES.into());
                return Ok(result);
            }
            if found.is_empty() && !result.has_all {
                let note = "none of the newest messages with these words passes; older ones were not looked at";
                if !result.notes.iter().any(|told| told == note) {
                    result.notes.push(note.into());
                }
            }
            if found.is_empty() {
                tried.push(plan.whole);
                continue;
            }
            result.notes.extend(plan.notes.iter().cloned());
            result.widened = step;
            result.has_more = found.len() > limit || !result.has_all;
            for shown in weigh::by_session(found, limit, sort) {
                result.hits.extend(hits::hit(&self.conn, &shown, &plan)?);
            }
            break;
        }
        if result.hits.is_empty() && result.unindexed == 0 {
            result
                .notes
                .extend(plan::why_nothing(&self.conn, &shards, &mut known, query)?);
        }
        Ok(result)
    }

    /// The matches of a plan in the order they are shown, one more than asked for where there are more.
    fn find(
        &self,
        plan: &Plan,
        sieve: &Sieve,
        shards: &mut Vec<Shard>,
        limit: usize,
        sort: Sort,
        result: &mut SearchResult,
    ) -> rusqlite::Result<Vec<weigh::Weighed>> {
        // Tool text rarely is the best, and there is much of it.
        let asked: &[(&[Shard], usize)] = match sort {
            Sort::Recent => &[(&SHARDS, limit + 1)],
            Sort::Best => &[
                (&[Shard::Prose], WEIGHED.max(limit + 1)),
                (
                    &[Shard::ToolsA, Shard::ToolsB],
                    (WEIGHED / 4).max(limit + 1),
                ),
            ],
        };
        let mut matches = ids::named(&self.conn, shards, plan, sieve)?;
        (result.matches, result.has_all) = (0, true);
        for (asked, wanted) in asked {
            let found = self.newest(plan, sieve, asked, shards, *wanted, &mut result.notes)?;
            result.has_all &= found.is_all;
            result.matches += found.count;
            let is_new = |cut: &&String| !found.is_by_texts && !result.notes.contains(cut);
            let cuts: Vec<String> = plan.cuts.iter().filter(is_new).cloned().collect();
            result.notes.extend(cuts);
            matches.extend(found.matches);
        }
        if sort == Sort::Best {
            matches.extend(titles::that_hold(&self.conn, shards, plan, sieve)?);
        }
        // What matches in several ways does so by the last of them.
        matches.sort_by_key(|m: &Match| (m.age(), std::cmp::Reverse(m.by)));
        matches.dedup_by_key(|m| m.facts.id);
        result.matches = result.matches.max(matches.len() as u64);
        weigh::weigh(&self.conn, plan, matches, sort, limit)
    }

    /// The newest matches of those shards that can be asked. A damaged one is told of, and asked no more.
    fn newest(
        &self,
        plan: &Plan,
        sieve: &Sieve,
        asked: &[Shard],
        shards: &mut Vec<Shard>,
        wanted: usize,
        notes: &mut Vec<String>,
    ) -> rusqlite::Result<newest::Found> {
        let search = newest::Search {
            conn: &self.conn,
            plan,
            sieve,
            wanted,
        };
        loop {
            let can_answer = |shard: &Shard| shards.contains(shard);
            let asked: Vec<Shard> = asked.iter().copied().filter(can_answer).collect();
            match search.newest(&asked) {
                // The index is not the archive: what is in the other files is found.
                Err(newest::Fault { shard, error }) if super::explain::is_damaged(&error) => {
                    notes.push(format!(
                        "{} cannot be searched, it is damaged; `scrollback doctor` says what to do",
                        shard.schema()
                    ));
                    shards.retain(|other| *other != shard);
                }
                found => return found.map_err(|fault| fault.error),
            }
        }
    }

    /// The shards that can be asked.
    fn attached(&self) -> rusqlite::Result<Vec<Shard>> {
        let mut names = self
            .conn
            .prepare_cached("SELECT name FROM pragma_database_list")?;
        let names: Vec<String> = names
            .query_map([], |r| r.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let is_attached = |shard: &Shard| names.iter().any(|name| name == shard.schema());
        Ok(SHARDS.into_iter().filter(is_attached).collect())
    }
}

/// Whether the filters let nothing through, whatever is looked for.
fn nowhere(conn: &Connection, shards: &[Shard], sieve: &Sieve) -> rusqlite::Result<bool> {
    if !sieve.is_narrow() || shards.is_empty() {
        return Ok(false);
    }
    for shard in shards {
        if !newest::zones_of(conn, *shard, sieve)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}
