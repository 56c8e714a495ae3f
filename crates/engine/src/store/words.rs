//! The words index: FTS5 in files of its own, so that it is written beside the rows.
//!
//! Each shard follows the rows by a watermark that moves in the same transaction as its entries.
//! A crash can therefore leave the index behind the rows, never apart from them; the next step
//! goes on where the watermark stands. An entry has the number of its message.
//!
//! Beside the words stand what else a search asks for: marks ([`super::marks`]) as words of their own, the
//! vocabulary ([`super::vocabulary`]) to find parts of words in, and the times of runs of messages
//! ([`super::zones`]) to find the newest first.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::explain::{explain, is_damaged};
use super::facts::{self, Facts};
use super::json_text::{Listener, append_strings};
use super::messages::{HAS_ANSWERS, HAS_CALLS};
use super::shard::{SHARDS, Shard, VERSION};
use super::vocabulary::{self, Vocabulary};
use super::zones::{self, Zones};
use super::{marks, open};
use crate::entry::Role;
use crate::error::{Error, Kind, Result};
use crate::paths::{DataDir, private_folder};
use crate::text::{essence, fold, spaced, symbols, words};

/// Bytes of one text that are indexed, at most: beyond it lie dumps nobody searches by word.
const LONGEST_TEXT: usize = 8 << 20;
/// Messages and bytes of text in one transaction of the index, at most.
const STEP_MESSAGES: usize = 4_000;
const STEP_BYTES: usize = 4 << 20;

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
    vocabulary: Vocabulary,
    /// Messages indexed since the segments were last merged.
    unmerged: usize,
    /// It was damaged, and made anew, since it was opened.
    is_remade: bool,
    dir: DataDir,
}

/// What failed: the rows that are read, or the index that is written.
enum Fault {
    Rows(rusqlite::Error),
    Index(rusqlite::Error),
}

struct Text {
    facts: Facts,
    role: String,
    has_image: bool,
    prose: String,
    thinking: String,
    event: String,
}

/// The text of a message's tools, and their marks.
#[derive(Default)]
struct Tools {
    input: String,
    output: String,
    marks: String,
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
            && let Ok(Some(watermark)) = Self::follows(&index, &rows)
        {
            return Ok(Self {
                shard,
                rows,
                index,
                watermark,
                vocabulary: Vocabulary::default(),
                unmerged: 0,
                is_remade: false,
                dir: dir.clone(),
            });
        }
        let index = Self::anew(dir, shard, &rows)?;
        Ok(Self {
            shard,
            rows,
            index,
            watermark: 0,
            vocabulary: Vocabulary::default(),
            unmerged: 0,
            is_remade: false,
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

    /// The watermark of an index that belongs to these rows.
    fn follows(index: &Connection, rows: &Connection) -> rusqlite::Result<Option<i64>> {
        let version: i64 = index.pragma_query_value(None, "user_version", |r| r.get(0))?;
        if version != VERSION {
            return Ok(None);
        }
        let (owner, watermark): (String, i64) =
            index.query_row("SELECT store_id, watermark FROM state", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        // Fails where FTS5 cannot find its own tables.
        index.prepare("SELECT 1 FROM words WHERE rowid = 0")?;
        let last: i64 =
            rows.query_row("SELECT ifnull(max(id), 0) FROM message", [], |r| r.get(0))?;
        Ok((owner == store_id(rows)? && watermark <= last).then_some(watermark))
    }

    fn create(index: &Connection, shard: Shard, owner: &str) -> rusqlite::Result<()> {
        let columns = shard.columns().map(|(name, _)| name).join(", ");
        index.execute_batch(&format!(
            "BEGIN;
             CREATE TABLE state (store_id TEXT NOT NULL, watermark INTEGER NOT NULL);
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
        index.execute("INSERT INTO state VALUES (?1, 0)", [owner])?;
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

    fn remake(&mut self) -> Result<bool> {
        // Lets go of the file.
        let nothing = Connection::open_in_memory();
        self.index = nothing.map_err(|e| self.explain(&Fault::Index(e)))?;
        self.index = Self::anew(&self.dir, self.shard, &self.rows)?;
        (self.watermark, self.is_remade) = (0, true);
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
        let last: i64 = snapshot
            .query_row("SELECT ifnull(max(id), 0) FROM message", [], |r| r.get(0))
            .map_err(Fault::Rows)?;
        if last <= self.watermark {
            return Ok(false);
        }
        let (texts, is_whole) =
            texts_after(&snapshot, self.watermark, self.shard).map_err(Fault::Rows)?;
        let reached = match texts.last() {
            Some(text) if !is_whole => text.facts.id,
            _ => last,
        };
        let tx = self.index.unchecked_transaction().map_err(Fault::Index)?;
        let mut zones = Zones::default();
        for text in &texts {
            let tools = tools(&snapshot, text).map_err(Fault::Rows)?;
            insert(&tx, self.shard, text, &tools, &mut self.vocabulary).map_err(Fault::Index)?;
            zones.add(text.facts.id, text.facts.time_ms);
            text.facts.write(&tx).map_err(Fault::Index)?;
        }
        let arrive = |vocabulary: &mut Vocabulary| {
            vocabulary.write(&tx)?;
            zones.write(&tx)?;
            tx.prepare_cached("UPDATE state SET watermark = ?1")?
                .execute([reached])
        };
        arrive(&mut self.vocabulary).map_err(Fault::Index)?;
        tx.commit().map_err(Fault::Index)?;
        self.watermark = reached;
        self.unmerged += texts.len();
        Ok(!is_whole)
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

    /// Moves what is in the write-ahead log into the index.
    pub fn checkpoint(&self) {
        let _ = self
            .index
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

fn insert(
    index: &Connection,
    shard: Shard,
    text: &Text,
    tools: &Tools,
    vocabulary: &mut Vocabulary,
) -> rusqlite::Result<()> {
    let mut columns = shard.columns().map(|(name, _)| {
        let text = match name {
            "prose" => &text.prose,
            "thinking" => &text.thinking,
            "tool_input" => &tools.input,
            _ => &tools.output,
        };
        match marks::without(cut(text)) {
            Cow::Borrowed(text) => spaced(text),
            Cow::Owned(text) => spaced(&text).into_owned().into(),
        }
    });
    let mut held = BTreeSet::new();
    for column in &columns {
        vocabulary.add(column);
        held.extend(symbols(column).map(|place| &column[place]));
    }
    let held = symbol_marks(&held);
    let event = marks::role(Role::Event.word());
    // The marks stand where a word costs least.
    let first = columns[0].to_mut();
    for mark in [marks::ANY, &marks::role(&text.role)] {
        first.push(' ');
        first.push_str(mark);
    }
    for (mark, holds) in [
        (marks::IMAGE, text.has_image),
        (marks::CODE, text.prose.contains("```")),
        (marks::DIFF, text.prose.contains("```diff")),
        (marks::THINKING, !text.thinking.is_empty()),
        (
            event.as_str(),
            !text.event.is_empty() && text.role != Role::Event.word(),
        ),
    ] {
        if holds {
            first.push(' ');
            first.push_str(mark);
        }
    }
    first.push_str(&tools.marks);
    first.push_str(&held);
    let [one, two, three, four] = &columns;
    let names = shard.columns().map(|(name, _)| name).join(", ");
    index
        .prepare_cached(&format!(
            "INSERT INTO words (rowid, {names}) VALUES (?1, ?2, ?3, ?4, ?5)"
        ))?
        .execute(params![text.facts.id, one, two, three, four])?;
    Ok(())
}

/// The marks of the symbols that a message holds.
fn symbol_marks(held: &BTreeSet<&str>) -> String {
    let mut marks = BTreeSet::new();
    for symbol in held {
        marks.insert(marks::symbol(essence(symbol)));
        if essence(symbol).nth(1).is_some() {
            marks.extend(essence(symbol).map(marks::symbol_part));
        }
    }
    marks.iter().flat_map(|mark| [" ", mark]).collect()
}

fn store_id(rows: &Connection) -> rusqlite::Result<String> {
    rows.query_row("SELECT value FROM meta WHERE name = 'store_id'", [], |r| {
        r.get(0)
    })
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

/// The next messages of a shard, and whether they are all there are.
fn texts_after(
    rows: &Connection,
    watermark: i64,
    shard: Shard,
) -> rusqlite::Result<(Vec<Text>, bool)> {
    let mut statement = rows.prepare_cached(&format!(
        "SELECT {}, f.user_text, f.assistant_text, f.thinking_text, f.event_text,
           (SELECT text FROM label WHERE label.id = f.role),
           EXISTS (SELECT 1 FROM attachment a WHERE a.message_id = f.id AND a.kind = 'image')
         FROM message f WHERE f.id > ?1 AND f.shard = ?2 ORDER BY f.id",
        Facts::COLUMNS
    ))?;
    let mut found = statement.query([watermark, shard.number()])?;
    let (mut texts, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        let read = |i: usize| {
            row.get::<_, Option<String>>(i)
                .map(Option::unwrap_or_default)
        };
        let mut prose = read(7)?;
        let assistant = read(8)?;
        if !prose.is_empty() && !assistant.is_empty() {
            prose.push_str(marks::BREAK);
        }
        prose.push_str(&assistant);
        let text = Text {
            facts: Facts::from_row(row)?,
            role: row.get(11)?,
            has_image: row.get(12)?,
            prose,
            thinking: read(9)?,
            event: read(10)?,
        };
        bytes += text.prose.len() + text.thinking.len() + text.event.len();
        if text.facts.flags & HAS_ANSWERS != 0 {
            bytes += answer_len(rows, text.facts.id)?;
        }
        texts.push(text);
        if texts.len() >= STEP_MESSAGES || bytes >= STEP_BYTES {
            return Ok((texts, false));
        }
    }
    Ok((texts, true))
}

/// Bytes of a message's tool output, without reading it.
fn answer_len(rows: &Connection, id: i64) -> rusqlite::Result<usize> {
    rows.prepare_cached(
        "SELECT ifnull(sum(octet_length(coalesce(r.output, t.body))), 0)
         FROM tool_result r LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1",
    )?
    .query_row([id], |r| r.get::<_, i64>(0))
    .map(|len| len as usize)
}

fn tools(rows: &Connection, text: &Text) -> rusqlite::Result<Tools> {
    // What neither side says is found among the output of tools, which is never in front of prose.
    let mut tools = Tools {
        output: text.event.clone(),
        ..Tools::default()
    };
    let mark = |tools: &mut Tools, mark: &str| {
        tools.marks.push(' ');
        tools.marks.push_str(mark);
    };
    if text.facts.flags & HAS_CALLS != 0 {
        let mut calls = rows.prepare_cached(
            "SELECT coalesce(u.parameters, t.body), u.name FROM tool_use u
                   LEFT JOIN text t ON t.id = u.text_id WHERE u.message_id = ?1",
        )?;
        let mut found = calls.query([text.facts.id])?;
        while let Some(row) = found.next()? {
            let parameters = row.get_ref(0)?.as_str()?;
            let mut arguments = Arguments::new(&mut tools.marks);
            append_strings(parameters, marks::BREAK, &mut tools.input, &mut arguments);
            let (is_change, has_file) = (arguments.is_change, arguments.has_file);
            mark(&mut tools, &marks::tool(row.get_ref(1)?.as_str()?));
            if is_change && has_file {
                mark(&mut tools, marks::DIFF);
            }
        }
    }
    if text.facts.flags & HAS_ANSWERS != 0 {
        let mut answers = rows.prepare_cached(
            "SELECT coalesce(r.output, t.body), r.is_error,
               (SELECT u.name FROM tool_use u WHERE u.id = r.id) FROM tool_result r
                   LEFT JOIN text t ON t.id = r.text_id WHERE r.message_id = ?1",
        )?;
        let mut found = answers.query([text.facts.id])?;
        while let Some(row) = found.next()? {
            if !tools.output.is_empty() {
                tools.output.push_str(marks::BREAK);
            }
            tools.output.push_str(row.get_ref(0)?.as_str()?);
            if row.get(1)? {
                mark(&mut tools, marks::ERROR);
            }
            if let Some(name) = row.get_ref(2)?.as_str_or_null()? {
                mark(&mut tools, &marks::tool(name));
            }
        }
    }
    Ok(tools)
}

/// What the arguments of a call tell.
struct Arguments<'a> {
    marks: &'a mut String,
    is_change: bool,
    has_file: bool,
    is_at_file: bool,
}

impl<'a> Arguments<'a> {
    fn new(marks: &'a mut String) -> Self {
        Self {
            marks,
            is_change: false,
            has_file: false,
            is_at_file: false,
        }
    }
}

impl Listener for Arguments<'_> {
    fn key(&mut self, key: &str) {
        self.is_change |= marks::is_of_change(key);
        self.is_at_file = marks::is_file(key);
        self.has_file |= self.is_at_file;
    }

    fn text(&mut self, path: &str) {
        if !self.is_at_file {
            return;
        }
        // The last word of one path and the first of another are not in a row.
        self.marks.push_str(marks::BREAK);
        let path = marks::without(cut(path));
        for place in words(&path) {
            self.marks.push(' ');
            self.marks.push_str(&marks::path_word(&fold(&path[place])));
        }
    }
}

fn cut(text: &str) -> &str {
    match text.len() {
        len if len <= LONGEST_TEXT => text,
        _ => &text[..text.floor_char_boundary(LONGEST_TEXT)],
    }
}

/// How many messages the slowest attached shard has still to index.
pub fn unindexed(conn: &Connection) -> rusqlite::Result<u64> {
    let last: i64 = conn.query_row("SELECT ifnull(max(id), 0) FROM message", [], |r| r.get(0))?;
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
