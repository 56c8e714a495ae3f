//! A text that is JSON is masked string by string, each by its member's name, too.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;
use serde::de::IgnoredAny;

use super::scan::{Layout, Scan};
use super::{MASK, named};

/// Masks what looks like a secret in `text`. Returns how many were masked.
pub(super) fn mask(text: &mut String) -> u64 {
    static LITERAL: OnceLock<Option<Regex>> = OnceLock::new();
    let literal = LITERAL.get_or_init(|| Regex::new(r#""(?:[^"\\]|\\.)*""#).ok());
    let masked = match (literal, Scan::get()) {
        (Some(literal), Some(scan)) => masked(literal, scan, text),
        _ => None,
    };
    masked.map_or(0, |(masked, count)| {
        *text = masked;
        count
    })
}

/// `text` masked, and how often; none when there is nothing to mask.
fn masked(literal: &Regex, scan: &Scan, text: &str) -> Option<(String, u64)> {
    if is_json(text) {
        masked_json(literal, scan, text)
    } else {
        scan.masked(text, Layout::Lines)
    }
}

/// Masks in each string of JSON what it says. All else stays as it was written: order, numbers, blanks.
fn masked_json(literal: &Regex, scan: &Scan, text: &str) -> Option<(String, u64)> {
    let mut count = 0;
    let mut out = String::new();
    let mut written = 0;
    let mut before: Option<(usize, Cow<'_, str>)> = None;
    for found in literal.find_iter(text) {
        let raw = &text[found.start() + 1..found.end() - 1];
        let mut said = Cow::Borrowed(raw);
        let mut is_text = true;
        if raw.contains('\\') {
            match serde_json::from_str(found.as_str()) {
                Ok(decoded) => said = Cow::Owned(decoded),
                // Half a surrogate pair is JSON, but no text.
                Err(_) => is_text = false,
            }
        }
        let name = before
            .filter(|(end, _)| text[*end..found.start()].trim() == ":")
            .map(|(_, name)| name);
        let secret = name.and_then(|name| named::secret_of(&name, &said));
        if let Some(start) = secret {
            said.to_mut().replace_range(start.., MASK);
        }
        let inner = masked(literal, scan, &said);
        if secret.is_some() || inner.is_some() {
            count += u64::from(secret.is_some());
            if let Some((masked, more)) = inner {
                said = Cow::Owned(masked);
                count += more;
            }
            out.push_str(&text[written..found.start()]);
            match serde_json::to_string(&said) {
                Ok(encoded) if is_text => out.push_str(&encoded),
                _ => out.extend(["\"", &said, "\""]),
            }
            written = found.end();
        }
        before = Some((found.end(), said));
    }
    out.push_str(&text[written..]);
    (count > 0).then_some((out, count))
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
