//! What a search asks of every match, kept small and together: the rows of messages are long, and lie far apart.

use rusqlite::{Connection, OptionalExtension as _, params};

pub const CREATE: &str = "CREATE TABLE fact (id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,
    session_id INTEGER NOT NULL, role INTEGER NOT NULL, env_id INTEGER, model INTEGER, flags INTEGER NOT NULL);";

/// The facts of a message.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// Its number.
    pub id: i64,
    /// When it was written; 0 where nobody knows.
    pub time_ms: i64,
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

    /// Those of a message of a shard, or of any message where no shard is named.
    pub fn read(
        conn: &Connection,
        schema: Option<&str>,
        id: i64,
    ) -> rusqlite::Result<Option<Self>> {
        let table = match schema {
            Some(schema) => format!("{schema}.fact"),
            None => "message".into(),
        };
        let sql = format!(
            "SELECT ifnull(time_ms, 0), session_id, role, env_id, model, flags FROM {table} WHERE id = ?1"
        );
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                id,
                time_ms: row.get(0)?,
                session: row.get(1)?,
                role: row.get(2)?,
                env: row.get(3)?,
                model: row.get(4)?,
                flags: row.get(5)?,
            })
        };
        conn.prepare_cached(&sql)?.query_row([id], read).optional()
    }
}
