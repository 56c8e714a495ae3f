//! kill -9 at any moment loses nothing and doubles nothing: in the middle of a bootstrap, and while
//! an agent writes. Real processes, real kills.
//!
//! `SCROLLBACK_SCHEDULES` is how many schedules of live writing are tried, `SCROLLBACK_SEED` repeats
//! the one that a failure names.

#![cfg(unix)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use support::program::Running;
use support::records::{line, prompt};
use support::sandbox::Sandbox;
use support::writer::{Agent, Step, word};

/// Chance, told aloud so that it can be repeated.
fn chance(what: &str, number: u64) -> fastrand::Rng {
    let given = std::env::var("SCROLLBACK_SEED").ok();
    let seed = given.map_or_else(
        || fastrand::u64(..).wrapping_add(number),
        |seed| seed.parse().expect("a number"),
    );
    eprintln!("{what}: SCROLLBACK_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn pause(rng: &mut fastrand::Rng, millis: std::ops::Range<u64>) {
    thread::sleep(Duration::from_millis(rng.u64(millis)));
}

/// The words index holds each of `ids` exactly once, under the row it belongs to.
fn assert_findable(sandbox: &Sandbox, ids: &BTreeSet<String>) {
    let database = sandbox.database();
    let mut rows = database
        .prepare("SELECT key, id FROM message")
        .expect("a query");
    let rows: BTreeMap<String, i64> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    let folder = fs::read_dir(sandbox.data().index_dir()).expect("an index");
    let shards: Vec<Connection> = folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "db"))
        .map(|path| Connection::open(path).expect("opened"))
        .collect();
    for id in ids {
        let matches: Vec<i64> = shards.iter().flat_map(|shard| found(shard, id)).collect();
        assert_eq!(matches, [rows[id]], "{id} is found once");
    }
}

fn found(shard: &Connection, id: &str) -> Vec<i64> {
    let mut search = shard
        .prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1")
        .expect("a query");
    let rows = search.query_map([word(id)], |row| row.get(0));
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

/// After everything: what `standing` names is stored once and found once, and all is whole.
fn assert_nothing_lost(sandbox: &Sandbox, standing: &BTreeSet<String>) -> BTreeSet<String> {
    sandbox.run(&["sync", "--json"]).assert_code(0);
    sandbox.run(&["verify", "--deep"]).assert_code(0);
    sandbox.assert_whole();
    sandbox.assert_sound();
    let stored: Vec<String> = sandbox.ask("SELECT id FROM messages");
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
    let mut rng = chance("a bootstrap", 0);
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

#[test]
fn a_watch_killed_while_agents_write_ends_complete() {
    let schedules = std::env::var("SCROLLBACK_SCHEDULES")
        .ok()
        .map_or(3, |count| count.parse().expect("a number"));
    for number in 0..schedules {
        live_schedule(chance("live writing", number));
    }
}

fn live_schedule(mut rng: fastrand::Rng) {
    let sandbox = Sandbox::new();
    let is_over = AtomicBool::new(false);
    let agents: Vec<Agent> = thread::scope(|scope| {
        let write = |name: &'static str, mut rng: fastrand::Rng| {
            let folder = sandbox.path(&format!("garden-{name}"));
            let is_over = &is_over;
            scope.spawn(move || {
                let mut agent = Agent::new(name, &folder, 3);
                while !is_over.load(Ordering::SeqCst) {
                    agent.take(&Step::random(&mut rng, 3));
                    pause(&mut rng, 0..6);
                }
                agent
            })
        };
        let agents = [write("ada", rng.fork()), write("bob", rng.fork())];
        for _ in 0..3 {
            let mut watch = sandbox.start_watch();
            pause(&mut rng, 50..700);
            assert!(watch.is_alive(), "it ends only when it is killed");
            watch.kill();
            pause(&mut rng, 0..50);
        }
        let watch = sandbox.start_watch();
        pause(&mut rng, 200..600);
        is_over.store(true, Ordering::SeqCst);
        let agents = agents.map(|agent| agent.join().expect("written"));
        assert_eq!(watch.terminate(), Some(0), "it ends when asked to");
        agents.into()
    });

    sandbox.run(&["sync", "--json"]).assert_code(0);
    // A change hidden by another one right after it is found once the file looks new again.
    for path in agents.iter().flat_map(Agent::paths) {
        let file = fs::File::options().write(true).open(path).expect("opened");
        file.set_modified(SystemTime::now()).expect("touched");
    }
    let standing = agents.iter().flat_map(Agent::standing).collect();
    let rows = assert_nothing_lost(&sandbox, &standing);
    let written: BTreeSet<String> = agents
        .iter()
        .flat_map(|agent| agent.written().clone())
        .collect();
    let invented: Vec<_> = rows.difference(&written).collect();
    assert!(invented.is_empty(), "invented: {invented:?}");
}
