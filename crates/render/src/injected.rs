//! Text on the user's side, taken apart: what a person said, and what was put around it.

use std::borrow::Cow;

use scrollback_engine::model::MessageRow;

/// What a text on the user's side consists of.
#[derive(Debug, PartialEq, Eq)]
pub enum Segment<'t> {
    /// A person's words, or a command as they typed it.
    Said(Cow<'t, str>),
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
    /// Text as it stands.
    Note,
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

/// Whether a person typed what a message of this role says.
pub fn is_role_of_person(role: &str) -> bool {
    matches!(role, "prompt" | "queued_prompt" | "withdrawn_prompt")
}

/// Whether what no element surrounds was said by a person.
pub fn is_typed(message: &MessageRow) -> bool {
    is_role_of_person(&message.role) && !message.is_meta
}

/// Takes `text` apart. `is_typed`: what no element surrounds was said by a person.
pub fn segments(text: &str, is_typed: bool) -> Vec<Segment<'_>> {
    // A command is one thing, in whatever order its elements stand.
    let mut command = command(text);
    let has_command = command.is_some();
    let mut segments = Vec::new();
    let mut rest = text;
    if let Some(after) = after_interruption(text) {
        segments.push(Segment::Injected(Injected {
            label: "You interrupted".to_owned(),
            text: "",
            form: Form::Prose,
        }));
        rest = after;
    }
    while let Some((at, element)) = first_element(rest) {
        say(&mut segments, &rest[..at], is_typed);
        rest = &rest[element.end..];
        if has_command && COMMAND.contains(&element.tag) {
            if let Some(command) = command.take() {
                segments.push(command.segment(is_typed));
            }
            continue;
        }
        let inside = element.inside.trim();
        if !inside.is_empty() {
            segments.push(Segment::Injected(Injected {
                label: element.label.to_owned(),
                text: inside,
                form: element.form,
            }));
        }
    }
    say(&mut segments, rest, is_typed);
    segments
}

/// What follows the agent's note that a person stopped it.
fn after_interruption(text: &str) -> Option<&str> {
    let note = text.strip_prefix("[Request interrupted by user")?;
    note.split_once(']').map(|(_, after)| after)
}

fn say<'t>(segments: &mut Vec<Segment<'t>>, words: &'t str, is_typed: bool) {
    if words.trim().is_empty() {
        return;
    }
    let words = words.trim_matches('\n');
    segments.push(if is_typed {
        Segment::Said(words.into())
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

/// The elements that together are a command.
const COMMAND: [&str; 3] = ["command-name", "command-message", "command-args"];

/// A command with a slash.
struct Command<'t> {
    name: &'t str,
    args: &'t str,
}

impl<'t> Command<'t> {
    fn segment(self, is_typed: bool) -> Segment<'t> {
        let slash = if self.name.starts_with('/') { "" } else { "/" };
        let name = format!("{slash}{}", self.name);
        if is_typed {
            return Segment::Said(format!("{name} {}", self.args).trim_end().to_owned().into());
        }
        Segment::Injected(Injected {
            label: format!("Command {name}"),
            text: self.args,
            form: Form::Prose,
        })
    }
}

fn command(text: &str) -> Option<Command<'_>> {
    let name = inside(text, "command-name")
        .filter(|_| text.trim_start().starts_with("<command-"))?
        .trim();
    let args = inside(text, "command-args").unwrap_or_default().trim();
    Some(Command { name, args })
}

fn inside<'t>(text: &'t str, tag: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>"))
        .map(|(inside, _)| inside)
}

struct Element<'t> {
    tag: &'static str,
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
                    tag,
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
                "<command-message>review is running…</command-message>\n  <command-name>review</command-name>\n<command-args>PR 77\n</command-args>",
                true,
                vec![("", "/review PR 77")],
            ),
            (
                "<command-name>/plan</command-name>\nDo this:\n\n# Hats\n<local-command-stdout>ok</local-command-stdout>",
                true,
                vec![
                    ("", "/plan"),
                    ("", "Do this:\n\n# Hats"),
                    ("Output of the command", "ok"),
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
                "[Request interrupted by user]\nstop that",
                true,
                vec![("You interrupted", ""), ("", "stop that")],
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
