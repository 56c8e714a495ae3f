//! The problems behind a verdict: a code to decide by, what it is, and what to do.

use super::{Blocker, Engine, Facts, LATE, Limits, Problem, REMEMBERED, Running, Weakness, words};

/// What the problems of a verdict are called.
pub const CODES: [&str; 22] = [
    "not_answering",
    "stuck",
    "behind",
    "disk_full",
    "low_disk",
    "log_grows",
    "database_locked",
    "database_damaged",
    "database_failing",
    "database_unusable",
    "recovered_with_loss",
    "archive_damaged",
    "no_sources",
    "source_missing",
    "unreadable",
    "rejects",
    "missed_event",
    "inotify_limit",
    "inotify_instances",
    "remote_folder",
    "unreliable_events",
    "not_watched",
];

/// Everything that is wrong, worst first.
pub fn problems(facts: &Facts) -> Vec<Problem> {
    let mut found: Vec<Problem> = facts.store_trouble.iter().cloned().collect();
    match &facts.engine {
        Engine::Absent { .. } | Engine::Awakening => {}
        Engine::Silent => found.push(problem(
            "not_answering",
            "the engine holds the data folder but does not answer",
            "wait a moment; if it stays like this, end the process and start Scrollback again: nothing is lost",
        )),
        Engine::Running(engine) => found.extend(of_engine(engine)),
    }
    if facts.behind.files > 0 && facts.behind.lag_s > LATE && runs(facts) {
        let waits = words::waiting(&facts.behind);
        found.push(problem(
            "behind",
            &format!("{waits} for {}", words::seconds(facts.behind.lag_s)),
            "it is looked at again by itself; `scrollback rescan` looks at once",
        ));
    }
    if let Some(free) = facts.low_space {
        found.push(problem(
            "low_disk",
            &format!(
                "the disk that holds the database has {} left",
                words::bytes(free)
            ),
            "free some space before it is full; nothing is deleted to make room",
        ));
    }
    if let Some((size, reader)) = facts.long_log.as_ref().filter(|_| runs(facts)) {
        let who = reader.as_deref().unwrap_or("somebody");
        found.push(problem(
            "log_grows",
            &format!(
                "the log beside the database has grown to {}: {who} has read the database for a long time without a pause",
                words::bytes(*size)
            ),
            "let it end its question or close it; the log is emptied then, and nothing is lost",
        ));
    }
    if let Some((count, path)) = &facts.damaged {
        found.push(
            problem(
                "archive_damaged",
                &format!(
                    "{} damaged, {path} first, and neither the source nor a backup has the bytes any more",
                    words::count(*count, "record that is kept is", "records that are kept are")
                ),
                "what they say is still shown and found; `scrollback verify --deep` names the files. Bring back the file or a backup, \
                 and they are mended by the next round",
            )
            .at(path),
        );
    }
    if facts.no_sources {
        found.push(problem(
            "no_sources",
            "no agent's folder was found",
            "start the agent once, or name its folder with --source AGENT=PATH; it is looked for all the time",
        ));
    }
    found.extend(facts.missing.iter().map(|folder| {
        problem(
            "source_missing",
            &format!("{folder} does not exist, though it was named as a source"),
            "mount or bring back the folder, or take the source out of the settings (`scrollback config` says where it \
             is named); it is looked for all the time",
        )
        .at(folder)
    }));
    found.extend(facts.unreadable.iter().map(|(path, reason)| {
        problem(
            "unreadable",
            &format!("{path} cannot be read: {reason}"),
            "give yourself read permission; it is tried again by itself",
        )
        .at(path)
    }));
    found
}

fn runs(facts: &Facts) -> bool {
    !matches!(facts.engine, Engine::Absent { .. })
}

fn of_engine(engine: &Running) -> Vec<Problem> {
    let mut found = Vec::new();
    let index = engine.index_blocked.as_ref().filter(|it| it.for_s > LATE);
    let kept = engine.blocked.iter().map(|it| (it, words::blocked(it)));
    for (blocked, what) in kept.chain(index.map(|it| (it, words::unsearchable(it)))) {
        let (code, remedy) = match blocked.by {
            Blocker::DiskFull => (
                "disk_full",
                "free some space; saving goes on by itself, nothing is lost",
            ),
            Blocker::Locked(_) => (
                "database_locked",
                "let the other program finish or close it; saving goes on by itself, nothing is lost",
            ),
            Blocker::Recovering => (
                "database_damaged",
                "wait: it was set aside, and what it held is read anew; what is lost will be named",
            ),
            Blocker::Failing(_) => (
                "database_failing",
                "check the disk (`scrollback doctor`); saving is tried again by itself",
            ),
        };
        found.push(problem(code, &what, remedy));
    }
    if let Some((stage, for_s)) = &engine.stuck {
        found.push(problem(
            "stuck",
            &words::stuck(stage, *for_s),
            "it is restarted by itself; if it stays like this, a disk or network folder does not answer",
        ));
    }
    if let Some((count, path)) = &engine.left_alone {
        found.push(
            problem(
                "stuck",
                &format!(
                    "{} looked at again and again without getting anywhere, {path} first",
                    words::count(*count, "file is", "files are")
                ),
                "they are left alone until they change, and everything else goes on; what was read of them is kept. Please report it, \
                 with what `scrollback doctor` says",
            )
            .at(path),
        );
    }
    let weakness = |why| weakness(why, &engine.watching.limits);
    found.extend(engine.watching.why.iter().filter_map(weakness));
    if engine.watching.missed_s.is_some_and(|s| s <= REMEMBERED) {
        found.push(problem(
            "missed_event",
            "a change was found that no file event had announced",
            "the watcher was renewed; nothing is lost, looking again finds what events miss",
        ));
    }
    if engine.new_rejects > 0 {
        let lines = words::count(engine.new_rejects, "new line", "new lines");
        found.push(problem(
            "rejects",
            &format!("{lines} could not be read; the bytes are kept"),
            "`scrollback verify` lists them; they are tried again after an update",
        ));
    }
    found
}

/// What a weakness means and what to do; `None` for what the user chose.
pub fn weakness(why: &Weakness, limits: &Limits) -> Option<Problem> {
    Some(match why {
        // What the user chose is no problem.
        Weakness::Chosen => return None,
        Weakness::WatchLimit(folders) => problem(
            "inotify_limit",
            &format!(
                "the system's limit of file watches is reached: {} without",
                words::count(*folders, "folder goes", "folders go")
            ),
            &limits.watches().remedy(),
        ),
        Weakness::InstanceLimit => problem(
            "inotify_instances",
            "the system's limit of file watchers is reached",
            &limits.instances().remedy(),
        ),
        Weakness::Remote(kind) => problem(
            "remote_folder",
            &format!("a watched folder lies on {kind}, which does not announce all changes"),
            "nothing needs to be done: it is looked through every second instead",
        ),
        Weakness::Unreliable => problem(
            "unreliable_events",
            "file events kept failing on this system",
            "nothing needs to be done: the folders are looked through every second, and events are tried again tomorrow",
        ),
        Weakness::Refused(what) => problem(
            "not_watched",
            &format!("the system gives no file events: {what}"),
            "nothing needs to be done: the folders are looked through every second, and events are tried again",
        ),
    })
}

/// A problem of a verdict.
pub fn problem(code: &str, message: &str, remedy: &str) -> Problem {
    debug_assert!(CODES.contains(&code), "{code} is not among the codes");
    Problem::new(code, message, remedy)
}
