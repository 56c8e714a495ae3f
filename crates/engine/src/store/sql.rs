//! Queries of the user's own: read-only, one statement, bounded.

use rusqlite::types::ValueRef;

use super::explain::explain;
use super::handle::Reader;
use crate::error::{Error, Kind, Result};
use crate::model::{Cell, Table};

/// Rows returned at most: a terminal is no place for more, and memory is bounded.
pub const QUERY_LIMIT: usize = 1_000_000;

impl Reader {
    /// Runs one statement that only reads.
    pub fn query(&self, sql: &str) -> Result<Table> {
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
        let mut rows = Vec::new();
        let mut found = statement.query([]).map_err(fail)?;
        while let Some(row) = found.next().map_err(fail)? {
            if rows.len() == QUERY_LIMIT {
                return Err(Error::new(
                    Kind::Usage,
                    format!("the query returns more than {QUERY_LIMIT} rows"),
                )
                .with_remedy("add a LIMIT"));
            }
            let cells = (0..columns.len()).map(|i| row.get_ref(i).map(cell));
            rows.push(cells.collect::<rusqlite::Result<_>>().map_err(fail)?);
        }
        Ok(Table { columns, rows })
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
