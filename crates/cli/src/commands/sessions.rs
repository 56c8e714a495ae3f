//! `scrollback sessions`: the list.

use std::io::Write;

use scrollback_engine::engine::Engine;
use scrollback_engine::model::{SessionFilter, SessionRow};

use super::Outcome;
use crate::args::Sessions;
use crate::exit::FINE;
use crate::output::paint::DIM;
use crate::output::table::{Cell, Column, Table};
use crate::output::time::NO_TIME;
use crate::output::{Screen, words};

pub fn run(engine: &Engine, args: &Sessions, screen: &mut Screen) -> Outcome {
    let filter = SessionFilter {
        project: args.project.clone(),
        limit: args.limit,
        with_subagents: args.subagents,
    };
    let sessions = engine.sessions(&filter)?;
    if args.json {
        screen.json(&sessions)?;
        return Ok(FINE);
    }
    if sessions.is_empty() {
        writeln!(
            screen,
            "No sessions. `scrollback sync` reads what is on disk."
        )?;
        return Ok(FINE);
    }
    let mut table = Table::new([
        Column::left("Session"),
        Column::left("Last active"),
        Column::right("Messages"),
        Column::flexible("Project"),
        Column::flexible("Title"),
    ]);
    for session in &sessions {
        let last = session
            .last_activity_at
            .as_deref()
            .map_or_else(|| NO_TIME.into(), |time| screen.clock.ago(time));
        table.row([
            Cell::new(short(&session.id)),
            Cell::styled(last, DIM),
            Cell::new(words::count(session.message_count)),
            Cell::new(session.project_name.as_deref().unwrap_or_default()),
            title(session),
        ]);
    }
    table.write(screen)?;
    Ok(FINE)
}

/// The beginning of a session id, by which one is known: long enough to be unique among tens of
/// thousands, short enough to read. Subagents' ids share no fixed shape and are given whole.
pub fn short(id: &str) -> &str {
    let is_uuid = id.len() == 36 && id.is_ascii() && id.as_bytes()[8] == b'-';
    if is_uuid { &id[..8] } else { id }
}

fn title(session: &SessionRow) -> Cell {
    match (&session.title, &session.source_missing_since) {
        (Some(title), None) => Cell::new(title),
        (Some(title), Some(_)) => Cell::new(format!("{title} (kept here only)")),
        (None, None) => Cell::styled("no title", DIM),
        (None, Some(_)) => Cell::styled("no title (kept here only)", DIM),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn only_uuids_are_shortened() {
        assert_eq!(short("0c1d2e3f-0000-4000-8000-000000000000"), "0c1d2e3f");
        assert_eq!(short("agent-a1b2c3d4e5f6"), "agent-a1b2c3d4e5f6");
        assert_eq!(short("ééééééééé-éééééééé"), "ééééééééé-éééééééé");
    }
}
