//! The pipeline: watch → tail → parse → transform → execute.
//!
//! Bootstrap and live are the same code. Subscribe, sweep, drain, sweep again; from then on events
//! say at once what the sweep would find later. Nothing rests on an event but speed.
//!
//! | file | what |
//! |---|---|
//! | `watch.rs`, `sweep.rs` | which files may be dirty, and which are |
//! | `queue.rs`, `ledger.rs` | in which order they are read, and how far each one is |
//! | `work.rs` | one file: tail → parse → transform |
//! | `tail.rs`, `parse.rs`, `transform.rs`, `execute.rs` | the stages; none knows another's inside |
//! | `reread.rs` | lines an older parser refused |
//! | `recover.rs` | a damaged database: what it still gives, what backups give, what is lost |
//! | `writer.rs`, `index.rs` | the one writer, and the words index behind it |
//! | `supervise.rs`, `signal.rs` | what happens next, and what the threads tell |
//! | `backlog.rs` | how far behind we are, by the disk |

pub mod backlog;
mod execute;
mod index;
mod ledger;
mod parse;
mod queue;
pub mod recover;
mod reread;
mod signal;
mod supervise;
pub mod sweep;
mod tail;
mod transform;
pub mod verify;
mod watch;
mod work;
mod writer;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::error::{Error, Result};
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{EngineLock, Store};
use crate::sync::execute::Change;
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::signal::{Signal, WORKERS};
use crate::sync::supervise::{Supervisor, Supplies};
use crate::sync::sweep::Place;
use crate::sync::work::{Job, Worker};
use crate::sync::writer::Writer;

pub use signal::Until;
pub use supervise::Summary;

/// Batches on their way to the writer; bounds what is held in memory.
const CHANGES: usize = 3;
/// How long one pass waits for a locked database before it gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the pipeline over `places` until it is done or stopped.
pub fn run(
    dir: &DataDir,
    places: Vec<Place>,
    until: Until,
    stop: &Stop,
    report: &mut dyn FnMut(Notice),
) -> Result<Summary> {
    dir.create()?;
    let _lock = EngineLock::take(&dir.lock())?;
    let mut store = Store::open(dir)?;
    reread::reread(&mut store, &places, stop)?;
    let known = store.transcripts().map_err(|e| store.explain(&e))?;
    let ledger = Arc::new(Ledger::of(known));
    let (signals, inbox) = unbounded_channel();
    let bell = Arc::new(Bell::default());
    let index = index::start(dir, &bell, {
        let signals = signals.clone();
        move |error| {
            let signal = error.map_or(Signal::Indexed, Signal::Failed);
            // Nobody listens any more at the very end.
            let _ = signals.send(signal);
        }
    })?;
    let (jobs, job_list) = sync_channel(WORKERS);
    let (changes, change_list) = sync_channel(CHANGES);
    let wait = (until == Until::Done).then_some(PATIENCE);
    let writer = start_writer(store, change_list, &ledger, &bell, stop, wait, &signals)?;
    let workers = start_workers(dir, job_list, changes, &ledger, stop, &signals)?;

    let supplies = Supplies {
        places,
        ledger,
        bell: bell.clone(),
        jobs,
        signals: inbox,
    };
    let outcome = Supervisor::new(supplies, until, stop).run(report);

    // The job channel closed with the supervisor; each thread ends after what it has in hand.
    for worker in workers {
        join(worker)?;
    }
    let store = join(writer)?;
    bell.close();
    for shard in index {
        join(shard)?;
    }
    if let Ok(store) = store {
        store.checkpoint();
    }
    outcome
}

fn join<T>(thread: JoinHandle<T>) -> Result<T> {
    thread.join().map_err(|_| {
        Error::new(
            crate::error::Kind::Io,
            "a thread of the engine ended unexpectedly",
        )
        .with_remedy("start Scrollback again; what was committed is safe. Please report this")
    })
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|e| {
            Error::new(
                crate::error::Kind::Io,
                format!("could not start a thread: {e}"),
            )
            .caused_by(e)
        })
}

fn start_writer(
    store: Store,
    changes: Receiver<Change>,
    ledger: &Arc<Ledger>,
    bell: &Arc<Bell>,
    stop: &Stop,
    wait: Option<Duration>,
    signals: &UnboundedSender<Signal>,
) -> Result<JoinHandle<Result<Store, ()>>> {
    let (on_commit, on_failure) = (signals.clone(), signals.clone());
    let writer = Writer {
        store,
        changes,
        ledger: ledger.clone(),
        bell: bell.clone(),
        stop: stop.clone(),
        wait,
        on_commit: Box::new(move |applied| {
            let _ = on_commit.send(Signal::Committed(applied));
        }),
    };
    spawn("writer", move || {
        writer.run().map_err(|error| {
            let _ = on_failure.send(Signal::Failed(error));
        })
    })
}

fn start_workers(
    dir: &DataDir,
    jobs: Receiver<Job>,
    changes: SyncSender<Change>,
    ledger: &Arc<Ledger>,
    stop: &Stop,
    signals: &UnboundedSender<Signal>,
) -> Result<Vec<JoinHandle<()>>> {
    let jobs = Arc::new(Mutex::new(jobs));
    let start = |number: usize| {
        let mut worker = Worker::new(dir.clone(), ledger.clone(), changes.clone(), stop.clone());
        let (jobs, signals) = (jobs.clone(), signals.clone());
        spawn(&format!("worker {number}"), move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = job else { break };
                let signal = match worker.run(&job) {
                    Ok(outcome) => Signal::Finished(job.found.path.clone(), outcome),
                    Err(error) => Signal::Failed(error),
                };
                let _ = signals.send(signal);
            }
        })
    };
    (0..WORKERS).map(start).collect()
}
