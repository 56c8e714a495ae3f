//! The typed text cut at white space, with quotes and filters kept together.

use std::ops::Range;

use super::filter::is_key;

/// A piece of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes of what was typed.
    pub span: Range<usize>,
    /// It begins with a dash.
    pub is_excluded: bool,
    /// The key of a filter, in small letters.
    pub key: Option<String>,
    /// The words, or the value of the filter: without dash, key and quotes, control characters as blanks.
    pub text: String,
    /// It stood in quotes.
    pub is_quoted: bool,
    /// A star follows the quotes.
    pub has_star: bool,
}

impl Token {
    /// Whether it is this word, plainly typed.
    pub fn is(&self, word: &str) -> bool {
        self.text == word && !self.is_quoted && !self.is_excluded && self.key.is_none()
    }
}

/// The pieces, in order. A missing closing quote ends with the text.
pub fn tokens(typed: &str) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = typed[at..].trim_start();
        at = typed.len() - rest.len();
        if rest.is_empty() {
            return None;
        }
        let (token, end) = token(rest, at);
        at = end;
        Some(token)
    })
}

/// Quotes as keyboards have them, and as texts do that are pasted.
const QUOTES: [char; 4] = ['"', '“', '”', '„'];

/// The first piece of `rest`, which stands at `start`, and where the next may begin.
fn token(rest: &str, start: usize) -> (Token, usize) {
    // `--flag` is a word people look for; a single dash before a word leaves it out.
    let is_excluded = rest.starts_with('-')
        && !rest.starts_with("--")
        && rest[1..].starts_with(|c: char| !c.is_whitespace());
    let body = &rest[usize::from(is_excluded)..];
    let (key, value) = match body.split_once(':') {
        Some((key, value)) if is_key(&key.to_ascii_lowercase()) => {
            (Some(key.to_ascii_lowercase()), value)
        }
        _ => (None, body),
    };
    let begin = start + rest.len() - value.len();
    let (text, len, is_quoted, has_star) = match value.strip_prefix(QUOTES) {
        Some(quoted) => {
            let close = quoted.find(QUOTES);
            let inside = &quoted[..close.unwrap_or(quoted.len())];
            let end = quoted[inside.len()..].chars().next();
            let mut len = value.len() - quoted.len() + inside.len() + end.map_or(0, char::len_utf8);
            let has_star = close.is_some() && value[len..].starts_with('*');
            len += usize::from(has_star);
            (inside, len, true, has_star)
        }
        None => {
            let len = value.find(char::is_whitespace).unwrap_or(value.len());
            (&value[..len], len, false, false)
        }
    };
    let text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let token = Token {
        span: start..begin + len,
        is_excluded,
        key,
        text: text.collect::<String>().trim().to_owned(),
        is_quoted,
        has_star,
    };
    (token, begin + len)
}
