//! An engine at work: the lock, the monitor, the socket, and the pipeline between them.

mod claim;
mod keep;

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::control::{Answer, Desk, Server};
use crate::error::{Error, Kind, Result};
use crate::health::Blocker;
use crate::model::Problem;
use crate::monitor::{Cure, Monitor};
use crate::notice::Notice;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store;
use crate::sync::inbox::{Inbox, Wish};
use crate::sync::sweep::Place;
use crate::sync::watch::Backend;
use crate::sync::{self, Setup, Summary, Until, WORKERS, recover};
use crate::vitals::Vitals;
use claim::Claim;

/// Called when the engine hangs beyond help, on a thread of its own: the face ends the process, with
/// a code that tells its supervisor to start another.
pub type GiveUp = Arc<dyn Fn() + Send + Sync>;

/// What an engine works on.
#[derive(Clone)]
pub struct Work {
    /// Where our own files lie.
    pub dir: DataDir,
    /// What is read.
    pub places: Vec<Place>,
    /// When it ends.
    pub until: Until,
    /// Where file events come from.
    pub backend: Arc<dyn Backend>,
    /// The user wants no events, but looking.
    pub polling: bool,
    /// Set the database aside and recover it first: why.
    pub recover: Option<String>,
    /// Rows to make anew from the archive: those of the agent with this id, or (`Some(None)`) all.
    pub anew: Option<Option<String>>,
    /// What to do when it hangs.
    pub give_up: GiveUp,
}

/// Runs the pipeline with everything around it, to its end.
pub fn run(work: Work, stop: &Stop, report: &mut dyn FnMut(Notice)) -> Result<Summary> {
    let Work {
        dir,
        places,
        until,
        backend,
        polling,
        mut recover,
        mut anew,
        give_up,
    } = work;
    dir.create()?;
    if until == Until::Stopped {
        DataDir::new(dir.probe()).create()?;
    }
    let socket = dir.socket();
    let claim = Arc::new(Claim::take(&dir, socket.clone())?);
    let inbox = Arc::new(Inbox::default());
    let mut vitals = Arc::new(Vitals::new(WORKERS));
    let monitor = Arc::new(Monitor::new(&dir, places.clone(), vitals.clone()));
    let desk = Arc::new(Desk::new(
        monitor.clone(),
        inbox.clone(),
        vitals.clone(),
        stop.of_part(),
    ));
    let server = Server::open(&socket, desk.clone());
    if let Err(error) = &server {
        report(Notice::Problem(unheard(error)));
    }
    let follower = Companion::start("monitor", stop, {
        let (monitor, desk, inbox) = (monitor.clone(), desk.clone(), inbox.clone());
        move |stop| follow(&monitor, &desk, &inbox, &stop, &give_up)
    })?;
    let keeper = Companion::start("keeper", stop, {
        let (dir, desk, inbox) = (dir.clone(), desk.clone(), inbox.clone());
        move |stop| keep::keep(&dir, || desk.vitals(), &inbox, &stop)
    })?;
    let claimant = Companion::start("claim", stop, {
        let (claim, inbox) = (claim.clone(), inbox.clone());
        move |stop| claim.keep(&inbox, &stop)
    })?;
    let (mut was_restarted, mut was_doubted, mut was_recovered) = (false, false, false);
    let outcome = loop {
        if let Some(reason) = recover.take() {
            was_recovered = true;
            vitals.block(Some(Blocker::Recovering));
            if let Err(error) = recover_from(&dir, &places, &reason, stop, report) {
                break Err(error);
            }
            vitals.block(None);
        }
        let setup = Setup {
            dir: &dir,
            places: places.clone(),
            until,
            stop,
            backend: backend.clone(),
            polling,
            inbox: inbox.clone(),
            vitals: vitals.clone(),
            anew: anew.take(),
        };
        let ran = sync::run(setup, &mut |notice| {
            if let Notice::Event(event) = &notice {
                desk.tell(&Answer::Event(event.clone()));
            }
            report(notice);
        });
        match ran {
            Ok(summary) if summary.is_to_restart && !was_restarted => {
                tracing::warn!("the pipeline hung and begins anew");
                was_restarted = true;
                vitals = Arc::new(Vitals::new(WORKERS));
                monitor.attach(vitals.clone());
                desk.attach(vitals.clone());
            }
            Ok(summary) if summary.is_to_restart => break Err(hung()),
            // A disk that fails for a moment looks like damage: what is whole is not set aside.
            Err(error) if error.kind() == Kind::Damaged && !was_doubted && is_whole(&dir) => {
                was_doubted = true;
            }
            Err(error) if error.kind() == Kind::Damaged && !was_recovered => {
                recover = Some(error.to_string());
            }
            ended => break ended,
        }
    };
    drop((follower, keeper, claimant));
    drop(server);
    drop(claim);
    outcome
}

/// Whether a check of the database finds nothing wrong.
pub fn is_whole(dir: &DataDir) -> bool {
    store::is_whole(dir)
}

/// Sets the database aside and makes a new one of what it, the backups and, with the next pass, the
/// sources hold.
fn recover_from(
    dir: &DataDir,
    places: &[Place],
    reason: &str,
    stop: &Stop,
    report: &mut dyn FnMut(Notice),
) -> Result<()> {
    recover::check(dir)?;
    tracing::error!("the database is damaged and is recovered");
    report(Notice::Problem(Problem::new(
        "damaged",
        reason,
        "it is set aside, and what it held is recovered",
    )));
    let recovery = recover::recover(dir, places, reason, stop, &mut |progress| {
        report(Notice::Progress(progress));
    })?;
    report(Notice::Recovered(Box::new(recovery)));
    Ok(())
}

/// A thread beside the pipeline; dropping this ends it.
struct Companion {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Companion {
    fn start(name: &str, stop: &Stop, run: impl FnOnce(Stop) + Send + 'static) -> Result<Self> {
        let stop = stop.of_part();
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || run(until))
            .map_err(|e| Error::new(Kind::Io, format!("could not start a thread: {e}")))?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // How it ended changes nothing any more.
            let _ = thread.join();
        }
    }
}

/// Judges once a second, tells those who listen, and calls for help when the pipeline is stuck.
fn follow(monitor: &Arc<Monitor>, desk: &Desk, inbox: &Inbox, stop: &Stop, give_up: &GiveUp) {
    let tell = |state, reason: &str| {
        desk.tell(&Answer::Health {
            state,
            reason: reason.to_owned(),
        });
    };
    monitor.follow(stop, tell, |cure| match cure {
        Cure::Restart => inbox.wish(Wish::Restart),
        Cure::GiveUp => give_up(),
    });
}

fn unheard(error: &std::io::Error) -> Problem {
    Problem::new(
        "no_socket",
        format!("other programs cannot ask this engine: {error}"),
        "`scrollback status` will say that it does not answer; everything else works",
    )
}

fn hung() -> Error {
    Error::new(
        Kind::Hung,
        "the engine hung, was begun anew, and hangs again",
    )
    .with_remedy("check the disks and network folders it reads; nothing was lost")
}
