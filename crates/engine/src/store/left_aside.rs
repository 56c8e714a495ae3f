//! How much lay where transcripts lie and was not read: the figure of the last sweep over everything. A
//! search that finds nothing says what was searched.

use rusqlite::{Connection, OptionalExtension as _};

use super::handle::Store;
use crate::left_aside;

/// Its name in the table `meta`.
const COUNT: &str = "left_aside";

impl Store {
    /// Replaces the figure.
    pub fn note_left_aside(&mut self, count: u64) -> rusqlite::Result<()> {
        self.conn.execute(
            "INSERT OR REPLACE INTO meta VALUES (?1, ?2)",
            [COUNT, &count.to_string()],
        )?;
        Ok(())
    }

    /// The figure of the last sweep; none before the first.
    pub fn left_aside(&self) -> rusqlite::Result<Option<u64>> {
        count(&self.conn)
    }
}

fn count(conn: &Connection) -> rusqlite::Result<Option<u64>> {
    let text: Option<String> = conn
        .query_row("SELECT value FROM meta WHERE name = ?1", [COUNT], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Where words do not occur that were looked for in vain: `in the text of none of the 149 transcripts
/// that were read; 3 files were left aside`.
pub fn not_in(conn: &Connection) -> rusqlite::Result<String> {
    let read: u64 = conn.query_row("SELECT count(*) FROM transcript", [], |row| {
        row.get::<_, i64>(0).map(|count| count as u64)
    })?;
    let mut said = match read {
        1 => "not in the text of the 1 transcript that was read".to_owned(),
        _ => format!("in the text of none of the {read} transcripts that were read"),
    };
    let left = count(conn)?.unwrap_or(0);
    if left > 0 {
        let left = left_aside::counted(left, "was", "were");
        said += &format!("; {left} (`scrollback doctor` says why)");
    }
    Ok(said)
}
