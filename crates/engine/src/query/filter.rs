//! What narrows a search down: `key:value`.
//!
//! The same key twice means either, for what a message can have one of; `is:` and `has:` add up, as times do.

use jiff::ZonedDateTime;

use super::when::{self, Stretch};

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What a message must pass.
    pub test: Test,
    /// It must not pass.
    pub is_excluded: bool,
}

/// What a message is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Part of the name of its project, or of its path where the value has a slash.
    Project(String),
    /// Part of the id or title of its session.
    Session(String),
    /// Part of the git branch it was written on.
    Branch(String),
    /// Part of the name of the model that wrote it.
    Model(String),
    /// Part of the name of the agent.
    Agent(String),
    /// Who speaks.
    Role(Speaker),
    /// The tool that is called or answers; a star at the end stands for the rest of the name.
    Tool(String),
    /// A file that a call is about: part of its path, or a pattern with stars.
    File(String),
    /// What it is.
    Is(Kind),
    /// What it holds.
    Has(Content),
    /// Written from the first to before the second, milliseconds since the epoch.
    Time(i64, i64),
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }
        impl $name {
            const ALL: &[(&str, Self)] = &[$(($word, Self::$variant)),*];
        }
    };
}
words! {
    /// Who speaks.
    Speaker {
        /// The person.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// A tool that answers.
        Tool = "tool",
        /// The model, to itself.
        Thinking = "thinking",
        /// The agent.
        System = "system",
        /// Nobody: a note, an error, or a kind we do not know.
        Event = "event",
    }
}
words! {
    /// What a message is.
    Kind {
        /// A tool failed.
        Error = "error",
        /// Its session was written to a moment ago.
        Live = "live",
        /// A subagent's.
        Subagent = "subagent",
        /// Of a session that is pinned.
        Pinned = "pinned",
    }
}
words! {
    /// What a message holds.
    Content {
        /// An image.
        Image = "image",
        /// A change to a file.
        Diff = "diff",
        /// A block of code.
        Code = "code",
        /// Thoughts.
        Thinking = "thinking",
    }
}

const KEYS: &[&str] = &[
    "project", "session", "branch", "model", "agent", "role", "tool", "file", "is", "has", "after",
    "before", "on",
];

/// Whether this is the key of a filter.
pub fn is_key(key: &str) -> bool {
    KEYS.contains(&key)
}

impl Filter {
    /// Understands the value of a filter, or says what it should be.
    pub fn parse(
        key: &str,
        value: &str,
        is_excluded: bool,
        now: &ZonedDateTime,
    ) -> Result<Self, String> {
        if value.is_empty() {
            return Err(format!(
                "write a value after {key}:, as in {}",
                example(key)
            ));
        }
        let text = value.to_owned();
        // A part may stand anywhere, with stars around it or without.
        let part = || value.trim_matches('*').to_owned();
        let test = match key {
            "project" => Test::Project(part()),
            "session" => Test::Session(part()),
            "branch" => Test::Branch(part()),
            "model" => Test::Model(part()),
            "agent" => Test::Agent(part()),
            "tool" => Test::Tool(text),
            "file" => Test::File(text),
            "role" => Test::Role(one_of(key, value, Speaker::ALL)?),
            "is" => Test::Is(one_of(key, value, Kind::ALL)?),
            "has" => Test::Has(one_of(key, value, Content::ALL)?),
            _ => time(key, value, now)?,
        };
        Ok(Self { test, is_excluded })
    }
}

fn example(key: &str) -> &'static str {
    match key {
        "project" => "project:garden",
        "session" => "session:12bd4ace",
        "branch" => "branch:main",
        "model" => "model:opus",
        "agent" => "agent:claude",
        "role" => "role:user",
        "tool" => "tool:Bash",
        "file" => "file:src/*.rs",
        "is" => "is:error",
        "has" => "has:image",
        "before" => "before:2026-11-01",
        "on" => "on:yesterday",
        _ => "after:7d",
    }
}

fn one_of<T: Copy>(key: &str, value: &str, all: &[(&str, T)]) -> Result<T, String> {
    let found = all
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(value));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        format!(
            "{key}:{value} is not known; {key}: takes {}",
            words.join(", ")
        )
    })
}

fn time(key: &str, value: &str, now: &ZonedDateTime) -> Result<Test, String> {
    let Stretch {
        start_ms,
        end_ms,
        day_ms,
    } = when::stretch(value, now).ok_or_else(|| {
        format!("{key}:{value} is not a date; try 2026-11-01, yesterday, 7d or 3h")
    })?;
    Ok(match key {
        "after" => Test::Time(start_ms, i64::MAX),
        "before" => Test::Time(i64::MIN, start_ms),
        _ => Test::Time(day_ms, end_ms),
    })
}
