//! Sessions: what many records, often of several files, say about one conversation.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{OptionalExtension as _, Row, params};

use super::activity::{ACTIVE_MS, active_ms};
use super::handle::{Reader, Store};
use super::named;
use super::parts::{Said, SessionPart};
use super::ripple::Ripple;
use super::time::iso;
use super::transcripts::CursorId;
use crate::ahead;
use crate::model::{SessionFilter, SessionRow};
use crate::project::Project;

/// Which session is meant. A subagent's id is unique only under what it lies with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionName {
    /// The agent's id.
    pub base: String,
    /// What that is unique under: nothing, a session, or a folder.
    pub under: String,
}

/// What a batch says about a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionChange {
    /// Which one.
    pub name: SessionName,
    /// What it says.
    pub part: SessionPart,
}

impl Store {
    /// The number of a session, which is made when it is new.
    pub fn session_named(
        &mut self,
        agent: &str,
        name: &SessionName,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<i64> {
        let known = self
            .conn
            .prepare_cached(
                "SELECT id, under IS NULL FROM session
                 WHERE base = ?2 AND agent = ?1 AND ifnull(under, ?3) = ?3 ORDER BY under IS NULL LIMIT 1",
            )?
            .query_row(params![agent, name.base, name.under], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        if let Some((id, is_unplaced)) = known {
            if is_unplaced {
                self.conn
                    .prepare_cached("UPDATE session SET under = ?2 WHERE id = ?1")?
                    .execute(params![id, name.under])?;
            }
            return Ok(id);
        }
        // A key nobody has, until it is known who shares the id. It stays where someone calls itself by
        // the key that this one should get.
        let key = format!("{}@{}@{:016x}", name.base, name.under, fastrand::u64(..));
        self.conn
            .prepare_cached(
                "INSERT INTO session (agent, key, base, under) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![agent, key, name.base, name.under])?;
        let id = self.conn.last_insert_rowid();
        self.settle_name(agent, &name.base, ripple)?;
        Ok(id)
    }

    /// A session has its agent's id for a key; where several share it, those that lie under something
    /// are told apart by that.
    fn settle_name(
        &mut self,
        agent: &str,
        base: &str,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let mut sharing = self
            .conn
            .prepare_cached(
                "SELECT id, ifnull(under, ''), key FROM session WHERE base = ?2 AND agent = ?1",
            )?
            .query_map([agent, base], |r| {
                Ok((r.get::<_, i64>(0)?, r.get(1)?, r.get(2)?))
            })?
            .collect::<rusqlite::Result<Vec<(i64, String, String)>>>()?;
        let is_only = sharing.len() == 1;
        // Whoever gives up the bare id does so before another one takes it.
        sharing.sort_by_key(|(_, under, _)| under.is_empty());
        for (id, under, key) in sharing {
            let wanted = match is_only || under.is_empty() {
                true => base.to_owned(),
                false => format!("{base}@{under}"),
            };
            if wanted == key {
                continue;
            }
            self.conn
                .prepare_cached("UPDATE OR IGNORE session SET key = ?2 WHERE id = ?1")?
                .execute(params![id, wanted])?;
            let children = self
                .conn
                .prepare_cached("SELECT id FROM session WHERE parent_key = ?1")?
                .query_map([&key], |r| r.get::<_, i64>(0))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            ripple.sessions.extend(children);
        }
        Ok(())
    }

    /// Puts a session together from its parts, and from who says to have started it. `with_summary`:
    /// summaries of its messages may have come or gone.
    pub(super) fn put_together(&mut self, id: i64, with_summary: bool) -> rusqlite::Result<()> {
        let (whole, transcript) = self.whole(id)?;
        let (agent, base, under): (String, String, String) = self
            .conn
            .prepare_cached("SELECT agent, base, ifnull(under, '') FROM session WHERE id = ?1")?
            .query_row([id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
        let (mut parent, mut started_by) = (whole.parent, whole.started_by);
        if parent.is_none() && self.is_session(&agent, &under)? {
            parent = Some((under.clone(), String::new()));
        }
        if !under.is_empty() && started_by.is_none() {
            let starter = self.starter(&base, &under, parent.as_ref())?;
            if let Some((key, call)) = starter {
                parent = parent.or(Some((key, String::new())));
                started_by = call;
            }
        }
        let parent = match parent {
            Some((base, under)) => Some(self.key_of(&agent, base, &under)?),
            None => None,
        };
        let text = |said: &Option<Said>| said.as_ref().map(|(text, _)| text.clone());
        let prompt_ms = whole
            .first_prompt
            .as_ref()
            .map(|(_, ms)| ms.unwrap_or(i64::MAX));
        self.conn
            .prepare_cached(
                "UPDATE session SET transcript_id = coalesce(?2, transcript_id), project_path = ?3, project_name = ?4,
                   created_ms = ?5, last_ms = ?6, git_branch = ?7, model = ?8, custom_title = ?9, agent_title = ?10,
                   first_prompt = ?11, first_prompt_ms = ?12, parent_key = ?13, started_by = ?14,
                   subagent_type = ?15, forked_from = ?16
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                transcript,
                whole.project_path,
                whole.project_path.as_deref().and_then(Project::of).map(|project| project.name),
                whole.first_ms,
                whole.last_ms,
                text(&whole.git_branch),
                text(&whole.model),
                text(&whole.custom_title),
                text(&whole.agent_title),
                text(&whole.first_prompt),
                prompt_ms,
                parent,
                started_by,
                whole.subagent_type,
                whole.forked_from,
            ])?;
        if with_summary {
            self.entitle(id)?;
        }
        Ok(())
    }

    /// Whether `base` is a session that is no subagent's.
    fn is_session(&self, agent: &str, base: &str) -> rusqlite::Result<bool> {
        if base.is_empty() {
            return Ok(false);
        }
        self.conn
            .prepare_cached("SELECT 1 FROM session WHERE base = ?2 AND agent = ?1 AND under = ''")?
            .exists([agent, base])
    }

    /// The key of a session by its name.
    fn key_of(&self, agent: &str, base: String, under: &str) -> rusqlite::Result<String> {
        let key = self
            .conn
            .prepare_cached(
                "SELECT key FROM session WHERE base = ?2 AND agent = ?1 AND ifnull(under, ?3) = ?3
                 ORDER BY under IS NULL LIMIT 1",
            )?
            .query_row(params![agent, base, under], |r| r.get(0))
            .optional()?;
        Ok(key.unwrap_or(base))
    }

    /// Who started a subagent, by its own word: the session it lies with before any other.
    fn starter(
        &self,
        child: &str,
        under: &str,
        parent: Option<&(String, String)>,
    ) -> rusqlite::Result<Option<(String, Option<String>)>> {
        self.conn
            .prepare_cached(
                "SELECT s.parent_key, s.call FROM started s LEFT JOIN cursor c ON c.id = s.cursor_id
                   LEFT JOIN transcript t ON t.id = c.transcript_id
                 WHERE s.child = ?1 AND (?3 IS NULL OR s.parent_key IN (?2, ?3))
                 ORDER BY s.parent_key IS NOT ?3, s.call IS NULL, t.path, c.generation, s.offset LIMIT 1",
            )?
            .query_row(
                params![child, under, parent.map(|(base, _)| base)],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()
    }

    /// Remembers which session and call started a subagent, whose transcript may come later or never.
    pub fn remember_started(
        &mut self,
        (cursor, offset): (CursorId, u64),
        child: &str,
        parent: &str,
        call: Option<&str>,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO started (child, cursor_id, offset, parent_key, call) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET parent_key = excluded.parent_key, call = ifnull(excluded.call, call)",
            )?
            .execute(params![child, cursor, offset as i64, parent, call])?;
        let children = self
            .conn
            .prepare_cached("SELECT id FROM session WHERE base = ?1")?
            .query_map([child], |r| r.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ripple.sessions.extend(children);
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
    pub fn summarise(
        &mut self,
        (cursor, offset): (CursorId, u64),
        leaf: &str,
        text: &str,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO summary VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET text = excluded.text",
            )?
            .execute(params![leaf, cursor, offset as i64, text])?;
        self.leaves.insert(leaf.to_owned());
        for (id, _) in self.bodies_of(leaf)? {
            let session = self
                .conn
                .prepare_cached("SELECT session_id FROM message WHERE id = ?1")?
                .query_row([id], |r| r.get(0))?;
            ripple.titled.insert(session);
        }
        Ok(())
    }

    /// The title that summaries give a session: the one of its latest message that has one.
    fn entitle(&mut self, id: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached(
                "UPDATE session SET summary_title = (
                   SELECT y.text FROM summary y JOIN message m ON m.key = y.leaf
                     LEFT JOIN cursor c ON c.id = y.cursor_id LEFT JOIN transcript t ON t.id = c.transcript_id
                   WHERE m.session_id = ?1
                   ORDER BY m.time_ms DESC, t.path DESC, c.generation DESC, y.offset DESC LIMIT 1)
                 WHERE id = ?1",
            )?
            .execute([id])?;
        Ok(())
    }

    /// Forgets what the records of a cursor from `from` to `to` say about sessions in passing.
    pub(super) fn unsay(&mut self, cursor: CursorId, from: u64, to: u64) -> rusqlite::Result<()> {
        for table in ["summary", "started"] {
            self.conn
                .prepare_cached(&format!(
                    "DELETE FROM {table} WHERE cursor_id = ?1 AND offset >= ?2 AND offset < ?3"
                ))?
                .execute(params![cursor, from as i64, to as i64])?;
        }
        Ok(())
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
