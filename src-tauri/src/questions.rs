//! Questions of the same kind, of which only the newest matters: each takes back the one before it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use scrollback_engine::engine::{Engine, Interrupter, Searcher};
use scrollback_engine::error::Result;

/// Answers the newest question. What it takes to answer stays open in between: opening it takes longer than most
/// answers.
#[derive(Default)]
pub struct Questions(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<Interrupter>,
    idle: Option<Searcher>,
}

impl Questions {
    /// Asks, and takes back the question before.
    pub fn ask<T>(
        &self,
        engine: &Engine,
        question: impl FnOnce(&Searcher) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.lock();
        let searcher = engine.searcher_again(state.idle.take())?;
        if let Some(before) = state.last.replace(searcher.interrupter()) {
            before.interrupt();
        }
        drop(state);
        let answer = question(&searcher);
        self.lock().idle = Some(searcher);
        answer
    }

    /// Closes what is open: nobody is there to ask.
    pub fn rest(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
