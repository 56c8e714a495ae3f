//! A stretch of the archive that was read anew, put in the place of the rows that stood there.

use std::sync::mpsc::SyncSender;

use crate::store::{Archived, Ripple, Store};
use crate::sync::reading::Stretch;
use crate::sync::rows::{Home, write_plan};

/// A stretch on its way to the database.
#[derive(Debug)]
pub struct Anew {
    /// The cursor.
    pub outdated: Archived,
    /// What was read of it.
    pub stretch: Stretch,
    /// The version of the parser that read it.
    pub version: u32,
    /// Where to say what came of it.
    pub reply: SyncSender<Outcome>,
}

/// What came of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its rows stand.
    Stands,
    /// They do, and with them the whole cursor's.
    Finished,
    /// The file was written to meanwhile, not only behind its end: nothing was written.
    Overtaken,
}

/// Puts the rows of a stretch in the place of those that stood there. Also: whether rows of others are to be
/// made anew for it.
pub fn replace(store: &mut Store, anew: &Anew, now_ms: i64) -> rusqlite::Result<(Outcome, bool)> {
    let outdated = &anew.outdated;
    let cursor = outdated.cursor;
    let stretch = &anew.stretch;
    let is_overtaken = match &stretch.waiting {
        Some(waiting) => {
            *waiting != store.waiting(cursor)? || !store.ends_at(cursor, stretch.to)?
        }
        None => false,
    };
    if is_overtaken || !store.is_unchanged(outdated)? {
        return Ok((Outcome::Overtaken, false));
    }
    if stretch.from == outdated.start {
        store.begin_anew(cursor)?;
    }
    let mut ripple = Ripple::default();
    let mut before = store.take_out(cursor, stretch.from, stretch.to, &mut ripple)?;
    if stretch.waiting.is_some() {
        before
            .messages
            .extend(store.pending_records(cursor, &mut ripple)?);
    }
    let home = Home {
        agent: &outdated.agent,
        transcript: outdated.transcript,
        cursor,
        is_anew: true,
    };
    let (plan, before_it) = (&stretch.plan, &before.messages);
    write_plan(store, plan, &home, before_it, &mut ripple, now_ms)?;
    store.redate_rejects(cursor, &before)?;
    // What was appended meanwhile met a queue of which only a part had been read anew.
    let is_mixed = stretch.to > outdated.end && store.has_queue(cursor)?;
    let is_all = stretch.waiting.is_some()
        && !is_mixed
        && store.end_anew(outdated, stretch.to, anew.version, &mut ripple)?;
    let outcome = match is_all {
        true => Outcome::Finished,
        false if is_mixed && stretch.waiting.is_some() => Outcome::Overtaken,
        false => Outcome::Stands,
    };
    Ok((outcome, store.settle(ripple)?.is_outdated))
}
