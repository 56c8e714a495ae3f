//! From a plan to one transaction: rows, record spans, raw bytes and cursor move together.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::store::{NewEvent, Packed, Ripple, Store};
use crate::sync::anew::{self, Anew};
use crate::sync::mend::{self, Mend};
use crate::sync::plan::Plan;
use crate::sync::rows::{Home, write_plan};
use crate::sync::tail::Finding;
use crate::transcript::{Cursor, Found};

/// A decision about one transcript, on its way to the database.
#[derive(Debug)]
pub enum Change {
    /// New bytes, or a new look at the same ones.
    Append(Box<Append>),
    /// The file has a new name.
    Rename {
        /// Where it was.
        from: PathBuf,
        /// Where it is.
        to: PathBuf,
    },
    /// The file was compared once more, is there, and is as committed.
    Confirmed {
        /// Where it is.
        path: PathBuf,
        /// Wall clock when it was looked at, nanoseconds since the epoch.
        checked_ns: i64,
    },
    /// A stretch of the archive, read anew.
    Anew(Box<Anew>),
    /// Bytes that mend what was found damaged.
    Mend {
        /// What goes where.
        mend: Box<Mend>,
        /// Where to say that it is committed.
        reply: SyncSender<()>,
    },
    /// Everything outdated was read anew.
    Settled,
    /// So much lies where transcripts lie and is not read.
    LeftAside {
        /// By the last sweep over everything.
        count: u64,
    },
    /// The file is gone.
    Missing {
        /// Where it was.
        path: PathBuf,
    },
}

/// A batch with everything that is to be written for it.
#[derive(Debug)]
pub struct Append {
    /// The transcript.
    pub found: Arc<Found>,
    /// The oldest time the file system knows of it, nanoseconds since the epoch.
    pub born_ns: i64,
    /// Whether what was committed still stands.
    pub finding: Finding,
    /// Where the batch begins.
    pub offset: u64,
    /// Bytes in the batch.
    pub len: u64,
    /// The bytes.
    pub raw: Packed,
    /// What stands after them and waits for its newline.
    pub pending: Vec<u8>,
    /// What waited there before is not its beginning.
    pub is_waiting_replaced: bool,
    /// Version of the parser that read them.
    pub parser: u32,
    /// The rows.
    pub plan: Plan,
    /// The cursor afterwards.
    pub after: Cursor,
    /// Wall clock when the file was looked at, nanoseconds since the epoch.
    pub checked_ns: i64,
    /// When the change was picked up.
    pub picked_up: Instant,
    /// An event or a sweep of the running watch announced it, so its latency means something.
    pub is_live: bool,
}

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The transcript.
    pub path: PathBuf,
    /// Bytes committed by it.
    pub bytes: u64,
    /// Messages that were not known before.
    pub messages: u64,
    /// Lines that could not be read.
    pub rejects: u64,
    /// Committed up to here; `None` when the change says nothing about that.
    pub offset: Option<u64>,
    /// The batch does not begin where the database ends: the file got another name, or another file
    /// got its name, while the batch was on its way. Nothing was written; here is where the database
    /// stands, and the file is looked at afresh.
    pub conflict: Option<Cursor>,
    /// What the log says of it.
    pub event: Option<(i64, NewEvent)>,
    /// What came of reading it anew.
    pub anew: Option<anew::Outcome>,
    /// Rows of it are to be made anew.
    pub is_outdated: bool,
}

/// Applies a change inside the caller's transaction.
pub fn execute(store: &mut Store, change: &Change, now_ms: i64) -> rusqlite::Result<Applied> {
    match change {
        Change::Append(append) => apply(store, append, now_ms),
        Change::Rename { from, to } => {
            let is_outdated = store.rename(from, to)?;
            Ok(Applied {
                offset: store.offset_at(to)?,
                is_outdated,
                ..quiet(to)
            })
        }
        Change::Anew(anew) => {
            let (outcome, is_outdated) = anew::replace(store, anew, now_ms)?;
            Ok(Applied {
                anew: Some(outcome),
                is_outdated,
                ..quiet(&anew.outdated.path)
            })
        }
        Change::Mend { mend, .. } => {
            mend::apply(store, mend)?;
            Ok(quiet(std::path::Path::new("")))
        }
        Change::Settled => {
            let mut ripple = Ripple::default();
            store.forget_unplaced(&mut ripple)?;
            let settled = store.settle(ripple)?;
            Ok(Applied {
                is_outdated: settled.is_outdated,
                ..quiet(std::path::Path::new(""))
            })
        }
        Change::Confirmed { path, checked_ns } => {
            store.confirm(path, *checked_ns)?;
            Ok(quiet(path))
        }
        Change::LeftAside { count } => {
            store.note_left_aside(*count)?;
            Ok(quiet(std::path::Path::new("")))
        }
        Change::Missing { path } => {
            let mut applied = quiet(path);
            if store.mark_missing(path, now_ms)? {
                let event = NewEvent {
                    session: store.session_of_transcript(path)?,
                    ..event("unlink", path, 0, 0, 0, None)
                };
                applied.event = Some((store.insert_event(&event, now_ms)?, event));
            }
            Ok(applied)
        }
    }
}

fn quiet(path: &std::path::Path) -> Applied {
    Applied {
        path: path.to_owned(),
        bytes: 0,
        messages: 0,
        rejects: 0,
        offset: None,
        conflict: None,
        event: None,
        anew: None,
        is_outdated: false,
    }
}

fn apply(store: &mut Store, append: &Append, now_ms: i64) -> rusqlite::Result<Applied> {
    let found = &append.found;
    let mut known = store.transcript(
        &found.source.agent,
        &found.path,
        append.born_ns,
        append.parser,
        now_ms,
    )?;
    let stands = match append.finding {
        Finding::Rewritten { at } => at.min(known.cursor.offset),
        Finding::Intact => known.cursor.offset,
    };
    if stands != append.offset {
        return Ok(Applied {
            conflict: Some(known.cursor),
            ..quiet(&found.path)
        });
    }
    store.mark_present(&known)?;
    if append.is_waiting_replaced || stands < known.cursor.offset {
        store.commit_pending(&mut known)?;
    }
    let is_rewritten = stands < known.cursor.offset;
    if is_rewritten {
        store.set_aside(&known, stands, now_ms)?;
        known.cursor.offset = stands;
    }
    let cursor = known.cursor_id;
    let home = Home {
        agent: &found.source.agent,
        transcript: known.id,
        cursor,
        is_anew: false,
    };
    let mut ripple = Ripple::default();
    let before = store.pending_records(cursor, &mut ripple)?;
    write_plan(store, &append.plan, &home, &before, &mut ripple, now_ms)?;
    store.archive(cursor, append.offset, &append.raw)?;
    store.keep_pending(cursor, &append.pending)?;
    store.advance(cursor, &append.after, append.checked_ns)?;
    let settled = store.settle(ripple)?;
    let messages = settled.messages.max(0) as u64;
    let logged = if append.len > 0 || known.checked_ns == 0 {
        let event = NewEvent {
            session: store.session_of_transcript(&found.path)?,
            ..append_event(append, known.checked_ns == 0, messages, now_ms)
        };
        Some((store.insert_event(&event, now_ms)?, event))
    } else {
        None
    };
    Ok(Applied {
        path: found.path.clone(),
        bytes: append.len,
        messages,
        // A line is one, however many pieces it comes in.
        rejects: append
            .plan
            .rejects
            .iter()
            .filter(|reject| !reject.goes_on)
            .count() as u64,
        offset: Some(append.after.offset),
        conflict: None,
        event: logged,
        anew: None,
        is_outdated: is_rewritten || settled.is_outdated,
    })
}

fn append_event(append: &Append, is_first: bool, messages: u64, now_ms: i64) -> NewEvent {
    let processing_us = append.picked_up.elapsed().as_micros() as u64;
    let grown_us = append.after.stamp.mtime_ns / 1000;
    // A file older than the watch, or a clock set back, says nothing about us.
    let latency_us = (append.is_live && grown_us > 0)
        .then(|| u64::try_from(now_us(now_ms) - grown_us).ok())
        .flatten();
    let kind = if is_first { "add" } else { "change" };
    event(
        kind,
        &append.found.path,
        append.len,
        messages,
        processing_us,
        latency_us,
    )
}

fn now_us(fallback_ms: i64) -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(fallback_ms * 1000, |since| since.as_micros() as i64)
}

fn event(
    kind: &'static str,
    path: &std::path::Path,
    bytes: u64,
    messages: u64,
    processing_us: u64,
    latency_us: Option<u64>,
) -> NewEvent {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    NewEvent {
        kind,
        file,
        session: None,
        bytes,
        messages,
        processing_us,
        latency_us,
    }
}
