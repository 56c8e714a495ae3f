//! What the menu says and does, whatever draws it. Pure.

use super::Face;
use crate::ipc::HowLong;
use crate::launch;

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// Text only.
    Text(String),
    /// Does something.
    Do(String, Action),
    /// Does something, and shows whether it holds.
    Check(String, bool, Action),
    /// Opens further rows.
    More(String, Vec<Self>),
    /// A line between rows.
    Line,
}

/// What a row does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Opens the window as it is.
    Open,
    /// Opens the window at a page.
    Go(String),
    /// Asks the engine to wait.
    Pause(HowLong),
    /// Asks it to go on.
    Resume,
    /// Starts at login from now on, or no more.
    StartAtLogin(bool),
    /// Begins the app anew with graphics that work everywhere.
    SafeGraphics,
    /// Ends the app.
    Quit,
}

/// The menu of a face.
pub fn rows(face: &Face) -> Vec<Row> {
    let go = |label: &str, route: &str| Row::Do(label.into(), Action::Go(route.into()));
    let mut rows = vec![
        Row::Text(face.sentence.clone()),
        Row::Text(face.figures.clone()),
        Row::Line,
        Row::Do("Open".into(), Action::Open),
        go("Search…", "#/search"),
        recent(face),
        Row::Line,
        match face.problems {
            0 => Row::Text("No problems".into()),
            1 => go("Show 1 problem…", "#/status"),
            n => go(&format!("Show {n} problems…"), "#/status"),
        },
        pause(face),
        Row::Line,
        Row::Check(
            "Start at login".into(),
            face.starts_at_login,
            Action::StartAtLogin(!face.starts_at_login),
        ),
        go("Settings…", "#/settings"),
    ];
    if face.is_window_blank {
        rows.push(Row::Do(
            "Window is blank? Restart with safe graphics".into(),
            Action::SafeGraphics,
        ));
    }
    let quit = match face.is_ours {
        true => "Quit (stops syncing)",
        false => "Quit",
    };
    rows.push(Row::Do(quit.into(), Action::Quit));
    rows
}

fn recent(face: &Face) -> Row {
    let rows: Vec<Row> = face
        .recent
        .iter()
        .map(|(id, title)| Row::Do(title.clone(), Action::Go(launch::end_of_session(id))))
        .collect();
    if rows.is_empty() {
        Row::Text("No sessions yet".into())
    } else {
        Row::More("Recent sessions".into(), rows)
    }
}

fn pause(face: &Face) -> Row {
    if face.is_paused {
        return Row::Do("Resume".into(), Action::Resume);
    }
    if !face.is_running {
        return Row::Text("Pause".into());
    }
    let lengths = [
        ("30 minutes", HowLong::HalfHour),
        ("1 hour", HowLong::Hour),
        ("Until tomorrow", HowLong::Tomorrow),
        ("Until I resume", HowLong::Forever),
    ];
    let row = |(label, how_long): (&str, HowLong)| Row::Do(label.into(), Action::Pause(how_long));
    Row::More("Pause".into(), lengths.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Icon;
    use super::*;

    fn face() -> Face {
        Face {
            icon: Icon::Live,
            needs_attention: false,
            sentence: "Up to date".into(),
            figures: "3 files watched, 2 events/min".into(),
            recent: vec![("ada".into(), "Fix the pump".into())],
            problems: 0,
            is_paused: false,
            is_running: true,
            is_ours: true,
            starts_at_login: false,
            is_window_blank: false,
        }
    }

    fn has(rows: &[Row], wanted: &str) -> bool {
        rows.iter().any(|row| match row {
            Row::Text(label) | Row::Do(label, _) | Row::Check(label, ..) => label == wanted,
            Row::More(label, rows) => label == wanted || has(rows, wanted),
            Row::Line => false,
        })
    }

    #[test]
    fn the_first_row_is_the_sentence_and_the_last_ends_the_app() {
        let rows = rows(&face());
        assert_eq!(rows.first(), Some(&Row::Text("Up to date".into())));
        assert_eq!(
            rows.last(),
            Some(&Row::Do("Quit (stops syncing)".into(), Action::Quit))
        );
        assert!(
            has(&rows, "Fix the pump") && has(&rows, "Until tomorrow") && has(&rows, "No problems")
        );
    }

    #[test]
    fn what_is_offered_follows_the_state() {
        let paused = rows(&Face {
            is_paused: true,
            problems: 3,
            ..face()
        });
        assert!(
            has(&paused, "Resume") && !has(&paused, "Pause") && has(&paused, "Show 3 problems…")
        );
        let off = rows(&Face {
            is_running: false,
            is_ours: false,
            recent: Vec::new(),
            ..face()
        });
        assert!(!has(&off, "1 hour") && has(&off, "No sessions yet") && has(&off, "Quit"));
        assert!(!has(&off, "Window is blank? Restart with safe graphics"));
        let blank = rows(&Face {
            is_window_blank: true,
            ..face()
        });
        assert!(has(&blank, "Window is blank? Restart with safe graphics"));
    }
}
