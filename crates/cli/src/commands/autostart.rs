//! `scrollback autostart`: whether the desktop app starts at login. Asks and changes the entry itself;
//! no setting and no data of ours has a part in it.

use std::io::{self, Write};

use scrollback_engine::autostart::{Autostart, REMEDY, State};

use super::Outcome;
use crate::args::{self, Switch};
use crate::exit::{FAILED, FINE};
use crate::output::paint::{GOOD, PLAIN, WARN};
use crate::output::{Screen, sanitize};

pub fn run(args: &args::Autostart, screen: &mut Screen) -> Outcome {
    let autostart = Autostart::of_installed();
    match args.what {
        Switch::On => autostart.turn_on()?,
        Switch::Off => autostart.turn_off()?,
        Switch::Status => {}
    }
    let state = autostart.state();
    if args.json {
        screen.json(&state)?;
    } else {
        tell(&state, screen)?;
    }
    Ok(if state.problem.is_some() {
        FAILED
    } else {
        FINE
    })
}

fn tell(state: &State, screen: &mut Screen) -> io::Result<()> {
    let (style, headline) = match (state.is_on, &state.problem) {
        (true, None) => (GOOD, "● On: Scrollback starts when you log in."),
        (true, Some(_)) => (WARN, "▲ On, but not as it should be."),
        (false, Some(_)) => (WARN, "▲ Broken: Scrollback does not start when you log in."),
        (false, None) if state.entry.is_some() => (
            PLAIN,
            "○ Off: switched off in the settings of your desktop. `scrollback autostart on` turns it on.",
        ),
        (false, None) => (PLAIN, "○ Off: Scrollback does not start when you log in."),
    };
    writeln!(screen, "{}", screen.paint.apply(style, headline))?;
    if let Some(entry) = &state.entry {
        let entry = entry.display().to_string();
        writeln!(screen, "  {}", sanitize::line(&entry))?;
    }
    if let Some(problem) = &state.problem {
        writeln!(screen, "  {}", sanitize::line(problem))?;
        writeln!(screen, "  → {REMEDY}")?;
    }
    Ok(())
}
