//! Everything that is kept is read again, little by little: a disk forgets in silence, and what was damaged long ago
//! is in every backup by the day somebody looks. What is damaged is mended from the source or a backup; the words
//! index is made anew from the rows.

mod lenders;
mod spans;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::health::State;
use crate::model::Damage;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{Archived, Reader, Round, SHARDS};
use crate::sync::execute::Change;
use crate::sync::inbox::{Inbox, Wish};
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::sweep::Place;
use crate::vitals::Vitals;
use lenders::Lenders;

pub use spans::unsound;

/// It works a four-thousandth of the time.
pub const SHARE: u32 = 4000;
/// And so long at once, or until it has read one more cursor.
const AT_ONCE: Duration = Duration::from_millis(100);
/// From the beginning of a round to that of the next.
const EVERY_MS: i64 = 7 * 24 * 3600 * 1000;
/// How often it looks whether it may work, and whether a round is due.
const BUSY: Duration = Duration::from_secs(2);
const DUE: Duration = Duration::from_secs(600);
/// How far it is is written down so often.
const WRITE: Duration = Duration::from_secs(300);
/// Damages that are listed.
const MANY: usize = 100;

/// The thread that reads everything again.
pub struct Prover {
    /// Where our own files lie.
    pub dir: DataDir,
    /// What is read.
    pub places: Vec<Place>,
    /// Where changes go.
    pub changes: SyncSender<Change>,
    /// Counts what is on its way.
    pub ledger: Arc<Ledger>,
    /// The words index.
    pub bell: Arc<Bell>,
    /// Who is told that the database itself is damaged.
    pub inbox: Arc<Inbox>,
    /// Where it shows how far it is.
    pub vitals: Arc<Vitals>,
    /// Whether to end soon.
    pub stop: Stop,
}

impl Prover {
    /// Works while there is nothing else to do, until it is stopped.
    pub fn run(&self) {
        let mut round = Round::read(&self.dir);
        let mut written = Instant::now();
        self.begin(&mut round);
        while !self.stop.is_requested() {
            let took = match self.step(&mut round) {
                Ok(Step::Worked(took)) => took,
                Ok(Step::Ended(took)) => {
                    self.write(&round);
                    took
                }
                Ok(Step::Nothing(until_then)) => {
                    self.rest(until_then);
                    continue;
                }
                Err(error) if error.kind() == Kind::Damaged => {
                    tracing::error!(%error, "reading again found the database damaged");
                    self.inbox.wish(Wish::Recover);
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "what is kept cannot be read again now");
                    self.rest(DUE);
                    continue;
                }
            };
            if written.elapsed() >= WRITE {
                written = Instant::now();
                self.write(&round);
            }
            round.spent_s += took.as_secs_f64();
            self.rest(took * SHARE);
        }
        if round.began_ms.is_some() {
            self.write(&round);
        }
    }

    /// What is known of this database is shown before the first look.
    fn begin(&self, round: &mut Round) {
        let Ok(Some(reader)) = Reader::open_now(&self.dir) else {
            return;
        };
        if reader.store_id().is_ok_and(|store| store == round.store) {
            self.show(round, &reader);
        } else {
            *round = Round::default();
        }
    }

    fn rest(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.stop.is_requested() {
            let Some(left) = end.checked_duration_since(Instant::now()) else {
                return;
            };
            std::thread::park_timeout(left);
        }
    }

    fn show(&self, round: &Round, reader: &Reader) {
        let proof = round.told(reader.kept_bytes().unwrap_or_default(), SHARE);
        self.vitals.note(|signs| signs.proof = proof);
    }

    fn write(&self, round: &Round) {
        if let Err(error) = round.write(&self.dir) {
            tracing::warn!(%error, "how far reading again is will be forgotten with this engine");
        }
    }

    /// Reads one cursor again, or, behind the last, the words index.
    fn step(&self, round: &mut Round) -> Result<Step> {
        let is_free = self
            .vitals
            .said()
            .is_some_and(|(state, _)| matches!(state, State::Idle | State::Live | State::Degraded));
        if !is_free || self.vitals.signs().has_work {
            return Ok(Step::Nothing(BUSY));
        }
        let Some(reader) = Reader::open_now(&self.dir)? else {
            return Ok(Step::Nothing(BUSY));
        };
        let step = self.step_with(&reader, round);
        self.show(round, &reader);
        step
    }

    fn step_with(&self, reader: &Reader, round: &mut Round) -> Result<Step> {
        let began = Instant::now();
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let store = reader.store_id().map_err(fail)?;
        if round.store != store {
            *round = Round {
                store,
                ..Round::default()
            };
        }
        let is_recent = |began: i64| (0..EVERY_MS).contains(&(now_ms - began));
        if round.after.is_none() && round.began_ms.is_some_and(is_recent) {
            return Ok(Step::Nothing(DUE));
        }
        let mut after = round.after.unwrap_or_else(|| round.begin(now_ms));
        let mut waited = Duration::ZERO;
        while let Some(cursor) = reader.cursor_after(after).map_err(fail)? {
            round.found(self.prove(reader, &cursor, &mut waited)?, MANY);
            round.bytes += cursor.end.saturating_sub(cursor.start);
            after = cursor.cursor;
            round.after = Some(after);
            let spent = began.elapsed().saturating_sub(waited);
            if spent >= AT_ONCE || self.stop.is_requested() {
                return Ok(Step::Worked(spent));
            }
        }
        self.prove_index(reader)?;
        round.end(now_ms);
        let (bytes, damaged) = (round.bytes, round.damaged.len());
        tracing::info!(bytes, damaged, "everything was read again");
        Ok(Step::Ended(began.elapsed().saturating_sub(waited)))
    }

    /// Reads what is kept of a cursor and mends it; what stays damaged. The time the writer takes is added to `waited`.
    fn prove(
        &self,
        reader: &Reader,
        cursor: &Archived,
        waited: &mut Duration,
    ) -> Result<Vec<Damage>> {
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let look = || -> Result<_> {
            let altered = reader.altered_contents_of(cursor.cursor).map_err(fail)?;
            Ok((altered, unsound(reader, cursor.cursor)?))
        };
        let (altered, damaged) = look()?;
        if altered.is_empty() && damaged.spans.is_empty() {
            return Ok(Vec::new());
        }
        tracing::error!(file = %cursor.path.display(), records = damaged.spans.len(), contents = altered.len(),
            "what is kept of a file is damaged");
        let lenders = Lenders::of(reader, &self.dir, &self.places, cursor);
        let mend = lenders.mend(&damaged, &altered);
        if !(mend.chunks.is_empty() && mend.contents.is_empty()) {
            let sent = Instant::now();
            let (reply, committed) = sync_channel(1);
            let mend = Box::new(mend);
            self.send(Change::Mend { mend, reply })?;
            if committed.recv().is_err() {
                return Err(Error::new(Kind::Stopped, "the sync is ending"));
            }
            *waited += sent.elapsed();
        }
        // It is mended when it was read once more.
        let (altered, damaged) = look()?;
        let path = cursor.path.display().to_string();
        let damage = |offset: u64, what: &str| Damage {
            path: path.clone(),
            offset,
            what: what.into(),
        };
        let records = damaged
            .spans
            .iter()
            .map(|span| damage(span.offset, "a record"));
        let contents = altered
            .iter()
            .map(|one| damage(one.offset, one.shelf.says()));
        Ok(records.chain(contents).collect())
    }

    /// A shard of the words index that is damaged is made anew from the rows.
    fn prove_index(&self, reader: &Reader) -> Result<()> {
        if !self.bell.is_quiet() || reader.unindexed().map_err(|e| reader.explain(&e))? > 0 {
            return Ok(());
        }
        for shard in SHARDS
            .into_iter()
            .filter(|shard| reader.is_sound(*shard) != Some(true))
        {
            tracing::error!(
                index = shard.schema(),
                "the words index is damaged and is made anew"
            );
            self.bell.remake(shard);
        }
        Ok(())
    }

    fn send(&self, change: Change) -> Result<()> {
        self.ledger.departs();
        self.changes
            .send(change)
            .map_err(|_| Error::new(Kind::Stopped, "the sync is ending"))
    }
}

/// What a step came to.
enum Step {
    /// Some of it was read, and that took so long.
    Worked(Duration),
    /// Everything was.
    Ended(Duration),
    /// There is nothing to do, or no time for it: when to look again.
    Nothing(Duration),
}
