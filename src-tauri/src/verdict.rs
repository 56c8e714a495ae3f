//! The verdict, told to everyone who shows it: asked of the engine when there is news, and once in a
//! while when there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scrollback_engine::health::State;
use scrollback_engine::model::{SessionPick, SessionRow};
use scrollback_engine::paths::DataDir;

use crate::app::App;
use crate::incidents::Incidents;
use crate::ipc::{Push, Snapshot};
use crate::settings::Desktop;
use crate::tray::{Face, Steady, Tray};
use crate::{notify, told};

/// At most so often while there is news.
const GAP: Duration = Duration::from_millis(250);
/// While someone looks at the window.
const WATCHED: Duration = Duration::from_secs(1);
/// While nobody does: only the words "4 min ago" grow old.
const UNWATCHED: Duration = Duration::from_secs(60);
/// While something is wrong, which a notification may be due for.
const WORRIED: Duration = Duration::from_secs(5);
/// How often an engine that nobody listens to is looked for.
const ALONE: Duration = Duration::from_secs(1);
/// Minutes of activity that are shown.
const MINUTES: usize = 60;
/// Sessions in the tray's menu.
const RECENT: usize = 5;

/// How things are now, as the page shows it. Its number is that of the last one told.
pub fn snapshot(app: &App) -> Snapshot {
    measure(app, true)
}

/// What only the page shows is measured only for it.
fn measure(app: &App, is_for_page: bool) -> Snapshot {
    let engine = app.engine();
    // Taken first: what is measured later never gets an older number.
    let seq = app.pulse.told();
    let mut status = engine.status();
    status.problems.extend(app.syncing.trouble());
    status.problems.extend(Desktop::of(&app.config()).1);
    Snapshot {
        seq,
        activity: match is_for_page {
            true => engine.activity(MINUTES).unwrap_or_default(),
            false => Vec::new(),
        },
        engine: app.syncing.runs(),
        is_first_run: app.is_first_run(),
        has_tray: app.has_tray(),
        status,
    }
}

/// Begins to tell; for as long as the process lives.
pub fn start(app: &Arc<App>, tray: Option<Box<dyn Tray>>) {
    let (teller, listener) = (Arc::clone(app), Arc::clone(app));
    let thread = |name: &str| std::thread::Builder::new().name(name.into());
    let told = thread("pulse").spawn(move || tell(&teller, tray));
    let heard = thread("news").spawn(move || listen(&listener));
    if let Err(error) = told.and(heard) {
        tracing::error!(%error, "no thread for the verdict");
    }
}

fn tell(app: &Arc<App>, mut tray: Option<Box<dyn Tray>>) {
    let told_file = DataDir::new(app.config().data_dir).app_told();
    let mut incidents = Incidents::after(told::read(&told_file));
    let mut steady = Steady::default();
    loop {
        let told = Instant::now();
        app.pulse.tell();
        let is_watched = app.has_listener();
        let snapshot = measure(app, is_watched);
        let state = snapshot.status.state;
        if let Some(tray) = &mut tray {
            let icon = steady.icon(state, told);
            tray.show(&Face::of(&snapshot, icon, recent(app), app));
        }
        let after = app.desktop().stalled_after();
        let open = incidents.open().to_vec();
        if let Some(note) = incidents.look(&snapshot.status, after, told) {
            notify::show(app, note);
        }
        if incidents.open() != open {
            told::write(&told_file, incidents.open());
        }
        if is_watched {
            app.tell(Push::Status {
                snapshot: Box::new(snapshot),
            });
        }
        std::thread::sleep(GAP.saturating_sub(told.elapsed()));
        app.pulse.wait(match () {
            () if steady.is_waiting() || is_watched => WATCHED,
            () if state == State::Stalled => WORRIED,
            () => UNWATCHED,
        });
    }
}

/// The sessions last active.
fn recent(app: &App) -> Vec<SessionRow> {
    let page = app.engine().pick_sessions(&SessionPick::default(), RECENT);
    page.map(|page| page.items).unwrap_or_default()
}

/// What the engine tells those who listen, wherever it runs, is news.
fn listen(app: &App) {
    loop {
        if let Some(mut news) = app.engine().subscribe() {
            while let Ok(Some(_)) = news.next_answer() {
                app.pulse.nudge();
            }
            // It has ended, or let us go.
            app.pulse.nudge();
        }
        std::thread::sleep(ALONE);
    }
}
