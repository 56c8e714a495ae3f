//! The strings of JSON whose shape we do not know, as lines a person can read.

use std::borrow::Cow;
use std::ops::Range;

use super::json::{Skipped, object};
use super::silent;
use crate::text::loose::{Literal, is_for_machines, is_plain_name};

/// Members whose text needs no name before it.
const PLAIN: [&str; 9] = [
    "content", "data", "message", "output", "prompt", "result", "snippet", "summary", "text",
];

/// Members whose number says something to a person, unless it is 0.
const TELLING: [&str; 4] = ["exitCode", "prNumber", "return_code", "status"];

/// How many of the strings before are compared, so that what is written twice is shown once.
const COMPARED: usize = 64;

/// Bytes of texts shown elsewhere that are looked through: many strings in a long text would take minutes. Beyond it
/// a string counts as new.
const LOOKED_THROUGH: usize = 1 << 28;

/// Lines in the making: a string each, led by its member's name where that helps.
pub struct Lines<'a> {
    /// Which members say nothing.
    is_silent: fn(&str) -> bool,
    /// Texts shown elsewhere: a string that is in one of them is no line.
    known: &'a [&'a str],
    to_look_through: usize,
    lines: String,
    /// Where in `lines` the strings are.
    strings: Vec<Range<usize>>,
}

impl<'a> Lines<'a> {
    pub fn new(is_silent: fn(&str) -> bool) -> Self {
        Self::besides(is_silent, &[])
    }

    /// Lines for what is in none of `known`.
    pub fn besides(is_silent: fn(&str) -> bool, known: &'a [&'a str]) -> Self {
        Self {
            is_silent,
            known,
            to_look_through: LOOKED_THROUGH,
            lines: String::new(),
            strings: Vec::new(),
        }
    }

    /// Adds a string, the value of the member `name`.
    pub fn text(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if is_for_machines(text) || self.is_repeated(text) || self.is_known(text) {
            return;
        }
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        if !name.is_empty() && !PLAIN.contains(&name) {
            self.lines.push_str(name);
            self.lines.push_str(": ");
        }
        let start = self.lines.len();
        self.lines.push_str(text);
        self.strings.push(start..self.lines.len());
    }

    fn is_known(&mut self, text: &str) -> bool {
        self.known.iter().any(|known| {
            let left = self.to_look_through.checked_sub(known.len());
            self.to_look_through = left.unwrap_or_default();
            left.is_some() && holds(known, text)
        })
    }

    fn is_repeated(&self, text: &str) -> bool {
        let last = self.strings.iter().rev().take(COMPARED);
        last.map(|range| &self.lines[range.clone()])
            .any(|line| line == text)
    }

    /// Adds the strings in `json`, the value of the member `name`. Depth costs nothing.
    pub fn json(&mut self, name: &str, json: &str) {
        let bytes = json.as_bytes();
        let mut name = Cow::Borrowed(name);
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let Literal { text, end } = Literal::at(json, at);
                    at = end;
                    let Some(value) = value_of_member(bytes, end) else {
                        self.text(&name, &text);
                        // The next of a list.
                        name = Cow::Borrowed("");
                        continue;
                    };
                    at = value;
                    if (self.is_silent)(&text) {
                        at = end_of_value(json, value);
                    } else if !is_plain_name(&text) && bytes.get(value) != Some(&b'"') {
                        self.text("", &text);
                        name = Cow::Borrowed("");
                    } else {
                        name = text;
                    }
                }
                b'-' | b'0'..=b'9' => {
                    let end = end_of_value(json, at);
                    let number = &json[at..end];
                    if TELLING.contains(&&*name) && number != "0" {
                        self.text(&name, number);
                    }
                    at = end;
                }
                _ => at += 1,
            }
        }
    }

    pub fn into_text(self) -> String {
        self.lines
    }
}

/// Whether `known` has `text` in it. Preparing a search for a long text costs more than searching for its end, which
/// tells paths in one folder apart.
fn holds(known: &str, text: &str) -> bool {
    const END: usize = 16;
    const TRIES: usize = 16;
    let (known, text) = (known.as_bytes(), text.as_bytes());
    let end = &text[text.len().saturating_sub(END)..];
    let mut ends = memchr::memmem::find_iter(known, end).map(|at| at + end.len());
    let mut tries = ends.by_ref().take(TRIES);
    tries.any(|end| known[..end].ends_with(text))
        || (ends.next().is_some() && memchr::memmem::find(known, text).is_some())
}

/// Where the value of a member begins whose name ends at `end`; `None` when there is no colon.
fn value_of_member(bytes: &[u8], end: usize) -> Option<usize> {
    let colon = after_blanks(bytes, end);
    (bytes.get(colon) == Some(&b':')).then(|| after_blanks(bytes, colon + 1))
}

fn after_blanks(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes
        .iter()
        .skip(at)
        .take_while(|byte| byte.is_ascii_whitespace());
    at + blanks.count()
}

/// Where the value ends that begins at `at`.
fn end_of_value(json: &str, mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'"' => {
                at = Literal::at(json, at).end;
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => return if depth == 0 { at } else { at + 1 },
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

object! {
    /// A record of no type we know, without what every record has.
    Whole<'de> {
        "parentUuid" => parent: Skipped,
        "timestamp" => time: Skipped,
        "cwd" => cwd: Skipped,
        "gitBranch" => git_branch: Skipped,
        "version" => version: Skipped,
        "forkedFrom" => forked_from: Skipped,
    }
    and others
}

/// The text in a record whatever it is, of the members that are wanted.
pub fn whole(json: &str, is_wanted: impl Fn(&str) -> bool) -> String {
    let mut lines = Lines::new(silent::is_member);
    let record: Whole<'_> = serde_json::from_str(json).unwrap_or_default();
    for (name, value) in &record.others.0 {
        if is_wanted(name) {
            lines.json(name, value.get());
        }
    }
    lines.into_text()
}

/// Adds a piece of text to `notes`, led by its kind.
pub fn note(notes: &mut String, kind: &str, text: &str) {
    if !text.is_empty() {
        append(notes, kind);
        notes.push_str(": ");
        notes.push_str(text);
    }
}

/// Adds pieces that are led by their kinds.
pub fn append(notes: &mut String, pieces: &str) {
    if !notes.is_empty() && !pieces.is_empty() {
        notes.push_str("\n\n");
    }
    notes.push_str(pieces);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(json: &str) -> String {
        let mut lines = Lines::new(silent::is_member);
        lines.json("", json);
        lines.into_text()
    }

    #[test]
    fn every_string_is_a_line_with_its_name() {
        let json = r#"{"text": "one\ntwo", "title":"Mill", "names":["a","b"], "deep":[[{"x":{"y":"z"}}]], "n": 5, "t":true}"#;
        assert_eq!(lines(json), "one\ntwo\ntitle: Mill\nnames: a\nb\ny: z");
        assert_eq!(lines(r#""bare""#), "bare");
        assert_eq!(lines("[]"), "");
    }

    #[test]
    fn names_that_are_text_are_kept() {
        let json = r#"{"Which mill?":"the left one","/home/ada/mill.rs":{"size":3,"note":"old"}}"#;
        assert_eq!(
            lines(json),
            "Which mill?: the left one\n/home/ada/mill.rs\nnote: old"
        );
    }

    #[test]
    fn what_is_for_machines_is_no_line() {
        let json = r#"{"toolUseID":["x"],"signature":"Zm9v","usage":{"a":["}","\"]"],"b":"x"},"id":{"deep":["n"]},
            "at":"2026-01-02T03:04:05.678Z","ref":"6a1e0000-0000-4000-8000-000000000002","level":-1.5e3,"status":529,"last":"word"}"#;
        assert_eq!(lines(json), "status: 529\nlast: word");
    }

    #[test]
    fn what_is_said_twice_is_one_line() {
        assert_eq!(lines(r#"{"content":"clack\n","stdout":"clack"}"#), "clack");
        let mut besides = Lines::besides(silent::is_member, &["the mill stands"]);
        besides.json("", r#"["mill","wheel"]"#);
        assert_eq!(besides.into_text(), "wheel");
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!("{}\"in it\"{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(lines(&deep), "in it");
        assert_eq!(
            lines(&format!("{{\"id\":{deep},\"text\":\"behind\"}}")),
            "behind"
        );
    }
}
