//! Texts of others within a Markdown file of ours: each stays the Markdown it is, and none reaches beyond itself.
//!
//! A text is read as any renderer would read it, and what could reach beyond it, load something or hide a word is
//! escaped, until a reading finds no more of that. Then it has no heading, no HTML, no definition and no open end, and
//! every letter of it is shown. What cannot be brought there becomes a block of code, which shows everything.

use super::faults::{Edit, faults};
use super::signs::fenced;
use crate::text;

/// Readings, at most. Each finds what the ones before have uncovered; two or three are usual.
const READINGS: usize = 24;

/// Whose text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A person's, whose signs may mean something: a heading is escaped.
    Typed,
    /// A model's, who means Markdown: a heading is set in bold.
    Written,
}

/// `text` as a part of a file: lines that end with a newline, and nothing after them is in it.
pub fn contained(text: &str, voice: Voice) -> String {
    let text = text::visible(text);
    let text = text.trim_end();
    // The blanks before the first word may be its indentation; those of the lines before are not.
    let blank = text.len() - text.trim_start().len();
    let text = &text[text[..blank].rfind('\n').map_or(0, |at| at + 1)..];
    repaired(text, voice).unwrap_or_else(|| fenced("", text)) + "\n"
}

/// `text` as a quotation.
pub fn quoted(text: &str, voice: Voice) -> String {
    let lines = text.trim_end().lines();
    contained(
        &lines.map(|line| format!("> {line}\n")).collect::<String>(),
        voice,
    )
}

fn repaired(text: &str, voice: Voice) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..READINGS {
        let edits = faults(&text, voice)?;
        if edits.is_empty() {
            return Some(text);
        }
        text = edited(&text, edits);
    }
    None
}

/// `text` with `edits` made. Of two in the same place the first counts; the next reading finds the other again.
fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.place.start, edit.place.end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        if edit.place.start >= at {
            out.push_str(&text[at..edit.place.start]);
            out.push_str(&edit.put);
            at = edit.place.end;
        }
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_contained(voice: Voice, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(
                contained(text, voice).trim_end_matches('\n'),
                *expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_harms_nothing_stays_as_it_was_written() {
        for text in [
            "Some *words*, `co<de>` and a < b.\nhttps://a.example/?x=1&y=2 and [a](https://a.example \"t\")",
            "1. one\n2. two\n   - three\n\n   ```rust\n   # let x: Vec<u8>;\n   ```\n\n> quote\n\n---\n\n- [x] done",
            "| a | b |\n|---|---|\n| `1` | 2 |\n\n    # indented\n\nC:\\x &copy; &lt;b&gt;",
            "    begins with code",
        ] {
            assert_contained(Voice::Written, &[(text, text)]);
            assert_contained(Voice::Typed, &[(text, text)]);
        }
    }

    #[test]
    fn what_is_open_is_closed() {
        assert_contained(
            Voice::Written,
            &[
                ("a\n```\ncode\n", "a\n```\ncode\n```"),
                ("~~~~ \n~~~", "~~~~ \n~~~\n~~~~"),
                ("```", "```\n```"),
                ("<!-- a\n```\nb", "&lt;!-- a\n```\nb\n```"),
                ("- ```\n  a", "- ```\n  a"),
                ("``` tell me\nmore\n```", "```\ntell me\nmore\n```"),
            ],
        );
    }

    #[test]
    fn no_heading_but_ours() {
        assert_contained(
            Voice::Written,
            &[
                ("# Plan ##\ntext", "**Plan**\n\ntext"),
                ("a\n\n### *b*\n\nc", "a\n\n\\### *b*\n\nc"),
                ("Title\n===\na", "**Title**\n\na"),
                ("> # a\n> b", "> \\# a  \n> b"),
            ],
        );
        assert_contained(
            Voice::Typed,
            &[
                ("do it\n# why\nnow", "do it\n\n\\# why\n\nnow"),
                ("a\n---", "a  \n\\---"),
            ],
        );
    }

    #[test]
    fn nothing_is_hidden_loaded_or_defined() {
        assert_contained(
            Voice::Written,
            &[
                ("a <b>c</b> <!-- d -->", "a &lt;b>c&lt;/b> &lt;!-- d -->"),
                (
                    "<details>\n# x\n</details>",
                    "&lt;details>\n\n**x**\n\n&lt;/details>",
                ),
                ("[a]: /x 'y'", "\\[a]: /x 'y'"),
                ("[^1]: note", "\\[^1]: note"),
                ("![p](https://t.example/p)", "\\![p](https://t.example/p)"),
                ("[x](javascript:y)", "\\[x](javascript:y)"),
                ("a&#x202e;b", "a&amp;#x202e;b"),
                ("| a |\n|---|\n| b | c |", "| a |\n\\|---|\n| b | c |"),
                ("a\u{1b}[1mb\u{1b}[m\r\nc\0", "ab\nc\u{2400}"),
            ],
        );
    }

    #[test]
    fn a_quotation_keeps_all_of_it() {
        assert_eq!(quoted("a\n```\n# b", Voice::Written), "> a\n> ```\n> # b\n");
    }

    #[test]
    fn what_cannot_be_put_right_is_code() {
        let deep = ">".repeat(100) + " x";
        assert_eq!(
            contained(&deep, Voice::Typed),
            format!("```\n{deep}\n```\n\n")
        );
    }

    #[test]
    fn many_signs_take_no_time() {
        for sign in [
            "<!--\n", "[a]: b\n", "# a\n", "> ", "- ", "[", "*a_ ", "`", "<a ", "| ", "&#0;",
            "```\n", "\\<",
        ] {
            assert!(!contained(&sign.repeat(20_000), Voice::Written).is_empty());
        }
    }
}
