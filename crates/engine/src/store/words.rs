//! The words index: FTS5 in files of its own, so that it is written beside the rows.
//!
//! Each shard follows the rows by a watermark that moves in the same transaction as its entries.
//! A crash can therefore leave the index behind the rows, never apart from them; the next step
//! goes on where the watermark stands. An entry has the number of its message.
//!
//! Beside the words stand what else a search asks for: marks ([`super::marks`]) as words of their own, the
//! vocabulary ([`super::vocabulary`]) to find parts of words in, and the times of runs of messages
//! ([`super::zones`]) to find the newest first.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::explain::{explain, is_damaged};
use super::facts::{self, Facts};
use super::handle::{rest, set_cache};
use super::indexed::{self, Text, Tools};
use super::open;
use super::shard::{SHARDS, Shard, VERSION};
use super::vocabulary::{self, Vocabulary};
use super::zones::{self, Zones};
use crate::error::{Error, Kind, Result};
use crate::paths::{DataDir, private_folder};

/// Messages let go of in one transaction of the index, at most.
const STALE_AT_ONCE: usize = 100;

/// Messages of one step from which there is a backlog.
const MANY: usize = 200;
/// Messages after which the segments are merged, once there is time.
const WORTH_MERGING: usize = 4_000;
/// Segments of one level that are merged while indexing. A backlog ends with a merge of its own,
/// so merging early would be done twice.
const AUTOMERGE: u32 = 16;
/// Pages written in one step of a merge, about.
const MERGE_PAGES: i64 = 500;

/// Follows the rows with one shard.
#[derive(Debug)]
pub struct Indexer {
    shard: Shard,
    rows: Connection,
    index: Connection,
    watermark: i64,
    /// The last stale entry that was let go of.
    drained: i64,
    /// It has once held all there was: nobody asks an earlier one any more.
    is_whole: bool,
    vocabulary: Vocabulary,
    /// Messages indexed since the segments were last merged.
    unmerged: usize,
    /// It was damaged, and made anew, since it was opened.
    is_remade: bool,
    /// It keeps little memory.
    is_resting: bool,
    dir: DataDir,
}

/// What failed: the rows that are read, or the index that is written.
enum Fault {
    Rows(rusqlite::Error),
    Index(rusqlite::Error),
}

impl Indexer {
    /// Opens a shard for writing. The caller holds the engine's lock.
    ///
    /// An index that belongs to another database, is damaged, or is ahead of the rows (their last
    /// commits were lost with the power) is made anew: everything in it can be.
    pub fn open(dir: &DataDir, shard: Shard) -> Result<Self> {
        let (database, file) = (dir.database(), shard.file(dir));
        let fail = |e: rusqlite::Error| explain(&e, file.to_str());
        let rows = open::background_reader(&database).map_err(fail)?;
        if let Ok(index) = open::shard_writer(&file)
            && let Ok(Some((watermark, drained, is_whole))) = Self::follows(&index, &rows)
        {
            return Ok(Self {
                shard,
                rows,
                index,
                watermark,
                drained,
                is_whole,
                vocabulary: Vocabulary::default(),
                unmerged: 0,
                is_remade: false,
                is_resting: false,
                dir: dir.clone(),
            });
        }
        retire(dir, shard);
        let index = Self::anew(dir, shard, &rows)?;
        Ok(Self {
            shard,
            rows,
            index,
            watermark: 0,
            drained: 0,
            is_whole: false,
            vocabulary: Vocabulary::default(),
            unmerged: 0,
            is_remade: false,
            is_resting: false,
            dir: dir.clone(),
        })
    }

    fn anew(dir: &DataDir, shard: Shard, rows: &Connection) -> Result<Connection> {
        let (folder, file) = (dir.index_dir(), shard.file(dir));
        let fail = |e: rusqlite::Error| explain(&e, file.to_str());
        private_folder(&folder).map_err(|e| Error::io("create the folder", &folder, e))?;
        remove(&file)?;
        let index = open::shard_writer(&file).map_err(fail)?;
        let owner = store_id(rows).map_err(|e| explain(&e, rows.path()))?;
        Self::create(&index, shard, &owner).map_err(fail)?;
        Ok(index)
    }

    /// The watermark of an index that belongs to these rows, what it has let go of, and whether it was
    /// ever whole.
    fn follows(
        index: &Connection,
        rows: &Connection,
    ) -> rusqlite::Result<Option<(i64, i64, bool)>> {
        let version: i64 = index.pragma_query_value(None, "user_version", |r| r.get(0))?;
        if version != VERSION {
            return Ok(None);
        }
        let (owner, watermark, drained, is_whole): (String, i64, i64, bool) = index.query_row(
            "SELECT store_id, watermark, drained, is_whole FROM state",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )?;
        // Fails where FTS5 cannot find its own tables.
        index.prepare("SELECT 1 FROM words WHERE rowid = 0")?;
        Ok(
            (owner == store_id(rows)? && watermark <= last_message(rows)?)
                .then_some((watermark, drained, is_whole)),
        )
    }

    fn create(index: &Connection, shard: Shard, owner: &str) -> rusqlite::Result<()> {
        let columns = shard.columns().map(|(name, _)| name).join(", ");
        index.execute_batch(&format!(
            "BEGIN;
             CREATE TABLE state (store_id TEXT NOT NULL, watermark INTEGER NOT NULL,
               drained INTEGER NOT NULL, is_whole INTEGER NOT NULL);
             CREATE VIRTUAL TABLE words USING fts5(
               {columns}, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
             INSERT INTO words (words, rank) VALUES ('automerge', {AUTOMERGE});
             {}
             {}
             {}
             PRAGMA user_version = {VERSION};
             COMMIT;",
            vocabulary::CREATE,
            zones::CREATE,
            facts::CREATE,
        ))?;
        index.execute("INSERT INTO state VALUES (?1, 0, 0, 0)", [owner])?;
        Ok(())
    }

    /// Indexes the next messages in one transaction; false when there are none left. Where the
    /// index turns out damaged, it is made anew.
    pub fn step(&mut self) -> Result<bool> {
        let outcome = self.try_step();
        if outcome.is_err() {
            self.vocabulary.undo();
        }
        match outcome {
            Err(Fault::Index(error)) if is_damaged(&error) && !self.is_remade => self.remake(),
            outcome => outcome.map_err(|fault| self.explain(&fault)),
        }
    }

    /// Begins again from nothing: what it holds is damaged.
    pub fn remake(&mut self) -> Result<bool> {
        // Lets go of the file.
        let nothing = Connection::open_in_memory();
        self.index = nothing.map_err(|e| self.explain(&Fault::Index(e)))?;
        self.index = Self::anew(&self.dir, self.shard, &self.rows)?;
        (self.watermark, self.drained) = (0, 0);
        (self.is_whole, self.is_remade) = (false, true);
        Ok(true)
    }

    fn explain(&self, fault: &Fault) -> Error {
        match fault {
            Fault::Rows(error) => explain(error, self.rows.path()),
            // Nothing is lost with it, so it is not the damage that is recovered from.
            Fault::Index(error) if is_damaged(error) => {
                let file = self.shard.file(&self.dir);
                let what = format!("{} is damaged again ({error})", file.display());
                Error::new(Kind::Database, what)
                    .with_remedy("check the disk; the index is made anew by the next start")
            }
            Fault::Index(error) => explain(error, self.index.path()),
        }
    }

    fn try_step(&mut self) -> Result<bool, Fault> {
        // One snapshot, so that the watermark never passes a row we did not see.
        let snapshot = self.rows.unchecked_transaction().map_err(Fault::Rows)?;
        let last = last_message(&snapshot).map_err(Fault::Rows)?;
        let stale = stale_after(&snapshot, self.drained, self.shard).map_err(Fault::Rows)?;
        if last <= self.watermark && stale.is_empty() {
            drop(snapshot);
            return self.is_complete().map(|()| false);
        }
        let (texts, is_whole) =
            indexed::texts_after(&snapshot, self.watermark, self.shard).map_err(Fault::Rows)?;
        let reached = match texts.last() {
            Some(text) if !is_whole => text.facts.id,
            _ => last,
        };
        let tx = self.index.unchecked_transaction().map_err(Fault::Index)?;
        // Before what is new: an entry is only there if its message was indexed.
        for stale in &stale {
            if stale.message <= self.watermark {
                let facts = match stale.columns {
                    Some(_) => None,
                    None => {
                        Facts::read(&snapshot, "message", stale.message).map_err(Fault::Rows)?
                    }
                };
                stale.drain(&tx, self.shard, facts).map_err(Fault::Index)?;
            }
        }
        if self.is_resting && texts.len() >= MANY {
            self.is_resting = false;
            set_cache(&self.index, open::SHARD_BACKLOG_CACHE);
        }
        let drained = stale.last().map_or(self.drained, |stale| stale.id);
        let mut zones = Zones::default();
        for text in &texts {
            let tools = indexed::tools(&snapshot, text).map_err(Fault::Rows)?;
            insert(&tx, self.shard, text, &tools, &mut self.vocabulary).map_err(Fault::Index)?;
            zones.add(text.facts.id, text.facts.time_ms);
            text.facts.write(&tx).map_err(Fault::Index)?;
        }
        let arrive = |vocabulary: &mut Vocabulary| {
            vocabulary.write(&tx)?;
            zones.write(&tx)?;
            tx.prepare_cached("UPDATE state SET watermark = ?1, drained = ?2")?
                .execute([reached, drained])
        };
        arrive(&mut self.vocabulary).map_err(Fault::Index)?;
        tx.commit().map_err(Fault::Index)?;
        (self.watermark, self.drained) = (reached, drained);
        self.unmerged += texts.len() + stale.len();
        let has_more = !is_whole || stale.len() == STALE_AT_ONCE;
        drop(snapshot);
        if !has_more {
            self.is_complete()?;
        }
        Ok(has_more)
    }

    /// It holds all there is: from now on it is the one that is asked.
    fn is_complete(&mut self) -> Result<(), Fault> {
        if self.is_whole {
            return Ok(());
        }
        self.index
            .execute("UPDATE state SET is_whole = 1", [])
            .map_err(Fault::Index)?;
        self.is_whole = true;
        self.is_remade = false;
        if let Err(error) = remove(&self.shard.retired(&self.dir)) {
            // Nobody asks it any more; the next version takes its place.
            tracing::warn!(%error, "an index of an earlier version stays");
        }
        Ok(())
    }

    /// The last entry of what is stale that it has let go of.
    pub fn drained(&self) -> i64 {
        self.drained
    }

    /// Whether so much was indexed at once that merging the segments pays: the index shrinks by a
    /// seventh and answers from one segment.
    pub fn is_fragmented(&self) -> bool {
        self.unmerged >= WORTH_MERGING
    }

    /// Merges a little; false when there is nothing left to merge. Small steps, so that new
    /// messages do not wait.
    pub fn merge_step(&mut self) -> Result<bool> {
        match self.try_merge() {
            Err(error) if is_damaged(&error) && !self.is_remade => self.remake(),
            outcome => outcome.map_err(|error| self.explain(&Fault::Index(error))),
        }
    }

    fn try_merge(&mut self) -> rusqlite::Result<bool> {
        let changes = |index: &Connection| {
            index.query_row("SELECT total_changes()", [], |r| r.get::<_, i64>(0))
        };
        let before = changes(&self.index)?;
        // A negative number begins to merge everything; the same again goes on with it.
        self.index
            .prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?1)")?
            .execute([-MERGE_PAGES])?;
        // The command itself counts as one change.
        if changes(&self.index)? - before > 1 {
            return Ok(true);
        }
        self.unmerged = 0;
        self.vocabulary.put_in_order(&self.index)?;
        // Gives back one page a row.
        let mut vacuum = self.index.prepare("PRAGMA incremental_vacuum")?;
        let mut pages = vacuum.query([])?;
        while pages.next()?.is_some() {}
        Ok(false)
    }

    /// Gives back memory: what is needed again is read again.
    pub fn rest(&mut self) {
        self.vocabulary.rest();
        self.is_resting = true;
        set_cache(&self.index, open::LIVE_CACHE);
        rest(&self.rows);
        rest(&self.index);
    }

    /// Moves what is in the write-ahead log into the index. Until then it is as safe in the log.
    pub fn checkpoint(&self) {
        let done = self
            .index
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(error) = done {
            tracing::warn!(%error, "what was indexed last stays in the log beside the words index");
        }
    }
}

fn insert(
    index: &Connection,
    shard: Shard,
    text: &Text,
    tools: &Tools,
    vocabulary: &mut Vocabulary,
) -> rusqlite::Result<()> {
    let mut columns = indexed::words_of(shard, text, tools);
    for column in &columns {
        vocabulary.add(column);
    }
    indexed::mark(&mut columns, text, tools);
    let [one, two, three, four] = &columns;
    let names = shard.columns().map(|(name, _)| name).join(", ");
    index
        .prepare_cached(&format!(
            "INSERT INTO words (rowid, {names}) VALUES (?1, ?2, ?3, ?4, ?5)"
        ))?
        .execute(params![text.facts.id, one, two, three, four])?;
    Ok(())
}

/// The last number given out to a message.
fn last_message(rows: &Connection) -> rusqlite::Result<i64> {
    rows.prepare_cached(
        "SELECT max(ifnull((SELECT max(id) FROM message), 0),
           (SELECT value FROM tally WHERE name = 'message_floor'))",
    )?
    .query_row([], |r| r.get(0))
}

/// A message to let go of: whole, with what was indexed of it, or only its facts.
struct Stale {
    id: i64,
    message: i64,
    columns: Option<[String; 4]>,
}

impl Stale {
    fn drain(
        &self,
        index: &Connection,
        shard: Shard,
        facts: Option<Facts>,
    ) -> rusqlite::Result<()> {
        // What was gone before it was indexed has no facts here, and no words.
        let known = index
            .prepare_cached("DELETE FROM fact WHERE id = ?1")?
            .execute([self.message])?;
        if let (Some([one, two, three, four]), true) = (&self.columns, known > 0) {
            let names = shard.columns().map(|(name, _)| name).join(", ");
            index
                .prepare_cached(&format!(
                    "INSERT INTO words (words, rowid, {names}) VALUES ('delete', ?1, ?2, ?3, ?4, ?5)"
                ))?
                .execute(params![self.message, one, two, three, four])?;
        }
        match facts {
            Some(facts) if known > 0 => facts.write(index),
            _ => Ok(()),
        }
    }
}

/// What a shard has still to let go of, in order.
fn stale_after(rows: &Connection, drained: i64, shard: Shard) -> rusqlite::Result<Vec<Stale>> {
    rows.prepare_cached(
        "SELECT id, message_id, one, two, three, four FROM stale
         WHERE id > ?1 AND shard = ?2 ORDER BY id LIMIT ?3",
    )?
    .query_map(
        params![drained, shard.number(), STALE_AT_ONCE as i64],
        |r| {
            let columns = match r.get::<_, Option<String>>(2)? {
                Some(one) => Some([one, r.get(3)?, r.get(4)?, r.get(5)?]),
                None => None,
            };
            Ok(Stale {
                id: r.get(0)?,
                message: r.get(1)?,
                columns,
            })
        },
    )?
    .collect()
}

pub fn store_id(rows: &Connection) -> rusqlite::Result<String> {
    rows.query_row("SELECT value FROM meta WHERE name = 'store_id'", [], |r| {
        r.get(0)
    })
}

/// Keeps a sound index of an earlier version to be asked until the one of today is whole. Where that cannot
/// be, what is found grows from nothing.
fn retire(dir: &DataDir, shard: Shard) {
    let file = shard.file(dir);
    let is_sound = || -> rusqlite::Result<bool> {
        let index = Connection::open(&file)?;
        let version: i64 = index.pragma_query_value(None, "user_version", |r| r.get(0))?;
        if !(1..VERSION).contains(&version) {
            return Ok(false);
        }
        index.prepare("SELECT 1 FROM words WHERE rowid = 0")?;
        // Nothing of it may stay in a log beside it.
        let mode: String =
            index.pragma_update_and_check(None, "journal_mode", "DELETE", |r| r.get(0))?;
        Ok(mode == "delete")
    };
    if file.exists()
        && matches!(is_sound(), Ok(true))
        && let Err(error) = std::fs::rename(&file, shard.retired(dir))
    {
        tracing::warn!(%error, "an index of an earlier version cannot be kept meanwhile");
    }
}

fn remove(file: &std::path::Path) -> Result<()> {
    for tail in ["", "-wal", "-shm"] {
        let name = super::files::beside(file, tail);
        match std::fs::remove_file(&name) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &name, e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// How many messages the slowest attached shard has still to index.
pub fn unindexed(conn: &Connection) -> rusqlite::Result<u64> {
    let last = last_message(conn)?;
    let mut behind = 0;
    for shard in SHARDS {
        let sql = format!("SELECT watermark FROM {}.state", shard.schema());
        let watermark: i64 = match conn.prepare(&sql) {
            Ok(mut statement) => statement
                .query_row([], |r| r.get(0))
                .optional()?
                .unwrap_or(0),
            // The shard is not there yet.
            Err(_) => 0,
        };
        if watermark < last {
            let waiting: i64 = conn.query_row(
                "SELECT count(*) FROM message WHERE id > ?1 AND shard = ?2",
                [watermark, shard.number()],
                |r| r.get(0),
            )?;
            behind = behind.max(waiting);
        }
    }
    Ok(behind as u64)
}
