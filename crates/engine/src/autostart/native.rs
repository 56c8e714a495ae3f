//! macOS and Windows by `auto-launch`: a launch agent of the user, a value in the user's registry.

use std::path::{Path, PathBuf};

use auto_launch::{AutoLaunch, AutoLaunchBuilder, MacOSLaunchMode, WindowsEnableMode};

use super::{Found, HIDDEN, NAME, Says, unwritable};
use crate::error::{Error, Kind, Result};

/// Characters that mean something in XML; in a command line between quotes none does.
const REFUSED: &[char] = &['&', '<', '>'];

/// The entry, whether it exists or not.
#[derive(Debug, Clone)]
pub struct Entry;

impl Entry {
    pub fn of_this_user() -> Self {
        Self
    }

    pub fn read(&self) -> Option<Found> {
        let says = match launcher("").and_then(|launcher| launcher.is_enabled()) {
            Ok(false) => return None,
            Ok(true) => Says::Starts(started()),
            Err(error) => Says::Nothing(Some(format!("the entry cannot be read: {error}"))),
        };
        let path = launch_agent();
        Some(Found { path, says })
    }

    pub fn write(&self, program: &Path) -> Result<()> {
        let written = written(program).ok_or_else(|| unwritable(program, REFUSED))?;
        let done = launcher(&written).and_then(|launcher| launcher.enable());
        done.map_err(|error| failed("write", error))
    }

    pub fn remove(&self) -> Result<()> {
        let done = launcher("").and_then(|launcher| launcher.disable());
        done.map_err(|error| failed("remove", error))
    }
}

/// Only `enable` looks at the program.
fn launcher(program: &str) -> auto_launch::Result<AutoLaunch> {
    AutoLaunchBuilder::new()
        .set_app_name(NAME)
        .set_app_path(program)
        .set_args(&[HIDDEN])
        .set_macos_launch_mode(MacOSLaunchMode::LaunchAgent)
        // Not for everybody who uses the machine, even where we could.
        .set_windows_enable_mode(WindowsEnableMode::CurrentUser)
        .build()
}

/// The program as `auto-launch` puts it, unchanged, into a command line or between two tags of XML.
fn written(program: &Path) -> Option<String> {
    let path = program.to_str()?;
    if cfg!(windows) {
        return Some(format!("\"{path}\""));
    }
    (!path.contains(REFUSED)).then(|| path.to_owned())
}

/// macOS keeps the entry in a file; Windows has none.
fn launch_agent() -> Option<PathBuf> {
    let home = directories::BaseDirs::new().filter(|_| cfg!(target_os = "macos"))?;
    let agents = home.home_dir().join("Library/LaunchAgents");
    Some(agents.join(format!("{NAME}.plist")))
}

/// What the entry starts, where we can read it: the first of the arguments.
fn started() -> Option<PathBuf> {
    let text = std::fs::read_to_string(launch_agent()?).ok()?;
    let (_, arguments) = text.split_once("<key>ProgramArguments</key>")?;
    let (_, first) = arguments.split_once("<string>")?;
    let (program, _) = first.split_once("</string>")?;
    Some(program.into())
}

fn failed(act: &str, error: auto_launch::Error) -> Error {
    Error::new(
        Kind::Io,
        format!("could not {act} the entry that is read at login: {error}"),
    )
    .with_remedy("see what the system's settings say about programs that start at login")
    .caused_by(error)
}
