//! A database that is foreign, from the future, locked or gone: a clear line, the right exit code,
//! and nothing overwritten. A damaged one is for `damage.rs`.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use support::program::Answer;
use support::records::{ids, talk, word};
use support::sandbox::Sandbox;

/// A home in which three records have been read.
fn synced() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=3));
    sandbox.run(&["sync"]).assert_code(0);
    sandbox
}

/// Every command that needs the database says `why` in a line or two, and leaves the file alone.
fn assert_refused(sandbox: &Sandbox, why: &str) {
    let path = sandbox.data().database();
    let before = fs::read(&path).expect("read");
    for command in [
        &["sync"][..],
        &["watch"],
        &["sync", "--recover"],
        &["search", "garden"],
        &["sessions"],
        &["sql", "SELECT 1"],
        &["verify"],
    ] {
        let answer = sandbox.run(command).assert_code(1);
        assert!(answer.err.contains(why), "{command:?}: {answer:?}");
        assert!(
            answer.err.contains("scrollback.db"),
            "{command:?}: {answer:?}"
        );
        assert_brief(&answer);
    }
    assert!(
        fs::read(&path).expect("read") == before,
        "the file is as it was"
    );
}

/// What happened, and what to do: no more. What is about to be done may be said before.
fn assert_brief(answer: &Answer) {
    let lines = answer.err.lines();
    let lines: Vec<&str> = lines
        .skip_while(|line| !line.starts_with("scrollback: "))
        .collect();
    assert!(matches!(lines.len(), 1 | 2), "{lines:#?}");
    assert!(lines[0].starts_with("scrollback: "), "{lines:#?}");
}

#[test]
fn a_database_of_another_program_is_not_touched() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    fs::create_dir_all(sandbox.data().path()).expect("made");
    let other = Connection::open(sandbox.data().database()).expect("opened");
    other
        .execute_batch("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup');")
        .expect("written");
    drop(other);
    assert_refused(&sandbox, "another program");
}

#[test]
fn a_database_from_the_future_is_not_touched() {
    let sandbox = synced();
    let database = Connection::open(sandbox.data().database()).expect("opened");
    database
        .pragma_update(None, "user_version", 99)
        .expect("set");
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("checkpointed");
    drop(database);
    assert_refused(&sandbox, "later Scrollback");
}

#[test]
fn an_empty_file_is_filled_anew() {
    let sandbox = synced();
    fs::write(sandbox.data().database(), "").expect("emptied");
    sandbox.run(&["sync"]).assert_code(0);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    assert_eq!(sandbox.search(&word("ada", 2)), ["ada-2"]);
    sandbox.assert_whole();
}

#[test]
fn nothing_stored_yet_is_said_and_nothing_is_made() {
    let sandbox = Sandbox::new();
    for command in [
        &["search", "garden"][..],
        &["sessions"],
        &["sql", "SELECT 1"],
    ] {
        let answer = sandbox.run(command).assert_code(1);
        assert!(answer.err.contains("scrollback sync"), "{answer:?}");
        assert_brief(&answer);
    }
    sandbox.run(&["status"]).assert_code(3);
    assert!(!sandbox.data().path().exists(), "asking makes nothing");
}

#[test]
fn a_locked_database_is_waited_for() {
    let sandbox = synced();
    sandbox.append("garden/ada.jsonl", talk("ada", 4..=4));
    let other = Connection::open(sandbox.data().database()).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let holder = thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        other.execute_batch("ROLLBACK").expect("let go");
    });
    let report = sandbox.run(&["sync", "--json"]).assert_code(0).json();
    holder.join().expect("let go");
    assert_eq!(report["messages"], 4);
    sandbox.assert_whole();
}

fn shards(sandbox: &Sandbox) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(sandbox.data().index_dir()).expect("an index");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "db"))
        .collect()
}

fn assert_all_found(sandbox: &Sandbox) {
    sandbox.run(&["sync"]).assert_code(0);
    for number in 1..=3 {
        assert_eq!(
            sandbox.search(&word("ada", number)),
            [format!("ada-{number}")]
        );
    }
    sandbox.assert_sound();
}

#[test]
fn an_index_that_is_gone_is_made_anew() {
    let sandbox = synced();
    fs::remove_dir_all(sandbox.data().index_dir()).expect("deleted");
    // Until then a search finds nothing and says why.
    let answer = sandbox.run(&["search", "garden"]).assert_code(1);
    assert!(answer.err.contains("not searchable yet"), "{answer:?}");
    assert_all_found(&sandbox);
}

#[test]
fn an_index_that_is_damaged_is_made_anew() {
    let sandbox = synced();
    for shard in shards(&sandbox) {
        fs::write(shard, "not a database, and long enough to tell".repeat(100)).expect("damaged");
    }
    assert_all_found(&sandbox);
}

/// As a crash leaves it that falls into a write: the journal says how to undo it.
fn leave_half_written(shard: &std::path::Path) {
    let journal = |path: &std::path::Path| path.with_extension("db-journal");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("half.db");
    let database = rusqlite::Connection::open(&file).expect("opened");
    let begin = "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA cache_size = 2; BEGIN;";
    database.execute_batch(begin).expect("begun");
    for _ in 0..200 {
        database
            .execute("INSERT INTO t VALUES (randomblob(2000))", [])
            .expect("written");
    }
    fs::copy(journal(&file), journal(shard)).expect("the journal");
    fs::copy(&file, shard).expect("the file");
}

#[test]
fn an_index_cut_off_in_a_write_is_made_anew() {
    let sandbox = synced();
    for shard in shards(&sandbox) {
        leave_half_written(&shard);
    }
    sandbox.run(&["status", "--json"]).assert_code(3);
    assert_all_found(&sandbox);
}

#[test]
fn an_index_damaged_in_the_middle_is_made_anew() {
    let sandbox = synced();
    for shard in shards(&sandbox) {
        let mut bytes = fs::read(&shard).expect("read");
        // All but the first pages, which say whose index it is.
        bytes[4 * 4096..].fill(0x5a);
        fs::write(shard, bytes).expect("damaged");
    }
    let answer = sandbox.run(&["search", &word("ada", 2)]);
    assert!(answer.err.contains("scrollback doctor"), "{answer:?}");
    let answer = sandbox.run(&["doctor"]).assert_code(1);
    assert!(answer.out.contains("/index"), "{answer:?}");
    assert_all_found(&sandbox);
    sandbox.run(&["doctor"]).assert_code(0);
    assert!(
        sandbox.data().all_set_aside().is_empty(),
        "nothing else was damaged"
    );
}

#[test]
fn an_index_whose_damage_shows_when_it_is_written_is_made_anew() {
    let sandbox = synced();
    for shard in shards(&sandbox) {
        let index = Connection::open(shard).expect("opened");
        index
            .execute("UPDATE words_data SET block = x'00ff00ff00ff'", [])
            .expect("damaged");
    }
    sandbox.append("garden/ada.jsonl", talk("ada", 4..=4));
    sandbox.run(&["sync"]).assert_code(0);
    for number in 1..=4 {
        assert_eq!(
            sandbox.search(&word("ada", number)),
            [format!("ada-{number}")]
        );
    }
    assert!(
        sandbox.data().all_set_aside().is_empty(),
        "nothing else was damaged"
    );
}

#[test]
fn an_index_of_another_database_is_made_anew() {
    let other = Sandbox::new();
    other.write("garden/eve.jsonl", talk("eve", 1..=9));
    other.run(&["sync"]).assert_code(0);
    let sandbox = synced();
    for shard in shards(&sandbox) {
        let name = shard.file_name().expect("a name");
        fs::copy(other.data().index_dir().join(name), &shard).expect("copied");
    }
    assert_all_found(&sandbox);
    assert_eq!(
        sandbox.search(&word("eve", 1)),
        [""; 0],
        "nothing of the other"
    );
}

#[test]
fn a_query_only_reads() {
    let sandbox = synced();
    let before = sandbox.data_files();
    for query in [
        "DELETE FROM message",
        "UPDATE session SET custom_title = 'x'",
        "DROP TABLE message",
        "CREATE TABLE mine (x)",
        "INSERT INTO label (text) VALUES ('x')",
        "PRAGMA user_version = 7",
        "VACUUM",
        "ATTACH 'mine.db' AS mine",
        "SELECT 1; DELETE FROM message",
    ] {
        let answer = sandbox.run(&["sql", query]);
        assert_eq!(answer.code, Some(1), "{query}: {answer:?}");
        assert_brief(&answer);
    }
    for query in ["SELEC 1", "SELECT * FROM nowhere", "", "/* nothing */"] {
        let answer = sandbox.run(&["sql", query]);
        assert_eq!(answer.code, Some(1), "{query}: {answer:?}");
        assert_brief(&answer);
    }
    let answer = sandbox.run(&["sql", "SELECT count(*) AS n FROM messages", "--json"]);
    assert_eq!(answer.assert_code(0).json()[0]["n"], 3);
    assert!(sandbox.data_files() == before, "nothing was changed");
    assert!(!Path::new("mine.db").exists());
}

#[test]
fn an_unknown_or_ambiguous_session_is_said() {
    let sandbox = synced();
    sandbox.write("garden/adam.jsonl", talk("adam", 1..=1));
    sandbox.write("garden/adele.jsonl", talk("adele", 1..=1));
    sandbox.run(&["sync"]).assert_code(0);
    for command in [&["show", "nobody"][..], &["export", "nobody"]] {
        let answer = sandbox.run(command).assert_code(1);
        assert!(answer.err.contains("nobody"), "{answer:?}");
        assert_brief(&answer);
    }
    let answer = sandbox.run(&["show", "ad"]).assert_code(1);
    assert!(answer.err.contains("adam") && answer.err.contains("adele"));
    sandbox.run(&["show", "adam"]).assert_code(0);
    sandbox.run(&["show", "adel"]).assert_code(0);
    let exported = sandbox.run(&["export", "ada"]).assert_code(0);
    assert_eq!(exported.out, talk("ada", 1..=3));
}

#[test]
fn everything_of_ours_is_for_its_owner_only() {
    let sandbox = synced();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(sandbox.data().path()), 0o700);
    let lock = sandbox.data().lock();
    for path in sandbox.data_files().keys().chain([&lock]) {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
}
