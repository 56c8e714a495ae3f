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
use crate::store::{Archived, Reader, Round, SHARDS, is_whole};
use crate::sync::execute::Change;
use crate::sync::inbox::{Inbox, Wish};
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::mend::Mend;
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
        if round.bytes == 0 && reader.cursor_after(0).map_err(fail)?.is_some() {
            // Whatever the file says, nothing was read yet.
            after = 0;
        }
        let mut waited = Duration::ZERO;
        let spent = |waited: Duration| began.elapsed().saturating_sub(waited);
        while let Some(cursor) = reader.cursor_after(after).map_err(fail)? {
            let path = cursor.path.display().to_string();
            let found = match self.prove(reader, &cursor, &mut waited) {
                Ok(found) => found,
                Err(error) if matches!(error.kind(), Kind::Stopped | Kind::Busy) => {
                    return Err(error);
                }
                Err(error) if error.kind() == Kind::Damaged && !is_whole(&self.dir) => {
                    return Err(error);
                }
                // One value that is not what was written is no reason to set everything aside; and whatever the disk
                // refuses there, what lies behind is read all the same.
                Err(error) => Found {
                    left: vec![damage(
                        &path,
                        cursor.start,
                        &format!("what is kept of it cannot be read ({error})"),
                    )],
                    has_mended: false,
                },
            };
            round.has_mended |= found.has_mended;
            round.found(&path, found.left, MANY);
            round.bytes += cursor.end.saturating_sub(cursor.start);
            after = cursor.cursor;
            round.after = Some(after);
            if spent(waited) >= AT_ONCE || self.stop.is_requested() {
                round.spent_s += spent(waited).as_secs_f64();
                return Ok(Step::Worked(spent(waited)));
            }
        }
        if !self.prove_index(reader) {
            return Ok(Step::Nothing(BUSY));
        }
        round.spent_s += spent(waited).as_secs_f64();
        round.end(now_ms);
        let (bytes, damaged) = (round.bytes, round.damaged.len());
        tracing::info!(bytes, damaged, "everything was read again");
        Ok(Step::Ended(spent(waited)))
    }

    /// Reads what is kept of a cursor and mends it. The time the writer takes is added to `waited`.
    fn prove(&self, reader: &Reader, cursor: &Archived, waited: &mut Duration) -> Result<Found> {
        let fail = |e: rusqlite::Error| reader.explain(&e);
        let altered = || reader.altered_contents_of(cursor.cursor).map_err(fail);
        let (contents, records) = (altered()?, unsound(reader, cursor.cursor)?);
        if contents.is_empty() && records.spans.is_empty() {
            return Ok(Found::default());
        }
        tracing::error!(file = %cursor.path.display(), records = records.spans.len(), contents = contents.len(),
            "what is kept of a file is damaged");
        let lenders = Lenders::of(reader, &self.dir, &self.places, cursor);
        // Contents first: chunks refer to them, and may be whole once they are.
        for content in contents {
            if let Some(bytes) = lenders.content(&content) {
                self.mend(Mend::Content(content, bytes), waited)?;
            }
        }
        for region in unsound(reader, cursor.cursor)?.regions {
            if let Some(pieces) = lenders.pieces(&region) {
                let (cursor, from, chunks) = (cursor.cursor, region.from, region.chunks);
                let mend = Mend::Archive {
                    cursor,
                    from,
                    chunks,
                    pieces,
                };
                self.mend(mend, waited)?;
            }
        }
        // It is mended when it was read once more.
        let (contents, records) = (altered()?, unsound(reader, cursor.cursor)?);
        let path = cursor.path.display().to_string();
        let records = records.spans.iter();
        let records = records.map(|span| damage(&path, span.offset, "a record"));
        let contents = contents.iter();
        let contents = contents.map(|one| damage(&path, one.offset, one.shelf.says()));
        Ok(Found {
            left: records.chain(contents).collect(),
            has_mended: true,
        })
    }

    /// Has the writer put proved bytes in their place, and waits until they are.
    fn mend(&self, mend: Mend, waited: &mut Duration) -> Result<()> {
        let ending = || Error::new(Kind::Stopped, "the sync is ending");
        if self.stop.is_requested() {
            return Err(ending());
        }
        let sent = Instant::now();
        let (reply, committed) = sync_channel(1);
        let mend = Box::new(mend);
        self.ledger.departs();
        let change = Change::Mend { mend, reply };
        self.changes.send(change).map_err(|_| ending())?;
        committed.recv().map_err(|_| ending())?;
        *waited += sent.elapsed();
        Ok(())
    }

    /// A shard of the words index that is damaged is made anew from the rows. False where it could not be looked at now.
    fn prove_index(&self, reader: &Reader) -> bool {
        // What cannot be told is told by the shards themselves.
        let waits = reader.unindexed().unwrap_or_default();
        if !self.bell.is_quiet() || waits > 0 {
            return false;
        }
        for shard in SHARDS {
            if reader.is_sound(shard) == Some(false) {
                tracing::error!(
                    index = shard.schema(),
                    "the words index is damaged and is made anew"
                );
                self.bell.remake(shard);
            }
        }
        true
    }
}

/// What was found of a cursor.
#[derive(Default)]
struct Found {
    /// What stays damaged.
    left: Vec<Damage>,
    /// Something was damaged.
    has_mended: bool,
}

fn damage(path: &str, offset: u64, what: &str) -> Damage {
    Damage {
        path: path.to_owned(),
        offset,
        what: what.into(),
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
