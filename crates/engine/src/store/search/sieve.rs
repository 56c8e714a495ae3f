//! What the words index does not know of a message: its session, branch, model, time and files.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::super::activity::ACTIVE_MS;
use super::super::facts::Facts;
use super::super::json_text::members;
use super::super::marks;
use super::super::messages::HAS_CALLS;
use super::super::named;
use super::super::zones::ZONE;
use super::wildcard::Wildcard;
use crate::ahead;
use crate::query::{Filter, Kind, Query, Test};
use crate::text::fold;

/// A session counts as live so long after it was written to, milliseconds.
const LIVE: i64 = 10 * 60 * 1000;
/// Sessions of which it pays to know where their messages lie.
const FEW_SESSIONS: usize = 400;

/// Lets through what passes the filters.
#[derive(Debug)]
pub struct Sieve {
    /// Written from here on, milliseconds.
    pub from_ms: i64,
    /// Written before.
    pub until_ms: i64,
    /// A later time is ahead of the clock.
    pub latest_ms: i64,
    sessions: Option<HashSet<i64>>,
    /// Messages that sessions asked for share with the one that owns them.
    shared: HashSet<i64>,
    /// The same of sessions that are to be left out.
    barred: HashSet<i64>,
    subagents: Option<(HashSet<i64>, bool)>,
    branches: Option<Picked>,
    models: Option<Picked>,
    outside: Vec<(i64, i64)>,
    files: Vec<Wildcard>,
    no_files: Vec<Wildcard>,
}

/// The branches or models that are meant.
#[derive(Debug)]
struct Picked {
    ids: HashSet<i64>,
    /// Messages that have none are meant too: none was asked for, some are to be left out.
    is_none_fine: bool,
}

impl Picked {
    fn has(&self, id: Option<i64>) -> bool {
        id.map_or(self.is_none_fine, |id| self.ids.contains(&id))
    }
}

impl Sieve {
    /// Finds out which sessions, branches and models are meant.
    pub fn new(conn: &Connection, query: &Query) -> rusqlite::Result<Self> {
        let filters: Vec<&Filter> = query.filters().collect();
        let mut sieve = Self {
            from_ms: i64::MIN,
            until_ms: i64::MAX,
            latest_ms: ahead::latest_ms(),
            sessions: sessions(conn, &filters, &query.pinned)?,
            shared: HashSet::new(),
            barred: HashSet::new(),
            subagents: None,
            branches: picked(
                conn,
                &filters,
                "SELECT id, git_branch FROM env",
                |test| match test {
                    Test::Branch(part) => Some(part),
                    _ => None,
                },
            )?,
            models: picked(
                conn,
                &filters,
                "SELECT id, text FROM label",
                |test| match test {
                    Test::Model(part) => Some(part),
                    _ => None,
                },
            )?,
            outside: Vec::new(),
            files: Vec::new(),
            no_files: Vec::new(),
        };
        let names_session = |filter: &Filter| matches!(filter.test, Test::Session(_));
        let is_wanted = |filter: &&Filter| names_session(filter) && !filter.is_excluded;
        if let (Some(sessions), Some(_)) =
            (&sieve.sessions, filters.iter().copied().find(is_wanted))
        {
            sieve.shared = shared(conn, sessions)?;
        }
        for filter in filters
            .iter()
            .filter(|filter| names_session(filter) && filter.is_excluded)
        {
            let named = Filter {
                is_excluded: false,
                ..(*filter).clone()
            };
            if let Some(sessions) = sessions(conn, &[&named], &query.pinned)? {
                sieve.barred.extend(shared(conn, &sessions)?);
            }
        }
        for filter in filters {
            match (&filter.test, filter.is_excluded) {
                (Test::Time(from, until), false) => {
                    sieve.from_ms = sieve.from_ms.max(*from);
                    sieve.until_ms = sieve.until_ms.min(*until);
                }
                (Test::Time(from, until), true) => sieve.outside.push((*from, *until)),
                (Test::File(pattern), false) => sieve.files.push(Wildcard::new(pattern)),
                (Test::File(pattern), true) => sieve.no_files.push(Wildcard::new(pattern)),
                (Test::Is(Kind::Subagent), is_excluded) => {
                    let mut found =
                        conn.prepare_cached("SELECT id FROM session WHERE parent_key IS NOT NULL")?;
                    let found = found.query_map([], |r| r.get(0))?;
                    sieve.subagents = Some((found.collect::<rusqlite::Result<_>>()?, !is_excluded));
                }
                _ => {}
            }
        }
        Ok(sieve)
    }

    /// No message passes, whatever it says.
    pub fn is_shut(&self) -> bool {
        let has_none = |picked: &Picked| picked.ids.is_empty() && !picked.is_none_fine;
        self.branches.as_ref().is_some_and(has_none) || self.models.as_ref().is_some_and(has_none)
    }

    /// Only messages of some times or sessions pass.
    pub fn is_narrow(&self) -> bool {
        self.sessions.is_some() || self.from_ms > i64::MIN || self.until_ms < i64::MAX
    }

    /// Whether a message passes.
    pub fn passes(&self, conn: &Connection, facts: &Facts) -> rusqlite::Result<bool> {
        let Facts {
            id,
            time_ms,
            session,
            ..
        } = *facts;
        // What has no time is neither before nor after any.
        let is_in = |from: i64, until: i64| time_ms.is_some_and(|ms| ms >= from && ms < until);
        let asks_time = self.from_ms > i64::MIN || self.until_ms < i64::MAX;
        Ok((!asks_time || is_in(self.from_ms, self.until_ms))
            && !self
                .outside
                .iter()
                .any(|(from, until)| is_in(*from, *until))
            && (self
                .sessions
                .as_ref()
                .is_none_or(|all| all.contains(&session))
                || self.shared.contains(&id))
            && !self.barred.contains(&id)
            && self
                .branches
                .as_ref()
                .is_none_or(|picked| picked.has(facts.env))
            && self
                .models
                .as_ref()
                .is_none_or(|picked| picked.has(facts.model))
            && self.subagents.as_ref().is_none_or(|(sessions, wanted)| {
                (facts.flags & 1 != 0 || sessions.contains(&session)) == *wanted
            })
            && self.touches(conn, facts)?)
    }

    /// The zones that messages of the sessions lie in; `None` where that is no help.
    pub fn zones(&self, conn: &Connection) -> rusqlite::Result<Option<HashSet<i64>>> {
        let Some(sessions) = self
            .sessions
            .as_ref()
            .filter(|all| all.len() <= FEW_SESSIONS)
        else {
            return Ok(None);
        };
        let mut zones: HashSet<i64> = self.shared.iter().map(|id| id / ZONE).collect();
        let mut reach =
            conn.prepare_cached("SELECT min(id), max(id) FROM message WHERE session_id = ?1")?;
        for session in sessions {
            let (first, last): (Option<i64>, Option<i64>) =
                reach.query_row([session], |r| Ok((r.get(0)?, r.get(1)?)))?;
            if let (Some(first), Some(last)) = (first, last) {
                zones.extend(first / ZONE..=last / ZONE);
            }
        }
        Ok(Some(zones))
    }

    fn touches(&self, conn: &Connection, facts: &Facts) -> rusqlite::Result<bool> {
        if self.files.is_empty() && self.no_files.is_empty() {
            return Ok(true);
        }
        if facts.flags & HAS_CALLS == 0 {
            return Ok(self.files.is_empty());
        }
        let mut calls = conn.prepare_cached(
            "SELECT coalesce(u.parameters, t.body) FROM tool_use u
               LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1",
        )?;
        let mut paths = Vec::new();
        let mut rows = calls.query([facts.id])?;
        while let Some(row) = rows.next()? {
            paths.extend(members(row.get_ref(0)?.as_str()?, marks::is_file));
        }
        let touches = |pattern: &Wildcard| paths.iter().any(|path| pattern.matches(path));
        let is_wanted = self.files.is_empty() || self.files.iter().any(touches);
        Ok(is_wanted && !self.no_files.iter().any(touches))
    }
}

/// The sessions meant; `None` for all.
fn sessions(
    conn: &Connection,
    filters: &[&Filter],
    pinned: &[String],
) -> rusqlite::Result<Option<HashSet<i64>>> {
    let is_about = |test: &Test| {
        matches!(
            test,
            Test::Project(_)
                | Test::Session(_)
                | Test::Agent(_)
                | Test::Is(Kind::Live | Kind::Pinned)
        )
    };
    let filters: Vec<&&Filter> = filters
        .iter()
        .filter(|filter| is_about(&filter.test))
        .collect();
    if filters.is_empty() {
        return Ok(None);
    }
    let mut by_file: HashMap<&str, HashSet<i64>> = HashMap::new();
    for filter in &filters {
        if let Test::Session(part) = &filter.test {
            by_file.insert(part, named::sessions_with(conn, part)?);
        }
    }
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut found = conn.prepare_cached(&format!(
        "SELECT id, key, agent, project_path, project_name,
           coalesce(custom_title, agent_title, summary_title, first_prompt), {ACTIVE_MS} FROM session s"
    ))?;
    let mut rows = found.query([])?;
    let mut sessions = HashSet::new();
    while let Some(row) = rows.next()? {
        // Only what is asked for is folded: there are thousands of sessions.
        let has = |at: usize, part: &str| {
            let text = row.get_ref(at).ok().and_then(|value| value.as_str().ok());
            text.is_some_and(|text| fold(text).contains(&fold(part)))
        };
        let (key, agent, path, name, title) = (1, 2, 3, 4, 5);
        let (number, last_ms): (i64, Option<i64>) = (row.get(0)?, row.get(6)?);
        let is_meant = |test: &Test| match test {
            Test::Project(part) => {
                // Either slash is one.
                let slashed = |text: &str| fold(text).replace('\\', "/");
                let folder = row.get_ref(path).ok().and_then(|value| value.as_str().ok());
                let is_within = |folder: &str| slashed(folder).contains(&slashed(part));
                has(name, part) || part.contains(['/', '\\']) && folder.is_some_and(is_within)
            }
            Test::Session(part) => {
                let id = part.strip_suffix(named::LINES).unwrap_or(part);
                has(key, id) || has(title, part) || by_file[part.as_str()].contains(&number)
            }
            Test::Agent(part) => has(agent, part),
            Test::Is(Kind::Pinned) => {
                let id = row.get_ref(key).ok().and_then(|value| value.as_str().ok());
                id.is_some_and(|id| pinned.iter().any(|pin| pin.eq_ignore_ascii_case(id)))
            }
            _ => last_ms.is_some_and(|last| now_ms - last < LIVE),
        };
        if all_hold(&filters, is_meant) {
            sessions.insert(number);
        }
    }
    Ok(Some(sessions))
}

/// Whether each kind of filter lets it through: any of those wanted, none of those not.
fn all_hold(filters: &[&&Filter], is_meant: impl Fn(&Test) -> bool) -> bool {
    let mut kinds: Vec<(std::mem::Discriminant<Test>, bool)> = Vec::new();
    for filter in filters {
        let is_meant = is_meant(&filter.test);
        if filter.is_excluded {
            if is_meant {
                return false;
            }
            continue;
        }
        let kind = std::mem::discriminant(&filter.test);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, holds)) => *holds |= is_meant,
            None => kinds.push((kind, is_meant)),
        }
    }
    kinds.iter().all(|(_, holds)| *holds)
}

/// The numbers of those texts that hold a part that is asked for; `None` when none is.
fn picked(
    conn: &Connection,
    filters: &[&Filter],
    sql: &str,
    part: impl Fn(&Test) -> Option<&String>,
) -> rusqlite::Result<Option<Picked>> {
    let parts: Vec<(String, bool)> = filters
        .iter()
        .filter_map(|filter| Some((fold(part(&filter.test)?), filter.is_excluded)))
        .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let mut found = conn.prepare_cached(sql)?;
    let mut rows = found.query([])?;
    let mut ids = HashSet::new();
    let asks = parts.iter().any(|(_, is_excluded)| !is_excluded);
    while let Some(row) = rows.next()? {
        let text = fold(row.get_ref(1)?.as_str_or_null()?.unwrap_or_default());
        let has = |unwanted: bool| {
            let mut some = parts
                .iter()
                .filter(|(_, is_excluded)| *is_excluded == unwanted);
            some.any(|(part, _)| text.contains(part))
        };
        if (!asks || has(false)) && !has(true) {
            ids.insert(row.get(0)?);
        }
    }
    Ok(Some(Picked {
        ids,
        is_none_fine: !asks,
    }))
}

fn shared(conn: &Connection, sessions: &HashSet<i64>) -> rusqlite::Result<HashSet<i64>> {
    let mut members = conn.prepare_cached("SELECT message_id FROM copy WHERE session_id = ?1")?;
    let mut shared = HashSet::new();
    for session in sessions {
        let ids = members.query_map([session], |r| r.get::<_, i64>(0))?;
        shared.extend(ids.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(shared)
}
