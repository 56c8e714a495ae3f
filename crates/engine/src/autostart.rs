//! Starting the desktop app at login: the entry the platform reads then, written, read back and removed.
//!
//! Nothing is remembered of it: people and desktops change the entry too, so what holds is what it
//! says at the moment of asking.

mod place;

#[cfg(not(any(target_os = "macos", windows)))]
mod desktop_entry;
#[cfg(not(any(target_os = "macos", windows)))]
mod xdg;
#[cfg(not(any(target_os = "macos", windows)))]
use xdg::Entry;

#[cfg(any(target_os = "macos", windows))]
mod native;
#[cfg(any(target_os = "macos", windows))]
use native::Entry;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::error::{Error, Kind, Result};
use crate::paths;

/// The entry's name.
const NAME: &str = "scrollback";
/// What it starts, without the ending that Windows wants.
const PROGRAM: &str = "scrollback-desktop";
/// Tells the program to stay in the tray.
const HIDDEN: &str = "--hidden";

/// What to do about [`State::problem`].
pub const REMEDY: &str =
    "`scrollback autostart on` writes the entry anew, `scrollback autostart off` removes it";

/// The entry that starts the desktop app when this user logs in.
#[derive(Debug, Clone)]
pub struct Autostart {
    program: Option<PathBuf>,
    entry: Entry,
    fleeting: Vec<PathBuf>,
}

/// How things are, read from the entry itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// Whether the program starts at the next login.
    pub is_on: bool,
    /// The entry, where there is one and it is a file. An entry that is not on and has no problem was
    /// switched off in the settings of the desktop.
    #[serde(serialize_with = "shown")]
    pub entry: Option<PathBuf>,
    /// What is wrong with it, as a sentence without its full stop.
    pub problem: Option<String>,
}

/// A path that is not UTF-8 would be no JSON.
fn shown<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    let shown = path.as_ref().map(|path| path.display().to_string());
    shown.serialize(to)
}

/// What was found where the platform keeps such entries.
struct Found {
    path: Option<PathBuf>,
    says: Says,
}

enum Says {
    /// This starts, where the system tells.
    Starts(Option<PathBuf>),
    /// Nothing of ours starts: what is wrong, or that it was switched off in the settings of the desktop.
    Nothing(Option<String>),
}

impl Autostart {
    /// The entry of the user we run as, for the program at `program`.
    pub fn of_this_user(program: &Path) -> Self {
        Self::of(Some(program.to_owned()))
    }

    /// The same for the program that [`desktop_program`] finds. Where it finds none, the entry can
    /// still be read and removed.
    pub fn of_installed() -> Self {
        Self::of(desktop_program().ok())
    }

    fn of(program: Option<PathBuf>) -> Self {
        Self {
            program,
            entry: Entry::of_this_user(),
            fleeting: paths::fleeting(),
        }
    }

    /// From the next login on the program starts. An entry that is there is written anew.
    ///
    /// # Errors
    ///
    /// The program is missing, or lies where others could replace it or where it will not stay; the
    /// entry belongs to another program, or cannot be written.
    pub fn turn_on(&self) -> Result<()> {
        let program = self.program.as_deref().ok_or_else(no_program)?;
        place::check(program, &self.fleeting)?;
        self.entry.write(program)
    }

    /// From the next login on the program does not start. Fine where there is no entry.
    ///
    /// # Errors
    ///
    /// The entry belongs to another program, or cannot be removed.
    pub fn turn_off(&self) -> Result<()> {
        self.entry.remove()
    }

    /// How things are now.
    pub fn state(&self) -> State {
        let Some(found) = self.entry.read() else {
            return State::default();
        };
        let (is_on, problem) = match found.says {
            Says::Starts(None) => (true, None),
            Says::Starts(Some(started)) => self.judge(&started),
            Says::Nothing(problem) => (false, problem),
        };
        State {
            is_on,
            entry: found.path,
            problem,
        }
    }

    /// Whether an entry that starts `started` does, and what is wrong with that.
    fn judge(&self, started: &Path) -> (bool, Option<String>) {
        let shown = started.display();
        if !place::is_program(started) {
            let problem = format!("the entry starts {shown}, which is no program, or gone");
            return (false, Some(problem));
        }
        let other = self.program.as_deref();
        if let Some(other) = other.filter(|other| !place::is_same(started, other)) {
            let problem = format!(
                "the entry starts {shown}, and the program that is in use is {}",
                other.display()
            );
            return (true, Some(problem));
        }
        let unsafe_place = place::check(started, &self.fleeting).err();
        (true, unsafe_place.map(|error| error.to_string()))
    }
}

/// The desktop app: beside the program that runs, else where `PATH` says.
///
/// # Errors
///
/// There is none in either place.
pub fn desktop_program() -> Result<PathBuf> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().map(|program| program.with_file_name(&name));
    let beside = beside.ok().filter(|program| place::is_program(program));
    beside.or_else(|| in_path(&name)).ok_or_else(no_program)
}

fn in_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&folders).map(|folder| folder.join(&name));
    // What a relative folder names depends on where we stand.
    programs.find(|program| program.is_absolute() && place::is_program(program))
}

fn no_program() -> Error {
    let message = format!(
        "{PROGRAM} is neither beside this program nor in a folder of PATH, so login cannot start it"
    );
    Error::new(Kind::NotFound, message).with_remedy(
        "install the desktop app, or put its folder into PATH; `scrollback watch` works without it",
    )
}

/// A path that the platform's entry has no way to write.
fn unwritable(program: &Path, refused: &[char]) -> Error {
    let refused: Vec<String> = refused.iter().map(char::to_string).collect();
    let message = format!(
        "{} cannot start at login: its path has {} or another character that is not allowed there",
        program.display(),
        refused.join(" ")
    );
    Error::new(Kind::Usage, message)
        .with_remedy("install Scrollback in a folder with a plainer name, then try again")
}

#[cfg(all(test, not(any(target_os = "macos", windows))))]
mod tests;
