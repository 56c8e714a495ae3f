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

use rusqlite::{Connection, OptionalExtension as _, Row, params};

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

/// Messages let go of in one transaction of the index, at most.
const STALE_AT_ONCE: usize = 100;

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
    dir: DataDir,
}

/// What failed: the rows that are read, or the index that is written.
enum Fault {
    Rows(rusqlite::Error),
    Index(rusqlite::Error),
}

pub(super) struct Text {
    facts: Facts,
    role: String,
    has_image: bool,
    prose: String,
    thinking: String,
    event: String,
}

/// The text of a message's tools, and their marks.
#[derive(Default)]
pub(super) struct Tools {
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

    fn remake(&mut self) -> Result<bool> {
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
            texts_after(&snapshot, self.watermark, self.shard).map_err(Fault::Rows)?;
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
        let drained = stale.last().map_or(self.drained, |stale| stale.id);
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

    /// Moves what is in the write-ahead log into the index.
    pub fn checkpoint(&self) {
        let _ = self
            .index
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

/// What is indexed of a message, for each column: its words, and its marks.
pub(super) fn columns<'t>(shard: Shard, text: &'t Text, tools: &'t Tools) -> [Cow<'t, str>; 4] {
    let mut columns = words_of(shard, text, tools);
    mark(&mut columns, text, tools);
    columns
}

fn words_of<'t>(shard: Shard, text: &'t Text, tools: &'t Tools) -> [Cow<'t, str>; 4] {
    shard.columns().map(|(name, _)| {
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
    })
}

/// The marks stand in the first column, where a word costs least.
fn mark(columns: &mut [Cow<'_, str>; 4], text: &Text, tools: &Tools) {
    let held = symbol_marks(columns);
    let event = marks::role(Role::Event.word());
    let has_code = text.prose.contains("```");
    let first = columns[0].to_mut();
    for mark in [marks::ANY, &marks::role(&text.role)] {
        first.push(' ');
        first.push_str(mark);
    }
    for (mark, holds) in [
        (marks::IMAGE, text.has_image),
        (marks::CODE, has_code),
        (marks::DIFF, has_code && text.prose.contains("```diff")),
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
}

fn insert(
    index: &Connection,
    shard: Shard,
    text: &Text,
    tools: &Tools,
    vocabulary: &mut Vocabulary,
) -> rusqlite::Result<()> {
    let mut columns = words_of(shard, text, tools);
    for column in &columns {
        vocabulary.add(column);
    }
    mark(&mut columns, text, tools);
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

/// The marks of the symbols that a message holds.
fn symbol_marks(columns: &[Cow<'_, str>]) -> String {
    let mut held = BTreeSet::new();
    for column in columns {
        held.extend(symbols(column).map(|place| &column[place]));
    }
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

/// The columns of a [`Text`], of a message `f`.
fn text_columns() -> String {
    format!(
        "{}, f.user_text, f.assistant_text, f.thinking_text, f.event_text,
           (SELECT text FROM label WHERE label.id = f.role),
           EXISTS (SELECT 1 FROM attachment a WHERE a.message_id = f.id AND a.kind = 'image')",
        Facts::COLUMNS
    )
}

fn text(row: &Row<'_>) -> rusqlite::Result<Text> {
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
    Ok(Text {
        facts: Facts::from_row(row)?,
        role: row.get(11)?,
        has_image: row.get(12)?,
        prose,
        thinking: read(9)?,
        event: read(10)?,
    })
}

/// A message with its shard; `None` where nothing of it is indexed.
pub(super) fn text_of(rows: &Connection, id: i64) -> rusqlite::Result<Option<(Shard, Text)>> {
    let found = rows
        .prepare_cached(&format!(
            "SELECT {}, f.shard FROM message f WHERE f.id = ?1",
            text_columns()
        ))?
        .query_row([id], |row| Ok((row.get::<_, i64>(13)?, text(row)?)))
        .optional()?;
    let of = |number: i64| SHARDS.into_iter().find(|shard| shard.number() == number);
    Ok(found.and_then(|(number, text)| Some((of(number)?, text))))
}

/// The next messages of a shard, and whether they are all there are.
fn texts_after(
    rows: &Connection,
    watermark: i64,
    shard: Shard,
) -> rusqlite::Result<(Vec<Text>, bool)> {
    let mut statement = rows.prepare_cached(&format!(
        "SELECT {} FROM message f WHERE f.id > ?1 AND f.shard = ?2 ORDER BY f.id",
        text_columns()
    ))?;
    let mut found = statement.query([watermark, shard.number()])?;
    let (mut texts, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        let text = text(row)?;
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

pub(super) fn tools(rows: &Connection, text: &Text) -> rusqlite::Result<Tools> {
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
               (SELECT u.name FROM tool_use u WHERE u.id = r.call_id) FROM tool_result r
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
