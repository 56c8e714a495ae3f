//! Programs of the user's own that are started for them: file manager, browser, editor, terminal.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use scrollback_engine::error::{Error, Kind, Result};
use serde::Deserialize;

use crate::graphics;
use crate::settings::Desktop;

/// What a folder is opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// The system's file manager.
    Files,
    /// The editor that is set, or the first that is known and there.
    Editor,
    /// The terminal that is set, or the first that is known and there.
    Terminal,
}

/// Editors that open a folder named on their command line.
const EDITORS: &[&[&str]] = &[
    &["code"],
    &["codium"],
    &["cursor"],
    &["windsurf"],
    &["zed"],
    &["zeditor"],
    &["subl"],
    &["idea"],
    &["kate"],
];

/// Terminals that begin in the folder they are started in.
#[cfg(target_os = "linux")]
const TERMINALS: &[&[&str]] = &[
    &["xdg-terminal-exec"],
    &["x-terminal-emulator"],
    &["gnome-terminal"],
    &["konsole"],
    &["xfce4-terminal"],
    &["kitty"],
    &["alacritty"],
    &["foot"],
    &["wezterm", "start", "--cwd", "{folder}"],
    &["xterm"],
];
#[cfg(target_os = "macos")]
const TERMINALS: &[&[&str]] = &[&["open", "-a", "Terminal", "{folder}"]];
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
const TERMINALS: &[&[&str]] = &[&["wt", "-d", "{folder}"], &["cmd", "/c", "start", "cmd"]];

/// Stands for the folder in a command.
const FOLDER: &str = "{folder}";

/// Opens a folder with what the user has for it. An agent wrote its path: only a folder is opened, never a file
/// that may be a program, and it is named whole, so that none passes for an option.
pub fn open_folder(folder: &Path, with: With, settings: &Desktop) -> Result<()> {
    if !folder.is_absolute() || !folder.is_dir() {
        let gone = format!("{} is not there any more", folder.display());
        return Err(Error::new(Kind::NotFound, gone));
    }
    let (what, set, known) = match with {
        With::Files => return open(folder),
        With::Editor => ("editor", &settings.editor, EDITORS),
        With::Terminal => ("terminal", &settings.terminal, TERMINALS),
    };
    let commands = commands(set, known, folder, with == With::Editor);
    start_first(commands).map_err(|why| {
        Error::new(Kind::Io, format!("no {what} could be started: {why}")).with_remedy(format!(
            "name one in the config file, under [desktop]: {what} = [\"{}\"]",
            known[0][0]
        ))
    })
}

/// Opens a folder or a link with the program the system has for it.
pub fn open(what: impl AsRef<OsStr>) -> Result<()> {
    let what = what.as_ref();
    start_first(open::commands(what)).map_err(|why| {
        Error::new(
            Kind::Io,
            format!("no program could be started for it: {why}"),
        )
        .with_remedy(format!("open {} yourself", what.display()))
    })
}

/// The command that is set, or else those that are known, for a folder.
fn commands(set: &[String], known: &[&[&str]], folder: &Path, must_name_it: bool) -> Vec<Command> {
    let for_folder = |words: Vec<&str>| {
        let (program, rest) = words.split_first()?;
        let mut command = Command::new(program);
        for word in rest {
            match *word {
                FOLDER => command.arg(folder),
                word => command.arg(word),
            };
        }
        if must_name_it && !words.contains(&FOLDER) {
            command.arg(folder);
        }
        command.current_dir(folder);
        Some(command)
    };
    match set.is_empty() {
        true => known
            .iter()
            .filter_map(|words| for_folder(words.to_vec()))
            .collect(),
        false => for_folder(set.iter().map(String::as_str).collect())
            .into_iter()
            .collect(),
    }
}

/// Starts the first of them that is there.
fn start_first(commands: Vec<Command>) -> std::result::Result<(), io::Error> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for mut command in commands {
        // What we set for our own window would slow down everything started from it.
        graphics::OURS.iter().for_each(|name| {
            command.env_remove(name);
        });
        let started = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                // Whoever is not waited for stays in the list of processes.
                std::thread::spawn(move || child.wait());
                return Ok(());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn what_is_set_goes_before_what_is_known() {
        let folder = Path::new("/home/ada/my code");
        let set = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let all = |set: &[String], must_name_it| {
            let commands = commands(set, EDITORS, folder, must_name_it);
            commands.iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(all(&[], true)[0], ["code", "/home/ada/my code"]);
        assert_eq!(
            all(&set(&["vim", "-c", "{folder}", "x"]), true),
            [["vim", "-c", "/home/ada/my code", "x"]]
        );
        assert_eq!(all(&set(&["xterm"]), false), [["xterm"]]);
    }

    #[test]
    fn only_a_folder_is_opened() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for path in [file.path(), Path::new("-x"), Path::new("/nowhere/at/all")] {
            let refused = open_folder(path, With::Terminal, &Desktop::default());
            assert_eq!(refused.expect_err("refused").kind(), Kind::NotFound);
        }
        let none = Desktop {
            editor: vec!["no-such-editor".into()],
            ..Desktop::default()
        };
        let error = open_folder(&std::env::temp_dir(), With::Editor, &none).expect_err("none");
        assert!(
            error
                .remedy()
                .is_some_and(|remedy| remedy.contains("editor = ["))
        );
    }
}
