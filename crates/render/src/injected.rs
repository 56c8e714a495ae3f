//! Text on the user's side, taken apart: what a person said, and what was put around it.

/// What a text on the user's side consists of.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// A person's words.
    Said(&'t str),
    /// What the agent put there.
    Injected(Injected<'t>),
}

/// Text the agent put there.
#[derive(Debug, PartialEq, Eq)]
pub struct Injected<'t> {
    /// What it is, for people.
    pub label: String,
    /// The text.
    pub text: &'t str,
    /// What it looks like.
    pub form: Form,
}

/// What an injected text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Words.
    Prose,
    /// Output of a program.
    Output,
    /// A command that was run.
    Command,
}

/// Elements that are put around or between a person's words, and what they are for people.
const KNOWN: [(&str, &str, Form); 18] = [
    ("system-reminder", "System reminder", Form::Prose),
    ("command-name", "Command", Form::Prose),
    ("command-message", "Command", Form::Prose),
    ("command-args", "Arguments", Form::Prose),
    ("command-contents", "What the command says", Form::Prose),
    (
        "local-command-stdout",
        "Output of the command",
        Form::Output,
    ),
    (
        "local-command-stderr",
        "Errors of the command",
        Form::Output,
    ),
    ("local-command-caveat", "Note to the model", Form::Prose),
    ("bash-input", "You ran", Form::Command),
    ("bash-stdout", "Output", Form::Output),
    ("bash-stderr", "Errors", Form::Output),
    ("task-notification", "A task reported", Form::Prose),
    ("teammate-message", "Message of a teammate", Form::Prose),
    ("ide_opened_file", "Open in the editor", Form::Prose),
    ("ide_selection", "Selected in the editor", Form::Prose),
    ("user-prompt-submit-hook", "Added by a hook", Form::Prose),
    ("post-tool-use-hook", "Added by a hook", Form::Prose),
    ("session-start-hook", "Added by a hook", Form::Prose),
];

/// Takes `text` apart. `is_typed`: what no element surrounds was said by a person.
pub fn segments(text: &str, is_typed: bool) -> Vec<Segment<'_>> {
    if let Some(command) = command(text) {
        return command;
    }
    if text.starts_with("[Request interrupted by user") {
        let label = "You interrupted".to_owned();
        return vec![Segment::Injected(Injected {
            label,
            text: "",
            form: Form::Prose,
        })];
    }
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some((at, element)) = first_element(rest) {
        say(&mut segments, &rest[..at], is_typed);
        if !element.inside.trim().is_empty() {
            segments.push(Segment::Injected(Injected {
                label: element.label.to_owned(),
                text: element.inside.trim(),
                form: element.form,
            }));
        }
        rest = &rest[element.end..];
    }
    say(&mut segments, rest, is_typed);
    segments
}

fn say<'t>(segments: &mut Vec<Segment<'t>>, words: &'t str, is_typed: bool) {
    if words.trim().is_empty() {
        return;
    }
    let words = words.trim_matches('\n');
    segments.push(if is_typed {
        Segment::Said(words)
    } else {
        let label = if words.starts_with("Caveat: ") {
            "Note to the model"
        } else {
            "Added by the agent"
        };
        Segment::Injected(Injected {
            label: label.to_owned(),
            text: words,
            form: Form::Prose,
        })
    });
}

/// A command is one thing, in whatever order its elements stand.
fn command(text: &str) -> Option<Vec<Segment<'_>>> {
    let name = inside(text, "command-name")
        .filter(|_| text.trim_start().starts_with("<command-"))?
        .trim();
    let args = inside(text, "command-args").unwrap_or_default().trim();
    let mut segments = vec![Segment::Injected(Injected {
        label: format!(
            "Command {}",
            if name.starts_with('/') {
                name.to_owned()
            } else {
                format!("/{name}")
            }
        ),
        text: args,
        form: Form::Prose,
    })];
    for (tag, label, form) in KNOWN
        .iter()
        .filter(|(tag, ..)| tag.starts_with("local-command-") || *tag == "command-contents")
    {
        if let Some(text) = inside(text, tag)
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let label = (*label).to_owned();
            segments.push(Segment::Injected(Injected {
                label,
                text,
                form: *form,
            }));
        }
    }
    Some(segments)
}

fn inside<'t>(text: &'t str, tag: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>"))
        .map(|(inside, _)| inside)
}

struct Element<'t> {
    label: &'static str,
    form: Form,
    inside: &'t str,
    /// Where what follows it begins.
    end: usize,
}

/// The first known element that begins a line and is closed.
fn first_element(text: &str) -> Option<(usize, Element<'_>)> {
    for (at, _) in text.match_indices('<') {
        let is_first = text[..at]
            .trim_end_matches([' ', '\t'])
            .chars()
            .next_back()
            .is_none_or(|char| matches!(char, '\n' | '>'));
        if !is_first {
            continue;
        }
        for (tag, label, form) in KNOWN {
            let Some(rest) = text[at + 1..]
                .strip_prefix(tag)
                .filter(|rest| rest.starts_with(['>', ' ']))
            else {
                continue;
            };
            let closing = format!("</{tag}>");
            let (Some(open), Some(close)) = (rest.find('>'), rest.find(&closing)) else {
                continue;
            };
            let start = text.len() - rest.len();
            let inside = rest.get(open + 1..close).unwrap_or_default();
            return Some((
                at,
                Element {
                    label,
                    form,
                    inside,
                    end: start + close + closing.len(),
                },
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, is_typed: bool) -> Vec<(String, String)> {
        let told = |segment| match segment {
            Segment::Said(text) => ("".into(), text.to_string()),
            Segment::Injected(it) => (it.label, it.text.to_string()),
        };
        segments(text, is_typed).into_iter().map(told).collect()
    }

    #[test]
    fn words_are_told_from_what_is_around_them() {
        for (text, is_typed, expected) in [
            ("just words", true, vec![("", "just words")]),
            (
                "<ide_opened_file>a.rs</ide_opened_file>\nfix it",
                true,
                vec![("Open in the editor", "a.rs"), ("", "fix it")],
            ),
            (
                "fix it\n<system-reminder>\nbe kind\n</system-reminder>",
                true,
                vec![("", "fix it"), ("System reminder", "be kind")],
            ),
            (
                "what does <system-reminder> mean?",
                true,
                vec![("", "what does <system-reminder> mean?")],
            ),
            (
                "<command-message>x</command-message>\n<command-name>/clear</command-name>\n<command-args>all</command-args>\n<command-contents>Do it.</command-contents>",
                false,
                vec![
                    ("Command /clear", "all"),
                    ("What the command says", "Do it."),
                ],
            ),
            (
                "<local-command-stdout>\u{1b}[1mdone</local-command-stdout>",
                false,
                vec![("Output of the command", "\u{1b}[1mdone")],
            ),
            (
                "<bash-input>ls</bash-input>",
                false,
                vec![("You ran", "ls")],
            ),
            (
                "<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>",
                false,
                vec![("Output", "a")],
            ),
            (
                "<task-notification id=\"1\">x</task-notification>",
                false,
                vec![("A task reported", "x")],
            ),
            (
                "[Request interrupted by user for tool use]",
                false,
                vec![("You interrupted", "")],
            ),
            (
                "Caveat: The messages below",
                false,
                vec![("Note to the model", "Caveat: The messages below")],
            ),
            ("a skill", false, vec![("Added by the agent", "a skill")]),
            (
                "<system-reminder>never closed",
                true,
                vec![("", "<system-reminder>never closed")],
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .collect();
            assert_eq!(told(text, is_typed), expected, "{text}");
        }
    }
}
