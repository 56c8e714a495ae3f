//! The files that changed lately: looked at more often than a sweep comes by, since they are the
//! ones that change next.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many, and for how long after a change.
const MOST: usize = 64;
const HOT: Duration = Duration::from_secs(600);

/// The files that changed lately.
#[derive(Debug, Default)]
pub struct Hot(HashMap<PathBuf, Instant>);

impl Hot {
    /// A file has changed.
    pub fn touch(&mut self, path: &Path, now: Instant) {
        if let Some(last) = self.0.get_mut(path) {
            *last = now;
            return;
        }
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, last)| **last);
            if let Some(oldest) = oldest.map(|(path, _)| path.clone()) {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(path.to_owned(), now);
    }

    /// Those that are hot now.
    pub fn paths(&mut self, now: Instant) -> Vec<PathBuf> {
        self.0.retain(|_, last| now.duration_since(*last) < HOT);
        self.0.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room_and_all_cool_down() {
        let mut hot = Hot::default();
        let start = Instant::now();
        for number in 0..MOST + 1 {
            let path = format!("{number}.jsonl");
            hot.touch(
                Path::new(&path),
                start + Duration::from_millis(number as u64),
            );
        }
        let paths = hot.paths(start + Duration::from_secs(1));
        assert_eq!(paths.len(), MOST);
        assert!(!paths.contains(&PathBuf::from("0.jsonl")));
        assert!(hot.paths(start + HOT + Duration::from_secs(1)).is_empty());
    }
}
