//! Figures about everything stored.

use rusqlite::OptionalExtension as _;

use super::handle::Reader;
use super::words;

/// What is stored, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Sessions.
    pub sessions: u64,
    /// Messages of the user's and the model's side.
    pub messages: u64,
    /// Rejects.
    pub rejects: u64,
    /// Transcripts whose file is gone.
    pub sources_missing: u64,
    /// Bytes read in current generations.
    pub bytes: u64,
}

impl Reader {
    /// Counts everything.
    pub fn totals(&self) -> rusqlite::Result<Totals> {
        let count = |sql: &str| {
            self.conn
                .query_row(sql, [], |r| r.get::<_, i64>(0))
                .map(|n| n as u64)
        };
        Ok(Totals {
            sessions: count("SELECT count(*) FROM session")?,
            messages: count("SELECT value FROM tally WHERE name = 'messages'")?,
            rejects: count("SELECT count(*) FROM reject")?,
            sources_missing: count(
                "SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL",
            )?,
            bytes: count("SELECT ifnull(sum(offset), 0) FROM cursor WHERE superseded_ms IS NULL")?,
        })
    }

    /// Record spans in current generations. All are counted by their pages, only those of earlier ones one by one.
    pub fn records(&self) -> rusqlite::Result<u64> {
        self.conn
            .query_row(
                "SELECT (SELECT count(*) FROM record) - (SELECT count(*) FROM record WHERE cursor_id IN
                   (SELECT id FROM cursor WHERE superseded_ms IS NOT NULL))",
                [],
                |r| r.get::<_, i64>(0),
            )
            .map(|n| n as u64)
    }

    /// When the last change was committed, milliseconds since the epoch.
    pub fn last_commit_ms(&self) -> rusqlite::Result<Option<i64>> {
        self.conn
            .query_row(
                "SELECT at_ms FROM event ORDER BY id DESC LIMIT 1",
                [],
                |r| r.get(0),
            )
            .optional()
    }

    /// Messages that wait for the words index.
    pub fn unindexed(&self) -> rusqlite::Result<u64> {
        words::unindexed(&self.conn)
    }
}
