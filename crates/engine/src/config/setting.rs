//! What the settings are called, and who set them.

use serde::Serialize;

/// One setting as `scrollback config` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name, which is also its key in the config file.
    pub name: &'static str,
    /// Its value, written as its environment variable takes it.
    pub value: String,
    /// Who set it.
    pub origin: SetBy,
}

/// Who set a setting, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// A flag on the command line.
    Flag,
    /// The environment variable of this name.
    Environment(&'static str),
    /// The config file.
    File,
    /// Nobody.
    Default,
}

impl std::fmt::Display for SetBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.pad("flag"),
            Self::Environment(variable) => f.pad(&format!("environment {variable}")),
            Self::File => f.pad("config file"),
            Self::Default => f.pad("default"),
        }
    }
}

impl Serialize for SetBy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The names a setting goes by.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// In `scrollback config` and in the config file.
    pub name: &'static str,
    /// On the command line; empty when it has none.
    pub flag: &'static str,
    /// In the environment.
    pub variable: &'static str,
}

/// Which config file is read. The only setting that cannot stand in the file itself.
pub const CONFIG: Key = Key {
    name: "config",
    flag: "--config",
    variable: "SCROLLBACK_CONFIG",
};
/// Where everything of ours is kept.
pub const DATA_DIR: Key = Key {
    name: "data_dir",
    flag: "--data-dir",
    variable: "SCROLLBACK_DATA_DIR",
};
/// What is read.
pub const SOURCES: Key = Key {
    name: "sources",
    flag: "--source",
    variable: "SCROLLBACK_SOURCES",
};
/// How much is told on standard error.
pub const LOG_LEVEL: Key = Key {
    name: "log_level",
    flag: "-v",
    variable: "SCROLLBACK_LOG_LEVEL",
};
/// Whether changes are noticed by looking only.
pub const POLLING: Key = Key {
    name: "polling",
    flag: "",
    variable: "SCROLLBACK_POLLING",
};
/// All of them.
pub const KEYS: [Key; 5] = [CONFIG, DATA_DIR, SOURCES, LOG_LEVEL, POLLING];
