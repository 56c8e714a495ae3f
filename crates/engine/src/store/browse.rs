//! Projects and sessions, a page at a time.

use std::collections::HashMap;

use rusqlite::params;

use super::activity::ACTIVE_MS;
use super::handle::Reader;
use super::sessions::{SESSION, session};
use super::time::iso;
use crate::model::{Page, ProjectRow, SessionPick, SessionRow};
use crate::project::Project;

/// Before any time there is.
const NEVER: i64 = i64::MIN;

impl Reader {
    /// Projects that hold sessions, the most recently active first. Subagents' sessions do not
    /// count.
    pub fn projects(&self) -> rusqlite::Result<Vec<ProjectRow>> {
        let mut folders = self.conn.prepare_cached(&format!(
            "SELECT s.project_path, count(*), max({ACTIVE_MS}) FROM session s
             WHERE s.parent_key IS NULL GROUP BY s.project_path ORDER BY 3 DESC NULLS LAST, 1"
        ))?;
        let mut folders = folders.query([])?;
        let mut projects: Vec<ProjectRow> = Vec::new();
        // Of a project in several folders, the one used last says how it is written.
        let mut places: HashMap<Option<String>, usize> = HashMap::new();
        while let Some(row) = folders.next()? {
            let folder: Option<String> = row.get(0)?;
            let project = folder.as_deref().and_then(Project::of);
            let place = places
                .entry(project.as_ref().map(Project::key))
                .or_insert_with(|| {
                    let (path, name) = project.map(|it| (it.path, it.name)).unzip();
                    projects.push(ProjectRow {
                        path,
                        name,
                        sessions: 0,
                        last_activity_at: None,
                    });
                    projects.len() - 1
                });
            let project = &mut projects[*place];
            project.sessions += row.get::<_, i64>(1)? as u64;
            if project.last_activity_at.is_none() {
                project.last_activity_at = row.get::<_, Option<i64>>(2)?.map(iso);
            }
        }
        Ok(projects)
    }

    /// A page of sessions, the most recently active first. A cursor that no session answers to any
    /// more begins at the beginning.
    pub fn pick_sessions(
        &self,
        pick: &SessionPick,
        limit: usize,
    ) -> rusqlite::Result<Page<SessionRow>> {
        let active = format!("ifnull({ACTIVE_MS}, ?5)");
        let sql = format!(
            "{SESSION} WHERE s.parent_key IS NULL
               AND (?1 IS NULL OR ifnull(s.project_path, '') IN (SELECT value FROM json_each(?1)))
               AND (?2 = '' OR instr(lower(ifnull(v.title, '')), lower(?2)) > 0
                            OR instr(lower(ifnull(s.project_path, '')), lower(?2)) > 0
                            OR instr(s.key, ?2) = 1)
               AND (?3 IS NULL OR ({active}, -s.id) < (SELECT {active}, -s.id FROM session s WHERE s.id = ?3))
             ORDER BY {active} DESC, s.id LIMIT ?4"
        );
        let folders = match &pick.project {
            Some(project) => Some(self.folders_of(project)?),
            None => None,
        };
        let after: Option<i64> = pick.cursor.as_deref().and_then(|c| c.parse().ok());
        // One more tells whether there is a next page.
        let mut found = self
            .conn
            .prepare_cached(&sql)?
            .query_map(
                params![folders, pick.filter, after, limit as i64 + 1, NEVER],
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

    /// The folders of the project that `folder` is of, as JSON; an empty one is that of sessions that name none.
    fn folders_of(&self, folder: &str) -> rusqlite::Result<String> {
        let key = |folder: &str| Project::of(folder).map(|project| project.key());
        let wanted = key(folder);
        let mut known = self
            .conn
            .prepare_cached("SELECT DISTINCT ifnull(project_path, '') FROM session")?;
        let known: Vec<String> = known
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let of_it: Vec<&String> = known.iter().filter(|path| key(path) == wanted).collect();
        Ok(serde_json::to_string(&of_it).unwrap_or_default())
    }
}
