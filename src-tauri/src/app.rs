//! What the parts share, and what a person can ask of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::error::Result;
use scrollback_engine::stop::Stop;

use crate::clipboard::Copies;
use crate::history::History;
use crate::ipc::{HowLong, Push};
use crate::launch::Launch;
use crate::pulse::Pulse;
use crate::questions::Questions;
use crate::settings::Desktop;
use crate::syncing::Syncing;

/// What the main thread is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Show the window: at this page, or as it is.
    Open(Option<String>),
    /// End.
    Quit,
}

/// Hears what the window is to show; false when nobody is there any more.
pub type Listener = Box<dyn Fn(Push) -> bool + Send>;

/// The app.
pub struct App {
    launch: Launch,
    config: RwLock<Config>,
    wishes: Mutex<Sender<Wish>>,
    listener: Mutex<Option<Listener>>,
    /// Where a page that does not listen yet is to go.
    route: Mutex<Option<String>>,
    leaving: Stop,
    has_tray: AtomicBool,
    tray_changes: AtomicU64,
    has_window: AtomicBool,
    pages: AtomicU64,
    is_painted: AtomicBool,
    is_window_blank: AtomicBool,
    /// What was searched for.
    pub history: History,
    /// Searches.
    pub questions: Questions,
    /// Counts of what searches match.
    pub counts: Questions,
    /// What was copied.
    pub copies: Copies,
    /// The engine at work.
    pub syncing: Syncing,
    /// The verdict, and who hears it.
    pub pulse: Pulse,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A quit takes no longer than this, whatever hangs,
const QUIT: Duration = Duration::from_millis(1900);
/// of which the engine has this.
pub const ENGINE: Duration = Duration::from_millis(1500);
/// At login the panel may come later than we do.
const PANEL: Duration = Duration::from_secs(20);

impl App {
    /// An app that does nothing yet.
    pub fn new(launch: Launch, config: Config, wishes: Sender<Wish>) -> Arc<Self> {
        Arc::new(Self {
            launch,
            config: RwLock::new(config),
            wishes: Mutex::new(wishes),
            listener: Mutex::default(),
            route: Mutex::default(),
            leaving: Stop::default(),
            has_tray: AtomicBool::new(true),
            tray_changes: AtomicU64::new(0),
            has_window: AtomicBool::new(false),
            pages: AtomicU64::new(0),
            is_painted: AtomicBool::new(false),
            is_window_blank: AtomicBool::new(false),
            history: History::default(),
            questions: Questions::default(),
            counts: Questions::default(),
            copies: Copies::default(),
            syncing: Syncing::default(),
            pulse: Pulse::default(),
        })
    }

    /// How it was started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// The settings in force.
    pub fn config(&self) -> Config {
        let config = self.config.read();
        config.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these settings are in force; those before.
    pub fn replace_config(&self, new: Config) -> Config {
        let mut config = self.config.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *config, new)
    }

    /// What was set for the desktop.
    pub fn desktop(&self) -> Desktop {
        Desktop::of(&self.config()).0
    }

    /// The engine, to ask.
    pub fn engine(&self) -> Engine {
        Engine::new(self.config())
    }

    /// Nothing is stored and nothing was begun: where there is something to read, the user says when.
    pub fn is_first_run(&self) -> bool {
        let engine = self.engine();
        !self.syncing.is_begun() && !engine.has_database() && engine.holder().is_none()
    }

    /// Shows the window as it is.
    pub fn open(&self) {
        self.wish(Wish::Open(None));
    }

    /// Shows the window at a page.
    pub fn open_at(&self, route: &str) {
        self.wish(Wish::Open(Some(route.to_owned())));
    }

    /// Ends the app; nothing is synced any more.
    pub fn quit(&self) {
        self.leave();
        self.wish(Wish::Quit);
        // The window's toolkit may hang.
        let thread = std::thread::Builder::new().name("quit".into());
        let ended = thread.spawn(|| {
            std::thread::sleep(QUIT);
            tracing::warn!("the window takes long to end and is left behind");
            std::process::exit(0);
        });
        if let Err(error) = ended {
            tracing::warn!(%error, "nobody looks whether the end comes");
        }
    }

    /// From now on whoever starts the app waits for us to be gone.
    pub fn leave(&self) {
        self.leaving.request();
        self.syncing.ask_to_end();
    }

    /// Requested when the app is ending.
    pub fn leaving(&self) -> &Stop {
        &self.leaving
    }

    fn wish(&self, wish: Wish) {
        // Nobody listens any more: it is ending.
        let _ = lock(&self.wishes).send(wish);
    }

    /// Ends what runs, within the time a quit may take.
    pub fn end(&self) {
        self.leave();
        self.syncing.end(ENGINE);
    }

    /// Asks the engine to wait.
    pub fn pause(&self, how_long: HowLong) -> Result<()> {
        self.engine().pause(how_long.until_ms())?;
        self.pulse.nudge();
        Ok(())
    }

    /// Asks the engine to go on.
    pub fn resume(&self) -> Result<()> {
        self.engine().resume()?;
        self.pulse.nudge();
        Ok(())
    }

    /// Asks the engine to look at everything, and waits until it has.
    pub fn rescan(&self) -> Result<()> {
        let done = self.engine().rescan();
        self.pulse.nudge();
        done
    }

    /// The page wants to hear what happens.
    pub fn listen(&self, listener: Listener) {
        *lock(&self.listener) = Some(listener);
        let missed = lock(&self.route).take();
        if let Some(route) = missed {
            self.go(route);
        }
        self.pulse.nudge();
    }

    /// The page is not looked at, or gone.
    pub fn unlisten(&self) {
        *lock(&self.listener) = None;
    }

    /// Sends the page somewhere, as soon as it listens.
    pub fn go(&self, route: String) {
        let push = Push::Go {
            route: route.clone(),
        };
        if !self.tell(push) {
            *lock(&self.route) = Some(route);
        }
    }

    /// Whether a page listens.
    pub fn has_listener(&self) -> bool {
        lock(&self.listener).is_some()
    }

    /// Tells the page something; false when nobody listens.
    pub fn tell(&self, push: Push) -> bool {
        let mut listener = lock(&self.listener);
        let is_heard = listener.as_ref().is_some_and(|tell| tell(push));
        if !is_heard {
            *listener = None;
        }
        is_heard
    }

    /// Whether there is a tray to show an icon in.
    pub fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::SeqCst)
    }

    /// There is a tray.
    pub fn tray_came(&self) {
        self.tray_changes.fetch_add(1, Ordering::SeqCst);
        self.has_tray.store(true, Ordering::SeqCst);
        self.pulse.nudge();
    }

    /// The tray went, or was not there yet; panels begin anew now and then.
    pub fn tray_went(self: &Arc<Self>) {
        let change = self.tray_changes.fetch_add(1, Ordering::SeqCst) + 1;
        let app = Arc::clone(self);
        let waiting = move || {
            std::thread::sleep(PANEL);
            if app.tray_changes.load(Ordering::SeqCst) == change {
                app.has_no_tray();
            }
        };
        let thread = std::thread::Builder::new().name("panel".into());
        if thread.spawn(waiting).is_err() {
            self.has_no_tray();
        }
    }

    /// There is no tray. The window is the only way in, so it is shown.
    pub fn has_no_tray(&self) {
        if self.has_tray.swap(false, Ordering::SeqCst) {
            self.open();
        }
        self.pulse.nudge();
    }

    /// Whether there is a window.
    pub fn has_window(&self) -> bool {
        self.has_window.load(Ordering::SeqCst)
    }

    /// A window was made, or is gone, and with it whoever listened.
    pub fn set_has_window(&self, has_window: bool) {
        self.has_window.store(has_window, Ordering::SeqCst);
        self.questions.rest();
        self.counts.rest();
        self.unlisten();
        lock(&self.route).take();
        self.set_window_blank(false);
    }

    /// Whether the page has painted.
    pub fn is_painted(&self) -> bool {
        self.is_painted.load(Ordering::SeqCst)
    }

    /// The page has painted.
    pub fn has_painted(&self) {
        self.is_painted.store(true, Ordering::SeqCst);
        self.set_window_blank(false);
    }

    /// A page begins, and has not painted; its number.
    pub fn new_page(&self) -> u64 {
        self.is_painted.store(false, Ordering::SeqCst);
        self.pages.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Whether the page of this number is still there, and has painted nothing.
    pub fn is_blank(&self, page: u64) -> bool {
        self.pages.load(Ordering::SeqCst) == page && self.has_window() && !self.is_painted()
    }

    /// Whether a window was opened that has painted nothing.
    pub fn is_window_blank(&self) -> bool {
        self.is_window_blank.load(Ordering::SeqCst)
    }

    /// The window has painted, or has not in time.
    pub fn set_window_blank(&self, is_blank: bool) {
        if self.is_window_blank.swap(is_blank, Ordering::SeqCst) != is_blank {
            self.pulse.nudge();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use std::sync::mpsc::channel;

    #[test]
    fn a_page_that_does_not_listen_yet_goes_there_when_it_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let launch = Launch::parse_from(["scrollback-desktop"]);
        let app = App::new(launch, Config::new(folder.path(), Vec::new()), channel().0);
        let (heard, listener) = channel();
        app.set_has_window(true);
        app.go("#/search".into());
        app.go("#/session/a".into());
        let listen = |heard: Sender<Push>| app.listen(Box::new(move |p| heard.send(p).is_ok()));
        listen(heard.clone());
        let routes = || {
            let pushes = listener.try_iter();
            let route = |push| match push {
                Push::Go { route } => Some(route),
                Push::Status { .. } => None,
            };
            pushes.filter_map(route).collect::<Vec<_>>()
        };
        assert_eq!(routes(), ["#/session/a"], "the last one, once");
        app.go("#/browse".into());
        assert_eq!(routes(), ["#/browse"]);
        app.unlisten();
        app.go("#/settings".into());
        app.set_has_window(false);
        listen(heard);
        assert!(routes().is_empty(), "that window is gone");
    }
}
