//! The rows of a plan, written; whoever has a transaction calls it.

use std::collections::{HashMap, HashSet};

use crate::entry::Role;
use crate::store::{CursorId, Place, Ripple, Store, TranscriptId};
use crate::sync::plan::{Plan, Taken};

/// The transcript a plan belongs to.
pub struct Home<'a> {
    /// The agent that writes it.
    pub agent: &'a str,
    /// Its number.
    pub transcript: TranscriptId,
    /// The cursor its records belong to.
    pub cursor: CursorId,
    /// The rows of the cursor are made anew.
    pub is_anew: bool,
}

/// Writes the rows of a plan. `before`: the messages that stood at places the plan covers; those that
/// do not stand there any more leave.
pub fn write_plan(
    store: &mut Store,
    plan: &Plan,
    home: &Home<'_>,
    before: &HashMap<u64, i64>,
    ripple: &mut Ripple,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let cursor = home.cursor;
    let part_of = if home.is_anew { -cursor } else { cursor };
    let mut sessions = Vec::with_capacity(plan.sessions.len());
    for change in &plan.sessions {
        let session = store.session_named(home.agent, &change.name, ripple)?;
        store.add_part(session, part_of, change.part.clone(), ripple)?;
        if change.part.is_home {
            store.set_transcript_session(home.transcript, session)?;
        }
        sessions.push(session);
    }
    let mut joined = vec![0; sessions.len()];
    let mut places = Vec::with_capacity(plan.messages.len());
    let mut by_key: HashMap<&str, i64> = HashMap::with_capacity(plan.messages.len());
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
            is_fork: planned.is_fork,
        };
        let stored = store.store_message(place, &planned.message, parent, ripple)?;
        if planned.message.is_counted() {
            joined[planned.session] += i64::from(stored.joined);
        }
        by_key.insert(&planned.message.key, stored.id);
        places.push((place, stored.id));
    }
    for record in &plan.records {
        let message = record.message.map(|index| places[index].1);
        store.insert_record(cursor, record.span, record.kind, message)?;
    }
    for index in &plan.waiting {
        let (place, message) = places[*index];
        store.insert_pending_record(cursor, place.offset, message)?;
    }
    for (offset, message) in gone(before, &places) {
        store.leave(message, cursor, offset, ripple)?;
    }
    follow_queue(store, plan, &places, (cursor, &sessions), ripple)?;
    for reject in &plan.rejects {
        store.insert_reject(cursor, reject, now_ms)?;
    }
    for (offset, leaf, text) in &plan.summaries {
        store.summarise((cursor, *offset), leaf, text, ripple)?;
    }
    for started in &plan.started {
        let place = (cursor, started.offset);
        let call = started.call.as_deref();
        store.remember_started(place, &started.child, &started.parent, call, ripple)?;
    }
    for (session, joined) in sessions.iter().zip(joined) {
        store.count_messages(*session, joined)?;
    }
    Ok(())
}

/// The messages that stood at places and do not any more, in the order of these.
fn gone(before: &HashMap<u64, i64>, places: &[(Place, i64)]) -> Vec<(u64, i64)> {
    if before.is_empty() {
        return Vec::new();
    }
    let stand: HashSet<(u64, i64)> = places
        .iter()
        .map(|(place, id)| (place.offset, *id))
        .collect();
    let mut gone: Vec<(u64, i64)> = before.iter().map(|(at, id)| (*at, *id)).collect();
    gone.retain(|place| !stand.contains(place));
    gone.sort_unstable();
    gone
}

/// Prompts that waited are delivered, given to the model, or taken back, in the order this was written.
fn follow_queue(
    store: &mut Store,
    plan: &Plan,
    places: &[(Place, i64)],
    (cursor, sessions): (CursorId, &[i64]),
    ripple: &mut Ripple,
) -> rusqlite::Result<()> {
    let mut changes = plan.queue.iter().peekable();
    let mut take =
        |store: &mut Store, before: usize, ripple: &mut Ripple| -> rusqlite::Result<()> {
            while let Some(queue) = changes.next_if(|queue| queue.before <= before) {
                let whose = (cursor, sessions[queue.session]);
                match queue.change {
                    Taken::Back => store.taken_back(whose, queue.offset, ripple)?,
                    Taken::In(words) => store.absorbed(whose, queue.offset, words, ripple)?,
                }
            }
            Ok(())
        };
    for (at, planned) in plan.messages.iter().enumerate() {
        let (place, _) = places[at];
        take(store, at, ripple)?;
        let message = &planned.message;
        let Some(words) = message.words.filter(|_| !message.is_waiting) else {
            continue;
        };
        if plan.waiting.contains(&at) {
            // It comes once more, with its newline.
            ripple.queues.insert((place.session, words));
            continue;
        }
        let is_queued = message.role == Role::QueuedPrompt;
        store.delivered(place, words, is_queued, ripple)?;
    }
    take(store, usize::MAX, ripple)
}
