//! What the page may ask: one line into the engine each. Arguments are ids and choices, never paths
//! or SQL; each command has a permission of its own (src-tauri/capabilities).

pub mod reading;

use std::sync::Arc;
use std::time::Instant;

use scrollback_engine::model::{
    Checkup, EventRow, Facets, Page, ProjectRow, SessionPick, SessionRow, Sort,
};
use scrollback_engine::stop::Stop;
use serde::Deserialize;
use tauri::State;
use tauri::ipc::Channel;

use crate::app::App;
use crate::ipc::{Answer, BackedUp, Found, HowLong, IpcError, Push, Settings, Snapshot};
use crate::pulse;
use crate::settings::SettingsPatch;

type Shared<'a> = State<'a, Arc<App>>;

/// Most entries of one answer.
const MOST: usize = 500;

#[tauri::command(async)]
pub fn status_snapshot(app: Shared<'_>) -> Snapshot {
    pulse::snapshot(&app)
}

#[tauri::command]
pub fn status_subscribe(app: Shared<'_>, channel: Channel<Push>) {
    app.listen(Box::new(move |push| channel.send(push).is_ok()));
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

#[tauri::command(async)]
pub fn search(app: Shared<'_>, args: SearchArgs) -> Answer<Found> {
    let start = Instant::now();
    let searcher = app.engine().searcher()?;
    // A newer question makes the one before it void.
    app.questions.ask(searcher.interrupter());
    let found = searcher.search(&args.query, most(args.limit), args.sort)?;
    Ok(Found::new(found, start.elapsed()))
}

/// What the matches are counted of.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FacetsArgs {
    query: String,
}

#[tauri::command(async)]
pub fn facets(app: Shared<'_>, args: FacetsArgs) -> Answer<Facets> {
    let searcher = app.engine().searcher()?;
    app.counts.ask(searcher.interrupter());
    Ok(searcher.facets(&args.query)?)
}

/// How long.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PauseArgs {
    how_long: HowLong,
}

#[tauri::command(async)]
pub fn pause(app: Shared<'_>, args: PauseArgs) -> Answer<()> {
    Ok(app.pause(args.how_long)?)
}

#[tauri::command(async)]
pub fn resume(app: Shared<'_>) -> Answer<()> {
    Ok(app.resume()?)
}

#[tauri::command(async)]
pub fn rescan(app: Shared<'_>) -> Answer<()> {
    Ok(app.rescan()?)
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

#[tauri::command(async)]
pub fn change_settings(app: Shared<'_>, args: SettingsPatch) -> Answer<Settings> {
    app.change_settings(&args)?;
    Ok(app.settings())
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

#[tauri::command(async)]
pub fn add_source(app: Shared<'_>) -> Answer<Settings> {
    // The system's own dialog: the page never names a folder.
    if let Some(folder) = rfd::FileDialog::new()
        .set_title("Choose an agent's folder")
        .pick_folder()
    {
        app.add_source(&folder)?;
    }
    Ok(app.settings())
}

/// Which source.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RemoveSourceArgs {
    id: u32,
}

#[tauri::command(async)]
pub fn remove_source(app: Shared<'_>, args: RemoveSourceArgs) -> Answer<Settings> {
    app.remove_source(args.id)?;
    Ok(app.settings())
}

#[tauri::command(async)]
pub fn reveal_data(app: Shared<'_>) -> Answer<()> {
    Ok(app.reveal(&app.config().data_dir)?)
}

#[tauri::command(async)]
pub fn reveal_logs(app: Shared<'_>) -> Answer<()> {
    Ok(app.reveal(&app.config().data_dir.join("logs"))?)
}

#[tauri::command(async)]
pub fn check(app: Shared<'_>) -> Checkup {
    app.engine().doctor(false)
}

#[tauri::command(async)]
pub fn back_up(app: Shared<'_>) -> Answer<BackedUp> {
    let made = app.engine().back_up(&Stop::default())?;
    Ok(BackedUp {
        path: made.path.display().to_string(),
        bytes: made.bytes,
    })
}

#[tauri::command(async)]
pub fn report(app: Shared<'_>) -> String {
    crate::report::of(&pulse::snapshot(&app).status)
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
    app.set_painted(true);
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
