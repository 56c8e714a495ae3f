//! Settings: flag, then environment, then config file, then default; each knows where it came from.
//!
//! Everything is decided here, once, before anything is opened. Environment and home are passed in,
//! so that a test owns them.

mod file;
mod setting;
mod source;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::level_filters::LevelFilter;

pub use self::setting::{CONFIG, DATA_DIR, KEYS, Key, LOG_LEVEL, POLLING, SOURCES, SetBy, Setting};
use crate::agents;
use crate::error::{Error, Kind, Result};
use crate::paths::Standard;
use crate::transcript::Source;

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything of ours is kept.
    pub data_dir: PathBuf,
    /// What is read.
    pub sources: Vec<Arc<Source>>,
    /// How much is told on standard error.
    pub log_level: LevelFilter,
    /// Changes are noticed by looking only, without the system's file events.
    pub polling: bool,
    /// The table `[desktop]` of the config file: what the desktop app alone understands.
    pub desktop: toml::Table,
    settings: Vec<Setting>,
}

/// The table of the config file that the desktop app alone understands.
pub const DESKTOP: &str = "desktop";

/// What the command line says, before anything else is asked.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--source AGENT=PATH`, as often as it was given.
    pub sources: Vec<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// How often `-v` was given.
    pub verbosity: u8,
}

/// Reads an environment variable.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A value that was given, and how an error names the place.
struct Given<T> {
    value: T,
    set_by: SetBy,
    place: String,
    /// The folder a relative path starts from.
    base: PathBuf,
}

impl Config {
    /// These sources into this folder, and the default for everything else.
    pub fn new(data_dir: impl Into<PathBuf>, sources: Vec<Arc<Source>>) -> Self {
        let data_dir = data_dir.into();
        Self {
            data_dir,
            sources,
            log_level: LevelFilter::ERROR,
            polling: false,
            desktop: toml::Table::new(),
            settings: Vec::new(),
        }
    }

    /// Finds every setting: flags, then environment, then config file, then default.
    pub fn load(overrides: &Overrides, env: &Env<'_>, home: Option<&Path>) -> Result<Self> {
        Self::resolve(overrides, env, home, Standard::of_this_user())
    }

    /// Every setting with its value and where that came from.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Who set the setting of this name.
    pub fn set_by(&self, key: Key) -> SetBy {
        let setting = self.settings.iter().find(|one| one.name == key.name);
        setting.map_or(SetBy::Default, |one| one.origin)
    }

    /// The config file in force, whether it exists or not.
    pub fn file(&self) -> Option<&Path> {
        let setting = self.settings.iter().find(|one| one.name == CONFIG.name);
        let path = Path::new(setting?.value.as_str());
        (!path.as_os_str().is_empty()).then_some(path)
    }

    /// The source that a folder picked by the user is, as the config file writes it.
    ///
    /// # Errors
    /// No agent we know writes there.
    pub fn recognise(folder: &Path) -> Result<String> {
        source::recognise(folder)
    }

    fn resolve(
        overrides: &Overrides,
        env: &Env<'_>,
        home: Option<&Path>,
        standard: Option<Standard>,
    ) -> Result<Self> {
        // An empty variable counts as none: that is how people switch one off.
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let (data, config) = standard.map(|at| (at.data, at.config)).unzip();

        let flag = overrides.config.clone();
        let named = first(CONFIG, flag, env(CONFIG.variable).map(PathBuf::from), None);
        let (config_path, config_by) = match named {
            Some(given) => (Some(path(&given.value, &given, home)?), given.set_by),
            None => (
                config.map(|folder| folder.join("config.toml")),
                SetBy::Default,
            ),
        };
        let file = match &config_path {
            Some(path) => file::read(path, config_by != SetBy::Default)?,
            None => file::File::default(),
        };

        let flag = overrides.data_dir.clone();
        let variable = env(DATA_DIR.variable).map(PathBuf::from);
        let (data_dir, data_by) = match first(DATA_DIR, flag, variable, file.data_dir) {
            Some(given) => (path(&given.value, &given, home)?, given.set_by),
            None => (data.ok_or_else(homeless)?, SetBy::Default),
        };

        let flag = (!overrides.sources.is_empty()).then(|| overrides.sources.clone());
        let variable = env(SOURCES.variable).map(|list| source::split(&list));
        let (sources, sources_by) = match first(SOURCES, flag, variable, file.sources) {
            Some(given) => (source::parse(&given, home)?, given.set_by),
            None => (source::discover(&env, home), SetBy::Default),
        };
        keep_out_of_sources(&data_dir, &sources)?;

        let flag = (overrides.verbosity > 0).then(|| verbose(overrides.verbosity).to_string());
        let variable = env(LOG_LEVEL.variable);
        let (log_level, log_by) = match first(LOG_LEVEL, flag, variable, file.log_level) {
            Some(given) => (level(&given)?, given.set_by),
            None => (LevelFilter::ERROR, SetBy::Default),
        };

        let variable = env(POLLING.variable);
        let (polling, polling_by) = match first(POLLING, None, variable, file.polling) {
            Some(given) => (always(&given)?, given.set_by),
            None => (false, SetBy::Default),
        };

        let shown = |path: &Path| path.display().to_string();
        let setting = |key: Key, value, origin| Setting {
            name: key.name,
            value,
            origin,
        };
        let settings = vec![
            setting(
                CONFIG,
                config_path.as_deref().map(shown).unwrap_or_default(),
                config_by,
            ),
            setting(DATA_DIR, shown(&data_dir), data_by),
            setting(SOURCES, source::join(&sources), sources_by),
            setting(LOG_LEVEL, log_level.to_string(), log_by),
            setting(
                POLLING,
                if polling { ALWAYS } else { AUTO }.into(),
                polling_by,
            ),
        ];
        Ok(Self {
            data_dir,
            sources,
            log_level,
            polling,
            desktop: file.desktop,
            settings,
        })
    }
}

/// The order of precedence, once for all settings.
fn first<T>(
    key: Key,
    flag: Option<T>,
    variable: Option<T>,
    file: Option<Given<T>>,
) -> Option<Given<T>> {
    let given = |value, set_by, place: &str| {
        Some(Given {
            value,
            set_by,
            place: place.to_string(),
            base: PathBuf::new(),
        })
    };
    match (flag, variable) {
        (Some(value), _) => given(value, SetBy::Flag, key.flag),
        (None, Some(value)) => given(value, SetBy::Environment(key.variable), key.variable),
        (None, None) => file,
    }
}

/// `written` as an absolute path without `~`. A shell leaves `--data-dir=~/x` and quoted paths as
/// they are, and the environment and the file have no shell at all.
fn path<T>(written: &Path, given: &Given<T>, home: Option<&Path>) -> Result<PathBuf> {
    let expanded = match (written.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Ok(_), None) => return Err(homeless()),
        (Err(_), _) => given.base.join(written),
    };
    // Refused only when it is empty, or when the current folder is gone.
    let absolute = std::path::absolute(&expanded).map_err(|error| {
        let message = format!("{} names no usable path: {error}", given.place);
        Error::new(Kind::Usage, message).with_remedy("write the path in full")
    })?;
    Ok(absolute.components().collect())
}

fn level(given: &Given<String>) -> Result<LevelFilter> {
    given.value.parse().map_err(|_| {
        let message = format!(
            "{} says \"{}\", which is no log level",
            given.place, given.value
        );
        Error::new(Kind::Usage, message)
            .with_remedy("use one of off, error, warn, info, debug, trace")
    })
}

const ALWAYS: &str = "always";
const AUTO: &str = "auto";

fn always(given: &Given<String>) -> Result<bool> {
    match given.value.as_str() {
        ALWAYS => Ok(true),
        AUTO => Ok(false),
        other => {
            let message = format!("{} says \"{other}\"", given.place);
            Err(Error::new(Kind::Usage, message)
                .with_remedy("use always to do without file events, or auto"))
        }
    }
}

fn verbose(times: u8) -> LevelFilter {
    match times {
        0 => LevelFilter::ERROR,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        3.. => LevelFilter::TRACE,
    }
}

/// Nothing of ours is ever written among an agent's transcripts.
fn keep_out_of_sources(data_dir: &Path, sources: &[Arc<Source>]) -> Result<()> {
    let swallowed = sources.iter().find(|source| {
        agents::by_id(&source.agent)
            .is_some_and(|agent| data_dir.starts_with(agent.transcripts(&source.root)))
    });
    let Some(source) = swallowed else {
        return Ok(());
    };
    let message = format!(
        "the data folder {} lies among the transcripts of {}",
        data_dir.display(),
        source.agent
    );
    Err(Error::new(Kind::Usage, message).with_remedy("name another folder with --data-dir"))
}

fn homeless() -> Error {
    Error::new(Kind::Usage, "there is no home folder to keep the data in")
        .with_remedy("set HOME, or name every folder in full with --data-dir and --source")
}
