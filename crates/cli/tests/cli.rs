//! The program as a whole, where no transcripts are needed: exit codes, settings, what packages install.

use std::path::Path;
use std::process::{Command, Output};

/// `scrollback` in a home of its own.
fn scrollback(home: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scrollback"))
        .args(line)
        .env_clear()
        .env("HOME", home)
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn help_and_version_are_fine_and_anything_unknown_is_usage() {
    let home = home();
    for line in [
        &["--help"][..],
        &["--version"],
        &["help", "sync"],
        &["search", "--help"],
    ] {
        let output = scrollback(home.path(), line);
        assert_eq!(output.status.code(), Some(0), "{line:?}");
        assert!(
            !output.stdout.is_empty() && output.stderr.is_empty(),
            "{line:?}"
        );
    }
    for line in [
        &[][..],
        &["nonsense"],
        &["sync", "--nonsense"],
        &["search"],
        &["export", "x", "--format", "pdf"],
    ] {
        let output = scrollback(home.path(), line);
        assert_eq!(output.status.code(), Some(64), "{line:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{line:?}"
        );
    }
}

#[test]
fn a_bad_setting_is_usage_and_says_what_to_do() {
    let home = home();
    let output = scrollback(home.path(), &["--source", "emacs=/x", "status"]);
    assert_eq!(output.status.code(), Some(64));
    let said = text(&output.stderr);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(
        lines[0].starts_with("scrollback: --source says \"emacs=/x\""),
        "{said}"
    );
    assert!(
        lines[1].starts_with("  → ") && lines[1].contains("claude-code"),
        "{said}"
    );
}

#[test]
fn config_names_every_setting_and_who_set_it() {
    let home = home();
    let data = home.path().join("data");
    let output = Command::new(env!("CARGO_BIN_EXE_scrollback"))
        .args(["config", "--json", "--source", "claude-code=~/x"])
        .env_clear()
        .env("HOME", home.path())
        .env("SCROLLBACK_DATA_DIR", &data)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let settings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let find = |name: &str| {
        settings
            .iter()
            .find(|one| one["name"] == name)
            .expect("listed")
    };
    assert_eq!(find("data_dir")["value"], data.to_str().expect("UTF-8"));
    assert_eq!(
        find("data_dir")["origin"],
        "environment SCROLLBACK_DATA_DIR"
    );
    let source = format!("claude-code={}", home.path().join("x").display());
    assert_eq!(find("sources")["value"], source);
    assert_eq!(find("sources")["origin"], "flag");
    assert_eq!(find("config")["origin"], "default");
    assert!(!data.exists(), "asking for settings makes nothing");
}

#[test]
fn a_broken_config_file_does_not_hide_the_manual() {
    let home = home();
    let broken = home.path().join("broken.toml");
    std::fs::write(&broken, "data_dir = ").expect("written");
    let broken = broken.to_str().expect("UTF-8");
    assert_eq!(
        scrollback(home.path(), &["--config", broken, "config"])
            .status
            .code(),
        Some(64)
    );
    let output = scrollback(home.path(), &["--config", broken, "man"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains(".TH scrollback 1"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = scrollback(home.path(), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(text(&output.stdout).contains("scrollback"), "{shell}");
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let home = home();
    let dir = home.path().to_str().expect("UTF-8");
    assert_eq!(
        scrollback(home.path(), &["man", dir]).status.code(),
        Some(0)
    );
    for page in ["scrollback.1", "scrollback-sync.1", "scrollback-export.1"] {
        assert!(home.path().join(page).exists(), "{page}");
    }
}
