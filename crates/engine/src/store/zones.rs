//! When runs of messages were written, so that the newest can be found without looking at all.
//!
//! Messages are numbered in the order they are read: a backlog by file, the newest file first, and then as they
//! are written. A run of numbers therefore spans little time, and knowing its first and last moment tells which runs
//! can hold something newer than what is found already.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

/// Messages of a zone.
pub const ZONE: i64 = 512;

pub const CREATE: &str = "CREATE TABLE zone (id INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);";

/// The zones that a transaction touches.
#[derive(Debug, Default)]
pub struct Zones(BTreeMap<i64, (i64, i64)>);

impl Zones {
    /// A message written at this time. One without comes after all others, and passes where no time is asked for.
    pub fn add(&mut self, message: i64, time_ms: Option<i64>) {
        let time_ms = time_ms.unwrap_or(i64::MIN);
        let zone = self.0.entry(message / ZONE).or_insert((time_ms, time_ms));
        *zone = (zone.0.min(time_ms), zone.1.max(time_ms));
    }

    /// Widens the zones in the file, in the transaction that is open.
    pub fn write(&self, index: &Connection) -> rusqlite::Result<()> {
        let mut widen = index.prepare_cached(
            "INSERT INTO zone VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE
             SET first_ms = min(first_ms, ?2), last_ms = max(last_ms, ?3)",
        )?;
        for (id, (first, last)) in &self.0 {
            widen.execute(params![id, first, last])?;
        }
        Ok(())
    }
}
