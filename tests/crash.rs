//! kill -9 in the middle of a bootstrap loses nothing and doubles nothing. Real processes, real
//! kills; `chaos.rs` does the same to a watch while agents write.
//!
//! `SCROLLBACK_SEED` repeats what a failure names.

#![cfg(unix)]

mod support;

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use support::program::Running;
use support::proof::assert_findable;
use support::records::{line, prompt};
use support::sandbox::Sandbox;
use support::writer::word;

/// Chance, told aloud so that it can be repeated.
fn chance(what: &str) -> fastrand::Rng {
    let given = std::env::var("SCROLLBACK_SEED").ok();
    let seed = given.map_or_else(|| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    eprintln!("{what}: SCROLLBACK_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn pause(rng: &mut fastrand::Rng, millis: std::ops::Range<u64>) {
    thread::sleep(Duration::from_millis(rng.u64(millis)));
}

/// After everything: what `standing` names is stored once and found once, and all is whole.
fn assert_nothing_lost(sandbox: &Sandbox, standing: &BTreeSet<String>) -> BTreeSet<String> {
    sandbox.run(&["sync", "--json"]).assert_code(0);
    sandbox.run(&["verify", "--deep"]).assert_code(0);
    sandbox.assert_whole();
    sandbox.assert_sound();
    let stored: Vec<String> = sandbox.ask("SELECT id FROM messages WHERE type <> 'unreadable'");
    let rows: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(rows.len(), stored.len(), "nothing is doubled");
    let lost: Vec<_> = standing.difference(&rows).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_findable(sandbox, &rows);
    let tally = sandbox.sync().messages;
    assert_eq!(tally, rows.len() as u64, "the count kept aside is right");
    rows
}

/// About 30 MB of conversations in 40 files; the ids of all messages.
fn write_much(sandbox: &Sandbox, rng: &mut fastrand::Rng) -> BTreeSet<String> {
    let vocabulary: Vec<String> = (0..2000)
        .map(|_| (0..rng.usize(2..9)).map(|_| rng.lowercase()).collect())
        .collect();
    let mut ids = BTreeSet::new();
    for file in 0..40 {
        let mut content = String::new();
        while content.len() < 750_000 {
            let id = format!("ada-{:06}", ids.len());
            let mut text = word(&id);
            for _ in 0..400 {
                text.push(' ');
                text.push_str(&vocabulary[rng.usize(0..vocabulary.len())]);
            }
            content += &line(&prompt(&format!("s{file}"), &id, &text));
            ids.insert(id);
        }
        sandbox.write(&format!("garden-{}/s{file}.jsonl", file % 7), content);
    }
    ids
}

#[test]
fn a_bootstrap_killed_again_and_again_ends_complete() {
    let mut rng = chance("a bootstrap");
    let sandbox = Sandbox::new();
    let ids = write_much(&sandbox, &mut rng);
    let mut kills = 0;
    for _ in 0..12 {
        let mut command = sandbox.command(&["sync", "--json"]);
        command.stdout(std::process::Stdio::null());
        let mut running = Running::of(command.spawn().expect("started"));
        pause(&mut rng, 5..250);
        if !running.is_alive() {
            break;
        }
        running.kill();
        kills += 1;
        if has_tables(&sandbox) {
            // What is committed is whole at any moment, not only at the end.
            sandbox.assert_spans_tile();
        }
    }
    assert!(kills > 0, "at least once it was killed before its end");
    let rows = assert_nothing_lost(&sandbox, &ids);
    assert!(rows == ids, "and nothing was invented");
}

/// Whether a killed start got as far as making the tables.
fn has_tables(sandbox: &Sandbox) -> bool {
    let path = sandbox.data().database();
    let count = |db: Connection| {
        db.query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    path.exists() && Connection::open(path).and_then(count).is_ok_and(|n| n > 0)
}
