//! The one place where the page sends SQL: to a connection that cannot write, for a limited time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrollback_engine::model::{Cell, View};
use serde::{Deserialize, Serialize};

use super::{Shared, aside};
use crate::app::App;
use crate::ipc::Answer;

/// Rows of an answer.
const ROWS: usize = 1000;
/// How long a query may take.
const TIME: Duration = Duration::from_secs(10);
/// Characters of a cell.
const CELL: usize = 4000;

/// A query, or what was typed into the search.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SqlArgs {
    query: String,
}

/// Rows of a query.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SqlRows {
    /// Column names.
    pub columns: Vec<String>,
    /// Cells as text; none for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// There are more rows.
    pub is_cut: bool,
    /// Milliseconds it took.
    pub took_ms: f64,
}

#[tauri::command]
pub async fn sql(app: Shared<'_>, args: SqlArgs) -> Answer<SqlRows> {
    aside(app, move |app: &Arc<App>| {
        let start = Instant::now();
        let table = app.engine().sql_within(&args.query, ROWS, TIME)?;
        let rows = table.rows.into_iter();
        Ok(SqlRows {
            columns: table.columns,
            rows: rows
                .map(|row| row.into_iter().map(text).collect())
                .collect(),
            is_cut: table.is_cut,
            took_ms: start.elapsed().as_secs_f64() * 1000.0,
        })
    })
    .await
}

#[tauri::command(async)]
pub fn sql_views(app: Shared<'_>) -> Answer<Vec<View>> {
    Ok(app.engine().views()?)
}

#[tauri::command]
pub fn search_as_sql(app: Shared<'_>, args: SqlArgs) -> Answer<String> {
    Ok(app.engine().search_as_sql(&args.query)?)
}

fn text(cell: Cell) -> Option<String> {
    let text = match cell {
        Cell::Null => return None,
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) | Cell::Blob(text) => text,
    };
    Some(match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    })
}
