//! The answer to "how are things": facts judged, with the figures behind them.

use std::time::Instant;

use super::look::Looks;
use crate::error::{Error, Kind, Result};
use crate::health::{Engine, Facts, Mode, State, Verdict, problem};
use crate::left_aside::{Group, Reason, Tally};
use crate::model::{
    Backlog, EventRow, Latency, LeftAsideFor, LeftAsideRow, Problem, Proof, Recovery, RootStatus,
    Status, StoreStatus, WatcherStatus,
};
use crate::paths::DataDir;
use crate::store::{self, Reader, Round, Totals};
use crate::sync::proof::SHARE;
use crate::sync::sweep::Place;
use crate::vitals::Signs;

/// Events a minute are counted over so long.
const PACE_MS: i64 = 5 * 60_000;
/// Files left aside for one reason, shown; `doctor` names more.
const FIRST: usize = 3;
/// Files furthest behind, shown.
const WORST: usize = 3;
/// Messages of that age ought to be searchable.
const INDEXED_WITHIN_MS: i64 = 10_000;

/// What the database says.
#[derive(Debug, Default)]
pub struct Stored {
    totals: Totals,
    last_commit_ms: Option<i64>,
    events_per_minute: f64,
    avg_processing_ms: f64,
    latency: Latency,
    recent: Vec<EventRow>,
    recovery: Option<Recovery>,
    /// As the last engine wrote it down.
    pub proof: Proof,
}

impl Stored {
    /// Asks the database; nothing when there is none yet.
    pub fn of(reader: Option<&Reader>, now_ms: i64) -> rusqlite::Result<Self> {
        let Some(reader) = reader else {
            return Ok(Self::default());
        };
        let (events_per_minute, avg_processing_ms) = reader.pace(now_ms - PACE_MS, now_ms)?;
        let mut recent = reader.last_events(5)?;
        recent.reverse();
        Ok(Self {
            totals: reader.totals()?,
            last_commit_ms: reader.last_commit_ms()?,
            events_per_minute,
            avg_processing_ms,
            latency: reader.latency()?,
            recent,
            recovery: reader.recovery()?,
            proof: Proof::default(),
        })
    }

    /// With how far the last engine has read what is kept again.
    pub fn with_proof(mut self, dir: &DataDir, reader: Option<&Reader>) -> rusqlite::Result<Self> {
        let Some(reader) = reader else {
            return Ok(self);
        };
        let round = Round::read(dir);
        if round.store == reader.store_id()? {
            self.proof = round.told(reader.kept_bytes()?, SHARE);
        }
        Ok(self)
    }

    /// When something was last committed, milliseconds since the epoch.
    pub fn last_commit_ms(&self) -> Option<i64> {
        self.last_commit_ms
    }
}

/// Messages that are not searchable and ought to be.
pub fn overdue(reader: Option<&Reader>, now_ms: i64) -> rusqlite::Result<u64> {
    let Some(reader) = reader else { return Ok(0) };
    match reader.last_commit_ms()? {
        Some(ms) if now_ms - ms < INDEXED_WITHIN_MS => Ok(0),
        _ => reader.unindexed(),
    }
}

/// Facts that anyone can find out, engine or not.
pub fn facts(engine: Engine, looks: &Looks, places: &[Place], trouble: Option<&Error>) -> Facts {
    let no_sources = looks.at.is_some() && looks.existing.is_empty();
    let is_missing = |place: &&Place| {
        let is_gone = looks.at.is_some() && !looks.existing.contains(&place.folder);
        place.is_named && is_gone && !no_sources
    };
    let unreadable = looks.last.unreadable.iter();
    Facts {
        engine,
        behind: looks.behind(Instant::now()),
        unreadable: unreadable
            .map(|u| (u.path.display().to_string(), u.reason.clone()))
            .collect(),
        no_sources,
        missing: places
            .iter()
            .filter(is_missing)
            .map(|place| place.folder.display().to_string())
            .collect(),
        store_trouble: trouble.map(store_trouble),
        low_space: looks.low_space,
        long_log: looks.long_log.clone(),
        damaged: None,
    }
}

/// How much of what is kept is damaged, and where first.
pub fn damaged(proof: &Proof) -> Option<(u64, String)> {
    let first = proof.damaged.first()?;
    Some((proof.damaged.len() as u64, first.path.clone()))
}

fn store_trouble(error: &Error) -> Problem {
    let code = match error.kind() {
        Kind::Busy => "database_locked",
        Kind::DiskFull => "disk_full",
        Kind::Damaged => "database_damaged",
        _ => "database_unusable",
    };
    let remedy = error.remedy().unwrap_or("`scrollback doctor` looks closer");
    problem(code, &error.to_string(), remedy)
}

/// Who answers.
pub struct Who {
    /// Its process id.
    pub pid: Option<u32>,
    /// For how long it has run, seconds.
    pub uptime_s: Option<f64>,
    /// Since when the state is what it is, milliseconds since the epoch.
    pub since_ms: i64,
    /// What it knows of itself; nothing when it does not answer or is not there.
    pub signs: Option<Signs>,
}

/// The whole answer.
pub fn status(
    verdict: Verdict,
    who: Who,
    facts: &Facts,
    looks: &Looks,
    stored: Stored,
    (dir, places): (&DataDir, &[Place]),
) -> Status {
    let told = who.signs.as_ref().map(|signs| signs.proof.clone());
    let proof = told.unwrap_or(stored.proof);
    let signs = who.signs.unwrap_or_default();
    let watching = signs.watching;
    let is_catching_up = verdict.state == State::CatchingUp && !signs.is_caught_up;
    let root = |(at, place): (usize, &Place)| {
        let found = looks.last.places.get(at);
        let left_aside = found.map(|found| &found.left_aside);
        // A disk that does not answer does not say that the folder is gone.
        let exists = looks.at.is_none() || looks.existing.contains(&place.folder);
        let mode = if exists { watching.mode } else { Mode::None };
        RootStatus {
            agent: place.source.agent.clone(),
            path: place.folder.display().to_string(),
            exists,
            mode,
            files: found.map_or(0, |found| found.files),
            left_aside: left_aside.map_or(0, Tally::count),
            left_aside_for: left_aside.map(left_aside_for).unwrap_or_default(),
        }
    };
    let worst = looks.last.behind.iter().take(WORST);
    Status {
        state: verdict.state,
        reason: verdict.reason,
        since: store::iso(who.since_ms),
        pid: who.pid,
        version: env!("CARGO_PKG_VERSION").into(),
        uptime_s: who.uptime_s.map(|s| s as u64),
        watcher: WatcherStatus {
            mode: watching.mode,
            active: !matches!(verdict.state, State::Stopped) && watching.mode != Mode::None,
            roots: places.iter().enumerate().map(root).collect(),
            files_watched: looks.last.files,
            events_per_minute: stored.events_per_minute,
            avg_processing_ms: stored.avg_processing_ms,
            missed_events: watching.missed,
            rebuilds: watching.rebuilds,
            latency_ms: stored.latency,
            recent_events: stored.recent,
        },
        backlog: Backlog {
            files: facts.behind.files,
            bytes: facts.behind.bytes,
            lag_s: facts.behind.lag_s,
            verified_at: store::iso(jiff::Timestamp::now().as_millisecond() - looked_ago_ms(looks)),
            worst: worst
                .map(|late| (late.path.display().to_string(), late.bytes()))
                .collect(),
        },
        store: StoreStatus {
            path: dir.database().display().to_string(),
            bytes: store::file_sizes(dir),
            sessions: stored.totals.sessions,
            messages: stored.totals.messages,
            rejects: stored.totals.rejects,
            sources_missing: stored.totals.sources_missing,
        },
        problems: verdict
            .problems
            .into_iter()
            .chain(stored.recovery.iter().filter_map(lost))
            .collect(),
        proof,
        progress: (is_catching_up || signs.progress.anew_total > 0).then_some(signs.progress),
    }
}

/// What is not read in a place, by reason.
fn left_aside_for(tally: &Tally) -> Vec<LeftAsideFor> {
    let group = |(reason, group): (Reason, &Group)| LeftAsideFor {
        reason,
        says: reason.says().into(),
        count: group.count,
        first: group
            .kept
            .iter()
            .take(FIRST)
            .map(LeftAsideRow::from)
            .collect(),
    };
    tally.groups().map(group).collect()
}

/// What a recovery could not bring back is not forgotten: the damaged database is still there.
fn lost(recovery: &Recovery) -> Option<Problem> {
    let count = recovery.lost.len();
    let is_kept = std::path::Path::new(&recovery.set_aside).is_dir();
    let message = format!(
        "the database was damaged and recovered at {}; of {count} transcripts something is lost",
        recovery.at
    );
    let remedy = format!(
        "the damaged database is in {}; remove the folder when you do not need it any more",
        recovery.set_aside
    );
    let problem = problem("recovered_with_loss", &message, &remedy).at(&recovery.set_aside);
    (count > 0 && is_kept).then_some(problem)
}

fn looked_ago_ms(looks: &Looks) -> i64 {
    looks
        .at
        .map_or(0, |(at, _)| at.elapsed().as_millis() as i64)
}

/// What an error of the database means for the user.
pub fn explain(reader: Option<&Reader>, error: &rusqlite::Error) -> Error {
    match reader {
        Some(reader) => reader.explain(error),
        None => Error::new(Kind::Database, error.to_string()),
    }
}

/// Opens the database for a question that must not wait for others.
pub fn reader(dir: &DataDir) -> Result<Option<Reader>> {
    Reader::open_now(dir)
}
