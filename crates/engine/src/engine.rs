//! The front door: everything a face can ask for.

mod pins;
mod reading;
mod searcher;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::searcher::{Interrupter, Searcher};
use crate::agents;
use crate::config::{Config, SOURCES, SetBy};
use crate::control::{self, Answer, Request, Stream};
use crate::doctor;
use crate::error::{Error, Kind, Result};
use crate::health::Silence;
use crate::model::{
    Checkup, Conversation, EventRow, Page, ProjectRow, SearchResult, SessionFilter, SessionPick,
    SessionRow, Sort, Status, SyncReport, Table, VerifyReport, View, WrittenFile,
};
use crate::monitor;
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::query::Query;
use crate::running::{self, GiveUp, Work};
use crate::stop::Stop;
use crate::store::backup::{self, Backup};
use crate::store::{EngineLock, Generation, Holder, Reader};
use crate::sync::sweep::{self, Place};
use crate::sync::watch::{Backend, Native};
use crate::sync::{Until, backlog, export, verify};

/// The engine as its faces see it: a data folder, its sources, and the questions one can ask.
///
/// Opening one costs nothing: each question opens what it needs and leaves nothing behind.
#[derive(Debug, Clone)]
pub struct Engine {
    config: Config,
    backend: Arc<dyn Backend>,
}

/// How long the running engine may take to say how things are, before they are measured without it.
const ANSWER: Duration = Duration::from_millis(300);
/// How long it may take to do what it is asked.
const COMMAND: Duration = Duration::from_secs(10);
const RESCAN: Duration = Duration::from_secs(90);

impl Engine {
    /// An engine over the configured data folder and sources.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            backend: Arc::new(Native),
        }
    }

    /// The same engine with file events from elsewhere than the system: this is how tests show what
    /// happens when a watcher fails.
    #[must_use]
    pub fn with_events_from(mut self, backend: Arc<dyn Backend>) -> Self {
        self.backend = backend;
        self
    }

    /// One complete pass: everything on disk is committed and searchable when it returns.
    pub fn sync(&self, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<SyncReport> {
        // One pass that hangs is ended by the one who asked for it.
        self.pass(self.work(Until::Done, Arc::new(|| {})), stop, report)
    }

    /// The same after the database was set aside and recovered, whether or not anything seems wrong
    /// with it: damage that only a deep verification sees.
    pub fn recover(&self, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<SyncReport> {
        let mut work = self.work(Until::Done, Arc::new(|| {}));
        work.recover = Some("a recovery was asked for".into());
        self.pass(work, stop, report)
    }

    /// The same, and every row of an agent (by its id; of all without one) is made anew from the archive,
    /// whether or not its source is still there.
    pub fn sync_anew(
        &self,
        agent: Option<&str>,
        stop: &Stop,
        report: &mut dyn FnMut(Notice),
    ) -> Result<SyncReport> {
        if let Some(agent) = agent
            && agents::by_id(agent).is_none()
        {
            let known: Vec<&str> = agents::all().iter().map(|agent| agent.id()).collect();
            let message = format!("no agent is called {agent}");
            return Err(Error::new(Kind::Usage, message)
                .with_remedy(format!("name one of these: {}", known.join(", "))));
        }
        let mut work = self.work(Until::Done, Arc::new(|| {}));
        work.anew = Some(agent.map(str::to_owned));
        self.pass(work, stop, report)
    }

    fn pass(&self, work: Work, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<SyncReport> {
        let mut recovery = None;
        let mut hear = |notice| {
            if let Notice::Recovered(account) = &notice {
                recovery = Some(account.as_ref().clone());
            }
            report(notice);
        };
        let done = match self.account(work.clone(), stop, &mut hear) {
            // Met only when everything was counted.
            Err(error) if error.kind() == Kind::Damaged && work.recover.is_none() => {
                let recover = (!running::is_whole(&work.dir)).then(|| error.to_string());
                self.account(Work { recover, ..work }, stop, &mut hear)
            }
            done => done,
        }?;
        Ok(SyncReport { recovery, ..done })
    }

    /// Does the work and counts what is there then.
    fn account(
        &self,
        work: Work,
        stop: &Stop,
        report: &mut dyn FnMut(Notice),
    ) -> Result<SyncReport> {
        let started = Instant::now();
        let places = self.places();
        if !places.iter().any(|place| place.folder.is_dir()) {
            match Reader::open(&self.dir()) {
                // What is kept needs looking after all the same.
                Err(error) if error.kind() == Kind::Damaged => {}
                Err(error) => return Err(error),
                Ok(_) => return Err(no_sources(&places)),
            }
        }
        let summary = running::run(work, stop, report)?;
        if stop.is_requested() {
            return Err(
                Error::new(Kind::Stopped, "stopped before everything was taken in")
                    .with_remedy("start again to go on where it ended; nothing was lost"),
            );
        }
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let totals = reader.totals().map_err(fail)?;
        let measured = backlog::measure(&places, &reader.offsets().map_err(fail)?);
        // What an agent wrote since the last sweep is not missing, it is new.
        let since_s = summary
            .swept
            .map_or(0.0, |swept| swept.elapsed().as_secs_f64());
        let gaps = measured
            .behind
            .iter()
            .filter(|late| late.age_s > since_s)
            .count();
        let left_aside = measured.left_aside();
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
            left_aside,
            missing_roots: verify::missing_roots(&places),
            recovery: None,
        })
    }

    /// Catches up, then stays up to date until `stop` is requested. `give_up` is called when the
    /// engine hangs beyond help.
    pub fn watch(
        &self,
        stop: &Stop,
        give_up: GiveUp,
        report: &mut dyn FnMut(Notice),
    ) -> Result<()> {
        running::run(self.work(Until::Stopped, give_up), stop, report).map(drop)
    }

    /// Copies the database into the data folder's `backups/`, and removes the oldest copy. Fails
    /// with [`Kind::Damaged`] where that is what it finds.
    pub fn back_up(&self, stop: &Stop) -> Result<Backup> {
        backup::back_up(&self.dir(), stop)
    }

    /// The one verdict, measured now. The running engine is asked; when there is none, or it does not
    /// answer at once, the disk and the database are. Writes nothing.
    pub fn status(&self) -> Status {
        let dir = self.dir();
        let holder = EngineLock::holder(&dir.lock());
        let asked = holder.map(|holder| ask_holder(&holder, &Request::Status, ANSWER));
        let silence = match asked {
            Some(Ok(Answer::Status(status))) => return *status,
            Some(Ok(_)) => Some(Silence::Silent),
            Some(Err(silence)) => Some(silence),
            None => None,
        };
        // It may have ended while we asked.
        let holder = silence.and_then(|silence| Some((EngineLock::holder(&dir.lock())?, silence)));
        monitor::from_outside(&dir, &self.places(), holder)
    }

    /// The process of the running engine, where it says so; none when no engine runs.
    pub fn holder(&self) -> Option<Option<u32>> {
        EngineLock::holder(&self.dir().lock()).map(|holder| holder.pid)
    }

    /// Whether anything was ever stored.
    pub fn has_database(&self) -> bool {
        self.dir().database().exists()
    }

    /// Asks the running engine to take nothing in until a time (milliseconds since the epoch), or
    /// until it is asked to go on. What is written meanwhile is measured, and taken in afterwards.
    pub fn pause(&self, until_ms: Option<i64>) -> Result<()> {
        self.command(&Request::Pause { until_ms })
    }

    /// Asks the running engine to go on.
    pub fn resume(&self) -> Result<()> {
        self.command(&Request::Resume)
    }

    /// Asks the running engine to look at everything now, and waits until it has.
    pub fn rescan(&self) -> Result<()> {
        self.command(&Request::Rescan)
    }

    /// Listens to what the running engine does; `None` when none listens.
    pub fn subscribe(&self) -> Option<Stream> {
        let socket = EngineLock::holder(&self.dir().lock())?.socket?;
        control::subscribe(&socket).ok()
    }

    fn command(&self, request: &Request) -> Result<()> {
        let not_running = || {
            Error::new(Kind::NotRunning, "no engine runs")
                .with_remedy("start one with `scrollback watch`")
        };
        let holder = EngineLock::holder(&self.dir().lock()).ok_or_else(not_running)?;
        let limit = match request {
            Request::Rescan => RESCAN,
            _ => COMMAND,
        };
        match ask_holder(&holder, request, limit) {
            Ok(Answer::Refused { message }) => Err(Error::new(Kind::Busy, message)),
            Ok(_) => Ok(()),
            Err(_) => Err(
                Error::new(Kind::Hung, "the engine runs, but it does not answer")
                    .with_remedy("`scrollback status` says what is known of it"),
            ),
        }
    }

    /// Sessions, the most recently active first.
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>> {
        let reader = self.reader()?;
        reader.sessions(filter).map_err(|e| reader.explain(&e))
    }

    /// One session with its messages. `session` is an id, the name of its file, the unambiguous beginning of either, or
    /// the file's path.
    pub fn conversation(&self, session: &str) -> Result<Conversation> {
        let reader = self.reader()?;
        let (id, session) = find_session(&reader, session)?;
        let messages = reader.messages(id).map_err(|e| reader.explain(&e))?;
        Ok(Conversation { session, messages })
    }

    /// Projects that hold sessions, the most recently active first.
    pub fn projects(&self) -> Result<Vec<ProjectRow>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            return Ok(Vec::new());
        };
        reader.projects().map_err(|e| reader.explain(&e))
    }

    /// A page of sessions, the most recently active first.
    pub fn pick_sessions(&self, pick: &SessionPick, limit: usize) -> Result<Page<SessionRow>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            let (items, next) = (Vec::new(), None);
            return Ok(Page { items, next });
        };
        reader
            .pick_sessions(pick, limit)
            .map_err(|e| reader.explain(&e))
    }

    /// Messages that match `query`.
    pub fn search(&self, query: &str, limit: usize, sort: Sort) -> Result<SearchResult> {
        self.searcher()?.search(query, limit, sort)
    }

    /// Answers searches that can be taken back.
    pub fn searcher(&self) -> Result<Searcher> {
        self.searcher_again(None)
    }

    /// The same, with what a searcher before has open where that is still what there is to read.
    pub fn searcher_again(&self, before: Option<Searcher>) -> Result<Searcher> {
        let kept = before.map(|searcher| searcher.reader);
        let reader = match kept {
            Some(reader) if reader.is_current(&self.dir())? => reader,
            _ => self.reader()?,
        };
        Ok(Searcher {
            reader,
            pinned: self.pins()?,
        })
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

    /// `count` events before number `id`, or the last ones, newest first.
    pub fn events_before(&self, id: Option<i64>, count: usize) -> Result<Vec<EventRow>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            return Ok(Vec::new());
        };
        reader
            .events_before(id.unwrap_or(i64::MAX), count)
            .map_err(|e| reader.explain(&e))
    }

    /// Events in each of the last `minutes` minutes, oldest first.
    pub fn activity(&self, minutes: usize) -> Result<Vec<u64>> {
        let Some(reader) = Reader::open(&self.dir())? else {
            return Ok(vec![0; minutes]);
        };
        let now_ms = jiff::Timestamp::now().as_millisecond();
        reader
            .activity(minutes, now_ms)
            .map_err(|e| reader.explain(&e))
    }

    /// Compares archive and sources; `deep` unpacks every archived byte.
    pub fn verify(&self, deep: bool) -> Result<VerifyReport> {
        verify::verify(&self.reader()?, &self.places(), deep)
    }

    /// Looks at everything Scrollback stands on; `deep` also unpacks every archived byte. Writes
    /// nothing.
    pub fn doctor(&self, deep: bool) -> Checkup {
        doctor::examine(&self.config, &self.status(), deep)
    }

    /// Writes every record of a session once, one a line, as the bytes it was; or, where `what` is the path
    /// a transcript had on disk, that transcript exactly as it was. Returns the bytes written.
    pub fn export_jsonl(&self, what: &str, out: &mut dyn Write) -> Result<u64> {
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let path = std::path::absolute(what).unwrap_or_else(|_| what.into());
        let Some(transcript) = reader.transcript_at(&path).map_err(fail)? else {
            let (number, _) = find_session(&reader, what)?;
            return export::session(&reader, &self.places(), number, out);
        };
        let _snapshot = reader.snapshot().map_err(fail)?;
        let mut total = reader.unpack_all(transcript.cursor_id, out)?;
        if let Some(last) = reader.pending(transcript.cursor_id).map_err(fail)? {
            out.write_all(&last).map_err(Error::output)?;
            total += last.len() as u64;
        }
        Ok(total)
    }

    /// The files of a session that its agent rewrote: what stood there before is not among its records, and
    /// comes with its files. None for the path of a transcript, which is given back as it stands.
    pub fn rewritten_files(&self, what: &str) -> Result<Vec<PathBuf>> {
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let path = std::path::absolute(what).unwrap_or_else(|_| what.into());
        if reader.transcript_at(&path).map_err(fail)?.is_some() {
            return Ok(Vec::new());
        }
        let rewritten = files_of(&reader, what)?
            .into_iter()
            .filter(|(_, all)| all.len() > 1);
        Ok(rewritten.map(|(path, _)| path).collect())
    }

    /// Files of a session, or the one at a path, with whole lines that are not saved yet, and how many bytes: what is given
    /// out now ends before them.
    pub fn unread_of(&self, what: &str) -> Result<Vec<(PathBuf, u64)>> {
        let reader = self.reader()?;
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let path = std::path::absolute(what).unwrap_or_else(|_| what.into());
        let paths = match reader.transcript_at(&path).map_err(fail)? {
            Some(_) => vec![path],
            None => files_of(&reader, what)?
                .into_iter()
                .map(|(path, _)| path)
                .collect(),
        };
        let offsets = reader.offsets().map_err(fail)?;
        let left = backlog::behind_of(&self.places(), paths, &offsets);
        Ok(left
            .into_iter()
            .map(|late| (late.path.clone(), late.bytes()))
            .collect())
    }

    /// Writes the files of a session into a new folder, as they were, and what they were before the agent
    /// rewrote them.
    pub fn export_transcripts(&self, session: &str, to: &Path) -> Result<Vec<WrittenFile>> {
        let reader = self.reader()?;
        let (number, _) = find_session(&reader, session)?;
        export::transcripts(&reader, number, to)
    }

    /// Runs a read-only query.
    pub fn sql(&self, query: &str) -> Result<Table> {
        self.reader()?.query(query)
    }

    /// The agents we understand: id, and what people call it.
    pub fn agents() -> impl Iterator<Item = (&'static str, &'static str)> {
        agents::all().iter().map(|agent| (agent.id(), agent.name()))
    }

    /// The first rows of a read-only query, as far as it comes in the time it has.
    pub fn sql_within(&self, query: &str, rows: usize, time: Duration) -> Result<Table> {
        self.reader()?.query_within(query, rows, time)
    }

    /// The views that a query may ask, with their columns.
    pub fn views(&self) -> Result<Vec<View>> {
        self.reader()?.views()
    }

    /// A search as a query of the views, which finds what holds its words anywhere.
    pub fn search_as_sql(&self, typed: &str) -> Result<String> {
        let query = Query {
            pinned: self.pins()?,
            ..Query::parse(typed)
        };
        Ok(query.as_sql())
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn work(&self, until: Until, give_up: GiveUp) -> Work {
        Work {
            dir: self.dir(),
            places: self.places(),
            until,
            backend: self.backend.clone(),
            polling: self.config.polling,
            recover: None,
            anew: None,
            give_up,
        }
    }

    fn dir(&self) -> DataDir {
        DataDir::new(&self.config.data_dir)
    }

    fn places(&self) -> Vec<Place> {
        let mut places = sweep::places(&self.config.sources);
        let is_named = self.config.set_by(SOURCES) != SetBy::Default;
        places
            .iter_mut()
            .for_each(|place| place.is_named = is_named);
        places
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

/// Asks the engine that holds the lock.
fn ask_holder(holder: &Holder, request: &Request, limit: Duration) -> Result<Answer, Silence> {
    match &holder.socket {
        Some(socket) => control::ask(socket, request, limit),
        None => Err(Silence::Absent),
    }
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

/// The files of a session, each with what it was.
fn files_of(reader: &Reader, session: &str) -> Result<Vec<(PathBuf, Vec<Generation>)>> {
    let (number, _) = find_session(reader, session)?;
    let files = reader.generations_of_session(number);
    files.map_err(|e| reader.explain(&e))
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
