//! What is done at leisure: a copy of the database, once a day, when there is nothing else to do; and a look whether
//! somebody else wrote to its files.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Kind;
use crate::health::State;
use crate::paths::DataDir;
use crate::stop::Stop;
use crate::store::{self, backup};
use crate::sync::inbox::{Inbox, Wish};
use crate::vitals::Vitals;

/// How often leisure is looked for.
const ROUND: Duration = Duration::from_secs(20);
/// How long a copy that failed is not tried again.
const REST: u32 = 180;
/// The structure of the database is checked so often at most, however often others write to it.
const CHECKS_APART: Duration = Duration::from_secs(600);
/// Whatever the clock says, two copies are made at least so far apart.
const APART: Duration = Duration::from_secs(6 * 3600);

/// Makes the daily copy until `stop`. A database that turns out damaged is told to the pipeline, which
/// ends so that it can be recovered.
pub fn keep(dir: &DataDir, vitals: impl Fn() -> Arc<Vitals>, inbox: &Inbox, stop: &Stop) {
    let mut rest = 0;
    let mut made_at: Option<Instant> = None;
    let mut guard = Guard::default();
    while !stop.is_requested() {
        std::thread::park_timeout(ROUND);
        if stop.is_requested() {
            break;
        }
        if guard.is_damaged_by_others(dir, &vitals(), stop) {
            inbox.wish(Wish::Recover);
        }
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

/// Sees when somebody else writes to the database.
#[derive(Default)]
struct Guard {
    is_suspicious: bool,
    checked: Option<Instant>,
}

impl Guard {
    /// Whether its files have changed since the writer left them, and not to their good.
    fn is_damaged_by_others(&mut self, dir: &DataDir, vitals: &Vitals, stop: &Stop) -> bool {
        self.is_suspicious |= vitals.take_touched(|| store::stamps(dir));
        let is_soon = self.checked.is_some_and(|at| at.elapsed() < CHECKS_APART);
        if !self.is_suspicious || is_soon {
            return false;
        }
        tracing::warn!("another program wrote to the database, which is checked");
        self.checked = Some(Instant::now());
        let checked = backup::check(dir, stop);
        let is_damaged = matches!(&checked, Err(error) if error.kind() == Kind::Damaged);
        // What could not be checked is checked another time.
        self.is_suspicious = checked.is_err() && !is_damaged;
        is_damaged
    }
}
