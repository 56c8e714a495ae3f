//! Claude Code: which of its files are transcripts, and what a record in them says.
//!
//! The format has no published schema and changes every few weeks, so nothing here insists on
//! anything: a member we know is taken when it has the type we expect and is absent otherwise, and of a
//! member we do not know the text is taken, unless `silent` names it. What we take, and why, is written
//! down in `docs/formats.md`.
//!
//! | file | knows |
//! | --- | --- |
//! | `place` | roots, and what a file's path says |
//! | `passed_over` | files that are no transcripts, and that a person may miss all the same |
//! | `json` | reading JSON that may differ from what we expect |
//! | `record` | one line: its envelope, and what it says about sessions |
//! | `message` | who speaks for how many tokens |
//! | `block`, `said` | what is said: content blocks, tool calls, attachments; where it goes in a message |
//! | `cause` | who caused a record |
//! | `note` | what Claude Code says beside the conversation |
//! | `outcome` | what a tool told Claude Code and not the model |
//! | `queue` | what was typed while the model was busy |
//! | `prompt` | which text on the user's side a person typed |
//! | `readable` | the text in what we do not know |
//! | `silent` | what says nothing to a person, and why |
//! | `time` | timestamps |

mod block;
mod cause;
mod json;
mod message;
mod note;
mod outcome;
mod passed_over;
mod place;
mod prompt;
mod queue;
mod readable;
mod record;
mod said;
mod silent;
#[cfg(test)]
mod tests;
mod time;

use std::path::{Path, PathBuf};

use self::record::{Record, Sidecar};
use super::{Agent, ParseFault};
use crate::entry::Entry;
use crate::left_aside::Reason;
use crate::transcript::{Origin, Shape};

/// Claude Code, by Anthropic.
#[derive(Debug, Clone, Copy)]
pub struct ClaudeCode;

impl Agent for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude-code"
    }

    fn name(&self) -> &'static str {
        "Claude Code"
    }

    fn parser_version(&self) -> u32 {
        2
    }

    fn roots(&self, env: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Vec<PathBuf> {
        place::roots(env, home)
    }

    fn transcripts(&self, root: &Path) -> PathBuf {
        root.join("projects")
    }

    fn resume<'a>(&self, session: &'a str) -> Vec<&'a str> {
        vec!["claude", "--resume", session]
    }

    fn recognise(&self, path: &Path) -> Option<Origin> {
        place::recognise(path)
    }

    fn passes_over(&self, path: &Path) -> Option<Reason> {
        passed_over::reason(path)
    }

    fn parse(&self, origin: &Origin, json: &str) -> Result<Entry, ParseFault> {
        match origin.shape {
            Shape::Lines => json::read(json, |json| {
                serde_json::from_str(json).map(|record: Record<'_>| record.into_entry(origin, json))
            }),
            Shape::Document => json::read(json, |json| {
                serde_json::from_str(json).map(Sidecar::into_entry)
            }),
        }
    }
}
