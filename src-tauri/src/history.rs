//! What was searched for, the newest first. It is kept for as long as the app runs and nowhere else: a question can
//! say more than one likes to leave lying about.

use std::sync::{Mutex, PoisonError};

/// Questions kept.
const KEPT: usize = 20;

/// The last questions.
#[derive(Debug, Default)]
pub struct History(Mutex<Vec<String>>);

impl History {
    /// Puts a question in front; one that was asked before moves there.
    pub fn add(&self, question: &str) {
        let question = question.trim();
        if question.is_empty() {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known != question);
        all.insert(0, question.to_owned());
        all.truncate(KEPT);
    }

    /// The questions.
    pub fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_and_none_stands_twice() {
        let history = History::default();
        for question in ["pump", " ", "hose", "pump "] {
            history.add(question);
        }
        assert_eq!(history.all(), ["pump", "hose"]);
        (0..30).for_each(|number| history.add(&number.to_string()));
        assert_eq!(history.all().len(), KEPT);
    }
}
