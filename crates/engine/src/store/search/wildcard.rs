//! Patterns for paths: `*` stands for any characters, `?` for one. Case does not matter, and either slash is one.

use crate::text::{fold, words};

const WILD: [char; 2] = ['*', '?'];

/// A pattern: it describes all of a path or what follows a slash; without stars, any part will do.
#[derive(Debug, Clone)]
pub struct Wildcard {
    text: String,
    pattern: Vec<char>,
}

impl Wildcard {
    /// The pattern that was typed.
    pub fn new(typed: &str) -> Self {
        let text = small(typed);
        Self {
            pattern: text.chars().collect(),
            text,
        }
    }

    /// Whether a path is meant.
    pub fn matches(&self, path: &str) -> bool {
        let path = small(path);
        if !self.is_wild() {
            return path.contains(&self.text);
        }
        let path: Vec<char> = path.chars().collect();
        let after_slashes = path
            .iter()
            .enumerate()
            .filter(|(_, c)| **c == '/')
            .map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(after_slashes)
            .any(|start| whole(&self.pattern, &path[start..]))
    }

    /// What stands between the stars, as words in a row. Each path that is meant has all of it.
    pub fn pieces(&self) -> Vec<Vec<PathWord>> {
        let last = self.text.split(WILD).count() - 1;
        let pieces = self.text.split(WILD).enumerate().map(|(number, piece)| {
            // A pattern with stars begins where a name does, and ends where the path does.
            let (is_begun, is_ended) = match self.is_wild() {
                true => (number == 0, number == last),
                false => (false, false),
            };
            let words = words(piece).map(|place| PathWord {
                is_open_before: place.start == 0 && !is_begun,
                is_open_after: place.end == piece.len() && !is_ended,
                text: fold(&piece[place]),
            });
            words.collect()
        });
        pieces.filter(|words: &Vec<_>| !words.is_empty()).collect()
    }

    fn is_wild(&self) -> bool {
        self.text.contains(WILD)
    }
}

/// A word of a path, or what is known of it.
#[derive(Debug, PartialEq, Eq)]
pub struct PathWord {
    /// Without case and accents.
    pub text: String,
    /// It may begin before, or go on.
    pub is_open_before: bool,
    pub is_open_after: bool,
}

impl PathWord {
    /// Whether it may be this word of the index.
    pub fn fits(&self, word: &str) -> bool {
        match (self.is_open_before, self.is_open_after) {
            (false, false) => word == self.text,
            (false, true) => word.starts_with(&self.text),
            (true, false) => word.ends_with(&self.text),
            (true, true) => word.contains(&self.text),
        }
    }
}

fn small(text: &str) -> String {
    text.to_lowercase().replace('\\', "/")
}

fn whole(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where to go back to: after the last star, and the text it may swallow one more of.
    let mut star = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, swallowed)) => {
                    star = Some((after, swallowed + 1));
                    (at, from) = (after, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::{PathWord, Wildcard};

    fn matches(pattern: &str, path: &str) -> bool {
        Wildcard::new(pattern).matches(path)
    }

    #[test]
    fn patterns_and_parts() {
        assert!(matches("src/*.rs", "/home/mia/kite/src/queue.rs"));
        assert!(matches("SRC/*.rs", "src/deep/queue.rs"));
        assert!(!matches("src/*.rs", "/home/mia/kite/src/queue.rst"));
        assert!(matches("queue", "/x/src/queue.rs"));
        assert!(matches("*", "") && matches("q?eue.rs", "C:\\x\\queue.rs"));
        assert!(matches("x\\queue", "C:\\x\\queue.rs"));
        assert!(!matches("a*b*c", "ab") && matches("a*b*c", "aXbXbc"));
    }

    #[test]
    fn words_of_a_pattern_are_whole_where_they_cannot_go_on() {
        for (pattern, expected) in [
            ("src/*.rs", &["src", "rs"][..]),
            ("queue", &["…queue…"]),
            ("/src/queue.rs", &["src queue rs…"]),
            ("c/src/", &["…c src"]),
            ("q?eue*", &["q…", "…eue…"]),
            ("*Éue.rs", &["…eue rs"]),
            ("src/数据*", &["src 数 据…"]),
            ("*/._", &[]),
        ] {
            let open = |is_open| if is_open { "…" } else { "" };
            let shown = |word: &PathWord| {
                let (before, after) = (open(word.is_open_before), open(word.is_open_after));
                format!("{before}{}{after}", word.text)
            };
            let pieces = Wildcard::new(pattern).pieces();
            let pieces = pieces
                .iter()
                .map(|words| words.iter().map(shown).collect::<Vec<_>>().join(" "));
            assert_eq!(pieces.collect::<Vec<_>>(), expected, "{pattern}");
        }
    }
}
