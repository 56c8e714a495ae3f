//! What a word is, in one place: for the vocabulary beside the words index, and for finding again in a text
//! what the index found.
//!
//! FTS5's `unicode61` tokenizer cuts at everything that is neither letter, digit nor private, and forgets case
//! and the accents of Latin letters. Here a character counts as part of a word wherever it does there, and
//! in doubt: a word of ours that FTS5 cuts again is still found as words in a row, while a part of one of
//! its words would not be.

pub mod loose;
mod needle;

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::decompose_canonical;

pub use needle::Needle;

/// Whether a character belongs to a word.
pub fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_accent(c) || is_private(c)
}

/// Whether a character is of a script that is written without blanks between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a word goes on from one character to the next.
pub fn is_within_word(left: char, right: char) -> bool {
    is_word_char(left) && is_word_char(right) && !is_unspaced(left) && !is_unspaced(right)
}

/// `text` with blanks around the characters that are words of their own: what is indexed and asked for.
pub fn spaced(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_unspaced) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() * 4 / 3);
    for c in text.chars() {
        if is_unspaced(c) {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// Where the words of a text stand, in bytes. Most text is ASCII, and all of it passes here while a backlog is
/// read.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        // Up to the first character of a word.
        let start = loop {
            match bytes.get(at)? {
                byte if byte.is_ascii_alphanumeric() => break at,
                byte if byte.is_ascii() => at += 1,
                _ => {
                    let c = text[at..].chars().next()?;
                    match is_word_char(c) {
                        true => break at,
                        false => at += c.len_utf8(),
                    }
                }
            }
        };
        // Up to its end.
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii_alphanumeric() {
                at += 1;
                continue;
            }
            let c = match byte.is_ascii() {
                true => break,
                false => text[at..].chars().next()?,
            };
            if is_unspaced(c) {
                if at == start {
                    at += c.len_utf8();
                }
                break;
            }
            if !is_word_char(c) {
                break;
            }
            at += c.len_utf8();
        }
        Some(start..at)
    })
}

/// `text` without case and accents.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (_, run) in runs(text) {
        match run {
            Run::Ascii(run) => push_small(&mut out, run),
            Run::Other(c) => fold_char(c, |c| out.push(c)),
        }
    }
    out
}

/// A stretch of text that is folded alike.
enum Run<'a> {
    /// All of it ASCII: most text is.
    Ascii(&'a str),
    Other(char),
}

/// The stretches of a text, and where they begin.
fn runs(text: &str) -> impl Iterator<Item = (usize, Run<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rest, start) = (&text[at..], at);
        let c = rest.chars().next()?;
        if !c.is_ascii() {
            at += c.len_utf8();
            return Some((start, Run::Other(c)));
        }
        let len = rest.bytes().position(|byte| !byte.is_ascii());
        at += len.unwrap_or(rest.len());
        Some((start, Run::Ascii(&text[start..at])))
    })
}

fn push_small(out: &mut String, ascii: &str) {
    let start = out.len();
    out.push_str(ascii);
    out[start..].make_ascii_lowercase();
}

fn fold_char(c: char, mut push: impl FnMut(char)) {
    for lower in c.to_lowercase() {
        if is_accent(lower) {
            continue;
        }
        let (mut base, mut count) = (lower, 0);
        decompose_canonical(lower, |part| {
            if count == 0 {
                base = part;
            }
            count += 1;
        });
        // As FTS5 does it: other scripts keep what looks like an accent.
        push(if count > 1 && base.is_ascii() {
            base
        } else {
            lower
        });
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
}

/// A text without case and accents that knows where each byte stood.
#[derive(Debug)]
pub struct Folded<'a> {
    text: Cow<'a, str>,
    /// For each byte of the folded text, where its character began; none where nothing moved.
    places: Option<Vec<u32>>,
    len: usize,
}

impl<'a> Folded<'a> {
    /// Folds a text.
    pub fn new(text: &'a str) -> Self {
        let len = text.len();
        if text.is_ascii() {
            let text = match text.bytes().any(|b| b.is_ascii_uppercase()) {
                true => text.to_ascii_lowercase().into(),
                false => text.into(),
            };
            let places = None;
            return Self { text, places, len };
        }
        let mut folded = String::with_capacity(len);
        let mut places = Vec::with_capacity(len);
        // Texts are shorter than 4 GiB: SQLite holds no longer ones.
        for (at, run) in runs(text) {
            match run {
                Run::Ascii(run) => {
                    push_small(&mut folded, run);
                    places.extend((at..at + run.len()).map(|at| at as u32));
                }
                Run::Other(c) => fold_char(c, |c| {
                    folded.push(c);
                    places.resize(folded.len(), at as u32);
                }),
            }
        }
        Self {
            text: folded.into(),
            places: Some(places),
            len,
        }
    }

    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that stand for these of the folded text.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        let Some(places) = &self.places else {
            return range;
        };
        let place = |at: usize| places.get(at).map_or(self.len, |place| *place as usize);
        let start = place(range.start);
        // A character that was folded to several ends with the last of them.
        let mut end = range.end;
        while end > range.start && end < places.len() && places[end] == places[end - 1] {
            end += 1;
        }
        start..place(end).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_where_fts5_cuts_them() {
        let found = |text: &'static str| words(text).map(|r| &text[r]).collect::<Vec<_>>();
        assert_eq!(found("foo_bar-baz(1.5)"), ["foo", "bar", "baz", "1", "5"]);
        assert_eq!(
            found("naïve “quotes” — 重跑gen-itgc后50条悬空。"),
            [
                "naïve", "quotes", "重", "跑", "gen", "itgc", "后", "50", "条", "悬", "空"
            ]
        );
        assert_eq!(found(" "), [""; 0]);
    }

    #[test]
    fn characters_that_are_words_are_set_apart() {
        assert_eq!(spaced("gen-itgc后50条"), "gen-itgc 后 50 条 ");
        assert_eq!(spaced("naïve"), "naïve");
    }

    #[test]
    fn folding_forgets_case_and_accents_and_knows_the_way_back() {
        assert_eq!(fold("NaÏve İ ẞ Й が 한"), "naive i ß й が 한");
        let text = "Ünïcode Ⅻ x\u{301}y";
        let folded = Folded::new(text);
        assert_eq!(folded.text(), "unicode ⅻ xy");
        let at = |part: &str| {
            folded
                .text()
                .find(part)
                .map(|at| at..at + part.len())
                .expect("in it")
        };
        assert_eq!(&text[folded.origin(at("ico"))], "ïco");
        assert_eq!(&text[folded.origin(at("y"))], "y");
        assert_eq!(&text[folded.origin(0..folded.text().len())], text);
    }
}
