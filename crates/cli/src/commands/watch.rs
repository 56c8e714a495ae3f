//! `scrollback watch`: catch up, then a line for every change, until asked to end.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrollback_engine::engine::Engine;
use scrollback_engine::error::Kind;
use scrollback_engine::health::State;
use scrollback_engine::model::{EventRow, Problem, Progress, Recovery};
use scrollback_engine::notice::Notice;
use serde::Serialize;

use super::{Outcome, events, recovery, status, sync};
use crate::args::Json;
use crate::exit::{FINE, HUNG};
use crate::output::paint::GOOD;
use crate::output::progress::Meter;
use crate::output::{Screen, sanitize, words};
use crate::signals;

pub fn run(engine: &Engine, args: &Json, screen: &mut Screen) -> Outcome {
    let stop = signals::stop()?;
    let mut face = Face {
        engine,
        meter: Meter::new(args.json),
        told: None,
    };
    let mut unwritten = None;
    // The engine's threads hang: only the end of the process gets rid of them.
    let give_up = Arc::new(|| std::process::exit(HUNG.into()));
    let watched = engine.watch(&stop, give_up, &mut |notice| {
        let written = if args.json {
            face.json(&notice, screen)
        } else {
            face.tell(&notice, screen)
        };
        if let Err(error) = written.and_then(|()| screen.flush()) {
            // Nobody reads us any more.
            unwritten = Some(error);
            stop.request();
        }
    });
    face.meter.clear();
    match watched {
        Err(error) if error.kind() != Kind::Stopped => return Err(error.into()),
        Err(_) | Ok(()) => {}
    }
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    if args.json {
        screen.json(&Line::Stopped)?;
    } else {
        writeln!(screen, "Stopped cleanly.")?;
    }
    Ok(FINE)
}

struct Face<'a> {
    engine: &'a Engine,
    meter: Meter,
    /// When progress was last written as JSON.
    told: Option<Instant>,
}

impl Face<'_> {
    fn tell(&mut self, notice: &Notice, screen: &mut Screen) -> io::Result<()> {
        match notice {
            Notice::Progress(progress) => self.meter.show(progress),
            Notice::Problem(problem) => self.meter.aside(|| sync::warn(problem)),
            Notice::Waiting(places) => {
                let nowhere = sync::nowhere(places);
                writeln!(
                    screen,
                    "Waiting for the first transcript: {}",
                    sanitize::line(&nowhere)
                )?;
            }
            Notice::CaughtUp => {
                self.meter.clear();
                let files = words::counted(self.files(), "transcript", "transcripts");
                let text = format!("● Up to date, watching {files}. Ctrl-C ends.");
                writeln!(screen, "{}", screen.paint.apply(GOOD, &text))?;
            }
            Notice::Health { state, reason } => {
                let (word, shape, style) = status::look(*state);
                let head = screen.paint.apply(style, &format!("{shape} {word}"));
                let line = format!("{head}  {}", sanitize::line(reason));
                self.meter
                    .aside(|| writeln!(screen, "{line}").and_then(|()| screen.flush()))?;
            }
            Notice::Recovered(recovery) => {
                self.meter.clear();
                recovery::tell(recovery, screen)?;
            }
            Notice::Event(event) => {
                let line = events::line(event, screen);
                self.meter
                    .aside(|| writeln!(screen, "{line}").and_then(|()| screen.flush()))?;
            }
        }
        Ok(())
    }

    /// Transcripts that are watched. Asked once in a while, so the price of a status is fair.
    fn files(&self) -> u64 {
        self.engine.status().watcher.files_watched
    }

    fn json(&mut self, notice: &Notice, screen: &mut Screen) -> io::Result<()> {
        let line = match notice {
            Notice::Progress(progress) => {
                self.meter.show(progress);
                if self
                    .told
                    .is_some_and(|told| told.elapsed() < Duration::from_secs(1))
                {
                    return Ok(());
                }
                self.told = Some(Instant::now());
                Line::Progress(progress)
            }
            Notice::Waiting(places) => Line::Waiting { places },
            Notice::CaughtUp => {
                self.meter.clear();
                self.told = None;
                Line::CaughtUp {
                    files: self.files(),
                }
            }
            Notice::Event(event) => Line::Event(event),
            Notice::Problem(problem) => Line::Problem(problem),
            Notice::Health { state, reason } => Line::Health {
                state: *state,
                reason,
            },
            Notice::Recovered(recovery) => Line::Recovered(recovery),
        };
        self.meter.aside(|| screen.json(&line))
    }
}

/// A line of `watch --json`.
#[derive(Serialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
enum Line<'a> {
    Waiting { places: &'a [String] },
    Progress(&'a Progress),
    CaughtUp { files: u64 },
    Event(&'a EventRow),
    Problem(&'a Problem),
    Health { state: State, reason: &'a str },
    Recovered(&'a Recovery),
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_they_are() {
        let json = |line: &Line<'_>| serde_json::to_value(line).expect("JSON");
        assert_eq!(json(&Line::Stopped)["notice"], "stopped");
        let line = json(&Line::CaughtUp { files: 3 });
        assert_eq!(
            (&line["notice"], &line["files"]),
            (&"caught_up".into(), &3.into())
        );
        assert_eq!(json(&Line::Progress(&Progress::default()))["bytes_done"], 0);
    }
}
