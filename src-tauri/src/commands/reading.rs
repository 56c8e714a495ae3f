//! What the page may ask about one conversation.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::model::{Places, SessionRow};
use scrollback_render::export::{self, Format};
use scrollback_render::{Block, Card, Extent, link};
use serde::Deserialize;

use super::{Shared, expect_reading, most};
use crate::ipc::reading::{self, CopyForm, ExportFormat, Exported, First, Opened, Picture, Stored};
use crate::ipc::{Answer, IpcError};
use crate::outside::{self, With};
use crate::settings::Desktop;

/// Which session.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionArgs {
    session: String,
}

/// Which session, and what of it is looked at first: nothing where it is on the screen already.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenedArgs {
    session: String,
    first: Option<First>,
}

#[tauri::command(async)]
pub fn open_session(app: Shared<'_>, args: OpenedArgs) -> Answer<Opened> {
    expect_reading();
    Ok(reading::open(
        &app.engine(),
        &args.session,
        args.first.as_ref(),
    )?)
}

/// Which messages of a session.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CardsArgs {
    session: String,
    ids: Vec<String>,
}

#[tauri::command(async)]
pub fn cards(app: Shared<'_>, args: CardsArgs) -> Answer<Vec<Card>> {
    let CardsArgs { session, mut ids } = args;
    ids.truncate(most(u32::MAX));
    Ok(reading::cards(
        &app.engine(),
        &session,
        &ids,
        Extent::Short,
    )?)
}

/// Which block of a message.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BlockArgs {
    session: String,
    message: String,
    number: u32,
}

#[tauri::command(async)]
pub fn whole_block(app: Shared<'_>, args: BlockArgs) -> Answer<Block> {
    let BlockArgs {
        session,
        message,
        number,
    } = args;
    Ok(reading::whole_block(
        &app.engine(),
        &session,
        &message,
        number,
    )?)
}

/// Which picture of a message.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PictureArgs {
    message: String,
    number: u32,
}

#[tauri::command(async)]
pub fn picture(app: Shared<'_>, args: PictureArgs) -> Answer<Picture> {
    Ok(reading::picture(&app.engine(), &args.message, args.number)?)
}

/// What to look for in a session.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FindArgs {
    session: String,
    text: String,
}

#[tauri::command(async)]
pub fn find(app: Shared<'_>, args: FindArgs) -> Answer<Places> {
    Ok(app.engine().find_in(&args.session, &args.text)?)
}

/// What to copy of a message.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CopyMessageArgs {
    session: String,
    message: String,
    form: CopyForm,
}

#[tauri::command(async)]
pub fn copy_message(app: Shared<'_>, args: CopyMessageArgs) -> Answer<()> {
    let CopyMessageArgs {
        session,
        message,
        form,
    } = args;
    put(
        &app,
        reading::text_of(&app.engine(), &session, &message, form)?,
    )
}

#[tauri::command(async)]
pub fn copy_resume(app: Shared<'_>, args: SessionArgs) -> Answer<String> {
    let command = app.engine().resume_command(&args.session)?;
    put(&app, command.clone())?;
    Ok(command)
}

fn put(app: &Shared<'_>, text: String) -> Answer<()> {
    app.copies
        .copy(text)
        .map_err(|error| IpcError::could_not("copy", error))
}

/// The folder of a session, and what to open it with.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenArgs {
    session: String,
    with: With,
}

#[tauri::command(async)]
pub fn open_folder(app: Shared<'_>, args: OpenArgs) -> Answer<()> {
    let folder = app.engine().session(&args.session)?.project_path;
    let folder = folder.ok_or_else(|| Error::new(Kind::NotFound, "the session names no folder"))?;
    let settings = Desktop::of(&app.config()).0;
    Ok(outside::open_folder(
        Path::new(&folder),
        args.with,
        &settings,
    )?)
}

/// Where a link leads.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LinkArgs {
    url: String,
}

#[tauri::command(async)]
pub fn open_link(args: LinkArgs) -> Answer<()> {
    let url = link(&args.url).ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "only links to web pages and mail addresses are opened",
        )
    })?;
    Ok(outside::open(url)?)
}

/// Which session, pinned or not.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PinArgs {
    session: String,
    on: bool,
}

#[tauri::command(async)]
pub fn pin(app: Shared<'_>, args: PinArgs) -> Answer<Vec<SessionRow>> {
    let engine = app.engine();
    engine.pin(&args.session, args.on)?;
    Ok(engine.pinned()?)
}

#[tauri::command(async)]
pub fn pinned(app: Shared<'_>) -> Answer<Vec<SessionRow>> {
    Ok(app.engine().pinned()?)
}

/// Which session, and as what.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ExportArgs {
    session: String,
    format: ExportFormat,
}

#[tauri::command(async)]
pub fn export_session(app: Shared<'_>, args: ExportArgs) -> Answer<Option<Exported>> {
    let engine = app.engine();
    let session = engine.session(&args.session)?;
    let extension = args.format.extension();
    // The system's own dialog: the page never names a file.
    let home = directories::UserDirs::new();
    let folder = home
        .as_ref()
        .map(|dirs| dirs.document_dir().unwrap_or(dirs.home_dir()));
    let chosen = rfd::FileDialog::new()
        .set_title("Export the conversation")
        .set_directory(folder.unwrap_or(Path::new(".")))
        .set_file_name(export::file_name(&session, extension))
        .add_filter(extension, &[extension])
        .save_file();
    let Some(path) = chosen else {
        return Ok(None);
    };
    // Before it is read: what is saved meanwhile may be in it or not.
    let unread: u64 = engine
        .unread_of(&session.id)?
        .iter()
        .map(|(_, bytes)| bytes)
        .sum();
    let masked = export_to(&engine, &session.id, args.format, &path)?;
    let path = path.display().to_string();
    let note = match args.format {
        ExportFormat::Jsonl => export::ORIGINAL.to_owned(),
        _ => export::said(masked),
    };
    let note = match unread {
        0 => note,
        bytes => format!("Not in it: {bytes} bytes that are not saved yet. {note}"),
    };
    Ok(Some(Exported { path, note }))
}

/// Writes beside the file and puts it in its place when it is whole.
fn export_to(engine: &Engine, session: &str, format: ExportFormat, path: &Path) -> Result<u64> {
    let fail = |error| Error::io("write", path, error);
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = Path::new(&name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = BufWriter::new(options.open(part).map_err(fail)?);
    let mut write = |format| {
        let skeleton = engine.skeleton(session)?;
        let source = Stored { engine, session };
        export::export(&skeleton, &source, format, false, &mut out)
    };
    let written = match format {
        ExportFormat::Markdown => write(Format::Markdown),
        ExportFormat::Html => write(Format::Html),
        ExportFormat::Json => write(Format::Json),
        ExportFormat::Jsonl => engine.export_jsonl(session, &mut out).map(|_| 0),
    };
    let written = written.and_then(|masked| {
        out.flush().map_err(fail)?;
        std::fs::rename(part, path).map_err(fail)?;
        Ok(masked)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(part);
    }
    written
}
