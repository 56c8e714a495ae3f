//! How many matches there are of each project, agent, model, role and tool.

use std::collections::HashMap;

use super::super::facts::Facts;
use super::super::handle::Reader;
use super::super::messages::{HAS_ANSWERS, HAS_CALLS};
use super::super::shard::SHARDS;
use super::plan::{Plan, STEPS};
use super::sieve::Sieve;
use super::variants::Known;
use crate::model::{Facet, Facets};
use crate::query::Query;

/// Matches that are counted, at most.
const COUNTED: usize = 2000;
/// Values of a filter that are told.
const VALUES: usize = 12;

/// Value → matches.
type Counts = HashMap<String, u64>;

impl Reader {
    /// Counts the newest matches of a query.
    pub fn facets(&self, query: &Query) -> rusqlite::Result<Facets> {
        if query.is_empty() {
            return Ok(Facets::default());
        }
        let _snapshot = self.conn.unchecked_transaction()?;
        let attached = self.attached()?;
        let mut shards = attached.clone();
        let mut known = Known::new(&self.conn, &attached);
        let sieve = Sieve::new(&self.conn, query)?;
        if sieve.is_shut() {
            return Ok(Facets::default());
        }
        for step in STEPS {
            let Some(plan) = Plan::new(&mut known, query, step)? else {
                continue;
            };
            let asked = SHARDS;
            let found =
                self.newest(&plan, &sieve, &asked, &mut shards, COUNTED, &mut Vec::new())?;
            let has_all = found.is_all && found.matches.len() as u64 == found.count;
            let matches: Vec<Facts> = found.matches.into_iter().map(|found| found.facts).collect();
            if !matches.is_empty() {
                let counted = matches.len() as u64;
                let facets = self.count(&matches)?;
                return Ok(Facets {
                    facets,
                    counted,
                    has_all,
                });
            }
        }
        Ok(Facets::default())
    }

    fn count(&self, matches: &[Facts]) -> rusqlite::Result<Vec<Facet>> {
        let (mut sessions, mut labels): (HashMap<i64, u64>, HashMap<i64, u64>) = Default::default();
        let (mut roles, mut tools): (HashMap<i64, u64>, Counts) = Default::default();
        let mut called = self.conn.prepare_cached(
            "SELECT name FROM tool_use WHERE message_id = ?1
             UNION SELECT u.name FROM tool_result r JOIN tool_use u ON u.id = r.call_id WHERE r.message_id = ?1",
        )?;
        for facts in matches {
            *sessions.entry(facts.session).or_default() += 1;
            *roles.entry(facts.role).or_default() += 1;
            if let Some(model) = facts.model {
                *labels.entry(model).or_default() += 1;
            }
            if facts.flags & (HAS_CALLS | HAS_ANSWERS) != 0 {
                let mut names = called.query([facts.id])?;
                while let Some(row) = names.next()? {
                    *tools.entry(row.get(0)?).or_default() += 1;
                }
            }
        }
        let (mut projects, mut agents): (Counts, Counts) = Default::default();
        let mut about = self
            .conn
            .prepare_cached("SELECT project_name, agent FROM session WHERE id = ?1")?;
        for (session, count) in sessions {
            let (project, agent) = about.query_row([session], |r| {
                Ok((r.get::<_, Option<String>>(0)?, r.get(1)?))
            })?;
            *agents.entry(agent).or_default() += count;
            if let Some(project) = project {
                *projects.entry(project).or_default() += count;
            }
        }
        let mut text = self
            .conn
            .prepare_cached("SELECT text FROM label WHERE id = ?1")?;
        let mut named =
            |counts: HashMap<i64, u64>, word: fn(String) -> String| -> rusqlite::Result<Counts> {
                let mut by_name = Counts::new();
                for (label, count) in counts {
                    let name = word(text.query_row([label], |r| r.get(0))?);
                    *by_name.entry(name).or_default() += count;
                }
                Ok(by_name)
            };
        let models = named(labels, |model| model)?;
        let roles = named(roles, |role| speaker(&role).to_owned())?;
        let all = [
            ("project", projects),
            ("agent", agents),
            ("role", roles),
            ("model", models),
            ("tool", tools),
        ];
        Ok(all
            .into_iter()
            .map(|(key, counts)| facet(key, counts))
            .collect())
    }
}

fn facet(key: &str, counts: Counts) -> Facet {
    let mut values: Vec<(String, u64)> = counts.into_iter().collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values.truncate(VALUES);
    Facet {
        key: key.to_owned(),
        values,
    }
}

/// The value of `role:` that finds messages of a role.
fn speaker(role: &str) -> &'static str {
    match role {
        "prompt" | "queued_prompt" | "withdrawn_prompt" => "user",
        "assistant" => "assistant",
        "tool_result" => "tool",
        "event" => "event",
        _ => "system",
    }
}
