//! `scrollback autostart`, as a person runs it: the entry in a home of its own, and what it says.

#![cfg(all(unix, not(target_os = "macos")))]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use support::program::Answer;
use support::sandbox::Sandbox;

/// `scrollback` and `scrollback-desktop` side by side, as they are installed, and a home to log in to.
struct Installed {
    home: Sandbox,
    folder: tempfile::TempDir,
}

impl Installed {
    /// `None`, and says so, where the build lies in a place that nothing may start from at login.
    fn new() -> Option<Self> {
        let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut fleeting = ["/tmp", "/var/tmp", "/dev/shm"].iter().map(Path::new);
        let is_fleeting = fleeting.any(|folder| build.starts_with(folder))
            || build.starts_with(std::env::temp_dir());
        let is_open = |path: &Path| {
            let meta = fs::metadata(path).expect("there");
            meta.mode() & 0o1002 == 0o002
        };
        if is_fleeting || build.ancestors().any(is_open) {
            eprintln!("skipped: {} is no place for programs", build.display());
            return None;
        }
        Some(Self::in_folder(build))
    }

    fn in_folder(folder: &Path) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("my $apps ")
            .tempdir_in(folder)
            .expect("a folder");
        let binary = env!("CARGO_BIN_EXE_scrollback");
        let program = folder.path().join("scrollback");
        // A copy is far larger than everything else here.
        fs::hard_link(binary, &program)
            .or_else(|_| fs::copy(binary, &program).map(|_| ()))
            .expect("installed");
        let desktop = folder.path().join("scrollback-desktop");
        fs::write(&desktop, "#!/bin/sh\n").expect("written");
        fs::set_permissions(&desktop, fs::Permissions::from_mode(0o755)).expect("allowed");
        let home = Sandbox::new();
        Self { home, folder }
    }

    fn desktop(&self) -> PathBuf {
        self.folder.path().join("scrollback-desktop")
    }

    fn entry(&self) -> PathBuf {
        self.home
            .home()
            .join(".config/autostart/scrollback.desktop")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.folder.path().join("scrollback"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.home())
            .env("SCROLLBACK_DATA_DIR", self.home.data().path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().expect("the program runs"))
    }

    fn state(&self, code: i32) -> Value {
        let answer = self.run(&["autostart", "status", "--json"]);
        answer.assert_code(code).json()
    }

    /// What `doctor` says of it: the level, and what to do.
    fn check(&self) -> (Value, String) {
        let answer = self.run(&["doctor", "--json"]).json();
        let checks = answer["checks"].as_array().expect("a list").clone();
        let mut checks = checks.into_iter();
        let check = checks.find(|check| check["name"] == "Start at login");
        let check = check.expect("looked at");
        (check["level"].clone(), check["remedy"].to_string())
    }
}

#[test]
fn it_is_off_then_on_then_off() {
    let Some(installed) = Installed::new() else {
        return;
    };
    let off = json!({"is_on": false, "entry": null, "problem": null});
    assert_eq!(installed.state(0), off);
    assert_eq!(installed.check().0, "ok");

    let answer = installed.run(&["autostart", "on"]).assert_code(0);
    let entry = installed.entry();
    let said = format!(
        "● On: Scrollback starts when you log in.\n  {}\n",
        entry.display()
    );
    assert_eq!(answer.out, said);
    let on = json!({"is_on": true, "entry": entry, "problem": null});
    assert_eq!(installed.state(0), on);
    assert_eq!(installed.check().0, "ok");
    let text = fs::read_to_string(&entry).expect("read");
    let quoted = installed
        .desktop()
        .display()
        .to_string()
        .replace('$', r"\\$");
    assert!(
        text.contains(&format!("Exec=\"{quoted}\" --hidden\n")),
        "{text}"
    );

    let answer = installed
        .run(&["autostart", "off", "--json"])
        .assert_code(0);
    assert_eq!(answer.json(), off);
    assert!(!entry.exists());
    let answer = installed.run(&["autostart", "off"]).assert_code(0);
    assert_eq!(
        answer.out,
        "○ Off: Scrollback does not start when you log in.\n"
    );
}

#[test]
fn the_entry_lies_where_the_desktop_reads() {
    let Some(installed) = Installed::new() else {
        return;
    };
    let settings = installed.home.home().join("settings");
    let mut command = installed.command(&["autostart", "on"]);
    command.env("XDG_CONFIG_HOME", &settings);
    Answer::of(command.output().expect("run")).assert_code(0);
    assert!(settings.join("autostart/scrollback.desktop").exists());
    assert!(!installed.entry().exists());
}

#[test]
fn a_program_that_is_gone_breaks_it() {
    let Some(installed) = Installed::new() else {
        return;
    };
    installed.run(&["autostart", "on"]).assert_code(0);
    fs::remove_file(installed.desktop()).expect("removed");
    assert_eq!(installed.state(1)["is_on"], json!(false));
    let answer = installed.run(&["autostart", "status"]).assert_code(1);
    assert!(answer.out.starts_with("▲ Broken:"), "{}", answer.out);
    assert!(
        answer.out.contains("→ `scrollback autostart on`"),
        "{}",
        answer.out
    );
    let (level, remedy) = installed.check();
    assert_eq!(level, "warning");
    assert!(remedy.contains("scrollback autostart off"), "{remedy}");

    let answer = installed.run(&["autostart", "on"]).assert_code(1);
    assert!(
        answer.err.contains("install the desktop app"),
        "{}",
        answer.err
    );
    installed.run(&["autostart", "off"]).assert_code(0);
    assert_eq!(installed.check().0, "ok");
}

#[test]
fn a_program_in_path_is_found() {
    let Some(installed) = Installed::new() else {
        return;
    };
    let elsewhere = installed.folder.path().join("bin");
    let relative = installed.folder.path().join("relative");
    for folder in [&elsewhere, &relative] {
        fs::create_dir(folder).expect("made");
        fs::copy(installed.desktop(), folder.join("scrollback-desktop")).expect("copied");
    }
    fs::remove_file(installed.desktop()).expect("removed");
    let mut command = installed.command(&["autostart", "on"]);
    command.current_dir(installed.folder.path());
    command.env("PATH", format!("relative:{}", elsewhere.display()));
    Answer::of(command.output().expect("run")).assert_code(0);
    assert_eq!(installed.state(0)["is_on"], json!(true));
}

#[test]
fn a_program_in_a_temporary_folder_is_refused() {
    let installed = Installed::in_folder(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let mut command = installed.command(&["autostart", "on"]);
    command.env("TMPDIR", installed.folder.path());
    let answer = Answer::of(command.output().expect("run")).assert_code(1);
    assert!(answer.err.contains("comes and goes"), "{}", answer.err);
    assert!(answer.err.contains("  → "), "{}", answer.err);
    assert!(!installed.entry().exists());
}

#[test]
fn it_needs_no_settings() {
    let home = Sandbox::new();
    let mut command = home.command(&["autostart", "status"]);
    command.env("SCROLLBACK_CONFIG", "/nowhere/config.toml");
    Answer::of(command.output().expect("run")).assert_code(0);
    assert!(!home.data().path().exists(), "looking makes nothing");
}
