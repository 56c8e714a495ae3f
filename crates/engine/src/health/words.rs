//! The sentences: what a verdict says to a person.

use super::{Behind, Blocked, Blocker, Facts, Mode, Running, Weakness};

/// Seconds for which something has happened just now.
const FRESH: f64 = 1.5;

pub const STARTING_LOOKS: &str = "Starting; looking through the folders";
pub const STARTING_COMPARES: &str = "Starting; comparing what is on disk with what is saved";
pub const STARTING_LISTENS: &str = "Starting; waiting for the first file event";

/// What is missing.
pub fn behind(facts: &Facts) -> String {
    let Facts {
        behind, unreadable, ..
    } = facts;
    if behind.is_unknown {
        return "what is on disk could not be compared yet".into();
    }
    // Nobody knows what is in them.
    let closed = (!unreadable.is_empty()).then(|| closed(unreadable.len()));
    match (behind.files, closed) {
        (0, None) if behind.left_aside > 0 => "everything that is read is saved".into(),
        (0, None) => "everything on disk is saved".into(),
        (0, Some(closed)) => format!("{closed}; everything else on disk is saved"),
        (_, None) => waiting(behind),
        (_, Some(closed)) => format!("{}; {closed}", waiting(behind)),
    }
}

/// What is saved, as far as anybody can say without an engine.
pub fn saved(facts: &Facts) -> String {
    match &facts.store_trouble {
        Some(trouble) => trouble.message.clone(),
        None => behind(facts),
    }
}

pub fn stopped(since: Option<&str>) -> String {
    match since {
        Some(since) => format!("Not running since {since}"),
        None => "Not running".into(),
    }
}

/// What waits to be saved.
pub fn waiting(behind: &Behind) -> String {
    let files = count(behind.files, "file", "files");
    format!("{files} and {} behind", bytes(behind.bytes))
}

/// What cannot be looked into.
pub fn closed(number: usize) -> String {
    let what = count(number as u64, "file or folder", "files or folders");
    format!("{what} cannot be read")
}

pub fn paused(until: Option<&str>) -> String {
    match until {
        Some(until) => format!("Paused until {until}"),
        None => "Paused until you resume".into(),
    }
}

pub fn catching_up(engine: &Running, facts: &Facts) -> String {
    let left = &facts.behind;
    if !left.is_unknown && (engine.catch_up_bytes == 0 || left.files == 0) {
        let what = match facts.unreadable.is_empty() {
            true => "everything is saved",
            false => "what can be read is saved",
        };
        return format!("Catching up; {what}, the rest is making it searchable");
    }
    format!(
        "Catching up; {} of {}",
        bytes(engine.caught_up_bytes),
        bytes(engine.catch_up_bytes)
    )
}

pub fn live(commit_s: Option<f64>, verified_s: Option<f64>) -> String {
    let saved = match commit_s {
        Some(s) if s >= FRESH => format!("the last change was saved {} ago", seconds(s)),
        _ => "the last change was saved just now".into(),
    };
    // Where looking takes its time, what is said is of before the last change.
    let is_of_before = |s: &f64| *s >= FRESH && commit_s.is_some_and(|commit_s| *s > commit_s);
    match verified_s.filter(is_of_before) {
        Some(_) => format!("Up to date, {}; {saved}", verified(verified_s)),
        None => format!("Up to date, {saved}"),
    }
}

pub fn idle(verified_s: Option<f64>) -> String {
    format!("Up to date, {}", verified(verified_s))
}

fn verified(ago_s: Option<f64>) -> String {
    match ago_s {
        None => "not verified yet".into(),
        Some(s) if s < FRESH => "verified just now".into(),
        Some(s) => format!("verified {} ago", seconds(s)),
    }
}

/// Why neither live nor idle can be said.
pub fn unproved(facts: &Facts, engine: &Running, is_proved: bool) -> String {
    if facts.behind.files > 0 {
        return format!("A change came without a file event; {}", behind(facts));
    }
    if engine.has_work {
        return "Looking at files that have changed".into();
    }
    if !is_proved {
        return format!("Nothing to do, but {}", verified(engine.verified_s));
    }
    if !engine.watching.are_roots_ours {
        return "A watched folder was replaced; watching it again".into();
    }
    match engine.watching.mode {
        Mode::None => "Up to date, but nothing is watched".into(),
        Mode::Native | Mode::Polling => {
            "Up to date; waiting for proof that file events come".into()
        }
    }
}

/// What is saved meanwhile cannot be found.
pub fn unsearchable(blocked: &Blocked) -> String {
    let (why, since) = (why(&blocked.by), seconds(blocked.for_s));
    format!("Everything is saved, but nothing new can be searched for {since}: {why}")
}

fn why(by: &Blocker) -> String {
    match by {
        Blocker::DiskFull => "the disk is full".into(),
        Blocker::Locked(Some(who)) => format!("{who} holds the database"),
        Blocker::Locked(None) => "another program holds the database".into(),
        Blocker::Failing(what) => what.clone(),
        Blocker::Recovering => "the database was damaged and is being recovered".into(),
    }
}

pub fn blocked(blocked: &Blocked) -> String {
    let why = why(&blocked.by);
    match blocked.for_s {
        s if s < 1.5 => format!("Nothing can be saved: {why}"),
        s => format!("Nothing can be saved for {}: {why}", seconds(s)),
    }
}

pub fn stuck(stage: &str, for_s: f64) -> String {
    format!("{stage} has not moved for {}", seconds(for_s))
}

pub fn left_alone(files: u64) -> String {
    let files = count(files, "file", "files");
    format!("Looking at {files} again and again came to nothing")
}

pub fn damaged(count: u64) -> String {
    let what = self::count(count, "record that is kept is", "records that are kept are");
    format!("{what} damaged and could not be mended; everything else is up to date")
}

pub fn long_log(bytes: u64) -> String {
    let bytes = self::bytes(bytes);
    format!(
        "Up to date, but the log beside the database has grown to {bytes}: another program keeps reading it"
    )
}

pub fn unswept(swept_s: Option<f64>) -> String {
    match swept_s {
        Some(s) => format!("The folders were last looked through {} ago", seconds(s)),
        None => "The folders were never looked through".into(),
    }
}

pub fn late(lag_s: f64) -> String {
    format!("Running, but nothing was saved for {}", seconds(lag_s))
}

pub fn weakness(why: &Weakness) -> String {
    match why {
        Weakness::Chosen => "Up to date by looking every second, as you chose".into(),
        Weakness::WatchLimit(_) => {
            "Up to date by looking every second: the system's limit of file watches is reached"
                .into()
        }
        Weakness::InstanceLimit => {
            "Up to date by looking every second: the system's limit of file watchers is reached"
                .into()
        }
        Weakness::Remote(kind) => {
            format!("Up to date by looking every second: {kind} announces no changes")
        }
        Weakness::Unreliable => {
            "Up to date by looking every second: file events kept failing".into()
        }
        Weakness::Refused(_) => {
            "Up to date by looking every second: the system gives no file events".into()
        }
    }
}

/// `1 file`, `2 files`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `2.5 MB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.1} GB", n as f64 / 1e9),
    }
}

/// `4 s`, `3 min`, `34 h`, `3 d`.
pub fn seconds(s: f64) -> String {
    match s.max(0.0) as u64 {
        s @ 0..120 => format!("{s} s"),
        s @ 120..7_200 => format!("{} min", s / 60),
        s @ 7_200..172_800 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}
