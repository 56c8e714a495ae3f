//! What a batch touches beyond its own rows. Settled once at its end, by looking at all that is stored:
//! so rows do not depend on the order in which transcripts were met.

use std::collections::BTreeSet;

use super::handle::Store;
use super::transcripts::CursorId;

/// What has to be looked at again before the transaction ends.
#[derive(Debug, Default)]
pub struct Ripple {
    /// Words of prompts by session: which of them wait no more.
    pub queues: BTreeSet<(i64, u64)>,
    /// Ids with several bodies: which has the bare id, and which are revisions.
    pub bodies: BTreeSet<String>,
    /// API responses: which message counts their tokens.
    pub responses: BTreeSet<i64>,
    /// Calls by session and the agent's id: which answer is whose.
    pub calls: BTreeSet<(i64, String)>,
    /// Sessions to put together anew.
    pub sessions: BTreeSet<i64>,
    /// Sessions whose messages are to be counted anew.
    pub counts: BTreeSet<i64>,
    /// Sessions that a summary may give a title.
    pub titled: BTreeSet<i64>,
    /// Messages of the user's and the model's side that came (or went, below 0).
    pub added: i64,
    /// Cursors whose rows are to be made anew.
    pub outdated: BTreeSet<CursorId>,
}

/// What settling came to.
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    /// Messages that came (or went, below 0).
    pub messages: i64,
    /// Rows are to be made anew.
    pub is_outdated: bool,
}

impl Store {
    /// Settles everything `ripple` names.
    pub fn settle(&mut self, mut ripple: Ripple) -> rusqlite::Result<Settled> {
        while !ripple.bodies.is_empty() || !ripple.queues.is_empty() {
            // Which bodies are revisions comes first: they deliver nothing.
            if let Some(key) = ripple.bodies.pop_first() {
                self.settle_bodies(&key, &mut ripple)?;
            } else if let Some(queue) = ripple.queues.pop_first() {
                self.settle_queue(queue, &mut ripple)?;
            }
        }
        for response in &ripple.responses {
            self.settle_response(*response)?;
        }
        for (session, key) in &ripple.calls {
            self.settle_calls(*session, key)?;
        }
        for session in &ripple.counts {
            self.recount(*session)?;
        }
        for session in ripple.titled.union(&ripple.sessions) {
            self.put_together(*session, ripple.titled.contains(session))?;
        }
        self.tally_messages(ripple.added)?;
        let is_outdated = !ripple.outdated.is_empty();
        self.read_anew(ripple.outdated)?;
        Ok(Settled {
            messages: ripple.added,
            is_outdated,
        })
    }
}
