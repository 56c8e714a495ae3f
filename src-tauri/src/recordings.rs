//! The recordings that the page is shown with in a plain browser: what they say of the state is what
//! the engine says, word for word, and every answer has the fields of the real one.
//! `SCROLLBACK_BINDINGS=write cargo test recordings` writes the words; without, the test fails when
//! others are committed.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;

use clap::Parser as _;
use scrollback_engine::config::Config;
use scrollback_engine::health::{
    self, Behind, Blocked, Blocker, Engine, Facts, Mode, Running, Watching, Weakness,
};
use scrollback_engine::model::{EventRow, Status};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::launch::Launch;
use crate::verdict;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/tests/fixtures");
const USUAL: &str = "live";

type Known = fn(&Status) -> Facts;

/// What the engine knew in each of them, besides what the recording says itself.
const STATES: [(&str, Known); 11] = [
    (USUAL, |_| running(|_| {})),
    ("joined", |_| running(|engine| engine.commit_s = Some(3.0))),
    ("idle", |_| running(|engine| engine.commit_s = Some(7200.0))),
    ("paused", |_| {
        running(|engine| engine.paused = Some(Some("14:30".into())))
    }),
    ("starting", |_| {
        running(|engine| (engine.swept_s, engine.uptime_s) = (None, 3.0))
    }),
    ("stopped", |_| Facts::default()),
    ("first_run", |_| Facts::default()),
    ("catching_up", |status| {
        let progress = status.progress.as_ref().expect("progress");
        running(|engine| {
            engine.is_caught_up = false;
            engine.caught_up_bytes = progress.bytes_done;
            engine.catch_up_bytes = progress.bytes_total;
        })
    }),
    ("stalled", |status| {
        running(|engine| {
            engine.blocked = Some(Blocked {
                by: Blocker::Locked(Some("DB Browser (pid 4121)".into())),
                for_s: status.backlog.lag_s,
            });
        })
    }),
    ("degraded", |_| {
        let path = "/home/ada/.claude/projects/secret/a.jsonl";
        Facts {
            unreadable: vec![(path.into(), "permission denied".into())],
            low_space: Some(812_000_000),
            ..running(|engine| engine.watching.why = Some(Weakness::WatchLimit(3)))
        }
    }),
    ("empty", |_| Facts {
        no_sources: true,
        ..running(|_| {})
    }),
];

fn running(change: impl FnOnce(&mut Running)) -> Facts {
    let mut engine = Running {
        uptime_s: 86_400.0,
        swept_s: Some(4.0),
        sweep_every_s: 30.0,
        is_caught_up: true,
        verified_s: Some(4.0),
        commit_s: Some(12.0),
        watching: Watching {
            mode: Mode::Native,
            probe_s: Some(1.0),
            are_roots_ours: true,
            ..Watching::default()
        },
        ..Running::default()
    };
    change(&mut engine);
    Facts {
        engine: Engine::Running(Box::new(engine)),
        ..Facts::default()
    }
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(format!("{FOLDER}/{name}.json")).expect("a recording");
    serde_json::from_str(&text).expect("JSON")
}

/// As the page reads it: field by field in place of the usual one.
fn merged(usual: Value, own: Value) -> Value {
    match (usual, own) {
        (Value::Object(mut all), Value::Object(own)) => {
            for (key, value) in own {
                let usual = all.remove(&key).unwrap_or(Value::Null);
                all.insert(key, merged(usual, value));
            }
            Value::Object(all)
        }
        (_, own) => own,
    }
}

#[test]
fn recordings_say_what_the_engine_says() {
    for (name, facts) in STATES {
        let own = read(name);
        let whole = merged(read(USUAL), own.clone());
        let shown = &whole["snapshot"]["status"];
        let status: Status = serde_json::from_value(shown.clone()).expect(name);
        let facts = facts(&status);
        let verdict = health::judge(&Facts {
            behind: Behind {
                files: status.backlog.files,
                bytes: status.backlog.bytes,
                lag_s: status.backlog.lag_s,
                ..Behind::default()
            },
            ..facts
        });
        let said = json!({
            "state": verdict.state, "reason": verdict.reason, "problems": verdict.problems,
        });
        let Value::Object(said) = said else {
            unreachable!("an object")
        };
        let is_said = said.iter().all(|(key, value)| shown[key] == *value);
        if !is_said && std::env::var_os("SCROLLBACK_BINDINGS").is_some() {
            write(name, own, said);
        } else {
            assert!(is_said, "{name}: run `make bindings`; {said:?}");
        }
    }
}

fn write(name: &str, mut own: Value, said: Map<String, Value>) {
    let status = &mut own["snapshot"]["status"];
    for (key, value) in said {
        status[key] = value;
    }
    let text = serde_json::to_string_pretty(&own).expect("JSON") + "\n";
    std::fs::write(format!("{FOLDER}/{name}.json"), text).expect("written");
}

/// The fields of an object, and those of the objects in it.
fn fields(value: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    if let Value::Object(object) = value {
        for (key, value) in object {
            all.insert(key.clone());
            all.extend(
                fields(value)
                    .into_iter()
                    .map(|field| format!("{key}.{field}")),
            );
        }
    }
    all
}

#[test]
fn recorded_answers_have_the_fields_of_the_real_ones() {
    let recording = read(USUAL);
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::new(folder.path(), Vec::new());
    let app = App::new(Launch::parse_from(["app"]), config, channel().0);
    let snapshot = serde_json::to_value(verdict::snapshot(&app)).expect("JSON");
    assert_eq!(fields(&recording["snapshot"]), fields(&snapshot));
    let settings = serde_json::to_value(app.settings()).expect("JSON");
    assert_eq!(fields(&recording["settings"]), fields(&settings));
    let events: Vec<EventRow> =
        serde_json::from_value(recording["events"].clone()).expect("events");
    assert_eq!(
        serde_json::to_value(events).expect("JSON"),
        recording["events"]
    );
}
