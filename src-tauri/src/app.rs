//! What the parts share, and what a person can ask of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::error::Result;

use crate::clipboard::Copies;
use crate::ipc::{HowLong, Push};
use crate::launch::Launch;
use crate::pulse::Pulse;
use crate::questions::Questions;
use crate::settings::Desktop;
use crate::syncing::Syncing;
use crate::{launch, start};

/// What the main thread is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Show the window, at this page.
    Open(String),
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
    has_tray: AtomicBool,
    is_painted: AtomicBool,
    is_window_blank: AtomicBool,
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

/// A clean quit takes no longer than this.
const QUIT: Duration = Duration::from_secs(2);

impl App {
    /// An app that does nothing yet.
    pub fn new(launch: Launch, config: Config, wishes: Sender<Wish>) -> Arc<Self> {
        Arc::new(Self {
            launch,
            config: RwLock::new(config),
            wishes: Mutex::new(wishes),
            listener: Mutex::default(),
            has_tray: AtomicBool::new(true),
            is_painted: AtomicBool::new(false),
            is_window_blank: AtomicBool::new(false),
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

    /// What was set for the desktop.
    pub fn desktop(&self) -> Desktop {
        Desktop::of(&self.config()).0
    }

    /// The engine, to ask.
    pub fn engine(&self) -> Engine {
        Engine::new(self.config())
    }

    /// Reads the settings again. The engine begins anew where they concern it.
    ///
    /// # Errors
    /// The config file cannot be read; the settings stay as they were.
    pub fn reload(self: &Arc<Self>) -> Result<()> {
        let new = start::load(&self.launch)?;
        let old = std::mem::replace(
            &mut *self.config.write().unwrap_or_else(PoisonError::into_inner),
            new.clone(),
        );
        if (&old.sources, old.polling) != (&new.sources, new.polling) && self.syncing.is_begun() {
            self.syncing.end(QUIT);
            self.begin();
        }
        self.pulse.nudge();
        Ok(())
    }

    /// Nothing is stored and nothing was begun: where there is something to read, the user says when.
    pub fn is_first_run(&self) -> bool {
        let engine = self.engine();
        !self.syncing.is_begun() && !engine.has_database() && engine.holder().is_none()
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
        self.syncing.begin(self);
        self.pulse.nudge();
    }

    /// Shows the window at a page.
    pub fn open(&self, route: &str) {
        self.wish(Wish::Open(route.to_owned()));
    }

    /// Shows the window.
    pub fn open_home(&self) {
        self.open(&launch::home());
    }

    /// Ends the app; nothing is synced any more.
    pub fn quit(&self) {
        self.wish(Wish::Quit);
    }

    fn wish(&self, wish: Wish) {
        // Nobody listens any more: it is ending.
        let _ = lock(&self.wishes).send(wish);
    }

    /// Ends what runs, within the time a quit may take.
    pub fn end(&self) {
        self.syncing.end(QUIT);
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
        self.pulse.nudge();
    }

    /// The window is gone, and with it whoever listened.
    pub fn unlisten(&self) {
        *lock(&self.listener) = None;
    }

    /// Whether a page listens.
    pub fn has_listener(&self) -> bool {
        lock(&self.listener).is_some()
    }

    /// Tells the page something.
    pub fn tell(&self, push: Push) {
        let mut listener = lock(&self.listener);
        if listener.as_ref().is_some_and(|tell| !tell(push)) {
            *listener = None;
        }
    }

    /// Whether there is a tray to show an icon in.
    pub fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::SeqCst)
    }

    /// A tray came or went. Without one the window is the only way in, so it is shown.
    pub fn set_has_tray(&self, has_tray: bool) {
        let had = self.has_tray.swap(has_tray, Ordering::SeqCst);
        if had && !has_tray {
            self.open_home();
        }
        self.pulse.nudge();
    }

    /// Whether the page has painted since the window was opened.
    pub fn is_painted(&self) -> bool {
        self.is_painted.load(Ordering::SeqCst)
    }

    /// A window was opened, or its page has painted.
    pub fn set_painted(&self, is_painted: bool) {
        self.is_painted.store(is_painted, Ordering::SeqCst);
        if is_painted {
            self.set_window_blank(false);
        }
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
