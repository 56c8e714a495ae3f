//! What a home holds after everything that happened to it, against what it must hold. In this
//! process, so that ten thousand homes can be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::sandbox::Sandbox;
use super::writer::word;

/// What was found wrong. All of it empty is the promise kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Stands on disk, is not stored.
    pub lost: Vec<String>,
    /// Stored more than once.
    pub doubled: Vec<String>,
    /// Stored, though nobody wrote it.
    pub invented: Vec<String>,
    /// What SQLite says of a file.
    pub unsound: Vec<String>,
    /// Bytes not accounted for, or not as on disk.
    pub gaps: Vec<String>,
}

impl Findings {
    /// Compares what is stored with the records that stand on disk and with all ever written.
    pub fn of(sandbox: &Sandbox, standing: &BTreeSet<String>, written: &BTreeSet<String>) -> Self {
        let mut stored = BTreeSet::new();
        let mut findings = Self::default();
        for id in sandbox.ask::<String>("SELECT id FROM messages WHERE type <> 'unreadable'") {
            if !stored.insert(id.clone()) {
                findings.doubled.push(id);
            }
        }
        findings.lost = standing.difference(&stored).cloned().collect();
        findings.invented = stored.difference(written).cloned().collect();
        findings.unsound = unsound(sandbox);
        findings.gaps = sandbox.spans_that_do_not_tile();
        let verified = sandbox.engine().verify(false).expect("verified");
        findings
            .gaps
            .extend(verified.gaps.iter().map(|gap| format!("{gap:?}")));
        let counted = sandbox.engine().status().store.messages;
        if counted != stored.len() as u64 {
            let said = format!("{counted} messages are counted, {} stored", stored.len());
            findings.doubled.push(said);
        }
        findings
    }
}

fn unsound(sandbox: &Sandbox) -> Vec<String> {
    let check = |file: PathBuf| {
        let said: String = Connection::open(&file)
            .and_then(|db| db.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
            .unwrap_or_else(|error| error.to_string());
        (said != "ok").then(|| format!("{}: {said}", file.display()))
    };
    databases(sandbox).into_iter().filter_map(check).collect()
}

/// The database and the files of the words index.
pub fn databases(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut files = shards(sandbox);
    files.push(sandbox.data().database());
    files
}

fn shards(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = fs::read_dir(sandbox.data().index_dir()).expect("an index");
    let files = folder.map(|entry| entry.expect("an entry").path());
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "db"))
        .collect()
}

/// The words index holds each of `ids` exactly once, under the row it belongs to.
pub fn assert_findable(sandbox: &Sandbox, ids: &BTreeSet<String>) {
    let database = sandbox.database();
    let mut rows = database
        .prepare("SELECT key, id FROM message")
        .expect("a query");
    let rows: BTreeMap<String, i64> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    let open = |path| Connection::open(path).expect("opened");
    let shards: Vec<Connection> = shards(sandbox).into_iter().map(open).collect();
    // What was cut off, and is kept as it was, has the word as well.
    let is_cut_off = |row: &i64| {
        rows.iter()
            .any(|(id, number)| number == row && id.starts_with("derived-"))
    };
    for id in ids {
        let mut matches: Vec<i64> = shards.iter().flat_map(|shard| found(shard, id)).collect();
        matches.retain(|row| !is_cut_off(row));
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
