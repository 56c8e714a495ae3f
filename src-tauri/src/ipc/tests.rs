//! A status to test with.

use scrollback_engine::health::State;
use scrollback_engine::model::{Backlog, Proof, Status, StoreStatus, WatcherStatus};

/// A status with nothing in it but a state.
pub fn status(state: State) -> Status {
    Status {
        state,
        reason: "Nothing can be saved: the disk is full; 1 file and 2 bytes behind".into(),
        since: String::new(),
        pid: None,
        version: "0".into(),
        uptime_s: None,
        watcher: WatcherStatus::default(),
        backlog: Backlog::default(),
        store: StoreStatus::default(),
        problems: Vec::new(),
        progress: None,
        proof: Proof::default(),
    }
}
