//! The icon in the tray: what it shows, whatever the system draws it with.

mod icons;
#[cfg(target_os = "linux")]
mod linux;
mod menu;
#[cfg(not(target_os = "linux"))]
mod native;
mod steady;

use scrollback_engine::health::State;
use scrollback_engine::model::SessionRow;

use crate::app::App;
use crate::ipc::{Engine, Snapshot};

#[cfg(target_os = "linux")]
pub use linux::raise;
pub use menu::Action;
#[cfg(not(target_os = "linux"))]
pub use native::raise;
pub use steady::Steady;

/// A tray of some system.
pub trait Tray: Send {
    /// Shows this from now on.
    fn show(&mut self, face: &Face);
}

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Decides the icon.
    pub icon: Icon,
    /// Nothing is being saved: the user should look.
    pub needs_attention: bool,
    /// The sentence of `scrollback status`: the tooltip, and the first row of the menu.
    pub sentence: String,
    /// Files watched, and the pace.
    pub figures: String,
    /// Sessions last active: id and title.
    pub recent: Vec<(String, String)>,
    /// Things that are wrong.
    pub problems: usize,
    /// The engine waits.
    pub is_paused: bool,
    /// An engine runs that can be asked.
    pub is_running: bool,
    /// It is the one in this app.
    pub is_ours: bool,
    /// It starts at login.
    pub starts_at_login: bool,
    /// A window was opened and stays blank.
    pub is_window_blank: bool,
}

/// The seven icons. Each has a colour and a shape of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Green disc.
    Live,
    /// Grey ring.
    Idle,
    /// Blue arrow down.
    CatchingUp,
    /// Amber triangle.
    Degraded,
    /// Red square.
    Stalled,
    /// Violet bars.
    Paused,
    /// Grey cross: starting, or nothing runs.
    Off,
}

#[cfg(not(target_os = "linux"))]
impl Icon {
    /// Its colour matters. The others take that of the menu bar, where there is one.
    pub fn asks_for_a_look(self) -> bool {
        matches!(self, Self::CatchingUp | Self::Degraded | Self::Stalled)
    }
}

impl From<State> for Icon {
    fn from(state: State) -> Self {
        match state {
            State::Live => Self::Live,
            State::Idle => Self::Idle,
            State::CatchingUp => Self::CatchingUp,
            State::Degraded => Self::Degraded,
            State::Stalled => Self::Stalled,
            State::Paused => Self::Paused,
            State::Starting | State::Stopped => Self::Off,
        }
    }
}

impl Face {
    /// The face of a verdict.
    pub fn of(snapshot: &Snapshot, icon: Icon, recent: Vec<SessionRow>, app: &App) -> Self {
        let status = &snapshot.status;
        let watcher = &status.watcher;
        let files = match watcher.files_watched {
            1 => "1 file watched".to_owned(),
            n => format!("{n} files watched"),
        };
        Self {
            icon,
            needs_attention: status.state == State::Stalled,
            sentence: status.reason.clone(),
            figures: format!("{files}, {:.0} events/min", watcher.events_per_minute),
            recent: recent.into_iter().map(named).collect(),
            problems: status.problems.len(),
            is_paused: status.state == State::Paused,
            is_running: !matches!(status.state, State::Stopped | State::Starting),
            is_ours: snapshot.engine == Engine::Own,
            starts_at_login: app.starts_at_login(),
            is_window_blank: app.is_window_blank(),
        }
    }
}

/// Longest title in the menu, characters.
const TITLE: usize = 48;

fn named(session: SessionRow) -> (String, String) {
    let title = session
        .title
        .or(session.project_name)
        .unwrap_or_else(|| session.id.clone());
    let line = title.lines().next().unwrap_or_default();
    // Titles come from transcripts: no control characters, no change of direction.
    let plain = line.chars().filter(|c| !c.is_control() && !is_bidi(*c));
    let mut short: String = plain.clone().take(TITLE).collect();
    if plain.count() > TITLE {
        short.push('…');
    }
    (session.id, short)
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
