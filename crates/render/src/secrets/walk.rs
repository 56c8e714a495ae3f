//! A text that is JSON is masked string by string, each by its member's name, too.

use std::sync::OnceLock;

use regex::Regex;
use serde::de::IgnoredAny;

use super::scan::{Layout, Scan};
use super::{MASK, named};

/// Masks what looks like a secret in `text`. Returns how many were masked.
pub(super) fn mask(text: &mut String) -> u64 {
    static LITERAL: OnceLock<Option<Regex>> = OnceLock::new();
    let literal = LITERAL.get_or_init(|| Regex::new(r#""(?:[^"\\]|\\.)*""#).ok());
    match (literal, Scan::get()) {
        (Some(literal), Some(scan)) => mask_text(literal, scan, text),
        _ => 0,
    }
}

fn mask_text(literal: &Regex, scan: &Scan, text: &mut String) -> u64 {
    if is_json(text) {
        mask_json(literal, scan, text)
    } else {
        scan.mask(text, Layout::Lines)
    }
}

/// Masks in each string of JSON what it says. All else stays as it was written: order, numbers, blanks.
fn mask_json(literal: &Regex, scan: &Scan, text: &mut String) -> u64 {
    let mut count = 0;
    let mut out = String::new();
    let mut written = 0;
    let mut before: Option<(usize, String)> = None;
    for found in literal.find_iter(text) {
        let raw = found.as_str();
        // Half a surrogate pair is JSON, but no text.
        let decoded = serde_json::from_str(raw).ok();
        let is_decoded = decoded.is_some();
        let mut said: String = decoded.unwrap_or_else(|| raw[1..raw.len() - 1].to_owned());
        let name = before
            .filter(|(end, _)| text[*end..found.start()].trim() == ":")
            .map(|(_, name)| name);
        let secret = name.and_then(|name| named::secret_of(&name, &said));
        if let Some(start) = secret {
            said.replace_range(start.., MASK);
        }
        let masked = u64::from(secret.is_some()) + mask_text(literal, scan, &mut said);
        if masked > 0 {
            count += masked;
            out.push_str(&text[written..found.start()]);
            match serde_json::to_string(&said) {
                Ok(encoded) if is_decoded => out.push_str(&encoded),
                _ => out.extend(["\"", &said, "\""]),
            }
            written = found.end();
        }
        before = Some((found.end(), said));
    }
    if count > 0 {
        out.push_str(&text[written..]);
        *text = out;
    }
    count
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
