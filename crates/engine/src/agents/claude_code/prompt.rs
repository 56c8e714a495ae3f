//! Which text on the user's side a person typed, and what of it makes a title. Most of it is not typed: 89 % of
//! `user` records answer tool calls, and of the rest many are put there by Claude Code.

/// Elements that are a record of their own: nothing in one that begins so was typed. Text may follow the element (a
/// task's notification adds where its output lies).
const NOT_TYPED: [&str; 6] = [
    "local-command-stdout",
    "local-command-stderr",
    "bash-stdout",
    "bash-stderr",
    "task-notification",
    "teammate-message",
];

/// Elements that may stand alone or be put before, between or behind what was typed; those of hooks end in `-hook`.
const GLUED: [&str; 5] = [
    "ide_opened_file",
    "ide_selection",
    "ide_diagnostics",
    "system-reminder",
    "local-command-caveat",
];

/// Elements of a command a person gave: its name, what is shown while it runs, its arguments.
const COMMAND: [&str; 4] = [
    "command-name",
    "command-message",
    "command-args",
    "skill-format",
];

/// Openings of texts that Claude Code writes without an element.
const OPENINGS: [&str; 2] = ["[Request interrupted by user", "Caveat: The messages below"];

/// What Claude Code for the desktop begins the text of a scheduled task with, before the words of the person.
const AUTOMATED: &str = "This is an automated run of a scheduled task";

/// Commands that are about Claude Code and not about the work: none is a title, whatever its arguments, so that the
/// first prompt after them is. Built-in commands of 1.0 to 2.1; what people define themselves is not among them.
const HOUSEKEEPING: [&str; 60] = [
    "/add-dir",
    "/agents",
    "/bashes",
    "/branch",
    "/btw",
    "/bug",
    "/chrome",
    "/clear",
    "/color",
    "/compact",
    "/config",
    "/context",
    "/copy",
    "/cost",
    "/desktop",
    "/doctor",
    "/effort",
    "/exit",
    "/export",
    "/extra-usage",
    "/fast",
    "/feedback",
    "/fork",
    "/help",
    "/hooks",
    "/ide",
    "/install",
    "/install-github-app",
    "/keybindings",
    "/login",
    "/logout",
    "/mcp",
    "/memory",
    "/mobile",
    "/model",
    "/new",
    "/output-style",
    "/passes",
    "/permissions",
    "/plugin",
    "/privacy-settings",
    "/quit",
    "/release-notes",
    "/reload-plugins",
    "/remote-control",
    "/remote-env",
    "/rename",
    "/reset",
    "/resume",
    "/rewind",
    "/sandbox",
    "/skills",
    "/stats",
    "/status",
    "/statusline",
    "/tasks",
    "/terminal-setup",
    "/theme",
    "/usage",
    "/vim",
];

/// Characters of a title, at most.
const TITLE_LEN: usize = 200;

/// What a person typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// Words, perhaps none.
    Words(&'a str),
    /// A command, `/name` or `!`, in the line that was typed.
    Command(String),
}

impl Typed<'_> {
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Words(words) if words.is_empty())
    }

    pub fn title(&self) -> Option<String> {
        match self {
            // Only elements that end: people write about such elements, too.
            Self::Words(words) => title(&without(words, is_glued)),
            Self::Command(line) => title(line),
        }
    }
}

/// What a person typed of `text`: without what was put before it. `None` when the text is none of theirs.
pub fn typed(text: &str) -> Option<Typed<'_>> {
    let mut rest = text.trim();
    while let Some(tag) = opening(rest).filter(|tag| is_glued(tag)) {
        rest = after_element(rest, tag).trim_start();
    }
    if OPENINGS
        .into_iter()
        .any(|opening| rest.starts_with(opening))
    {
        return None;
    }
    match opening(rest) {
        Some("command-name" | "command-message") => command(rest),
        Some("bash-input") => Some(Typed::Command(
            format!("! {}", element(rest, "bash-input"))
                .trim_end()
                .to_owned(),
        )),
        Some("scheduled-task") => None,
        Some(tag) if NOT_TYPED.contains(&tag) => None,
        _ => Some(Typed::Words(rest)),
    }
}

/// The line a person typed as a command; `None` for a skill the model loaded, which has no slash before its name.
fn command(text: &str) -> Option<Typed<'_>> {
    let name = element(text, "command-name").trim();
    if !name.starts_with('/') && text.contains("<skill-format>") {
        return None;
    }
    let rest = without(text, |tag| COMMAND.contains(&tag));
    let name = match name {
        "" => element(text, "command-message").trim(),
        name => name,
    };
    let parts = [name, element(text, "command-args").trim(), rest.trim()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some(Typed::Command(parts.join(" ")))
}

/// The title of a task that runs by the clock: its words, or its name where these begin as all of them do.
pub fn scheduled(text: &str) -> Option<String> {
    let text = text.trim();
    if opening(text) != Some("scheduled-task") {
        return None;
    }
    let words = element(text, "scheduled-task").trim();
    if !words.starts_with(AUTOMATED) {
        return title(words);
    }
    let head = text.split('>').next()?;
    let (_, name) = head.split_once("name=\"")?;
    title(name.split('"').next()?)
}

/// The first words of `typed`, white space collapsed; `None` when there are none, or only a command of
/// [`HOUSEKEEPING`].
fn title(typed: &str) -> Option<String> {
    if (typed.split_whitespace().next()).is_some_and(|word| HOUSEKEEPING.contains(&word)) {
        return None;
    }
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

/// The name of the element at the start of `text`, attributes allowed.
fn opening(text: &str) -> Option<&str> {
    let name = text.strip_prefix('<')?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
    let is_end = name[end..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace());
    is_end.then(|| &name[..end])
}

fn is_glued(tag: &str) -> bool {
    GLUED.contains(&tag) || tag.ends_with("-hook")
}

/// What follows the element at the start of `text`; nothing when it does not end.
fn after_element<'a>(text: &'a str, tag: &str) -> &'a str {
    let end = format!("</{tag}>");
    text.find(&end).map_or("", |at| &text[at + end.len()..])
}

/// What stands in the first element `tag`; all that follows when it does not end, nothing when there is none.
fn element<'a>(text: &'a str, tag: &str) -> &'a str {
    let start = format!("<{tag}");
    let mut rest = text;
    while let Some(at) = rest.find(&start) {
        if opening(&rest[at..]) == Some(tag) {
            let inner = rest[at..].split_once('>').map_or("", |(_, inner)| inner);
            let end = inner.find(&format!("</{tag}>")).unwrap_or(inner.len());
            return &inner[..end];
        }
        rest = &rest[at + start.len()..];
    }
    ""
}

/// The beginning of `text`, enough for a title, without the elements that are meant.
fn without(text: &str, is_meant: impl Fn(&str) -> bool) -> String {
    const ENOUGH: usize = 4096;
    // Looking for the end of an element that has none goes through all that follows.
    let mut tries = 16;
    let mut kept = String::new();
    let mut rest = text;
    while kept.len() < ENOUGH {
        let Some(at) = rest.find('<') else { break };
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = opening(rest)
            .filter(|tag| tries > 0 && is_meant(tag))
            .map(|tag| format!("</{tag}>"));
        let len = end.and_then(|end| {
            let len = rest.find(&end).map(|len| len + end.len());
            tries -= usize::from(len.is_none());
            len
        });
        match len {
            Some(_) => kept.push(' '),
            None => kept.push('<'),
        }
        rest = &rest[len.unwrap_or(1)..];
    }
    kept.push_str(&rest[..rest.floor_char_boundary(ENOUGH)]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<Typed<'_>> {
        Some(Typed::Words(text))
    }

    #[test]
    fn what_claude_code_writes_is_not_typed() {
        for text in [
            "<local-command-stdout></local-command-stdout>",
            "\n <bash-stdout>ls</bash-stdout><bash-stderr></bash-stderr>",
            "<teammate-message teammate_id=\"x\">hi</teammate-message>",
            "<task-notification>x</task-notification>\nIts output is in a file.",
            "[Request interrupted by user]",
            "Caveat: The messages below were generated",
            "<command-message>mill</command-message>\n<command-name>mill</command-name>\n<skill-format>true</skill-format>",
            "<scheduled-task name=\"x\">oil</scheduled-task>",
        ] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn commands_are_typed() {
        for (text, line, has_title) in [
            (
                "<command-message>review is running…</command-message>\n<command-name>/review</command-name>\n<command-args>PR 7\nabout mills</command-args>",
                "/review PR 7\nabout mills",
                true,
            ),
            (
                "<command-name>/init</command-name>\n            <command-message>init</command-message>\n            <command-args></command-args>",
                "/init",
                true,
            ),
            (
                "<command-name>/plan</command-name>\nBuild the mill",
                "/plan Build the mill",
                true,
            ),
            ("<command-message>mill</command-message>", "mill", true),
            (
                "<command-name>/mill</command-name><skill-format>true</skill-format>",
                "/mill",
                true,
            ),
            (
                "<ide_opened_file>a.rs</ide_opened_file>\n<command-name>/x</command-name>",
                "/x",
                true,
            ),
            (
                "<command-name>/model</command-name><command-args>large</command-args>",
                "/model large",
                false,
            ),
            ("<command-name>/clear</command-name>", "/clear", false),
            ("<bash-input>ls -l mill</bash-input>", "! ls -l mill", true),
            ("<bash-input>ls", "! ls", true),
        ] {
            assert_eq!(typed(text), Some(Typed::Command(line.to_owned())), "{text}");
            let title = typed(text).and_then(|typed| typed.title());
            assert_eq!(title, has_title.then(|| line.replace('\n', " ")), "{text}");
        }
        assert_eq!(
            Typed::Words("/clear").title(),
            None,
            "as it waits in the queue"
        );
    }

    #[test]
    fn tasks_by_the_clock_have_a_title() {
        let task = |words: &str| {
            format!("<scheduled-task name=\"oil-mill\" file=\"x\">\n{words}\n</scheduled-task>")
        };
        assert_eq!(
            scheduled(&task("Oil the mill")).as_deref(),
            Some("Oil the mill")
        );
        let automated =
            task("This is an automated run of a scheduled task. The user is not present");
        assert_eq!(scheduled(&automated).as_deref(), Some("oil-mill"));
        assert_eq!(scheduled("Oil the mill"), None);
    }

    #[test]
    fn notes_in_front_are_not_typed() {
        assert_eq!(typed("<ide_opened_file>a.rs</ide_opened_file>"), words(""));
        assert_eq!(typed("<ide_selection>never closed, then words"), words(""));
        let both =
            "<system-reminder>\nx\n</system-reminder>\n\n<ide_selection>y</ide_selection> Why?";
        assert_eq!(typed(both), words("Why?"));
        let hook = "<user-prompt-submit-hook>style</user-prompt-submit-hook>\nKnit";
        assert_eq!(typed(hook), words("Knit"));
    }

    #[test]
    fn notes_between_and_behind_are_in_no_title() {
        let text = "Why <b>this</b>? <system-reminder>x</system-reminder> And <x-hook>y</x-hook>how? <ide_selection>";
        assert_eq!(
            typed(text).and_then(|typed| typed.title()).as_deref(),
            Some("Why <b>this</b>? And how? <ide_selection>")
        );
    }

    #[test]
    fn hostile_texts_cost_no_time() {
        let start = std::time::Instant::now();
        for piece in [
            "<x-hook>",
            "<x-hook></x-hook>",
            "<",
            "<command-name>",
            "<command-name></command-name>",
        ] {
            let text = piece.repeat((1 << 20) / piece.len());
            typed(&text).and_then(|typed| typed.title());
            typed(&format!("Why? {text}")).and_then(|typed| typed.title());
        }
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    #[test]
    fn people_may_type_elements_too() {
        for text in [
            "<ide_selections> is a tag",
            "<summary>x</summary>",
            "<task>x</task>",
            "<bash-inputs> is a tag",
            "<",
            "",
            "a <command-name>",
        ] {
            assert_eq!(typed(text), words(text));
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
