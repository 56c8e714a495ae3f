//! Where a program lies that starts at login: others must not be able to put theirs in its place, and
//! it must still be there tomorrow.

use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// Whether there is something here that can be run.
pub fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    let can_run =
        |meta: &std::fs::Metadata| std::os::unix::fs::MetadataExt::mode(meta) & 0o111 != 0;
    #[cfg(not(unix))]
    let can_run = |_: &std::fs::Metadata| true;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && can_run(&meta))
}

/// Whether two paths lead to one file.
pub fn is_same(one: &Path, other: &Path) -> bool {
    one == other || real(one) == real(other)
}

/// Refuses a program that should not be started unasked. Of `fleeting` folders nothing may be.
pub fn check(program: &Path, fleeting: &[PathBuf]) -> Result<()> {
    let shown = program.display();
    if !program.is_absolute() || !is_program(program) {
        let message = format!("{shown} is not the whole path of a program that can be run");
        return Err(Error::new(Kind::NotFound, message).with_remedy("install it there first"));
    }
    // What stands at the end of a link counts as much as the link.
    for path in [program.to_owned(), real(program)] {
        let is_below =
            |folder: &&PathBuf| path.starts_with(folder) || path.starts_with(real(folder));
        if let Some(folder) = fleeting.iter().find(is_below) {
            let message = format!(
                "{shown} should not start at login: what lies in {} comes and goes",
                folder.display()
            );
            return Err(Error::new(Kind::Usage, message)
                .with_remedy("install Scrollback, or move it to a folder where it stays"));
        }
        if let Some(open) = path.ancestors().find(|path| is_open(path)) {
            let message = format!(
                "{shown} should not start at login: every user of this machine may change {}",
                open.display()
            );
            let remedy = format!(
                "`chmod o-w '{}'`, or install Scrollback elsewhere",
                open.display()
            );
            return Err(Error::new(Kind::Usage, message).with_remedy(remedy));
        }
    }
    Ok(())
}

/// The path without links; as it is where that cannot be told.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether everyone may write it. In a folder with the sticky bit nobody can move what is another's.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|meta| {
        let is_sticky = meta.is_dir() && meta.mode() & 0o1000 != 0;
        meta.mode() & 0o002 != 0 && !is_sticky
    })
}

/// Rights are lists there; the folders of programs are closed by default.
#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
