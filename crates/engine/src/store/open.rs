//! Connections: how the database and the words index are opened, and with what settings.

use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::explain::{explain, is_damaged, is_read_only};
use super::files::beside;
use super::identity;
use super::shard::{self, SHARDS, Shard};
use crate::error::Result;
use crate::paths::{DataDir, private};

pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The writer's. It tries again for as long as it takes ([`super::Patience`]), and in between it can
/// say that it waits, and be stopped.
const WRITER_BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Pages in the log of the database, and of a file of the words index, after which a commit moves them out of it.
const CHECKPOINT: u32 = 64_000;
const SHARD_CHECKPOINT: u32 = 8_000;
/// Memory for pages of the database, and of a shard, while a backlog is written, and afterwards: kilobytes, as SQLite
/// wants them, below zero.
pub const BACKLOG_CACHE: i32 = -24_000;
pub const SHARD_BACKLOG_CACHE: i32 = -8_000;
pub const LIVE_CACHE: i32 = -2_000;
/// Pages kept in memory by the connections that read for people, as the contract says.
const READER_PAGES: u32 = 10_000;
/// Bytes of the file such a connection may map.
const READER_MMAP: i64 = 256 << 20;

/// Keeps prepared statements as they are planned. Without it a statement with a bound value in a
/// join's condition is planned anew for each value, which for the words index is each message.
fn stable_plans(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

/// Opens the database for writing, creating an empty one when there is none.
pub fn writer(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path).map_err(|e| explain(&e, path.to_str()))?;
    let prepare = || -> rusqlite::Result<()> {
        conn.busy_timeout(BUSY_TIMEOUT)?;
        stable_plans(&conn)?;
        conn.set_prepared_statement_cache_capacity(96);
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "NORMAL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "temp_store", "MEMORY")?;
        // The writer walks forward through new pages: a map or a large cache would only grow the
        // process. Those are for readers.
        conn.pragma_update(None, "cache_size", BACKLOG_CACHE)?;
        conn.pragma_update(None, "mmap_size", 0)?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(())
    };
    identity::check(&conn, path)?;
    prepare().map_err(|e| explain(&e, path.to_str()))?;
    private(path)?;
    Ok(conn)
}

/// From here on the writer waits by itself for others ([`super::Patience`]).
pub fn hand_over(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(WRITER_BUSY_TIMEOUT)
}

/// Opens the database read-only with the words index attached; `None` when there is none yet. A lock
/// of someone else is waited for with `patience`.
pub fn reader(dir: &DataDir, patience: Duration) -> Result<Option<Connection>> {
    let path = dir.database();
    if !path.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&path, flags).map_err(|e| explain(&e, path.to_str()))?;
    conn.busy_timeout(patience)
        .map_err(|e| explain(&e, path.to_str()))?;
    identity::check(&conn, &path)?;
    // It is being made.
    if identity::schema_version(&conn).map_err(|e| explain(&e, path.to_str()))? == 0 {
        return Ok(None);
    }
    let prepare = || -> rusqlite::Result<()> {
        stable_plans(&conn)?;
        conn.set_prepared_statement_cache_capacity(64);
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "temp_store", "MEMORY")?;
        conn.pragma_update(None, "cache_size", READER_PAGES)?;
        conn.pragma_update(None, "mmap_size", READER_MMAP)?;
        conn.pragma_update(None, "trusted_schema", false)?;
        for shard in SHARDS {
            let is_attached = attach(&conn, shard, &shard.file(dir), Some(shard::VERSION))?;
            let retired = shard.retired(dir);
            if retired.exists() && !(is_attached && is_whole(&conn, shard)?) {
                if is_attached {
                    conn.execute_batch(&format!("DETACH {}", shard.schema()))?;
                }
                attach(&conn, shard, &retired, None)?;
            }
        }
        Ok(())
    };
    prepare().map_err(|e| explain(&e, path.to_str()))?;
    Ok(Some(conn))
}

/// An error where the database in `dir` cannot be read, or is not ours to write; whatever lies beside it.
pub fn check_place(dir: &DataDir) -> Result<()> {
    let path = dir.database();
    if !path.exists() {
        return Ok(());
    }
    let conn = background_reader(&path).map_err(|e| explain(&e, path.to_str()))?;
    identity::check(&conn, &path)
}

/// Attaches a file of the words index to be asked; false where it cannot be, or is of another version.
fn attach(
    conn: &Connection,
    shard: Shard,
    file: &Path,
    version: Option<i64>,
) -> rusqlite::Result<bool> {
    if !file.exists() {
        return Ok(false);
    }
    let schema = shard.schema();
    let uri = format!("file:{}?mode=ro", uri_path(file));
    match conn.execute(&format!("ATTACH ?1 AS {schema}"), [uri]) {
        // Mended or made anew by the next sync, until when it counts as not there yet: it is damaged,
        // or was cut off where only a writer can go on.
        Err(error) if is_damaged(&error) || is_read_only(&error) => {
            tracing::warn!(%error, index = schema, "cannot be searched");
            return Ok(false);
        }
        attached => attached?,
    };
    let found: i64 = conn.pragma_query_value(Some(schema), "user_version", |r| r.get(0))?;
    // One of another version is made anew by the next sync as well.
    let fits = version.is_none_or(|version| version == found);
    if !fits {
        conn.execute_batch(&format!("DETACH {schema}"))?;
    }
    Ok(fits)
}

/// Whether an attached index has ever held all there was.
fn is_whole(conn: &Connection, shard: Shard) -> rusqlite::Result<bool> {
    let sql = format!("SELECT is_whole FROM {}.state", shard.schema());
    let whole: Option<bool> = conn.query_row(&sql, [], |r| r.get(0)).optional()?;
    Ok(whole.unwrap_or_default())
}

/// A path as the path part of a `file:` URI.
fn uri_path(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b':' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Opens one file of the words index for writing.
pub fn shard_writer(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    stable_plans(&conn)?;
    private(path).map_err(|_| rusqlite::Error::InvalidPath(path.into()))?;
    // Asked for its version first, SQLite knows the file and does not write to it only to set what
    // it has already.
    let version: i64 = conn.pragma_query_value(None, "schema_version", |row| row.get(0))?;
    if version == 0 {
        // Merging leaves whole pages free; this way they can be given back.
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", SHARD_BACKLOG_CACHE)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.pragma_update(None, "wal_autocheckpoint", SHARD_CHECKPOINT)?;
    conn.pragma_update(None, "journal_size_limit", 16 << 20)?;
    Ok(conn)
}

/// A plain read-only connection for work in the background: small cache, nothing mapped.
pub fn background_reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    stable_plans(&conn)?;
    conn.pragma_update(None, "query_only", true)?;
    make_small(&conn)?;
    Ok(conn)
}

/// For work in the background: a small cache, nothing mapped.
pub fn make_small(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "cache_size", -2_000)?;
    conn.pragma_update(None, "mmap_size", 0)
}

/// Opens a database that nobody writes, without a lock and without leaving anything beside it.
pub fn unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = format!("file:{}?immutable=1", uri_path(path));
    let conn = Connection::open_with_flags(uri, flags)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    Ok(conn)
}

/// Size and time of the database and of its log, of each that is there.
pub fn stamps(dir: &DataDir) -> [Option<(u64, SystemTime)>; 2] {
    let database = dir.database();
    let log = beside(&database, "-wal");
    [database, log].map(|path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.len(), meta.modified().ok()?))
    })
}

/// Bytes of the longest log beside the database and the words index, where it is far longer than the writers let it grow:
/// while somebody reads all the time, nothing is taken out of it.
pub fn long_log(dir: &DataDir) -> Option<u64> {
    const PAGE: u64 = 4096;
    let files = SHARDS.map(|shard| (shard.file(dir), SHARD_CHECKPOINT));
    let all = files.into_iter().chain([(dir.database(), CHECKPOINT)]);
    let size = |path: &Path| std::fs::metadata(beside(path, "-wal")).map_or(0, |meta| meta.len());
    let long = all.filter_map(|(path, pages)| {
        let size = size(&path);
        (size > 2 * u64::from(pages) * PAGE).then_some(size)
    });
    long.max()
}

/// Bytes of the database, its log and the words index on disk.
pub fn file_sizes(dir: &DataDir) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    let with_log = |path: &Path| size(path) + size(&beside(path, "-wal"));
    let index: u64 = SHARDS.iter().map(|shard| with_log(&shard.file(dir))).sum();
    with_log(&dir.database()) + index
}
