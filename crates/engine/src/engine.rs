//! The front door: everything a face can ask for.

use std::io::Write;
use std::time::Instant;

use crate::config::Config;
use crate::doctor;
use crate::error::{Error, Kind, Result, Unreadable};
use crate::health::{self, Facts, State};
use crate::model::{
    Backlog, Checkup, Conversation, EventRow, Latency, Problem, Recovery, RootStatus, SearchResult,
    SessionFilter, SessionRow, Sort, Status, StoreStatus, SyncReport, Table, VerifyReport,
    WatcherStatus,
};
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::query::Query;
use crate::stop::Stop;
use crate::store::backup::{self, Backup};
use crate::store::{self, EngineLock, Known, Reader, Totals};
use crate::sync::sweep::{self, Place};
use crate::sync::{self, Until, backlog, recover, verify};

/// The engine as its faces see it: a data folder, its sources, and the questions one can ask.
///
/// Opening one costs nothing: each question opens what it needs and leaves nothing behind.
#[derive(Debug, Clone)]
pub struct Engine {
    config: Config,
}

impl Engine {
    /// An engine over the configured data folder and sources.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// One complete pass: everything on disk is committed and searchable when it returns.
    pub fn sync(&self, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<SyncReport> {
        let mut recovery = None;
        let mut hear = |notice| {
            if let Notice::Recovered(account) = &notice {
                recovery = Some(account.as_ref().clone());
            }
            report(notice);
        };
        let outcome = self.recovering(stop, &mut hear, |report| self.pass(stop, report));
        outcome.map(|done| SyncReport { recovery, ..done })
    }

    fn pass(&self, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<SyncReport> {
        let started = Instant::now();
        let places = self.places();
        if !places.iter().any(|place| place.folder.is_dir()) {
            // What is kept may need looking after all the same.
            Reader::open(&self.dir())?;
            return Err(no_sources(&places));
        }
        let summary = sync::run(&self.dir(), places.clone(), Until::Done, stop, report)?;
        if stop.is_requested() {
            return Err(
                Error::new(Kind::Stopped, "stopped before everything was taken in")
                    .with_remedy("start again to go on where it ended; nothing was lost"),
            );
        }
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let totals = reader.totals().map_err(fail)?;
        let measured = backlog::measure(&places, reader.transcripts().map_err(fail)?);
        // What an agent wrote since the last sweep is not missing, it is new.
        let since_s = summary
            .swept
            .map_or(0.0, |swept| swept.elapsed().as_secs_f64());
        let gaps = measured
            .behind
            .iter()
            .filter(|(_, _, age_s)| *age_s > since_s)
            .count();
        let unreadable = summary.unreadable.into_iter().chain(measured.unreadable);
        let mut unreadable: Vec<(String, String)> = unreadable
            .map(|u| (u.path.display().to_string(), u.reason))
            .collect();
        unreadable.sort();
        unreadable.dedup_by(|a, b| a.0 == b.0);
        Ok(SyncReport {
            files: measured.files,
            bytes: totals.bytes,
            records: reader.records().map_err(fail)?,
            sessions: totals.sessions,
            messages: totals.messages,
            rejects: totals.rejects,
            gaps: gaps as u64,
            elapsed_s: started.elapsed().as_secs_f64(),
            bytes_read: summary.bytes,
            messages_added: summary.messages,
            unreadable,
            recovery: None,
        })
    }

    /// Catches up, then stays up to date until `stop` is requested.
    pub fn watch(&self, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<()> {
        self.recovering(stop, report, |report| {
            sync::run(&self.dir(), self.places(), Until::Stopped, stop, report).map(drop)
        })
    }

    /// Does `work`. Where the database turns out damaged it is recovered, once, and the work begins
    /// again.
    fn recovering<T>(
        &self,
        stop: &Stop,
        report: &mut dyn FnMut(Notice),
        work: impl Fn(&mut dyn FnMut(Notice)) -> Result<T>,
    ) -> Result<T> {
        match work(report) {
            Err(error) if error.kind() == Kind::Damaged => {
                self.recover(&error.to_string(), stop, report)?;
                work(report)
            }
            outcome => outcome,
        }
    }

    /// Sets the database aside and makes a new one of what it, the backups and, with the next pass,
    /// the sources hold. `reason` says what is wrong with it.
    pub fn recover(
        &self,
        reason: &str,
        stop: &Stop,
        report: &mut dyn FnMut(Notice),
    ) -> Result<Recovery> {
        report(Notice::Problem(Problem {
            code: "damaged".into(),
            message: reason.to_owned(),
            remedy: "it is set aside, and what it held is recovered".into(),
        }));
        let (dir, places) = (self.dir(), self.places());
        let recovery = recover::recover(&dir, &places, reason, stop, &mut |progress| {
            report(Notice::Progress(progress));
        })?;
        report(Notice::Recovered(Box::new(recovery.clone())));
        Ok(recovery)
    }

    /// Copies the database into the data folder's `backups/`, and removes the oldest copy. Fails
    /// with [`Kind::Damaged`] where that is what it finds.
    pub fn back_up(&self, stop: &Stop) -> Result<Backup> {
        backup::back_up(&self.dir(), stop)
    }

    /// Whether the newest backup is older than a day.
    pub fn is_backup_due(&self) -> bool {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        backup::is_due(&self.dir(), now_ms)
    }

    /// The verdict, measured now from the disk and the database. Writes nothing.
    pub fn status(&self) -> Result<Status> {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let (dir, places) = (self.dir(), self.places());
        let holder = EngineLock::holder(&dir.lock());
        let reader = Reader::open(&dir)?;
        let stored = Stored::of(reader.as_ref(), now_ms)?;
        let measured = backlog::measure(&places, stored.known);
        let uptime_s = holder.as_ref().map(|holder| {
            holder
                .since_ms
                .map_or(0.0, |since| (now_ms - since).max(0) as f64 / 1000.0)
        });
        let verdict = health::judge(&Facts {
            uptime_s,
            backlog_files: measured.behind.len() as u64,
            backlog_bytes: measured.bytes(),
            lag_s: measured.lag_s(),
            last_commit_s: stored
                .last_commit_ms
                .map(|ms| (now_ms - ms).max(0) as f64 / 1000.0),
            unreadable: measured.unreadable.len() as u64,
            unindexed: stored.unindexed,
            no_sources: !places.iter().any(|place| place.folder.is_dir()),
        });
        let since_ms = match verdict.state {
            State::Stopped => stored.last_commit_ms,
            _ => holder.as_ref().and_then(|holder| holder.since_ms),
        };
        let is_running = holder.is_some();
        let mode = if is_running { "native" } else { "none" };
        let root = |place: &Place| RootStatus {
            agent: place.source.agent.clone(),
            path: place.folder.display().to_string(),
            exists: place.folder.is_dir(),
            mode: if place.folder.is_dir() { mode } else { "none" }.into(),
        };
        Ok(Status {
            state: verdict.state,
            reason: verdict.reason,
            since: store::iso(since_ms.unwrap_or(now_ms)),
            pid: holder.and_then(|holder| holder.pid),
            version: env!("CARGO_PKG_VERSION").into(),
            uptime_s: uptime_s.map(|s| s as u64),
            watcher: WatcherStatus {
                mode: mode.into(),
                active: is_running,
                roots: places.iter().map(root).collect(),
                files_watched: measured.files,
                events_per_minute: stored.events_per_minute,
                avg_processing_ms: stored.avg_processing_ms,
                missed_events: 0,
                rebuilds: 0,
                latency_ms: stored.latency,
                recent_events: stored.recent,
            },
            backlog: Backlog {
                files: measured.behind.len() as u64,
                bytes: measured.bytes(),
                lag_s: measured.lag_s(),
                verified_at: store::iso(now_ms),
                worst: measured
                    .behind
                    .iter()
                    .take(3)
                    .map(|(path, bytes, _)| (path.display().to_string(), *bytes))
                    .collect(),
            },
            store: StoreStatus {
                path: dir.database().display().to_string(),
                bytes: store::file_sizes(&dir),
                sessions: stored.totals.sessions,
                messages: stored.totals.messages,
                rejects: stored.totals.rejects,
                sources_missing: stored.totals.sources_missing,
            },
            problems: problems(&measured.unreadable),
        })
    }

    /// Sessions, the most recently active first.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>> {
        let reader = self.reader()?;
        reader.sessions(filter).map_err(|e| reader.explain(&e))
    }

    /// One session with its messages. `session` is an id or the unambiguous beginning of one.
    pub fn conversation(&self, session: &str) -> Result<Conversation> {
        let reader = self.reader()?;
        let (id, session) = find_session(&reader, session)?;
        let messages = reader.messages(id).map_err(|e| reader.explain(&e))?;
        Ok(Conversation { session, messages })
    }

    /// Messages that match `query`.
    pub fn search(&self, query: &str, limit: usize, sort: Sort) -> Result<SearchResult> {
        let reader = self.reader()?;
        reader
            .search(&Query::parse(query), limit, sort)
            .map_err(|e| reader.explain(&e))
    }

    /// The last `count` events, oldest first.
    pub fn events(&self, count: usize) -> Result<Vec<EventRow>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            return Ok(Vec::new());
        };
        reader.last_events(count).map_err(|e| reader.explain(&e))
    }

    /// Events after number `id`, oldest first.
    pub fn events_after(&self, id: i64) -> Result<Vec<EventRow>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            return Ok(Vec::new());
        };
        reader.events_after(id).map_err(|e| reader.explain(&e))
    }

    /// Compares archive and sources; `deep` unpacks every archived byte.
    pub fn verify(&self, deep: bool) -> Result<VerifyReport> {
        verify::verify(&self.reader()?, &self.places(), deep)
    }

    /// Looks at everything Scrollback stands on; `deep` also unpacks every archived byte. Writes
    /// nothing.
    pub fn doctor(&self, deep: bool) -> Checkup {
        doctor::examine(&self.config, deep)
    }

    /// Writes the transcripts of a session (an id or the unambiguous beginning of one), or the
    /// transcript at a path, exactly as the agent wrote them. Returns the bytes written.
    pub fn export_jsonl(&self, what: &str, out: &mut dyn Write) -> Result<u64> {
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let path = std::path::absolute(what).unwrap_or_else(|_| what.into());
        let transcripts = match reader.transcript_at(&path).map_err(fail)? {
            Some(transcript) => vec![transcript],
            None => {
                let (id, _) = find_session(&reader, what)?;
                reader.transcripts_of_session(id).map_err(fail)?
            }
        };
        let mut total = 0;
        for transcript in transcripts {
            total += reader.unpack_all(transcript.cursor_id, out)?;
        }
        Ok(total)
    }

    /// Runs a read-only query.
    pub fn sql(&self, query: &str) -> Result<Table> {
        self.reader()?.query(query)
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn dir(&self) -> DataDir {
        DataDir::new(&self.config.data_dir)
    }

    fn places(&self) -> Vec<Place> {
        sweep::places(&self.config.sources)
    }

    fn reader(&self) -> Result<Reader> {
        Reader::open(&self.dir())?.ok_or_else(|| {
            let path = self.dir().database();
            Error::new(
                Kind::NoSources,
                format!("nothing is stored yet in {}", path.display()),
            )
            .with_remedy("run `scrollback sync` first")
        })
    }
}

/// What the database says for a status.
#[derive(Default)]
struct Stored {
    known: Vec<Known>,
    totals: Totals,
    last_commit_ms: Option<i64>,
    unindexed: u64,
    events_per_minute: f64,
    avg_processing_ms: f64,
    latency: Latency,
    recent: Vec<EventRow>,
}

impl Stored {
    fn of(reader: Option<&Reader>, now_ms: i64) -> Result<Self> {
        const PACE_MS: i64 = 5 * 60_000;
        let Some(reader) = reader else {
            return Ok(Self::default());
        };
        let read = || -> rusqlite::Result<Self> {
            let (events_per_minute, avg_processing_ms) = reader.pace(now_ms - PACE_MS, now_ms)?;
            let mut recent = reader.last_events(5)?;
            recent.reverse();
            Ok(Self {
                known: reader.transcripts()?,
                totals: reader.totals()?,
                last_commit_ms: reader.last_commit_ms()?,
                unindexed: reader.unindexed()?,
                events_per_minute,
                avg_processing_ms,
                latency: reader.latency()?,
                recent,
            })
        };
        read().map_err(|e| reader.explain(&e))
    }
}

fn problems(unreadable: &[Unreadable]) -> Vec<Problem> {
    let problem = |trouble: &Unreadable| Problem {
        code: "unreadable".into(),
        message: format!(
            "{} cannot be read: {}",
            trouble.path.display(),
            trouble.reason
        ),
        remedy: "give yourself read permission; it is tried again by itself".into(),
    };
    unreadable.iter().map(problem).collect()
}

fn no_sources(places: &[Place]) -> Error {
    let looked: Vec<String> = places
        .iter()
        .map(|place| place.folder.display().to_string())
        .collect();
    let message = format!("no conversations found; looked in {}", looked.join(", "));
    Error::new(Kind::NoSources, message)
        .with_remedy("start your agent once, or name its folder with --source claude-code=PATH")
}

fn find_session(reader: &Reader, id: &str) -> Result<(i64, SessionRow)> {
    match reader.find_session(id).map_err(|e| reader.explain(&e))? {
        Ok(found) => Ok(found),
        Err(several) if several.is_empty() => Err(Error::new(
            Kind::NotFound,
            format!("no session or transcript is called {id}"),
        )
        .with_remedy("`scrollback sessions` lists them")),
        Err(several) => {
            let message = format!("{id} could be any of {}", several.join(", "));
            Err(Error::new(Kind::NotFound, message).with_remedy("give a few more letters"))
        }
    }
}
