//! `scrollback events`: what the watcher did, and does.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use scrollback_engine::engine::Engine;
use scrollback_engine::model::EventRow;

use super::Outcome;
use crate::args::Events;
use crate::exit::FINE;
use crate::output::paint::DIM;
use crate::output::table::{Cell, Column, Table};
use crate::output::{Screen, sanitize, words};
use crate::signals;

/// While no engine runs, or none that can be listened to: how often the log is read again.
const PAUSE: Duration = Duration::from_millis(250);

pub fn run(engine: &Engine, args: &Events, screen: &mut Screen) -> Outcome {
    if args.follow {
        return follow(engine, args, screen);
    }
    let events = engine.events(args.count)?;
    if args.json {
        screen.json(&events)?;
    } else if events.is_empty() {
        writeln!(screen, "No events yet. `scrollback watch` makes them.")?;
    } else {
        table(&events, screen).write(screen)?;
    }
    Ok(FINE)
}

fn follow(engine: &Engine, args: &Events, screen: &mut Screen) -> Outcome {
    let stop = signals::stop()?;
    // The last one tells where new ones begin, also when none is to be shown.
    let recent = engine.events(args.count.max(1))?;
    let mut last = recent.last().map_or(0, |event| event.id);
    if args.count > 0 {
        show(&recent, args, screen)?;
    }
    let news = Bell::of(engine.clone());
    while !stop.is_requested() {
        news.wait();
        let events = engine.events_after(last)?;
        last = events.last().map_or(last, |event| event.id);
        show(&events, args, screen)?;
    }
    Ok(FINE)
}

fn show(events: &[EventRow], args: &Events, screen: &mut Screen) -> io::Result<()> {
    for event in events {
        if args.json {
            screen.json(event)?;
        } else {
            let line = line(event, screen);
            writeln!(screen, "{line}")?;
        }
    }
    screen.flush()
}

/// Rings when the running engine says that something happened. What it was stands in the log, which
/// also has what happened while nobody could be heard.
struct Bell(Receiver<()>);

impl Bell {
    fn of(engine: Engine) -> Self {
        let (ring, rung) = sync_channel(1);
        std::thread::spawn(move || {
            loop {
                let mut news = engine.subscribe();
                while let Some(stream) = &mut news
                    && let Ok(Some(_)) = stream.next_answer()
                {
                    // One ring stands for all that nobody has answered yet.
                    let _ = ring.try_send(());
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self(rung)
    }

    fn wait(&self) {
        // Also looked at without a ring: the engine may have been started or ended meanwhile.
        let _ = self.0.recv_timeout(PAUSE);
    }
}

/// An event as one line of a growing log.
pub fn line(event: &EventRow, screen: &Screen) -> String {
    let latency = match event.latency_ms {
        Some(latency) => format!("after {}", words::millis(latency)),
        None => String::new(),
    };
    format!(
        "{}  {:<6}  {}  {}, {}  {}",
        screen.paint.apply(DIM, &screen.clock.of_day(&event.at)),
        sanitize::line(&event.kind),
        sanitize::line(&event.file),
        words::counted(event.messages, "message", "messages"),
        words::bytes(event.bytes),
        screen.paint.apply(DIM, &latency),
    )
    .trim_end()
    .to_string()
}

fn table(events: &[EventRow], screen: &Screen) -> Table {
    let mut table = Table::new([
        Column::left("Time"),
        Column::left("Kind"),
        Column::right("Messages"),
        Column::right("Size"),
        Column::right("Work"),
        Column::right("Latency"),
        Column::flexible("File"),
    ]);
    for event in events {
        table.row([
            Cell::styled(screen.clock.second(&event.at), DIM),
            Cell::new(&event.kind),
            Cell::new(words::count(event.messages)),
            Cell::new(words::bytes(event.bytes)),
            Cell::new(words::millis(event.processing_ms)),
            Cell::new(event.latency_ms.map(words::millis).unwrap_or_default()),
            Cell::new(&event.file),
        ]);
    }
    table
}
