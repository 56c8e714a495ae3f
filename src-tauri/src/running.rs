//! The engine kept running: in this process, or, while another process runs one over the same data
//! folder, there. When that one ends, ours takes over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::model::Problem;
use scrollback_engine::notice::Notice;
use scrollback_engine::stop::Stop;

use crate::app::{App, ENGINE};
use crate::ipc::Engine as Runs;
use crate::syncing::ENDED;

/// How often we look whether the other engine is still there.
const LOOK: Duration = Duration::from_secs(1);
/// An engine that failed is tried again after so long, then twice that, up to the last.
const RETRY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));
/// The engine hung beyond help, as for `scrollback watch`.
const HUNG: i32 = 75;

impl App {
    /// Reads the settings again. The engine begins anew where they concern it.
    ///
    /// # Errors
    /// The config file cannot be read; the settings stay as they were.
    pub fn reload(self: &Arc<Self>) -> Result<()> {
        let new = self.launch().config()?;
        let old = self.replace_config(new.clone());
        if (&old.sources, old.polling) != (&new.sources, new.polling) && self.syncing.is_begun() {
            self.syncing.end(ENGINE);
            self.begin();
        }
        self.pulse.nudge();
        Ok(())
    }

    /// Begins to sync, unless the user is to be asked first.
    pub fn begin_unless_first_run(self: &Arc<Self>) {
        let has_nothing = || self.engine().status().backlog.files == 0;
        if !self.is_first_run() || has_nothing() {
            self.begin();
        }
    }

    /// Begins to sync.
    pub fn begin(self: &Arc<Self>) {
        let app = Arc::clone(self);
        self.syncing.begin(move |stop| keep_running(&app, stop));
        self.pulse.nudge();
    }

    /// Begins the engine anew.
    pub fn restart_engine(self: &Arc<Self>) {
        self.syncing.end(ENGINE);
        self.begin();
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
