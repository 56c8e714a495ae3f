//! Sessions are put together from parts: what the records of one cursor say of a session. Parts are in the
//! order of their transcripts' first records, then of their places, never of when they were met.

use rusqlite::{OptionalExtension as _, Row, params};

use super::handle::Store;
use super::ripple::Ripple;
use super::transcripts::CursorId;

/// A text that a record says of a session, and when: its own time, or of what stands before it.
pub type Said = (String, Option<i64>);

/// What a batch, or all records of a cursor, say about a session. Times in milliseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionPart {
    /// They hold records of the session, and do not only mention it.
    pub has_records: bool,
    /// They stand in the transcript named after the session.
    pub is_home: bool,
    /// First record.
    pub first_ms: Option<i64>,
    /// Last record.
    pub last_ms: Option<i64>,
    /// Folder the session began in.
    pub project_path: Option<String>,
    /// Branch last seen.
    pub git_branch: Option<Said>,
    /// Model last seen.
    pub model: Option<Said>,
    /// Title a person gave.
    pub custom_title: Option<Said>,
    /// Title the agent gave.
    pub agent_title: Option<Said>,
    /// The first thing a person typed.
    pub first_prompt: Option<Said>,
    /// Session that started it: its id, and what that is unique under.
    pub parent: Option<(String, String)>,
    /// Call that started it.
    pub started_by: Option<String>,
    /// What kind of subagent it is.
    pub subagent_type: Option<String>,
    /// Session it is a copy of.
    pub forked_from: Option<String>,
}

/// Of two sayings the later one; of those of one time, `later`.
fn latest(earlier: Option<Said>, later: Option<Said>) -> Option<Said> {
    match (earlier, later) {
        (Some(earlier), Some(later)) => Some(if earlier.1 > later.1 { earlier } else { later }),
        (earlier, later) => later.or(earlier),
    }
}

/// Of two sayings the earlier one; one without a time comes last.
pub fn first_said(earlier: Option<Said>, later: Option<Said>) -> Option<Said> {
    let age = |said: &Said| said.1.unwrap_or(i64::MAX);
    match (earlier, later) {
        (Some(earlier), Some(later)) => Some(if age(&later) < age(&earlier) {
            later
        } else {
            earlier
        }),
        (earlier, later) => earlier.or(later),
    }
}

/// The smaller of two times, where there are any.
pub fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl SessionPart {
    /// Adds what stands behind in the same transcript, or in the next part.
    pub fn add(&mut self, next: Self, is_same_transcript: bool) {
        // In one transcript the order of the records is the order of what was said.
        let last = |earlier, later: Option<Said>| match is_same_transcript {
            true => later.or(earlier),
            false => latest(earlier, later),
        };
        let Self {
            has_records,
            is_home,
            first_ms,
            last_ms,
            project_path,
            git_branch,
            model,
            custom_title,
            agent_title,
            first_prompt,
            parent,
            started_by,
            subagent_type,
            forked_from,
        } = next;
        self.has_records |= has_records;
        self.is_home |= is_home;
        self.first_ms = earliest(self.first_ms, first_ms);
        self.last_ms = self.last_ms.max(last_ms);
        self.project_path = self.project_path.take().or(project_path);
        self.git_branch = last(self.git_branch.take(), git_branch);
        self.model = last(self.model.take(), model);
        self.custom_title = last(self.custom_title.take(), custom_title);
        self.agent_title = last(self.agent_title.take(), agent_title);
        self.first_prompt = first_said(self.first_prompt.take(), first_prompt);
        // A sidecar is written anew: what it says last holds.
        let (parent, started_by, subagent_type, forked_from) = match is_same_transcript {
            true => (
                parent.or(self.parent.take()),
                started_by.or(self.started_by.take()),
                subagent_type.or(self.subagent_type.take()),
                forked_from.or(self.forked_from.take()),
            ),
            false => (
                self.parent.take().or(parent),
                self.started_by.take().or(started_by),
                self.subagent_type.take().or(subagent_type),
                self.forked_from.take().or(forked_from),
            ),
        };
        self.parent = parent;
        self.started_by = started_by;
        self.subagent_type = subagent_type;
        self.forked_from = forked_from;
    }
}

const COLUMNS: &str = "p.first_ms, p.last_ms, p.is_home, p.has_records, p.project_path, p.git_branch, p.branch_ms,
    p.model, p.model_ms, p.custom_title, p.custom_ms, p.agent_title, p.agent_ms, p.first_prompt, p.prompt_ms,
    p.parent, p.parent_under, p.started_by, p.subagent_type, p.forked_from";

fn part(row: &Row<'_>) -> rusqlite::Result<SessionPart> {
    let said = |at: usize| -> rusqlite::Result<Option<Said>> {
        let text: Option<String> = row.get(at)?;
        let time = row.get(at + 1)?;
        Ok(text.map(|text| (text, time)))
    };
    let parent: Option<String> = row.get(15)?;
    let under: Option<String> = row.get(16)?;
    Ok(SessionPart {
        first_ms: row.get(0)?,
        last_ms: row.get(1)?,
        is_home: row.get(2)?,
        has_records: row.get(3)?,
        project_path: row.get(4)?,
        git_branch: said(5)?,
        model: said(7)?,
        custom_title: said(9)?,
        agent_title: said(11)?,
        first_prompt: said(13)?,
        parent: parent.map(|parent| (parent, under.unwrap_or_default())),
        started_by: row.get(17)?,
        subagent_type: row.get(18)?,
        forked_from: row.get(19)?,
    })
}

impl Store {
    /// Adds what a batch of a cursor says of a session. `cursor` is negative while the rows of that
    /// cursor are made anew.
    pub fn add_part(
        &mut self,
        session: i64,
        cursor: CursorId,
        next: SessionPart,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let mut all = self
            .conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM session_part p WHERE session_id = ?1 AND cursor_id = ?2"
            ))?
            .query_row([session, cursor], part)
            .optional()?
            .unwrap_or_default();
        all.add(next, true);
        let text = |said: &Option<Said>| said.as_ref().map(|(text, _)| text.clone());
        let time = |said: &Option<Said>| said.as_ref().and_then(|(_, time)| *time);
        let (parent, under) = all.parent.clone().unzip();
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO session_part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
                   ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
            )?
            .execute(params![
                session,
                cursor,
                all.first_ms,
                all.last_ms,
                all.is_home,
                all.has_records,
                all.project_path,
                text(&all.git_branch),
                time(&all.git_branch),
                text(&all.model),
                time(&all.model),
                text(&all.custom_title),
                time(&all.custom_title),
                text(&all.agent_title),
                time(&all.agent_title),
                text(&all.first_prompt),
                time(&all.first_prompt),
                parent,
                under,
                all.started_by,
                all.subagent_type,
                all.forked_from,
            ])?;
        ripple.sessions.insert(session);
        Ok(())
    }

    /// All parts of a session, put together, and the transcript it is shown with.
    pub(super) fn whole(&self, session: i64) -> rusqlite::Result<(SessionPart, Option<i64>)> {
        let mut parts = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS}, c.transcript_id FROM session_part p
               LEFT JOIN cursor c ON c.id = p.cursor_id LEFT JOIN transcript t ON t.id = c.transcript_id
             WHERE p.session_id = ?1 AND p.cursor_id >= 0
             ORDER BY p.cursor_id = 0, p.first_ms IS NULL, p.first_ms, t.path, c.generation"
        ))?;
        let mut rows = parts.query([session])?;
        let mut whole = SessionPart::default();
        let (mut home, mut any): (Option<i64>, Option<i64>) = (None, None);
        while let Some(row) = rows.next()? {
            let part = part(row)?;
            let transcript: Option<i64> = row.get(20)?;
            if part.is_home {
                home = home.or(transcript);
            }
            if part.has_records {
                any = any.or(transcript);
            }
            whole.add(part, false);
        }
        Ok((whole, home.or(any)))
    }

    /// What was said of sessions by a cursor whose rows are now made anew takes the place of what was
    /// said before.
    pub(super) fn replace_parts(
        &mut self,
        cursor: CursorId,
        ripple: &mut Ripple,
    ) -> rusqlite::Result<()> {
        let touched = self
            .conn
            .prepare_cached("SELECT session_id FROM session_part WHERE cursor_id IN (?1, -?1)")?
            .query_map([cursor], |r| r.get::<_, i64>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        ripple.sessions.extend(touched);
        self.conn
            .prepare_cached("DELETE FROM session_part WHERE cursor_id = ?1")?
            .execute([cursor])?;
        self.conn
            .prepare_cached("UPDATE session_part SET cursor_id = ?1 WHERE cursor_id = -?1")?
            .execute([cursor])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, ms: i64) -> Option<Said> {
        Some((text.to_owned(), Some(ms)))
    }

    #[test]
    fn the_last_title_of_a_transcript_holds_and_the_latest_of_several() {
        let mut one = SessionPart {
            custom_title: said("old", 5),
            ..SessionPart::default()
        };
        let next = SessionPart {
            custom_title: said("new", 3),
            ..SessionPart::default()
        };
        one.add(next.clone(), true);
        assert_eq!(one.custom_title, said("new", 3));
        let mut two = SessionPart {
            custom_title: said("late", 5),
            ..SessionPart::default()
        };
        two.add(next, false);
        assert_eq!(two.custom_title, said("late", 5));
    }

    #[test]
    fn the_first_prompt_is_the_earliest() {
        let mut one = SessionPart {
            first_prompt: said("second", 9),
            ..SessionPart::default()
        };
        one.add(
            SessionPart {
                first_prompt: said("first", 2),
                ..SessionPart::default()
            },
            true,
        );
        assert_eq!(one.first_prompt, said("first", 2));
    }
}
