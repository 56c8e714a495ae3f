//! Which text on the user's side a person typed. Most of it is not: 89 % of `user` records answer
//! tool calls, and of the rest many are put there by Claude Code.

/// Elements that are a record of their own: nothing in one that begins so was typed as a prompt. Text
/// may follow the element (a task's notification adds where its output lies).
const NOT_TYPED: [&str; 10] = [
    "command-name",
    "command-message",
    "local-command-stdout",
    "local-command-stderr",
    "local-command-caveat",
    "bash-input",
    "bash-stdout",
    "bash-stderr",
    "task-notification",
    "teammate-message",
];

/// Elements that may stand alone or be put in front of what was typed.
const GLUED: [&str; 3] = ["ide_opened_file", "ide_selection", "system-reminder"];

/// Openings of texts that Claude Code writes without an element.
const OPENINGS: [&str; 2] = ["[Request interrupted by user", "Caveat: The messages below"];

/// Characters of a title, at most.
const TITLE_LEN: usize = 200;

/// What a person typed of `text`: without what was put in front of it, perhaps nothing. `None` when
/// the text is none of theirs.
pub fn typed(text: &str) -> Option<&str> {
    let mut rest = text.trim();
    while let Some(tag) = GLUED.into_iter().find(|tag| opens(rest, tag)) {
        rest = after_element(rest, tag).trim_start();
    }
    let is_wrapper = NOT_TYPED.into_iter().any(|tag| opens(rest, tag))
        || OPENINGS
            .into_iter()
            .any(|opening| rest.starts_with(opening));
    (!is_wrapper).then_some(rest)
}

/// The first words of `typed`, white space collapsed; `None` when there are none.
pub fn title(typed: &str) -> Option<String> {
    let mut title = String::new();
    let mut len = 0;
    for word in typed.split_whitespace() {
        if len > 0 {
            title.push(' ');
            len += 1;
        }
        for c in word.chars().filter(|c| !c.is_control()) {
            if len >= TITLE_LEN {
                return Some(format!("{}…", title.trim_end()));
            }
            title.push(c);
            len += 1;
        }
    }
    let title = title.trim_end();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Whether `text` begins with the element `tag`, attributes allowed.
fn opens(text: &str, tag: &str) -> bool {
    text.strip_prefix('<')
        .and_then(|text| text.strip_prefix(tag))
        .is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()))
}

/// What follows the element at the start of `text`; nothing when it does not end.
fn after_element<'a>(text: &'a str, tag: &str) -> &'a str {
    let end = format!("</{tag}>");
    text.find(&end).map_or("", |at| &text[at + end.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_claude_code_writes_is_not_typed() {
        for text in [
            "<command-name>/clear</command-name>",
            "<command-message>init is running</command-message> <command-name>/init</command-name>",
            "<local-command-stdout></local-command-stdout>",
            "\n <bash-input>ls</bash-input>",
            "<teammate-message teammate_id=\"x\">hi</teammate-message>",
            "<task-notification>x</task-notification>\nIts output is in a file.",
            "[Request interrupted by user]",
            "Caveat: The messages below were generated",
            "<ide_opened_file>a.rs</ide_opened_file>\n<command-name>/x</command-name>",
        ] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn notes_in_front_are_not_typed() {
        assert_eq!(typed("<ide_opened_file>a.rs</ide_opened_file>"), Some(""));
        assert_eq!(typed("<ide_selection>never closed, then words"), Some(""));
        let both =
            "<system-reminder>\nx\n</system-reminder>\n\n<ide_selection>y</ide_selection> Why?";
        assert_eq!(typed(both), Some("Why?"));
        let behind = "Why? <system-reminder>x</system-reminder>";
        assert_eq!(typed(behind), Some(behind));
    }

    #[test]
    fn people_may_type_elements_too() {
        for text in [
            "<ide_selections> is a tag",
            "<summary>x</summary>",
            "<",
            "",
            "a <command-name>",
        ] {
            assert_eq!(typed(text), Some(text));
        }
    }

    #[test]
    fn titles_are_short_and_plain() {
        assert_eq!(
            title(" \n one\t\ttwo\u{7}\n\nthree "),
            Some("one two three".to_owned())
        );
        assert_eq!(title(" \u{1b} "), None);
        let long = title(&"é".repeat(300)).unwrap_or_default();
        assert_eq!(long, "é".repeat(TITLE_LEN) + "…");
        let words = title(&"word ".repeat(300)).unwrap_or_default();
        assert!(
            words.chars().count() <= TITLE_LEN + 1 && words.ends_with("word…"),
            "{words}"
        );
    }
}
