//! A term looked for in one text: to check what the index cannot (signs), to rank, and to highlight.

use std::ops::Range;

use memchr::memmem;

use super::symbols::{self, symbols};
use super::{Folded, fold, is_within_word, is_word_char, words};

/// Signs around a word that belong to the sentence rather than to the word.
const OPENING: &[char] = &[
    '(', '[', '{', '<', '"', '\'', '`', '“', '„', '‘', '«', '¿', '¡',
];
const CLOSING: &[char] = &[
    '.', ',', ';', ':', '!', '?', ')', '(', ']', '}', '>', '"', '\'', '`', '”', '“', '’', '»', '…',
    '、', '。', '，', '？', '！', '：', '；',
];

/// What to look for in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// The words, without case and accents; never empty.
    words: Vec<String>,
    /// What stands between them, where it is more than white space. White space is one blank in all of these.
    between: Vec<String>,
    before: String,
    after: String,
    /// The first word may begin before, the last go on.
    is_open_before: bool,
    is_open_after: bool,
}

impl Needle {
    /// The term `text`, whole words or with open ends; `None` when it holds no word. Where it holds a symbol instead, that
    /// is one.
    pub fn new(text: &str, is_open_before: bool, is_open_after: bool) -> Option<Self> {
        let text = fold(text);
        let mut places: Vec<Range<usize>> = words(&text).collect();
        if places.is_empty() {
            places.extend(symbols(&text).next());
        }
        let (first, last) = (places.first()?, places.last()?);
        let sign = |range: Range<usize>| one_spaced(&text[range]);
        let pairs = places.windows(2);
        Some(Self {
            between: pairs
                .map(|pair| sign(pair[0].end..pair[1].start))
                .map(|sign| if sign == " " { String::new() } else { sign })
                .collect(),
            before: sign(0..first.start)
                .trim_start_matches(|c| c == ' ' || OPENING.contains(&c))
                .to_owned(),
            after: sign(last.end..text.len())
                .trim_end_matches(|c| c == ' ' || CLOSING.contains(&c))
                .to_owned(),
            words: places
                .iter()
                .map(|place| text[place.clone()].to_owned())
                .collect(),
            is_open_before,
            is_open_after,
        })
    }

    /// The words, without case and accents.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether signs belong to it, which the words index does not know.
    pub fn has_signs(&self) -> bool {
        !self.before.is_empty()
            || !self.after.is_empty()
            || self.between.iter().any(|sign| !sign.is_empty())
    }

    /// The same without signs.
    pub fn without_signs(mut self) -> Self {
        self.before.clear();
        self.after.clear();
        self.between.iter_mut().for_each(String::clear);
        self
    }

    /// Where it stands in a folded text, without overlaps.
    pub fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let first = self.words[0].as_str();
        let finder = memmem::Finder::new(first.as_bytes());
        let mut from = 0;
        std::iter::from_fn(move || {
            while let Some(found) = finder.find(&text.as_bytes()[from..]) {
                let start = from + found;
                if let Some(range) = self.at(text, start) {
                    from = range.end.max(start + 1);
                    return Some(range);
                }
                // The word may begin anew one character on.
                from = text.ceil_char_boundary(start + 1);
            }
            None
        })
    }

    /// Where it stands in a text, in bytes of that text.
    pub fn find_in(&self, text: &Folded<'_>) -> Vec<Range<usize>> {
        self.find(text.text())
            .map(|range| text.origin(range))
            .collect()
    }

    /// The whole of it, if its first word stands at `start`.
    fn at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        let before = &text[..start];
        if !self.is_open_before && is_inside(text, start) {
            return None;
        }
        let begin = without_end(before, &self.before)?.len();
        if !self.is_open_before && symbols::is_inside(text, begin) {
            return None;
        }
        let mut at = start + self.words[0].len();
        for (sign, word) in self.between.iter().zip(&self.words[1..]) {
            let gap = text[at..].find(is_word_char)?;
            if gap == 0 && is_inside(text, at) {
                return None;
            }
            let found = &text[at..at + gap];
            let is_sign = sign.is_empty() || without_start(found, sign) == Some("");
            if !is_sign || !text[at + gap..].starts_with(word.as_str()) {
                return None;
            }
            at += gap + word.len();
        }
        if !self.is_open_after && is_inside(text, at) {
            return None;
        }
        let rest = without_start(&text[at..], &self.after)?;
        let end = text.len() - rest.len();
        if !self.is_open_after && symbols::is_inside(text, end) {
            return None;
        }
        Some(begin..end)
    }
}

/// With one blank for all white space in a row.
fn one_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// What follows `sign`; its blanks stand for any white space.
fn without_start<'t>(text: &'t str, sign: &str) -> Option<&'t str> {
    sign.chars().try_fold(text, |rest, c| match c {
        ' ' if !rest.starts_with(char::is_whitespace) => None,
        ' ' => Some(rest.trim_start()),
        c => rest.strip_prefix(c),
    })
}

/// What stands before `sign`.
fn without_end<'t>(text: &'t str, sign: &str) -> Option<&'t str> {
    sign.chars().rev().try_fold(text, |rest, c| match c {
        ' ' if !rest.ends_with(char::is_whitespace) => None,
        ' ' => Some(rest.trim_end()),
        c => rest.strip_suffix(c),
    })
}

/// Whether a word or a symbol goes on across this place.
fn is_inside(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    if symbols::is_inside(text, at) {
        return true;
    }
    match (before.chars().next_back(), after.chars().next()) {
        (Some(left), Some(right)) => is_within_word(left, right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needle: &Needle, text: &'static str) -> Vec<&'static str> {
        let folded = Folded::new(text);
        needle
            .find_in(&folded)
            .into_iter()
            .map(|r| &text[r])
            .collect()
    }

    fn words(text: &str) -> Needle {
        Needle::new(text, false, false).expect("words")
    }

    #[test]
    fn whole_words_in_a_row() {
        assert_eq!(
            found(&words("the pump"), "The  **pump**, the pumps, athe pump"),
            ["The  **pump"]
        );
        assert_eq!(
            found(&words("Naive"), "naïve NAIVE naives"),
            ["naïve", "NAIVE"]
        );
        assert_eq!(found(&words("aa"), "aaa aa"), ["aa"]);
    }

    #[test]
    fn blanks_beside_signs_count() {
        let code = "if err != nil {\n  x }\nelse\tif a !=nil && b";
        assert_eq!(found(&words("!= nil"), code), ["!= nil"]);
        assert_eq!(found(&words("err != nil"), code), ["err != nil"]);
        assert_eq!(found(&words("nil {"), code), ["nil {"]);
        assert_eq!(found(&words("nil { x"), code), ["nil {\n  x"]);
        assert_eq!(found(&words("a !=nil"), code), ["a !=nil"]);
        assert_eq!(
            found(&words("studio.js"), "Studio. js studio.js"),
            ["studio.js"]
        );
        assert_eq!(found(&words(" ( why ) "), "why not"), ["why"]);
    }

    #[test]
    fn signs_count_where_they_mean_something() {
        assert_eq!(found(&words("C++"), "c, C++ and C"), ["C++"]);
        assert_eq!(
            found(&words("foo_bar"), "foo bar foo_bar foo-bar"),
            ["foo_bar"]
        );
        assert_eq!(found(&words("--flag"), "flag --flag"), ["--flag"]);
        assert_eq!(found(&words("(why?)"), "why not"), ["why"]);
        assert!(!words("fail?").has_signs() && words(".env").has_signs());
        assert_eq!(
            found(&words("foo_bar").without_signs(), "foo bar"),
            ["foo bar"]
        );
    }

    #[test]
    fn open_ends() {
        assert_eq!(found(&words("悬空"), "重跑gen-itgc后50条悬空"), ["悬空"]);
        assert_eq!(
            found(&words("itgc"), "重跑gen-itgc后50条悬空 ITGCs"),
            ["itgc"]
        );
        let part = Needle::new("tgc", true, true).expect("a word");
        assert_eq!(found(&part, "重跑gen-itgc后50条悬空 ITGCs"), ["tgc", "TGC"]);
        let part = Needle::new("n-itgc", true, true).expect("words");
        assert_eq!(found(&part, "重跑gen-itgc后"), ["n-itgc"]);
        let start = Needle::new("watch", false, true).expect("a word");
        assert_eq!(found(&start, "watcher rewatch"), ["watch"]);
    }

    #[test]
    fn symbols_are_whole_and_looks_do_not_matter() {
        for (needle, text, expected) in [
            ("🎉", "a🎉 (🎉)", &["🎉", "🎉"][..]),
            ("❤️", "❤ ❤️!", &["❤", "❤️"]),
            ("❤", "❤️", &["❤️"]),
            ("👍", "👍🏽 👍", &["👍"]),
            ("👍🏽", "👍🏿👍🏽", &["👍🏽"]),
            ("👩", "👩‍💻 👩", &["👩"]),
            ("👩‍💻", "👩💻 👩‍💻", &["👩‍💻"]),
            ("🇪🇺", "🇩🇪🇺🇸 🇪🇺", &["🇪🇺"]),
            ("🎉🎉", "🎉 🎉🎉", &["🎉🎉"]),
            ("🎉 👍", "🎉\n👍🏽 🎉\n 👍", &["🎉\n 👍"]),
            ("done 🎉", "Done 🎉 done", &["Done 🎉"]),
            ("done👍", "done👍🏽 done👍", &["done👍"]),
            ("1️⃣", "1 1⃣", &["1⃣"]),
            ("#️⃣", "#⃣ 1⃣", &["#⃣"]),
            ("done now", "done 🎉 now", &["done 🎉 now"]),
        ] {
            assert_eq!(found(&words(needle), text), expected, "{needle}");
        }
        let part = Needle::new("💻", true, true).expect("a symbol");
        assert_eq!(found(&part, "👩‍💻"), ["💻"]);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(Needle::new("++", false, false), None);
        assert_eq!(found(&words("x"), ""), [""; 0]);
    }
}
