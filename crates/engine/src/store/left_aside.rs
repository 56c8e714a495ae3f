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

/// That words do not occur, and in what they were looked for: `occurs in the text of none of the 149 transcripts that
/// were read; 3 files were left aside`. `words` says how many they are.
pub fn absent(conn: &Connection, words: usize) -> rusqlite::Result<String> {
    let read: i64 = conn.query_row("SELECT count(*) FROM transcript", [], |row| row.get(0))?;
    let (occurs, does) = match words {
        1 => ("occurs", "does"),
        _ => ("occur", "do"),
    };
    let mut said = match read {
        0 => format!("{does} not occur: no transcript was read yet"),
        1 => format!("{does} not occur in the text of the 1 transcript that was read"),
        _ => format!("{occurs} in the text of none of the {read} transcripts that were read"),
    };
    let left = count(conn)?.unwrap_or(0);
    if left > 0 {
        let left = left_aside::counted(left, "was", "were");
        said += &format!("; {left} (`scrollback doctor` says why)");
    }
    Ok(said)
}
