//! The pipeline: watch → tail → parse → transform → execute.
//!
//! Bootstrap and live are the same code. Subscribe, sweep, drain, sweep again; from then on events
//! say at once what the sweep would find later. Nothing rests on an event but speed.
//!
//! | file | what |
//! |---|---|
//! | `watch.rs`, `sweep.rs`, `hot.rs` | which files may be dirty, and which are |
//! | `links.rs` | links: which are followed, and how a file behind one is opened |
//! | `watching.rs`, `heal.rs`, `wake.rs` | proofs that events come, and a new watcher when they do not |
//! | `queue.rs`, `ledger.rs` | in which order they are read, and how far each one is |
//! | `fruitless.rs` | work that comes to nothing again and again: named, and left alone |
//! | `work.rs` | one file: tail → parse → transform |
//! | `tail.rs`, `parse.rs`, `transform.rs`, `execute.rs` | the stages; none knows another's inside |
//! | `plan.rs`, `rows.rs` | what a batch becomes, and how that is written |
//! | `reading.rs`, `derive.rs`, `anew.rs` | the archive read again, and rows made anew from it |
//! | `export.rs` | a session, or its files, given back |
//! | `recover.rs` | a damaged database: what it still gives, what backups give, what is lost |
//! | `proof.rs`, `proof/`, `mend.rs` | what is kept is read again, and mended |
//! | `writer.rs`, `index.rs` | the one writer, and the words index behind it |
//! | `supervise.rs`, `signal.rs`, `inbox.rs` | what happens next, what the threads tell, what wakes it |
//! | `pause.rs` | the user's wish to wait |
//! | `backlog.rs` | how far behind we are, by the disk |

mod anew;
pub mod backlog;
mod derive;
mod execute;
pub mod export;
mod fruitless;
mod heal;
mod hot;
pub mod inbox;
mod index;
mod ledger;
pub mod links;
mod mend;
mod parse;
pub mod pause;
mod plan;
pub mod proof;
mod queue;
mod reading;
pub mod recover;
mod rows;
mod signal;
mod supervise;
pub mod sweep;
mod tail;
mod transform;
pub mod verify;
mod wake;
pub mod watch;
mod watching;
mod work;
mod writer;

use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::error::{Error, Kind, Result};
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{Patience, Store};
use crate::sync::derive::Deriver;
use crate::sync::inbox::Inbox;
use crate::sync::index::Bell;
use crate::sync::ledger::Ledger;
use crate::sync::proof::Prover;
use crate::sync::signal::Signal;
use crate::sync::supervise::{Supervisor, Supplies};
use crate::sync::sweep::Place;
use crate::sync::watch::Backend;
use crate::sync::watching::Watching;
use crate::sync::work::{Job, Worker};
use crate::sync::writer::Writer;
use crate::vitals::Vitals;

pub use signal::{Until, WORKERS};
pub use supervise::Summary;

/// Batches on their way to the writer; bounds what is held in memory.
const CHANGES: usize = 3;
/// How long one pass waits for a locked database before it gives up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a thread may take to end. One that hangs on a disk that does not answer is left behind.
const ENDING: Duration = Duration::from_millis(1500);

/// What a run needs from its surroundings.
pub struct Setup<'a> {
    /// Where our own files lie. The caller holds its lock.
    pub dir: &'a DataDir,
    /// What is read.
    pub places: Vec<Place>,
    /// When it ends.
    pub until: Until,
    /// Whether to end soon.
    pub stop: &'a Stop,
    /// Where file events come from while watching.
    pub backend: Arc<dyn Backend>,
    /// The user wants no events, but looking.
    pub polling: bool,
    /// Events and wishes.
    pub inbox: Arc<Inbox>,
    /// What others see of it.
    pub vitals: Arc<Vitals>,
    /// Rows to make anew from the archive: those of the agent with this id, or (`Some(None)`) all.
    pub anew: Option<Option<String>>,
}

/// Runs the pipeline until it is done, stopped, or to be begun anew.
pub fn run(setup: Setup<'_>, report: &mut dyn FnMut(Notice)) -> Result<Summary> {
    let Setup {
        dir,
        places,
        until,
        stop,
        backend,
        polling,
        inbox,
        vitals,
        anew,
    } = setup;
    let mut store = Store::open(dir)?;
    if let Some(agent) = anew {
        store.transact(&mut Patience::new(stop, Some(PATIENCE)), |store| {
            store.read_all_anew(agent.as_deref())
        })?;
    }
    let known = store.transcripts().map_err(|e| store.explain(&e))?;
    let left_aside = store.left_aside().map_err(|e| store.explain(&e))?;
    let ledger = Arc::new(Ledger::of(known));
    let halt = stop.of_part();
    let is_patient = until == Until::Stopped;
    let (signals, heard) = unbounded_channel();
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
    let (on_commit, on_failure) = (signals.clone(), signals.clone());
    let writer = Writer {
        dir: dir.clone(),
        store,
        changes: change_list,
        ledger: ledger.clone(),
        bell: bell.clone(),
        stop: halt.clone(),
        vitals: vitals.clone(),
        wait: (!is_patient).then_some(PATIENCE),
        on_commit: Box::new(move |applied| {
            let _ = on_commit.send(Signal::Committed(applied));
        }),
    };
    let writer = spawn("writer", move || {
        writer.run().map_err(|error| {
            let _ = on_failure.send(Signal::Failed(error));
        })
    })?;
    let worker = |number| Worker {
        dir: dir.clone(),
        places: places.clone(),
        ledger: ledger.clone(),
        changes: changes.clone(),
        stop: halt.clone(),
        vitals: vitals.clone(),
        number,
        is_one_pass: !is_patient,
        reader: None,
    };
    let workers = start_workers(job_list, worker, &signals)?;
    let deriver = Deriver {
        dir: dir.clone(),
        places: places.clone(),
        changes: changes.clone(),
        ledger: ledger.clone(),
        stop: halt.clone(),
    };
    let prover = match until {
        Until::Stopped => {
            let prover = Prover {
                dir: dir.clone(),
                places: places.clone(),
                changes: changes.clone(),
                ledger: ledger.clone(),
                bell: bell.clone(),
                inbox: inbox.clone(),
                vitals: vitals.clone(),
                stop: halt.clone(),
            };
            Some(spawn("prover", move || prover.run())?)
        }
        Until::Done => None,
    };
    let (outdated, wishes) = channel();
    let deriver = {
        let signals = signals.clone();
        spawn("deriver", move || {
            let tell = |told| {
                let _ = signals.send(Signal::Derived(told));
            };
            match deriver.run(&wishes, &tell) {
                Err(error) if error.kind() != Kind::Stopped => {
                    let _ = signals.send(Signal::Failed(error));
                }
                _ => {}
            }
        })?
    };

    let watching = (until == Until::Stopped).then(|| {
        Watching::new(
            backend,
            inbox.clone(),
            vitals.clone(),
            places.clone(),
            polling,
            dir.probe(),
        )
    });
    let supplies = Supplies {
        dir: dir.clone(),
        places,
        watching,
        inbox,
        ledger,
        bell: bell.clone(),
        jobs,
        outdated,
        changes,
        signals: heard,
        vitals,
        left_aside,
    };
    let outcome = Supervisor::new(supplies, until, stop).run(report);

    // The job channel closed with the supervisor; each thread ends after what it has in hand.
    halt.request();
    let end = Instant::now() + ENDING;
    for worker in workers {
        join(worker, end)?;
    }
    join(deriver, end)?;
    if let Some(prover) = prover {
        prover.thread().unpark();
        join(prover, end)?;
    }
    let store = join(writer, end + ENDING)?;
    bell.close();
    for shard in index {
        join(shard, end + ENDING)?;
    }
    match store {
        Some(Ok(store)) if matches!(&outcome, Err(error) if error.kind() == Kind::Damaged) => {
            store.leave_log();
        }
        Some(Ok(mut store)) => {
            let drained = bell.take_drained();
            store.transact(&mut Patience::new(stop, Some(PATIENCE)), |store| {
                drained
                    .iter()
                    .try_for_each(|(shard, up_to)| store.drained(*shard, *up_to))
            })?;
            if let Err(error) = store.checkpoint() {
                tracing::warn!(%error, "what was written last stays in the log beside the database");
            }
        }
        Some(Err(())) => {}
        None => return Err(hung()),
    }
    outcome
}

/// The thread's result; `None` when it hangs. What it had in hand is not committed, and is read again.
fn join<T>(thread: JoinHandle<T>, end: Instant) -> Result<Option<T>> {
    const STEP: Duration = Duration::from_micros(100);
    while !thread.is_finished() {
        if Instant::now() >= end {
            tracing::warn!(thread = thread.thread().name(), "does not end, left behind");
            return Ok(None);
        }
        std::thread::sleep(STEP);
    }
    thread.join().map(Some).map_err(|_| {
        Error::new(Kind::Io, "a thread of the engine ended unexpectedly")
            .with_remedy("start Scrollback again; what was committed is safe. Please report this")
    })
}

fn hung() -> Error {
    Error::new(
        Kind::Hung,
        "the database does not answer: writing to it hangs",
    )
    .with_remedy("check the disk that holds it; start Scrollback again, nothing was lost")
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|e| Error::new(Kind::Io, format!("could not start a thread: {e}")).caused_by(e))
}

fn start_workers(
    jobs: Receiver<Job>,
    worker: impl Fn(usize) -> Worker,
    signals: &UnboundedSender<Signal>,
) -> Result<Vec<JoinHandle<()>>> {
    let jobs = Arc::new(Mutex::new(jobs));
    let start = |number: usize| {
        let mut worker = worker(number);
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
