//! Private keys, line by line: in a terminal, a file with line numbers, a string with `\\n`, a title.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;

/// What is there when one of them is.
pub(super) const WORDS: [&str; 1] = ["-----begin"];

/// The begin of a private key, and its end.
const PEM: [&str; 2] = [
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
];

/// What may stand between the lines of a private key: a new line, and what quotes or numbers it.
const NEW_LINE: &str = r#"["',;+ \t]*(?:(?:\\+r)?\\+n|\r?\n)(?:\s|\\+n|[">'+|]|[0-9]+[→:\t])*"#;

/// A line of a private key: a header of it, or its bytes.
const KEY_LINE: &str =
    r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash):[^\r\n\\]*|([A-Za-z0-9+/=]{16,}))";

struct Patterns {
    begin: Regex,
    end: Regex,
    line: Regex,
    word: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    let new = || -> Result<Patterns, regex::Error> {
        Ok(Patterns {
            begin: Regex::new(PEM[0])?,
            end: Regex::new(PEM[1])?,
            line: Regex::new(&format!("^{NEW_LINE}{KEY_LINE}"))?,
            word: Regex::new(&format!(r"^\s+{KEY_LINE}"))?,
        })
    };
    PATTERNS.get_or_init(|| new().ok()).as_ref()
}

/// Adds where private keys are. One that does not end takes no more than its own lines along, and one that is only
/// mentioned stays. Where all is on one line, the lines of a key are words.
pub(super) fn find(text: &str, is_on_one_line: bool, secrets: &mut Vec<Range<usize>>) {
    let Some(patterns) = patterns() else { return };
    let line = if is_on_one_line {
        &patterns.word
    } else {
        &patterns.line
    };
    let begins: Vec<Range<usize>> = patterns
        .begin
        .find_iter(text)
        .map(|it| it.range())
        .collect();
    let nexts = begins.iter().skip(1).map(|next| next.start);
    for (begin, next) in begins.iter().zip(nexts.chain([text.len()])) {
        let rest = &text[begin.end..next];
        let end = patterns.end.find(rest).map(|end| end.end());
        if let Some(len) = end.or_else(|| key_lines(rest, line)) {
            secrets.push(begin.start..begin.end + len);
        }
    }
}

/// How far the lines of a private key go that `text` begins with.
fn key_lines(text: &str, line: &Regex) -> Option<usize> {
    let mut at = 0;
    let mut end = None;
    while let Some(found) = line.captures(&text[at..]) {
        if let Some(bytes) = found.get(1) {
            if !is_base64(&text[at..][bytes.range()], &text[at + bytes.end()..]) {
                break;
            }
            end = Some(at + bytes.end());
        }
        at += found[0].len();
    }
    end
}

/// Whether a word is of bytes, and no name or path.
fn is_base64(word: &str, after: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.bytes().any(|byte| test(&byte));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let goes_on = |char: char| char.is_alphanumeric() || "_-.(:".contains(char);
    !after.starts_with(goes_on) && (word.len() >= 48 || is_mixed && !word.starts_with('/'))
}
