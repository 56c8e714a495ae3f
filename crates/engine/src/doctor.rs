//! A look at everything Scrollback stands on: what was found, and what to do about it. Measured
//! here, judged in `doctor/judge.rs`; nothing is written.

mod judge;

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::autostart::Autostart;
use crate::config::{Config, SOURCES, SetBy};
use crate::disk;
use crate::error::{Error, Unreadable};
#[cfg(target_os = "linux")]
use crate::health::Limits;
use crate::left_aside::Tally;
use crate::model::{Check, Checkup, LeftAsideRow, Level, Status};
use crate::paths::DataDir;
use crate::store::{self, Reader, SHARDS, backup, quick_check_file};
use crate::sync::sweep::{self, Place};
use crate::sync::verify;

/// What is looked at, in the order it is shown.
const CHECKS: &[fn(&Patient<'_>) -> Vec<Check>] = &[
    config_file,
    data_folder,
    file_system,
    free_space,
    engine,
    database,
    set_aside,
    backups,
    words_index,
    sources,
    left_aside,
    file_events,
    start_at_login,
];

/// Bad places of a database that are listed.
const MANY: usize = 10;

/// Whom we look at.
struct Patient<'a> {
    config: &'a Config,
    status: &'a Status,
    dir: DataDir,
    places: Vec<Place>,
    /// What is in each of them.
    seen: Vec<Contents>,
    deep: bool,
}

/// What is in a place.
struct Contents {
    transcripts: u64,
    unreadable: Vec<Unreadable>,
    left_aside: Tally,
}

fn look_through(place: &Place) -> Contents {
    let mut transcripts = 0;
    let looked = sweep::sweep(place, None, &mut |path, _| {
        transcripts += u64::from(sweep::recognise_in(place, path).is_some());
    });
    Contents {
        transcripts,
        unreadable: looked.unreadable,
        left_aside: looked.left_aside,
    }
}

/// Looks at everything.
pub fn examine(config: &Config, status: &Status, deep: bool) -> Checkup {
    let places = sweep::places(&config.sources);
    let patient = Patient {
        config,
        status,
        dir: DataDir::new(&config.data_dir),
        seen: places.iter().map(look_through).collect(),
        places,
        deep,
    };
    let left = patient.seen.iter().map(|seen| &seen.left_aside);
    let kept = left
        .clone()
        .flat_map(Tally::groups)
        .flat_map(|(_, group)| &group.kept);
    let mut kept: Vec<LeftAsideRow> = kept.map(LeftAsideRow::from).collect();
    kept.sort_by_key(|row| row.reason);
    Checkup {
        deep,
        checks: CHECKS.iter().flat_map(|check| check(&patient)).collect(),
        left_aside_count: left.map(Tally::count).sum(),
        left_aside: kept,
    }
}

fn check(name: &str, level: Level, found: impl Into<String>, remedy: impl Into<String>) -> Check {
    Check {
        name: name.into(),
        level,
        found: found.into(),
        remedy: remedy.into(),
    }
}

fn fine(name: &str, found: impl Into<String>) -> Check {
    check(name, Level::Ok, found, "")
}

/// An error as what was found.
fn failed(name: &str, error: &Error) -> Check {
    let remedy = error.remedy().unwrap_or_default();
    check(name, Level::Problem, error.to_string(), remedy)
}

fn config_file(patient: &Patient<'_>) -> Vec<Check> {
    let settings = patient.config.settings().iter();
    let path = settings
        .filter(|setting| setting.name == "config")
        .map(|setting| setting.value.as_str())
        .find(|path| !path.is_empty());
    let found = match path {
        None => "none; every setting has its default".into(),
        // One that cannot be read ends every command before it begins.
        Some(path) if Path::new(path).exists() => format!("{path}, read without fault"),
        Some(path) => format!("{path} does not exist; defaults hold"),
    };
    vec![fine("Config file", found)]
}

fn data_folder(patient: &Patient<'_>) -> Vec<Check> {
    let folder = patient.dir.path();
    if !folder.exists() {
        let found = format!(
            "{} does not exist yet; the first sync makes it",
            folder.display()
        );
        return vec![fine("Data folder", found)];
    }
    vec![judge::data_folder(
        folder,
        folder.is_dir(),
        is_writable(folder),
        &open_to_others(folder),
    )]
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::Access;
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|meta| !meta.permissions().readonly())
}

/// What in the folder, itself included, others may read or write.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = |entry: &walkdir::DirEntry| {
        let meta = entry.metadata();
        meta.is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0 && !meta.is_symlink())
    };
    let entries = WalkDir::new(folder).into_iter().flatten();
    entries.filter(is_open).map(|e| e.into_path()).collect()
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Vec<PathBuf> {
    Vec::new()
}

/// The folder, or the nearest one above it that is there.
fn existing(folder: &Path) -> &Path {
    let mut above = folder.ancestors();
    above.find(|folder| folder.exists()).unwrap_or(folder)
}

fn file_system(patient: &Patient<'_>) -> Vec<Check> {
    let found = disk::file_system(existing(patient.dir.path()));
    let found = found.ok().flatten();
    found.iter().map(judge::file_system_of_data).collect()
}

fn free_space(patient: &Patient<'_>) -> Vec<Check> {
    let free = disk::free(existing(patient.dir.path()));
    let Ok(Some(free)) = free else {
        return Vec::new();
    };
    let database = std::fs::metadata(patient.dir.database()).map_or(0, |meta| meta.len());
    vec![judge::free_space(free, database)]
}

fn engine(patient: &Patient<'_>) -> Vec<Check> {
    vec![judge::engine(patient.status)]
}

fn database(patient: &Patient<'_>) -> Vec<Check> {
    const NAME: &str = "Database";
    let path = patient.dir.database();
    let reader = match Reader::open(&patient.dir) {
        Err(error) => return vec![failed(NAME, &error)],
        Ok(None) => return vec![fine(NAME, "nothing is stored yet")],
        Ok(Some(reader)) => reader,
    };
    if let Err(error) = quick_check_file(&path) {
        return vec![failed(NAME, &error)];
    }
    let schema = store::LATEST_SCHEMA;
    let size = store::file_sizes(&patient.dir);
    let found = format!(
        "{}, sound in its structure, schema {schema}, {} with its index",
        path.display(),
        judge::size(size)
    );
    let mut checks = vec![fine(NAME, found)];
    if let Some(holder) = store::holder_of(&path) {
        checks.push(judge::writer(&holder));
    }
    if patient.deep {
        checks.push(archive(&reader));
    }
    checks
}

fn archive(reader: &Reader) -> Check {
    const NAME: &str = "Archive";
    let known = match reader.transcripts() {
        Ok(known) => known,
        Err(error) => return failed(NAME, &reader.explain(&error)),
    };
    let gaps = verify::archive(reader, &known);
    if gaps.is_empty() {
        return fine(
            NAME,
            "every archived byte was unpacked and is what was read",
        );
    }
    let listed = gaps.iter().take(MANY);
    let listed =
        listed.map(|gap| format!("{} in {} from byte {}", gap.reason, gap.path, gap.offset));
    let mut found = listed.collect::<Vec<_>>().join("; ");
    if gaps.len() > MANY {
        found += &format!("; and {} more", gaps.len() - MANY);
    }
    check(NAME, Level::Problem, found, store::RECOVER)
}

fn set_aside(patient: &Patient<'_>) -> Vec<Check> {
    let unfinished = patient.dir.recovering();
    let unfinished = unfinished.exists().then(|| judge::unfinished(&unfinished));
    let folders = patient.dir.all_set_aside();
    let kept = folders
        .iter()
        .map(|folder| judge::set_aside(folder, size_below(folder)));
    unfinished.into_iter().chain(kept).collect()
}

fn size_below(folder: &Path) -> u64 {
    let entries = WalkDir::new(folder).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum()
}

fn backups(patient: &Patient<'_>) -> Vec<Check> {
    if !patient.dir.database().exists() {
        return Vec::new();
    }
    let all = backup::all(&patient.dir);
    let newest = all.iter().find(|backup| backup.schema.is_none());
    let age_ms = newest.map(|b| jiff::Timestamp::now().as_millisecond() - b.made_ms);
    let bytes = all.iter().map(|backup| backup.bytes).sum();
    let made = std::fs::metadata(patient.dir.database()).and_then(|meta| meta.created());
    let database_age = made.ok().and_then(|made| made.elapsed().ok());
    let database_ms = database_age.map(|age| age.as_millis() as i64);
    vec![judge::backups(all.len(), bytes, age_ms, database_ms)]
}

fn words_index(patient: &Patient<'_>) -> Vec<Check> {
    let Ok(Some(reader)) = Reader::open(&patient.dir) else {
        return Vec::new();
    };
    let files = SHARDS.map(|shard| shard.file(&patient.dir));
    let is_there = files.iter().all(|file| file.exists());
    let damage = files.iter().find_map(|file| quick_check_file(file).err());
    let waiting = reader.unindexed().unwrap_or(0);
    let folder = patient.dir.index_dir();
    vec![judge::words_index(
        &folder,
        is_there,
        damage.as_ref(),
        waiting,
    )]
}

fn sources(patient: &Patient<'_>) -> Vec<Check> {
    let none_exists = !patient.places.iter().any(|place| place.folder.is_dir());
    let is_named = patient.config.set_by(SOURCES) != SetBy::Default;
    let one = |(place, contents): (&Place, &Contents)| {
        let kind = disk::file_system(&place.folder).ok().flatten();
        let seen = judge::Seen {
            name: place.agent.name(),
            folder: &place.folder,
            exists: place.folder.is_dir(),
            none_exists,
            is_named,
            transcripts: contents.transcripts,
            unreadable: &contents.unreadable,
            is_remote: kind.filter(|kind| kind.is_remote).map(|kind| kind.name),
        };
        judge::source(&seen)
    };
    patient.places.iter().zip(&patient.seen).map(one).collect()
}

fn left_aside(patient: &Patient<'_>) -> Vec<Check> {
    let seen = patient.places.iter().zip(&patient.seen);
    let seen = seen.filter(|(_, contents)| contents.left_aside.count() > 0);
    seen.map(|(place, contents)| judge::left_aside(place.agent.name(), &contents.left_aside))
        .collect()
}

#[cfg(target_os = "linux")]
fn file_events(patient: &Patient<'_>) -> Vec<Check> {
    let folders = |place: &Place| {
        let links: Vec<_> = place
            .followed()
            .iter()
            .map(|link| link.name.clone())
            .collect();
        let roots = std::iter::once(place.folder.clone()).chain(links);
        let entries = roots.flat_map(|root| WalkDir::new(root).into_iter().flatten());
        entries.filter(|entry| entry.file_type().is_dir()).count() as u64
    };
    let limits = Limits::read(|file| std::fs::read_to_string(file).ok());
    let needed = patient.places.iter().map(folders).sum();
    judge::file_events(needed, &limits).into_iter().collect()
}

#[cfg(not(target_os = "linux"))]
fn file_events(_: &Patient<'_>) -> Vec<Check> {
    Vec::new()
}

fn start_at_login(_: &Patient<'_>) -> Vec<Check> {
    vec![judge::start_at_login(&Autostart::of_installed().state())]
}
