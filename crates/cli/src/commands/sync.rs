//! `scrollback sync`: one complete pass and a verdict.

use std::io::Write;

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind};
use scrollback_engine::model::{Problem, SyncReport};
use scrollback_engine::notice::Notice;

use super::{Outcome, recovery};
use crate::args::Sync;
use crate::exit::{FAILED, FINE};
use crate::output::paint::{GOOD, WARN};
use crate::output::progress::Meter;
use crate::output::{Screen, sanitize, words};
use crate::signals;

pub fn run(engine: &Engine, args: &Sync, screen: &mut Screen) -> Outcome {
    let stop = signals::stop()?;
    let mut meter = Meter::new(args.json);
    let mut missing = None;
    let mut recovery = None;
    let mut hear = |notice| match notice {
        Notice::Progress(progress) => meter.show(&progress),
        Notice::Problem(problem) => meter.aside(|| warn(&problem)),
        Notice::Waiting(places) => missing = Some(places),
        Notice::Recovered(account) => recovery = Some(*account),
        // The verdict comes as the answer, and there are no events before it.
        Notice::CaughtUp | Notice::Event(_) | Notice::Health { .. } => {}
    };
    let report = if args.recover {
        engine.recover(&stop, &mut hear)
    } else if let Some(agent) = &args.anew {
        engine.sync_anew(agent.as_deref(), &stop, &mut hear)
    } else {
        engine.sync(&stop, &mut hear)
    };
    meter.clear();
    if let (Some(recovery), false) = (&recovery, args.json) {
        recovery::tell(recovery, screen)?;
        screen.flush()?;
    }
    // A pass that was asked to stop before its end is an error, never a verdict.
    let mut report = report?;
    report.recovery = recovery;
    if let Some(places) = missing {
        return Err(no_sources(&places).into());
    }
    if args.json {
        screen.json(&report)?;
    } else {
        verdict(&report, screen)?;
    }
    let is_fine = is_complete(&report) && !has_lost(&report);
    Ok(if is_fine { FINE } else { FAILED })
}

/// A problem that does not end the work.
pub fn warn(problem: &Problem) {
    eprintln!("▲ {}", sanitize::line(&problem.message));
    if !problem.remedy.is_empty() {
        eprintln!("  → {}", sanitize::line(&problem.remedy));
    }
}

/// None of the sources is there.
fn no_sources(places: &[String]) -> Error {
    let message = format!("there are no transcripts to read: {}", nowhere(places));
    Error::new(Kind::NoSources, message)
        .with_remedy("start the agent once, or name its folder with --source AGENT=PATH")
}

/// The places we looked at in vain.
pub fn nowhere(places: &[String]) -> String {
    match places {
        [place] => format!("{place} does not exist"),
        _ => format!("none of these folders exists: {}", places.join(", ")),
    }
}

fn is_complete(report: &SyncReport) -> bool {
    report.gaps == 0 && report.unreadable.is_empty()
}

fn has_lost(report: &SyncReport) -> bool {
    let recovery = report.recovery.as_ref();
    recovery.is_some_and(|recovery| !recovery.lost.is_empty())
}

/// What is complete: all that lies there, or what was looked at of it.
fn complete(report: &SyncReport) -> String {
    if report.left_aside == 0 && report.missing_roots.is_empty() {
        return "● Complete: every line on disk is in the archive.".into();
    }
    let read = words::counted(report.files, "transcript", "transcripts");
    let mut text = format!("● Complete: every line of the {read} read is in the archive.");
    if report.left_aside > 0 {
        let left = words::counted(report.left_aside, "file was", "files were");
        text += &format!(" {left} left aside (`scrollback doctor` says why).");
    }
    text
}

fn verdict(report: &SyncReport, screen: &mut Screen) -> std::io::Result<()> {
    let paint = screen.paint;
    let verdict = if is_complete(report) {
        paint.apply(GOOD, &complete(report))
    } else {
        paint.apply(
            WARN,
            "▲ Not complete: some of what is on disk is not in the archive.",
        )
    };
    writeln!(screen, "{verdict}")?;
    writeln!(
        screen,
        "  {}, {}, {}, {}, {}, {}",
        words::counted(report.files, "file", "files"),
        words::bytes(report.bytes),
        words::counted(report.sessions, "session", "sessions"),
        words::counted(report.messages, "message", "messages"),
        words::counted(report.rejects, "reject", "rejects"),
        words::counted(report.gaps, "gap", "gaps"),
    )?;
    let new = if report.bytes_read == 0 {
        "nothing new".to_string()
    } else {
        let messages = words::counted(report.messages_added, "new message", "new messages");
        format!("{messages} from {}", words::bytes(report.bytes_read))
    };
    writeln!(screen, "  {new}, {}", words::seconds(report.elapsed_s))?;
    if report.rejects > 0 {
        writeln!(
            screen,
            "  Rejects are lines we could not read; they are kept as they are. `scrollback verify` lists them."
        )?;
    }
    for root in &report.missing_roots {
        let root = sanitize::line(root);
        writeln!(
            screen,
            "  {root} was named as a source and does not exist: nothing was read there."
        )?;
    }
    if report.gaps > 0 {
        writeln!(screen, "  → `scrollback verify` says where the gaps are.")?;
    }
    if !report.unreadable.is_empty() {
        writeln!(screen, "  Could not be read, and is tried again next time:")?;
        for (path, reason) in &report.unreadable {
            writeln!(
                screen,
                "    {}: {}",
                sanitize::line(path),
                sanitize::line(reason)
            )?;
        }
    }
    Ok(())
}
