//! What went wrong, for the page.

use scrollback_engine::error::{Error, Kind};
use serde::Serialize;

/// What a command answers.
pub type Answer<T> = Result<T, IpcError>;

/// An error as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct IpcError {
    /// A stable word to decide by.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl IpcError {
    /// Something the app could not do outside the engine.
    pub fn could_not(what: &str, error: impl std::fmt::Display) -> Self {
        Self {
            code: "desktop".into(),
            message: format!("could not {what}: {error}"),
            remedy: None,
        }
    }
}

impl From<Error> for IpcError {
    fn from(error: Error) -> Self {
        Self {
            code: code(error.kind()).into(),
            message: error.to_string(),
            remedy: error.remedy().map(str::to_owned),
        }
    }
}

fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::Usage => "usage",
        Kind::NotFound => "not_found",
        Kind::AlreadyRunning => "already_running",
        Kind::NoSources => "no_sources",
        Kind::Database => "database",
        Kind::Damaged => "damaged",
        Kind::Busy => "locked",
        Kind::DiskFull => "disk_full",
        Kind::Io => "io",
        Kind::NotRunning => "not_running",
        Kind::Stopped => "stopped",
        Kind::Hung => "hung",
    }
}
