//! What running work tells its face.

use crate::health::State;
use crate::model::{EventRow, Problem, Progress, Recovery};

/// What a running pass reports to its face.
#[derive(Debug, Clone)]
pub enum Notice {
    /// None of the sources exists yet; the engine waits for one to appear. The places looked at.
    Waiting(Vec<String>),
    /// The first pass, or a later large one, moved on. At most about ten a second.
    Progress(Progress),
    /// Everything that was on disk is committed and searchable.
    CaughtUp,
    /// A change was committed (not sent while catching up).
    Event(EventRow),
    /// The database was damaged, and has been recovered as far as that went.
    Recovered(Box<Recovery>),
    /// Something is wrong and is retried; the rest goes on.
    Problem(Problem),
    /// The verdict went from good to bad, or back.
    Health {
        /// The state now.
        state: State,
        /// One sentence a person understands.
        reason: String,
    },
}
