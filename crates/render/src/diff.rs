//! A change of a text as hunks, in which every line has its sign.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::code;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// How long two texts are compared before the rest is taken as it comes.
const PATIENCE: Duration = Duration::from_millis(150);

/// A change as HTML, and what it amounts to.
pub struct Diff {
    /// The hunks.
    pub html: String,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// How `new` differs from `old`, in the colours of `language`.
pub fn diff(old: &str, new: &str, language: &str) -> Diff {
    let (old, new) = (ended(old), ended(new));
    let (old, new) = (old.as_str(), new.as_str());
    let compared = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let (old_lines, new_lines) = (painted(old, language), painted(new, language));
    let mut diff = Diff {
        html: String::new(),
        added: 0,
        removed: 0,
    };
    diff.html.push_str("<pre class=\"diff\">");
    for (at, group) in compared.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            diff.html.push_str("<span class=\"hunk\">⋯</span>");
        }
        for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let line = |lines: &[String], index: Option<usize>| {
                index
                    .and_then(|index| lines.get(index))
                    .cloned()
                    .unwrap_or_default()
            };
            match change.tag() {
                ChangeTag::Equal => push(
                    &mut diff.html,
                    "same",
                    ' ',
                    &line(&new_lines, change.new_index()),
                ),
                ChangeTag::Delete => {
                    diff.removed += 1;
                    push(
                        &mut diff.html,
                        "gone",
                        '-',
                        &line(&old_lines, change.old_index()),
                    );
                }
                ChangeTag::Insert => {
                    diff.added += 1;
                    push(
                        &mut diff.html,
                        "new",
                        '+',
                        &line(&new_lines, change.new_index()),
                    );
                }
            }
        }
    }
    diff.html.push_str("</pre>");
    diff
}

/// Whether a text ends with a newline is no change worth a line.
fn ended(text: &str) -> String {
    match text.trim_end_matches('\n') {
        "" => String::new(),
        text => format!("{text}\n"),
    }
}

fn painted(text: &str, language: &str) -> Vec<String> {
    if text.is_empty() {
        Vec::new()
    } else {
        code::lines(text, language)
    }
}

fn push(out: &mut String, class: &str, sign: char, line: &str) {
    out.push_str(&format!(
        "<span class=\"{class}\"><span class=\"sign\">{sign}</span>{line}\n</span>"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_sign() {
        let found = diff("a\nb\nc\n", "a\nB\nc\nd\n", "");
        assert_eq!((found.added, found.removed), (2, 1));
        let lines: Vec<&str> = found
            .html
            .split("class=\"sign\">")
            .skip(1)
            .map(|rest| &rest[..1])
            .collect();
        assert_eq!(lines, [" ", "-", "+", " ", "+"]);
    }

    #[test]
    fn a_new_text_is_added_whole_and_far_changes_are_hunks() {
        assert_eq!(diff("", "a\nb\n", "").added, 2);
        let old: String = (0..60).map(|line| format!("{line}\n")).collect();
        let new = old
            .replace("\n5\n", "\nfive\n")
            .replace("\n50\n", "\nfifty\n");
        let found = diff(&old, &new, "");
        assert_eq!(found.html.matches("class=\"hunk\"").count(), 1);
        assert!(!found.html.contains("\u{a}30\u{a}"));
    }

    #[test]
    fn texts_without_anything_in_common_do_not_take_for_ever() {
        let old: String = (0..20_000).map(|line| format!("a{}\n", line % 7)).collect();
        let new: String = (0..20_000).map(|line| format!("b{}\n", line % 5)).collect();
        let start = std::time::Instant::now();
        diff(&old, &new, "");
        assert!(start.elapsed().as_secs() < 20);
    }
}
