//! What happens to files while nobody looks, or while we look elsewhere: edits under old times, between two
//! batches, in the middle of the first pass; folders that go and come back.

#![cfg(unix)]

mod support;

use std::fs;
use std::process::Stdio;
use std::time::SystemTime;

use scrollback_engine::health::State;
use support::program::{HANG, Running, wait_long, wait_until};
use support::records::{line, prompt, talk};
use support::sandbox::Sandbox;

const FILE: &str = "garden/ada.jsonl";
/// Lines of the large file, and bytes of each: several batches.
const LINES: u32 = 120;
const LONG: usize = 256 << 10;
/// How often it is tried to meet the moment between two batches.
const ATTEMPTS: u32 = 20;

/// A transcript of several batches, whose second line says this word.
fn large(word: &str) -> String {
    assert_eq!(word.len(), 8, "so that an edit changes no length");
    let filler = "oatmeal ".repeat(LONG / 8);
    let texts = (0..LINES).map(|number| match number {
        1 => word.to_owned(),
        _ => format!("{number} {filler}"),
    });
    let records = texts
        .zip(0..)
        .map(|(text, number)| prompt("ada", &format!("ada-{number}"), &text));
    records.map(|record| line(&record)).collect()
}

/// Bytes of the file that are committed.
fn committed(sandbox: &Sandbox) -> u64 {
    let path = sandbox.data().database();
    let Ok(database) = rusqlite::Connection::open_with_flags(
        path,
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
    ) else {
        return 0;
    };
    let offset = database.query_row("SELECT max(offset) FROM cursor", [], |r| {
        r.get::<_, Option<i64>>(0)
    });
    offset.ok().flatten().unwrap_or(0) as u64
}

/// Changes the second line in place, without changing its length.
fn edit(sandbox: &Sandbox) {
    let content = sandbox.content(FILE);
    let at = content
        .windows(8)
        .position(|word| word == b"hollyhoc")
        .expect("the word");
    sandbox.overwrite(FILE, at, "delphini");
}

fn assert_edited(sandbox: &Sandbox) {
    let found = sandbox.search("delphini");
    assert!(
        matches!(&found[..], [id] if id.starts_with("ada-1~")),
        "the new word: {found:?}"
    );
    assert_eq!(sandbox.search("hollyhoc").len(), 1, "the old one is kept");
    let gaps = sandbox.verify().gaps;
    assert!(gaps.is_empty(), "{gaps:?}");
    sandbox.assert_whole();
}

fn running(sandbox: &Sandbox, command: &str) -> Running {
    let mut command = sandbox.command(&[command]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Running::of(child.expect("started"))
}

fn timeless(sandbox: &Sandbox) {
    let file = fs::File::options().write(true).open(sandbox.path(FILE));
    file.and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
        .expect("dated");
}

#[test]
fn an_edit_of_a_file_without_a_time_is_found() {
    for grows in [true, false] {
        let sandbox = Sandbox::new();
        sandbox.write(
            FILE,
            talk("bob", 1..=1) + &line(&prompt("ada", "ada-1", "hollyhoc")) + &talk("ada", 2..=40),
        );
        timeless(&sandbox);
        sandbox.sync();
        edit(&sandbox);
        if grows {
            sandbox.append(FILE, talk("ada", 41..=42));
        }
        timeless(&sandbox);
        sandbox.sync();
        assert_edited(&sandbox);
    }
}

#[test]
fn an_edit_after_a_kill_between_two_batches_is_found() {
    let all = large("hollyhoc");
    // A machine may be so fast, or so busy, that all is committed when the first part is seen.
    let sandbox = (0..ATTEMPTS).map(|_| Sandbox::new()).find(|sandbox| {
        sandbox.write(FILE, &all);
        let mut sync = running(sandbox, "sync");
        wait_long("a part is committed", 4 * HANG, || committed(sandbox) > 0);
        sync.kill();
        committed(sandbox) < all.len() as u64
    });
    let sandbox = sandbox.expect("killed between two batches");
    edit(&sandbox);
    sandbox.sync();
    assert_edited(&sandbox);
}

#[test]
fn an_edit_in_the_middle_of_the_first_pass_is_found() {
    let all = large("hollyhoc");
    let begun = (0..ATTEMPTS).find_map(|_| {
        let sandbox = Sandbox::new();
        sandbox.write(FILE, &all);
        let watch = running(&sandbox, "watch");
        wait_long("a part is committed", 4 * HANG, || committed(&sandbox) > 0);
        edit(&sandbox);
        let is_in_the_middle = committed(&sandbox) < all.len() as u64;
        is_in_the_middle.then_some((sandbox, watch))
    });
    let (sandbox, watch) = begun.expect("edited in the middle");
    wait_long("the new word is found", 4 * HANG, || {
        sandbox.search("delphini").len() == 1
    });
    wait_long("it is at rest", 4 * HANG, || is_at_rest(&sandbox));
    assert_eq!(watch.terminate(), Some(0));
    assert_edited(&sandbox);
}

/// Files that are called gone.
fn gone(sandbox: &Sandbox) -> i64 {
    sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL")
}

fn is_at_rest(sandbox: &Sandbox) -> bool {
    matches!(sandbox.engine().status().state, State::Idle | State::Live)
}

#[test]
fn a_folder_that_went_and_came_back_is_there() {
    const FILES: u32 = 30;
    let sandbox = Sandbox::new();
    for number in 0..FILES {
        let session = format!("s{number}");
        sandbox.write(
            &format!("garden-{}/{session}.jsonl", number % 3),
            talk(&session, 1..=2),
        );
    }
    let watch = sandbox.start_watch();
    wait_until("it has caught up", || is_at_rest(&sandbox));
    let away = sandbox.home().join("away");
    fs::rename(sandbox.projects(), &away).expect("renamed");
    wait_long("the files are called gone", 4 * HANG, || {
        gone(&sandbox) == i64::from(FILES)
    });
    fs::rename(&away, sandbox.projects()).expect("renamed back");
    wait_long("they are there again", 4 * HANG, || gone(&sandbox) == 0);
    wait_until("it is at rest", || is_at_rest(&sandbox));
    assert_eq!(watch.terminate(), Some(0));
    let again = sandbox.start_watch();
    wait_until("so it is after a restart", || is_at_rest(&sandbox));
    assert_eq!(again.terminate(), Some(0));
    sandbox.assert_whole();
}

/// What was gone when the engine ended and is back before it starts is there, without being read again.
#[test]
fn files_that_came_back_while_nobody_looked_are_there() {
    let sandbox = Sandbox::new();
    sandbox.write(FILE, talk("ada", 1..=3));
    sandbox.sync();
    let away = sandbox.home().join("away");
    fs::rename(sandbox.path("garden"), &away).expect("renamed");
    sandbox.sync();
    assert_eq!(gone(&sandbox), 1);
    fs::rename(&away, sandbox.path("garden")).expect("renamed back");
    assert_eq!(sandbox.sync().bytes_read, 0);
    assert_eq!(gone(&sandbox), 0);
    sandbox.assert_whole();
}
