//! From what was measured to what it means; pure.

use std::path::{Path, PathBuf};

use super::{check, fine};
use crate::autostart;
use crate::disk::FileSystem;
use crate::error::{Error, Unreadable};
use crate::health::{Limit, Limits, State};
use crate::left_aside::{self, Tally};
use crate::model::{Check, Level, Status};
use crate::store::Process;
use crate::store::backup::has_room;

const MB: u64 = 1_000_000;

/// What the engine says of itself, or what is seen of it from outside.
pub fn engine(status: &Status) -> Check {
    let level = match status.state {
        State::Stalled => Level::Problem,
        State::Degraded => Level::Warning,
        _ => Level::Ok,
    };
    let found = match status.pid {
        Some(pid) => format!("process {pid}: {}", status.reason),
        None => format!("{}; `scrollback watch` starts one", status.reason),
    };
    let remedies = status
        .problems
        .iter()
        .map(|problem| problem.remedy.as_str());
    let remedy = match level {
        Level::Ok => "",
        Level::Warning | Level::Problem => remedies.into_iter().next().unwrap_or_default(),
    };
    check("Engine", level, found, remedy)
}

/// Free bytes below which there is little, and too little, to work with.
const LITTLE: u64 = 500 * MB;
const TOO_LITTLE: u64 = 100 * MB;
/// Age of the newest backup at which something keeps new ones from being made.
const OLD_MS: i64 = 3 * 24 * 3600 * 1000;
/// Programs of one user that may ask for file events at once: fewer are soon used up.
const FEW_INSTANCES: u64 = 32;

/// `1.2 GB`; a kB is 1000 bytes.
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..MB => (1_000, "kB"),
        MB..1_000_000_000 => (MB, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    format!("{:.1} {name}", bytes as f64 / unit as f64)
}

pub fn data_folder(folder: &Path, is_dir: bool, is_writable: bool, open: &[PathBuf]) -> Check {
    const NAME: &str = "Data folder";
    let place = folder.display();
    if !is_dir {
        let found = format!("{place} is no folder");
        return check(NAME, Level::Problem, found, "name another with --data-dir");
    }
    if !is_writable {
        let found = format!("{place} cannot be written");
        let remedy = format!("`chmod u+rwx '{place}'`, or name another with --data-dir");
        return check(NAME, Level::Problem, found, remedy);
    }
    if let Some(first) = open.first() {
        let found = format!(
            "{} of {} {} may be read by others",
            first.display(),
            open.len(),
            if open.len() == 1 { "name" } else { "names" }
        );
        let remedy = format!("`chmod -R go-rwx '{place}'`");
        return check(NAME, Level::Warning, found, remedy);
    }
    fine(NAME, format!("{place}, writable, for its owner only"))
}

pub fn file_system_of_data(found: &FileSystem) -> Check {
    const NAME: &str = "File system";
    if found.is_remote {
        let what = format!(
            "the data folder is on {}, where a database cannot be shared safely",
            found.name
        );
        let remedy = "name a folder on a disk of this machine with --data-dir";
        return check(NAME, Level::Problem, what, remedy);
    }
    fine(NAME, format!("{}, of this machine", found.name))
}

pub fn free_space(free: u64, database: u64) -> Check {
    const NAME: &str = "Free space";
    let found = size(free);
    if free < TOO_LITTLE {
        let remedy = "free some space: nothing new can be kept soon";
        return check(NAME, Level::Problem, found, remedy);
    }
    if !has_room(free, database) {
        let found = format!("{found}, too little for a backup of {}", size(database));
        return check(NAME, Level::Warning, found, "free some space");
    }
    if free < LITTLE {
        return check(NAME, Level::Warning, found, "free some space");
    }
    fine(NAME, found)
}

pub fn writer(holder: &Process) -> Check {
    let found = format!("{} (process {}) is writing it", holder.name, holder.pid);
    fine("Database", found)
}

pub fn unfinished(folder: &Path) -> Check {
    let found = format!(
        "{} is a recovery that has not come to its end",
        folder.display()
    );
    let remedy = "`scrollback sync` goes on with it";
    check("Set aside", Level::Problem, found, remedy)
}

pub fn set_aside(folder: &Path, bytes: u64) -> Check {
    let found = format!(
        "{} keeps a damaged database, {}",
        folder.display(),
        size(bytes)
    );
    let remedy = "once you miss nothing, delete the folder; until then it is the only copy of what \
                  could not be recovered";
    check("Set aside", Level::Warning, found, remedy)
}

/// `newest_ms` is how old the newest backup is; `database_ms`, how old the database, where known.
pub fn backups(
    count: usize,
    bytes: u64,
    newest_ms: Option<i64>,
    database_ms: Option<i64>,
) -> Check {
    const NAME: &str = "Backups";
    let remedy = "`scrollback watch` makes one a day";
    let Some(age_ms) = newest_ms else {
        return match database_ms {
            Some(age) if age <= OLD_MS => {
                fine(NAME, format!("none yet; {remedy}, when it is idle"))
            }
            _ => check(NAME, Level::Warning, "none", remedy),
        };
    };
    let hours = age_ms.max(0) / 3_600_000;
    let age = if hours < 48 {
        format!("{hours} h")
    } else {
        format!("{} days", hours / 24)
    };
    let found = format!("{count}, {}, the newest {age} old", size(bytes));
    if age_ms > OLD_MS {
        return check(NAME, Level::Warning, found, remedy);
    }
    fine(NAME, found)
}

pub fn words_index(folder: &Path, is_there: bool, damage: Option<&Error>, waiting: u64) -> Check {
    const NAME: &str = "Words index";
    if let Some(damage) = damage {
        let remedy = format!(
            "end the engine and delete '{}': the next sync makes it anew, nothing is lost",
            folder.display()
        );
        return check(NAME, Level::Problem, damage.to_string(), remedy);
    }
    if !is_there {
        let remedy = "`scrollback sync` makes it";
        return check(NAME, Level::Warning, "not there, or not all of it", remedy);
    }
    if waiting > 0 {
        let found = format!("{waiting} messages cannot be searched yet");
        let remedy = "`scrollback sync` goes on with it";
        return check(NAME, Level::Warning, found, remedy);
    }
    fine(NAME, "every message can be searched")
}

/// What was seen of a source.
pub struct Seen<'a> {
    pub name: &'a str,
    pub folder: &'a Path,
    pub exists: bool,
    /// No source exists at all.
    pub none_exists: bool,
    /// The user named it.
    pub is_named: bool,
    pub transcripts: u64,
    pub unreadable: &'a [Unreadable],
    /// The file system, where files change behind this machine's back.
    pub is_remote: Option<&'a str>,
}

pub fn source(seen: &Seen<'_>) -> Check {
    let name = format!("Source, {}", seen.name);
    let place = seen.folder.display();
    if !seen.exists {
        let level = if seen.none_exists {
            Level::Problem
        } else {
            Level::Warning
        };
        if seen.is_named {
            let found = format!("{place} does not exist, though it was named as a source");
            let remedy = "mount or bring back the folder, or take the source out of the settings \
                          (`scrollback config` says where it is named)";
            return check(&name, level, found, remedy);
        }
        let remedy = "start the agent once, or name its folder with --source AGENT=PATH";
        return check(&name, level, format!("{place} does not exist"), remedy);
    }
    if let Some(first) = seen.unreadable.first() {
        let found = format!(
            "{} cannot be read ({}), {} in all",
            first.path.display(),
            first.reason,
            seen.unreadable.len()
        );
        return check(
            &name,
            Level::Problem,
            found,
            "give yourself read permission",
        );
    }
    let many = if seen.transcripts == 1 { "" } else { "s" };
    let found = format!("{place}, {} transcript{many}", seen.transcripts);
    if let Some(kind) = seen.is_remote {
        let found = format!("{found}, on {kind}");
        let remedy = "other machines' changes are not announced there; the sweep finds them";
        return check(&name, Level::Warning, found, remedy);
    }
    fine(&name, found)
}

/// What lies in a source and is not read.
pub fn left_aside(agent: &str, tally: &Tally) -> Check {
    let name = format!("Left aside, {agent}");
    let counted = left_aside::counted(tally.count(), "is", "are");
    let groups = tally.groups();
    let groups = groups.map(|(reason, group)| format!("{} × {}", group.count, reason.says()));
    let found = format!("{counted}: {}", groups.collect::<Vec<_>>().join("; "));
    let gravest = tally.groups().find(|(reason, _)| !reason.is_usual());
    match gravest.and_then(|(_, group)| group.kept.first()) {
        Some(left) => {
            let remedy = format!("{}: {}", left.path.display(), left.remedy);
            check(&name, Level::Warning, found, remedy)
        }
        None => fine(&name, found),
    }
}

/// None where the system does not say what it allows.
pub fn file_events(folders: u64, limits: &Limits) -> Option<Check> {
    const NAME: &str = "File events";
    let (watch_limit, instance_limit) = (limits.watches(), limits.instances());
    let (watches, instances) = (watch_limit.value?, instance_limit.value?);
    let found =
        format!("{folders} folders to watch; {watches} watches, {instances} instances allowed");
    let short = |limit: Limit| {
        let remedy = format!(
            "{}; until then the sweep finds what is not announced",
            limit.remedy()
        );
        Some(check(NAME, Level::Warning, found.clone(), remedy))
    };
    // Other programs of the user draw on the same number.
    if folders.saturating_mul(2) > watches {
        return short(watch_limit.for_at_least(folders.saturating_mul(4)));
    }
    if instances < FEW_INSTANCES {
        return short(instance_limit);
    }
    Some(fine(NAME, found))
}

pub fn start_at_login(state: &autostart::State) -> Check {
    const NAME: &str = "Start at login";
    if let Some(problem) = &state.problem {
        return check(NAME, Level::Warning, problem, autostart::REMEDY);
    }
    let found = match (&state.entry, state.is_on) {
        (Some(entry), true) => format!("on, by {}", entry.display()),
        (None, true) => "on".into(),
        (Some(entry), false) => format!(
            "off: switched off in the settings of your desktop ({})",
            entry.display()
        ),
        (None, false) => "off; `scrollback autostart on` turns it on".into(),
    };
    fine(NAME, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::left_aside::{LeftAside, Reason};

    #[test]
    fn sizes_are_for_people() {
        let sizes = [0, 999, 1_000, 1_234_567, 7_300_000_000].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "1.2 MB", "7.3 GB"]);
    }

    #[test]
    fn a_data_folder_is_writable_and_private() {
        let folder = Path::new("/d");
        let level = |is_dir, is_writable, open: &[PathBuf]| {
            data_folder(folder, is_dir, is_writable, open).level
        };
        assert_eq!(level(true, true, &[]), Level::Ok);
        assert_eq!(level(true, true, &["/d/x".into()]), Level::Warning);
        assert_eq!(level(true, false, &[]), Level::Problem);
        assert_eq!(level(false, true, &[]), Level::Problem);
    }

    #[test]
    fn space_is_for_new_lines_and_for_a_backup() {
        assert_eq!(free_space(10_000 * MB, 1_000 * MB).level, Level::Ok);
        assert_eq!(free_space(1_999 * MB, 1_000 * MB).level, Level::Warning);
        assert_eq!(free_space(400 * MB, MB).level, Level::Warning);
        assert_eq!(free_space(99 * MB, 0).level, Level::Problem);
    }

    #[test]
    fn backups_are_young() {
        let level = |newest, database| backups(1, 1, newest, database).level;
        assert_eq!(level(None, None), Level::Warning);
        assert_eq!(level(None, Some(OLD_MS + 1)), Level::Warning);
        assert_eq!(level(None, Some(0)), Level::Ok, "it has just begun");
        assert_eq!(level(Some(OLD_MS), None), Level::Ok);
        assert_eq!(level(Some(OLD_MS + 1), None), Level::Warning);
        assert_eq!(level(Some(-5), None), Level::Ok, "a clock set back");
        let found = backups(2, 3_000, Some(50 * 3_600_000), None).found;
        assert_eq!(found, "2, 3.0 kB, the newest 2 days old");
    }

    #[test]
    fn watches_are_shared_with_others() {
        let file_events = |folders, watches, instances| {
            let limits = Limits {
                system_watches: Some(watches),
                system_instances: Some(instances),
                ..Limits::default()
            };
            super::file_events(folders, &limits).expect("known limits")
        };
        assert!(super::file_events(1, &Limits::default()).is_none());
        assert_eq!(file_events(100, 8_192, 128).level, Level::Ok);
        let check = file_events(5_000, 8_192, 128);
        assert_eq!(check.level, Level::Warning);
        assert!(
            check.remedy.contains("max_user_watches=524288"),
            "{check:?}"
        );
        let check = file_events(1, 8_192, 16);
        assert!(check.remedy.contains("max_user_instances"), "{check:?}");
    }

    #[test]
    fn a_missing_source_is_a_problem_only_where_there_is_no_other() {
        let seen = Seen {
            name: "An Agent",
            folder: Path::new("/s"),
            exists: false,
            none_exists: false,
            is_named: false,
            transcripts: 0,
            unreadable: &[],
            is_remote: None,
        };
        assert_eq!(source(&seen).level, Level::Warning);
        let named = source(&Seen {
            is_named: true,
            ..seen
        });
        assert!(named.found.contains("named as a source"), "{named:?}");
        let alone = Seen {
            none_exists: true,
            ..seen
        };
        assert_eq!(source(&alone).level, Level::Problem);
        let remote = Seen {
            exists: true,
            is_remote: Some("NFS"),
            ..alone
        };
        assert_eq!(source(&remote).level, Level::Warning);
        let local = Seen {
            is_remote: None,
            transcripts: 2,
            ..remote
        };
        assert_eq!(source(&local).found, "/s, 2 transcripts");
    }

    #[test]
    fn what_is_left_aside_is_worth_a_warning_only_when_somebody_may_miss_it() {
        let mut tally = Tally::default();
        let left = |reason: Reason, path: &str| LeftAside {
            path: path.into(),
            reason,
            leads_to: None,
            remedy: reason.remedy().into(),
        };
        tally.add(Reason::ToolOutput, || {
            left(Reason::ToolOutput, "/s/out.txt")
        });
        let usual = left_aside("An Agent", &tally);
        assert_eq!((usual.level, usual.remedy.as_str()), (Level::Ok, ""));
        assert!(
            usual
                .found
                .starts_with("1 file is left aside: 1 × output of a tool")
        );
        tally.add(Reason::LinkDangling, || {
            left(Reason::LinkDangling, "/s/gone.jsonl")
        });
        let check = left_aside("An Agent", &tally);
        assert_eq!(check.level, Level::Warning);
        assert!(
            check
                .found
                .starts_with("2 files are left aside: 1 × a link to nothing; 1 ×")
        );
        assert!(
            check.remedy.starts_with("/s/gone.jsonl: bring back"),
            "{check:?}"
        );
    }

    #[test]
    fn an_index_is_whole() {
        let folder = Path::new("/d/index");
        assert_eq!(words_index(folder, true, None, 0).level, Level::Ok);
        assert_eq!(words_index(folder, false, None, 9).level, Level::Warning);
        assert_eq!(words_index(folder, true, None, 9).level, Level::Warning);
    }

    #[test]
    fn only_a_broken_start_at_login_is_worth_a_warning() {
        let state = |is_on, entry: Option<&str>, problem: Option<&str>| autostart::State {
            is_on,
            entry: entry.map(PathBuf::from),
            problem: problem.map(String::from),
        };
        let off = start_at_login(&state(false, None, None));
        assert_eq!(off.level, Level::Ok);
        assert!(off.found.starts_with("off;"), "{off:?}");
        let on = start_at_login(&state(true, Some("/e"), None));
        assert_eq!((on.level, on.found.as_str()), (Level::Ok, "on, by /e"));
        let elsewhere = start_at_login(&state(false, Some("/e"), None));
        assert_eq!(elsewhere.level, Level::Ok);
        assert!(elsewhere.found.contains("switched off"), "{elsewhere:?}");
        for is_on in [true, false] {
            let broken = start_at_login(&state(is_on, Some("/e"), Some("it is gone")));
            assert_eq!(broken.level, Level::Warning);
            assert_eq!(broken.found, "it is gone");
            assert!(broken.remedy.contains("autostart on"), "{broken:?}");
        }
    }
}
