//! Bytes on disk against bytes committed, measured now. The one definition of "behind".

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::Unreadable;
use crate::left_aside::Tally;
use crate::sync::links;
use crate::sync::sweep::{Place, recognise_in, sweep};
use crate::sync::tail::{complete_end, now_ns};
use crate::transcript::Shape;

/// What a measurement found.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Transcripts on disk.
    pub files: u64,
    /// Those with complete lines not committed, the furthest behind first.
    pub behind: Vec<Late>,
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
    /// What was found in each place, in their order.
    pub places: Vec<InPlace>,
}

/// What was found in one place.
#[derive(Debug, Clone, Default)]
pub struct InPlace {
    /// Transcripts.
    pub files: u64,
    /// What is not read.
    pub left_aside: Tally,
}

/// A file with complete lines that are not committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// Where it is.
    pub path: PathBuf,
    /// Committed up to here.
    pub offset: u64,
    /// Complete up to here.
    pub end: u64,
    /// Seconds since it was last written, by the wall clock.
    pub age_s: f64,
}

impl Late {
    /// Bytes not committed.
    pub fn bytes(&self) -> u64 {
        self.end - self.offset
    }
}

impl Measured {
    /// Bytes not committed.
    pub fn bytes(&self) -> u64 {
        self.behind.iter().map(Late::bytes).sum()
    }

    /// How much is not read.
    pub fn left_aside(&self) -> u64 {
        self.places
            .iter()
            .map(|place| place.left_aside.count())
            .sum()
    }
}

/// Compares every transcript on disk with what is committed of it.
pub fn measure(places: &[Place], offsets: &HashMap<PathBuf, u64>) -> Measured {
    let mut measured = Measured::default();
    let now = now_ns();
    for place in places {
        let mut longer = Vec::new();
        let mut files = 0;
        let looked = sweep(place, None, &mut |path, stamp| match offsets.get(path) {
            Some(offset) if stamp.size <= *offset => files += 1,
            known => {
                if let Some(found) = recognise_in(place, path) {
                    files += 1;
                    longer.push((found, stamp, known.copied().unwrap_or(0)));
                }
            }
        });
        measured.files += files;
        measured.unreadable.extend(looked.unreadable);
        measured.places.push(InPlace {
            files,
            left_aside: looked.left_aside,
        });
        for (found, stamp, offset) in longer.into_iter().filter(|(_, stamp, _)| stamp.size > 0) {
            let end = match found.origin.shape {
                Shape::Document => Ok(stamp.size),
                Shape::Lines => links::open(place, &found.path)
                    .and_then(|tail| tail.map_or(Ok(offset), |tail| complete_end(&tail, offset))),
            };
            let path = found.path.clone();
            match end {
                Ok(end) if end > offset => measured.behind.push(Late {
                    path,
                    offset,
                    end,
                    age_s: (now - stamp.mtime_ns).max(0) as f64 / 1e9,
                }),
                Ok(_) => {}
                Err(e) => measured.unreadable.push(Unreadable {
                    path,
                    reason: e.to_string(),
                }),
            }
        }
    }
    measured
        .behind
        .sort_by_key(|late| std::cmp::Reverse(late.bytes()));
    measured
}
