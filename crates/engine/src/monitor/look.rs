//! How far behind we are, and for how long: measurements of the disk against the database, and what
//! one after the other tells.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::disk;
use crate::health::Behind;
use crate::paths::DataDir;
use crate::store::{self, Reader};
use crate::sync::backlog::{self, Late, Measured};
use crate::sync::sweep::Place;

/// A change that is being saved while we look is waited for so long: what is committed a moment
/// later was not behind.
const IN_FLIGHT: Duration = Duration::from_millis(50);
const STEP: Duration = Duration::from_millis(2);
/// What was committed is asked for again after so many times what asking took.
const KEEP_UP_SHARE: u32 = 4;
/// With more files behind than this nobody need look twice.
const FEW: usize = 64;

/// What the looks so far have told.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    marks: HashMap<PathBuf, Mark>,
    /// What the last one found.
    pub last: Measured,
    /// The folders that were there.
    pub existing: HashSet<PathBuf>,
    /// Bytes free where the database lies, when they are few.
    pub low_space: Option<u64>,
    /// Bytes of a log that cannot be emptied, and who reads the database.
    pub long_log: Option<(u64, Option<String>)>,
    /// When it was made, and how long it took.
    pub at: Option<(Instant, Duration)>,
    /// When one began of which nothing is missing any more.
    pub verified: Option<Instant>,
    /// The same as `at` of a look at nothing but what was behind.
    pub again: Option<(Instant, Duration)>,
    /// When a commit of something that waited was last noticed.
    progress: Option<Instant>,
    /// When what was committed since was last taken in, and how long that took.
    kept_up: Option<(Instant, Duration)>,
}

/// A file that is behind.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// When it was first found so.
    since: Instant,
    /// A look before that found it complete.
    clean: Option<Instant>,
    /// It was complete up to here then.
    end: u64,
    offset: u64,
    /// When a commit of it was last noticed.
    progress: Instant,
}

impl Looks {
    /// Looks at the disk and the database now. `is_running`: someone may be saving what we find.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn look(
        &mut self,
        dir: &DataDir,
        places: &[Place],
        reader: Option<&Reader>,
        is_running: bool,
    ) -> rusqlite::Result<()> {
        let started = Instant::now();
        let offsets = reader.map_or_else(|| Ok(HashMap::new()), Reader::offsets)?;
        let mut measured = backlog::measure_after(places, &offsets, &self.last.unbroken);
        let folders = places.iter().map(|place| place.folder.clone());
        self.existing = folders.filter(|folder| folder.is_dir()).collect();
        self.low_space = disk::low_space(dir.path());
        self.long_log = store::long_log(dir).map(|bytes| {
            let reader = store::reader_of(&dir.database());
            (
                bytes,
                reader.map(|one| format!("{} (process {})", one.name, one.pid)),
            )
        });
        let took = started.elapsed();
        if let Some(reader) = reader.filter(|_| is_running && measured.behind.len() <= FEW) {
            while !measured.behind.is_empty() && started.elapsed() < took + IN_FLIGHT {
                std::thread::sleep(STEP);
                let mut left = Vec::new();
                for late in std::mem::take(&mut measured.behind) {
                    match reader.offset_at(&late.path)? {
                        Some(offset) if offset >= late.end => {}
                        offset => left.push(Late {
                            offset: offset.unwrap_or(0).min(late.end),
                            ..late
                        }),
                    }
                }
                measured.behind = left;
            }
        }
        self.note(measured, started, took);
        Ok(())
    }

    /// Looks once more at what was behind, and only at that.
    ///
    /// # Errors
    /// The database does not answer.
    pub fn look_again(&mut self, places: &[Place], reader: &Reader) -> rusqlite::Result<()> {
        let started = Instant::now();
        let offsets = reader.offsets()?;
        let offset = |path: &Path| offsets.get(path).copied().unwrap_or(0);
        self.keep_up(&offset, started);
        let left = backlog::measure_again(places, &self.last.behind, offset);
        self.last.behind = left;
        self.prove();
        self.again = Some((started, started.elapsed()));
        Ok(())
    }

    /// Whether what was committed since is to be taken in: that costs a fraction of a core at most.
    pub fn is_to_keep_up(&self) -> bool {
        let is_soon = |(at, took): (Instant, Duration)| at.elapsed() < took * KEEP_UP_SHARE;
        !self.last.behind.is_empty() && !self.kept_up.is_some_and(is_soon)
    }

    /// It was, beginning at `began`.
    pub fn has_kept_up(&mut self, began: Instant) {
        self.kept_up = Some((began, began.elapsed()));
    }

    /// Takes what is committed by now: a figure of the disk means nothing beside an older one of the database.
    pub fn keep_up(&mut self, offset: &dyn Fn(&Path) -> u64, now: Instant) {
        for late in &mut self.last.behind {
            let committed = offset(&late.path);
            if committed == late.offset {
                continue;
            }
            late.offset = committed.min(late.end);
            self.progress = Some(now);
            if let Some(mark) = self.marks.get_mut(&late.path) {
                (mark.offset, mark.progress) = (committed, now);
            }
        }
        self.last.behind.retain(|late| late.offset < late.end);
        if self.last.behind.is_empty() {
            self.marks = HashMap::new();
        }
        self.prove();
    }

    /// What others noted while this look was made.
    pub fn remember(&mut self, meanwhile: &Self) {
        self.verified = self.verified.max(meanwhile.verified);
        self.progress = self.progress.max(meanwhile.progress);
        self.kept_up = meanwhile.kept_up;
    }

    /// What stood on the disk when it was looked at is all there.
    fn prove(&mut self) {
        let last = &self.last;
        if let Some((at, _)) = self.at
            && last.behind.is_empty()
            && last.unreadable.is_empty()
        {
            self.verified = Some(at);
        }
    }

    fn note(&mut self, measured: Measured, now: Instant, took: Duration) {
        let last_look = self.at.replace((now, took)).map(|(at, _)| at);
        let before = std::mem::take(&mut self.marks);
        for late in &measured.behind {
            let fresh = Mark {
                since: now,
                clean: last_look,
                end: late.end,
                offset: late.offset,
                progress: now,
            };
            let mark = match before.get(&late.path) {
                None => fresh,
                // All that was missing then is there now: what is missing came since.
                Some(mark) if late.offset >= mark.end => fresh,
                Some(mark) if late.offset != mark.offset => Mark {
                    offset: late.offset,
                    progress: now,
                    ..*mark
                },
                Some(mark) => *mark,
            };
            self.marks.insert(late.path.clone(), mark);
        }
        self.last = measured;
        self.prove();
    }

    /// The last look, in figures of now.
    pub fn behind(&self, now: Instant) -> Behind {
        let since = |at: Instant| now.duration_since(at).as_secs_f64();
        let lag = |late: &Late| {
            let Some(mark) = self.marks.get(&late.path) else {
                return late.age_s;
            };
            // Not longer than since it was seen complete; by the wall clock since it was written.
            let age = mark
                .clean
                .map_or(late.age_s, |clean| late.age_s.min(since(clean)));
            since(mark.since).max(age)
        };
        let marks = self
            .last
            .behind
            .iter()
            .filter_map(|late| self.marks.get(&late.path));
        let progress = marks.map(|mark| mark.progress).chain(self.progress);
        Behind {
            is_unknown: self.at.is_none(),
            files: self.last.behind.len() as u64,
            bytes: self.last.bytes(),
            lag_s: self.last.behind.iter().map(lag).fold(0.0, f64::max),
            unreadable: self.last.unreadable.len() as u64,
            left_aside: self.last.left_aside(),
            progress_s: progress.map(since).fold(f64::INFINITY, f64::min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(offset: u64, end: u64) -> Measured {
        let late = Late {
            path: "a.jsonl".into(),
            offset,
            end,
            age_s: 0.0,
        };
        Measured {
            files: 1,
            behind: vec![late],
            ..Measured::default()
        }
    }

    #[test]
    fn a_file_that_keeps_growing_is_as_late_as_its_oldest_byte() {
        let mut looks = Looks::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        for number in 0..10 {
            let at = start + second * number as u32;
            looks.note(late(0, 100 + number * 10), at, Duration::ZERO);
        }
        let behind = looks.behind(start + 9 * second);
        assert!((behind.lag_s - 9.0).abs() < 0.1, "{behind:?}");
        assert!((behind.progress_s - 9.0).abs() < 0.1, "{behind:?}");
    }

    #[test]
    fn a_file_that_is_kept_up_with_is_not_late() {
        let mut looks = Looks::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        for number in 0..10 {
            let end = 100 + number * 10;
            let at = start + second * number as u32;
            looks.note(late(end - 10, end), at, Duration::ZERO);
        }
        let behind = looks.behind(start + 9 * second);
        assert!(behind.lag_s < 1.1, "{behind:?}");
        looks.note(Measured::default(), start + 10 * second, Duration::ZERO);
        assert_eq!(looks.verified, Some(start + 10 * second));
        assert_eq!(looks.behind(start + 11 * second).files, 0);
    }

    #[test]
    fn what_is_committed_since_the_look_is_not_behind_and_proves_that_moment() {
        let mut looks = Looks::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        looks.note(late(0, 100), start, second);
        assert_eq!((looks.verified, looks.behind(start).files), (None, 1));
        looks.keep_up(&|_| 40, start + 31 * second);
        let behind = looks.behind(start + 32 * second);
        assert_eq!((behind.files, behind.bytes), (1, 60));
        assert!(behind.progress_s < 1.1, "{behind:?}");
        looks.keep_up(&|_| 100, start + 33 * second);
        assert_eq!(looks.behind(start + 33 * second).files, 0);
        assert_eq!(looks.verified, Some(start), "of then, not of now");
    }

    #[test]
    fn a_file_that_is_done_is_progress_for_those_that_wait() {
        let mut looks = Looks::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut two = late(0, 100);
        two.behind.push(Late {
            path: "b.jsonl".into(),
            ..two.behind[0].clone()
        });
        looks.note(two, start, second);
        let is_first = |path: &Path| u64::from(path == Path::new("a.jsonl")) * 100;
        looks.keep_up(&is_first, start + 60 * second);
        let behind = looks.behind(start + 61 * second);
        assert_eq!(behind.files, 1);
        assert!(behind.progress_s < 1.1, "{behind:?}");
    }
}
