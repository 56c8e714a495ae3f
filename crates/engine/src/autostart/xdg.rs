//! `autostart/scrollback.desktop` in the folder of settings, which desktops read at login.
//!
//! Written here and not by `auto-launch`, which on Linux knows `~/.config` only, whatever
//! `XDG_CONFIG_HOME` says, does not quote the path, and takes any file of that name for an entry
//! that works.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::desktop_entry::{self, DesktopEntry};
use super::{Found, NAME, PROGRAM, Says, in_path, place, unwritable};
use crate::error::{Error, Kind, Result};
use crate::paths;

/// The entry, whether it exists or not.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `None` for a user without a home.
    pub folder: Option<PathBuf>,
}

impl Entry {
    pub fn of_this_user() -> Self {
        let folder = paths::settings_of_all().map(|settings| settings.join("autostart"));
        Self { folder }
    }

    pub fn read(&self) -> Option<Found> {
        let path = self.path().ok()?;
        let says = match fs::read_to_string(&path) {
            Ok(text) => judge(&desktop_entry::parse(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => Says::Nothing(Some(format!("the entry cannot be read: {error}"))),
        };
        let path = Some(path);
        Some(Found { path, says })
    }

    pub fn write(&self, program: &Path) -> Result<()> {
        let path = self.path()?;
        let text = desktop_entry::text(program)
            .ok_or_else(|| unwritable(program, desktop_entry::REFUSED))?;
        check_owner(&path)?;
        // Under another name first: whoever logs in meanwhile meets the old entry or the new one.
        let new = path.with_file_name(format!(".{NAME}.desktop.new"));
        let folder = path.parent().unwrap_or(&path);
        paths::private_folder(folder)
            .and_then(|()| put(&new, &text))
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|error| Error::io("write", &path, error))
    }

    pub fn remove(&self) -> Result<()> {
        let path = self.path()?;
        check_owner(&path)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", &path, error))
            }
            _ => Ok(()),
        }
    }

    fn path(&self) -> Result<PathBuf> {
        let folder = self.folder.as_ref().ok_or_else(|| {
            let message = "you have no home folder, so there is no place for an entry";
            Error::new(Kind::NotFound, message).with_remedy("set HOME")
        })?;
        Ok(folder.join(format!("{NAME}.desktop")))
    }
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn judge(entry: &DesktopEntry) -> Says {
    if let Some(other) = stranger(entry) {
        let problem = format!(
            "the entry is another program's: it starts {}",
            other.display()
        );
        return Says::Nothing(Some(problem));
    }
    if entry.is_off {
        return Says::Nothing(None);
    }
    let Some(program) = &entry.program else {
        return Says::Nothing(Some("the entry does not say what to start".into()));
    };
    let needs = entry.needs.as_deref().map(found);
    if let Some(missing) = needs.filter(|needs| !place::is_program(needs)) {
        let problem = format!("the entry needs {}, which is gone", missing.display());
        return Says::Nothing(Some(problem));
    }
    Says::Starts(Some(found(program)))
}

/// A name without a folder is looked for as the desktop does.
fn found(program: &Path) -> PathBuf {
    let is_bare = program.components().count() == 1;
    let in_path = is_bare.then(|| in_path(program)).flatten();
    in_path.unwrap_or_else(|| program.to_owned())
}

/// The program of somebody else whose entry has our name.
fn stranger(entry: &DesktopEntry) -> Option<&Path> {
    let program = entry.program.as_deref()?;
    let is_ours = entry.has_our_icon || program.file_name().is_some_and(|name| name == PROGRAM);
    (!is_ours).then_some(program)
}

/// Refuses to touch an entry that is not ours. One that cannot be read is nobody's.
fn check_owner(path: &Path) -> Result<()> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let entry = desktop_entry::parse(&text);
    let Some(other) = stranger(&entry) else {
        return Ok(());
    };
    let message = format!(
        "{} is another program's: it starts {}",
        path.display(),
        other.display()
    );
    Err(Error::new(Kind::Usage, message).with_remedy("move that file away, then try again"))
}
