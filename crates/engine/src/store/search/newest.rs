//! The newest messages that match, without looking at all that do.
//!
//! A rare word has few matches: all are taken. Of a common one, runs of messages are asked in the order of
//! their last moment ([`super::super::zones`]), until nothing newer can follow. Of a term that is many words, whose
//! matches the index would have to gather first, the texts themselves are read, as long as that is less work.

use std::cmp::Reverse;
use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::plan::{Asked, Plan};
use super::sieve::Sieve;
use super::texts;
use crate::store::facts::Facts;
use crate::store::shard::{SHARDS, Shard};
use crate::store::zones::ZONE;

/// Matches that are few enough to take all.
const FEW: usize = 600;
/// Messages that are looked at, at most, if no more are asked for.
const MOST: usize = 120_000;
/// Messages whose texts are looked at for what the index does not know, at most.
const CHECKED: usize = 800;
/// Zones asked at once, at most, where hardly any holds a match.
const MOST_ZONES: usize = 64;
/// Messages whose texts are read, at most, for a term of which the index is asked for a part only.
const READ: usize = 20_000;
/// Texts that tell how many of them match.
const SAMPLE: u64 = 32;
/// Entries of the index that are gathered in the time it takes to read the texts of a message, about.
const ENTRIES: f64 = 80.0;
/// Words that are looked up in that time, about.
const WORDS: f64 = 10.0;

/// A message that matches.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// What is known of it.
    pub facts: Facts,
    /// What it matches by.
    pub by: By,
    /// Its time is ahead of the clock, and tells nothing.
    is_ahead: bool,
}

impl Match {
    pub fn new(facts: Facts, by: By, sieve: &Sieve) -> Self {
        Self {
            facts,
            by,
            is_ahead: facts.time_ms > Some(sieve.latest_ms),
        }
    }

    /// When it was written, if that can be told.
    pub fn time_ms(&self) -> Option<i64> {
        self.facts.time_ms.filter(|_| !self.is_ahead)
    }

    /// Puts the newest first, then what has a time that is wrong, then what has none.
    pub fn age(&self) -> impl Ord + use<> {
        let Facts { time_ms, id, .. } = self.facts;
        (Reverse(self.time_ms()), Reverse(time_ms), Reverse(id))
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
    /// The texts told it, and not the index alone.
    pub is_by_texts: bool,
}

/// A shard that could not be asked.
#[derive(Debug)]
pub struct Fault {
    pub shard: Shard,
    pub error: rusqlite::Error,
}

/// Says which shard an error is of.
fn of(shard: Shard) -> impl Fn(rusqlite::Error) -> Fault {
    move |error| Fault { shard, error }
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

/// Where the newest matches are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    pub conn: &'a Connection,
    pub plan: &'a Plan,
    pub sieve: &'a Sieve,
    /// How many matches are enough.
    pub wanted: usize,
}

/// A shard of which not all matches are taken.
struct Source {
    shard: Shard,
    /// All there are, in the order of their numbers, where they had to be gathered.
    gathered: Option<Vec<i64>>,
}

impl Search<'_> {
    /// The newest matches of some shards together.
    pub fn newest(&self, shards: &[Shard]) -> Result<Found, Fault> {
        if let Some(loose) = &self.plan.loose
            && let Some(found) = self.attempt(shards, loose, true)?
        {
            return Ok(Found {
                is_by_texts: true,
                ..found
            });
        }
        let mut found = self
            .attempt(shards, &self.plan.whole, false)?
            .unwrap_or_default();
        found.is_all &= self.plan.cuts.is_empty();
        Ok(found)
    }

    /// Asks for something; `None` where `must_pay` and it does not.
    fn attempt(
        &self,
        shards: &[Shard],
        asked: &Asked,
        must_pay: bool,
    ) -> Result<Option<Found>, Fault> {
        let mut found = Found::default();
        let mut sources = Vec::new();
        let mut zones = Vec::new();
        for &shard in shards {
            let zones_of = || zones_of(self.conn, shard, self.sieve).map_err(of(shard));
            // Where few runs of messages can pass, the others need not be looked up.
            let only = match self.sieve.is_narrow() {
                true => Some(zones_of()?),
                false => None,
            };
            if only.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let few = match must_pay {
                true => FEW,
                false => FEW.max(self.wanted),
            };
            // What takes its time to begin is asked once.
            let most = if asked.is_wide { usize::MAX } else { few + 1 };
            let all = self.first(shard, asked, most).map_err(of(shard))?;
            if all.len() <= few {
                let only = only.map(|zones| zones.into_iter().map(|(_, zone)| zone));
                let only: Option<HashSet<i64>> = only.map(Iterator::collect);
                let may_pass = |id: &i64| {
                    only.as_ref()
                        .is_none_or(|zones| zones.contains(&(id / ZONE)))
                };
                for id in all.into_iter().filter(may_pass) {
                    let Some(facts) = self.facts(shard, id).map_err(of(shard))? else {
                        continue;
                    };
                    if self.is_let_through(&facts).map_err(of(shard))? {
                        found.take(self.matches(asked, facts).map_err(of(shard))?);
                    }
                }
                continue;
            }
            let of_shard = only.map_or_else(zones_of, Ok)?;
            let of_source = |(last_ms, zone)| (last_ms, sources.len(), zone);
            zones.extend(of_shard.into_iter().map(of_source));
            let gathered = asked.is_wide.then_some(all);
            sources.push(Source { shard, gathered });
        }
        found.keep(self.wanted);
        zones.sort_unstable_by_key(|zone| Reverse(*zone));
        let is_enough = self.walk(asked, &sources, &zones, must_pay, &mut found)?;
        Ok(is_enough.then_some(found))
    }

    /// Takes the matches of one run of messages after the other, until nothing newer can follow. False where it
    /// `must_pay` and does not.
    fn walk(
        &self,
        asked: &Asked,
        sources: &[Source],
        zones: &[(i64, usize, i64)],
        must_pay: bool,
        found: &mut Found,
    ) -> Result<bool, Fault> {
        let most = match asked.must_check && !must_pay {
            true => CHECKED,
            false => MOST.max(self.wanted),
        };
        let (size, words) = match must_pay {
            true => (self.size(sources)?, self.plan.whole.words * sources.len()),
            false => (0, 0),
        };
        let (mut looked_at, mut read, mut matched) = (0, 0, 0);
        let (mut next, mut at_once) = (0, 1);
        while let Some((last_ms, ..)) = zones.get(next) {
            // The oldest of those wanted is newer than anything to come.
            let is_enough = found.matches.len() >= self.wanted
                && found.matches[self.wanted - 1].time_ms() > Some(*last_ms);
            if is_enough || looked_at > most as u64 {
                return Ok(true);
            }
            let batch = &zones[next..zones.len().min(next + at_once)];
            next += batch.len();
            let before = matched;
            for (number, source) in sources.iter().enumerate() {
                let of_source = batch.iter().filter(|(_, source, _)| *source == number);
                for run in runs(of_source.map(|(_, _, zone)| *zone)) {
                    for facts in self.within(source, asked, run).map_err(of(source.shard))? {
                        looked_at += 1;
                        if !self.is_let_through(&facts).map_err(of(source.shard))? {
                            continue;
                        }
                        let one = self.matches(asked, facts).map_err(of(source.shard))?;
                        read += 1;
                        matched += u64::from(one.is_some());
                        found.take(one);
                        let goes_on = match self.plan.cuts.is_empty() {
                            true => pays(read, matched, self.wanted, size, words),
                            // The index does not know all.
                            false => read <= READ.max(self.wanted) as u64,
                        };
                        if must_pay && !goes_on {
                            return Ok(false);
                        }
                    }
                }
            }
            found.keep(self.wanted);
            // Where matches are thin, more is asked at a time.
            at_once = match matched - before {
                0..=8 => (at_once * 2).min(MOST_ZONES),
                _ => (at_once / 2).max(1),
            };
        }
        found.is_all = true;
        Ok(true)
    }

    /// Matches of a shard in the order of their numbers, as zones are.
    fn first(&self, shard: Shard, asked: &Asked, most: usize) -> rusqlite::Result<Vec<i64>> {
        let schema = shard.schema();
        let sql = format!("SELECT rowid FROM {schema}.words WHERE words MATCH ?1 LIMIT ?2");
        let mut run = self.conn.prepare_cached(&sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut all: Vec<i64> = Vec::new();
        for expression in &asked.expressions {
            let ids = run.query_map(params![expression, most], |r| r.get::<_, i64>(0))?;
            for id in ids {
                all.push(id?);
            }
        }
        if asked.expressions.len() > 1 {
            all.sort_unstable();
            all.dedup();
        }
        Ok(all)
    }

    /// The matches of a run of messages.
    fn within(
        &self,
        source: &Source,
        asked: &Asked,
        (first, last): (i64, i64),
    ) -> rusqlite::Result<Vec<Facts>> {
        if let Some(gathered) = &source.gathered {
            let from = gathered.partition_point(|id| *id < first);
            let to = gathered.partition_point(|id| *id <= last);
            let facts = |id: &i64| self.facts(source.shard, *id).transpose();
            return gathered[from..to].iter().filter_map(facts).collect();
        }
        let sql = format!(
            "SELECT {} FROM {schema}.words w CROSS JOIN {schema}.fact f ON f.id = w.rowid
             WHERE words MATCH ?1 AND w.rowid BETWEEN ?2 AND ?3",
            Facts::COLUMNS,
            schema = source.shard.schema(),
        );
        let mut run = self.conn.prepare_cached(&sql)?;
        let mut found = Vec::new();
        for expression in &asked.expressions {
            for facts in run.query_map(params![expression, first, last], Facts::from_row)? {
                found.push(facts?);
            }
        }
        Ok(found)
    }

    fn facts(&self, shard: Shard, id: i64) -> rusqlite::Result<Option<Facts>> {
        Facts::read(self.conn, &format!("{}.fact", shard.schema()), id)
    }

    /// Messages of the sources, about.
    fn size(&self, sources: &[Source]) -> Result<u64, Fault> {
        let mut size = 0;
        for Source { shard, .. } in sources {
            let sql = format!("SELECT ifnull(max(id), 0) FROM {}.fact", shard.schema());
            let last: i64 = self
                .conn
                .query_row(&sql, [], |r| r.get(0))
                .map_err(of(*shard))?;
            size += last.unsigned_abs() / SHARDS.len() as u64;
        }
        Ok(size)
    }

    fn is_let_through(&self, facts: &Facts) -> rusqlite::Result<bool> {
        self.sieve.passes(self.conn, facts)
    }

    /// The match, if what the index found is meant.
    fn matches(&self, asked: &Asked, facts: Facts) -> rusqlite::Result<Option<Match>> {
        if asked.must_check {
            let texts = texts::folded(self.conn, &facts, usize::MAX)?;
            let texts: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
            if !self.plan.holds(&texts) {
                return Ok(None);
            }
        }
        Ok(Some(Match::new(facts, By::Words, self.sieve)))
    }
}

/// Whether reading texts until `wanted` match is less work than looking up `words` words and gathering all matches
/// among `size` messages, going by the share that matched so far.
fn pays(read: u64, matched: u64, wanted: usize, size: u64, words: usize) -> bool {
    let share = matched as f64 / read as f64;
    read < SAMPLE || wanted as f64 / share < size as f64 * share / ENTRIES + words as f64 / WORDS
}

/// Zones that may hold what the sieve lets through: last moment and number.
pub fn zones_of(
    conn: &Connection,
    shard: Shard,
    sieve: &Sieve,
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let only = sieve.zones(conn)?;
    let schema = shard.schema();
    let sql =
        format!("SELECT last_ms, id FROM {schema}.zone WHERE last_ms >= ?1 AND first_ms < ?2");
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
fn runs(zones: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut ids: Vec<i64> = zones.collect();
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

#[cfg(test)]
mod tests {
    use super::{SAMPLE, ZONE, pays, runs};

    #[test]
    fn neighbouring_zones_are_one_run() {
        let z = ZONE;
        let found = runs([4, 5, 1, 3].into_iter());
        assert_eq!(found, [(z, 2 * z - 1), (3 * z, 6 * z - 1)]);
        assert!(runs(std::iter::empty()).is_empty());
    }

    #[test]
    fn texts_are_read_where_most_match_and_the_archive_is_large() {
        assert!(pays(SAMPLE - 1, 0, 51, 1_000, 1), "too few to tell");
        assert!(pays(100, 90, 51, 1_000_000, 1));
        assert!(!pays(100, 1, 51, 1_000_000, 1));
        assert!(!pays(100, 0, 51, 1_000_000, 4000));
        assert!(!pays(100, 90, 51, 1_000, 1));
        assert!(pays(100, 90, 51, 1_000, 4000), "words take their time");
    }
}
