//! What the user wants of the running engine: rescan, pause, resume.

use std::time::Instant;

use super::{Supervisor, pause};
use crate::error::{Error, Kind};
use crate::model::Problem;
use crate::notice::Notice;
use crate::sync::inbox::Wish;

impl Supervisor<'_> {
    pub(super) fn fulfil(&mut self, wish: Wish, report: &mut dyn FnMut(Notice)) {
        match wish {
            Wish::Rescan => self.next_sweep = Instant::now(),
            Wish::Pause(until) => self.pause(Some(until), report),
            Wish::Resume => self.pause(None, report),
            Wish::Restart => self.summary.is_to_restart = true,
            Wish::Recover => {
                let what = "a check found damage in the database";
                self.end = Some(Error::new(Kind::Damaged, what));
            }
            Wish::End(error) => self.end = Some(error),
        }
    }

    /// A pause ends at its time; what has collected is looked at.
    pub(super) fn end_pause(&mut self) {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        if self.paused.flatten().is_some_and(|until| until <= now_ms) {
            self.pause(None, &mut |_| {});
        }
    }

    fn pause(&mut self, pause: Option<pause::Until>, report: &mut dyn FnMut(Notice)) {
        tracing::info!(paused = pause.is_some(), "pause");
        self.paused = pause;
        self.supplies.vitals.note(|signs| signs.paused = pause);
        if let Err(error) = pause::write(&self.supplies.dir, pause) {
            report(Notice::Problem(forgotten(&error)));
        }
    }
}

fn forgotten(error: &Error) -> Problem {
    Problem::new(
        "pause_not_kept",
        format!("the pause holds, but not beyond this engine: {error}"),
        error.remedy().unwrap_or("check the data folder"),
    )
}
