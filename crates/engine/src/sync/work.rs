//! What a worker does with one dirty file: tail, parse, transform, and hand the change on.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::agents;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{Reader, pack};
use crate::sync::execute::{Append, Change};
use crate::sync::ledger::{Entry, Ledger};
use crate::sync::links;
use crate::sync::parse;
use crate::sync::sweep::Place;
use crate::sync::tail::{self, Comparison, Finding, Hindrance, Tail, is_racy, keeps_all};
use crate::sync::transform;
use crate::transcript::{Batch, Context, Cursor, Found, Shape};
use crate::vitals::Vitals;

/// Bytes of one file before others get their turn.
const TURN: u64 = 8 << 20;

/// A file to look at.
#[derive(Debug, Clone)]
pub struct Job {
    /// The file.
    pub found: Arc<Found>,
    /// When it was picked up.
    pub picked_up: Instant,
    /// It changed while the engine was watching.
    pub is_live: bool,
}

/// What became of a job.
#[derive(Debug)]
pub enum Outcome {
    /// Read to its end, or as it was.
    Done,
    /// There is more to read; others go first.
    More,
    /// Batches of it are still on their way to the database; look again in a moment.
    InFlight,
    /// Read, but for a last line that is being written; look again once the file rests.
    Unfinished,
    /// It cannot be read now.
    Unreadable(String),
}

/// A worker's view of the engine.
#[derive(Debug)]
pub struct Worker {
    /// Where the database is.
    pub dir: DataDir,
    /// Where transcripts lie.
    pub places: Vec<Place>,
    /// What is known of each file.
    pub ledger: Arc<Ledger>,
    /// Where changes go.
    pub changes: SyncSender<Change>,
    /// Whether to end soon.
    pub stop: Stop,
    /// Where it shows that it works.
    pub vitals: Arc<Vitals>,
    /// Its place there.
    pub number: usize,
    /// This is one pass: what stands there now is all there will be.
    pub is_one_pass: bool,
    /// Opened when a file has to be compared record by record.
    pub reader: Option<Reader>,
}

impl Worker {
    /// Brings one file up to date, or as far as its turn goes, and shows that it is at it.
    pub fn run(&mut self, job: &Job) -> Result<Outcome> {
        let vitals = Arc::clone(&self.vitals);
        let beat = &vitals.workers[self.number];
        let name = job.found.path.file_name().unwrap_or_default();
        vitals.begin(beat, &name.to_string_lossy());
        let outcome = self.look_at(job);
        vitals.rest(beat);
        match outcome {
            // The writer is gone. If it failed, it says itself why.
            Err(error) if error.kind() == Kind::Stopped => Ok(Outcome::InFlight),
            outcome => outcome,
        }
    }

    fn look_at(&mut self, job: &Job) -> Result<Outcome> {
        let path = &job.found.path;
        let ledger = Arc::clone(&self.ledger);
        let Some(_hand) = ledger.take_in_hand(path) else {
            return Ok(Outcome::InFlight);
        };
        let tail = match self.open(&job.found) {
            Ok(Some(tail)) => tail,
            Ok(None) => return self.gone(path),
            Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
        };
        let (cursor, finding) = match self.ledger.get(path) {
            None => match self.moves_here(&job.found, &tail)? {
                Ok(false) => (Cursor::default(), Finding::Intact),
                Ok(true) => return Ok(Outcome::InFlight),
                Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
            },
            Some(entry) => match self.compare(job, &tail, &entry)? {
                Compared::Unchanged => return self.confirm(path, &tail, &entry),
                Compared::InFlight => return Ok(Outcome::InFlight),
                Compared::Unreadable(reason) => return Ok(Outcome::Unreadable(reason)),
                Compared::Rewritten { at } => (entry.cursor, Finding::Rewritten { at }),
                Compared::Intact { is_proved } => {
                    let cursor = Cursor {
                        is_proved,
                        ..entry.cursor
                    };
                    (cursor, Finding::Intact)
                }
            },
        };
        self.read_on(job, &tail, cursor, finding)
    }

    fn open(&self, found: &Found) -> io::Result<Option<Tail>> {
        let place = self
            .places
            .iter()
            .find(|place| place.source == found.source);
        place.map_or(Ok(None), |place| links::open(place, &found.path))
    }

    fn read_on(
        &mut self,
        job: &Job,
        tail: &Tail,
        mut cursor: Cursor,
        mut finding: Finding,
    ) -> Result<Outcome> {
        if let Finding::Rewritten { at } = finding {
            let context = match context_at(job, tail, at) {
                Ok(context) => context,
                Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
            };
            cursor = cursor.rewritten(at, context);
        }
        let path = &job.found.path;
        if finding == Finding::Intact && !self.is_one_pass {
            match self.is_growing(job, tail, &cursor) {
                Ok(true) => return Ok(Outcome::Unfinished),
                Ok(false) => {}
                Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
            }
        }
        let mut turn = 0;
        loop {
            self.vitals.beat(&self.vitals.workers[self.number]);
            let rests = self.is_one_pass || tail.rests();
            let batch = match tail.read(&cursor, job.found.origin.shape, rests) {
                Ok(batch) => batch,
                Err(e) => return Ok(Outcome::Unreadable(e.to_string())),
            };
            turn += batch.bytes.len() as u64;
            let is_last = batch.is_last;
            let change = change(job, tail, batch, finding, cursor.context)?;
            cursor = change.after.clone();
            self.ledger.sent(path, cursor.clone(), tail.checked_ns);
            self.send(Change::Append(Box::new(change)))?;
            finding = Finding::Intact;
            if is_last && keeps_all(&cursor, job.found.origin.shape) {
                return Ok(Outcome::Done);
            }
            if is_last {
                return Ok(Outcome::Unfinished);
            }
            if turn >= TURN || self.stop.is_requested() {
                return Ok(Outcome::More);
            }
        }
    }

    /// Whether a long line is still being written. Of one that grows in steps only what is new is looked at, or it would be
    /// read from its beginning at each of them.
    fn is_growing(&self, job: &Job, tail: &Tail, cursor: &Cursor) -> io::Result<bool> {
        let len = tail.stamp.size.saturating_sub(cursor.offset);
        let is_long = (tail::BATCH as u64..tail::LONGEST_LINE as u64).contains(&len);
        if job.found.origin.shape != Shape::Lines || !is_long || tail.rests_behind(len) {
            return Ok(false);
        }
        let path = &job.found.path;
        let Some(entry) = self.ledger.get(path) else {
            return Ok(false);
        };
        let (to, print) = entry.unbroken;
        let from = match to > cursor.offset && tail.has_before(to, print)? {
            true => to,
            false => cursor.offset,
        };
        let is_unbroken = tail::complete_end(tail, from)? == from;
        if is_unbroken {
            let to = tail.stamp.size;
            self.ledger
                .note_unbroken(path, (to, tail.print_before(to)?));
        }
        Ok(is_unbroken)
    }

    fn compare(&mut self, job: &Job, tail: &Tail, entry: &Entry) -> Result<Compared> {
        let (path, shape) = (&job.found.path, job.found.origin.shape);
        let in_flight = entry.is_in_flight();
        let dir = self.dir.clone();
        let (vitals, number) = (&self.vitals, self.number);
        let reader = &mut self.reader;
        let mut is_in_flight = false;
        let compared = tail.compare(
            &entry.cursor,
            shape,
            entry.checked_ns,
            job.is_live,
            |visit| {
                if in_flight {
                    is_in_flight = true;
                    return Ok(());
                }
                let reader = match reader {
                    Some(reader) => reader,
                    None => reader.insert(open_reader(&dir)?),
                };
                let fail = |e: rusqlite::Error| reader.explain(&e);
                if let Some(known) = reader.transcript_at(path).map_err(fail)? {
                    reader
                        .spans(known.cursor_id, |span, _| {
                            vitals.beat(&vitals.workers[number]);
                            visit(span)
                        })
                        .map_err(fail)?;
                }
                Ok(())
            },
        );
        let compared = match compared {
            Ok(compared) => compared,
            Err(Hindrance::Unreadable(e)) => return Ok(Compared::Unreadable(e.to_string())),
            Err(Hindrance::Store(error)) => return Err(error),
        };
        if is_in_flight {
            return Ok(Compared::InFlight);
        }
        let is_settled = tail.stamp == entry.cursor.stamp
            && !entry.is_missing
            && keeps_all(&entry.cursor, shape);
        Ok(match (compared, shape) {
            (Comparison::Unchanged, _) => Compared::Unchanged,
            // As committed, with nothing behind it, and only looked at because its stamp was fresh.
            (Comparison::Intact { is_proved: true }, _) if is_settled => Compared::Unchanged,
            // A document is read whole or not at all.
            (_, Shape::Document) if tail.stamp.size != entry.cursor.offset => {
                Compared::Rewritten { at: 0 }
            }
            (Comparison::Rewritten { .. }, Shape::Document) => Compared::Rewritten { at: 0 },
            (Comparison::Rewritten { at }, _) => Compared::Rewritten { at },
            (Comparison::Intact { is_proved }, _) => Compared::Intact { is_proved },
        })
    }

    /// Follows a file that was renamed: known under a name that is gone, and with the same content.
    /// True when it was, or may yet turn out so: it is looked at again under its new name. One that
    /// cannot be read now must not be taken for a new one.
    fn moves_here(&mut self, found: &Found, tail: &Tail) -> Result<io::Result<bool>> {
        let path = &found.path;
        for (from, entry) in self.ledger.namesakes(path, &tail.stamp) {
            // Another file may have come in its place: it was renamed all the same.
            if links::file_at(&self.places, &from) == Some(tail.stamp.id) {
                continue;
            }
            match tail.begins_with(&entry.cursor) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => return Ok(Err(error)),
            }
            let hand = self.ledger.take_in_hand(&from);
            let is_settled = |entry: Entry| !entry.is_in_flight();
            if hand.is_some() && self.ledger.get(&from).is_some_and(is_settled) {
                self.ledger.renamed(&from, path);
                let (from, to) = (from.clone(), path.to_owned());
                self.send(Change::Rename { from, to })?;
            }
            return Ok(Ok(true));
        }
        Ok(Ok(false))
    }

    /// The file is as committed. Where it was gone, or its stamp could not say so before and now can, that is
    /// written down: or every later look and start would have to compare the file again.
    fn confirm(&self, path: &Path, tail: &Tail, entry: &Entry) -> Result<Outcome> {
        let checked_ns = tail.checked_ns;
        self.ledger.confirmed(path, checked_ns);
        let stamp = &tail.stamp;
        let was_doubtful = !entry.cursor.is_proved || is_racy(stamp, entry.checked_ns);
        let is_certain_now = was_doubtful && !is_racy(stamp, checked_ns);
        if entry.is_missing || is_certain_now {
            let path = path.to_owned();
            self.send(Change::Confirmed { path, checked_ns })?;
        }
        Ok(Outcome::Done)
    }

    fn send(&self, change: Change) -> Result<()> {
        self.ledger.departs();
        self.changes.send(change).map_err(|_| stopped())
    }

    fn gone(&mut self, path: &Path) -> Result<Outcome> {
        if self.ledger.get(path).is_some_and(|entry| !entry.is_missing) {
            self.ledger.missing(path);
            let path = path.to_owned();
            self.send(Change::Missing { path })?;
        }
        Ok(Outcome::Done)
    }
}

/// The main path: a batch is parsed, transformed, and ready to be executed. `context`: what stands
/// before it.
pub fn change(
    job: &Job,
    tail: &Tail,
    batch: Batch,
    finding: Finding,
    context: Context,
) -> Result<Append> {
    let origin = &job.found.origin;
    let agent = agents::by_id(&job.found.source.agent).ok_or_else(stopped)?;
    let parsed = parse::parse(agent, origin, &batch);
    let parser = agent.parser_version();
    let plan = transform::transform(origin, &batch, parsed, parser, context);
    let (offset, len) = (batch.offset, batch.bytes.len() as u64);
    let raw = pack(batch.bytes, &plan.cuts(offset));
    Ok(Append {
        found: Arc::clone(&job.found),
        born_ns: tail.born_ns,
        finding,
        offset,
        len,
        raw,
        pending: batch.unterminated,
        is_waiting_replaced: batch.is_waiting_replaced,
        parser,
        after: Cursor {
            context: plan.context.clone(),
            ..batch.after
        },
        plan,
        checked_ns: tail.checked_ns,
        picked_up: job.picked_up,
        is_live: job.is_live,
    })
}

/// What a record at `at` must know of those before it, from the lines right before.
fn context_at(job: &Job, tail: &Tail, at: u64) -> io::Result<Context> {
    let batch = tail.lines_before(at)?;
    let origin = &job.found.origin;
    let Some(agent) = agents::by_id(&job.found.source.agent) else {
        return Ok(Context::default());
    };
    let parsed = parse::parse(agent, origin, &batch);
    let plan = transform::transform(
        origin,
        &batch,
        parsed,
        agent.parser_version(),
        Context::default(),
    );
    Ok(plan.context)
}

enum Compared {
    Unchanged,
    InFlight,
    Unreadable(String),
    Intact { is_proved: bool },
    Rewritten { at: u64 },
}

fn open_reader(dir: &DataDir) -> Result<Reader> {
    Reader::open(dir)?.ok_or_else(|| {
        let path = dir.database();
        Error::new(Kind::Io, format!("could not find {}", path.display()))
            .with_remedy("check the disk and start again; every transcript is still there")
    })
}

fn stopped() -> Error {
    Error::new(Kind::Stopped, "the sync is ending")
}
