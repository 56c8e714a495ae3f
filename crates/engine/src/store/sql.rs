//! Queries of the user's own: read-only, one statement, bounded.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use rusqlite::types::ValueRef;

use super::explain::explain;
use super::handle::Reader;
use crate::error::{Error, Kind, Result};
use crate::model::{Cell, Table, View};

/// Rows returned at most: a terminal is no place for more, and memory is bounded.
pub const QUERY_LIMIT: usize = 1_000_000;

/// The six views of docs/sql.md.
const VIEWS: [&str; 6] = [
    "sessions",
    "messages",
    "tool_uses",
    "tool_use_results",
    "attachments",
    "env_info",
];

impl Reader {
    /// Runs one statement that only reads. More rows than [`QUERY_LIMIT`] are an error.
    pub fn query(&self, sql: &str) -> Result<Table> {
        let table = self.first_rows(sql, QUERY_LIMIT)?;
        if table.is_cut {
            let message = format!("the query returns more than {QUERY_LIMIT} rows");
            return Err(Error::new(Kind::Usage, message).with_remedy("add a LIMIT"));
        }
        Ok(table)
    }

    /// The first rows of one statement that only reads, as far as it comes in the time it has.
    pub fn query_within(&self, sql: &str, rows: usize, time: Duration) -> Result<Table> {
        let interrupter = self.interrupter();
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if is_done.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                    interrupter.interrupt();
                }
            });
            let table = self.first_rows(sql, rows);
            drop(done);
            table
        })
        .map_err(|error| match error.kind() {
            Kind::Stopped => {
                let message = format!("the query took longer than {} s", time.as_secs());
                Error::new(Kind::Usage, message)
                    .with_remedy("ask for less, or let `scrollback sql` take its time")
            }
            _ => error,
        })
    }

    /// The views that are a promise, with their columns.
    pub fn views(&self) -> Result<Vec<View>> {
        let fail = |e: rusqlite::Error| self.explain(&e);
        let columns = |name: &str| -> rusqlite::Result<Vec<String>> {
            let mut columns = self
                .conn
                .prepare("SELECT name FROM pragma_table_info(?1)")?;
            columns.query_map([name], |r| r.get(0))?.collect()
        };
        let view = |name: &&str| {
            Ok(View {
                name: (*name).to_owned(),
                columns: columns(name).map_err(fail)?,
            })
        };
        VIEWS.iter().map(view).collect()
    }

    fn first_rows(&self, sql: &str, most: usize) -> Result<Table> {
        let fail = |e: rusqlite::Error| match e {
            rusqlite::Error::SqliteFailure(..) if e.sqlite_error_code().is_some_and(is_ours) => {
                explain(&e, self.path.to_str())
            }
            other => Error::new(Kind::Usage, format!("the query failed: {other}"))
                .with_remedy("the tables are described in docs/sql.md"),
        };
        let mut statement = self.conn.prepare(sql).map_err(fail)?;
        if !statement.readonly() {
            return Err(Error::new(
                Kind::Usage,
                "the query would write; only reading is allowed",
            )
            .with_remedy("use SELECT; nothing was changed"));
        }
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let (mut rows, mut is_cut) = (Vec::new(), false);
        let mut found = statement.query([]).map_err(fail)?;
        while let Some(row) = found.next().map_err(fail)? {
            if rows.len() == most {
                is_cut = true;
                break;
            }
            let cells = (0..columns.len()).map(|i| row.get_ref(i).map(cell));
            rows.push(cells.collect::<rusqlite::Result<_>>().map_err(fail)?);
        }
        Ok(Table {
            columns,
            rows,
            is_cut,
        })
    }
}

/// Failures of the file rather than of the query.
fn is_ours(code: rusqlite::ErrorCode) -> bool {
    use rusqlite::ErrorCode as C;
    matches!(
        code,
        C::DatabaseBusy
            | C::DatabaseLocked
            | C::DatabaseCorrupt
            | C::NotADatabase
            | C::SystemIoFailure
            | C::OperationInterrupted
    )
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Integer(n),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.iter().map(|b| format!("{b:02x}")).collect()),
    }
}
