//! `scrollback pause`, `resume`, `rescan`: what the running engine is asked to do.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use scrollback_engine::engine::Engine;

use super::Outcome;
use crate::args::Pause;
use crate::exit::{FINE, Failure};
use crate::output::Screen;

pub fn pause(engine: &Engine, args: &Pause, screen: &mut Screen) -> Outcome {
    let until = args.duration.as_deref().map(end).transpose()?;
    engine.pause(until.map(Timestamp::as_millisecond))?;
    let until = match until {
        Some(until) => format!("until {}", screen.clock.second(&until.to_string())),
        None => "until `scrollback resume`".into(),
    };
    writeln!(
        screen,
        "‖ Paused {until}. What is written meanwhile is counted, and taken in afterwards."
    )?;
    Ok(FINE)
}

pub fn resume(engine: &Engine, screen: &mut Screen) -> Outcome {
    engine.resume()?;
    writeln!(screen, "● Going on.")?;
    Ok(FINE)
}

pub fn rescan(engine: &Engine, screen: &mut Screen) -> Outcome {
    engine.rescan()?;
    let status = engine.status();
    writeln!(screen, "● Looked at everything. {}", status.reason)?;
    Ok(FINE)
}

/// When a pause of this length ends. A bare number is minutes.
fn end(written: &str) -> Result<Timestamp, Failure> {
    let wrong = || {
        let message = format!("\"{written}\" is no length of time");
        Failure::usage(&message, "write for example 30m, 1h or \"2h 30m\"")
    };
    let length = match written.trim().parse::<u32>() {
        Ok(minutes) => SignedDuration::from_mins(i64::from(minutes)),
        Err(_) => written.parse::<SignedDuration>().map_err(|_| wrong())?,
    };
    if length <= SignedDuration::ZERO {
        return Err(wrong());
    }
    Timestamp::now().checked_add(length).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_minutes_or_says_what_it_is() {
        let length = |written| {
            let end: Timestamp = end(written).ok()?;
            Some((end.as_second() - Timestamp::now().as_second() + 30) / 60)
        };
        assert_eq!(length("30"), Some(30));
        assert_eq!(length("30m"), Some(30));
        assert_eq!(length("1h 30m"), Some(90));
        assert_eq!(length("PT2H"), Some(120));
        for wrong in ["", "soon", "-5m", "0", "1e9h", "99999999999999h"] {
            assert_eq!(length(wrong), None, "{wrong}");
        }
    }
}
