//! Who syncs: the thread that does, what stood in its way, and its end.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use scrollback_engine::model::Problem;
use scrollback_engine::stop::Stop;

use crate::ipc::Engine as Runs;

/// What the problem is called that keeps the engine from running.
pub const ENDED: &str = "engine_ended";
/// Who syncs, and what stood in the way.
#[derive(Default)]
pub struct Syncing {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    runs: Runs,
    trouble: Option<Problem>,
    stop: Option<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Syncing {
    /// Begins what runs until it is asked to stop, if it has not begun.
    pub fn begin(&self, run: impl FnOnce(&Stop) + Send + 'static) {
        let mut state = self.lock();
        if state.thread.is_some() {
            return;
        }
        let stop = Stop::default();
        state.stop = Some(stop.clone());
        let thread = std::thread::Builder::new().name("engine".into());
        match thread.spawn(move || run(&stop)) {
            Ok(thread) => state.thread = Some(thread),
            Err(error) => state.trouble = Some(no_thread(&error)),
        }
    }

    /// Whether it was begun and not ended.
    pub fn is_begun(&self) -> bool {
        self.lock().thread.is_some()
    }

    /// Asks for the end.
    pub fn ask_to_end(&self) {
        if let Some(stop) = self.lock().stop.take() {
            stop.request();
        }
        self.changed.notify_all();
    }

    /// Asks for the end and waits for it, but no longer than `limit`.
    pub fn end(&self, limit: Duration) {
        self.ask_to_end();
        let Some(thread) = self.lock().thread.take() else {
            return;
        };
        let asked = Instant::now();
        while !thread.is_finished() {
            if asked.elapsed() > limit {
                tracing::warn!("the engine takes long to end and is left behind");
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.lock().runs = Runs::None;
    }

    /// Who syncs.
    pub fn runs(&self) -> Runs {
        self.lock().runs
    }

    /// What keeps the engine from running.
    pub fn trouble(&self) -> Option<Problem> {
        self.lock().trouble.clone()
    }

    /// Says who syncs, and what is in the way.
    pub fn set(&self, runs: Runs, trouble: Option<Problem>) {
        let mut state = self.lock();
        (state.runs, state.trouble) = (runs, trouble);
    }

    /// Waits, unless asked to stop.
    pub fn wait(&self, time: Duration, stop: &Stop) {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !stop.is_requested() {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return;
            };
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_thread(error: &std::io::Error) -> Problem {
    Problem::new(
        ENDED,
        format!("the system gives us no thread: {error}"),
        "close other programs, then start Scrollback again",
    )
}
