//! What the words index must let go of. The index follows in files of its own, so a message that goes
//! leaves behind what was indexed of it, until every shard has drained it.

use rusqlite::params;

use super::handle::Store;
use super::indexed;
use super::shard::Shard;

/// What is to be let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// The message: it is no more.
    Whole,
    /// Its facts: they are to be read again.
    Facts,
}

impl Store {
    /// Tells the words index to let go of a message; called while its rows still stand.
    pub(super) fn let_go(&mut self, message: i64, what: Leave) -> rusqlite::Result<()> {
        let Some((shard, text)) = indexed::text_of(&self.conn, message)? else {
            return Ok(());
        };
        let mut columns: [Option<String>; 4] = Default::default();
        if what == Leave::Whole {
            let tools = indexed::tools(&self.conn, &text)?;
            columns =
                indexed::columns(shard, &text, &tools).map(|column| Some(column.into_owned()));
        }
        let [one, two, three, four] = columns;
        self.conn
            .prepare_cached(
                "INSERT INTO stale (message_id, shard, one, two, three, four) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![message, shard.number(), one, two, three, four])?;
        Ok(())
    }

    /// Forgets what a shard has let go of, up to this entry.
    pub fn drained(&mut self, shard: Shard, up_to: i64) -> rusqlite::Result<()> {
        self.conn
            .prepare_cached("DELETE FROM stale WHERE shard = ?1 AND id <= ?2")?
            .execute(params![shard.number(), up_to])?;
        Ok(())
    }
}
