//! Questions of the same kind, of which only the newest matters: each takes back the one before it.

use std::sync::{Mutex, PoisonError};

use scrollback_engine::engine::Interrupter;

/// The last question.
#[derive(Default)]
pub struct Questions(Mutex<Option<Interrupter>>);

impl Questions {
    /// Takes back the question before.
    pub fn ask(&self, question: Interrupter) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = last.replace(question) {
            before.interrupt();
        }
    }
}
