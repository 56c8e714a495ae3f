//! Keeps the words index behind the rows: a thread for each shard that follows the commits.
//!
//! While a large backlog is read, prose comes first: the shards of tool text wait until the rows
//! are in, and then have the machine to themselves.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};
use crate::health::Blocker;
use crate::paths::DataDir;
use crate::store::{Indexer, SHARDS, Shard};

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A time that does not come.
const NEVER: Duration = Duration::from_secs(1 << 30);
/// A pause in which a shard gives back memory.
const QUIET: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct State {
    /// Rises with every commit.
    commits: u64,
    /// The commit each shard has caught up with.
    caught_up: [u64; SHARDS.len()],
    /// What each shard has let go of of late, by the last entry.
    drained: [Option<i64>; SHARDS.len()],
    /// Tool text is indexed too.
    tools_may_run: bool,
    /// No more commits will come.
    closed: bool,
    /// A shard ended with an error.
    failed: bool,
    /// How long a locked index is waited for; until the end, and for a full disk too, if `None`.
    wait: Option<Duration>,
    /// Shards that are damaged.
    damaged: [bool; SHARDS.len()],
    /// What each shard waits for, and since when.
    kept_by: [Option<(Blocker, Instant)>; SHARDS.len()],
}

/// Rung by the writer, heard by the shards.
#[derive(Debug, Default)]
pub struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// A run that goes on until it is stopped has time (`None`), one pass has not.
    pub fn set_wait(&self, wait: Option<Duration>) {
        self.change(|state| state.wait = wait);
    }

    /// Something was committed.
    pub fn ring(&self) {
        self.change(|state| state.commits += 1);
    }

    /// The rows of the backlog are in: tool text may be indexed, and segments merged.
    pub fn rows_are_in(&self) {
        self.change(|state| {
            if !state.tools_may_run {
                state.tools_may_run = true;
                // Prose has caught up already, and has yet to merge.
                state.commits += 1;
            }
        });
    }

    /// Ends the shards after the step they are in.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// A shard was found damaged: it is made anew.
    pub fn remake(&self, shard: Shard) {
        self.change(|state| {
            let place = SHARDS.iter().position(|one| *one == shard);
            if let Some(damaged) = place.and_then(|place| state.damaged.get_mut(place)) {
                *damaged = true;
                state.commits += 1;
            }
        });
    }

    fn take_damaged(&self, place: usize) -> bool {
        std::mem::take(&mut self.lock().damaged[place])
    }

    /// Whether everything committed so far is searchable.
    pub fn is_quiet(&self) -> bool {
        let state = self.lock();
        state.failed
            || state
                .caught_up
                .iter()
                .all(|commit| *commit == state.commits)
    }

    /// What keeps the index from being written, and since when.
    pub fn blocked(&self) -> Option<(Blocker, Instant)> {
        let state = self.lock();
        let first = state
            .kept_by
            .iter()
            .flatten()
            .min_by_key(|(_, since)| *since);
        first.cloned()
    }

    /// What the shards have let go of since this was asked: the last entry of each.
    pub fn take_drained(&self) -> Vec<(Shard, i64)> {
        let mut state = self.lock();
        let drained = SHARDS.into_iter().zip(&mut state.drained);
        drained
            .filter_map(|(shard, entry)| Some((shard, entry.take()?)))
            .collect()
    }

    /// Waits for work; the commit to catch up with, or `None` at the end. `rest` is called once, when none has come
    /// for a while.
    fn wait(&self, place: usize, shard: Shard, rest: impl FnOnce()) -> Option<u64> {
        let mut rest = Some(rest);
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let may_run = shard == Shard::Prose || state.tools_may_run;
            if may_run && state.caught_up[place] < state.commits {
                return Some(state.commits);
            }
            let limit = if rest.is_some() { QUIET } else { NEVER };
            let waited = self.changed.wait_timeout(state, limit);
            let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = again;
            if let Some(rest) = rest.take_if(|_| timeout.timed_out()) {
                drop(state);
                rest();
                state = self.lock();
            }
        }
    }

    /// Whether to try again what failed, after a pause.
    fn waits_for(&self, place: usize, error: &Error, pause: Duration, since: Instant) -> bool {
        let mut state = self.lock();
        let may_pass = match (error.kind(), state.wait) {
            (Kind::Busy, Some(wait)) => since.elapsed() < wait,
            (Kind::Busy | Kind::DiskFull | Kind::Io, None) => true,
            _ => false,
        };
        if !may_pass || state.closed {
            return false;
        }
        tracing::warn!(why = ?error.kind(), wait_ms = pause.as_millis() as u64, "cannot index, waiting");
        let by = match error.kind() {
            Kind::DiskFull => Blocker::DiskFull,
            Kind::Busy => Blocker::Locked(None),
            _ => Blocker::Failing(error.to_string()),
        };
        state.kept_by[place] = Some((by, since));
        let is_open = |state: &mut State| !state.closed;
        let waited = self.changed.wait_timeout_while(state, pause, is_open);
        !waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    fn may_merge(&self) -> bool {
        self.lock().tools_may_run
    }

    fn may_go_on(&self, shard: Shard) -> bool {
        let state = self.lock();
        !state.closed && (shard == Shard::Prose || state.tools_may_run)
    }
}

/// Starts a thread for each shard. `on_change` is called whenever a shard has caught up, and with
/// the error when one has to give up: rows go on being committed, and the next start goes on
/// indexing where it ended.
pub fn start(
    dir: &DataDir,
    bell: &Arc<Bell>,
    on_change: impl Fn(Option<Error>) + Clone + Send + 'static,
) -> Result<Vec<JoinHandle<()>>> {
    // Whatever an earlier run left behind is picked up by the first round.
    bell.ring();
    let mut threads = Vec::new();
    // All are opened before one begins: a thread left behind would keep its files open.
    let opened = SHARDS.map(|shard| Indexer::open(dir, shard).map(|indexer| (shard, indexer)));
    let opened: Vec<_> = opened.into_iter().collect::<Result<_>>()?;
    for (place, (shard, indexer)) in opened.into_iter().enumerate() {
        let (bell, on_change) = (Arc::clone(bell), on_change.clone());
        let run = move || {
            if let Err(error) = follow(indexer, place, shard, &bell, &|| on_change(None)) {
                bell.change(|state| state.failed = true);
                on_change(Some(error));
            }
        };
        let named = std::thread::Builder::new().name(shard.schema().to_owned());
        let thread = named
            .spawn(run)
            .map_err(|e| Error::io("start a thread for", dir.path(), e))?;
        threads.push(thread);
    }
    Ok(threads)
}

/// Tries again while someone else holds the index or its disk is full.
fn patiently(bell: &Bell, place: usize, mut step: impl FnMut() -> Result<bool>) -> Result<bool> {
    let (started, mut pause) = (Instant::now(), SHORTEST_PAUSE);
    let mut has_waited = false;
    loop {
        match step() {
            Err(error) if bell.waits_for(place, &error, pause, started) => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                has_waited = true;
            }
            outcome => {
                if has_waited {
                    bell.change(|state| state.kept_by[place] = None);
                }
                return outcome;
            }
        }
    }
}

fn follow(
    mut indexer: Indexer,
    place: usize,
    shard: Shard,
    bell: &Bell,
    on_caught_up: &dyn Fn(),
) -> Result<()> {
    // What an earlier run let go of may not be forgotten yet.
    let mut drained = 0;
    while let Some(commit) = bell.wait(place, shard, || indexer.rest()) {
        if bell.take_damaged(place) {
            patiently(bell, place, || indexer.remake())?;
        }
        let mut has_more = true;
        while has_more && bell.may_go_on(shard) {
            // What came meanwhile goes before the next step of a merge, and a backlog before all.
            has_more = patiently(bell, place, || indexer.step())?
                || (indexer.is_fragmented()
                    && bell.may_merge()
                    && patiently(bell, place, || indexer.merge_step())?);
        }
        if !has_more {
            let is_news = indexer.drained() != drained;
            drained = indexer.drained();
            bell.change(|state| {
                state.caught_up[place] = commit;
                if is_news {
                    state.drained[place] = Some(drained);
                }
            });
            on_caught_up();
        }
    }
    indexer.checkpoint();
    Ok(())
}
