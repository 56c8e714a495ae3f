//! `scrollback doctor`: what Scrollback stands on, a line for each thing, with what to do.

use std::io::{self, Write};

use anstyle::Style;
use scrollback_engine::engine::Engine;
use scrollback_engine::model::{Check, Checkup, Level};

use super::Outcome;
use crate::args::Doctor;
use crate::exit::{FAILED, FINE};
use crate::output::paint::{self, BOLD, DIM};
use crate::output::{Screen, sanitize, words};

/// Paths left aside that a person is told.
const NAMED: usize = 20;

pub fn run(engine: &Engine, args: &Doctor, screen: &mut Screen) -> Outcome {
    let checkup = engine.doctor(args.deep);
    if args.json {
        screen.json(&checkup)?;
    } else {
        tell(&checkup, screen)?;
    }
    Ok(match checkup.worst() {
        Level::Ok | Level::Warning => FINE,
        Level::Problem => FAILED,
    })
}

/// Shape and colour of a level, as in `status`.
fn look(level: Level) -> (&'static str, Style) {
    match level {
        Level::Ok => ("●", paint::GOOD),
        Level::Warning => ("▲", paint::WARN),
        Level::Problem => ("■", paint::BAD),
    }
}

fn tell(checkup: &Checkup, screen: &mut Screen) -> io::Result<()> {
    let paint = screen.paint;
    let (shape, style) = look(checkup.worst());
    let headline = paint.apply(style, &format!("{shape} {}", headline(checkup)));
    writeln!(screen, "{headline}\n")?;
    let width = checkup
        .checks
        .iter()
        .map(|check| check.name.chars().count());
    let width = width.max().unwrap_or(0);
    for check in &checkup.checks {
        one(check, width, screen)?;
    }
    left_aside(checkup, screen)?;
    if !checkup.deep {
        let hint = "`scrollback doctor --deep` also unpacks and checks every archived byte.";
        writeln!(screen, "\n{}", paint.apply(DIM, hint))?;
    }
    Ok(())
}

/// What is not read, by name.
fn left_aside(checkup: &Checkup, screen: &mut Screen) -> io::Result<()> {
    let all = checkup.left_aside_count;
    if all == 0 {
        return Ok(());
    }
    let paint = screen.paint;
    writeln!(
        screen,
        "\n{}",
        paint.apply(BOLD, "Left aside, and not read")
    )?;
    let shown = &checkup.left_aside[..checkup.left_aside.len().min(NAMED)];
    let mut told = None;
    for row in shown {
        let leads = row.leads_to.as_ref().map(|to| format!(" → {to}"));
        let text = format!("{}{}", row.path, leads.unwrap_or_default());
        writeln!(screen, "  {}", sanitize::line(&text))?;
        // One remedy for all that follow each other and need the same.
        let (says, remedy) = (sanitize::line(&row.says), sanitize::line(&row.remedy));
        if told.as_ref() != Some(&(row.reason, row.remedy.clone())) {
            writeln!(
                screen,
                "    {}",
                paint.apply(DIM, &format!("{says} → {remedy}"))
            )?;
        }
        told = Some((row.reason, row.remedy.clone()));
    }
    if all > shown.len() as u64 {
        let more = words::count(all - shown.len() as u64);
        writeln!(
            screen,
            "  … and {more} more; `scrollback doctor --json` names the first of each kind"
        )?;
    }
    Ok(())
}

fn headline(checkup: &Checkup) -> String {
    let count = |level| {
        let of_level = checkup.checks.iter().filter(|check| check.level == level);
        of_level.count() as u64
    };
    let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
    let problems = words::counted(problems, "problem", "problems");
    let warnings = words::counted(warnings, "warning", "warnings");
    match checkup.worst() {
        Level::Ok => "All is well.".into(),
        Level::Warning => format!("It works, with {warnings}."),
        Level::Problem => format!("{problems}, {warnings}."),
    }
}

fn one(check: &Check, width: usize, screen: &mut Screen) -> io::Result<()> {
    let paint = screen.paint;
    let (shape, style) = look(check.level);
    let shape = paint.apply(style, shape);
    let name = paint.apply(BOLD, &format!("{:<width$}", sanitize::line(&check.name)));
    writeln!(screen, "{shape} {name}  {}", sanitize::line(&check.found))?;
    if !check.remedy.is_empty() {
        writeln!(
            screen,
            "  {:width$}  → {}",
            "",
            sanitize::line(&check.remedy)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_counts_what_is_wrong() {
        let check = |level| Check {
            name: "x".into(),
            level,
            found: String::new(),
            remedy: String::new(),
        };
        let of = |levels: &[Level]| {
            headline(&Checkup {
                checks: levels.iter().copied().map(check).collect(),
                ..Checkup::default()
            })
        };
        assert_eq!(of(&[Level::Ok]), "All is well.");
        assert_eq!(
            of(&[Level::Ok, Level::Warning]),
            "It works, with 1 warning."
        );
        let all = [Level::Problem, Level::Warning, Level::Warning];
        assert_eq!(of(&all), "1 problem, 2 warnings.");
    }
}
