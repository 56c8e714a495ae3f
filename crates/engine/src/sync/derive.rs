//! Rows made anew from the archive, beside everything else: after an upgrade whose parsers read more,
//! and for what a rewritten file left in two. Needs no source. What was done is kept when it is cut off;
//! a transcript that was not finished is begun again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use crate::agents::{self, Agent};
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{ChunkPlace, CursorId, Outdated, Reader, Ripple, Store};
use crate::sync::execute::{Change, Home, write_plan};
use crate::sync::ledger::Ledger;
use crate::sync::parse;
use crate::sync::sweep::{self, Place};
use crate::sync::tail::{BATCH, LONGEST_LINE};
use crate::sync::transform::{self, Plan};
use crate::transcript::{Batch, Content, Context, Cursor, Found, Shape};

/// How long what was overtaken is waited for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Bytes of the archive made anew, and bytes in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Bytes done.
    pub done: u64,
    /// Bytes to do.
    pub total: u64,
}

/// Some of the bytes of a cursor, read anew.
#[derive(Debug)]
pub struct Stretch {
    /// Where they begin.
    pub from: u64,
    /// Where they end.
    pub to: u64,
    /// What waits for its newline behind them, where that is all there is.
    pub waiting: Option<Vec<u8>>,
    /// The rows they become.
    pub plan: Plan,
}

/// A stretch on its way to the database.
#[derive(Debug)]
pub struct Anew {
    /// The cursor.
    pub outdated: Outdated,
    /// What was read of it.
    pub stretch: Stretch,
    /// The version of the parser that read it.
    pub version: u32,
    /// Where to say what came of it.
    pub reply: SyncSender<Outcome>,
}

/// What came of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its rows stand.
    Stands,
    /// They do, and with them the whole cursor's.
    Finished,
    /// The file was written to meanwhile, not only behind its end: nothing was written.
    Overtaken,
}

/// What the thread that makes rows anew works with.
pub struct Deriver {
    /// Where the database is.
    pub dir: DataDir,
    /// What is read; transcripts of no place are known by their paths.
    pub places: Vec<Place>,
    /// Where changes go.
    pub changes: SyncSender<Change>,
    /// Counts what is on its way.
    pub ledger: Arc<Ledger>,
    /// Whether to end soon.
    pub stop: Stop,
}

impl Deriver {
    /// Makes every outdated row anew. `tell` hears how far it is.
    pub fn run(&self, tell: &dyn Fn(Pace)) -> Result<()> {
        let Some(reader) = Reader::open(&self.dir)? else {
            return Ok(());
        };
        let mut pause = SHORTEST_PAUSE;
        while self.pass(&reader, tell)? && !self.stop.is_requested() {
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        match self.stop.is_requested() {
            true => Ok(()),
            false => self.send(Change::Settled),
        }
    }

    /// Makes what is outdated anew; true where some of it was overtaken, and is to be tried again.
    fn pass(&self, reader: &Reader, tell: &dyn Fn(Pace)) -> Result<bool> {
        let mut list = Vec::new();
        for agent in agents::all() {
            let outdated = reader.outdated(agent.id(), agent.parser_version());
            list.extend(outdated.map_err(|e| reader.explain(&e))?);
        }
        let bytes = |outdated: &Outdated| outdated.end.saturating_sub(outdated.start);
        let mut pace = Pace {
            done: 0,
            total: list.iter().map(bytes).sum(),
        };
        let mut is_overtaken = false;
        for outdated in &list {
            if self.stop.is_requested() {
                return Ok(false);
            }
            tell(pace);
            let outcome = self.cursor(reader, outdated, &|done| {
                tell(Pace {
                    done: pace.done + done,
                    ..pace
                });
            })?;
            is_overtaken |= outcome == Outcome::Overtaken;
            pace.done += bytes(outdated);
        }
        tell(pace);
        Ok(is_overtaken)
    }

    /// Makes the rows of one cursor anew, from its first byte to its last.
    fn cursor(
        &self,
        reader: &Reader,
        outdated: &Outdated,
        tell: &dyn Fn(u64),
    ) -> Result<Outcome> {
        let Some(mut reading) = Reading::begin(reader, &self.places, outdated) else {
            return Ok(Outcome::Stands);
        };
        loop {
            let Some(stretch) = reading.next()? else {
                return Ok(Outcome::Overtaken);
            };
            let to = stretch.to;
            let outcome = self.stretch(outdated, stretch, reading.agent.parser_version())?;
            if outcome != Outcome::Stands || self.stop.is_requested() {
                return Ok(outcome);
            }
            tell(to - outdated.start);
        }
    }

    fn stretch(&self, outdated: &Outdated, stretch: Stretch, version: u32) -> Result<Outcome> {
        let (reply, answer) = sync_channel(1);
        self.send(Change::Anew(Box::new(Anew {
            outdated: outdated.clone(),
            stretch,
            version,
            reply,
        })))?;
        // The writer is gone: whoever ended it says why.
        Ok(answer.recv().unwrap_or(Outcome::Overtaken))
    }

    fn send(&self, change: Change) -> Result<()> {
        self.ledger.departs();
        self.changes
            .send(change)
            .map_err(|_| Error::new(Kind::Stopped, "the sync is ending"))
    }
}

/// Puts chunks of the archive together to stretches of whole lines, as the tail reads them.
struct Pieces {
    shape: Shape,
    /// Where what is held begins.
    at: u64,
    held: Vec<u8>,
    /// Bytes of `held` that are whole lines of chunks before the last one.
    whole: usize,
    /// Inside a line too long to hold.
    goes_on: bool,
}

impl Pieces {
    fn new(shape: Shape, at: u64) -> Self {
        Self {
            shape,
            at,
            held: Vec::new(),
            whole: 0,
            goes_on: false,
        }
    }

    /// Where the chunks added end.
    fn end(&self) -> u64 {
        self.at + self.held.len() as u64
    }

    fn add(&mut self, bytes: Vec<u8>) {
        if self.held.ends_with(b"\n") {
            self.whole = self.held.len();
        }
        self.held.extend(bytes);
    }

    /// The next stretch: where it begins, its bytes, and what they are. `is_end`: no chunk follows.
    fn next(&mut self, is_end: bool) -> Option<(u64, Vec<u8>, Content)> {
        if self.held.is_empty() {
            return None;
        }
        let ends_line = self.held.ends_with(b"\n");
        if self.shape == Shape::Document {
            return is_end.then(|| self.take(self.held.len(), Content::Document));
        }
        if self.goes_on {
            self.goes_on = !ends_line;
            let content = Content::Oversized { goes_on: true };
            return Some(self.take(self.held.len(), content));
        }
        // A line that goes on in the next chunk may turn out too long: it is not read with others.
        if self.whole > 0 && (!ends_line || self.whole >= BATCH) {
            return Some(self.take(self.whole, Content::Lines));
        }
        if !ends_line && self.held.len() >= LONGEST_LINE {
            self.goes_on = true;
            let content = Content::Oversized { goes_on: false };
            return Some(self.take(self.held.len(), content));
        }
        let is_due = is_end || ends_line && self.held.len() >= BATCH;
        is_due.then(|| self.take(self.held.len(), Content::Lines))
    }

    fn take(&mut self, len: usize, content: Content) -> (u64, Vec<u8>, Content) {
        let rest = self.held.split_off(len);
        let bytes = std::mem::replace(&mut self.held, rest);
        let from = self.at;
        self.at += len as u64;
        self.whole = 0;
        (from, bytes, content)
    }
}

/// Reads a cursor from the archive, one stretch after another.
struct Reading<'r> {
    reader: &'r Reader,
    agent: &'static dyn Agent,
    found: Arc<Found>,
    cursor: CursorId,
    pieces: Pieces,
    chunks: VecDeque<ChunkPlace>,
    context: Context,
}

impl<'r> Reading<'r> {
    /// `None` for what no agent of ours writes.
    fn begin(reader: &'r Reader, places: &[Place], outdated: &Outdated) -> Option<Self> {
        let found = sweep::recognise_anywhere(places, Some(&outdated.agent), &outdated.path)?;
        Some(Self {
            reader,
            agent: agents::by_id(&outdated.agent)?,
            cursor: outdated.cursor,
            pieces: Pieces::new(found.origin.shape, outdated.start),
            found,
            chunks: VecDeque::new(),
            context: Context::default(),
        })
    }

    /// The next stretch; the one with what waits comes last, and again as long as more is appended.
    /// `None` where the archive was put together otherwise meanwhile.
    fn next(&mut self) -> Result<Option<Stretch>> {
        let fail = |e: rusqlite::Error| self.reader.explain(&e);
        loop {
            if let Some(piece) = self.pieces.next(false) {
                return Ok(Some(self.read(piece, None)));
            }
            if self.chunks.is_empty() {
                let places = self.reader.chunk_places(self.cursor, self.pieces.end());
                self.chunks = places.map_err(fail)?.into();
            }
            let Some((number, offset, _)) = self.chunks.pop_front() else {
                let waiting = self.reader.pending(self.cursor).map_err(fail)?;
                let end = self.pieces.end();
                let piece = self.pieces.next(true);
                let piece = piece.unwrap_or((end, Vec::new(), Content::Lines));
                return Ok(Some(self.read(piece, Some(waiting.unwrap_or_default()))));
            };
            let bytes = self.reader.chunk_bytes(number).map_err(fail)?;
            let Some(bytes) = bytes.filter(|_| offset == self.pieces.end()) else {
                return Ok(None);
            };
            self.pieces.add(bytes);
        }
    }

    fn read(
        &mut self,
        (offset, bytes, content): (u64, Vec<u8>, Content),
        waiting: Option<Vec<u8>>,
    ) -> Stretch {
        let end = offset + bytes.len() as u64;
        let batch = Batch {
            offset,
            bytes,
            content,
            unterminated: waiting.clone().unwrap_or_default(),
            is_waiting_replaced: false,
            after: Cursor {
                offset: end,
                ..Cursor::default()
            },
            is_last: true,
        };
        let origin = &self.found.origin;
        let parsed = parse::parse(self.agent, origin, &batch);
        let context = std::mem::take(&mut self.context);
        let version = self.agent.parser_version();
        let plan = transform::transform(origin, &batch, parsed, version, context);
        self.context = plan.context.clone();
        Stretch {
            from: offset,
            to: end,
            waiting,
            plan,
        }
    }
}

/// Shows what a cursor says, read anew from its first byte to its last, to `visit`.
pub fn read_all(
    reader: &Reader,
    places: &[Place],
    cursor: &Outdated,
    visit: &mut dyn FnMut(&Plan) -> Result<()>,
) -> Result<()> {
    let Some(mut reading) = Reading::begin(reader, places, cursor) else {
        return Ok(());
    };
    while let Some(stretch) = reading.next()? {
        visit(&stretch.plan)?;
        if stretch.waiting.is_some() {
            break;
        }
    }
    Ok(())
}

/// Puts the rows of a stretch in the place of those that stood there.
pub fn replace(store: &mut Store, anew: &Anew, now_ms: i64) -> rusqlite::Result<Outcome> {
    let outdated = &anew.outdated;
    let cursor = outdated.cursor;
    let stretch = &anew.stretch;
    let is_overtaken = match &stretch.waiting {
        Some(waiting) => *waiting != store.waiting(cursor)?,
        None => false,
    };
    if is_overtaken || !store.is_unchanged(outdated)? {
        return Ok(Outcome::Overtaken);
    }
    if stretch.from == outdated.start {
        store.begin_anew(cursor)?;
    }
    let mut before = store.take_out(cursor, stretch.from, stretch.to)?;
    if stretch.waiting.is_some() {
        before.messages.extend(store.pending_records(cursor)?);
    }
    let mut ripple = Ripple::default();
    let home = Home {
        agent: &outdated.agent,
        transcript: outdated.transcript,
        cursor,
        is_anew: true,
    };
    let (plan, before_it) = (&stretch.plan, &before.messages);
    write_plan(store, plan, &home, before_it, &mut ripple, now_ms)?;
    store.redate_rejects(cursor, &before)?;
    let is_all = stretch.waiting.is_some()
        && store.end_anew(outdated, stretch.to, anew.version, &mut ripple)?;
    store.settle(ripple)?;
    Ok(if is_all {
        Outcome::Finished
    } else {
        Outcome::Stands
    })
}
