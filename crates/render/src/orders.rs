//! Orders to a terminal (ECMA-48): colours, titles, links, clipboards. They vanish whole, for what is left of one without
//! its first character reads as text. What lost its first character before we saw it stays: `[1m` may as well be code.

use std::borrow::Cow;
use std::ops::Range;

/// Longest list of numbers that is read; what is longer is no order.
const LONGEST: usize = 4096;

/// An order a text begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'t> {
    /// Its bytes.
    pub len: usize,
    /// For a control sequence, its numbers and the letter that says what to do.
    pub control: Option<(&'t str, u8)>,
}

/// Whether `char` may begin an order: ESC, or the single character that stands for ESC and another.
pub fn begins(char: char) -> bool {
    matches!(
        char,
        '\u{1b}' | '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}'..='\u{9f}'
    )
}

/// The order `text` begins with; none where it is torn, or is none.
pub fn first(text: &str) -> Option<Order<'_>> {
    let mut chars = text.chars();
    let (kind, rest) = match chars.next()? {
        '\u{1b}' => (chars.next()?, chars.as_str()),
        // As with ESC: `[` is 0x5B, and its single character 0x9B.
        char if begins(char) => (char::from_u32(char as u32 - 0x40)?, chars.as_str()),
        _ => return None,
    };
    let before = text.len() - rest.len();
    let (len, control) = match kind {
        '[' => {
            let (len, control) = control(rest)?;
            // The single character may be another, badly read, before a word.
            let is_certain = text.starts_with('\u{1b}') || !control.0.is_empty();
            (is_certain.then_some(len)?, Some(control))
        }
        ']' | 'P' | 'X' | '^' | '_' => (string(rest)?, None),
        // Character sets and the like.
        '#' | '%' | '(' | ')' | '*' | '+' => {
            let last = rest.as_bytes().first()?;
            (last.is_ascii_graphic().then_some(1)?, None)
        }
        // What is a letter may as well begin a word.
        '0'..='?' => (0, None),
        _ => return None,
    };
    Some(Order {
        len: before + len,
        control,
    })
}

/// What follows `ESC [`: numbers, signs, then a letter.
fn control(rest: &str) -> Option<(usize, (&str, u8))> {
    let end = rest
        .bytes()
        .take(LONGEST)
        .position(|byte| !(0x20..0x40).contains(&byte))?;
    let last = rest.as_bytes()[end];
    (0x40..0x7f)
        .contains(&last)
        .then(|| (end + 1, (&rest[..end], last)))
}

/// What follows `ESC ]` and its like: up to BEL or `ESC \`. It ends with its line, and where another order begins, so
/// that one without an end hides nothing.
fn string(rest: &str) -> Option<usize> {
    let (at, end) = rest.char_indices().find(|(_, char)| {
        matches!(char, '\u{7}' | '\n' | '\u{18}' | '\u{1a}' | '\u{9c}') || begins(*char)
    })?;
    match end {
        '\u{7}' | '\u{9c}' => Some(at + end.len_utf8()),
        '\u{1b}' if rest[at + 1..].starts_with('\\') => Some(at + 2),
        _ => None,
    }
}

/// Where the next order may begin. Few texts have one, so they are passed over faster than character by character.
fn next(text: &str) -> Option<usize> {
    const ESC: u8 = 0x1b;
    /// The first byte of the single characters.
    const LEAD: u8 = 0xc2;
    let mut candidates = memchr::memchr2_iter(ESC, LEAD, text.as_bytes());
    candidates.find(|at| text[*at..].chars().next().is_some_and(begins))
}

/// Where the orders in `text` stand.
pub fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += next(&text[at..])?;
            let len = first(&text[at..]).map(|order| order.len);
            let from = at;
            at += len.or_else(|| Some(text[at..].chars().next()?.len_utf8()))?;
            if len.is_some() {
                return Some(from..at);
            }
        }
    })
}

/// `text` without the orders in it.
pub fn without(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut at = 0;
    for order in places(text) {
        kept.push_str(&text[at..order.start]);
        at = order.end;
    }
    if at == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[at..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn orders_vanish_whole() {
        for (text, left) in [
            ("a\u{1b}[1;31mb\u{1b}[m", "ab"),
            ("\u{9b}38;2;1;2;3mx\u{9b}0m", "x"),
            ("\u{1b}[?25l\u{1b}[2 q\u{1b}[2Jx", "x"),
            (
                "\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\b\u{1b}]8;;\u{1b}\\",
                "ab",
            ),
            ("\u{9d}52;c;ZWNobw==\u{9c}a\u{9d}0;t\u{7}b", "ab"),
            ("\u{1b}Pq#0;2;0;0;0\u{1b}\\a\u{90}1$r\u{9c}b", "ab"),
            (
                "\u{1b}_Gf=100;AAAA\u{1b}\\a\u{1b}^p\u{7}b\u{9e}p\u{9c}c",
                "abc",
            ),
            ("\u{1b}(B\u{1b}#8\u{1b}7\u{1b}=a", "a"),
        ] {
            assert_eq!(without(text), left, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_order_stays() {
        for text in [
            "plain [1m, \\033[1m, ^[[0m and a[31]",
            "\u{1b}",
            "\u{1b}[",
            "\u{1b}[31",
            "\u{1b}[31\nm",
            "\u{1b}é",
            "\u{1b}word",
            "\u{1b} word",
            "\u{9b}",
            "\u{9b}31 é",
            "\u{9b}word",
            "\u{1b}]0;never ended",
            "\u{1b}]0;ended too late\nmuch\u{7}",
            "\u{85}\u{9c}",
        ] {
            assert_eq!(without(text), text, "{text:?}");
        }
        assert_eq!(without("\u{1b}]0;cut off\u{1b}[1mx"), "\u{1b}]0;cut offx");
    }

    #[test]
    fn many_that_never_end_take_no_time() {
        for text in [
            "\u{1b}]",
            "\u{9d}",
            "\u{1b}[1;",
            "\u{9b}",
            "\u{1b}P",
            "\u{1b} ",
        ] {
            let many = text.repeat(200_000);
            assert!(without(&many).len() <= many.len());
        }
    }
}
