//! Every state by its conditions, and the order among them.

use super::*;

/// What a case changes.
type Change = fn(&mut Facts, &mut Running);

/// An engine with nothing to do, and every proof of it.
fn idle() -> Running {
    Running {
        uptime_s: 600.0,
        swept_s: Some(4.0),
        sweep_every_s: 15.0,
        is_caught_up: true,
        verified_s: Some(4.0),
        commit_s: Some(300.0),
        watching: Watching {
            mode: Mode::Native,
            probe_s: Some(10.0),
            are_roots_ours: true,
            ..Watching::default()
        },
        ..Running::default()
    }
}

fn facts(engine: Running) -> Facts {
    Facts {
        engine: Engine::Running(Box::new(engine)),
        ..Facts::default()
    }
}

fn with(change: impl FnOnce(&mut Facts, &mut Running)) -> Verdict {
    let (mut all, mut engine) = (Facts::default(), idle());
    change(&mut all, &mut engine);
    all.engine = Engine::Running(Box::new(engine));
    judge(&all)
}

fn behind(bytes: u64, lag_s: f64) -> Behind {
    Behind {
        files: 1,
        bytes,
        lag_s,
        progress_s: lag_s,
        ..Behind::default()
    }
}

#[test]
fn idle_carries_the_time_of_its_proof() {
    let verdict = judge(&facts(idle()));
    assert_eq!(verdict.state, State::Idle);
    assert_eq!(verdict.reason, "Up to date, verified 4 s ago");
    assert!(verdict.problems.is_empty());
}

#[test]
fn idle_needs_every_proof() {
    let lost: [(&str, Change); 9] = [
        ("no comparison", |_, e| e.verified_s = None),
        ("an old comparison", |_, e| e.verified_s = Some(61.0)),
        ("no probe", |_, e| e.watching.probe_s = None),
        ("none for long", |_, e| {
            (e.watching.probe_s, e.uptime_s) = (None, 11.0);
        }),
        ("an old probe", |_, e| e.watching.probe_s = Some(91.0)),
        ("another root", |_, e| e.watching.are_roots_ours = false),
        ("not watching", |_, e| e.watching.mode = Mode::None),
        ("work", |_, e| e.has_work = true),
        ("a byte", |f, _| f.behind = behind(1, 0.0)),
    ];
    for (what, lose) in lost {
        let verdict = with(lose);
        assert_eq!(verdict.state, State::Degraded, "{what}: {}", verdict.reason);
    }
    let not_compared = |uptime| {
        with(|f, e| {
            (f.behind.is_unknown, e.verified_s, e.uptime_s) = (true, None, uptime);
        })
    };
    assert_eq!(not_compared(1.0).state, State::Starting);
    assert_eq!(not_compared(61.0).state, State::Degraded);
    let just_begun = with(|_, e| (e.watching.probe_s, e.uptime_s) = (None, 1.0));
    assert_eq!(
        just_begun.state,
        State::Starting,
        "a proof that is due is no fault"
    );
    // Twice the time between two sweeps, where that is longer.
    let slow = with(|_, e| (e.sweep_every_s, e.verified_s) = (120.0, Some(239.0)));
    assert_eq!(slow.state, State::Idle);
}

#[test]
fn live_is_a_commit_a_moment_ago_and_nothing_left_lying() {
    assert_eq!(with(|_, e| e.commit_s = Some(59.0)).state, State::Live);
    assert_eq!(with(|_, e| e.commit_s = Some(61.0)).state, State::Idle);
    let in_hand = with(|f, e| {
        (e.commit_s, e.has_work) = (Some(1.0), true);
        f.behind = behind(300, 0.5);
    });
    assert_eq!(in_hand.state, State::CatchingUp);
    let unannounced = with(|f, e| {
        e.commit_s = Some(1.0);
        f.behind = behind(300, 0.5);
    });
    assert_eq!(unannounced.state, State::Degraded);
    assert_eq!(
        unannounced.reason,
        "A change came without a file event; 1 file and 300 bytes behind"
    );
}

#[test]
fn thirty_four_hours_behind_is_stalled() {
    let verdict = with(|f, _| f.behind = behind(900, 34.0 * 3600.0));
    assert_eq!(verdict.state, State::Stalled);
    assert_eq!(
        verdict.reason,
        "Running, but nothing was saved for 34 h; 1 file and 900 bytes behind"
    );
    assert_eq!(verdict.problems[0].code, "behind");
    let moving = with(|f, _| {
        f.behind = Behind {
            progress_s: 3.0,
            ..behind(900, 100.0)
        };
    });
    assert_eq!(moving.state, State::Degraded, "late, but a commit came");
}

#[test]
fn what_nobody_can_tell_is_stalled() {
    assert_eq!(with(|_, e| e.swept_s = Some(91.0)).state, State::Stalled);
    assert_eq!(with(|_, e| e.swept_s = Some(89.0)).state, State::Idle);
    assert_eq!(
        with(|_, e| (e.swept_s, e.sweep_every_s, e.verified_s) = (Some(300.0), 120.0, Some(100.0)))
            .state,
        State::Idle
    );
    let never = with(|_, e| (e.swept_s, e.uptime_s) = (None, 95.0));
    assert_eq!(never.state, State::Stalled);
    let endless = with(|_, e| e.left_alone = Some((2, "/a".into())));
    assert_eq!(endless.state, State::Stalled);
    assert_eq!(endless.problems[0].code, "stuck");
    assert_eq!(endless.problems[0].place.as_deref(), Some("/a"));
    let stuck = with(|_, e| e.stuck = Some(("Reading a.jsonl".into(), 12.0)));
    assert_eq!(stuck.state, State::Stalled);
    assert_eq!(stuck.problems[0].code, "stuck");
}

#[test]
fn a_writer_kept_from_writing_is_weaker_first_and_then_stalled() {
    let blocked = |by: Blocker, for_s| with(|_, e| e.blocked = Some(Blocked { by, for_s }));
    assert_eq!(blocked(Blocker::DiskFull, 5.0).state, State::Degraded);
    let full = blocked(Blocker::DiskFull, 31.0);
    assert_eq!(full.state, State::Stalled);
    assert_eq!(full.problems[0].code, "disk_full");
    let locked = blocked(Blocker::Locked(Some("python3 (4711)".into())), 31.0);
    assert!(
        locked.reason.contains("python3 (4711)"),
        "{}",
        locked.reason
    );
    assert_eq!(locked.problems[0].code, "database_locked");
}

#[test]
fn an_index_that_stands_still_is_said_to_also_during_the_first_pass() {
    for is_caught_up in [true, false] {
        let verdict = |for_s| {
            with(|_, e| {
                e.is_caught_up = is_caught_up;
                let by = Blocker::DiskFull;
                e.index_blocked = Some(Blocked { by, for_s });
            })
        };
        assert_ne!(verdict(1.0).state, State::Degraded);
        let late = verdict(12.0);
        assert_eq!(late.state, State::Degraded);
        assert_eq!(
            late.reason,
            "Everything is saved, but nothing new can be searched for 12 s: the disk is full"
        );
        assert_eq!(late.problems[0].code, "disk_full");
    }
}

#[test]
fn catching_up_is_the_start_or_much_that_moves() {
    let start = with(|f, e| {
        (e.is_caught_up, e.caught_up_bytes, e.catch_up_bytes) = (false, 1_000_000, 4_000_000);
        f.behind = behind(3_000_000, 1.0);
    });
    assert_eq!(start.state, State::CatchingUp);
    assert_eq!(start.reason, "Catching up; 1.0 MB of 4.0 MB");
    let much = with(|f, _| f.behind = behind(9 << 20, 1.0));
    assert_eq!(much.state, State::CatchingUp);
    let still = with(|f, _| f.behind = behind(9 << 20, 31.0));
    assert_eq!(still.state, State::Stalled, "much that does not move");
}

#[test]
fn what_is_weaker_says_why_and_what_to_do() {
    let cases: [(&str, Change); 12] = [
        ("inotify_limit", |_, e| {
            e.watching.why = Some(Weakness::WatchLimit(3));
        }),
        ("inotify_instances", |_, e| {
            e.watching.why = Some(Weakness::InstanceLimit);
        }),
        ("remote_folder", |_, e| {
            e.watching.why = Some(Weakness::Remote("NFS".into()));
        }),
        ("unreliable_events", |_, e| {
            e.watching.why = Some(Weakness::Unreliable);
        }),
        ("missed_event", |_, e| e.watching.missed_s = Some(599.0)),
        ("unreadable", |f, _| {
            f.unreadable = vec![("/a".into(), "denied".into())];
        }),
        ("source_missing", |f, _| f.missing = vec!["/a".into()]),
        ("rejects", |_, e| e.new_rejects = 2),
        ("low_disk", |f, _| f.low_space = Some(400_000_000)),
        ("log_grows", |f, _| f.long_log = Some((1_400_000_000, None))),
        ("archive_damaged", |f, _| f.damaged = Some((2, "/a".into()))),
        ("behind", |f, _| f.behind = behind(10, 5.0)),
    ];
    for (code, change) in cases {
        let verdict = with(change);
        assert_eq!(verdict.state, State::Degraded, "{code}");
        assert_eq!(verdict.problems[0].code, code);
        assert!(!verdict.problems[0].remedy.is_empty());
    }
    assert_eq!(
        with(|_, e| e.watching.missed_s = Some(601.0)).state,
        State::Idle
    );
    let chosen = with(|_, e| {
        (e.watching.mode, e.watching.probe_s) = (Mode::Polling, None);
        e.watching.why = Some(Weakness::Chosen);
    });
    assert_eq!(chosen.state, State::Idle, "{}", chosen.reason);
}

#[test]
fn stopped_says_since_when_and_no_more_than_is_known() {
    let stopped = |change: fn(&mut Facts)| {
        let mut facts = Facts {
            engine: Engine::Absent {
                since: Some("14:03".into()),
            },
            ..Facts::default()
        };
        change(&mut facts);
        judge(&facts).reason
    };
    assert_eq!(
        stopped(|_| {}),
        "Not running since 14:03; everything on disk is saved"
    );
    let closed = stopped(|facts| facts.unreadable = vec![("/a".into(), "denied".into())]);
    assert_eq!(
        closed,
        "Not running since 14:03; 1 file or folder cannot be read; everything else on disk is saved"
    );
    let unfinished = stopped(|facts| {
        let trouble = "the recovery of /d has not come to its end";
        facts.store_trouble = Some(problem("database_damaged", trouble, "start it"));
    });
    assert_eq!(
        unfinished,
        "Not running since 14:03; the recovery of /d has not come to its end"
    );
}

#[test]
fn the_order_is_stopped_paused_starting_stalled_catching_up_degraded() {
    let mut engine = idle();
    engine.paused = Some(None);
    engine.swept_s = None;
    engine.uptime_s = 1.0;
    engine.stuck = Some(("Writing".into(), 99.0));
    engine.is_caught_up = false;
    engine.new_rejects = 1;
    let state = |engine: &Running| judge(&facts(engine.clone())).state;
    assert_eq!(judge(&Facts::default()).state, State::Stopped);
    assert_eq!(state(&engine), State::Paused);
    engine.paused = None;
    assert_eq!(state(&engine), State::Starting);
    engine.swept_s = Some(1.0);
    assert_eq!(state(&engine), State::Stalled);
    engine.stuck = None;
    assert_eq!(state(&engine), State::CatchingUp);
    engine.is_caught_up = true;
    assert_eq!(state(&engine), State::Degraded);
}

#[test]
fn a_pause_says_how_long_and_what_is_missing() {
    let verdict = with(|f, e| {
        e.paused = Some(Some("14:30".into()));
        f.behind = behind(2_500_000, 500.0);
    });
    assert_eq!(
        verdict.reason,
        "Paused until 14:30; 1 file and 2.5 MB behind"
    );
}

#[test]
fn an_engine_that_does_not_answer_is_stalled_unless_it_has_just_begun() {
    let seen = |engine| {
        judge(&Facts {
            engine,
            ..Facts::default()
        })
    };
    assert_eq!(seen(Engine::Awakening).state, State::Starting);
    assert_eq!(seen(Engine::Silent).state, State::Stalled);
    assert_eq!(seen(Engine::Silent).problems[0].code, "not_answering");
}

#[test]
fn nobody_says_that_all_is_saved_of_what_cannot_be_read() {
    let closed = |number: usize, files: u64| Facts {
        unreadable: vec![("/a".into(), "denied".into()); number],
        behind: Behind {
            files,
            bytes: 2_500 * files,
            ..Behind::default()
        },
        ..Facts::default()
    };
    for (facts, expected) in [
        (closed(0, 0), "Not running; everything on disk is saved"),
        (
            closed(2, 0),
            "Not running; 2 files or folders cannot be read; everything else on disk is saved",
        ),
        (
            closed(1, 1),
            "Not running; 1 file and 2.5 kB behind; 1 file or folder cannot be read",
        ),
    ] {
        assert_eq!(judge(&facts).reason, expected);
    }
    for change in [
        (|_, e: &mut Running| e.paused = Some(None)) as Change,
        |_, e| e.stuck = Some(("The writer".into(), 11.0)),
        |_, e| e.is_caught_up = false,
    ] {
        let verdict = with(|f, e| {
            f.unreadable = vec![("/a".into(), "denied".into())];
            change(f, e);
        });
        assert!(
            !verdict.reason.contains("everything on disk"),
            "{}",
            verdict.reason
        );
        assert!(
            !verdict.reason.contains("everything is"),
            "{}",
            verdict.reason
        );
    }
}
