//! What the threads of a run tell the one that supervises them.

use std::path::PathBuf;

use crate::error::Error;
use crate::sync::derive::Told;
use crate::sync::execute::Applied;
use crate::sync::work::Outcome;

/// Files read at the same time: parsing is cheaper than writing, so two keep the writer busy.
pub const WORKERS: usize = 2;
/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Everything on disk is committed and searchable.
    Done,
    /// Someone asks it to.
    Stopped,
}

/// What the threads tell the supervisor.
#[derive(Debug)]
pub enum Signal {
    /// Changes are in the database.
    Committed(Vec<Applied>),
    /// A worker is done with a file for now.
    Finished(PathBuf, Outcome),
    /// Rows are made anew, or all are.
    Derived(Told),
    /// A shard of the words index has caught up.
    Indexed,
    /// A thread had to give up.
    Failed(Error),
}
