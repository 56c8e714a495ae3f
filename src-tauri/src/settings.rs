//! What was set for the desktop: the table `[desktop]` of the config file, read and changed.

use std::io;
use std::path::Path;
use std::time::Duration;

use scrollback_engine::config::{Config, DESKTOP};
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::model::Problem;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, Table, Value};

use crate::ipc::{Density, OnClose, Theme};

/// The settings, each under its own name in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desktop {
    /// Colours.
    pub theme: Theme,
    /// Room between rows.
    pub density: Density,
    /// Size of all text, percent.
    pub text_size: u16,
    /// What closing the window does.
    pub on_close: OnClose,
    /// A notification comes when nothing could be saved for so many minutes; 0 for never.
    pub stalled_minutes: f64,
    /// The window is drawn slowly and surely.
    pub safe_graphics: bool,
    /// Single letters work as keys in the window.
    pub letter_keys: bool,
    /// The window says that there is no tray; not any more once that was understood.
    pub tray_notice: bool,
    /// The editor that opens a folder, with its arguments; none for the first that is known and there. Not for the
    /// page to set: it names a program.
    pub editor: Vec<String>,
    /// The same for the terminal.
    pub terminal: Vec<String>,
}

impl Default for Desktop {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            density: Density::Comfortable,
            text_size: 100,
            on_close: OnClose::Tray,
            stalled_minutes: 5.0,
            safe_graphics: false,
            letter_keys: true,
            tray_notice: true,
            editor: Vec::new(),
            terminal: Vec::new(),
        }
    }
}

/// What the problem is called that a setting is.
pub const WRONG: &str = "setting";
/// How large and small text may be, percent.
const TEXT_SIZE: std::ops::RangeInclusive<u16> = 80..=200;

impl Desktop {
    /// What the config file says; where that cannot be, the default, and what is wrong.
    pub fn of(config: &Config) -> (Self, Option<Problem>) {
        let read: std::result::Result<Self, _> = config.desktop.clone().try_into();
        let remedy = "correct the config file, or change the setting in the window";
        let place = || {
            config
                .file()
                .map(|file| file.display().to_string())
                .unwrap_or_default()
        };
        let problem = |message: String| Problem::new(WRONG, message, remedy).at(place());
        match read {
            Ok(mut desktop) if !TEXT_SIZE.contains(&desktop.text_size) => {
                let message = format!("text_size in {} must be 80 to 200", place());
                desktop.text_size = Self::default().text_size;
                (desktop, Some(problem(message)))
            }
            Ok(mut desktop) if !(0.0..=1440.0).contains(&desktop.stalled_minutes) => {
                let message = format!("stalled_minutes in {} must be 0 to 1440", place());
                desktop.stalled_minutes = Self::default().stalled_minutes;
                (desktop, Some(problem(message)))
            }
            Ok(desktop) => (desktop, None),
            Err(error) => {
                let message = format!("[desktop] in {}: {}", place(), error.message());
                (Self::default(), Some(problem(message)))
            }
        }
    }

    /// How long nothing may be saved before it is told; none for never.
    pub fn stalled_after(&self) -> Option<Duration> {
        (self.stalled_minutes > 0.0).then(|| Duration::from_secs_f64(self.stalled_minutes * 60.0))
    }
}

/// What one change sets. Absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(default, deny_unknown_fields)]
pub struct SettingsPatch {
    /// Colours.
    pub theme: Option<Theme>,
    /// Room between rows.
    pub density: Option<Density>,
    /// Size of all text, percent.
    pub text_size: Option<u16>,
    /// What closing the window does.
    pub on_close: Option<OnClose>,
    /// Minutes until a notification; 0 for never.
    pub stalled_minutes: Option<f64>,
    /// Changes are noticed by looking only.
    pub polling: Option<bool>,
    /// The window is drawn slowly and surely, from the next start on.
    pub safe_graphics: Option<bool>,
    /// Single letters work as keys in the window.
    pub letter_keys: Option<bool>,
    /// The window says that there is no tray.
    pub tray_notice: Option<bool>,
}

impl SettingsPatch {
    /// Writes it into the config file.
    pub fn write(&self, config: &Config) -> Result<()> {
        edit(config, |file| {
            if let Some(polling) = self.polling {
                file["polling"] = word(if polling { "always" } else { "auto" });
            }
            let desktop = file
                .entry(DESKTOP)
                .or_insert_with(|| Item::Table(Table::new()));
            let mut set = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    desktop[name] = Item::Value(value);
                }
            };
            set("theme", self.theme.map(|theme| theme.word().into()));
            set("density", self.density.map(|density| density.word().into()));
            set("on_close", self.on_close.map(|what| what.word().into()));
            set(
                "text_size",
                self.text_size.map(|percent| {
                    i64::from(percent.clamp(*TEXT_SIZE.start(), *TEXT_SIZE.end())).into()
                }),
            );
            set(
                "stalled_minutes",
                self.stalled_minutes
                    .map(|minutes| minutes.clamp(0.0, 1440.0).into()),
            );
            set("safe_graphics", self.safe_graphics.map(Value::from));
            set("letter_keys", self.letter_keys.map(Value::from));
            set("tray_notice", self.tray_notice.map(Value::from));
        })
    }
}

/// Writes the list of sources into the config file.
pub fn write_sources(config: &Config, sources: &[String]) -> Result<()> {
    edit(config, |file| {
        file["sources"] = Item::Value(sources.iter().map(String::as_str).collect());
    })
}

fn word(text: &str) -> Item {
    Item::Value(text.into())
}

/// Changes the config file and leaves the rest of it, comments included, as it is.
fn edit(config: &Config, change: impl FnOnce(&mut DocumentMut)) -> Result<()> {
    let Some(path) = config.file() else {
        return Err(
            Error::new(Kind::Usage, "there is no place for a config file")
                .with_remedy("set HOME, or name a file with --config"),
        );
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let mut file: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let message = format!("{} is not TOML: {}", path.display(), error.message());
        Error::new(Kind::Usage, message).with_remedy("correct it, then change the setting again")
    })?;
    change(&mut file);
    replace(path, &file.to_string()).map_err(|error| Error::io("write", path, error))
}

/// All or nothing: whoever reads meanwhile finds the old file or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // A link stays a link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let new = path.with_extension("toml.new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, &path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrollback_engine::config::Overrides;

    fn config(path: &Path) -> Config {
        let overrides = Overrides {
            config: Some(path.to_owned()),
            data_dir: Some(path.with_file_name("data")),
            sources: vec!["claude-code=/nowhere".into()],
            ..Overrides::default()
        };
        Config::load(&overrides, &|_| None, None).expect("settings")
    }

    #[test]
    fn a_change_leaves_the_rest_of_the_file_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "# mine\nlog_level = \"info\" # keep\n").expect("written");
        let patch = SettingsPatch {
            theme: Some(Theme::Dark),
            text_size: Some(999),
            polling: Some(true),
            ..SettingsPatch::default()
        };
        patch.write(&config(&path)).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(
            text.starts_with("# mine\nlog_level = \"info\" # keep\n"),
            "{text}"
        );
        let (desktop, problem) = Desktop::of(&config(&path));
        assert_eq!(
            (desktop.theme, desktop.text_size, problem),
            (Theme::Dark, 200, None)
        );
        assert!(config(&path).polling);
        assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1);
    }

    #[test]
    fn what_cannot_be_is_said_and_the_default_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        for (text, says) in [
            ("[desktop]\ntext_size = 5\n", "text_size"),
            ("[desktop]\nstalled_minutes = -1\n", "stalled_minutes"),
            ("[desktop]\ntheme = \"pink\"\n", "pink"),
            ("[desktop]\ncolour = 1\n", "colour"),
        ] {
            std::fs::write(&path, text).expect("written");
            let (desktop, problem) = Desktop::of(&config(&path));
            assert_eq!(desktop, Desktop::default());
            let message = problem.expect("a problem").message;
            assert!(
                message.contains(says) && message.contains("config.toml"),
                "{message}"
            );
        }
    }
}
