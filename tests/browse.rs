//! Lists of projects and sessions a page at a time, as the window reads them.

mod support;

use std::sync::Arc;

use scrollback_engine::model::SessionPick;
use scrollback_engine::sync::watch::Native;
use support::program::wait_until;
use support::records::{at, lines, talk, turn, with};
use support::sandbox::Sandbox;

/// Sessions s0 … of two projects, each later than the one before.
fn home(sessions: u32) -> Sandbox {
    let sandbox = Sandbox::new();
    for number in 0..sessions {
        let session = format!("s{number}");
        let cwd = if number % 2 == 0 {
            "/work/garden"
        } else {
            "/work/shed"
        };
        let record = with(
            at(turn(&session, 1), number),
            serde_json::json!({ "cwd": cwd }),
        );
        sandbox.write(&format!("p{number}/{session}.jsonl"), lines([&record]));
    }
    sandbox
}

fn all_pages(sandbox: &Sandbox, mut pick: SessionPick, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = sandbox
            .engine()
            .pick_sessions(&pick, limit)
            .expect("a page");
        assert!(page.items.len() <= limit);
        found.extend(page.items.into_iter().map(|session| session.id));
        match page.next {
            Some(next) => pick.cursor = Some(next),
            None => return found,
        }
    }
}

#[test]
fn pages_of_sessions_hold_each_session_once_the_newest_first() {
    let sandbox = home(7);
    // One that never said when.
    let untimed = with(turn("never", 1), serde_json::json!({ "timestamp": null }));
    sandbox.write("p/never.jsonl", lines([&untimed]));
    sandbox.sync();
    let expected = ["s6", "s5", "s4", "s3", "s2", "s1", "s0", "never"];
    for limit in [1, 2, 3, 7, 8, 100] {
        let found = all_pages(&sandbox, SessionPick::default(), limit);
        assert_eq!(found, expected, "{limit} a page");
    }
}

#[test]
fn sessions_are_picked_by_project_and_by_what_is_typed() {
    let sandbox = home(4);
    sandbox.sync();
    let of = |project: Option<&str>, filter: &str| {
        let pick = SessionPick {
            project: project.map(str::to_owned),
            filter: filter.to_owned(),
            cursor: None,
        };
        all_pages(&sandbox, pick, 10)
    };
    assert_eq!(of(Some("/work/shed"), ""), ["s3", "s1"]);
    assert_eq!(of(None, "SHED"), ["s3", "s1"]);
    assert_eq!(of(None, "s3"), ["s3"]);
    assert_eq!(of(Some("/work/garden"), "shed"), [""; 0]);
    assert_eq!(of(Some(""), ""), [""; 0], "all of them name a folder");
    let projects = sandbox.engine().projects().expect("projects");
    let named: Vec<_> = projects
        .iter()
        .map(|project| (project.name.as_deref(), project.sessions))
        .collect();
    assert_eq!(named, [(Some("shed"), 2), (Some("garden"), 2)]);
}

/// One prompt of a session that begins in a folder.
fn begun_in(sandbox: &Sandbox, session: &str, folder: &str, second: u32) {
    let cwd = serde_json::json!({ "cwd": folder });
    let record = with(at(turn(session, 1), second), cwd);
    sandbox.write(&format!("p-{session}/{session}.jsonl"), lines([&record]));
}

#[test]
fn worktrees_are_in_the_project_of_their_repository_however_it_is_written() {
    let sandbox = Sandbox::new();
    for (second, (session, folder)) in [
        ("a1", "/src/kite"),
        ("a2", "/src/kite/"),
        ("a3", "/src/kite/.claude/worktrees/fix-1/deep"),
        ("a4", "/src/kite.worktrees/fix-2"),
        ("b1", "C:\\src\\kite"),
        ("b2", "c:\\src\\kite\\.claude\\worktrees\\fix-3"),
        ("b3", "/mnt/c/src/kite"),
        ("c1", "/"),
        ("c2", "C:\\"),
        ("c3", ""),
        ("c4", "/src/kite-fix"),
    ]
    .into_iter()
    .enumerate()
    {
        begun_in(&sandbox, session, folder, second as u32);
    }
    sandbox.sync();
    let projects = sandbox.engine().projects().expect("projects");
    let named: Vec<_> = projects
        .iter()
        .map(|it| (it.name.as_deref(), it.path.as_deref(), it.sessions))
        .collect();
    let expected = [
        (Some("kite-fix"), Some("/src/kite-fix"), 1),
        (None, None, 1),
        (Some("C:\\"), Some("C:\\"), 1),
        (Some("/"), Some("/"), 1),
        (Some("kite"), Some("/mnt/c/src/kite"), 3),
        (Some("kite"), Some("/src/kite"), 4),
    ];
    assert_eq!(named, expected);
    let of = |project: &str| {
        let pick = SessionPick {
            project: Some(project.to_owned()),
            ..SessionPick::default()
        };
        all_pages(&sandbox, pick, 10)
    };
    assert_eq!(of("/src/kite"), ["a4", "a3", "a2", "a1"]);
    assert_eq!(of("/mnt/c/src/kite"), ["b3", "b2", "b1"]);
    assert_eq!(of("c:\\SRC\\kite"), ["b3", "b2", "b1"]);
    assert_eq!(of(""), ["c3"]);
    for (session, folder, name) in [
        (
            "a3",
            Some("/src/kite/.claude/worktrees/fix-1/deep"),
            Some("kite"),
        ),
        ("c1", Some("/"), Some("/")),
        ("c3", None, None),
    ] {
        let one = sandbox.engine().session(session).expect("a session");
        assert_eq!(one.project_path.as_deref(), folder, "as it was written");
        assert_eq!(one.project_name.as_deref(), name);
    }
    let found = |query: &str| {
        let mut found = sandbox.search(query);
        found.sort();
        found
    };
    assert_eq!(found("garden project:kite project:nothing").len(), 8);
    assert_eq!(found("project:fix-1"), [""; 0]);
    assert_eq!(found("project:worktrees/fix-1"), ["a3-1"]);
    assert_eq!(
        found("project:c:/src/kite"),
        ["b1-1", "b2-1"],
        "either slash is one"
    );
    let sql = sandbox.engine().search_as_sql("project:c:/src/kite");
    let rows = sandbox
        .engine()
        .sql(&sql.expect("a query"))
        .expect("rows")
        .rows;
    assert_eq!(rows.len(), 2, "as SQL too");
}

#[test]
fn nothing_is_stored_and_nothing_is_listed() {
    let engine = Sandbox::new();
    let engine = engine.engine();
    assert!(engine.projects().expect("none").is_empty());
    let page = engine
        .pick_sessions(&SessionPick::default(), 5)
        .expect("none");
    assert!(page.items.is_empty() && page.next.is_none());
    assert!(engine.events_before(None, 5).expect("none").is_empty());
    assert_eq!(engine.activity(3).expect("none"), [0, 0, 0]);
}

#[test]
fn an_event_names_its_session_also_when_the_file_goes() {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    let watching = sandbox.watch_with(Arc::new(Native));
    let engine = sandbox.engine();
    let events = || engine.events_before(None, 10).expect("events");
    wait_until("it is added", || events().len() == 1);
    sandbox.append("garden/ada.jsonl", talk("ada", 2..=2));
    wait_until("it is changed", || events().len() == 2);
    std::fs::remove_file(sandbox.path("garden/ada.jsonl")).expect("removed");
    wait_until("it is gone", || events().len() == 3);
    let seen = events();
    let kinds: Vec<&str> = seen.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["unlink", "change", "add"], "newest first");
    for event in &seen {
        assert_eq!(event.session_id.as_deref(), Some("ada"), "{event:?}");
    }
    let before = engine.events_before(Some(seen[0].id), 1).expect("events");
    assert_eq!(before[0].id, seen[1].id);
    let activity = engine.activity(60).expect("counts");
    assert_eq!((activity.len(), activity.iter().sum::<u64>()), (60, 3));
    watching.end().expect("a clean end");
}
