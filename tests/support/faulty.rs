//! Watchers that fail in the ways real ones do, and an engine that has to live with them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use scrollback_engine::error::Result;
use scrollback_engine::stop::Stop;
use scrollback_engine::sync::watch::{Backend, Ear, Heard, Native, Refusal, Watcher};

use super::sandbox::Sandbox;

/// What is wrong with a watcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It stops saying anything after so many events, without an error.
    DiesAfter(usize),
    /// Only our own probe folder is still announced, as after a root was replaced.
    OnlyProbe,
    /// It says only that events were lost.
    Overflows,
    /// The system has no further watchers.
    NoInstance,
    /// The system has no further watches for the roots.
    NoWatches,
}

/// The system's events with a fault, for as long as it is not mended.
#[derive(Debug)]
pub struct Faulty {
    fault: Fault,
    is_mended: AtomicBool,
    starts: AtomicUsize,
    /// What the watcher asked for last has heard.
    heard: Arc<AtomicUsize>,
}

impl Faulty {
    pub fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            fault,
            is_mended: AtomicBool::new(false),
            starts: AtomicUsize::new(0),
            heard: Arc::default(),
        })
    }

    /// From the next start on all is well.
    pub fn mend(&self) {
        self.is_mended.store(true, Ordering::SeqCst);
    }

    /// Whether the watcher asked for last keeps to itself what it hears from now on.
    pub fn is_silent(&self) -> bool {
        match self.fault {
            Fault::DiesAfter(last) => self.heard.load(Ordering::SeqCst) >= last,
            _ => true,
        }
    }

    /// How often a watcher was asked for.
    pub fn starts(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }
}

impl Backend for Faulty {
    fn start(&self, ear: Ear) -> std::result::Result<Box<dyn Watcher>, Refusal> {
        self.starts.fetch_add(1, Ordering::SeqCst);
        if self.is_mended.load(Ordering::SeqCst) {
            return Native.start(ear);
        }
        match self.fault {
            Fault::NoInstance => Err(Refusal::InstanceLimit),
            Fault::NoWatches => Ok(Box::new(Watchless(Native.start(ear)?))),
            fault => {
                let heard = Arc::clone(&self.heard);
                heard.store(0, Ordering::SeqCst);
                Native.start(Arc::new(move |event| {
                    let number = heard.fetch_add(1, Ordering::SeqCst) + 1;
                    if let Some(event) = spoil(fault, event, number) {
                        ear(event);
                    }
                }))
            }
        }
    }
}

fn spoil(fault: Fault, heard: Heard, number: usize) -> Option<Heard> {
    match (fault, heard) {
        (Fault::DiesAfter(last), heard) => (number <= last).then_some(heard),
        (Fault::OnlyProbe, Heard::Changed(mut paths)) => {
            paths.retain(|path| path.to_string_lossy().contains("watch-probe"));
            (!paths.is_empty()).then_some(Heard::Changed(paths))
        }
        (Fault::Overflows, _) => Some(Heard::Lost),
        (_, heard) => Some(heard),
    }
}

struct Watchless(Box<dyn Watcher>);

impl Watcher for Watchless {
    fn watch(&mut self, folder: &Path, deep: bool) -> std::result::Result<(), Refusal> {
        if deep {
            return Err(Refusal::WatchLimit);
        }
        self.0.watch(folder, deep)
    }
}

/// An engine watching in this process; stopped when the test ends.
pub struct Watching {
    stop: Stop,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Sandbox {
    /// Leaves the engine watching with these events.
    pub fn watch_with(&self, backend: Arc<dyn Backend>) -> Watching {
        let stop = Stop::default();
        let engine = self.engine().with_events_from(backend);
        let until = stop.clone();
        let thread = std::thread::spawn(move || {
            let give_up = Arc::new(|| panic!("the engine gave up"));
            engine.watch(&until, give_up, &mut |_| {})
        });
        Watching {
            stop,
            thread: Some(thread),
        }
    }
}

impl Watching {
    /// Asks for the end and waits for it.
    pub fn end(mut self) -> Result<()> {
        self.stop.request();
        let thread = self.thread.take().expect("it runs");
        thread.join().expect("no panic")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            // The test has failed already, or ended it.
            let _ = thread.join();
        }
    }
}
