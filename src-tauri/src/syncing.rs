//! The engine at work: in this process, or, while another process runs one over the same data
//! folder, there. When that one ends, ours takes over.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind};
use scrollback_engine::model::Problem;
use scrollback_engine::notice::Notice;
use scrollback_engine::stop::Stop;

use crate::app::App;
use crate::ipc::Engine as Runs;

/// How often we look whether the other engine is still there.
const LOOK: Duration = Duration::from_secs(1);
/// An engine that failed is tried again after so long, then twice that, up to the last.
const RETRY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));
/// What the problem is called that keeps the engine from running.
pub const ENDED: &str = "engine_ended";
/// The engine hung beyond help, as for `scrollback watch`.
const HUNG: i32 = 75;

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
    /// Begins, if it has not begun.
    pub fn begin(&self, app: &Arc<App>) {
        let mut state = self.lock();
        if state.thread.is_some() {
            return;
        }
        let stop = Stop::default();
        state.stop = Some(stop.clone());
        let app = Arc::clone(app);
        let thread = std::thread::Builder::new().name("engine".into());
        match thread.spawn(move || keep_running(&app, &stop)) {
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

    fn set(&self, runs: Runs, trouble: Option<Problem>) {
        let mut state = self.lock();
        (state.runs, state.trouble) = (runs, trouble);
    }

    fn wait(&self, time: Duration, stop: &Stop) {
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

fn keep_running(app: &Arc<App>, stop: &Stop) {
    let syncing = &app.syncing;
    let mut pause = RETRY.0;
    while !stop.is_requested() {
        let engine = app.engine();
        syncing.set(Runs::Own, None);
        app.pulse.nudge();
        let began = Instant::now();
        let hung = Arc::clone(app);
        let give_up = Arc::new(move || relaunch(&hung, HUNG));
        match engine.watch(stop, give_up, &mut |notice| hear(app, &notice)) {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::AlreadyRunning => join(app, &engine, stop),
            Err(error) if error.kind() == Kind::Hung => relaunch(app, HUNG),
            Err(error) => {
                tracing::error!(kind = ?error.kind(), "the engine ended");
                syncing.set(Runs::None, Some(ended(&error)));
                app.pulse.nudge();
                pause = if began.elapsed() > RETRY.1 {
                    RETRY.0
                } else {
                    pause
                };
                syncing.wait(pause, stop);
                pause = (pause * 2).min(RETRY.1);
            }
        }
    }
}

/// Shows the work of the engine that runs elsewhere, for as long as it does.
fn join(app: &App, engine: &Engine, stop: &Stop) {
    app.syncing.set(Runs::Joined, None);
    app.pulse.nudge();
    while engine.holder().is_some() && !stop.is_requested() {
        app.syncing.wait(LOOK, stop);
    }
}

fn hear(app: &App, notice: &Notice) {
    match notice {
        // Told by the engine to whoever listens, which is how the pulse hears of it.
        Notice::Event(_) | Notice::Health { .. } => {}
        Notice::Problem(problem) => tracing::warn!(code = problem.code, "problem"),
        Notice::Waiting(_) | Notice::Progress(_) | Notice::CaughtUp | Notice::Recovered(_) => {
            app.pulse.nudge();
        }
    }
}

/// Ends this process with a code and begins the app anew, with a window where there is one: only
/// that gets rid of threads that hang.
pub fn relaunch(app: &App, code: i32) -> ! {
    tracing::warn!(code, "the app begins anew");
    // The new one finds nobody who answers, and waits at the door until we are gone.
    app.leave();
    if let Ok(program) = std::env::current_exe() {
        let flags = std::env::args_os().skip(1);
        let hidden = (!app.has_window()).then_some("--hidden");
        let _ = std::process::Command::new(program)
            .args(flags.filter(|flag| flag != "--hidden"))
            .args(hidden)
            .spawn();
    }
    std::process::exit(code)
}

fn ended(error: &Error) -> Problem {
    let remedy = error.remedy().unwrap_or("it is tried again by itself");
    Problem::new(ENDED, error.to_string(), remedy)
}

fn no_thread(error: &std::io::Error) -> Problem {
    Problem::new(
        ENDED,
        format!("the system gives us no thread: {error}"),
        "close other programs, then start Scrollback again",
    )
}
