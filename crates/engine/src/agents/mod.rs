//! The coding agents we understand, one file each. Nothing outside this folder knows a format.

pub mod claude_code;

use std::path::{Path, PathBuf};

use crate::entry::Entry;
use crate::left_aside::Reason;
use crate::transcript::Origin;

/// What a coding agent looks like from here: where it writes, which files are its transcripts, and
/// what one record says.
///
/// Deliberately not in it: reading files, splitting lines, repairing damage, remembering anything.
/// The pipeline does that for every agent alike.
pub trait Agent: Send + Sync {
    /// The id used in settings and stored with every session, for example `claude-code`.
    fn id(&self) -> &'static str;

    /// The name people know it by.
    fn name(&self) -> &'static str;

    /// Rises whenever a later version makes other rows of the same bytes: what lower versions read is then
    /// read anew from the archive.
    fn parser_version(&self) -> u32;

    /// The roots the agent uses on this machine by `env`, in order, whether they exist or not.
    fn roots(&self, env: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Vec<PathBuf>;

    /// The folder below `root` that holds the transcripts.
    fn transcripts(&self, root: &Path) -> PathBuf;

    /// What the file at `path`, relative to [`Agent::transcripts`], is; `None` when it is none of ours.
    fn recognise(&self, path: &Path) -> Option<Origin>;

    /// Why the file at `path`, relative to [`Agent::transcripts`], is not read although a person may
    /// miss what it holds; `None` for a transcript, and for what nobody looks for here. Asked of every
    /// file in every sweep: it looks at the name first.
    fn passes_over(&self, path: &Path) -> Option<Reason>;

    /// The words with which a person goes on with a session in a terminal: a program and its arguments.
    fn resume<'a>(&self, session: &'a str) -> Vec<&'a str>;

    /// What one record says. `json` is valid UTF-8 without lone surrogates.
    fn parse(&self, origin: &Origin, json: &str) -> Result<Entry, ParseFault>;
}

/// Why a record could not be read. Carries no text of the record: faults are shown and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseFault {
    /// Not JSON, from this byte of the record on.
    Syntax {
        /// Byte within the record.
        at: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
}

/// All agents, in the order they are shown.
pub fn all() -> &'static [&'static dyn Agent] {
    &[&claude_code::ClaudeCode]
}

/// The agent with this id.
pub fn by_id(id: &str) -> Option<&'static dyn Agent> {
    all().iter().copied().find(|agent| agent.id() == id)
}
