//! `scrollback sql`: read-only questions to the database.

use std::borrow::Cow;
use std::io::Write;

use scrollback_engine::engine::Engine;
use scrollback_engine::model::{Cell as Value, Table as Answer};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Outcome;
use crate::args::Sql;
use crate::exit::FINE;
use crate::output::paint::DIM;
use crate::output::table::{Cell, Column, Table};
use crate::output::{Screen, sanitize};

pub fn run(engine: &Engine, args: &Sql, screen: &mut Screen) -> Outcome {
    let answer = engine.sql(&args.query)?;
    if args.json {
        screen.json(&Objects {
            names: distinct(&answer.columns),
            answer: &answer,
        })?;
    } else if args.csv {
        csv(&answer, args.raw, screen)?;
    } else {
        table(&answer, args.raw).write(screen)?;
    }
    Ok(FINE)
}

fn table(answer: &Answer, is_raw: bool) -> Table {
    let is_figures = |at: usize| {
        let cells = answer.rows.iter().filter_map(|row| row.get(at));
        let figure = |cell| matches!(cell, &Value::Integer(_) | &Value::Real(_) | &Value::Null);
        !answer.rows.is_empty() && cells.into_iter().all(figure)
    };
    let columns = answer.columns.iter().enumerate();
    let mut table = Table::new(columns.map(|(at, name)| {
        if is_figures(at) {
            Column::right(name)
        } else {
            Column::flexible(name)
        }
    }));
    for row in &answer.rows {
        table.row(row.iter().map(|value| match value {
            Value::Null => Cell::styled("NULL", DIM),
            Value::Text(text) if is_raw => Cell::raw(text),
            Value::Text(_) | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => {
                Cell::new(written(value))
            }
        }));
    }
    table
}

/// RFC 4180: CRLF, quotes where needed, a head line. NULL is an empty field.
fn csv(answer: &Answer, is_raw: bool, out: &mut impl Write) -> std::io::Result<()> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    let clean = |text| if is_raw { text } else { sanitized(text) };
    csv.write_record(
        answer
            .columns
            .iter()
            .map(|name| clean(Cow::from(name)).into_owned()),
    )?;
    for row in &answer.rows {
        csv.write_record(row.iter().map(|value| clean(written(value)).into_owned()))?;
    }
    csv.flush()
}

fn sanitized(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => sanitize::text(text),
        Cow::Owned(text) => Cow::Owned(sanitize::text(&text).into_owned()),
    }
}

fn written(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Real(number) => Cow::Owned(number.to_string()),
        Value::Text(text) | Value::Blob(text) => Cow::Borrowed(text),
    }
}

/// Rows as objects, their keys in the order of the columns.
struct Objects<'a> {
    names: Vec<String>,
    answer: &'a Answer,
}

struct Object<'a> {
    names: &'a [String],
    row: &'a [Value],
}

impl Serialize for Objects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.answer.rows.len()))?;
        for row in &self.answer.rows {
            seq.serialize_element(&Object {
                names: &self.names,
                row,
            })?;
        }
        seq.end()
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.row.len()))?;
        for (name, value) in self.names.iter().zip(self.row) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// `SELECT a.id, b.id` names two columns `id`; an object can hold only one of each name.
fn distinct(columns: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{column}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::json;

    fn answer() -> Answer {
        let row = vec![
            Value::Integer(1),
            Value::Null,
            Value::Text("a \"b\",\n\u{1b}c".into()),
        ];
        Answer {
            columns: ["id", "id", "text"].map(String::from).to_vec(),
            rows: vec![row],
            is_cut: false,
        }
    }

    #[test]
    fn csv_quotes_and_cleans() {
        let mut out = Vec::new();
        csv(&answer(), false, &mut out).expect("a Vec takes all");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "id,id,text\r\n1,,\"a \"\"b\"\",\n\u{FFFD}c\"\r\n"
        );
    }

    #[test]
    fn json_keeps_the_order_and_every_column() {
        let answer = answer();
        let mut out = Vec::new();
        let objects = Objects {
            names: distinct(&answer.columns),
            answer: &answer,
        };
        json::write(&mut out, &objects).expect("a Vec takes all");
        let expected = "[{\"id\":1,\"id_2\":null,\"text\":\"a \\\"b\\\",\\n\\u001bc\"}]\n";
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
    }
}
