//! Any schedule of writing, truncating, replacing, renaming, deleting and syncing, against a model:
//! what stands on disk at the end is stored, and what any sync ever saw still is.
//!
//! `PROPTEST_CASES` makes it try harder.

#![cfg(unix)]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use support::sandbox::Sandbox;
use support::writer::{Act, Agent, Step};

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// The agent does something.
    Written(Step),
    /// The engine is started anew and makes one pass.
    Synced,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => step().prop_map(Event::Written),
        1 => Just(Event::Synced),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let (few, place) = (1..4u8, 0..=1000u16);
    let act = prop_oneof![
        6 => few.clone().prop_map(Act::Append),
        2 => place.clone().prop_map(Act::Begin),
        2 => Just(Act::Finish),
        2 => place.clone().prop_map(Act::Truncate),
        1 => place.clone().prop_map(Act::TakeOut),
        2 => place.prop_map(Act::Edit),
        1 => few.clone().prop_map(Act::Save),
        1 => few.prop_map(Act::Replace),
        2 => Just(Act::Rename),
        1 => Just(Act::Unlink),
    ];
    (0..3usize, act).prop_map(|(file, act)| Step { file, act })
}

fn run(files: usize, schedule: &[Event]) {
    let sandbox = Sandbox::new();
    let mut agent = Agent::new("ada", &sandbox.path("garden"), files);
    let mut seen = BTreeSet::new();
    for event in schedule {
        match event {
            Event::Written(step) => agent.take(step),
            Event::Synced => {
                sandbox.sync();
                seen.extend(agent.standing());
            }
        }
    }
    sandbox.sync();
    seen.extend(agent.standing());

    let stored: Vec<String> = sandbox.ask("SELECT id FROM messages WHERE type <> 'unreadable'");
    let rows: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(rows.len(), stored.len(), "each once");
    let lost: Vec<_> = seen.difference(&rows).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let invented: Vec<_> = rows.difference(agent.written()).collect();
    assert!(invented.is_empty(), "invented: {invented:?}");
    sandbox.assert_whole();
    sandbox.assert_sound();
    for id in rows.iter().take(3) {
        let mut found = sandbox.search(&support::writer::word(id));
        // What was cut off and kept is found, too.
        found.retain(|found| !found.starts_with("derived-"));
        assert_eq!(found, [id.as_str()], "searchable once");
    }
    let count: i64 = sandbox.ask_one("SELECT ifnull(sum(message_count), 0) FROM sessions");
    assert_eq!(count, rows.len() as i64, "the session counts them once");
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 48;
    }
    // A schedule that failed is printed, shortened; it belongs in a test of its own.
    config.failure_persistence = None;
    config.max_shrink_iters = 2000;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_seen_is_ever_lost_or_doubled(
        files in 1..=3usize,
        schedule in prop::collection::vec(event(), 1..40),
    ) {
        run(files, &schedule);
    }
}
