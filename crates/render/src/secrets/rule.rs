//! One shape of a key: the words without which it is not there, a pattern, and what a match must be besides.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::named::bits;

/// What the found text must be, besides matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The shape says it all.
    None,
    /// A figure, or letters of both cases: `sk-` begins words, too.
    Mixed,
    /// A figure: what stands beside a name is a word of code as often as a key.
    Figure,
    /// Figures and letters without a pattern of their own.
    Random,
}

pub(super) struct Rule {
    #[cfg_attr(not(test), expect(dead_code, reason = "what a test calls it"))]
    pub(super) name: Cow<'static, str>,
    /// In lower case. One of them is in the text, or there is nothing to find; without any, every text is looked through.
    pub(super) words: Vec<Cow<'static, str>>,
    pub(super) pattern: Cow<'static, str>,
    /// The group that is the secret; without one it is the first that takes part, or all.
    pub(super) group: Option<usize>,
    /// Whether it has to begin where a word begins.
    pub(super) begins_a_word: bool,
    /// Bits of a character above which it is random enough.
    pub(super) entropy: f64,
    /// What is known to be none.
    pub(super) allowed: Vec<String>,
    pub(super) guard: Guard,
    pub(super) compiled: OnceLock<Option<(Regex, Vec<Regex>)>>,
}

impl Rule {
    /// Compiled when its word is met for the first time: most of two hundred never are.
    pub(super) fn compiled(&self) -> Option<&(Regex, Vec<Regex>)> {
        let compile = || {
            let allowed = self.allowed.iter().map(|it| pattern(it).ok());
            Some((
                pattern(&self.pattern).ok()?,
                allowed.collect::<Option<_>>()?,
            ))
        };
        self.compiled.get_or_init(compile).as_ref()
    }

    /// Adds where in `window` of `text` it finds a secret.
    pub(super) fn find(&self, text: &str, window: Range<usize>, secrets: &mut Vec<Range<usize>>) {
        let Some((pattern, allowed)) = self.compiled() else {
            return;
        };
        let bytes = &text.as_bytes()[..window.end];
        let mut at = window.start;
        while let Some(whole) = pattern.find_at(bytes, at) {
            at = whole.start() + 1;
            if self.begins_a_word && !begins_word(&bytes[..whole.start()]) {
                continue;
            }
            let Some(value) = self.value(pattern, bytes, whole.range()) else {
                continue;
            };
            let found = &bytes[value.clone()];
            if self.is_secret(found) && !allowed.iter().any(|it| it.is_match(found)) {
                at = at.max(value.end);
                secrets.push(value);
            }
        }
    }

    fn value(&self, pattern: &Regex, bytes: &[u8], whole: Range<usize>) -> Option<Range<usize>> {
        let mut value = whole.clone();
        if pattern.captures_len() > 1 {
            let groups = pattern.captures_at(bytes, whole.start)?;
            let group = match self.group {
                Some(number) => groups.get(number),
                None => groups.iter().skip(1).flatten().find(|it| !it.is_empty()),
            };
            value = group.map_or(whole, |group| group.range());
        }
        // What a shape counts, a longer key has more of: the rest of its word goes along.
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if bytes[..value.end].last().is_some_and(is_of_word) {
            let rest = bytes[value.end..].iter();
            value.end += rest.take_while(|byte| is_of_word(byte)).count();
        }
        // A sentence ends there, and no key does.
        while value.len() > 1 && matches!(bytes[value.end - 1], b'.' | b',') {
            value.end -= 1;
        }
        Some(value)
    }

    fn is_secret(&self, found: &[u8]) -> bool {
        let has = |test: fn(&u8) -> bool| found.iter().any(test);
        let has_figure = has(u8::is_ascii_digit);
        let is_guarded = match self.guard {
            Guard::None => true,
            Guard::Mixed => {
                has_figure || has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
            }
            Guard::Figure => has_figure,
            Guard::Random => has_figure && has(u8::is_ascii_alphabetic) && bits(found) >= 3.0,
        };
        is_guarded && (self.entropy == 0.0 || bits(found) > self.entropy)
    }
}

/// Without Unicode, as the rules mean it, and quick to compile; nothing of what they name is beyond ASCII.
pub(super) fn pattern(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

/// Whether a word may begin after `before`: an escape or a colour may stand in front of it, too.
fn begins_word(before: &[u8]) -> bool {
    let [rest @ .., last] = before else {
        return true;
    };
    if !last.is_ascii_alphanumeric() && *last != b'_' {
        return true;
    }
    match last {
        b'n' | b'r' | b't' if rest.ends_with(b"\\") => true,
        b'm' => {
            let is_of_colour = |byte: &&u8| byte.is_ascii_digit() || **byte == b';';
            let numbers = rest.iter().rev().take_while(is_of_colour).count();
            rest[..rest.len() - numbers].ends_with(b"\x1b[")
        }
        _ => false,
    }
}
