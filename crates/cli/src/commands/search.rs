//! `scrollback search`: hits under the sessions they are in.

use std::io::{self, Write};

use scrollback_engine::engine::Engine;
use scrollback_engine::model::{Hit, SearchResult, Sort, Widened};

use super::Outcome;
use super::sessions::short;
use super::show::who;
use crate::args::{Order, Search};
use crate::exit::{FAILED, FINE};
use crate::output::paint::{BOLD, DIM, MATCH, PLAIN};
use crate::output::time::NO_TIME;
use crate::output::{Screen, remains, sanitize, words};

pub fn run(engine: &Engine, args: &Search, screen: &mut Screen) -> Outcome {
    let sort = match args.sort {
        Order::Best => Sort::Best,
        Order::Recent => Sort::Recent,
    };
    let query = args.query.join(" ");
    let found = engine.search(&query, args.limit, sort)?;
    if args.json {
        screen.json(&found)?;
    } else {
        tell(&found, args.limit, screen)?;
        screen.flush()?;
        notes(&found, &query);
    }
    // As with grep: finding nothing is an answer a script can test for.
    Ok(if found.hits.is_empty() { FAILED } else { FINE })
}

fn tell(found: &SearchResult, limit: usize, screen: &mut Screen) -> io::Result<()> {
    let mut session = None;
    for hit in &found.hits {
        if session != Some(&hit.session_id) {
            if session.is_some() {
                writeln!(screen)?;
            }
            head(hit, screen)?;
            session = Some(&hit.session_id);
        }
        let time = hit
            .timestamp
            .as_deref()
            .map_or_else(|| NO_TIME.into(), |time| screen.clock.ago(time));
        let place = match hit.field.as_str() {
            "text" => String::new(),
            "event" if hit.role == "event" => String::new(),
            field => format!(", in {}", sanitize::line(&field.replace('_', " "))),
        };
        let about = screen
            .paint
            .apply(DIM, &format!("{}, {time}{place}", who(&hit.role)));
        writeln!(screen, "  {about}\n    {}", snippet(hit, screen))?;
    }
    let Some(first) = found.hits.first() else {
        return Ok(());
    };
    let more = match found.has_more {
        true => format!("; more with --limit {}", limit.saturating_mul(2)),
        false => String::new(),
    };
    let session = sanitize::line(short(&first.session_id));
    let hint = format!("`scrollback show {session}` shows the first conversation{more}");
    writeln!(screen, "\n{}", screen.paint.apply(DIM, &hint))
}

fn head(hit: &Hit, screen: &mut Screen) -> io::Result<()> {
    let title = hit.session_title.as_deref().unwrap_or("no title");
    let project = hit.project_name.as_deref().unwrap_or("no project");
    let id = screen
        .paint
        .apply(DIM, &sanitize::line(short(&hit.session_id)));
    let title = screen.paint.apply(BOLD, &sanitize::line(title));
    writeln!(screen, "{} · {title} · {id}", sanitize::line(project))
}

/// The snippet with its matches marked. Each piece is made harmless by itself, because that moves
/// bytes and the ranges count them.
fn snippet(hit: &Hit, screen: &Screen) -> String {
    let (text, ranges) = remains::without(&hit.snippet, &hit.highlights);
    pieces(&text, &ranges)
        .map(|(piece, is_match)| {
            screen
                .paint
                .apply(if is_match { MATCH } else { PLAIN }, &sanitize::line(piece))
        })
        .collect()
}

/// `text` cut at the ranges, which may be out of order or out of place: then they mark nothing.
fn pieces<'a>(text: &'a str, ranges: &[(usize, usize)]) -> impl Iterator<Item = (&'a str, bool)> {
    let mut at = 0;
    let mut pieces = Vec::new();
    for &(from, to) in ranges {
        let (Some(before), Some(inside)) = (text.get(at..from), text.get(from..to)) else {
            continue;
        };
        pieces.extend([(before, false), (inside, true)]);
        at = to;
    }
    pieces.push((&text[at..], false));
    pieces.into_iter().filter(|(piece, _)| !piece.is_empty())
}

fn notes(found: &SearchResult, query: &str) {
    if found.hits.is_empty() {
        eprintln!("No message matches {}.", sanitize::line(query));
    }
    if let Some(widened) = found.widened {
        eprintln!("{}", wider(widened));
    }
    for note in &found.notes {
        eprintln!("{}", sanitize::line(note));
    }
    if found.unindexed > 0 {
        let messages = words::counted(found.unindexed, "message", "messages");
        eprintln!(
            "The tool text of {messages} is not searchable yet; `scrollback sync` goes on with it."
        );
    }
}

/// What was taken for what was typed.
fn wider(widened: Widened) -> &'static str {
    match widened {
        Widened::Signs => "It was not found with these signs; these have the words.",
        Widened::Prefix => "No whole word is like that; these have words that begin so.",
        Widened::Substring => "No word begins like that; these have it within a word.",
        Widened::Typo => "Nothing is spelled like that; these are nearly so.",
    }
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn a_snippet_is_cut_at_its_matches() {
        let cut = |ranges| pieces("die große Flut", ranges).collect::<Vec<_>>();
        assert_eq!(
            cut(&[(4, 10)]),
            [("die ", false), ("große", true), (" Flut", false)]
        );
        assert_eq!(cut(&[]), [("die große Flut", false)]);
    }

    #[test]
    fn ranges_that_make_no_sense_mark_nothing() {
        let cut = |ranges| pieces("große", ranges).collect::<Vec<_>>();
        // Within a character, beyond the end, backwards, overlapping the one before.
        for ranges in [&[(0, 4)][..], &[(3, 99)], &[(3, 1)]] {
            assert_eq!(cut(ranges), [("große", false)], "{ranges:?}");
        }
        assert_eq!(cut(&[(0, 2), (1, 3)]), [("gr", true), ("oße", false)]);
    }
}
