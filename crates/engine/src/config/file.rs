//! The config file: a flat TOML table, every key of it known.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{CONFIG, DATA_DIR, DESKTOP, Given, KEYS, LOG_LEVEL, POLLING, SOURCES, SetBy};
use crate::error::{Error, Kind, Result};

/// What the file says.
#[derive(Default)]
pub(super) struct File {
    pub(super) data_dir: Option<Given<PathBuf>>,
    pub(super) sources: Option<Given<Vec<String>>>,
    pub(super) log_level: Option<Given<String>>,
    pub(super) polling: Option<Given<String>>,
    pub(super) desktop: Table,
}

/// Reads the file at `path`. One that nobody named may be missing.
pub(super) fn read(path: &Path, named: bool) -> Result<File> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !named => return Ok(File::default()),
        Err(error) => {
            let message = format!("could not read the config file {}: {error}", path.display());
            return Err(Error::new(Kind::Usage, message)
                .caused_by(error)
                .with_remedy(format!(
                    "create it, or change {} or {}",
                    CONFIG.flag, CONFIG.variable
                )));
        }
    };
    let table = text
        .parse::<Table>()
        .map_err(|error| broken(path, &text, &error))?;

    let mut file = File::default();
    for (key, value) in table {
        let place = format!("{key} in {}", path.display());
        // A relative path in a file means "beside this file": nobody knows where we are started.
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        match key.as_str() {
            key if key == DATA_DIR.name => {
                let value = string(value, &place)?.into();
                file.data_dir = Some(Given {
                    value,
                    set_by: SetBy::File,
                    place,
                    base,
                });
            }
            key if key == SOURCES.name => {
                let value = strings(value, &place)?;
                file.sources = Some(Given {
                    value,
                    set_by: SetBy::File,
                    place,
                    base,
                });
            }
            key if key == LOG_LEVEL.name => {
                let value = string(value, &place)?;
                file.log_level = Some(Given {
                    value,
                    set_by: SetBy::File,
                    place,
                    base,
                });
            }
            key if key == POLLING.name => {
                let value = string(value, &place)?;
                file.polling = Some(Given {
                    value,
                    set_by: SetBy::File,
                    place,
                    base,
                });
            }
            DESKTOP => match value {
                Value::Table(settings) => file.desktop = settings,
                other => {
                    let remedy = "write [desktop] on a line of its own, its settings below";
                    return Err(mistyped(&place, &other, "a table", remedy));
                }
            },
            key => return Err(unknown(key, path)),
        }
    }
    Ok(file)
}

fn string(value: Value, place: &str) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(mistyped(place, &other, "text", "put it in double quotes")),
    }
}

fn strings(value: Value, place: &str) -> Result<Vec<String>> {
    const REMEDY: &str = "write for example sources = [\"claude-code=~/.claude\"]";
    let Value::Array(values) = value else {
        return Err(mistyped(place, &value, "a list of texts", REMEDY));
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        other => Err(mistyped(place, &other, "a list of texts", REMEDY)),
    };
    values.into_iter().map(text).collect()
}

fn mistyped(place: &str, value: &Value, wanted: &str, remedy: &str) -> Error {
    let found = value.type_str();
    Error::new(
        Kind::Usage,
        format!("{place} must be {wanted}; it is of type {found}"),
    )
    .with_remedy(remedy)
}

fn unknown(key: &str, path: &Path) -> Error {
    let known = KEYS
        .iter()
        .map(|key| key.name)
        .filter(|name| *name != CONFIG.name);
    let known = known.chain([DESKTOP]).collect::<Vec<_>>().join(", ");
    Error::new(
        Kind::Usage,
        format!("unknown setting \"{key}\" in {}", path.display()),
    )
    .with_remedy(format!("known settings: {known}"))
}

fn broken(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let what = error.message().replace('\n', ", ");
    Error::new(
        Kind::Usage,
        format!("{} is not TOML at line {line}: {what}", path.display()),
    )
    .with_remedy("correct the line, or name another file with --config")
}
