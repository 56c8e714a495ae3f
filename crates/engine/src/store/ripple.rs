//! What a batch touches beyond its own rows. Settled once at its end, by looking at all that is stored:
//! so rows do not depend on the order in which transcripts were met.

use std::collections::BTreeSet;

use super::handle::Store;

/// What has to be looked at again before the transaction ends.
#[derive(Debug, Default)]
pub struct Ripple {
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
}

impl Store {
    /// Settles everything `ripple` names. Returns how many messages came.
    pub fn settle(&mut self, mut ripple: Ripple) -> rusqlite::Result<i64> {
        for key in std::mem::take(&mut ripple.bodies) {
            self.settle_bodies(&key, &mut ripple)?;
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
        Ok(ripple.added)
    }
}
