//! A database that is damaged is set aside and recovered: from what it still gives, from backups,
//! and from the sources. What nothing gives is named, to the byte.

#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use scrollback_engine::error::Kind;
use scrollback_engine::model::Recovery;
use scrollback_engine::notice::Notice;
use scrollback_engine::stop::Stop;
use scrollback_engine::store::Reader;
use serde_json::json;
use support::program::{Running, wait_long, wait_until};
use support::records::{call, line, record, result, talk, word};
use support::sandbox::Sandbox;

/// SQLite's page.
const PAGE: usize = 4096;

/// A home in which much has been read: long tool texts, an image, a subagent, a transcript that was
/// rewritten twice, and one whose file is gone.
fn read() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["ada", "bob", "cyd", "dan"] {
        let mut text = talk(name, 1..=40);
        for number in 41..=60 {
            let id = format!("{name}-{number}");
            let tool = format!("{name}-call-{number}");
            text += &line(&call(name, &id, &tool, "Bash", json!({"command": "ls"})));
            text += &line(&result(
                name,
                &format!("{id}r"),
                &tool,
                &output(name, number),
            ));
        }
        sandbox.write(&format!("garden/{name}.jsonl"), text);
    }
    sandbox.append("garden/ada.jsonl", line(&picture()));
    sandbox.write(
        "garden/ada/subagents/agent-sub1.jsonl",
        talk("ada", 200..=210),
    );
    sandbox.write("garden/eve.jsonl", talk("eve", 1..=30));
    sandbox.sync();
    rewrite(&sandbox, "garden/eve.jsonl", 20, "eve", 100..=110);
    rewrite(&sandbox, "garden/eve.jsonl", 10, "eve", 300..=330);
    sandbox.write("garden/gone.jsonl", talk("gone", 1..=25));
    sandbox.sync();
    sandbox.remove("garden/gone.jsonl");
    sandbox.sync();
    sandbox
}

/// Long enough to be kept once, by its hash.
fn output(name: &str, number: u32) -> String {
    format!("the output {number} of {name}\n").repeat(30)
}

fn picture() -> serde_json::Value {
    use std::fmt::Write as _;
    let mut base64 = String::new();
    for number in 0..400 {
        write!(base64, "{number:04}").expect("written");
    }
    let image = json!({"type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": base64}});
    let message = json!({"role": "user", "content": [image]});
    record("user", "ada", "ada-picture", message)
}

/// The agent keeps the first lines of a transcript and goes on in another way.
fn rewrite(
    sandbox: &Sandbox,
    name: &str,
    kept: usize,
    session: &str,
    numbers: std::ops::RangeInclusive<u32>,
) {
    let content = String::from_utf8(sandbox.content(name)).expect("text");
    let mut text: String = content
        .lines()
        .take(kept)
        .map(|l| format!("{l}\n"))
        .collect();
    text += &talk(session, numbers);
    sandbox.write(name, text);
    sandbox.sync();
}

/// Everything that can be asked of a home and must be the same after a recovery.
#[derive(Debug, PartialEq)]
struct Memory {
    transcripts: BTreeMap<PathBuf, Vec<u8>>,
    earlier: Vec<String>,
    messages: Vec<String>,
    rows: Vec<String>,
}

fn memory(sandbox: &Sandbox) -> Memory {
    let paths = sandbox.transcript_paths().into_iter();
    let mut earlier = sandbox.set_aside();
    earlier.sort();
    Memory {
        transcripts: paths.map(|path| (path.clone(), sandbox.export(&path))).collect(),
        earlier,
        messages: sandbox.message_ids(),
        rows: sandbox.ask(
            "SELECT m.id || '|' || m.session_id || '|' || ifnull(m.user_text, '') ||
               ifnull(m.assistant_text, '') || ifnull((SELECT group_concat(output)
               FROM tool_use_results r WHERE r.message_id = m.id), '') FROM messages m ORDER BY m.id",
        ),
    }
}

/// Everything written so far is in the database file itself.
fn checkpoint(sandbox: &Sandbox) {
    let database = Connection::open(sandbox.data().database()).expect("opened");
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("checkpointed");
}

/// Copies a home's own files, so that it can be damaged more than once.
fn snapshot(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    checkpoint(sandbox);
    sandbox.data_files()
}

fn restore(sandbox: &Sandbox, files: &BTreeMap<PathBuf, Vec<u8>>) {
    fs::remove_dir_all(sandbox.data().path()).expect("removed");
    for (path, bytes) in files {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
}

/// Writes over the database where it lies.
fn overwrite(sandbox: &Sandbox, at: usize, bytes: &[u8]) {
    let file = OpenOptions::new()
        .write(true)
        .open(sandbox.data().database())
        .expect("opened");
    file.write_all_at(bytes, at as u64).expect("written over");
}

fn database_len(sandbox: &Sandbox) -> usize {
    fs::metadata(sandbox.data().database())
        .expect("there")
        .len() as usize
}

/// The damaged files are kept as they were.
fn assert_kept(sandbox: &Sandbox, damaged: &[u8]) {
    let folders = sandbox.data().all_set_aside();
    assert_eq!(folders.len(), 1, "{folders:?}");
    let kept = fs::read(folders[0].join("scrollback.db")).expect("kept");
    assert!(kept == damaged, "the damaged database is as it was");
    let mode = fs::metadata(&folders[0])
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(!sandbox.data().recovering().exists());
}

/// One sync notices, sets aside and is complete again.
fn assert_one_sync_recovers(sandbox: &Sandbox, before: &Memory) {
    let damaged = fs::read(sandbox.data().database()).expect("read");
    let answer = sandbox.run(&["sync"]).assert_code(0);
    assert!(answer.out.contains("was set aside"), "{answer:?}");
    assert!(answer.out.contains("● Complete"), "{answer:?}");
    assert_kept(sandbox, &damaged);
    sandbox.run(&["verify", "--deep"]).assert_code(0);
    assert_eq!(memory(sandbox).transcripts, before.transcripts);
    assert_eq!(memory(sandbox).messages, before.messages);
    sandbox.assert_whole();
    sandbox.assert_sound();
    assert_eq!(sandbox.search(&word("bob", 7)), ["bob-7"]);
}

fn remove_sources(sandbox: &Sandbox) {
    fs::remove_dir_all(sandbox.projects()).expect("removed");
    fs::create_dir_all(sandbox.projects()).expect("made");
}

fn recover(sandbox: &Sandbox) -> Recovery {
    let engine = sandbox.engine();
    engine
        .recover(&Stop::default(), &mut |_| {})
        .expect("recovered")
        .recovery
        .expect("an account")
}

fn back_up(sandbox: &Sandbox) {
    sandbox
        .engine()
        .back_up(&Stop::default())
        .expect("backed up");
}

// Damage that shows at once.

#[test]
fn a_header_written_over_is_recovered() {
    let sandbox = read();
    let before = memory(&sandbox);
    checkpoint(&sandbox);
    overwrite(&sandbox, 0, &[0x5a; 100]);
    for command in [
        &["search", "garden"][..],
        &["sessions"],
        &["sql", "SELECT 1"],
        &["verify"],
    ] {
        let answer = sandbox.run(command).assert_code(1);
        assert!(
            answer.err.contains("scrollback.db is damaged"),
            "{answer:?}"
        );
        assert!(answer.err.contains("scrollback sync"), "{answer:?}");
        assert!(answer.err.contains("scrollback doctor"), "{answer:?}");
    }
    assert_one_sync_recovers(&sandbox, &before);
    assert_eq!(memory(&sandbox), before, "earlier generations too");
}

#[test]
fn a_first_page_written_over_is_recovered_without_sources() {
    let sandbox = read();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    checkpoint(&sandbox);
    overwrite(&sandbox, 0, &[0x5a; PAGE]);
    assert_one_sync_recovers(&sandbox, &before);
    assert_eq!(memory(&sandbox), before);
}

/// Nobody reads those pages while nothing happens.
#[test]
fn half_a_log_zeroed_under_the_engine_is_found_without_being_asked() {
    let sandbox = read();
    let watch = sandbox.start_watch();
    sandbox.append("garden/dan.jsonl", talk("dan", 400..=440));
    let rows = |sql: &str| {
        sandbox
            .engine()
            .sql(sql)
            .map_or(0, |table| table.rows.len())
    };
    let newest = "SELECT 1 FROM messages WHERE id = 'dan-440'";
    wait_until("it is there", || rows(newest) == 1);
    let all = rows("SELECT * FROM messages");
    let has_all = || rows("SELECT * FROM messages") == all;
    let before = memory(&sandbox);
    // Until what was just written was looked at once more.
    std::thread::sleep(Duration::from_secs(20));
    let log = sandbox.data().path().join("scrollback.db-wal");
    let len = fs::metadata(&log).expect("a log").len();
    let file = OpenOptions::new().write(true).open(&log).expect("opened");
    file.write_all_at(&vec![0; (len / 2) as usize], len / 2)
        .expect("zeroed");
    drop(file);
    assert!(!has_all(), "it is damaged");
    wait_long("it is mended", Duration::from_secs(50), || {
        has_all() && sandbox.run(&["verify", "--deep"]).code == Some(0)
    });
    watch.terminate();
    sandbox.sync();
    assert_eq!(memory(&sandbox), before);
}

/// It is no line of the archive yet.
#[test]
fn what_waits_for_its_newline_is_recovered_without_its_file() {
    let sandbox = Sandbox::new();
    let last = line(&record(
        "user",
        "ada",
        "ada-9",
        json!({"message": {"content": "a quince"}}),
    ));
    let torn = r#"{"type":"user","message":{"content":"half a medlar"#;
    for (name, tail) in [("ada", last.trim_end()), ("bob", torn)] {
        let content = talk(name, 1..=3) + tail;
        let path = sandbox.write(&format!("garden/{name}.jsonl"), &content);
        sandbox.sync();
        sandbox.remove(&format!("garden/{name}.jsonl"));
        sandbox.sync();
        checkpoint(&sandbox);
        overwrite(&sandbox, 0, &[0xff; 100]);
        let recovery = recover(&sandbox);
        assert_eq!(recovery.lost, [], "{name}");
        assert_eq!(sandbox.export(&path), content.as_bytes(), "{name}");
    }
    assert_eq!(
        sandbox.search("quince").len() + sandbox.search("medlar").len(),
        2
    );
}

#[test]
fn a_text_file_in_its_place_is_set_aside() {
    let sandbox = read();
    let before = memory(&sandbox);
    fs::write(sandbox.data().database(), "my shopping list\n".repeat(1000)).expect("written");
    let damaged = fs::read(sandbox.data().database()).expect("read");
    let answer = sandbox.run(&["sync", "--json"]).assert_code(0).json();
    assert_eq!(
        answer["recovery"]["before"],
        json!(null),
        "it tells nothing"
    );
    assert_kept(&sandbox, &damaged);
    sandbox.assert_whole();
    let gone = sandbox.path("garden/gone.jsonl");
    let mut rest = before.transcripts;
    rest.remove(&gone);
    assert_eq!(memory(&sandbox).transcripts, rest);
}

#[test]
fn a_file_cut_in_half_is_recovered() {
    let sandbox = read();
    let before = memory(&sandbox);
    back_up(&sandbox);
    checkpoint(&sandbox);
    let file = OpenOptions::new()
        .write(true)
        .open(sandbox.data().database())
        .expect("opened");
    file.set_len(database_len(&sandbox) as u64 / 2)
        .expect("cut");
    drop(file);
    assert_one_sync_recovers(&sandbox, &before);
    assert_eq!(memory(&sandbox), before, "the backup gave the rest");
}

#[test]
fn an_empty_or_missing_file_is_a_loss_where_there_was_a_database() {
    let sandbox = read();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    back_up(&sandbox);
    checkpoint(&sandbox);
    let files = snapshot(&sandbox);
    for is_missing in [false, true] {
        restore(&sandbox, &files);
        fs::remove_dir_all(sandbox.data().index_dir()).expect("removed");
        fs::remove_file(sandbox.data().database()).expect("removed");
        if !is_missing {
            fs::write(sandbox.data().database(), "").expect("emptied");
        }
        let answer = sandbox.run(&["sessions"]).assert_code(1);
        assert!(answer.err.contains("there was one before"), "{answer:?}");
        let answer = sandbox.run(&["sync", "--json"]).assert_code(0).json();
        assert_eq!(
            answer["recovery"]["backups"][0]["transcripts"], 7,
            "{answer}"
        );
        assert_eq!(memory(&sandbox), before);
    }
}

#[test]
fn a_log_taken_away_is_recovered_from_the_sources() {
    let sandbox = read();
    let mut watch = sandbox.start_watch();
    sandbox.write("garden/new.jsonl", talk("new", 1..=200));
    wait_until("the new one is read", || {
        sandbox.ask_one::<i64>("SELECT count(*) FROM messages WHERE id LIKE 'new-%'") == 200
    });
    watch.kill();
    let before = memory(&sandbox);
    let mut log = sandbox.data().database().into_os_string();
    log.push("-wal");
    fs::remove_file(log).expect("taken away");
    sandbox.run(&["sync"]).assert_code(0);
    sandbox.run(&["verify", "--deep"]).assert_code(0);
    assert_eq!(memory(&sandbox).transcripts, before.transcripts);
    sandbox.assert_sound();
}

// Damage that hides.

/// Zeroes one page after another of the same database and shows each to `then`.
fn for_each_page(sandbox: &Sandbox, mut then: impl FnMut(usize, &Path)) {
    let files = snapshot(sandbox);
    let pages = database_len(sandbox) / PAGE;
    // The rest is for other runs.
    let step = (pages / 30).max(1);
    let first = fastrand::usize(0..step);
    for page in (first..pages).step_by(step) {
        restore(sandbox, &files);
        overwrite(sandbox, page * PAGE, &[0; PAGE]);
        then(page, &sandbox.data().database());
    }
}

#[test]
fn any_page_may_be_lost_while_the_sources_are_there() {
    let sandbox = read();
    sandbox.write("garden/gone.jsonl", talk("gone", 1..=25));
    sandbox.sync();
    let before = memory(&sandbox);
    for_each_page(&sandbox, |page, _| {
        // Whether or not it comes across the damage, it ends and says so.
        let mut recovery = sandbox.sync().recovery;
        let found = sandbox.engine().verify(true);
        if found.map_or(true, |report| !report.gaps.is_empty()) {
            recovery = Some(recover(&sandbox));
            sandbox.sync();
        }
        sandbox.assert_whole();
        let after = memory(&sandbox);
        assert_eq!(after.transcripts, before.transcripts, "page {page}");
        // No source holds what stood in a file before it was rewritten.
        let lost = recovery.map_or_else(Vec::new, |recovery| recovery.lost);
        assert!(
            lost.iter().all(|lost| lost.is_earlier),
            "page {page}: {lost:?}"
        );
        if lost.is_empty() {
            assert_eq!(after.messages, before.messages, "page {page}");
        }
    });
}

#[test]
fn any_page_may_be_lost_while_there_is_a_backup() {
    let sandbox = read();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    back_up(&sandbox);
    for_each_page(&sandbox, |page, _| {
        let recovery = recover(&sandbox);
        assert_eq!(recovery.lost, [], "page {page}");
        assert_eq!(memory(&sandbox), before, "page {page}");
        sandbox.run(&["verify", "--deep"]).assert_code(0);
    });
}

#[test]
fn what_nothing_gives_is_named_to_the_byte() {
    let sandbox = read();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    let mut losses = 0;
    for_each_page(&sandbox, |page, _| {
        let recovery = recover(&sandbox);
        let after = memory(&sandbox);
        let mut missing: BTreeMap<String, u64> = BTreeMap::new();
        for (path, bytes) in &before.transcripts {
            let kept = after.transcripts.get(path).cloned().unwrap_or_default();
            assert!(bytes.starts_with(&kept), "page {page}: {}", path.display());
            if kept.len() < bytes.len() {
                let short = (bytes.len() - kept.len()) as u64;
                missing.insert(path.display().to_string(), short);
            }
        }
        let current = recovery.lost.iter().filter(|lost| !lost.is_earlier);
        let named: BTreeMap<String, u64> = current.map(|l| (l.path.clone(), l.bytes)).collect();
        assert_eq!(named, missing, "page {page}");
        let len = |texts: &[String]| texts.iter().map(String::len).sum::<usize>() as u64;
        let earlier = recovery.lost.iter().filter(|lost| lost.is_earlier);
        let earlier: u64 = earlier.map(|lost| lost.bytes).sum();
        assert_eq!(
            len(&after.earlier) + earlier,
            len(&before.earlier),
            "page {page}"
        );
        let held = recovery.before.expect("it tells");
        assert_eq!(
            held.transcripts,
            before.transcripts.len() as u64,
            "page {page}"
        );
        losses += recovery.lost.len();
    });
    assert!(losses > 0, "some pages hold the only copy of something");
}

/// Where a part of `content` stands in the database file, on one page.
fn place_of(sandbox: &Sandbox, content: &[u8]) -> usize {
    checkpoint(sandbox);
    let bytes = fs::read(sandbox.data().database()).expect("read");
    let mut parts = content.chunks_exact(40).skip(2);
    let found = parts.find_map(|part| bytes.windows(part.len()).position(|at| at == part));
    found.expect("it stands there")
}

#[test]
fn a_few_altered_bytes_are_found_named_and_recovered_from() {
    let sandbox = read();
    let before = memory(&sandbox);
    let frame: Vec<u8> = sandbox.ask_one(
        "SELECT frame FROM archive WHERE cursor_id = (SELECT c.id FROM cursor c
           JOIN transcript t ON t.id = c.transcript_id WHERE CAST(t.path AS TEXT) LIKE '%bob%')",
    );
    let blob: Vec<u8> = sandbox.ask_one("SELECT data FROM blob");
    let text = output("cyd", 50);
    let cases = [
        ("bob", &frame[..]),
        ("ada", &blob[..]),
        ("cyd", text.as_bytes()),
    ];
    let files = snapshot(&sandbox);
    for (name, needle) in cases {
        restore(&sandbox, &files);
        let at = place_of(&sandbox, needle);
        overwrite(&sandbox, at + 20, b"#&!?");
        let answer = sandbox.run(&["verify", "--deep"]).assert_code(1);
        assert!(answer.out.contains(&format!("{name}.jsonl")), "{answer:?}");
        assert!(
            answer.out.contains("altered") || answer.out.contains("damaged"),
            "{answer:?}"
        );
        assert!(answer.out.contains("sync --recover"), "{answer:?}");
        // Altered bytes are never given out as the agent's.
        let path = sandbox.path(&format!("garden/{name}.jsonl"));
        let export = sandbox.run(&["export", path.to_str().expect("UTF-8")]);
        assert_eq!(export.code, Some(1), "{}", export.err);
        let damaged = fs::read(sandbox.data().database()).expect("read");
        sandbox.run(&["sync", "--recover"]).assert_code(0);
        assert_kept(&sandbox, &damaged);
        sandbox.run(&["verify", "--deep"]).assert_code(0);
        assert_eq!(memory(&sandbox), before);
    }
}

#[test]
fn bytes_put_together_wrongly_are_not_taken_for_the_agents() {
    let sandbox = read();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    let bob = sandbox.path("garden/bob.jsonl");
    let database = Connection::open(sandbox.data().database()).expect("opened");
    let chunk = "cursor_id = (SELECT c.id FROM cursor c JOIN transcript t ON t.id = c.transcript_id
                   WHERE CAST(t.path AS TEXT) LIKE '%bob%')";
    let sql = format!("SELECT holes FROM archive WHERE {chunk}");
    let holes = database.query_row(&sql, [], |row| row.get::<_, Vec<u8>>(0));
    let mut holes = holes.expect("a chunk with holes");
    // Where the first content stood: every other sum in the chunk is still right.
    holes[0] ^= 1;
    let sql = format!("UPDATE archive SET holes = ?1 WHERE {chunk}");
    database.execute(&sql, [holes]).expect("altered");
    drop(database);
    let answer = sandbox.run(&["verify", "--deep"]).assert_code(1);
    assert!(answer.out.contains("bob.jsonl"), "{answer:?}");
    let recovery = recover(&sandbox);
    let (kept, whole) = (sandbox.export(&bob), &before.transcripts[&bob]);
    assert!(whole.starts_with(&kept) && kept.len() < whole.len());
    assert_eq!(recovery.lost.len(), 1);
    assert_eq!(recovery.lost[0].bytes, (whole.len() - kept.len()) as u64);
}

#[test]
fn a_damaged_page_is_reported_by_verify_and_not_backed_up() {
    let sandbox = read();
    checkpoint(&sandbox);
    let page: i64 = sandbox.ask_one("SELECT rootpage FROM sqlite_master WHERE name = 'record'");
    overwrite(&sandbox, (page as usize - 1) * PAGE, &[0; PAGE]);
    let answer = sandbox.run(&["verify", "--deep"]).assert_code(1);
    assert!(answer.out.contains("cannot be read"), "{answer:?}");
    assert!(answer.out.contains("sync --recover"), "{answer:?}");
    let error = sandbox
        .engine()
        .back_up(&Stop::default())
        .expect_err("damaged");
    assert_eq!(error.kind(), Kind::Damaged, "{error}");
    assert!(!sandbox.data().backups().join("scrollback.db").exists());
}

// The parts of a recovery.

#[test]
fn a_watch_recovers_and_goes_on() {
    let sandbox = read();
    let before = memory(&sandbox);
    checkpoint(&sandbox);
    overwrite(&sandbox, 0, &[0x5a; 100]);
    let (stop, mut told) = (Stop::default(), None);
    let engine = sandbox.engine();
    engine
        .watch(&stop, Arc::new(|| {}), &mut |notice| match notice {
            Notice::Recovered(recovery) => told = Some(recovery),
            Notice::CaughtUp => stop.request(),
            _ => {}
        })
        .expect("watched");
    let told = told.expect("it is told");
    assert_eq!(told.before.expect("readable").transcripts, 7);
    assert_eq!(told.lost, []);
    assert_eq!(memory(&sandbox), before);
}

#[test]
fn a_newer_damaged_database_and_an_older_backup_make_one() {
    let sandbox = read();
    back_up(&sandbox);
    sandbox.append("garden/bob.jsonl", talk("bob", 500..=700));
    sandbox.sync();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    // What the backup has is altered in the newer one; what came later is only there.
    let frame: Vec<Vec<u8>> = sandbox.ask(
        "SELECT frame FROM archive WHERE cursor_id = (SELECT c.id FROM cursor c
           JOIN transcript t ON t.id = c.transcript_id WHERE CAST(t.path AS TEXT) LIKE '%bob%')
         ORDER BY offset",
    );
    assert!(frame.len() > 1, "read in two pieces");
    let at = place_of(&sandbox, &frame[0]);
    overwrite(&sandbox, at, b"#&!?");
    let recovery = recover(&sandbox);
    assert_eq!(recovery.lost, []);
    assert_eq!(recovery.backups.len(), 1);
    assert_eq!(recovery.backups[0].amount.transcripts, 1);
    assert_eq!(memory(&sandbox), before);
}

#[test]
fn a_recovery_keeps_dates_and_its_account() {
    let sandbox = read();
    let dates =
        "SELECT CAST(path AS TEXT) || first_seen_ms || ifnull(missing_since_ms, '') || born_ns
                 FROM transcript ORDER BY path";
    let before: Vec<String> = sandbox.ask(dates);
    let recovery = recover(&sandbox);
    assert_eq!(sandbox.ask::<String>(dates), before);
    let account: String = sandbox.ask_one("SELECT value FROM meta WHERE name = 'recovery'");
    let account: Recovery = serde_json::from_str(&account).expect("JSON");
    assert_eq!(account, recovery);
    assert_eq!(
        Some(account.messages),
        recovery.before.expect("readable").messages
    );
}

#[test]
fn a_transcript_of_a_source_no_longer_read_is_recovered() {
    let sandbox = read();
    let before = memory(&sandbox);
    let elsewhere = Sandbox::new();
    let engine = {
        use std::sync::Arc;
        let source = scrollback_engine::transcript::Source {
            agent: "claude-code".into(),
            root: elsewhere.claude().into(),
        };
        let config =
            scrollback_engine::config::Config::new(sandbox.data().path(), vec![Arc::new(source)]);
        scrollback_engine::engine::Engine::new(config)
    };
    let recovery = engine
        .recover(&Stop::default(), &mut |_| {})
        .expect("recovered")
        .recovery
        .expect("an account");
    assert_eq!(recovery.lost, []);
    assert_eq!(memory(&sandbox), before);
}

#[test]
fn a_recovery_killed_at_any_moment_is_gone_on_with() {
    let sandbox = read();
    sandbox.write("garden/long.jsonl", talk("long", 1..=4000));
    sandbox.sync();
    remove_sources(&sandbox);
    sandbox.sync();
    let before = memory(&sandbox);
    checkpoint(&sandbox);
    overwrite(&sandbox, 0, &[0x5a; 100]);
    let damaged = fs::read(sandbox.data().database()).expect("read");
    for number in 0..8 {
        let mut command = sandbox.command(&["sync"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut sync = Running::of(command.spawn().expect("started"));
        std::thread::sleep(std::time::Duration::from_millis(number * 30));
        sync.kill();
    }
    sandbox.run(&["sync"]).assert_code(0);
    assert_kept(&sandbox, &damaged);
    assert_eq!(memory(&sandbox), before);
    sandbox.run(&["verify", "--deep"]).assert_code(0);
}

// Who is in the way.

#[test]
#[cfg(target_os = "linux")]
fn the_program_that_holds_the_database_is_named() {
    const HOLD: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()";
    let sandbox = read();
    let python = Command::new("python3")
        .args(["-c", HOLD])
        .arg(sandbox.data().database())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        support::corpus::skipped("the_program_that_holds_the_database_is_named", "no python3");
        return;
    };
    let mut held = String::new();
    let mut out = std::io::BufReader::new(python.stdout.take().expect("piped"));
    std::io::BufRead::read_line(&mut out, &mut held).expect("read");
    assert_eq!(held, "held\n");
    let found = scrollback_engine::store::holder_of(&sandbox.data().database());
    let holder = found.expect("found");
    assert_eq!(holder.pid, python.id());
    assert!(holder.name.contains("python"), "{holder:?}");
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    let reader = Reader::open(&sandbox.data())
        .expect("opened")
        .expect("there");
    let said = reader.explain(&rusqlite::Error::SqliteFailure(busy, None));
    let who = format!("{} (process {})", holder.name, holder.pid);
    assert!(said.to_string().contains(&who), "{said}");
    drop(python.stdin.take());
    python.wait().expect("ended");
    assert_eq!(
        scrollback_engine::store::holder_of(&sandbox.data().database()),
        None
    );
}

// The check-up.

#[test]
fn a_doctor_finds_nothing_wrong_and_leaves_nothing_behind() {
    let sandbox = read();
    sandbox.run(&["sync"]).assert_code(0);
    back_up(&sandbox);
    let before = sandbox.data_files();
    let answer = sandbox
        .run(&["doctor", "--deep", "--json"])
        .assert_code(0)
        .json();
    let checks = answer["checks"].as_array().expect("a list");
    let wrong: Vec<_> = checks
        .iter()
        .filter(|check| check["level"] == "problem")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let names: Vec<_> = checks
        .iter()
        .filter_map(|check| check["name"].as_str())
        .collect();
    for name in [
        "Config file",
        "Data folder",
        "Engine",
        "Database",
        "Archive",
        "Backups",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let answer = sandbox.run(&["doctor"]).assert_code(0);
    assert!(answer.out.contains("● Database"), "{}", answer.out);
    let after = sandbox.data_files();
    assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
    assert!(after == before, "nothing was written");
}

#[test]
fn a_doctor_names_what_is_wrong_and_what_to_do() {
    let sandbox = read();
    checkpoint(&sandbox);
    let found = |name: &str, arguments: &[&str]| {
        let answer = sandbox.run(arguments);
        let json = answer.json();
        let checks = json["checks"].as_array().expect("a list");
        let worst = checks.iter().filter(|check| check["name"] == name);
        let worst = worst
            .max_by_key(|check| check["level"].to_string())
            .expect("looked at");
        (
            answer.code,
            worst["level"].clone(),
            worst["remedy"].to_string(),
        )
    };
    let text = output("cyd", 50);
    let at = place_of(&sandbox, text.as_bytes());
    overwrite(&sandbox, at + 20, b"#&!?");
    let (code, level, remedy) = found("Archive", &["doctor", "--deep", "--json"]);
    assert_eq!((code, level), (Some(1), json!("problem")));
    assert!(remedy.contains("sync --recover"), "{remedy}");
    overwrite(&sandbox, 0, &[0x5a; 100]);
    let (code, level, _) = found("Database", &["doctor", "--json"]);
    assert_eq!((code, level), (Some(1), json!("problem")));
    sandbox.run(&["sync"]).assert_code(0);
    let (code, level, remedy) = found("Set aside", &["doctor", "--json"]);
    assert_eq!((code, level), (Some(0), json!("warning")));
    assert!(remedy.contains("delete"), "{remedy}");
    fs::set_permissions(sandbox.data().path(), fs::Permissions::from_mode(0o755)).expect("opened");
    let (_, level, remedy) = found("Data folder", &["doctor", "--json"]);
    assert_eq!(level, json!("warning"));
    assert!(remedy.contains("chmod"), "{remedy}");
}

#[test]
fn a_doctor_has_something_to_say_where_nothing_is() {
    let sandbox = Sandbox::bare();
    let answer = sandbox.run(&["doctor"]).assert_code(1);
    assert!(answer.out.contains("does not exist"), "{}", answer.out);
    assert!(!sandbox.data().path().exists(), "looking makes nothing");
}
