//! Emoji and other symbols, which the words index takes for blanks.
//!
//! What belongs together is one symbol: a flag, a face with the tone of its skin, people joined to a family. The sign
//! that asks for a coloured or a plain look (U+FE0F, U+FE0E) belongs to none: people cannot see whether it is there.

use std::ops::Range;

const JOINER: char = '\u{200D}';

/// Whether a character is a symbol that people look for. Signs of ASCII, punctuation, and what tables and bars are drawn
/// with are none.
pub fn is_symbol(c: char) -> bool {
    is_enclosed_letter(c)
        || matches!(c,
            '\u{A2}'..='\u{A9}' | '\u{AC}' | '\u{AE}'..='\u{B1}' | '\u{B6}' | '\u{D7}' | '\u{F7}' | '\u{203C}' | '\u{2049}'
            | '\u{20A0}'..='\u{20CF}' | '\u{20E3}' | '\u{2100}'..='\u{214F}' | '\u{2190}'..='\u{23FF}'
            | '\u{2440}'..='\u{24FF}' | '\u{25A0}'..='\u{27FF}' | '\u{2900}'..='\u{2BFF}' | '\u{3012}' | '\u{3020}'
            | '\u{3030}' | '\u{3036}' | '\u{303D}' | '\u{3200}'..='\u{33FF}' | '\u{4DC0}'..='\u{4DFF}'
            | '\u{FFE0}'..='\u{FFE6}' | '\u{1F000}'..='\u{1FAFF}')
            && !c.is_alphanumeric()
}

/// Letters by their properties, but not for FTS5.
fn is_enclosed_letter(c: char) -> bool {
    matches!(c, '\u{24B6}'..='\u{24E9}' | '\u{1F130}'..='\u{1F149}' | '\u{1F150}'..='\u{1F169}' | '\u{1F170}'..='\u{1F189}')
}

/// Whether a character only says how the one before it looks.
pub fn is_look(c: char) -> bool {
    matches!(c, '\u{FE0E}' | '\u{FE0F}')
}

/// Whether a character goes with the symbol before it: a look, a tone of skin, a key around it, a tag.
fn goes_with(c: char) -> bool {
    is_look(c) || matches!(c, '\u{1F3FB}'..='\u{1F3FF}' | '\u{20E3}' | '\u{E0020}'..='\u{E007F}')
}

/// Two of these are a flag.
fn is_half_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Most text is ASCII, and a run of it is passed over faster than its bytes.
fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    const RUN: usize = 64;
    let (number, run) = bytes
        .chunks(RUN)
        .enumerate()
        .find(|(_, run)| !run.is_ascii())?;
    let within = run.iter().position(|byte| !byte.is_ascii())?;
    Some(number * RUN + within)
}

/// Where the symbols of a text stand, each with all that belongs to it.
pub fn symbols(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += first_beyond_ascii(&text.as_bytes()[at..])?;
            let c = text[at..].chars().next()?;
            let start = at;
            at += c.len_utf8();
            if is_symbol(c) {
                at += goes_on(c, &text[at..]);
                return Some(start..at);
            }
        }
    })
}

/// How many bytes after a symbol belong to it.
fn goes_on(first: char, after: &str) -> usize {
    let mut rest = after.chars();
    let mut len = 0;
    if is_half_flag(first) {
        return rest
            .next()
            .filter(|c| is_half_flag(*c))
            .map_or(0, char::len_utf8);
    }
    while let Some(c) = rest.next() {
        len += match c {
            c if goes_with(c) => c.len_utf8(),
            JOINER => match rest.next() {
                Some(joined) if is_symbol(joined) => JOINER.len_utf8() + joined.len_utf8(),
                _ => break,
            },
            _ => break,
        };
    }
    len
}

/// What tells one symbol from others.
pub fn essence(symbol: &str) -> impl Iterator<Item = char> {
    symbol.chars().filter(|c| *c != JOINER && !is_look(*c))
}

/// Characters before a place that are looked at, at most, to tell what it is within.
const BACK: usize = 1024;

/// Whether this place is within a symbol.
pub fn is_inside(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let (Some(left), Some(right)) = (before.chars().next_back(), after.chars().next()) else {
        return false;
    };
    let is_flag = is_half_flag(left) && is_half_flag(right);
    let is_joint = is_flag || left == JOINER || right == JOINER || goes_with(right);
    if !is_joint {
        return false;
    }
    let may_be_within = |c: char| is_symbol(c) || goes_with(c) || c == JOINER;
    let run = before.char_indices().rev().take(BACK);
    let run = run.take_while(|(_, c)| may_be_within(*c));
    run.last().is_some_and(|(start, _)| {
        symbols(&text[start..])
            .take_while(|place| start + place.start < at)
            .any(|place| at < start + place.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        symbols(text).map(|place| &text[place]).collect()
    }

    #[test]
    fn what_belongs_together_is_one_symbol() {
        for (text, expected) in [
            ("a 🎉b🎉🎉", &["🎉", "🎉", "🎉"][..]),
            ("👍👍🏽", &["👍", "👍🏽"]),
            ("👩‍💻 👩💻", &["👩‍💻", "👩", "💻"]),
            ("👨‍👩‍👧‍👦.", &["👨‍👩‍👧‍👦"]),
            ("❤️ ❤", &["❤️", "❤"]),
            ("👁️‍🗨️x", &["👁️‍🗨️"]),
            ("🇩🇪🇺🇸🇩", &["🇩🇪", "🇺🇸", "🇩"]),
            ("1️⃣ 12", &["⃣"]),
            (
                "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}!",
                &["🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"],
            ),
            ("🅰️Ⓜ️™→ ✓ 5€", &["🅰️", "Ⓜ️", "™", "→", "✓", "€"]),
            ("👩\u{200D}a \u{200D}\u{FE0F}", &["👩"]),
            ("naïve “x” — ①ℂℹ数│█⠋", &[]),
            (&format!("{}\u{1F389}", "x".repeat(200)), &["🎉"]),
            ("", &[]),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn no_place_between_two_symbols_is_within_one() {
        for text in ["👍👍🏽", "👩‍💻👩💻", "🇩🇪🇺🇸🇩", "👁️‍🗨️❤️x", "a🏽1⃣👩\u{200D}"]
        {
            let whole: Vec<_> = symbols(text).collect();
            assert_whole(text, &whole);
        }
    }

    fn assert_whole(text: &str, whole: &[Range<usize>]) {
        for (at, _) in text.char_indices() {
            let within = whole.iter().any(|place| place.start < at && at < place.end);
            assert_eq!(is_inside(text, at), within, "{at} of {text:?}");
        }
    }

    #[test]
    fn whatever_is_written_in_a_row_is_cut_in_one_way() {
        const SIGNS: [char; 12] = [
            '👍',
            '🏽',
            '\u{200D}',
            '\u{FE0F}',
            '🇩',
            '🇪',
            '\u{20E3}',
            '1',
            ' ',
            '❤',
            '\u{E0067}',
            '数',
        ];
        let mut dice = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let len = dice.usize(..12);
            let text: String = (0..len).map(|_| SIGNS[dice.usize(..SIGNS.len())]).collect();
            let whole: Vec<_> = symbols(&text).collect();
            assert_whole(&text, &whole);
        }
    }
}
