//! What is left of colours in a snippet: the engine makes each control character in it a blank, so that ESC is gone.

use std::ops::Range;

/// Where they stand. What closes with a bracket, as `[5m]`, is a text's own.
fn places(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for (at, _) in text.match_indices('[') {
        let before = text[..at].chars().next_back();
        let is_apart = before.is_none_or(|char| matches!(char, ' ' | '…'));
        let rest = &text[at + 1..];
        let numbers = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .len();
        let Some(after) = rest[numbers..].strip_prefix('m') else {
            continue;
        };
        let closes = after
            .find(['[', ']'])
            .is_some_and(|at| after[at..].starts_with(']'));
        if is_apart && !closes {
            // Two blanks become one; a single one may be the text's own.
            let is_doubled = before == Some(' ') && after.starts_with(' ');
            places.push(at - usize::from(is_doubled)..text.len() - after.len());
        }
    }
    places
}

/// `text` without them, and `ranges` where they are then: a match may stand in one.
pub fn without(text: &str, ranges: &[(usize, usize)]) -> (String, Vec<(usize, usize)>) {
    let places = places(text);
    let gone_before = |at: usize| -> usize {
        let begun = places.iter().take_while(|place| place.start < at);
        begun.map(|place| place.end.min(at) - place.start).sum()
    };
    let moved = |at: usize| at - gone_before(at);
    let ranges = ranges.iter().map(|(from, to)| (moved(*from), moved(*to)));
    let mut kept = String::new();
    let mut at = 0;
    for place in &places {
        kept.push_str(&text[at..place.start]);
        at = place.end;
    }
    kept.push_str(&text[at..]);
    (kept, ranges.collect())
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn colours_vanish_and_matches_move() {
        let found = "[1mContext [22m 31m [38;2;1;2;3mx";
        let matches = [(3, 10), (16, 19), (25, 32), (32, 33)];
        assert_eq!(
            without(found, &matches),
            (
                "Context 31m x".to_owned(),
                vec![(0, 7), (8, 11), (12, 12), (12, 13)]
            )
        );
    }

    #[test]
    fn a_texts_own_brackets_stay() {
        for text in [
            "rate(x [5m])",
            "of [1m, 2m]",
            "\\033[1m",
            "\\e[31mred",
            "a[0m",
            "[",
            "[m]",
            "é[1",
        ] {
            assert_eq!(without(text, &[]).0, text);
        }
    }
}
