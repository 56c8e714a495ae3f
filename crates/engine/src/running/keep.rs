//! What is done at leisure: a copy of the database, once a day, when there is nothing else to do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Kind;
use crate::health::State;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::backup;
use crate::sync::inbox::{Inbox, Wish};
use crate::vitals::Vitals;

/// How often leisure is looked for.
const ROUND: Duration = Duration::from_secs(60);
/// How long a copy that failed is not tried again.
const REST: u32 = 60;
/// Whatever the clock says, two copies are made at least so far apart.
const APART: Duration = Duration::from_secs(6 * 3600);

/// Makes the daily copy until `stop`. A database that turns out damaged is told to the pipeline, which
/// ends so that it can be recovered.
pub fn keep(dir: &DataDir, vitals: impl Fn() -> Arc<Vitals>, inbox: &Inbox, stop: &Stop) {
    let mut rest = 0;
    let mut made_at: Option<Instant> = None;
    while !stop.is_requested() {
        std::thread::park_timeout(ROUND);
        let is_idle = vitals()
            .said()
            .is_some_and(|(state, _)| state == State::Idle);
        let now_ms = jiff::Timestamp::now().as_millisecond();
        if rest > 0 {
            rest -= 1;
            continue;
        }
        let is_soon = made_at.is_some_and(|at| at.elapsed() < APART);
        if stop.is_requested() || !is_idle || is_soon || !backup::is_due(dir, now_ms) {
            continue;
        }
        match backup::back_up(dir, stop) {
            Ok(made) => {
                made_at = Some(Instant::now());
                tracing::info!(bytes = made.bytes, "backup made");
            }
            Err(error) if error.kind() == Kind::Stopped => {}
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "no backup could be made");
                rest = REST;
                if error.kind() == Kind::Damaged {
                    inbox.wish(Wish::Recover);
                }
            }
        }
    }
}
