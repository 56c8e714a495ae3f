//! Projects and sessions, a page at a time.

use rusqlite::params;

use super::handle::Reader;
use super::sessions::{SESSION, session};
use super::time::iso;
use crate::model::{Page, ProjectRow, SessionPick, SessionRow};

impl Reader {
    /// Projects that hold sessions, the most recently active first. Subagents' sessions do not
    /// count.
    pub fn projects(&self) -> rusqlite::Result<Vec<ProjectRow>> {
        self.conn
            .prepare_cached(
                "SELECT project_path, max(project_name), count(*), max(last_ms) FROM session
                 WHERE parent_key IS NULL GROUP BY project_path ORDER BY 4 DESC NULLS LAST, 1",
            )?
            .query_map([], |row| {
                Ok(ProjectRow {
                    path: row.get(0)?,
                    name: row.get(1)?,
                    sessions: row.get::<_, i64>(2)? as u64,
                    last_activity_at: row.get::<_, Option<i64>>(3)?.map(iso),
                })
            })?
            .collect()
    }

    /// A page of sessions, the most recently active first. A cursor that no session answers to any
    /// more begins at the beginning.
    pub fn pick_sessions(
        &self,
        pick: &SessionPick,
        limit: usize,
    ) -> rusqlite::Result<Page<SessionRow>> {
        let sql = format!(
            "{SESSION} WHERE s.parent_key IS NULL
               AND (?1 IS NULL OR ifnull(s.project_path, '') = ?1)
               AND (?2 = '' OR instr(lower(ifnull(v.title, '')), lower(?2)) > 0
                            OR instr(lower(ifnull(s.project_path, '')), lower(?2)) > 0
                            OR instr(s.key, ?2) = 1)
               AND (?3 IS NULL OR (ifnull(s.last_ms, -1), -s.id) <
                    (SELECT ifnull(last_ms, -1), -id FROM session WHERE id = ?3))
             ORDER BY ifnull(s.last_ms, -1) DESC, s.id LIMIT ?4"
        );
        let after: Option<i64> = pick.cursor.as_deref().and_then(|c| c.parse().ok());
        // One more tells whether there is a next page.
        let mut found = self
            .conn
            .prepare_cached(&sql)?
            .query_map(
                params![pick.project, pick.filter, after, limit as i64 + 1],
                session,
            )?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        self.count_subagents(found.iter_mut().map(|(_, session)| session))?;
        Ok(Page {
            next: found
                .last()
                .filter(|_| has_more)
                .map(|(id, _)| id.to_string()),
            items: found.into_iter().map(|(_, session)| session).collect(),
        })
    }
}
