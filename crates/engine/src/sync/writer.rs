//! The one writer: takes changes in the order they were decided and commits them in groups.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::error::{Kind, Result};
use crate::log::EVENT;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{NewEvent, Patience, Store, long_log, stamps};
use crate::sync::execute::{Applied, Change, execute};
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::tail::now_ns;
use crate::vitals::Vitals;

/// Bytes and time of one transaction, at most, while more is waiting.
const GROUP_BYTES: u64 = 8 << 20;
const GROUP_TIME: Duration = Duration::from_millis(400);

/// Bytes of a transaction from which there is a backlog.
const MUCH: u64 = 1 << 20;
/// How long the next change of a backlog is waited for.
const BACKLOG_WAIT: Duration = Duration::from_millis(20);
/// A pause in which the writer looks after the archive, and how often at most it looks.
const QUIET: Duration = Duration::from_secs(1);
/// Pauses in a row after which it gives back memory.
const LONG: u32 = 5;
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// A file not changed for this long is cold.
const COLD: Duration = Duration::from_secs(3600);

/// The writer's surroundings.
pub struct Writer<'a> {
    /// Where the database is.
    pub dir: DataDir,
    /// The database.
    pub store: Store,
    /// Where changes come from; it ends when every worker is gone.
    pub changes: Receiver<Change>,
    /// Told what is committed.
    pub ledger: Arc<Ledger>,
    /// Rung after every commit.
    pub bell: Arc<Bell>,
    /// Whether to end soon.
    pub stop: Stop,
    /// Where it shows that it works, and what keeps it from that.
    pub vitals: Arc<Vitals>,
    /// How long a locked database or a full disk is waited for.
    pub wait: Option<Duration>,
    /// Called with what was committed.
    pub on_commit: Box<dyn Fn(Vec<Applied>) + Send + 'a>,
}

impl Writer<'_> {
    /// Commits changes until there are no more. Returns the store for what comes after.
    pub fn run(mut self) -> Result<Store> {
        let done = self.write();
        self.vitals.end_writing(None);
        if matches!(&done, Err(error) if error.kind() == Kind::Damaged) {
            self.store.leave_log();
        }
        done.map(|()| self.store)
    }

    fn write(&mut self) -> Result<()> {
        self.bell.set_wait(self.wait);
        self.vitals.end_writing(Some(stamps(&self.dir)));
        let mut tidied = Instant::now();
        let mut pauses = 0;
        loop {
            let first = match self.changes.recv_timeout(QUIET) {
                Ok(first) => first,
                Err(RecvTimeoutError::Disconnected) => break,
                // Workers that hang keep their end of the channel for ever.
                Err(RecvTimeoutError::Timeout) if self.stop.is_requested() => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.forget_drained()?;
                    pauses += 1;
                    if pauses == LONG {
                        self.store.rest();
                    }
                    // Whoever kept it long may have ended since.
                    if pauses % LONG == 0 {
                        self.shorten_log();
                    }
                    if self.wait.is_none() && tidied.elapsed() >= TIDY_EVERY {
                        let is_tidy = self.repack()?;
                        if is_tidy {
                            tidied = Instant::now();
                        }
                    }
                    continue;
                }
            };
            pauses = 0;
            let vitals = Arc::clone(&self.vitals);
            vitals.begin(&vitals.writer, "");
            let group = self.gather(first);
            if group.iter().map(size).sum::<u64>() >= MUCH {
                self.store.expect_much();
            }
            let applied = self.commit(&group)?;
            // Only now: what is told to stand is committed.
            for (change, done) in group.iter().zip(&applied) {
                // Who asked may have ended.
                match (change, done.anew) {
                    (Change::Anew(anew), Some(outcome)) => drop(anew.reply.send(outcome)),
                    (Change::Mend { reply, .. }, _) => drop(reply.send(())),
                    _ => {}
                }
            }
            vitals.rest(&vitals.writer);
            for done in &applied {
                if let Some(cursor) = &done.conflict {
                    tracing::info!("a file changed its name under a batch, looking at it afresh");
                    self.ledger.reset(&done.path, cursor.clone());
                }
                if let Some(offset) = done.offset {
                    self.ledger.committed(&done.path, offset);
                }
                if let Some((_, event)) = &done.event {
                    log(event);
                }
            }
            self.bell.ring();
            (self.on_commit)(applied);
        }
        Ok(())
    }

    /// SQLite shortens a log that has grown only when it is written to again.
    fn shorten_log(&self) {
        if self.wait.is_none() && long_log(&self.dir).is_some() {
            self.vitals.begin_writing(stamps(&self.dir));
            if let Err(error) = self.store.checkpoint() {
                tracing::warn!(%error, "the log beside the database stays long");
            }
            self.vitals.end_writing(Some(stamps(&self.dir)));
        }
    }

    /// What fits into one transaction. A live append is committed at once, with what is already
    /// waiting; a backlog is worth a short wait, for each transaction rewrites pages of the indexes
    /// that the next one rewrites again.
    fn gather(&self, first: Change) -> Vec<Change> {
        let started = Instant::now();
        let mut bytes = size(&first);
        let mut is_live = is_live(&first);
        let mut group = vec![first];
        while bytes < GROUP_BYTES && started.elapsed() < GROUP_TIME {
            let wait = if is_live {
                Duration::ZERO
            } else {
                BACKLOG_WAIT
            };
            let Ok(next) = self.changes.recv_timeout(wait) else {
                break;
            };
            bytes += size(&next);
            is_live |= self::is_live(&next);
            group.push(next);
        }
        group
    }

    /// Forgets what every shard of the words index has let go of.
    fn forget_drained(&mut self) -> Result<()> {
        let drained = self.bell.take_drained();
        if drained.is_empty() {
            return Ok(());
        }
        self.transact(|store, _| {
            drained
                .iter()
                .try_for_each(|(shard, up_to)| store.drained(*shard, *up_to))
        })
    }

    /// Packs one run of small chunks of a cold file together; true when there was none.
    fn repack(&mut self) -> Result<bool> {
        let cold_before = now_ns() - COLD.as_nanos() as i64;
        self.transact(|store, _| store.repack_one(cold_before))
            .map(|more| !more)
    }

    fn commit(&mut self, group: &[Change]) -> Result<Vec<Applied>> {
        self.transact(|store, vitals| {
            let now_ms = jiff::Timestamp::now().as_millisecond();
            group
                .iter()
                .map(|change| {
                    vitals.beat(&vitals.writer);
                    execute(store, change, now_ms)
                })
                .collect()
        })
    }

    /// One transaction, which others see begin and end.
    fn transact<T>(
        &mut self,
        mut work: impl FnMut(&mut Store, &Vitals) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let (vitals, dir) = (&self.vitals, &self.dir);
        let mut patience = Patience::new(&self.stop, self.wait).showing(vitals);
        let mut has_begun = false;
        let done = self.store.transact(&mut patience, |store| {
            has_begun = true;
            // Nobody else can write from here on.
            vitals.begin_writing(stamps(dir));
            work(store, vitals)
        });
        if has_begun {
            vitals.end_writing(Some(stamps(dir)));
        }
        done
    }
}

/// Tells of an event. Its file name only: a folder can say more than people publish.
fn log(event: &NewEvent) {
    tracing::info!(
        target: EVENT,
        kind = event.kind,
        file = event.file,
        bytes = event.bytes,
        messages = event.messages,
        processing_ms = event.processing_us as f64 / 1000.0,
        latency_ms = event.latency_us.map(|us| us as f64 / 1000.0),
    );
}

fn size(change: &Change) -> u64 {
    match change {
        Change::Append(append) => append.len,
        Change::Anew(anew) => anew.stretch.to - anew.stretch.from,
        Change::Rename { .. }
        | Change::Confirmed { .. }
        | Change::Mend { .. }
        | Change::Settled
        | Change::LeftAside { .. }
        | Change::Missing { .. } => 0,
    }
}

/// Whether someone may be waiting for it.
fn is_live(change: &Change) -> bool {
    match change {
        Change::Append(append) => append.is_live,
        Change::LeftAside { .. } => false,
        Change::Rename { .. }
        | Change::Confirmed { .. }
        | Change::Anew(_)
        | Change::Mend { .. }
        | Change::Settled
        | Change::Missing { .. } => true,
    }
}
