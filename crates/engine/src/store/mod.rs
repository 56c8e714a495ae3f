//! SQLite: the only home of SQL. One writer ([`Store`]), any number of readers ([`Reader`]).
//!
//! | file | what |
//! |---|---|
//! | `open.rs` | connections, pragmas, and what makes a file ours |
//! | `migrations.rs`, `schema.sql` | the tables, and how an older file becomes a newer one |
//! | `lock.rs` | one engine per data folder |
//! | `retry.rs` | waiting for a database someone else holds |
//! | `transcripts.rs`, `rejects.rs` | files: cursors, record spans, lines not read |
//! | `archive.rs`, `template.rs`, `contents.rs` | the raw bytes, and what they refer to |
//! | `sessions.rs`, `messages.rs`, `tools.rs`, `attachments.rs` | what the files say |
//! | `events.rs` | the watcher's log |
//! | `words.rs`, `search.rs` | the words index, and asking it |
//! | `totals.rs`, `conversations.rs`, `sql.rs` | reading for faces |

mod archive;
mod attachments;
mod contents;
mod conversations;
mod events;
mod json_text;
mod lock;
mod messages;
mod migrations;
mod open;
mod path_bytes;
mod rejects;
mod retry;
mod search;
mod sessions;
mod sql;
mod template;
mod tools;
mod totals;
mod transcripts;
mod words;

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::Connection;

pub use archive::{Packed, pack};
pub use attachments::Blob;
pub use events::NewEvent;
pub use lock::{EngineLock, Holder};
pub use messages::{Inserted, NewMessage, Place};
pub use open::{file_sizes, schema_version};
pub use rejects::{NewReject, Outgrown};
pub use retry::Patience;
pub use sessions::SessionChange;
pub use sql::QUERY_LIMIT;
pub use template::{Cut, Form, content_hash};
pub use tools::{Answer, Call};
pub use totals::Totals;
pub use transcripts::{CursorId, Known, RecordKind, TranscriptId};
pub use words::{Indexer, SHARDS, Shard};

use crate::entry::Env;
use crate::error::Result;
use crate::paths::DataDir;

/// The writing side: one connection, owned by the one writer.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    labels: HashMap<String, i64>,
    envs: HashMap<Env, i64>,
    /// Leaves of summaries whose session is not known yet.
    open_leaves: std::collections::HashSet<String>,
}

/// The reading side: a connection that cannot write, with the words index attached.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the database for writing, creating or migrating it. The caller holds the [`EngineLock`].
    pub fn open(dir: &DataDir) -> Result<Self> {
        let mut conn = open::writer(&dir.database())?;
        migrations::run(&mut conn, dir)?;
        let open_leaves =
            sessions::open_leaves(&conn).map_err(|e| open::explain(&e, conn.path()))?;
        Ok(Self {
            conn,
            labels: HashMap::new(),
            envs: HashMap::new(),
            open_leaves,
        })
    }

    /// Runs `work` as one transaction. While someone else holds the database it waits and tries
    /// again with `patience`; every other error undoes the transaction and is returned.
    pub fn transact<T>(
        &mut self,
        patience: &mut Patience<'_>,
        mut work: impl FnMut(&mut Self) -> rusqlite::Result<T>,
    ) -> Result<T> {
        loop {
            let outcome = self.conn.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
                let value = work(self)?;
                self.conn.execute_batch("COMMIT")?;
                Ok(value)
            });
            let error = match outcome {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            self.undo();
            if !patience.waits_for(&error) {
                return Err(open::explain(&error, self.conn.path()));
            }
        }
    }

    /// What an error of this database means for the user.
    pub fn explain(&self, error: &rusqlite::Error) -> crate::error::Error {
        open::explain(error, self.conn.path())
    }

    fn undo(&mut self) {
        if !self.conn.is_autocommit() {
            // The failure that brought us here is the one worth reporting.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        // Numbers given out inside the transaction are void now.
        self.labels.clear();
        self.envs.clear();
    }

    /// Moves what is in the write-ahead log into the database, as far as readers allow.
    pub fn checkpoint(&self) {
        let _ = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

impl Reader {
    /// Opens the database for reading; `None` when there is none yet.
    pub fn open(dir: &DataDir) -> Result<Option<Self>> {
        let path = dir.database();
        Ok(open::reader(dir)?.map(|conn| Self { conn, path }))
    }

    /// What an error of this database means for the user.
    pub fn explain(&self, error: &rusqlite::Error) -> crate::error::Error {
        open::explain(error, self.path.to_str())
    }
}

/// Milliseconds since the epoch to `2026-01-02T03:04:05.678Z`.
pub fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |t| format!("{t:.3}"))
}

/// An ISO 8601 time to milliseconds since the epoch.
pub fn millis(iso: &str) -> Option<i64> {
    iso.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}
