//! Bytes on disk against bytes committed, measured now. The one definition of "behind".

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Unreadable;
use crate::left_aside::Tally;
use crate::sync::links;
use crate::sync::sweep::{Place, recognise, recognise_in, sweep};
use crate::sync::tail::{complete_end, now_ns};
use crate::transcript::{Found, Print, Shape, Stamp};

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
    /// Long lines that are being written.
    pub unbroken: Unbroken,
}

/// Of files that end in a long line without its newline: behind which offset none stands, up to where, and what stands
/// right before. Where only more was appended, only that is looked at.
pub type Unbroken = HashMap<PathBuf, (u64, u64, Print)>;

/// Bytes behind the last newline from which a line counts as long.
const LONG: u64 = 1 << 20;

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
    measure_after(places, offsets, &Unbroken::new())
}

/// The same after a measurement that found these lines without a newline.
pub fn measure_after(
    places: &[Place],
    offsets: &HashMap<PathBuf, u64>,
    unbroken: &Unbroken,
) -> Measured {
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
            let before = unbroken.get(&found.path).filter(|known| known.0 == offset);
            match late(place, &found, &stamp, offset, before, now) {
                Ok(Distance::Unbroken(to, print)) => {
                    let path = found.path.clone();
                    measured.unbroken.insert(path, (offset, to, print));
                }
                Ok(Distance::None) => {}
                Ok(Distance::Late(late)) => measured.behind.push(late),
                Err(e) => measured.unreadable.push(Unreadable {
                    path: found.path.clone(),
                    reason: e.to_string(),
                }),
            }
        }
    }
    sort(&mut measured.behind);
    measured
}

/// How far behind these files are, those that are. What cannot be read is not.
pub fn behind_of(
    places: &[Place],
    paths: Vec<PathBuf>,
    offsets: &HashMap<PathBuf, u64>,
) -> Vec<Late> {
    let offset = |path: &Path| offsets.get(path).copied().unwrap_or(0);
    let unknown = paths.into_iter().map(|path| Late {
        offset: offset(&path),
        end: offset(&path),
        age_s: 0.0,
        path,
    });
    let unknown: Vec<Late> = unknown.collect();
    let mut left = measure_again(places, &unknown, offset);
    left.retain(|late| late.bytes() > 0);
    left
}

/// The same of files that were behind, and nothing else. What has gone meanwhile is not behind any more; what
/// cannot be read now still is, until the next measurement of all names it.
pub fn measure_again(
    places: &[Place],
    behind: &[Late],
    offset: impl Fn(&Path) -> u64,
) -> Vec<Late> {
    let now = now_ns();
    let again = |known: &Late| {
        let found = recognise(places, &known.path)?;
        let place = places.iter().find(|place| place.source == found.source)?;
        let looked = links::look(&known.path).and_then(|stamp| {
            let offset = offset(&known.path);
            late(place, &found, &stamp, offset, None, now)
        });
        match looked {
            Ok(Distance::Late(late)) => Some(late),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => Some(known.clone()),
        }
    };
    let mut left: Vec<Late> = behind.iter().filter_map(again).collect();
    sort(&mut left);
    left
}

/// How far behind a file is.
enum Distance {
    /// It is not.
    None,
    /// It is not, and ends in a long line: up to here no newline stands behind the offset, and this stands right before.
    Unbroken(u64, Print),
    /// So far.
    Late(Late),
}

/// How far behind one file is; `before`: what is known of the long line it ends in.
fn late(
    place: &Place,
    found: &Found,
    stamp: &Stamp,
    offset: u64,
    before: Option<&(u64, u64, Print)>,
    now_ns: i64,
) -> io::Result<Distance> {
    let late = |end: u64| {
        Distance::Late(Late {
            path: found.path.clone(),
            offset,
            end,
            age_s: (now_ns - stamp.mtime_ns).max(0) as f64 / 1e9,
        })
    };
    if found.origin.shape == Shape::Document {
        return Ok(match stamp.size > offset {
            true => late(stamp.size),
            false => Distance::None,
        });
    }
    let Some(tail) = links::open(place, &found.path)? else {
        return Ok(Distance::None);
    };
    let from = match before {
        Some((_, to, print)) if tail.has_before(*to, *print)? => *to,
        _ => offset,
    };
    let end = complete_end(&tail, from)?;
    let size = tail.stamp.size;
    Ok(match end > from {
        true => late(end),
        false if size.saturating_sub(offset) >= LONG => {
            Distance::Unbroken(size, tail.print_before(size)?)
        }
        false => Distance::None,
    })
}

/// The furthest behind first.
fn sort(behind: &mut [Late]) {
    behind.sort_by_key(|late| std::cmp::Reverse(late.bytes()));
}
