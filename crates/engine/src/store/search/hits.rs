//! What is shown of a match: its row, and a few words around where it matches best.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _};

use super::escapes::escape_len;
use super::newest::By;
use super::plan::{Look, Plan};
use super::texts::{self, Text};
use super::weigh::Weighed;
use crate::model::Hit;
use crate::store::iso;
use crate::text::Folded;

/// Bytes of a snippet, about.
const SNIPPET: usize = 160;
/// Bytes of a text that are looked into first: most matches lie there.
const FIRST: usize = 32 << 10;
/// Matches of a term that are marked in a text, at most.
const MOST: usize = 256;

/// The match as it is shown; `None` where its session is unknown.
pub fn hit(conn: &Connection, weighed: &Weighed, plan: &Plan) -> rusqlite::Result<Option<Hit>> {
    let facts = &weighed.found.facts;
    let mut row = conn.prepare_cached(
        "SELECT s.key, coalesce(s.custom_title, s.agent_title, s.summary_title, s.first_prompt),
           s.project_name, m.key, k.text, r.text, m.time_ms
         FROM message m JOIN session s ON s.id = m.session_id
           JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role WHERE m.id = ?1",
    )?;
    let hit = row.query_row([facts.id], |r| {
        Ok(Hit {
            session_id: r.get(0)?,
            session_title: r.get(1)?,
            project_name: r.get(2)?,
            message_id: r.get(3)?,
            kind: r.get(4)?,
            role: r.get(5)?,
            timestamp: r.get::<_, Option<i64>>(6)?.map(iso),
            field: String::new(),
            snippet: String::new(),
            highlights: Vec::new(),
            session_hits: weighed.session_hits,
        })
    });
    let Some(mut hit) = hit.optional()? else {
        return Ok(None);
    };
    let (field, text) = match weighed.found.by {
        By::Title => ("title", hit.session_title.clone().unwrap_or_default()),
        By::Id => {
            let texts = texts::of(conn, facts, FIRST)?;
            (
                "id",
                texts
                    .into_iter()
                    .next()
                    .map(|text| text.text)
                    .unwrap_or_default(),
            )
        }
        By::Words => match best(plan, texts::of(conn, facts, FIRST)?) {
            (0, _, _) => {
                let (_, field, text) = best(plan, texts::of(conn, facts, usize::MAX)?);
                (field, text)
            }
            (_, field, text) => (field, text),
        },
    };
    field.clone_into(&mut hit.field);
    (hit.snippet, hit.highlights) = snippet(plan, &text);
    Ok(Some(hit))
}

/// The text with the most terms, the first of several, and how many they are.
fn best(plan: &Plan, mut texts: Vec<Text>) -> (usize, &'static str, String) {
    let terms = |text: &Text| {
        let folded = Folded::new(&text.text);
        let occurs = |look: &&Look| {
            let mut needles = look.needles.iter();
            needles.any(|needle| needle.find(folded.text()).next().is_some())
        };
        plan.wanted().filter(occurs).count()
    };
    let counts = texts.iter().map(terms).enumerate();
    match counts.max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at))) {
        Some((at, count)) => {
            let Text { field, text } = texts.swap_remove(at);
            (count, field.word(), text)
        }
        None => (0, "text", String::new()),
    }
}

/// About [`SNIPPET`] bytes of `text` on one line where most different terms stand, and where the matches are.
fn snippet(plan: &Plan, text: &str) -> (String, Vec<(usize, usize)>) {
    let folded = Folded::new(text);
    let mut places: Vec<(Range<usize>, usize)> = Vec::new();
    for (term, look) in plan.wanted().enumerate() {
        for needle in &look.needles {
            let found = needle.find(folded.text()).take(MOST);
            places.extend(found.map(|range| (folded.origin(range), term)));
        }
    }
    places.sort_by_key(|(range, term)| (range.start, *term));
    let first = densest(&places).map_or(0, |range| range.start);
    let start = begin(text, first);
    let end = text.ceil_char_boundary((start + SNIPPET).min(text.len()));
    let ranges = places.into_iter().map(|(range, _)| range);
    one_line(text, start..end, ranges)
}

/// The first match of the window with the most different terms.
fn densest(places: &[(Range<usize>, usize)]) -> Option<&Range<usize>> {
    let terms_from = |at: usize| {
        let (first, _) = &places[at];
        let near = places[at..]
            .iter()
            .take_while(|(range, _)| range.end < first.start + SNIPPET * 2 / 3);
        let mut terms: Vec<usize> = near.map(|(_, term)| *term).collect();
        terms.sort_unstable();
        terms.dedup();
        terms.len()
    };
    (0..places.len())
        .max_by_key(|at| (terms_from(*at), std::cmp::Reverse(*at)))
        .map(|at| &places[at].0)
}

/// Where a snippet begins: a little before the match, at the beginning of a word where there is one.
fn begin(text: &str, first: usize) -> usize {
    let start = text.floor_char_boundary(first.saturating_sub(SNIPPET / 3));
    if start == 0 {
        return 0;
    }
    let blank = text[start..first].find(char::is_whitespace);
    blank.map_or(start, |blank| start + blank)
}

/// A stretch of a text on one line, with the ranges that lie in it moved to where they stand now.
fn one_line(
    text: &str,
    stretch: Range<usize>,
    ranges: impl Iterator<Item = Range<usize>>,
) -> (String, Vec<(usize, usize)>) {
    let mut line = String::with_capacity(stretch.len() + 8);
    // Where each byte of the stretch stands in the line.
    let mut places = Vec::with_capacity(stretch.len() + 1);
    if text[..stretch.start].chars().any(|c| !c.is_whitespace()) {
        line.push('…');
    }
    let mut escaped = stretch.start;
    for (at, c) in text[stretch.clone()].char_indices() {
        let at = stretch.start + at;
        places.resize(places.len() + c.len_utf8(), line.len());
        escaped = escaped.max(at + escape_len(&text[at..stretch.end]));
        if at < escaped {
            continue;
        }
        match c.is_whitespace() || c.is_control() {
            false => line.push(c),
            true if line.is_empty() || line.ends_with([' ', '…']) => {}
            true => line.push(' '),
        }
    }
    places.push(line.len());
    if text[stretch.end..].chars().any(|c| !c.is_whitespace()) {
        line.push('…');
    }
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for range in ranges {
        if range.start < stretch.start || range.end > stretch.end {
            continue;
        }
        let (from, to) = (
            places[range.start - stretch.start],
            places[range.end - stretch.start],
        );
        match marks.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ if from < to => marks.push((from, to)),
            _ => {}
        }
    }
    (line, marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_on_one_line_keeps_its_marks() {
        let text = "one\n\n  two näh three";
        let (line, marks) = one_line(text, 5..text.len(), [7..10, 11..15].into_iter());
        assert_eq!(line, "…two näh three");
        let marked: Vec<&str> = marks.iter().map(|(from, to)| &line[*from..*to]).collect();
        assert_eq!(marked, ["two", "näh"]);
    }

    #[test]
    fn what_a_terminal_obeys_is_not_in_it() {
        let text = "\u{1b}[1mone\u{1b}[0m \u{1b}[31mtwo\u{7}";
        let (line, marks) = one_line(text, 0..text.len(), [17..20, 10..12].into_iter());
        assert_eq!(line, "one two ");
        assert_eq!(marks, [(4, 7)]);
    }

    #[test]
    fn the_window_with_most_terms_wins() {
        let places = [(0..1, 0), (500..501, 0), (510..511, 1), (900..901, 1)];
        assert_eq!(densest(&places), Some(&(500..501)));
        assert_eq!(densest(&[]), None);
    }
}
