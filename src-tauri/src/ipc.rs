//! What window and app say to each other: plain data, from which the page's TypeScript is made
//! (`cargo test bindings`).

mod error;
mod found;
pub mod reading;
#[cfg(test)]
pub mod tests;

use std::collections::BTreeMap;

use scrollback_engine::health::Mode;
use scrollback_engine::model::Status;
use serde::{Deserialize, Serialize};

pub use error::{Answer, IpcError};
pub use found::{Found, Hit, Piece};

/// How things are now.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// Rises with every snapshot that is told; one that was asked for has that of the last.
    pub seq: u64,
    /// The verdict and its figures, as `scrollback status --json` has them.
    pub status: Status,
    /// Events in each of the last 60 minutes, oldest first.
    pub activity: Vec<u64>,
    /// Who syncs.
    pub engine: Engine,
    /// Nothing is stored and nothing was begun: the user is asked first.
    pub is_first_run: bool,
    /// There is a tray to show an icon in.
    pub has_tray: bool,
}

/// Which engine syncs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The one in this app.
    Own,
    /// One in another process, whose work is shown.
    Joined,
    /// None.
    #[default]
    None,
}

/// What the page is told without asking.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Push {
    /// How things are.
    Status {
        /// The whole of it.
        snapshot: Box<Snapshot>,
    },
    /// Show another page.
    Go {
        /// Which: what stands after the address.
        route: String,
    },
}

/// How long to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HowLong {
    /// 30 minutes.
    HalfHour,
    /// 60 minutes.
    Hour,
    /// Until six in the morning: people who work late are not surprised at midnight.
    Tomorrow,
    /// Until the user says so.
    Forever,
}

impl HowLong {
    /// When it ends, milliseconds since the epoch; none for never.
    pub fn until_ms(self) -> Option<i64> {
        let now = jiff::Timestamp::now();
        let until = match self {
            Self::HalfHour => now.checked_add(jiff::SignedDuration::from_mins(30)),
            Self::Hour => now.checked_add(jiff::SignedDuration::from_hours(1)),
            Self::Tomorrow => tomorrow(now),
            Self::Forever => return None,
        };
        until.ok().map(jiff::Timestamp::as_millisecond)
    }
}

fn tomorrow(now: jiff::Timestamp) -> Result<jiff::Timestamp, jiff::Error> {
    let zone = jiff::tz::TimeZone::system();
    let today = now.to_zoned_datetime(zone.clone()).date();
    let morning = today.tomorrow()?.at(6, 0, 0, 0);
    Ok(morning.to_zoned_datetime(zone)?.timestamp())
}

/// Colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has them.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Black and white, as far as that goes.
    Contrast,
}

/// Room between rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// Some.
    Comfortable,
    /// Little.
    Compact,
}

/// What closing the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// Syncing goes on; the icon stays in the tray.
    Tray,
    /// The app ends.
    Quit,
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),* })*) => {
        $(impl $type {
            /// As it stands in the config file.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        })*
    };
}
words! {
    Theme { System = "system", Light = "light", Dark = "dark", Contrast = "contrast" }
    Density { Comfortable = "comfortable", Compact = "compact" }
    OnClose { Tray = "tray", Quit = "quit" }
}

/// Whether the app starts at login.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Autostart {
    /// It does.
    pub is_on: bool,
    /// It can be made to.
    pub is_supported: bool,
    /// What is wrong with the entry.
    pub problem: Option<String>,
    /// Where the entry lies.
    pub entry: Option<String>,
}

/// A folder that is read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SourceRow {
    /// Its place in the list.
    pub id: u32,
    /// The agent.
    pub agent: String,
    /// Its folder.
    pub path: String,
    /// It is there.
    pub exists: bool,
    /// How changes in it are noticed.
    pub mode: Mode,
}

/// Everything that can be set, and what it is set to.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Settings {
    /// Start at login.
    pub autostart: Autostart,
    /// What closing the window does.
    pub on_close: OnClose,
    /// Colours.
    pub theme: Theme,
    /// Room between rows.
    pub density: Density,
    /// Size of all text, percent.
    pub text_size: u16,
    /// Minutes until a notification; 0 for never.
    pub stalled_minutes: f64,
    /// The window is drawn slowly and surely, from the next start on.
    pub safe_graphics: bool,
    /// Single letters work as keys in the window.
    pub letter_keys: bool,
    /// The window says that there is no tray.
    pub tray_notice: bool,
    /// Changes are noticed by looking only.
    pub polling: bool,
    /// What people call the agents, by their ids.
    pub agents: BTreeMap<String, String>,
    /// What is read.
    pub sources: Vec<SourceRow>,
    /// Who decided what is read.
    pub sources_set_by: String,
    /// The list can be changed here.
    pub can_edit_sources: bool,
    /// Where everything is kept.
    pub data_dir: String,
    /// Size of the database.
    pub database_bytes: u64,
    /// Where the settings are kept.
    pub config_file: String,
    /// Version of Scrollback.
    pub version: String,
    /// The system.
    pub platform: String,
}

/// What can be shown in the system's file manager.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// The data folder.
    Data,
    /// The folder of the log.
    Logs,
    /// The folder of the config file.
    Config,
    /// Where a problem is.
    Problem {
        /// Its message.
        message: String,
    },
}

/// A copy of the database that was made.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BackedUp {
    /// The copy.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}
