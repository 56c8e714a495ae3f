//! `scrollback status`: one word, one sentence, and the figures behind them.

use std::io::{self, Write};

use anstyle::Style;
use scrollback_engine::engine::Engine;
use scrollback_engine::health::{Mode, State};
use scrollback_engine::model::{Proof, Status, WatcherStatus};

use super::{Outcome, events};
use crate::args::Json;
use crate::exit;
use crate::output::paint::{self, BOLD, DIM, PLAIN, WARN};
use crate::output::{Screen, sanitize, words};

pub fn run(engine: &Engine, args: &Json, screen: &mut Screen) -> Outcome {
    let status = engine.status();
    if args.json {
        screen.json(&status)?;
    } else {
        headline(&status, screen)?;
        writeln!(screen)?;
        sources(&status.watcher, screen)?;
        backlog(&status, screen)?;
        store(&status, screen)?;
        proof(&status.proof, screen)?;
        recent(&status.watcher, screen)?;
        problems(&status, screen)?;
    }
    Ok(exit::of_state(status.state))
}

/// Word, shape and colour of a state, as in the tray: a shape for those who see no colour.
pub fn look(state: State) -> (&'static str, char, Style) {
    match state {
        State::Live => ("Live", '●', paint::GOOD),
        State::Idle => ("Idle", '○', paint::GOOD),
        State::CatchingUp => ("Catching up", '↓', paint::BUSY),
        State::Starting => ("Starting", '…', paint::BUSY),
        State::Paused => ("Paused", '‖', paint::RESTING),
        State::Degraded => ("Degraded", '▲', paint::WARN),
        State::Stalled => ("Stalled", '■', paint::BAD),
        State::Stopped => ("Stopped", '×', paint::DIM),
    }
}

fn headline(status: &Status, screen: &mut Screen) -> io::Result<()> {
    let (word, shape, style) = look(status.state);
    let word = screen.paint.apply(style, &format!("{shape} {word}"));
    writeln!(screen, "{word}  {}", sanitize::line(&status.reason))?;
    let mut facts = Vec::new();
    let is_known = status.pid.is_some() || status.store.sessions > 0;
    if let Some(span) = screen.clock.since(&status.since).filter(|_| is_known) {
        facts.push(format!("for {span}"));
    }
    if let Some(pid) = status.pid {
        facts.push(format!("engine {pid}"));
    }
    if let Some(uptime) = status.uptime_s {
        facts.push(format!("up {}", words::seconds(uptime as f64)));
    }
    facts.push(format!("version {}", sanitize::line(&status.version)));
    let facts = screen.paint.apply(DIM, &facts.join(", "));
    writeln!(screen, "  {facts}")
}

/// A fact below its name; further lines of the same fact have no name.
fn fact(name: &str, text: &str, screen: &mut Screen) -> io::Result<()> {
    let style = if name.is_empty() { PLAIN } else { BOLD };
    let name = screen.paint.apply(style, &format!("{name:<9}"));
    writeln!(screen, "  {name} {text}")
}

fn sources(watcher: &WatcherStatus, screen: &mut Screen) -> io::Result<()> {
    for (at, root) in watcher.roots.iter().enumerate() {
        let how = match (root.exists, root.mode) {
            (false, _) => screen.paint.apply(WARN, "does not exist yet"),
            (true, Mode::None) => screen.paint.apply(DIM, "not watched"),
            (true, Mode::Native) => screen.paint.apply(DIM, "watched"),
            (true, Mode::Polling) => screen.paint.apply(WARN, "looked through again and again"),
        };
        let text = format!(
            "{}  {}  {how}",
            sanitize::line(&root.agent),
            sanitize::line(&root.path)
        );
        fact(if at == 0 { "Sources" } else { "" }, &text, screen)?;
    }
    let left_aside = watcher.roots.iter().map(|root| root.left_aside).sum();
    let mut text = words::counted(watcher.files_watched, "transcript", "transcripts");
    if watcher.active {
        text += &format!(", {:.1} changes a minute", watcher.events_per_minute);
    }
    if watcher.missed_events > 0 {
        text += &format!(
            ", {}",
            words::counted(
                watcher.missed_events,
                "missed change found",
                "missed changes found"
            )
        );
    }
    if watcher.rebuilds > 0 {
        let times = words::counted(watcher.rebuilds, "time", "times");
        text += &format!(", watcher renewed {times}");
    }
    fact("", &text, screen)?;
    if left_aside > 0 {
        let text = words::left_aside(left_aside);
        fact("", &screen.paint.apply(DIM, &text), screen)?;
    }
    Ok(())
}

fn backlog(status: &Status, screen: &mut Screen) -> io::Result<()> {
    let backlog = &status.backlog;
    if backlog.files == 0 {
        return fact("Backlog", "none, measured just now", screen);
    }
    let text = format!(
        "{}, {}, waiting up to {}",
        words::counted(backlog.files, "file", "files"),
        words::bytes(backlog.bytes),
        words::seconds(backlog.lag_s)
    );
    fact("Backlog", &text, screen)?;
    for (path, bytes) in &backlog.worst {
        let text = format!("{}  {}", sanitize::line(path), words::bytes(*bytes));
        fact("", &screen.paint.apply(DIM, &text), screen)?;
    }
    Ok(())
}

fn store(status: &Status, screen: &mut Screen) -> io::Result<()> {
    let store = &status.store;
    let text = format!(
        "{}, {}, {}",
        words::counted(store.sessions, "session", "sessions"),
        words::counted(store.messages, "message", "messages"),
        words::bytes(store.bytes)
    );
    fact("Store", &text, screen)?;
    if let Some(progress) = status.progress.filter(|progress| progress.anew_total > 0) {
        let text = format!(
            "{} of {} read anew; what was there stays readable meanwhile",
            words::bytes(progress.anew_done),
            words::bytes(progress.anew_total)
        );
        fact("", &text, screen)?;
    }
    if store.rejects > 0 {
        let lines = words::counted(store.rejects, "line", "lines");
        fact(
            "",
            &format!("{lines} could not be read and kept as they are"),
            screen,
        )?;
    }
    if store.sources_missing > 0 {
        let gone = words::counted(store.sources_missing, "transcript is", "transcripts are");
        fact("", &format!("{gone} gone from disk and kept here"), screen)?;
    }
    fact(
        "",
        &screen.paint.apply(DIM, &sanitize::line(&store.path)),
        screen,
    )
}

/// How far what is kept was read again.
fn proof(proof: &Proof, screen: &mut Screen) -> io::Result<()> {
    let ago = |at: &Option<String>| screen.clock.since(at.as_deref()?);
    let last = ago(&proof.whole);
    let mut text = match (&last, proof.is_under_way) {
        (Some(ago), _) => format!("all of it was read again until {ago} ago"),
        (None, true) => "it is being read again for the first time".into(),
        (None, false) => return Ok(()),
    };
    if proof.is_under_way {
        let share = proof.bytes as f64 / proof.of_bytes.max(1) as f64;
        text += &format!(", {:.0} % since", (share * 100.0).min(100.0));
        if let Some(takes) = proof.takes_s {
            text += &format!("; a round takes {}", words::seconds(takes));
        }
    }
    match proof.damaged.len() as u64 {
        0 if last.is_some() => text += ", nothing is damaged",
        0 => {}
        count => {
            text += ", ";
            text += &words::counted(count, "record is damaged", "records are damaged");
        }
    }
    fact("Proof", &text, screen)
}

fn recent(watcher: &WatcherStatus, screen: &mut Screen) -> io::Result<()> {
    let latency = &watcher.latency_ms;
    if let (Some(half), Some(most)) = (latency.p50, latency.p99) {
        let text = format!(
            "half within {}, 99 % within {}, {} measured",
            words::millis(half),
            words::millis(most),
            words::counted(latency.count, "change", "changes")
        );
        fact("Latency", &text, screen)?;
    }
    for (at, event) in watcher.recent_events.iter().enumerate() {
        let line = events::line(event, screen);
        fact(if at == 0 { "Last" } else { "" }, &line, screen)?;
    }
    Ok(())
}

fn problems(status: &Status, screen: &mut Screen) -> io::Result<()> {
    for problem in &status.problems {
        let shape = screen.paint.apply(WARN, "▲");
        writeln!(screen, "\n{shape} {}", sanitize::line(&problem.message))?;
        if !problem.remedy.is_empty() {
            writeln!(screen, "  → {}", sanitize::line(&problem.remedy))?;
        }
    }
    Ok(())
}
