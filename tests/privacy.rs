//! What agents wrote stays where it belongs: in the database, readable by its owner, shown only
//! where it was asked for, and harmless there. Nothing is written where the agents write.

#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use support::program::{Running, wait_until};
use support::records::{call, lines, prompt, record, result, talk, with, word};
use support::sandbox::Sandbox;

/// Planted everywhere; a password, say.
const SECRET: &str = "hunter2planted";

/// Runs a command; all it said, on both streams.
fn say(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let answer = sandbox.run(arguments);
    format!("{}{}", answer.out, answer.err)
}

/// Runs a watch until the record `ada-<number>`, which `change` may write, is stored; all it said.
fn watch(sandbox: &Sandbox, number: u32, change: impl FnOnce()) -> String {
    let said = tempfile::NamedTempFile::new().expect("a file");
    let stream = || said.reopen().expect("opened");
    let mut command = sandbox.command(&["watch", "-vvv"]);
    command.stdout(stream()).stderr(stream());
    let watch = Running::of(command.spawn().expect("started"));
    sandbox.wait_for_lock(&watch);
    change();
    let id = format!("ada-{number}");
    wait_until("it is stored", || {
        let found = sandbox
            .engine()
            .sql(&format!("SELECT id FROM messages WHERE id = '{id}'"));
        found.is_ok_and(|table| table.rows.len() == 1)
    });
    assert_eq!(watch.terminate(), Some(0));
    fs::read_to_string(said.path()).expect("read")
}

/// Records and damaged lines that hold the secret wherever one can stand.
fn secrets() -> Vec<u8> {
    let whole = lines(&[
        prompt("ada", "ada-1", &format!("my password is {SECRET}")),
        call(
            "ada",
            "ada-2",
            "call-1",
            "Bash",
            json!({"command": format!("login {SECRET}"), SECRET: 1}),
        ),
        result(
            "ada",
            "ada-3",
            "call-1",
            &format!("logged in with {SECRET}"),
        ),
        with(
            prompt("ada", "ada-4", "a file"),
            json!({"toolUseResult": {"file": {"content": SECRET}}, SECRET: {SECRET: [SECRET]}}),
        ),
        record(
            "odd-type",
            "ada",
            "ada-5",
            json!({"content": SECRET, "role": SECRET}),
        ),
        json!({"type": "summary", "summary": SECRET, "leafUuid": "ada-1"}),
    ]);
    let damaged = [
        format!("{{\"type\":\"user\",\"uuid\":\"x\",\"message\":{{\"content\":\"{SECRET}\n"),
        format!("[\"{SECRET}\"]\n"),
        format!("{SECRET}\n"),
        format!(
            "{{\"type\":\"user\",\"timestamp\":\"{SECRET}\",\"uuid\":[\"{SECRET}\"],\"message\":3}}\n"
        ),
        format!("{{\"type\":{{\"{SECRET}\":1}},\"message\":\"{SECRET}\",\"sessionId\":7}}\n"),
    ];
    let mut bytes = [whole, damaged.concat()].concat().into_bytes();
    bytes.extend_from_slice(format!("\u{0}\u{1}{SECRET}").as_bytes());
    bytes.extend_from_slice(b"\xff\xfe\n");
    bytes
}

fn logs(sandbox: &Sandbox) -> String {
    let folder = fs::read_dir(sandbox.data().logs()).expect("a log");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(entry.expect("an entry").path()).expect("read")
    };
    folder.map(read).collect()
}

#[test]
fn a_secret_is_in_no_log_no_error_and_no_report() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", secrets());
    let mut said = vec![say(&sandbox, &["sync", "-vvv"])];
    sandbox.append("garden/ada.jsonl", secrets());
    said.push(watch(&sandbox, 7, || {
        sandbox.append("garden/ada.jsonl", secrets());
        sandbox.append("garden/ada.jsonl", talk("ada", 6..=7));
    }));
    for command in ["sync", "status", "events", "verify", "config", "doctor"] {
        said.push(say(&sandbox, &[command, "-vvv"]));
        said.push(say(&sandbox, &[command, "--json"]));
    }
    said.push(say(&sandbox, &["verify", "--deep", "-vvv"]));
    said.push(say(&sandbox, &["show", "nobody"]));
    said.push(say(&sandbox, &["sql", "SELECT nothing FROM messages"]));
    let conversation = fs::read(sandbox.path("garden/ada.jsonl")).expect("read");
    fs::write(sandbox.path("garden/ada.jsonl"), &conversation[40..]).expect("rewritten");
    said.push(say(&sandbox, &["verify", "-vvv"]));

    for said in said {
        assert!(!said.contains(SECRET), "{said}");
    }
    let log = logs(&sandbox);
    assert!(!log.contains(SECRET), "{log}");
    assert!(
        log.contains("\"file\":\"ada.jsonl\""),
        "events are logged: {log}"
    );
    for folder in [
        "garden",
        "projects",
        sandbox.home().to_str().expect("UTF-8"),
    ] {
        assert!(!log.contains(folder), "file names only: {log}");
    }
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(
            entry["timestamp"].is_string() && entry["level"].is_string(),
            "{line}"
        );
    }
    let shown = say(&sandbox, &["show", "ada", "--full"]);
    assert!(
        shown.contains(SECRET),
        "it was planted, and is shown to who asks"
    );
}

#[test]
fn commands_that_only_ask_write_no_log() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.sync();
    // So that there is something to tell.
    fs::write(sandbox.data().index_dir().join("words_prose.db"), "damaged").expect("written");
    let said = ["status", "events", "verify", "config", "sessions"]
        .map(|command| say(&sandbox, &[command, "-vvv"]));
    assert!(said.concat().contains("cannot be searched"), "{said:?}");
    say(&sandbox, &["search", &word("ada", 1)]);
    assert!(!sandbox.data().logs().exists());
}

#[test]
fn everything_of_ours_is_its_owners_under_any_umask() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    let program = sandbox.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 0; exec \"$0\" watch"])
        .arg(program.get_program())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdout(std::process::Stdio::null());
    let watch = Running::of(command.spawn().expect("started"));
    wait_until("it is found", || {
        sandbox.data().logs().exists()
            && sandbox
                .engine()
                .search(&word("ada", 3), 1, scrollback_engine::model::Sort::Best)
                .is_ok_and(|found| !found.hits.is_empty())
    });
    // While it runs: only then are there logs of SQLite and, some day, a socket.
    let mut names = Vec::new();
    for (path, meta) in tree(sandbox.data().path()) {
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        let mode = meta.permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{}: {mode:o}", path.display());
        names.push(path.display().to_string());
    }
    for part in [
        "scrollback.db-wal",
        "scrollback.db-shm",
        "words_prose.db",
        ".log",
        "engine.lock",
    ] {
        assert!(
            names.iter().any(|name| name.ends_with(part)),
            "{part} in {names:?}"
        );
    }
    assert_eq!(watch.terminate(), Some(0));
}

/// A folder and everything below it.
fn tree(folder: &Path) -> BTreeMap<PathBuf, fs::Metadata> {
    let meta = fs::symlink_metadata(folder).expect("there");
    let mut found = BTreeMap::from([(folder.to_owned(), meta.clone())]);
    if meta.is_dir() {
        for entry in fs::read_dir(folder).expect("listed") {
            found.extend(tree(&entry.expect("an entry").path()));
        }
    }
    found
}

/// All that a write to an agent's folder would change: names, contents, sizes, modes, and times.
fn picture(folder: &Path) -> Vec<String> {
    let describe = |(path, meta): (PathBuf, fs::Metadata)| {
        let content = if meta.is_file() {
            fs::read(&path).expect("read")
        } else {
            Vec::new()
        };
        format!(
            "{} {:o} {} {} {}.{} {}.{} {:?}",
            path.display(),
            meta.mode(),
            meta.ino(),
            meta.nlink(),
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec(),
            content
        )
    };
    tree(folder).into_iter().map(describe).collect()
}

fn assert_unchanged(folder: &Path, before: &[String]) {
    for (now, before) in picture(folder).iter().zip(before) {
        assert_eq!(now, before);
    }
    assert_eq!(picture(folder).len(), before.len(), "no name more or less");
}

#[test]
fn nothing_is_written_in_an_agents_folder() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.write("garden/ada/subagents/agent-bee.jsonl", talk("bee", 1..=3));
    sandbox.write(
        "garden/ada/subagents/agent-bee.meta.json",
        "{\"agentType\":\"bee\"}",
    );
    sandbox.write("garden/notes.txt", "not a transcript");
    fs::write(sandbox.claude().join("settings.json"), "{}").expect("written");
    let before = picture(sandbox.claude());
    sandbox.run(&["sync"]).assert_code(0);
    watch(&sandbox, 3, || {});
    for arguments in [
        &["verify", "--deep"][..],
        &["status"],
        &["show", "ada"],
        &["sessions"],
    ] {
        sandbox
            .run(arguments)
            .assert_code(if arguments == ["status"] { 3 } else { 0 });
    }
    assert_unchanged(sandbox.claude(), &before);
}

#[test]
fn an_agents_folder_may_be_read_only() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.write("garden/ada/subagents/agent-bee.jsonl", talk("bee", 1..=3));
    let run = |arguments: &[&str]| sandbox.run_unprivileged(arguments);
    // The first run gives the home away, where that is needed; then nothing in it may be written.
    run(&["status"]);
    for (path, meta) in tree(sandbox.claude()) {
        let mode = fs::Permissions::from_mode(if meta.is_dir() { 0o555 } else { 0o444 });
        fs::set_permissions(path, mode).expect("set");
    }
    let before = picture(sandbox.claude());
    run(&["sync"]).assert_code(0);
    run(&["verify", "--deep"]).assert_code(0);
    assert_unchanged(sandbox.claude(), &before);
    for (path, _) in tree(sandbox.claude()) {
        // So that the folder can be removed with the test.
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("set");
    }
}

/// Text that would take over a terminal or mislead a reader.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}]52;c;cm0gLXJm\u{1b}\\\u{1b}]8;;http://evil\u{1b}\\click\
    \u{1b}]8;;\u{1b}\\\u{1b}[31;5mred\u{9b}2J\u{90}q\r\u{8}\u{202e}txt.exe\u{2066}\u{200b}\u{0}end";

fn is_misleading(char: char) -> bool {
    let is_bidi =
        matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}'..='\u{200F}');
    (char.is_control() && !matches!(char, '\n' | '\t')) || is_bidi
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let sandbox = Sandbox::new();
    let on_disk = HOSTILE.replace(['\0', '/'], "");
    let hostile = |record| {
        with(
            record,
            json!({"cwd": format!("/home/{HOSTILE}"), "gitBranch": HOSTILE}),
        )
    };
    let title = json!({"type": "summary", "summary": HOSTILE, "leafUuid": "ada-1"});
    let custom = json!({"type": "custom-title", "customTitle": HOSTILE, "sessionId": "ada"});
    let content = lines(&[
        hostile(prompt("ada", "ada-1", &format!("needle {HOSTILE}"))),
        hostile(call(
            "ada",
            "ada-2",
            "call-1",
            HOSTILE,
            json!({"command": HOSTILE, HOSTILE: HOSTILE}),
        )),
        hostile(result(
            "ada",
            "ada-3",
            "call-1",
            &format!("needle {HOSTILE}"),
        )),
        hostile(prompt("ada", HOSTILE, HOSTILE)),
        hostile(prompt(HOSTILE, "eve-1", HOSTILE)),
        title,
        custom,
    ]);
    let name = format!("{on_disk}/{on_disk}.jsonl");
    sandbox.write(&name, format!("{content}{{\"cut {HOSTILE}\n"));
    let mut said = vec![
        say(&sandbox, &["sync", "-vvv"]),
        say(&sandbox, &["sync", "--json"]),
    ];
    sandbox.append(&name, talk("ada", 5..=5));
    said.push(watch(&sandbox, 5, || {}));
    sandbox.remove(&name);
    say(&sandbox, &["sync"]);
    let asked: [&[&str]; 12] = [
        &["show", "ada"],
        &["show", "ada", "--full"],
        &["show", "ada", "--json"],
        &["search", "needle"],
        &["search", "needle", "--json"],
        &["sessions", "--subagents"],
        &["sessions", "--json"],
        &["sql", "SELECT * FROM messages"],
        &["sql", "SELECT * FROM sessions", "--json"],
        &["sql", "SELECT * FROM tool_uses", "--csv"],
        &["events"],
        &["events", "--json"],
    ];
    for arguments in asked {
        let answer = sandbox.run(arguments).assert_code(0);
        let is_there = answer.out.contains("red") || answer.out.contains("txt.exe");
        assert!(is_there, "{arguments:?} shows the text: {answer:?}");
        // Lines of CSV end as RFC 4180 has it.
        let out = answer.out.replace(
            "\r\n",
            if arguments.contains(&"--csv") {
                "\n"
            } else {
                "\r\n"
            },
        );
        said.extend([out, answer.err]);
    }
    for arguments in [
        &["status"][..],
        &["verify"],
        &["show", HOSTILE_ID],
        &["search", "\u{1b}[31m\u{202e}"],
    ] {
        said.push(say(&sandbox, arguments));
    }
    for said in said {
        let found = said.chars().find(|char| is_misleading(*char));
        assert_eq!(found, None, "{said:?}");
    }
    for arguments in [
        &["show", "ada", "--raw"][..],
        &["sql", "SELECT user_text FROM messages", "--raw"],
    ] {
        let answer = sandbox.run(arguments).assert_code(0);
        assert!(
            answer.out.contains('\u{1b}'),
            "{arguments:?} was asked for all: {answer:?}"
        );
    }
}

/// A session nobody has, as an argument can spell it.
const HOSTILE_ID: &str = "\u{1b}[31m\u{202e}nobody";
