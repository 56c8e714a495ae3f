//! The account of the recovery a database came from, kept in the database.

use rusqlite::{Connection, OptionalExtension as _};

use super::handle::{Reader, Store};
use crate::model::Recovery;

/// Its name in the table `meta`.
const ACCOUNT: &str = "recovery";

impl Store {
    /// Keeps the account of a recovery with what it recovered.
    pub fn remember_recovery(&mut self, recovery: &Recovery) -> rusqlite::Result<()> {
        let json = serde_json::to_string(recovery)
            .map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        self.conn.execute(
            "INSERT OR REPLACE INTO meta VALUES (?1, ?2)",
            [ACCOUNT, &json],
        )?;
        Ok(())
    }

    /// The account of the recovery this database came from.
    pub fn recovery(&self) -> rusqlite::Result<Option<Recovery>> {
        recovery(&self.conn)
    }
}

impl Reader {
    /// The account of the recovery this database came from.
    pub fn recovery(&self) -> rusqlite::Result<Option<Recovery>> {
        recovery(&self.conn)
    }
}

fn recovery(conn: &Connection) -> rusqlite::Result<Option<Recovery>> {
    let json: Option<String> = conn
        .query_row("SELECT value FROM meta WHERE name = ?1", [ACCOUNT], |row| {
            row.get(0)
        })
        .optional()?;
    // Written by a later version, it may say what we cannot read.
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}
