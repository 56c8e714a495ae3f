//! Sessions: what many records, often of several files, say about one conversation.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{OptionalExtension as _, Row, params};

use super::activity::{ACTIVE_MS, active_ms};
use super::handle::{Reader, Store};
use super::named;
use super::time::iso;
use crate::ahead;
use crate::model::{SessionFilter, SessionRow};
use crate::project::Project;

/// What a batch says about a session. Absent fields leave what is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionChange {
    /// The agent's session id.
    pub key: String,
    /// The batch holds records of the session, and does not only mention it.
    pub has_records: bool,
    /// The batch comes from the transcript named after the session.
    pub is_home: bool,
    /// The transcript is a subagent's.
    pub is_subagent: bool,
    /// Folder the session began in.
    pub project_path: Option<String>,
    /// First record of the batch, milliseconds since the epoch.
    pub first_ms: Option<i64>,
    /// Last record of the batch.
    pub last_ms: Option<i64>,
    /// Branch last seen.
    pub git_branch: Option<String>,
    /// Model last seen.
    pub model: Option<String>,
    /// Title a person gave.
    pub custom_title: Option<String>,
    /// Title the agent gave.
    pub agent_title: Option<String>,
    /// The first thing a person typed, and when.
    pub first_prompt: Option<(String, i64)>,
    /// Session that started it.
    pub parent: Option<String>,
    /// Session it lies with, which started it unless someone knows better.
    pub parent_by_place: Option<String>,
    /// Call that started it.
    pub started_by: Option<String>,
    /// What kind of subagent it is.
    pub subagent_type: Option<String>,
    /// Session it is a copy of.
    pub forked_from: Option<String>,
}

impl Store {
    /// Merges what a batch says into the session, made when it is new. Returns its number.
    pub fn merge_session(
        &mut self,
        agent: &str,
        transcript: i64,
        change: &SessionChange,
    ) -> rusqlite::Result<i64> {
        let prompt = change.first_prompt.as_ref();
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO session (agent, key, transcript_id, project_path, project_name, created_ms,
                   last_ms, git_branch, model, custom_title, agent_title, first_prompt, first_prompt_ms,
                   parent_key, started_by, subagent_type, forked_from)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, coalesce(?14, ?19), ?15, ?16, ?17)
                 ON CONFLICT (agent, key) DO UPDATE SET
                   transcript_id = iif(?18, ?3, coalesce(transcript_id, ?3)),
                   project_path = coalesce(project_path, ?4),
                   project_name = coalesce(project_name, ?5),
                   created_ms = min(ifnull(created_ms, ?6), ifnull(?6, created_ms)),
                   git_branch = iif(ifnull(last_ms, 0) > ifnull(?7, 0), coalesce(git_branch, ?8), coalesce(?8, git_branch)),
                   model = iif(ifnull(last_ms, 0) > ifnull(?7, 0), coalesce(model, ?9), coalesce(?9, model)),
                   last_ms = max(ifnull(last_ms, ?7), ifnull(?7, last_ms)),
                   custom_title = coalesce(?10, custom_title),
                   agent_title = coalesce(?11, agent_title),
                   first_prompt = iif(first_prompt_ms <= ifnull(?13, first_prompt_ms), first_prompt, ?12),
                   first_prompt_ms = min(ifnull(first_prompt_ms, ?13), ifnull(?13, first_prompt_ms)),
                   parent_key = coalesce(?14, parent_key, ?19),
                   started_by = coalesce(?15, started_by),
                   subagent_type = coalesce(?16, subagent_type),
                   forked_from = coalesce(?17, forked_from)
                 RETURNING id",
            )?
            .query_row(
                params![
                    agent,
                    change.key,
                    change.has_records.then_some(transcript),
                    change.project_path,
                    change.project_path.as_deref().and_then(Project::of).map(|project| project.name),
                    change.first_ms,
                    change.last_ms,
                    change.git_branch,
                    change.model,
                    change.custom_title,
                    change.agent_title,
                    prompt.map(|(text, _)| text),
                    prompt.map(|(_, ms)| ms),
                    change.parent,
                    change.started_by,
                    change.subagent_type,
                    change.forked_from,
                    change.is_home,
                    change.parent_by_place,
                ],
                |r| r.get(0),
            )?;
        if change.is_subagent && change.started_by.is_none() {
            self.apply_started(&change.key)?;
        }
        Ok(id)
    }

    /// Remembers which session and call started a subagent, whose transcript may come later or never.
    pub fn remember_started(
        &mut self,
        child: &str,
        parent: &str,
        call: Option<&str>,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("INSERT OR IGNORE INTO started VALUES (?1, ?2, ?3)")?
            .execute(params![child, parent, call])?;
        self.apply_started(child)
    }

    fn apply_started(&mut self, child: &str) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE session SET parent_key = coalesce(session.parent_key, started.parent_key),
                   started_by = coalesce(session.started_by, started.call)
                 FROM started WHERE started.child = ?1 AND session.key = ?1
                   AND (session.parent_key IS NULL OR session.started_by IS NULL)",
            )?
            .execute([child])?;
        Ok(())
    }

    /// Counts messages that joined a session.
    pub fn count_messages(&mut self, session: i64, joined: i64) -> rusqlite::Result<()> {
        if joined > 0 {
            self.conn
                .prepare_cached(
                    "UPDATE session SET message_count = message_count + ?2 WHERE id = ?1",
                )?
                .execute([session, joined])?;
        }
        Ok(())
    }

    /// Remembers a title for the session that holds the message `leaf`, now or once it is seen.
    pub fn summarise(&mut self, leaf: &str, text: &str) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO summary VALUES (?1, ?2) ON CONFLICT (leaf) DO UPDATE SET text = ?2",
            )?
            .execute([leaf, text])?;
        if !self.apply_summary(leaf)? {
            self.open_leaves.insert(leaf.to_owned());
        }
        Ok(())
    }

    /// The message `leaf` went over from `guest` to the session it was copied from, and with it the
    /// title it gives.
    pub(super) fn summary_follows(&mut self, leaf: &str, guest: i64) -> rusqlite::Result<()> {
        let had_it = self
            .conn
            .prepare_cached(
                "UPDATE session SET summary_title = NULL WHERE id = ?2
                   AND summary_title = (SELECT text FROM summary WHERE leaf = ?1)",
            )?
            .execute(params![leaf, guest])?
            > 0;
        if had_it {
            self.apply_summary(leaf)?;
        }
        Ok(())
    }

    /// Gives the title waiting for this message to its session.
    pub(super) fn message_seen(&mut self, key: &str) -> rusqlite::Result<()> {
        if self.open_leaves.contains(key) && self.apply_summary(key)? {
            self.open_leaves.remove(key);
        }
        Ok(())
    }

    fn apply_summary(&mut self, leaf: &str) -> rusqlite::Result<bool> {
        self.conn
            .prepare_cached(
                "UPDATE session SET summary_title = (SELECT text FROM summary WHERE leaf = ?1)
                 WHERE id = (SELECT session_id FROM message WHERE key = ?1)",
            )?
            .execute([leaf])
            .map(|rows| rows > 0)
    }
}

pub(super) const SESSION: &str = concat!(
    "SELECT v.id, v.agent, v.project_path, v.project_name, v.title, s.created_ms,
    s.last_ms, v.message_count, v.parent_session_id, v.git_branch, v.model, v.source_path,
    (SELECT missing_since_ms FROM transcript t WHERE t.id = s.transcript_id), s.id, s.forked_from, ",
    active_ms!(),
    " FROM session s JOIN sessions v ON v.id = s.key AND v.agent = s.agent"
);

pub(super) fn session(row: &Row<'_>) -> rusqlite::Result<(i64, SessionRow)> {
    let time = |i: usize| row.get::<_, Option<i64>>(i).map(|ms| ms.map(iso));
    let session = SessionRow {
        id: row.get(0)?,
        agent: row.get(1)?,
        project_path: row.get(2)?,
        project_name: row.get(3)?,
        title: row.get(4)?,
        created_at: time(5)?,
        last_activity_at: time(6)?,
        active_at: time(15)?,
        is_ahead: row.get::<_, Option<i64>>(6)? > Some(ahead::latest_ms()),
        message_count: row.get::<_, i64>(7)? as u64,
        parent_session_id: row.get(8)?,
        git_branch: row.get(9)?,
        model: row.get(10)?,
        source_path: row.get(11)?,
        source_missing_since: time(12)?,
        subagents: 0,
        forked_from: row.get(14)?,
    };
    Ok((row.get(13)?, session))
}

impl Reader {
    /// Sessions, the most recently active first.
    pub fn sessions(&self, filter: &SessionFilter) -> rusqlite::Result<Vec<SessionRow>> {
        let sql = format!(
            "{SESSION} WHERE (?1 IS NULL OR instr(lower(ifnull(s.project_path, '')), lower(?1)) > 0)
               AND (?2 OR s.parent_key IS NULL)
             ORDER BY {ACTIVE_MS} DESC NULLS LAST, s.id LIMIT ?3"
        );
        let limit = filter.limit.map_or(-1, |n| n as i64);
        let mut found = self
            .conn
            .prepare(&sql)?
            .query_map(
                params![filter.project, filter.with_subagents, limit],
                |row| session(row).map(|(_, session)| session),
            )?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        self.count_subagents(found.iter_mut())?;
        Ok(found)
    }

    /// Counts the subagents of these sessions, in one look at all.
    pub(super) fn count_subagents<'a>(
        &self,
        sessions: impl Iterator<Item = &'a mut SessionRow>,
    ) -> rusqlite::Result<()> {
        let mut counts: HashMap<String, u64> = self
            .conn
            .prepare_cached(
                "SELECT parent_key, count(*) FROM session WHERE parent_key IS NOT NULL GROUP BY parent_key",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
            .collect::<rusqlite::Result<_>>()?;
        for session in sessions {
            session.subagents = counts.remove(&session.id).unwrap_or_default();
        }
        Ok(())
    }

    /// The session that is called `name`: its id, the name of its file or the beginning of either. Or the ids of those
    /// it may be.
    pub fn find_session(
        &self,
        name: &str,
    ) -> rusqlite::Result<Result<(i64, SessionRow), Vec<String>>> {
        if name.is_empty() {
            return Ok(Err(Vec::new()));
        }
        let exact = self
            .conn
            .prepare_cached(&format!("{SESSION} WHERE s.key = ?1"))?
            .query_row([name], session)
            .optional()?;
        if let Some(found) = exact {
            return Ok(Ok(found));
        }
        let by_file = self.sessions_numbered(&named::sessions_called(&self.conn, name)?)?;
        if !by_file.is_empty() {
            return Ok(the_only(by_file));
        }
        let by_beginning = self
            .conn
            .prepare_cached(&format!(
                "{SESSION} WHERE substr(s.key, 1, length(?1)) = ?1 LIMIT {LISTED}"
            ))?
            .query_map([name], session)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if !by_beginning.is_empty() {
            return Ok(the_only(by_beginning));
        }
        let by_file = self.sessions_numbered(&named::sessions_beginning(&self.conn, name)?)?;
        match name.strip_suffix(named::LINES) {
            // It is gone, or never was the name of a file here.
            Some(stem) if by_file.is_empty() => {
                let stem = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
                self.find_session(stem)
            }
            _ => Ok(the_only(by_file)),
        }
    }

    fn sessions_numbered(
        &self,
        numbers: &BTreeSet<i64>,
    ) -> rusqlite::Result<Vec<(i64, SessionRow)>> {
        let mut one = self
            .conn
            .prepare_cached(&format!("{SESSION} WHERE s.id = ?1"))?;
        let numbers = numbers.iter().take(LISTED);
        numbers
            .map(|number| one.query_row([number], session))
            .collect()
    }
}

/// Sessions that are listed where one name may be any of them, at most.
const LISTED: usize = 6;

/// The one session there is, or the ids of all.
fn the_only(mut found: Vec<(i64, SessionRow)>) -> Result<(i64, SessionRow), Vec<String>> {
    match found.pop() {
        Some(only) if found.is_empty() => Ok(only),
        last => {
            let all = found.into_iter().chain(last);
            let mut ids: Vec<String> = all.map(|(_, session)| session.id).collect();
            ids.sort();
            Err(ids)
        }
    }
}
