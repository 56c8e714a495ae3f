use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// A home with the desktop app in it; nothing in it counts as fleeting, wherever tests keep it.
struct Home {
    folder: tempfile::TempDir,
    autostart: Autostart,
}

impl Home {
    fn new() -> Self {
        Self::with_program_in("opt/my apps")
    }

    fn with_program_in(folder: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let program = home.path().join(folder).join(PROGRAM);
        program_at(&program);
        let autostart = Autostart {
            program: Some(program),
            entry: Entry {
                folder: Some(home.path().join("settings/autostart")),
            },
            fleeting: vec![home.path().join("downloads")],
        };
        Self {
            folder: home,
            autostart,
        }
    }

    fn program(&self) -> &Path {
        self.autostart.program.as_deref().expect("known")
    }

    fn entry(&self) -> PathBuf {
        self.folder
            .path()
            .join("settings/autostart/scrollback.desktop")
    }

    /// Puts an entry there, as someone else would.
    fn write(&self, text: &str) {
        fs::create_dir_all(self.entry().parent().expect("a folder")).expect("made");
        fs::write(self.entry(), text).expect("written");
    }

    /// Changes ours.
    fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.entry()).expect("read");
        assert!(text.contains(from), "{text}");
        self.write(&text.replace(from, to));
    }

    fn problem(&self) -> String {
        self.autostart.state().problem.expect("a problem")
    }

    fn refusal(&self) -> String {
        let error = self.autostart.turn_on().expect_err("refused");
        assert!(error.remedy().is_some(), "{error}");
        assert!(!self.entry().exists(), "nothing is written");
        error.to_string()
    }
}

fn program_at(path: &Path) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, "").expect("written");
    allow(path, 0o755);
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("allowed");
}

#[test]
fn on_is_written_and_read_back_and_off_removes_it() {
    let home = Home::new();
    assert_eq!(home.autostart.state(), State::default());
    home.autostart.turn_on().expect("turned on");
    home.autostart.turn_on().expect("again");
    let on = State {
        is_on: true,
        entry: Some(home.entry()),
        problem: None,
    };
    assert_eq!(home.autostart.state(), on);
    let names: Vec<_> = fs::read_dir(home.entry().parent().expect("a folder"))
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["scrollback.desktop"], "nothing half done stays");
    home.autostart.turn_off().expect("turned off");
    home.autostart.turn_off().expect("again");
    assert_eq!(home.autostart.state(), State::default());
}

#[test]
fn the_entry_has_what_a_desktop_wants() {
    let home = Home::new();
    home.autostart.turn_on().expect("turned on");
    let text = fs::read_to_string(home.entry()).expect("read");
    let program = home.program().display();
    for line in [
        "[Desktop Entry]",
        "Type=Application",
        &format!("Exec=\"{program}\" --hidden"),
        &format!("TryExec={program}"),
        "Icon=scrollback-desktop",
        "X-GNOME-Autostart-enabled=true",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

#[test]
fn a_desktop_may_switch_it_off_and_we_may_switch_it_on_again() {
    for (from, to) in [
        ("Terminal=false", "Hidden=true"),
        (
            "X-GNOME-Autostart-enabled=true",
            "X-GNOME-Autostart-enabled=false",
        ),
    ] {
        let home = Home::new();
        home.autostart.turn_on().expect("turned on");
        home.change(from, to);
        let off = State {
            is_on: false,
            entry: Some(home.entry()),
            problem: None,
        };
        assert_eq!(home.autostart.state(), off, "{to}");
        home.autostart.turn_on().expect("turned on");
        assert!(home.autostart.state().is_on);
    }
}

#[test]
fn an_entry_without_its_program_is_broken() {
    let home = Home::new();
    home.autostart.turn_on().expect("turned on");
    allow(home.program(), 0o644);
    assert!(!home.autostart.state().is_on);
    assert!(home.problem().contains("gone"), "{}", home.problem());
    fs::remove_file(home.program()).expect("removed");
    assert!(!home.autostart.state().is_on);
    home.change("TryExec", "X-TryExec");
    assert!(
        home.problem().contains("no program, or gone"),
        "{}",
        home.problem()
    );
    home.autostart.turn_off().expect("turned off all the same");
}

#[test]
fn an_entry_may_need_what_is_gone() {
    let home = Home::new();
    home.autostart.turn_on().expect("turned on");
    home.change("TryExec=", "TryExec=/nowhere");
    assert!(!home.autostart.state().is_on);
    assert!(
        home.problem().contains("needs /nowhere"),
        "{}",
        home.problem()
    );
}

#[test]
fn another_copy_of_ours_starts_but_is_named() {
    let home = Home::new();
    let copy = home.folder.path().join("old/scrollback-desktop");
    program_at(&copy);
    let other = Autostart {
        program: Some(copy.clone()),
        ..home.autostart.clone()
    };
    other.turn_on().expect("turned on");
    assert!(home.autostart.state().is_on);
    assert!(home.problem().contains(&copy.display().to_string()));
    home.autostart.turn_on().expect("turned on");
    assert_eq!(home.autostart.state().problem, None);
}

#[test]
fn our_entry_is_ours_whatever_the_program_was_called() {
    let home = Home::new();
    home.autostart.turn_on().expect("turned on");
    home.change("scrollback-desktop\"", "Scrollback-0.1.AppImage\"");
    home.autostart.turn_on().expect("written anew");
    assert_eq!(home.autostart.state().problem, None);
}

#[test]
fn a_link_to_ours_is_ours() {
    let home = Home::new();
    let link = home.folder.path().join("scrollback-desktop");
    std::os::unix::fs::symlink(home.program(), &link).expect("linked");
    let linked = Autostart {
        program: Some(link),
        ..home.autostart.clone()
    };
    linked.turn_on().expect("turned on");
    assert_eq!(home.autostart.state().problem, None);
}

#[test]
fn what_is_no_entry_of_ours_is_said_and_mended() {
    for text in ["", "\u{0}", "[Desktop Entry]\nExec=\"/unfinished\n"] {
        let home = Home::new();
        home.write(text);
        assert!(!home.autostart.state().is_on);
        assert!(
            home.problem().contains("what to start"),
            "{}",
            home.problem()
        );
        home.autostart.turn_on().expect("turned on");
        assert_eq!(home.autostart.state().problem, None);
    }
    let home = Home::new();
    home.write("");
    fs::write(home.entry(), b"[Desktop Entry]\nExec=\xff\n").expect("written");
    assert!(
        home.problem().contains("cannot be read"),
        "{}",
        home.problem()
    );
    home.autostart.turn_off().expect("turned off");
    assert!(!home.entry().exists());
}

#[test]
fn an_entry_of_another_program_is_left_alone() {
    let home = Home::new();
    let theirs = "[Desktop Entry]\nExec=/usr/bin/env of-theirs\n";
    home.write(theirs);
    assert!(!home.autostart.state().is_on);
    assert!(
        home.problem().contains("/usr/bin/env"),
        "{}",
        home.problem()
    );
    for error in [home.autostart.turn_on(), home.autostart.turn_off()] {
        let error = error.expect_err("refused");
        assert!(error.to_string().contains("another program"), "{error}");
    }
    assert_eq!(fs::read_to_string(home.entry()).expect("read"), theirs);
}

#[test]
fn what_comes_and_goes_is_refused_also_behind_a_link() {
    let home = Home::with_program_in("downloads/scrollback");
    assert!(home.refusal().contains("comes and goes"));
    let link = home.folder.path().join("scrollback-desktop");
    std::os::unix::fs::symlink(home.program(), &link).expect("linked");
    let home = Home {
        autostart: Autostart {
            program: Some(link),
            ..home.autostart.clone()
        },
        ..home
    };
    assert!(home.refusal().contains("comes and goes"));
}

#[test]
fn what_others_may_write_is_refused_and_later_said() {
    let home = Home::new();
    let folder = home.folder.path().join("opt");
    allow(&folder, 0o777);
    assert!(home.refusal().contains("every user"), "{}", home.refusal());
    allow(&folder, 0o1777);
    home.autostart
        .turn_on()
        .expect("nobody may replace what is in it");
    allow(home.program(), 0o757);
    assert!(home.autostart.state().is_on);
    assert!(home.problem().contains("every user"), "{}", home.problem());
}

#[test]
fn what_cannot_be_started_is_refused() {
    let home = Home::new();
    allow(home.program(), 0o644);
    assert!(home.refusal().contains("can be run"));
    for folder in ["a=b", "100%", r"a\b", "a\nb"] {
        let home = Home::with_program_in(folder);
        assert!(home.refusal().contains("not allowed"), "{folder}");
    }
    let nowhere = Autostart {
        program: None,
        ..home.autostart.clone()
    };
    let error = nowhere.turn_on().expect_err("no program");
    assert!(error.to_string().contains("PATH"), "{error}");
    let homeless = Autostart {
        entry: Entry { folder: None },
        ..Home::new().autostart
    };
    assert_eq!(homeless.state(), State::default());
    assert!(homeless.turn_off().is_err());
}
