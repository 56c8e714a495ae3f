//! What a search asks of every match, kept small and together: the rows of messages are long, and lie far apart.

use rusqlite::{Connection, OptionalExtension as _, params};

pub const CREATE: &str = "CREATE TABLE fact (id INTEGER PRIMARY KEY, time_ms INTEGER,
    session_id INTEGER NOT NULL, role INTEGER NOT NULL, env_id INTEGER, model INTEGER, flags INTEGER NOT NULL);";

/// The facts of a message.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Its number.
    pub id: i64,
    /// When it was written, if anyone says so.
    pub time_ms: Option<i64>,
    /// Its session.
    pub session: i64,
    /// The label that says who speaks.
    pub role: i64,
    /// Where the agent ran.
    pub env: Option<i64>,
    /// The label of the model.
    pub model: Option<i64>,
    /// As in `message.flags`.
    pub flags: i64,
}

impl Facts {
    /// Writes them, in the transaction that is open.
    pub fn write(&self, index: &Connection) -> rusqlite::Result<()> {
        index
            .prepare_cached("INSERT INTO fact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                self.id,
                self.time_ms,
                self.session,
                self.role,
                self.env,
                self.model,
                self.flags
            ])?;
        Ok(())
    }

    /// The columns of [`Self::from_row`], of a table named `f`.
    pub const COLUMNS: &str = "f.id, f.time_ms, f.session_id, f.role, f.env_id, f.model, f.flags";

    /// A row of [`Self::COLUMNS`].
    pub fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            time_ms: row.get(1)?,
            session: row.get(2)?,
            role: row.get(3)?,
            env: row.get(4)?,
            model: row.get(5)?,
            flags: row.get(6)?,
        })
    }

    /// Those of a message, from the facts of its shard or from the table of messages.
    pub fn read(conn: &Connection, table: &str, id: i64) -> rusqlite::Result<Option<Self>> {
        let columns = Self::COLUMNS;
        conn.prepare_cached(&format!("SELECT {columns} FROM {table} f WHERE id = ?1"))?
            .query_row([id], Self::from_row)
            .optional()
    }
}
