//! How far everything that is kept was read again, little by little, and what was found damaged. It stands in a
//! file of the data folder: whether the archive is whole is said without writing to it.

use std::fs;

use serde::{Deserialize, Serialize};

use super::files::sync_file;
use super::handle::Reader;
use super::time::iso;
use super::words;
use crate::error::{Error, Result};
use crate::model::{Damage, Proof};
use crate::paths::{DataDir, private};

/// The rounds so far. Times are milliseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The database that is read.
    pub store: String,
    /// When this round began; `None` before the first.
    pub began_ms: Option<i64>,
    /// The cursor that was read last in it; `None` once it has ended.
    pub after: Option<i64>,
    /// Bytes read in it.
    pub bytes: u64,
    /// Seconds of work they took.
    pub spent_s: f64,
    /// When the last round that read everything began, and when it ended.
    pub whole: Option<(i64, i64)>,
    /// The same of the last one that found everything whole.
    pub sound: Option<(i64, i64)>,
    /// What is damaged and could not be mended: by the last whole round, and by this one so far.
    pub damaged: Vec<Damage>,
    /// By this one.
    pub found: Vec<Damage>,
    /// It found something that was mended: copies made before may hold it as it was found.
    pub has_mended: bool,
}

impl Round {
    /// What is known; nothing where the file is missing, or is none of ours.
    pub fn read(dir: &DataDir) -> Self {
        let text = fs::read_to_string(dir.round()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// A round begins; behind which cursor.
    pub fn begin(&mut self, now_ms: i64) -> i64 {
        *self = Self {
            store: std::mem::take(&mut self.store),
            began_ms: Some(now_ms),
            after: Some(0),
            whole: self.whole,
            sound: self.sound,
            damaged: std::mem::take(&mut self.damaged),
            ..Self::default()
        };
        0
    }

    /// What of the transcript at `path` was found and could not be mended, besides what was found of it before in this
    /// round; `most` is listed.
    pub fn found(&mut self, path: &str, damage: Vec<Damage>, most: usize) {
        let room = most.saturating_sub(self.found.len());
        self.found.extend(damage.into_iter().take(room));
        // What an earlier round found there was read again now.
        let found = self.found.iter().filter(|one| one.path == path).cloned();
        let found: Vec<Damage> = found.collect();
        self.damaged.retain(|one| one.path != path);
        self.damaged.extend(found);
        self.damaged.truncate(most);
    }

    /// Everything was read.
    pub fn end(&mut self, now_ms: i64) {
        self.damaged = std::mem::take(&mut self.found);
        self.after = None;
        self.whole = Some((self.began_ms.unwrap_or(now_ms), now_ms));
        if self.damaged.is_empty() && !self.has_mended {
            self.sound = self.whole;
        }
    }

    /// The same for people. `of_bytes`: how much is kept. It works one part of the time and rests `share` parts.
    pub fn told(&self, of_bytes: u64, share: u32) -> Proof {
        let is_under_way = self.after.is_some();
        let takes_s = (self.bytes > 0).then(|| {
            let left = of_bytes.max(self.bytes) as f64 / self.bytes as f64;
            self.spent_s * left * f64::from(share + 1)
        });
        Proof {
            began: self.began_ms.map(iso),
            bytes: self.bytes,
            of_bytes,
            is_under_way,
            takes_s,
            whole: self.whole.map(|(_, ended)| iso(ended)),
            damaged: self.damaged.clone(),
        }
    }

    /// Writes it down, complete or not at all.
    pub fn write(&self, dir: &DataDir) -> Result<()> {
        let path = dir.round();
        let unfinished = path.with_extension("unfinished");
        let text = serde_json::to_string(self).map_err(|e| Error::io("write", &path, e.into()))?;
        fs::write(&unfinished, text).map_err(|e| Error::io("write", &unfinished, e))?;
        private(&unfinished)?;
        sync_file(&unfinished)?;
        fs::rename(&unfinished, &path).map_err(|e| Error::io("rename", &unfinished, e))
    }
}

impl Reader {
    /// What tells this database from any other.
    pub fn store_id(&self) -> rusqlite::Result<String> {
        words::store_id(&self.conn)
    }

    /// Bytes of everything that is kept of transcripts.
    pub fn kept_bytes(&self) -> rusqlite::Result<u64> {
        self.conn
            .query_row(
                "SELECT ifnull(sum(offset - start), 0) FROM cursor",
                [],
                |r| r.get::<_, i64>(0),
            )
            .map(|bytes| bytes as u64)
    }
}
