//! Bytes on disk against bytes committed, measured now. The one definition of "behind".

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::Unreadable;
use crate::store::Known;
use crate::sync::sweep::{Place, recognise_in, sweep};
use crate::sync::tail::{complete_end, now_ns};
use crate::transcript::Shape;

/// What a measurement found.
#[derive(Debug, Default)]
pub struct Measured {
    /// Transcripts on disk.
    pub files: u64,
    /// Those with complete lines not committed: path, bytes, and the age of their last change in
    /// seconds.
    pub behind: Vec<(PathBuf, u64, f64)>,
    /// What could not be looked at.
    pub unreadable: Vec<Unreadable>,
}

impl Measured {
    /// Bytes not committed.
    pub fn bytes(&self) -> u64 {
        self.behind.iter().map(|(_, bytes, _)| bytes).sum()
    }

    /// How long the oldest of them has waited, seconds.
    pub fn lag_s(&self) -> f64 {
        self.behind
            .iter()
            .map(|(_, _, age)| *age)
            .fold(0.0, f64::max)
    }
}

/// Compares every transcript on disk with what is committed of it.
pub fn measure(places: &[Place], known: Vec<Known>) -> Measured {
    let offsets: HashMap<PathBuf, u64> = known
        .into_iter()
        .map(|k| (k.path, k.cursor.offset))
        .collect();
    let mut measured = Measured::default();
    let now = now_ns();
    for place in places {
        let mut longer = Vec::new();
        let looked = sweep(place, None, &mut |path, stamp| match offsets.get(path) {
            Some(offset) if stamp.size <= *offset => measured.files += 1,
            known => {
                if let Some(found) = recognise_in(place, path) {
                    measured.files += 1;
                    longer.push((found, stamp, known.copied().unwrap_or(0)));
                }
            }
        });
        measured.unreadable.extend(looked.unreadable);
        for (found, stamp, offset) in longer.into_iter().filter(|(_, stamp, _)| stamp.size > 0) {
            let end = match found.origin.shape {
                Shape::Document => Ok(stamp.size),
                Shape::Lines => complete_end(&found.path, offset),
            };
            let path = found.path.clone();
            match end {
                Ok(end) if end > offset => {
                    let age = (now - stamp.mtime_ns).max(0) as f64 / 1e9;
                    measured.behind.push((path, end - offset, age));
                }
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
        .sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    measured
}
