//! What the page may ask: one line into the engine each. Arguments are ids and choices, never paths, and
//! SQL in one place ([`sql`]); each command has a permission of its own (src-tauri/capabilities).

pub mod reading;
pub mod sql;

use std::sync::{Arc, Once};
use std::time::Instant;

use scrollback_engine::engine::Searcher;
use scrollback_engine::model::{
    Checkup, EventRow, Facets, Page, ProjectRow, SessionPick, SessionRow, Sort,
};
use scrollback_render::warm_up;
use serde::Deserialize;
use tauri::State;
use tauri::ipc::Channel;

use crate::app::App;
use crate::ipc::{Answer, BackedUp, Found, HowLong, IpcError, Place, Push, Settings, Snapshot};
use crate::settings::SettingsPatch;
use crate::verdict;

type Shared<'a> = State<'a, Arc<App>>;

/// Does what may take long where it keeps no other question waiting.
async fn aside<T: Send + 'static>(
    app: Shared<'_>,
    work: impl FnOnce(&Arc<App>) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let app = Arc::clone(&app);
    let done = tauri::async_runtime::spawn_blocking(move || work(&app)).await;
    done.unwrap_or_else(|error| Err(IpcError::could_not("finish", error)))
}

/// Whoever looks at a list opens a conversation soon, and the first time reading the languages of code takes as long
/// as drawing it. Nobody else pays for their memory.
fn expect_reading() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::thread::spawn(warm_up)));
}

/// Most entries of one answer.
const MOST: usize = 500;

#[tauri::command(async)]
pub fn status_snapshot(app: Shared<'_>) -> Snapshot {
    verdict::snapshot(&app)
}

#[tauri::command]
pub fn status_subscribe(app: Shared<'_>, channel: Channel<Push>) {
    app.listen(Box::new(move |push| channel.send(push).is_ok()));
}

#[tauri::command]
pub fn status_unsubscribe(app: Shared<'_>) {
    app.unlisten();
}

/// Which events.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EventsArgs {
    before: Option<i64>,
    limit: u32,
}

#[tauri::command(async)]
pub fn events(app: Shared<'_>, args: EventsArgs) -> Answer<Vec<EventRow>> {
    Ok(app.engine().events_before(args.before, most(args.limit))?)
}

#[tauri::command(async)]
pub fn projects(app: Shared<'_>) -> Answer<Vec<ProjectRow>> {
    Ok(app.engine().projects()?)
}

/// Which sessions.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionsArgs {
    project: Option<String>,
    filter: String,
    cursor: Option<String>,
    limit: u32,
}

#[tauri::command(async)]
pub fn sessions(app: Shared<'_>, args: SessionsArgs) -> Answer<Page<SessionRow>> {
    let SessionsArgs {
        project,
        filter,
        cursor,
        limit,
    } = args;
    expect_reading();
    let pick = SessionPick {
        project,
        filter,
        cursor,
    };
    Ok(app.engine().pick_sessions(&pick, most(limit))?)
}

/// What to look for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchArgs {
    query: String,
    limit: u32,
    sort: Sort,
}

#[tauri::command]
pub async fn search(app: Shared<'_>, args: SearchArgs) -> Answer<Found> {
    aside(app, move |app| {
        expect_reading();
        let start = Instant::now();
        let found = app.questions.ask(&app.engine(), |searcher| {
            searcher.search(&args.query, most(args.limit), args.sort)
        })?;
        Ok(Found::new(found, start.elapsed()))
    })
    .await
}

/// What the matches are counted of.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FacetsArgs {
    query: String,
}

#[tauri::command]
pub async fn facets(app: Shared<'_>, args: FacetsArgs) -> Answer<Facets> {
    aside(app, move |app| {
        let counts = |searcher: &Searcher| searcher.facets(&args.query);
        Ok(app.counts.ask(&app.engine(), counts)?)
    })
    .await
}

/// A question that led somewhere.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RememberArgs {
    query: String,
}

#[tauri::command]
pub fn remember(app: Shared<'_>, args: RememberArgs) {
    app.history.add(&args.query);
}

#[tauri::command]
pub fn searches(app: Shared<'_>) -> Vec<String> {
    app.history.all()
}

/// How long.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PauseArgs {
    how_long: HowLong,
}

#[tauri::command]
pub async fn pause(app: Shared<'_>, args: PauseArgs) -> Answer<()> {
    aside(app, move |app| Ok(app.pause(args.how_long)?)).await
}

#[tauri::command]
pub async fn resume(app: Shared<'_>) -> Answer<()> {
    aside(app, |app| Ok(app.resume()?)).await
}

#[tauri::command]
pub async fn rescan(app: Shared<'_>) -> Answer<()> {
    aside(app, |app| Ok(app.rescan()?)).await
}

#[tauri::command]
pub async fn restart_engine(app: Shared<'_>) -> Answer<()> {
    aside(app, |app| {
        app.restart_engine();
        Ok(())
    })
    .await
}

/// What was answered to the first question.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BeginArgs {
    autostart: bool,
}

#[tauri::command(async)]
pub fn begin(app: Shared<'_>, args: BeginArgs) -> Answer<()> {
    app.begin();
    if args.autostart {
        app.start_at_login(true)?;
    }
    Ok(())
}

#[tauri::command(async)]
pub fn settings(app: Shared<'_>) -> Settings {
    app.settings()
}

#[tauri::command]
pub async fn change_settings(app: Shared<'_>, args: SettingsPatch) -> Answer<Settings> {
    aside(app, move |app| {
        app.change_settings(&args)?;
        Ok(app.settings())
    })
    .await
}

/// On or off.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AutostartArgs {
    on: bool,
}

#[tauri::command(async)]
pub fn set_autostart(app: Shared<'_>, args: AutostartArgs) -> Answer<Settings> {
    app.start_at_login(args.on)?;
    Ok(app.settings())
}

#[tauri::command]
pub async fn add_source(app: Shared<'_>) -> Answer<Settings> {
    aside(app, |app| {
        // The system's own dialog: the page never names a folder.
        let dialog = rfd::FileDialog::new().set_title("Choose an agent's folder");
        if let Some(folder) = dialog.pick_folder() {
            app.add_source(&folder)?;
        }
        Ok(app.settings())
    })
    .await
}

/// Which source.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemoveSourceArgs {
    id: u32,
}

#[tauri::command]
pub async fn remove_source(app: Shared<'_>, args: RemoveSourceArgs) -> Answer<Settings> {
    aside(app, move |app| {
        app.remove_source(args.id)?;
        Ok(app.settings())
    })
    .await
}

/// What to show in the system's file manager.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RevealArgs {
    what: Place,
}

#[tauri::command]
pub async fn reveal(app: Shared<'_>, args: RevealArgs) -> Answer<()> {
    aside(app, move |app| Ok(app.reveal(args.what)?)).await
}

#[tauri::command]
pub async fn check(app: Shared<'_>) -> Answer<Checkup> {
    aside(app, |app| Ok(app.engine().doctor(false))).await
}

#[tauri::command]
pub async fn back_up(app: Shared<'_>) -> Answer<BackedUp> {
    aside(app, |app| {
        let made = app.engine().back_up(app.leaving())?;
        Ok(BackedUp {
            path: made.path.display().to_string(),
            bytes: made.bytes,
        })
    })
    .await
}

#[tauri::command(async)]
pub fn report(app: Shared<'_>) -> String {
    crate::report::of(&verdict::snapshot(&app).status)
}

/// What to copy.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CopyArgs {
    text: String,
}

#[tauri::command(async)]
pub fn copy(app: Shared<'_>, args: CopyArgs) -> Answer<()> {
    app.copies
        .copy(args.text)
        .map_err(|error| IpcError::could_not("copy", error))
}

#[tauri::command]
pub fn ui_ready(app: Shared<'_>) {
    tracing::info!("ui_ready");
    app.has_painted();
}

/// What went wrong in the page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UiErrorArgs {
    message: String,
}

#[tauri::command]
pub fn ui_error(args: UiErrorArgs) {
    let message: String = args.message.chars().take(200).collect();
    tracing::error!(message, "the page");
}

#[tauri::command]
pub fn quit(app: Shared<'_>) {
    app.quit();
}

fn most(limit: u32) -> usize {
    (limit as usize).min(MOST)
}
