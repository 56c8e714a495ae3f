//! JSON that may be looked at on a terminal: what could mislead it is escaped, nothing is lost.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use super::sanitize::is_harmful;

/// Writes `value` as one line.
pub fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Harmless))?;
    out.write_all(b"\n")
}

/// Compact JSON in which serde's own escapes (C0, quotes, backslash) are joined by DEL, C1 and
/// Unicode's format controls.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| is_harmful(*char)) {
            CompactFormatter.write_string_fragment(out, &rest[..at])?;
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + char.len_utf8()..];
        }
        CompactFormatter.write_string_fragment(out, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write(&mut out, &[text]).expect("a Vec takes all");
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    #[test]
    fn what_could_mislead_is_escaped() {
        let json = written("a\u{1b}[0m\u{7f}\u{9b}\u{202e}é\u{e0041}\u{2028}\n");
        assert_eq!(
            json,
            "[\"a\\u001b[0m\\u007f\\u009b\\u202eé\\udb40\\udc41\\u2028\\n\"]\n"
        );
    }

    #[test]
    fn nothing_is_lost() {
        let text: String = ('\0'..='\u{2100}').chain(['\u{e0041}', '👍']).collect();
        let read: Vec<String> = serde_json::from_str(&written(&text)).expect("JSON");
        assert_eq!(read, [text]);
    }
}
