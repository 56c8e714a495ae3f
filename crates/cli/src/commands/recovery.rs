//! How a damaged database was recovered, as `sync` and `watch` tell it.

use std::io::{self, Write};

use scrollback_engine::model::{Amount, Recovery};

use crate::output::paint::{BAD, DIM, GOOD, WARN};
use crate::output::{Screen, sanitize, words};

/// Rows of a list that a person reads.
const MANY: usize = 50;

/// What was there, what was recovered, and from where; what is lost, each by its name.
pub fn tell(recovery: &Recovery, screen: &mut Screen) -> io::Result<()> {
    let paint = screen.paint;
    let headline = if !recovery.lost.is_empty() {
        paint.apply(
            BAD,
            "■ The database was damaged; not all of it could be recovered.",
        )
    } else if recovery.before.is_none() {
        paint.apply(
            WARN,
            "▲ The database was damaged, and cannot tell what it held.",
        )
    } else {
        paint.apply(
            GOOD,
            "● The database was damaged, and everything it held was recovered.",
        )
    };
    writeln!(screen, "{headline}")?;
    let was = match &recovery.before {
        None => "unknown".into(),
        Some(before) => {
            let said = amount(before.transcripts, before.bytes);
            match before.messages {
                Some(count) => format!("{said}, {}", messages(count)),
                None => said,
            }
        }
    };
    fact("It held", &was, screen)?;
    fact("Salvaged", &amount_of(recovery.salvaged), screen)?;
    for backup in &recovery.backups {
        let made = sanitize::line(&backup.made_at);
        let text = format!("{} from the one of {made}", amount_of(backup.amount));
        fact("Backup", &text, screen)?;
    }
    fact("Together", &messages(recovery.messages), screen)?;
    fact(
        "On disk",
        &format!("{} to be read again", amount_of(recovery.reread)),
        screen,
    )?;
    for lost in recovery.lost.iter().take(MANY) {
        let bytes = match lost.bytes {
            0 => "an unknown number of bytes".into(),
            bytes => words::counted(bytes, "byte", "bytes"),
        };
        let which = if lost.is_earlier {
            ", as it was before it was rewritten"
        } else {
            ""
        };
        let text = format!("{bytes} of {}{which}", sanitize::line(&lost.path));
        fact("Lost", &paint.apply(BAD, &text), screen)?;
    }
    if let Some(hidden @ 1..) = recovery.lost.len().checked_sub(MANY) {
        let text = format!(
            "and {} more; `--json` lists all",
            words::count(hidden as u64)
        );
        fact("", &text, screen)?;
    }
    if recovery.before.is_none() {
        let text = "what only the damaged database held of files that are gone cannot be named";
        fact("Lost", &paint.apply(WARN, text), screen)?;
    }
    let kept = format!(
        "{}, never deleted by us",
        sanitize::line(&recovery.set_aside)
    );
    fact("Kept in", &paint.apply(DIM, &kept), screen)?;
    writeln!(screen)
}

fn fact(name: &str, text: &str, screen: &mut Screen) -> io::Result<()> {
    writeln!(screen, "  {name:<9} {text}")
}

fn messages(count: u64) -> String {
    words::counted(count, "message", "messages")
}

fn amount_of(amount: Amount) -> String {
    self::amount(amount.transcripts, amount.bytes)
}

fn amount(transcripts: u64, bytes: u64) -> String {
    let files = words::counted(transcripts, "transcript", "transcripts");
    format!("{files}, {}", words::bytes(bytes))
}
