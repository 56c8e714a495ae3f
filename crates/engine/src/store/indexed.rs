//! What is indexed of a message: the words of each column, and the marks ([`super::marks`]) beside them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::facts::Facts;
use super::json_text::{Listener, append_strings};
use super::marks;
use super::messages::{HAS_ANSWERS, HAS_CALLS};
use super::shard::{SHARDS, Shard};
use crate::entry::Role;
use crate::text::{essence, fold, spaced, symbols, words};

/// Bytes of one text that are indexed, at most: beyond it lie dumps nobody searches by word.
const LONGEST_TEXT: usize = 8 << 20;
/// Messages and bytes of text read at once, at most.
const STEP_MESSAGES: usize = 4_000;
const STEP_BYTES: usize = 4 << 20;

/// A message as it is indexed, but for its tools.
pub(super) struct Text {
    pub(super) facts: Facts,
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

/// What is indexed of a message, for each column: its words, and its marks.
pub(super) fn columns<'t>(shard: Shard, text: &'t Text, tools: &'t Tools) -> [Cow<'t, str>; 4] {
    let mut columns = words_of(shard, text, tools);
    mark(&mut columns, text, tools);
    columns
}

/// The words of each column, without the marks.
pub(super) fn words_of<'t>(shard: Shard, text: &'t Text, tools: &'t Tools) -> [Cow<'t, str>; 4] {
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
pub(super) fn mark(columns: &mut [Cow<'_, str>; 4], text: &Text, tools: &Tools) {
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

/// The next messages of a shard, as many as one transaction takes, and whether they are all there are.
pub(super) fn texts_after(
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

/// The text of a message's tools.
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
