//! The two ways to hold the database: the one that writes, and those that read.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::explain::explain;
use super::retry::Patience;
use super::shard::SHARDS;
use super::{aside, integrity, migrations, open};
use crate::entry::Env;
use crate::error::Result;
use crate::paths::DataDir;
use crate::transcript::FileId;

/// The writing side: one connection, owned by the one writer.
#[derive(Debug)]
pub struct Store {
    pub(super) conn: Connection,
    pub(super) labels: HashMap<String, i64>,
    pub(super) envs: HashMap<Env, i64>,
    /// Messages that summaries name.
    pub(super) leaves: HashSet<String>,
    /// Rows stand that a version before 4 made.
    pub(super) has_unplaced: bool,
    /// How much memory it keeps pages in, as SQLite says it.
    cache: i32,
    /// The number of the next message, once one was given out.
    pub(super) next_message: Option<i64>,
}

/// The reading side: a connection that cannot write, with the words index attached.
#[derive(Debug)]
pub struct Reader {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    /// What it reads: the database and the files of the words index, as far as there are any.
    files: Vec<Option<FileId>>,
}

/// One moment of the database.
pub struct Snapshot<'r>(
    #[expect(dead_code, reason = "what it holds ends with it")] rusqlite::Transaction<'r>,
);

/// Ends a question that is being answered.
pub struct Interrupter(rusqlite::InterruptHandle);

impl Interrupter {
    /// The answer, if it is still being looked for, is an error of [`crate::error::Kind::Stopped`].
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl Store {
    /// Opens the database for writing, creating or migrating it. The caller holds the [`EngineLock`].
    pub fn open(dir: &DataDir) -> Result<Self> {
        aside::check(dir)?;
        let ended_badly = integrity::ended_badly(dir);
        let mut conn = open::writer(&dir.database())?;
        if ended_badly {
            integrity::quick_check(&conn, &dir.database())?;
        }
        migrations::run(&mut conn, dir)?;
        let leaves = leaves(&conn).map_err(|e| explain(&e, conn.path()))?;
        let has_unplaced = conn
            .prepare("SELECT 1 FROM session_part WHERE cursor_id = 0")
            .and_then(|mut part| part.exists([]))
            .map_err(|e| explain(&e, conn.path()))?;
        open::hand_over(&conn).map_err(|e| explain(&e, conn.path()))?;
        Ok(Self {
            conn,
            labels: HashMap::new(),
            envs: HashMap::new(),
            leaves,
            next_message: None,
            has_unplaced,
            cache: open::BACKLOG_CACHE,
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
                Ok(value) => {
                    patience.ends();
                    return Ok(value);
                }
                Err(error) => error,
            };
            self.undo();
            if !patience.waits_for(&error, self.conn.path()) {
                return Err(explain(&error, self.conn.path()));
            }
        }
    }

    /// What an error of this database means for the user.
    pub fn explain(&self, error: &rusqlite::Error) -> crate::error::Error {
        explain(error, self.conn.path())
    }

    /// Gives back memory: what is needed again is read again.
    pub fn rest(&mut self) {
        self.labels = HashMap::new();
        self.envs = HashMap::new();
        self.set_cache(open::LIVE_CACHE);
        rest(&self.conn);
    }

    /// A backlog is being written: more pages are held for it, until [`Store::rest`].
    pub fn expect_much(&mut self) {
        self.set_cache(open::BACKLOG_CACHE);
    }

    fn set_cache(&mut self, cache: i32) {
        if self.cache != cache {
            self.cache = cache;
            set_cache(&self.conn, cache);
        }
    }

    fn undo(&mut self) {
        if !self.conn.is_autocommit() {
            // The failure that brought us here is the one worth reporting.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
        // Numbers given out inside the transaction are void now.
        self.labels.clear();
        self.envs.clear();
        self.next_message = None;
    }

    /// Leaves the write-ahead log as it is, also when this is the last connection that closes: damage in it must not
    /// get into the database.
    pub fn leave_log(&self) {
        let flag = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.conn.set_db_config(flag, true) {
            tracing::error!(%error, "the log of a damaged database is moved into it");
        }
    }

    /// Moves what is in the write-ahead log into the database, as far as readers allow. Until then it is as safe
    /// in the log.
    pub fn checkpoint(&self) -> Result<()> {
        self.conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|e| self.explain(&e))
    }
}

impl Reader {
    /// Opens the database for reading; `None` when there is none yet.
    pub fn open(dir: &DataDir) -> Result<Option<Self>> {
        Self::open_with(dir, open::BUSY_TIMEOUT)
    }

    /// The same for a question that must not wait, asked again and again: a database that someone
    /// else has locked answers with an error, and little is held in memory.
    pub fn open_now(dir: &DataDir) -> Result<Option<Self>> {
        const MOMENT: Duration = Duration::from_millis(100);
        let reader = Self::open_with(dir, MOMENT)?;
        if let Some(reader) = &reader {
            open::make_small(&reader.conn).map_err(|e| reader.explain(&e))?;
        }
        Ok(reader)
    }

    fn open_with(dir: &DataDir, patience: Duration) -> Result<Option<Self>> {
        aside::check(dir)?;
        let (path, files) = (dir.database(), files_of(dir));
        Ok(open::reader(dir, patience)?.map(|conn| Self { conn, path, files }))
    }

    /// Whether the files it reads are still those of the folder. An error where they are not to be read.
    pub fn is_current(&self, dir: &DataDir) -> Result<bool> {
        aside::check(dir)?;
        Ok(self.files == files_of(dir))
    }

    /// Everything that is asked until it is dropped is asked of one moment.
    pub fn snapshot(&self) -> rusqlite::Result<Snapshot<'_>> {
        self.conn.unchecked_transaction().map(Snapshot)
    }

    /// What ends a question that is being answered, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.conn.get_interrupt_handle())
    }

    /// The database it reads.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// What an error of this database means for the user.
    pub fn explain(&self, error: &rusqlite::Error) -> crate::error::Error {
        explain(error, self.path.to_str())
    }
}

/// Which files stand where the database and the words index belong. As long as a reader has one open, no other
/// gets its number.
fn files_of(dir: &DataDir) -> Vec<Option<FileId>> {
    let index = SHARDS
        .iter()
        .flat_map(|shard| [shard.file(dir), shard.retired(dir)]);
    std::iter::once(dir.database())
        .chain(index)
        .map(|path| Some(FileId::of(&std::fs::metadata(path).ok()?)))
        .collect()
}

/// How much memory a connection may keep pages in.
pub fn set_cache(conn: &Connection, cache: i32) {
    if let Err(error) = conn.pragma_update(None, "cache_size", cache) {
        tracing::warn!(%error, "the memory of a connection stays as it was");
    }
}

/// Gives back the pages that a connection keeps in memory.
pub fn rest(conn: &Connection) {
    if let Err(error) = conn.release_memory() {
        tracing::warn!(%error, "memory is not given back");
    }
}

/// Messages that summaries name.
fn leaves(conn: &Connection) -> rusqlite::Result<HashSet<String>> {
    conn.prepare("SELECT DISTINCT leaf FROM summary")?
        .query_map([], |r| r.get(0))?
        .collect()
}
