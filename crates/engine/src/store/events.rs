//! The watcher's log: what was committed, when, and how fast. Bounded.

use rusqlite::{Row, params};

use super::handle::{Reader, Store};
use super::time::iso;
use crate::model::{EventRow, Latency};

/// Events kept.
const KEPT: i64 = 5_000;

/// A change about to be committed.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// `add`, `change` or `unlink`.
    pub kind: &'static str,
    /// The file's name.
    pub file: String,
    /// The session whose transcript the file is: its number and the agent's id.
    pub session: Option<(i64, String)>,
    /// Bytes taken in.
    pub bytes: u64,
    /// Messages added.
    pub messages: u64,
    /// From picking the change up to its commit, microseconds.
    pub processing_us: u64,
    /// From the growth of the file to the commit, microseconds.
    pub latency_us: Option<u64>,
}

impl Store {
    /// Logs a change in the transaction that commits it.
    pub fn insert_event(&mut self, event: &NewEvent, now_ms: i64) -> rusqlite::Result<i64> {
        self.conn
            .prepare_cached(
                "INSERT INTO event (at_ms, kind, file, bytes, messages, processing_us, latency_us,
                   session_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                now_ms,
                event.kind,
                event.file,
                event.bytes as i64,
                event.messages as i64,
                event.processing_us as i64,
                event.latency_us.map(|us| us as i64),
                event.session.as_ref().map(|(id, _)| id)
            ])?;
        let id = self.conn.last_insert_rowid();
        self.conn
            .prepare_cached("DELETE FROM event WHERE id <= ?1")?
            .execute([id - KEPT])?;
        Ok(id)
    }
}

const EVENT: &str = "SELECT e.id, e.at_ms, e.kind, e.file, e.bytes, e.messages, e.processing_us,
   e.latency_us, s.key
 FROM event e LEFT JOIN session s ON s.id = e.session_id";

fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        id: row.get(0)?,
        at: iso(row.get(1)?),
        kind: row.get(2)?,
        file: row.get(3)?,
        bytes: row.get::<_, i64>(4)? as u64,
        messages: row.get::<_, i64>(5)? as u64,
        processing_ms: row.get::<_, i64>(6)? as f64 / 1000.0,
        latency_ms: row.get::<_, Option<i64>>(7)?.map(|us| us as f64 / 1000.0),
        session_id: row.get(8)?,
    })
}

impl Reader {
    /// The last `count` events, oldest first.
    pub fn last_events(&self, count: usize) -> rusqlite::Result<Vec<EventRow>> {
        let mut events: Vec<EventRow> = self
            .conn
            .prepare_cached(&format!("{EVENT} ORDER BY e.id DESC LIMIT ?1"))?
            .query_map([count as i64], event)?
            .collect::<rusqlite::Result<_>>()?;
        events.reverse();
        Ok(events)
    }

    /// `count` events before number `id`, newest first.
    pub fn events_before(&self, id: i64, count: usize) -> rusqlite::Result<Vec<EventRow>> {
        self.conn
            .prepare_cached(&format!(
                "{EVENT} WHERE e.id < ?1 ORDER BY e.id DESC LIMIT ?2"
            ))?
            .query_map([id, count as i64], event)?
            .collect()
    }

    /// Events in each of the `minutes` minutes that end at `now_ms`, oldest first.
    pub fn activity(&self, minutes: usize, now_ms: i64) -> rusqlite::Result<Vec<u64>> {
        const MINUTE_MS: i64 = 60_000;
        let mut counts = vec![0; minutes];
        let since_ms = now_ms - minutes as i64 * MINUTE_MS;
        let mut statement = self.conn.prepare_cached(
            "SELECT (at_ms - ?1) / ?2, count(*) FROM event WHERE at_ms > ?1 GROUP BY 1",
        )?;
        let mut rows = statement.query([since_ms, MINUTE_MS])?;
        while let Some(row) = rows.next()? {
            let minute = usize::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
            // A clock that was set back has left events in our future: they count as now.
            if let Some(count) = counts.get_mut(minute.min(minutes.saturating_sub(1))) {
                *count += row.get::<_, i64>(1)? as u64;
            }
        }
        Ok(counts)
    }

    /// Events after number `id`, oldest first.
    pub fn events_after(&self, id: i64) -> rusqlite::Result<Vec<EventRow>> {
        self.conn
            .prepare_cached(&format!("{EVENT} WHERE e.id > ?1 ORDER BY e.id"))?
            .query_map([id], event)?
            .collect()
    }

    /// Latency over the events kept.
    pub fn latency(&self) -> rusqlite::Result<Latency> {
        let sorted: Vec<i64> = self
            .conn
            .prepare("SELECT latency_us FROM event WHERE latency_us IS NOT NULL ORDER BY 1")?
            .query_map([], |r| r.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let at = |part: f64| {
            let index = (sorted.len() as f64 * part).ceil() as usize;
            sorted
                .get(index.saturating_sub(1))
                .map(|us| *us as f64 / 1000.0)
        };
        Ok(Latency {
            count: sorted.len() as u64,
            p50: at(0.50),
            p95: at(0.95),
            p99: at(0.99),
        })
    }

    /// Events a minute since `since_ms`, and the mean processing time in milliseconds.
    pub fn pace(&self, since_ms: i64, now_ms: i64) -> rusqlite::Result<(f64, f64)> {
        let (count, mean, first_ms): (i64, Option<f64>, Option<i64>) = self.conn.query_row(
            "SELECT count(*), avg(processing_us), min(at_ms) FROM event WHERE at_ms >= ?1",
            [since_ms],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?;
        // With more events than are kept, those that are kept tell of a shorter time.
        let from_ms = match first_ms {
            Some(first) if count >= KEPT => first,
            _ => since_ms,
        };
        let minutes = ((now_ms - from_ms).max(1)) as f64 / 60_000.0;
        Ok((count as f64 / minutes, mean.unwrap_or(0.0) / 1000.0))
    }
}
