//! Rows made anew from the archive, beside everything else: after an upgrade whose parsers read more,
//! and for what a rewritten file left in two. Needs no source. What was done is kept when it is cut off;
//! a transcript that was not finished is begun again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::agents;
use crate::error::{Error, Kind, Result};
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{Archived, Reader, is_whole};
use crate::sync::anew::{Anew, Outcome};
use crate::sync::execute::Change;
use crate::sync::ledger::Ledger;
use crate::sync::reading::{Reading, Stretch};
use crate::sync::sweep::Place;

/// How long what was overtaken is waited for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const ATTEMPTS: usize = 12;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Bytes of the archive made anew, and bytes in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Bytes done.
    pub done: u64,
    /// Bytes to do.
    pub total: u64,
}

/// What is heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// How far it is.
    Pace(Pace),
    /// Nothing is outdated, this many wishes later.
    Met(usize),
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
    /// Makes every outdated row anew, and again at each wish; the number of wishes that are met is told.
    pub fn run(&self, wishes: &Receiver<()>, tell: &dyn Fn(Told)) -> Result<()> {
        let mut met = 0;
        loop {
            self.all(&|pace| tell(Told::Pace(pace)))?;
            tell(Told::Met(met));
            if wishes.recv().is_err() {
                return Ok(());
            }
            // One look is enough for all of them.
            met += 1 + wishes.try_iter().count();
        }
    }

    fn all(&self, tell: &dyn Fn(Pace)) -> Result<()> {
        let Some(reader) = Reader::open(&self.dir)? else {
            return Ok(());
        };
        let mut pause = SHORTEST_PAUSE;
        // What cannot be read at all stays for the next start.
        for _ in 0..ATTEMPTS {
            if !self.pass(&reader, tell)? || self.stop.is_requested() {
                break;
            }
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
        let bytes = |outdated: &Archived| outdated.end.saturating_sub(outdated.start);
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
    fn cursor(&self, reader: &Reader, outdated: &Archived, tell: &dyn Fn(u64)) -> Result<Outcome> {
        let Some(mut reading) = Reading::begin(reader, &self.places, outdated) else {
            return Ok(Outcome::Stands);
        };
        loop {
            let mut stretch = match reading.next() {
                Ok(Some(stretch)) => stretch,
                Ok(None) => return Ok(Outcome::Overtaken),
                // Bytes have rotted: its rows stay as they are until whoever reads everything again has mended them.
                Err(error) if error.kind() == Kind::Damaged && is_whole(&self.dir) => {
                    tracing::error!(%error, file = %outdated.path.display(), "rows cannot be made anew");
                    return Ok(Outcome::Stands);
                }
                Err(error) => return Err(error),
            };
            // The archive has them.
            stretch.bytes.clear();
            let (to, is_end) = (stretch.to, stretch.waiting.is_some());
            let is_empty = stretch.from == to;
            let outcome = self.stretch(outdated, stretch, reading.version())?;
            if outcome != Outcome::Stands || self.stop.is_requested() {
                return Ok(outcome);
            }
            if is_end && is_empty {
                // There is more by now, and it was not to be had yet.
                return Ok(Outcome::Overtaken);
            }
            tell(to - outdated.start);
        }
    }

    fn stretch(&self, outdated: &Archived, stretch: Stretch, version: u32) -> Result<Outcome> {
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
