//! How a damaged database was recovered, as `sync` and `watch` tell it.

use std::io::{self, Write};

use anstyle::Style;
use scrollback_engine::model::{Amount, Recovery};

use crate::output::paint::{BAD, DIM, GOOD, WARN};
use crate::output::{Screen, sanitize, words};

/// Rows of a list that a person reads.
const MANY: usize = 50;

/// What was there, what was recovered, and from where; what is lost, each by its name.
pub fn tell(recovery: &Recovery, screen: &mut Screen) -> io::Result<()> {
    let paint = screen.paint;
    let (style, headline) = headline(recovery);
    let headline = paint.apply(style, &headline);
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

fn headline(recovery: &Recovery) -> (Style, String) {
    let was = "The database was set aside and made anew";
    let held = recovery.before.as_ref().and_then(|before| before.messages);
    let short = held.map_or(0, |held| held.saturating_sub(recovery.messages));
    if !recovery.lost.is_empty() {
        return (BAD, format!("■ {was}; not all of it could be recovered."));
    }
    if recovery.before.is_none() {
        return (
            WARN,
            format!("▲ {was}; the old one cannot tell what it held."),
        );
    }
    if recovery.reread.transcripts > 0 {
        let rest = "what it could not give is read again from disk";
        return (GOOD, format!("● {was}; {rest}."));
    }
    if short > 0 {
        let all_but = messages(short);
        let why = "last lines that were never finished, which only files on disk still have";
        return (
            WARN,
            format!("▲ {was}; all but {all_but} recovered: {why}."),
        );
    }
    (
        GOOD,
        format!("● {was}, and everything it held was recovered."),
    )
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

#[cfg(test)]
mod tests {
    use scrollback_engine::model::{Holdings, Lost};

    use super::*;

    #[test]
    fn the_headline_claims_no_more_than_is_known() {
        let whole = Recovery {
            before: Some(Holdings {
                transcripts: 1,
                bytes: 10,
                messages: Some(3),
            }),
            messages: 3,
            ..Recovery::default()
        };
        let shape = |recovery: &Recovery| headline(recovery).1.chars().next();
        assert_eq!(shape(&whole), Some('●'));
        assert!(headline(&whole).1.contains("everything"));
        let unfinished = Recovery {
            messages: 1,
            ..whole.clone()
        };
        assert!(headline(&unfinished).1.contains("all but 2 messages"));
        let mut on_disk = unfinished.clone();
        on_disk.reread.transcripts = 1;
        assert!(headline(&on_disk).1.contains("read again"));
        let silent = Recovery {
            before: None,
            ..whole.clone()
        };
        assert_eq!(shape(&silent), Some('▲'));
        let lost = Recovery {
            lost: vec![Lost::default()],
            ..silent
        };
        assert_eq!(shape(&lost), Some('■'));
    }
}
