//! `scrollback verify`: does the archive hold what the sources hold?

use std::io::{self, Write};

use scrollback_engine::engine::Engine;
use scrollback_engine::model::{Meaning, VerifyReport};

use super::Outcome;
use crate::args::Verify;
use crate::exit::{FAILED, FINE};
use crate::output::paint::{BAD, GOOD};
use crate::output::table::{Cell, Column, Table};
use crate::output::{Screen, words};

/// Rows of a list that a person reads.
const MANY: usize = 50;

pub fn run(engine: &Engine, args: &Verify, screen: &mut Screen) -> Outcome {
    let report = engine.verify(args.deep)?;
    if args.json {
        screen.json(&report)?;
    } else {
        tell(&report, screen)?;
    }
    // A reject is kept byte for byte: nothing is missing.
    Ok(if report.gaps.is_empty() { FINE } else { FAILED })
}

fn tell(report: &VerifyReport, screen: &mut Screen) -> io::Result<()> {
    let has_looked_at_all = report.left_aside == 0 && report.missing_roots.is_empty();
    let verdict = if report.gaps.is_empty() {
        let what = match has_looked_at_all {
            true => {
                "● No gaps: every complete line on disk is in the archive, and what it says is shown."
            }
            false => {
                "● No gaps: every complete line of the transcripts is in the archive, and what it says is shown."
            }
        };
        screen.paint.apply(GOOD, what)
    } else {
        let gaps = words::counted(report.gaps.len() as u64, "gap", "gaps");
        screen.paint.apply(
            BAD,
            &format!("■ {gaps}: archive and sources differ, or what is kept is not shown."),
        )
    };
    writeln!(screen, "{verdict}")?;
    let how = if report.deep {
        "unpacked and compared byte by byte"
    } else {
        "compared"
    };
    writeln!(
        screen,
        "  {} {how}, {} in {}",
        words::counted(report.files, "transcript", "transcripts"),
        words::bytes(report.bytes),
        words::counted(report.records, "record", "records"),
    )?;
    let Meaning {
        records,
        bytes,
        of_bytes,
        seconds,
    } = report.meaning;
    let read = match bytes < of_bytes {
        true => format!(
            "the newest {} of {}; --deep reads all",
            words::bytes(bytes),
            words::bytes(of_bytes)
        ),
        false => "all there are".to_owned(),
    };
    writeln!(
        screen,
        "  {} read anew and looked for in their sessions ({read}) in {seconds:.1} s",
        words::counted(records, "record", "records"),
    )?;
    if report.sources_missing > 0 {
        let gone = words::counted(report.sources_missing, "transcript is", "transcripts are");
        writeln!(screen, "  {gone} gone from disk and kept here")?;
    }
    if report.left_aside > 0 {
        let left = words::left_aside(report.left_aside);
        writeln!(screen, "  {left}")?;
    }
    for root in &report.missing_roots {
        let root = crate::output::sanitize::line(root);
        writeln!(screen, "  {root} was named as a source and does not exist")?;
    }
    gaps(report, screen)?;
    rejects(report, screen)
}

fn gaps(report: &VerifyReport, screen: &mut Screen) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::right("From byte"),
        Column::left("What"),
        Column::left("Transcript"),
    ]);
    for gap in report.gaps.iter().take(MANY) {
        table.row([
            Cell::new(words::count(gap.offset)),
            Cell::new(&gap.reason),
            Cell::new(&gap.path),
        ]);
    }
    writeln!(screen)?;
    table.write(screen)?;
    more(report.gaps.len(), screen)?;
    if report.gaps.iter().any(|gap| gap.is_damage) {
        writeln!(
            screen,
            "→ `scrollback sync --recover` sets the damaged database aside and recovers what it, the \
             backups and the sources hold."
        )?;
    }
    if report.gaps.iter().any(|gap| gap.is_hidden) {
        writeln!(
            screen,
            "→ `scrollback sync --anew` makes every row anew from the archive. Please report what it does not mend."
        )?;
    }
    if report
        .gaps
        .iter()
        .any(|gap| !gap.is_damage && !gap.is_hidden)
    {
        writeln!(
            screen,
            "→ `scrollback sync` reads what was appended since; the sources are never changed."
        )?;
    }
    Ok(())
}

fn rejects(report: &VerifyReport, screen: &mut Screen) -> io::Result<()> {
    if report.rejects.is_empty() {
        return Ok(());
    }
    let mut table = Table::new([
        Column::right("At byte"),
        Column::right("Length"),
        Column::left("Why"),
        Column::left("Transcript"),
    ]);
    for reject in report.rejects.iter().take(MANY) {
        table.row([
            Cell::new(words::count(reject.offset)),
            Cell::new(words::count(reject.len)),
            Cell::new(&reject.reason),
            Cell::new(&reject.path),
        ]);
    }
    let lines = words::counted(report.rejects.len() as u64, "line", "lines");
    writeln!(
        screen,
        "\n{lines} could not be read; the bytes are kept and tried again after an update:"
    )?;
    table.write(screen)?;
    more(report.rejects.len(), screen)
}

fn more(all: usize, screen: &mut Screen) -> io::Result<()> {
    match all.checked_sub(MANY) {
        None | Some(0) => Ok(()),
        Some(hidden) => {
            let hidden = words::count(hidden as u64);
            writeln!(
                screen,
                "… and {hidden} more; `scrollback verify --json` lists all"
            )
        }
    }
}
