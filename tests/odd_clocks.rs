//! Times that cannot be right: ahead of the clock, or none at all. They lead no list, count for nothing new, and none is
//! not 1970.

mod support;

use scrollback_engine::model::{SessionFilter, SessionPick, Sort};
use serde_json::{Value, json};
use support::records::{lines, prompt, with};
use support::sandbox::Sandbox;

const FAR: &str = "2131-01-02T00:00:00.000Z";

fn ago(seconds: i64) -> String {
    let now = jiff::Timestamp::now();
    let then = now - jiff::SignedDuration::from_secs(seconds);
    format!("{then:.3}")
}

/// A prompt that says `plum`, at a time.
fn said(session: &str, number: u32, time: Option<&str>) -> Value {
    let record = prompt(session, &format!("{session}-{number}"), "a plum");
    with(record, json!({ "timestamp": time }))
}

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let (now, soon, hour) = (ago(5), ago(-600), ago(3600));
    let (day, week) = (ago(86_400), ago(7 * 86_400));
    for (session, times) in [
        ("soon", vec![Some(soon.as_str())]),
        ("now", vec![Some(now.as_str())]),
        // One of its records is right.
        ("half", vec![Some(hour.as_str()), Some(FAR)]),
        ("day", vec![Some(day.as_str())]),
        ("week", vec![Some(week.as_str()), None]),
        ("moon", vec![Some("1969-07-20T20:17:00.000Z")]),
        ("zero", vec![Some("1970-01-01T00:00:00.000Z")]),
        ("ahead", vec![Some(FAR), Some("2140-01-01T00:00:00.000Z")]),
        ("never", vec![None]),
    ] {
        let records: Vec<Value> = (1..)
            .zip(times)
            .map(|(number, time)| said(session, number, time))
            .collect();
        sandbox.write(&format!("p-{session}/{session}.jsonl"), lines(&records));
    }
    sandbox.sync();
    sandbox
}

/// As a person who asks for the newest sees them.
const EXPECTED: [&str; 7] = ["soon", "now", "half", "day", "week", "zero", "moon"];

fn found(sandbox: &Sandbox, query: &str) -> Vec<String> {
    let found = sandbox.engine().search(query, 100, Sort::Recent);
    let hits = found.expect("an answer").hits;
    hits.into_iter().map(|hit| hit.message_id).collect()
}

#[test]
fn what_is_ahead_of_the_clock_leads_no_list() {
    let sandbox = home();
    let engine = sandbox.engine();
    let sessions = engine.sessions(&SessionFilter::default()).expect("a list");
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(ids[..7], EXPECTED);
    let ahead = sessions.iter().filter(|session| session.is_ahead);
    let mut ahead: Vec<&str> = ahead.map(|session| session.id.as_str()).collect();
    ahead.sort_unstable();
    assert_eq!(ahead, ["ahead", "half"]);
    for limit in [1, 2, 4, 9, 50] {
        let mut pick = SessionPick::default();
        let mut listed = Vec::new();
        loop {
            let page = engine.pick_sessions(&pick, limit).expect("a page");
            listed.extend(page.items.into_iter().map(|session| session.id));
            pick.cursor = page.next;
            if pick.cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, ids, "{limit} a page");
    }
    let projects = engine.projects().expect("projects");
    assert!(projects[0].last_activity_at < Some(ago(-3600)));
}

#[test]
fn the_newest_matches_are_not_those_of_clocks_that_are_wrong() {
    let sandbox = home();
    let expected = [
        "soon-1", "now-1", "half-1", "day-1", "week-1", "zero-1", "moon-1", "ahead-2",
    ];
    let all = found(&sandbox, "plum");
    assert_eq!(all[..8], expected);
    assert_eq!(all.len(), 12);
    let undated: Vec<&String> = all
        .iter()
        .filter(|id| *id == "week-2" || *id == "never-1")
        .collect();
    assert_eq!(undated, all[10..].iter().collect::<Vec<_>>(), "last of all");
    let few = sandbox
        .engine()
        .search("plum", 3, Sort::Recent)
        .expect("an answer");
    assert_eq!(few.hits.len(), 3);
    assert_eq!(few.hits[0].message_id, "soon-1");
    let live = found(&sandbox, "plum is:live");
    assert_eq!(live, ["soon-1", "now-1"]);
}

#[test]
fn no_time_is_not_1970() {
    let sandbox = home();
    assert_eq!(found(&sandbox, "plum before:1980"), ["zero-1", "moon-1"]);
    assert_eq!(found(&sandbox, "plum on:1970"), ["zero-1"]);
    let not_before = found(&sandbox, "plum -before:2100");
    assert!(not_before.contains(&"never-1".to_owned()), "{not_before:?}");
    let conversation = sandbox.engine().conversation("never").expect("found");
    assert_eq!(conversation.messages[0].timestamp, None);
    assert_eq!(conversation.session.last_activity_at, None);
    let hit = sandbox.engine().search("plum session:never", 5, Sort::Best);
    assert_eq!(hit.expect("an answer").hits[0].timestamp, None);
}

#[test]
fn a_search_as_sql_takes_the_same_for_live() {
    let sandbox = home();
    let sql = sandbox.engine().search_as_sql("is:live").expect("a query");
    let table = sandbox.engine().sql(&sql).expect("rows");
    assert_eq!(table.rows.len(), 2);
}
