//! Work that comes to nothing: a file that every sweep finds to be looked at, and that is the same afterwards.
//! Looking once more would go on for ever, so it is named and left alone until it changes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::sync::ledger::Entry;
use crate::transcript::Stamp;

/// Sweeps in a row that may find a file in the same state.
const ATTEMPTS: u32 = 5;

/// The files that sweeps found to be looked at.
#[derive(Debug, Default)]
pub struct Fruitless {
    before: HashMap<PathBuf, Attempt>,
    now: HashMap<PathBuf, Attempt>,
}

#[derive(Debug, Clone, Copy)]
struct Attempt {
    /// Of what changes when looking at a file comes to anything: the file, or what is known of it. There may be as
    /// many attempts as files.
    hash: u64,
    count: u32,
}

impl Fruitless {
    /// A sweep over everything begins.
    pub fn begin(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// It has ended: what it did not find again is forgotten.
    pub fn end(&mut self) {
        self.before = HashMap::new();
    }

    /// A sweep found a file with this stamp to be looked at. Whether to leave it alone: that has come to nothing
    /// again and again.
    pub fn is_hopeless(&mut self, path: &Path, stamp: Stamp, known: Option<&Entry>) -> bool {
        let mut hasher = DefaultHasher::new();
        (stamp, known.map(Entry::without_when)).hash(&mut hasher);
        let hash = hasher.finish();
        // Places may overlap.
        let again = self.now.get(path).filter(|now| now.hash == hash);
        if let Some(again) = again {
            return again.count >= ATTEMPTS;
        }
        let before = self.before.remove(path);
        let count = match before.filter(|before| before.hash == hash) {
            Some(before) => before.count + 1,
            None => 0,
        };
        self.now.insert(path.to_owned(), Attempt { hash, count });
        count >= ATTEMPTS
    }

    /// The files that are left alone: how many, and one of them.
    pub fn left_alone(&self) -> Option<(u64, PathBuf)> {
        let hopeless = self.now.iter().filter(|(_, one)| one.count >= ATTEMPTS);
        let mut paths: Vec<&PathBuf> = hopeless.map(|(path, _)| path).collect();
        paths.sort_unstable();
        let first = paths.first()?;
        Some((paths.len() as u64, (*first).clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(size: u64) -> Stamp {
        Stamp {
            size,
            ..Stamp::default()
        }
    }

    /// Sweeps until one says that there is no hope, at most 100.
    fn attempts(mut sweep: impl FnMut(&mut Fruitless, u32) -> bool) -> u32 {
        let mut fruitless = Fruitless::default();
        let hopeless = (1..=100).find(|number| {
            fruitless.begin();
            let is_hopeless = sweep(&mut fruitless, *number);
            fruitless.end();
            is_hopeless
        });
        hopeless.unwrap_or(u32::MAX)
    }

    #[test]
    fn what_stays_as_it_is_is_given_up_and_what_changes_is_not() {
        let (path, entry) = (Path::new("/a"), Entry::default());
        let same = attempts(|f, _| f.is_hopeless(path, stamp(1), Some(&entry)));
        assert_eq!(same, ATTEMPTS + 1);
        let growing =
            attempts(|f, sweep| f.is_hopeless(path, stamp(u64::from(sweep)), Some(&entry)));
        assert_eq!(growing, u32::MAX);
        let read = attempts(|f, sweep| {
            let mut entry = Entry::default();
            entry.cursor.offset = u64::from(sweep);
            f.is_hopeless(path, stamp(1000), Some(&entry))
        });
        assert_eq!(read, u32::MAX, "it gets nearer");
        let now_and_then = attempts(|f, sweep| {
            sweep % ATTEMPTS != 0 && f.is_hopeless(path, stamp(1), Some(&entry))
        });
        assert_eq!(now_and_then, u32::MAX, "clean in between");
    }

    #[test]
    fn it_is_named_until_it_changes() {
        let path = Path::new("/a");
        let mut fruitless = Fruitless::default();
        for _ in 0..=ATTEMPTS {
            fruitless.begin();
            fruitless.is_hopeless(path, stamp(1), None);
            fruitless.end();
        }
        assert_eq!(fruitless.left_alone(), Some((1, path.to_owned())));
        fruitless.begin();
        assert!(!fruitless.is_hopeless(path, stamp(2), None));
        assert_eq!(fruitless.left_alone(), None);
    }
}
