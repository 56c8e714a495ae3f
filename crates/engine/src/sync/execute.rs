//! From a plan to one transaction: rows, record spans, raw bytes and cursor move together.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::store::{CursorId, NewEvent, Packed, Place, Store, TranscriptId};
use crate::sync::tail::Finding;
use crate::sync::transform::Plan;
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
    /// The file was compared once more and is as committed.
    Confirmed {
        /// Where it is.
        path: PathBuf,
        /// Wall clock when it was looked at, nanoseconds since the epoch.
        checked_ns: i64,
    },
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
    /// A whole record after them whose newline has not come.
    pub pending: Vec<u8>,
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
}

/// Applies a change inside the caller's transaction.
pub fn execute(store: &mut Store, change: &Change, now_ms: i64) -> rusqlite::Result<Applied> {
    match change {
        Change::Append(append) => apply(store, append, now_ms),
        Change::Rename { from, to } => {
            store.rename(from, to)?;
            Ok(Applied {
                offset: store.offset_at(to)?,
                ..quiet(to)
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
    }
}

fn apply(store: &mut Store, append: &Append, now_ms: i64) -> rusqlite::Result<Applied> {
    let found = &append.found;
    let mut known = store.transcript(&found.source.agent, &found.path, append.born_ns, now_ms)?;
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
    if stands < known.cursor.offset {
        store.set_aside(&known, stands, now_ms)?;
        known.cursor.offset = stands;
    }
    let cursor = known.cursor_id;
    let home = Home {
        agent: &found.source.agent,
        transcript: known.id,
        cursor,
        born_ns: append.born_ns,
    };
    let messages = write_plan(store, &append.plan, &home, now_ms)?;
    store.archive(cursor, append.offset, &append.raw)?;
    store.keep_pending(cursor, &append.pending)?;
    store.advance(cursor, &append.after, append.checked_ns)?;
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
        rejects: append.plan.rejects.len() as u64,
        offset: Some(append.after.offset),
        conflict: None,
        event: logged,
    })
}

/// The transcript a plan belongs to.
pub struct Home<'a> {
    /// The agent that writes it.
    pub agent: &'a str,
    /// Its number.
    pub transcript: TranscriptId,
    /// The cursor its records belong to.
    pub cursor: CursorId,
    /// The oldest time the file system knows of it, nanoseconds since the epoch.
    pub born_ns: i64,
}

/// Writes the rows; how many messages of the user's and the model's side are new.
pub fn write_plan(
    store: &mut Store,
    plan: &Plan,
    home: &Home<'_>,
    now_ms: i64,
) -> rusqlite::Result<u64> {
    let Home {
        agent,
        transcript,
        cursor,
        born_ns,
    } = *home;
    let mut sessions = Vec::with_capacity(plan.sessions.len());
    for change in &plan.sessions {
        let session = store.merge_session(agent, transcript, change)?;
        if change.is_home {
            store.set_transcript_session(transcript, session)?;
        }
        sessions.push(session);
    }
    let mut joined = vec![0; sessions.len()];
    let mut ids = Vec::with_capacity(plan.messages.len());
    let mut by_key: HashMap<&str, i64> = HashMap::with_capacity(plan.messages.len());
    let mut added = 0;
    for planned in &plan.messages {
        let parent = match planned.message.parent.as_deref() {
            None => None,
            Some(key) => match by_key.get(key) {
                Some(id) => Some(*id),
                None => store.message_id(key)?,
            },
        };
        let place = Place {
            session: sessions[planned.session],
            cursor,
            offset: planned.offset,
            born_ns,
        };
        let inserted = store.insert_message(agent, place, &planned.message, parent, now_ms)?;
        if planned.message.is_counted() {
            joined[planned.session] += i64::from(inserted.joined);
            added += u64::from(inserted.is_new);
        }
        by_key.insert(&planned.message.key, inserted.id);
        ids.push(inserted.id);
    }
    for record in &plan.records {
        let message = record.message.map(|index| ids[index]);
        store.insert_record(cursor, record.span, record.kind, message)?;
    }
    for reject in &plan.rejects {
        store.insert_reject(cursor, reject, now_ms)?;
    }
    for (leaf, text) in &plan.summaries {
        store.summarise(leaf, text)?;
    }
    for (child, parent, call) in &plan.started {
        store.remember_started(child, parent, call.as_deref())?;
    }
    for (session, joined) in sessions.iter().zip(joined) {
        store.count_messages(*session, joined)?;
    }
    store.tally_messages(added)?;
    Ok(added)
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
