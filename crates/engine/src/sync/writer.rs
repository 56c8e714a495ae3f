//! The one writer: takes changes in the order they were decided and commits them in groups.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::engine::Stop;
use crate::error::Result;
use crate::store::{Patience, Store};
use crate::sync::execute::{Applied, Change, execute};
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;

/// Bytes and time of one transaction, at most, while more is waiting.
const GROUP_BYTES: u64 = 4 << 20;
const GROUP_TIME: Duration = Duration::from_millis(200);

/// The writer's surroundings.
pub struct Writer<'a> {
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
    /// How long a locked database or a full disk is waited for.
    pub wait: Option<Duration>,
    /// Called with what was committed.
    pub on_commit: Box<dyn Fn(Vec<Applied>) + Send + 'a>,
}

impl Writer<'_> {
    /// Commits changes until there are no more. Returns the store for what comes after.
    pub fn run(mut self) -> Result<Store> {
        while let Ok(first) = self.changes.recv() {
            let group = self.gather(first);
            let applied = self.commit(&group)?;
            for done in &applied {
                self.ledger.committed(&done.path, done.offset);
            }
            self.ledger.arrived(applied.len());
            self.bell.ring();
            (self.on_commit)(applied);
        }
        Ok(self.store)
    }

    /// What is already waiting, as far as one transaction goes. Never waits itself: a lone append
    /// is committed at once.
    fn gather(&self, first: Change) -> Vec<Change> {
        let started = Instant::now();
        let mut bytes = size(&first);
        let mut group = vec![first];
        while bytes < GROUP_BYTES && started.elapsed() < GROUP_TIME {
            let Ok(next) = self.changes.try_recv() else {
                break;
            };
            bytes += size(&next);
            group.push(next);
        }
        group
    }

    fn commit(&mut self, group: &[Change]) -> Result<Vec<Applied>> {
        let mut patience = Patience::new(&self.stop, self.wait);
        self.store.transact(&mut patience, |store| {
            let now_ms = jiff::Timestamp::now().as_millisecond();
            group
                .iter()
                .map(|change| execute(store, change, now_ms))
                .collect()
        })
    }
}

fn size(change: &Change) -> u64 {
    match change {
        Change::Append(append) => append.len,
        Change::Rename { .. } | Change::Missing { .. } => 0,
    }
}
