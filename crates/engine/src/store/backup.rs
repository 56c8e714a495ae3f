//! Copies of the database for the day it is damaged: complete in themselves, checked before they
//! count, and few.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::explain::explain;
use super::files::{beside, sync_file, sync_folder};
use super::open::{background_reader, unchanging};
use super::round::Round;
use super::time::{file_time, from_file_time};
use super::{identity, integrity};
use crate::disk;
use crate::error::{Error, Kind, Result};
use crate::paths::{DataDir, private};
use crate::stop::Stop;

/// Copies from before migrations that are kept.
const KEPT: usize = 3;
/// How old the newest daily one may be.
const DAY_MS: i64 = 24 * 3600 * 1000;
const WEEK_MS: i64 = 7 * DAY_MS;

const PREFIX: &str = "scrollback-";
const SUFFIX: &str = ".db";
/// Of a copy that does not count yet.
const UNFINISHED: &str = ".unfinished";

/// A copy of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it is.
    pub path: PathBuf,
    /// When it was begun, milliseconds since the epoch.
    pub made_ms: i64,
    /// The schema it was taken before the migration of; `None` for a daily one.
    pub schema: Option<u32>,
    /// Bytes.
    pub bytes: u64,
}

/// All copies, the newest first.
pub fn all(dir: &DataDir) -> Vec<Backup> {
    let entries = fs::read_dir(dir.backups()).into_iter().flatten().flatten();
    let copy = |entry: fs::DirEntry| {
        let (made_ms, schema) = parse_name(entry.file_name().to_str()?)?;
        Some(Backup {
            path: entry.path(),
            made_ms,
            schema,
            bytes: entry.metadata().ok()?.len(),
        })
    };
    let mut copies: Vec<Backup> = entries.filter_map(copy).collect();
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.made_ms));
    copies
}

/// Whether no daily copy is of the last day. One from the future was made by a clock that was wrong: when it was
/// made nobody knows.
pub fn is_due(dir: &DataDir, now_ms: i64) -> bool {
    let is_recent = |copy: &Backup| (0..DAY_MS).contains(&(now_ms - copy.made_ms));
    let copies = all(dir);
    let mut daily = copies.iter().filter(|copy| copy.schema.is_none());
    !daily.any(is_recent)
}

/// Which daily copies are kept, of these times: the newest, one of the last week, and one from before. In the
/// last week it is the oldest, so that it becomes the one from before; of those from before it is the newest. Of those with a time ahead
/// of now, one.
fn kept(made_ms: &[i64], now_ms: i64) -> Vec<i64> {
    let within = |from: i64, to: i64| {
        let ages = move |made: &&i64| (from..to).contains(&now_ms.saturating_sub(**made));
        made_ms.iter().filter(ages).copied()
    };
    let newest = within(0, i64::MAX).max();
    let is_other = |made: &i64| Some(*made) != newest;
    [
        newest,
        within(DAY_MS, WEEK_MS).filter(is_other).min(),
        within(WEEK_MS, i64::MAX).filter(is_other).max(),
        within(i64::MIN, 0).max(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The daily copy that is known to hold everything as it was: the newest from before the last round began that found
/// what is kept sound. What rots later is copied with all else, and the copy that still has it whole must not be the one
/// that makes room. Before the first such round it is the oldest.
fn last_sound(made_ms: &[i64], round: &Round, now_ms: i64) -> Option<i64> {
    let before = |began: i64| {
        made_ms
            .iter()
            .copied()
            .filter(move |made| *made <= began)
            .max()
    };
    // A time ahead of now was told by a clock that was wrong.
    let sound = round.sound.filter(|(began, _)| *began <= now_ms);
    let sound = sound.and_then(|(began, _)| before(began));
    sound.or_else(|| made_ms.iter().copied().min())
}

/// Whether a copy may be made: twice the database must fit, so that what it leaves is enough to
/// work with.
pub fn has_room(free: u64, database: u64) -> bool {
    free >= database.saturating_mul(2)
}

/// Makes a daily copy beside whatever else goes on, and removes the oldest. A damaged database is
/// not copied, but reported.
pub fn back_up(dir: &DataDir, stop: &Stop) -> Result<Backup> {
    let database = dir.database();
    let fail = |e: rusqlite::Error| explain(&e, database.to_str());
    let conn = background_reader(&database).map_err(fail)?;
    // A copy is written, if not to this file, which stays read-only as it was opened.
    conn.pragma_update(None, "query_only", false)
        .map_err(fail)?;
    make(&conn, dir, None, stop)
}

/// Whether the structure of the database is sound: an error where it is not. Ends soon with [`Kind::Stopped`].
pub fn check(dir: &DataDir, stop: &Stop) -> Result<()> {
    let database = dir.database();
    let conn = background_reader(&database).map_err(|e| explain(&e, database.to_str()))?;
    interruptible(&conn, stop, || integrity::quick_check(&conn, &database))
}

/// Makes a copy with `conn`; `schema` names the one that is about to be migrated.
pub(super) fn make(
    conn: &Connection,
    dir: &DataDir,
    schema: Option<u32>,
    stop: &Stop,
) -> Result<Backup> {
    let folder = dir.backups();
    DataDir::new(&folder).create()?;
    check_room(dir, schema)?;
    let made_ms = jiff::Timestamp::now().as_millisecond();
    let path = folder.join(name(made_ms, schema));
    let unfinished = beside(&path, UNFINISHED);
    remove_unfinished(&folder);
    let outcome = copy(conn, dir, &unfinished, stop);
    if let Err(error) = outcome {
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::rename(&unfinished, &path).map_err(|e| Error::io("name", &path, e))?;
    sync_folder(&folder);
    rotate(dir, schema.is_some(), made_ms);
    let bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
    Ok(Backup {
        path,
        made_ms,
        schema,
        bytes,
    })
}

fn check_room(dir: &DataDir, schema: Option<u32>) -> Result<()> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    let database = dir.database();
    let needed = size(&database) + size(&beside(&database, "-wal"));
    let folder = dir.backups();
    let free = disk::free(&folder).map_err(|e| Error::io("look at", &folder, e))?;
    if free.is_none_or(|free| has_room(free, needed)) {
        return Ok(());
    }
    let what = format!(
        "there is no room for a backup of {} in {}: it takes {needed} bytes, and as much must stay free",
        database.display(),
        folder.display()
    );
    Err(Error::new(Kind::DiskFull, what).with_remedy(match schema {
        None => "free some space; the backup is tried again, and everything else goes on",
        Some(_) => {
            "free some space and start again: this version keeps other tables, and before they change the database is \
             copied; until then it stays as it is"
        }
    }))
}

/// Copies and checks. The database is checked first: a copy leaves out what is damaged in an index.
fn copy(conn: &Connection, dir: &DataDir, to: &Path, stop: &Stop) -> Result<()> {
    let database = dir.database();
    let from = database.to_str();
    interruptible(conn, stop, || integrity::quick_check(conn, &database))?;
    // Made by us, so that nobody else can read it from its first byte on.
    fs::File::create(to).map_err(|e| Error::io("create", to, e))?;
    private(to)?;
    let target = to.to_str().ok_or_else(|| {
        let what = format!("{} is no name SQLite can write to", to.display());
        Error::new(Kind::Usage, what).with_remedy("choose a --data-dir whose name is UTF-8")
    })?;
    interruptible(conn, stop, || {
        let done = conn.execute("VACUUM INTO ?1", [target]);
        done.map(drop).map_err(|e| explain(&e, from))
    })?;
    sync_file(to)?;
    let fail = |e: rusqlite::Error| explain(&e, Some(target));
    let copy = unchanging(to).map_err(fail)?;
    identity::check(&copy, to)?;
    interruptible(&copy, stop, || integrity::quick_check(&copy, to))
}

/// Runs `work` on a connection; it ends soon with [`Kind::Stopped`] when `stop` is requested.
fn interruptible<T>(conn: &Connection, stop: &Stop, work: impl FnOnce() -> Result<T>) -> Result<T> {
    const LOOK: Duration = Duration::from_millis(20);
    let is_over = AtomicBool::new(false);
    let handle = conn.get_interrupt_handle();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                if stop.is_requested() {
                    handle.interrupt();
                }
                std::thread::park_timeout(LOOK);
            }
        });
        let outcome = work();
        is_over.store(true, Ordering::SeqCst);
        outcome
    });
    if stop.is_requested() {
        return Err(Error::new(Kind::Stopped, "the backup was stopped")
            .with_remedy("it is made another time; nothing was lost"));
    }
    outcome
}

/// Removes one of a kind that is not kept: the newest of them.
fn rotate(dir: &DataDir, is_migration: bool, now_ms: i64) {
    let copies = all(dir).into_iter();
    let of_kind: Vec<Backup> = copies
        .filter(|copy| copy.schema.is_some() == is_migration)
        .collect();
    let times: Vec<i64> = of_kind.iter().map(|copy| copy.made_ms).collect();
    let kept = match is_migration {
        true => times.iter().take(KEPT).copied().collect(),
        false => {
            let mut kept = kept(&times, now_ms);
            kept.extend(last_sound(&times, &Round::read(dir), now_ms));
            kept
        }
    };
    // One at a time, whatever the clock has done: a wrong one costs no more than that.
    let old = of_kind.iter().find(|copy| !kept.contains(&copy.made_ms));
    if let Some(old) = old
        && let Err(error) = fs::remove_file(&old.path)
    {
        tracing::warn!(%error, "an old backup stays");
    }
}

/// Removes what a killed backup left behind.
fn remove_unfinished(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().contains(UNFINISHED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn name(made_ms: i64, schema: Option<u32>) -> String {
    let time = file_time(made_ms);
    match schema {
        Some(schema) => format!("{PREFIX}schema{schema}-{time}{SUFFIX}"),
        None => format!("{PREFIX}{time}{SUFFIX}"),
    }
}

fn parse_name(name: &str) -> Option<(i64, Option<u32>)> {
    let rest = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    match rest.strip_prefix("schema") {
        Some(rest) => {
            let (schema, time) = rest.split_once('-')?;
            Some((from_file_time(time)?, Some(schema.parse().ok()?)))
        }
        None => Some((from_file_time(rest)?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn home() -> (tempfile::TempDir, DataDir) {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = DataDir::new(home.path().join("data"));
        dir.create().expect("made");
        Store::open(&dir).expect("a database");
        (home, dir)
    }

    fn pretend(dir: &DataDir, made_ms: i64, schema: Option<u32>) {
        DataDir::new(dir.backups()).create().expect("made");
        fs::write(dir.backups().join(name(made_ms, schema)), "").expect("written");
    }

    #[test]
    fn names_tell_when_and_what() {
        for (ms, schema) in [(1_700_000_000_123, None), (1_700_000_000_000, Some(7))] {
            assert_eq!(parse_name(&name(ms, schema)), Some((ms, schema)));
        }
        for other in ["scrollback.db", "scrollback-x.db", "scrollback-schema-x.db"] {
            assert_eq!(parse_name(other), None);
        }
        assert_eq!(parse_name(&format!("{}{UNFINISHED}", name(0, None))), None);
    }

    #[test]
    fn one_a_day_is_due() {
        let (_home, dir) = home();
        let now = 1_700_000_000_000;
        assert!(is_due(&dir, now), "none yet");
        pretend(&dir, now - DAY_MS, None);
        assert!(is_due(&dir, now), "a day old");
        pretend(&dir, now - 1000, Some(1));
        assert!(
            is_due(&dir, now),
            "one before a migration is another matter"
        );
        pretend(&dir, now - DAY_MS + 1, None);
        assert!(!is_due(&dir, now));
        assert!(is_due(&dir, now - 2 * DAY_MS), "the clock was wrong");
        pretend(&dir, now + 30 * DAY_MS, None);
        assert!(!is_due(&dir, now), "one from the future changes nothing");
    }

    /// A copy every `every`, for `days`, each time with what was kept before.
    fn history(mut times: Vec<i64>, every: i64, days: i64) -> Vec<i64> {
        let start = 1_700_000_000_000;
        let mut now = start;
        while now <= start + days * DAY_MS {
            times.push(now);
            times = kept(&times, now);
            now += every;
        }
        let last = now - every;
        let mut ages: Vec<i64> = times.iter().map(|made| (last - made) / DAY_MS).collect();
        ages.sort_unstable();
        ages
    }

    #[test]
    fn history_is_kept_by_spacing() {
        for days in 15..40 {
            let ages = history(Vec::new(), DAY_MS, days);
            assert!(
                matches!(ages[..], [0, 1..7, 7..15]),
                "after {days} days: {ages:?}"
            );
        }
        let minutes = history(vec![1_700_000_000_000 - 3 * DAY_MS], 60_000, 1);
        assert!(
            minutes.len() >= 2 && minutes.iter().any(|age| *age >= 3),
            "{minutes:?}"
        );
        let ahead = history(vec![1_700_000_000_000 + 90 * DAY_MS], DAY_MS, 20);
        assert!(matches!(ahead[..], [-70, 0, 1..7, 7..15]), "{ahead:?}");
    }

    #[test]
    fn the_last_copy_that_is_known_to_be_whole_is_kept() {
        let round = |sound| Round {
            sound,
            ..Round::default()
        };
        let made = [50, 40, 30, 10];
        assert_eq!(last_sound(&made, &round(Some((35, 60))), 99), Some(30));
        assert_eq!(last_sound(&made, &round(Some((30, 60))), 99), Some(30));
        assert_eq!(
            last_sound(&made, &round(None), 99),
            Some(10),
            "nothing is known"
        );
        assert_eq!(
            last_sound(&made, &round(Some((5, 6))), 99),
            Some(10),
            "none is so old"
        );
        assert_eq!(last_sound(&[], &round(None), 99), None);
        // Rot that no round has found yet is copied for weeks: what is from before is never the one that goes.
        let day = |number: i64| 1_700_000_000_000 + number * DAY_MS;
        let mut times = Vec::new();
        for now in (0..60).map(day) {
            times.push(now);
            let mut keep = kept(&times, now);
            keep.extend(last_sound(
                &times,
                &round(Some((day(3), day(3)))),
                now.max(day(3)),
            ));
            times.retain(|made| keep.contains(made));
        }
        assert!(times.contains(&day(3)) && times.len() <= 4, "{times:?}");
    }

    #[test]
    fn twice_the_database_must_fit() {
        assert!(has_room(200, 100));
        assert!(!has_room(199, 100));
        assert!(!has_room(u64::MAX - 1, u64::MAX), "no overflow");
    }

    #[test]
    fn a_copy_is_whole_private_and_takes_the_place_of_one_of_the_same_day() {
        let (_home, dir) = home();
        let stop = Stop::default();
        pretend(&dir, 1, Some(1));
        for _ in 0..5 {
            let made = back_up(&dir, &stop).expect("made");
            assert!(made.bytes > 0);
            std::thread::sleep(Duration::from_millis(2));
        }
        let copies = all(&dir);
        let daily: Vec<_> = copies.iter().filter(|c| c.schema.is_none()).collect();
        assert_eq!(
            (daily.len(), copies.len()),
            (2, 3),
            "the oldest until a round was sound: {copies:?}"
        );
        assert!(daily.iter().all(|copy| copy.bytes > 0));
        #[cfg(unix)]
        for (path, mode) in [(&daily[0].path, 0o600), (&dir.backups(), 0o700)] {
            use std::os::unix::fs::PermissionsExt as _;
            let meta = fs::metadata(path).expect("there");
            assert_eq!(meta.permissions().mode() & 0o777, mode);
        }
        let names = fs::read_dir(dir.backups()).expect("listed");
        assert_eq!(names.count(), copies.len(), "nothing else is left");
    }

    #[test]
    fn a_wish_to_stop_ends_it_and_leaves_nothing() {
        let (_home, dir) = home();
        let stop = Stop::default();
        stop.request();
        let error = back_up(&dir, &stop).expect_err("stopped");
        assert_eq!(error.kind(), Kind::Stopped);
        let names = fs::read_dir(dir.backups()).expect("listed");
        assert_eq!(names.count(), 0);
    }

    #[test]
    fn a_damaged_database_is_not_copied() {
        // Of an index nothing is copied: it is made anew, and its damage would go unnoticed.
        for name in ["record", "session_recent"] {
            let (_home, dir) = home();
            let sql = "SELECT rootpage FROM sqlite_master WHERE name = ?1";
            let root: i64 = Connection::open(dir.database())
                .and_then(|db| db.query_row(sql, [name], |row| row.get(0)))
                .expect("a root");
            let at = (root as usize - 1) * 4096;
            let mut bytes = fs::read(dir.database()).expect("read");
            bytes[at..at + 4096].fill(0);
            fs::write(dir.database(), bytes).expect("damaged");
            let error = back_up(&dir, &Stop::default()).expect_err("damaged");
            assert_eq!(error.kind(), Kind::Damaged, "{name}: {error}");
            assert_eq!(all(&dir), []);
        }
    }
}
