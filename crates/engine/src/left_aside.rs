//! What lies where transcripts lie and is not read: what it is, and what to do about it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Paths kept of each reason; all are counted.
const KEPT: usize = 100;

/// Why something is not read, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A folder that may not be listed, or a link into one.
    NoPermission,
    /// A link to what belongs to another user.
    OtherOwner,
    /// A link out of what the user named.
    LinkOutside,
    /// A link to nothing.
    LinkDangling,
    /// A link that leads back to where it lies, or to itself.
    LinkLoop,
    /// A pipe, a socket or a device with the name of a transcript.
    SpecialFile,
    /// A placeholder: a cloud service keeps the file elsewhere.
    InCloud,
    /// A compressed transcript.
    Compressed,
    /// A copy of a transcript under a name that says so.
    BackupCopy,
    /// A file that a program has not finished writing.
    Unfinished,
    /// The name begins with a dot.
    Hidden,
    /// Nearly the name of a transcript.
    OtherName,
    /// Notes of the agent, in a transcript's form.
    Notes,
    /// Output of a tool that the agent keeps in a file of its own.
    ToolOutput,
}

impl Reason {
    /// What stands there, after its name.
    pub fn says(self) -> &'static str {
        match self {
            Self::NoPermission => "may not be looked into",
            Self::OtherOwner => "a link to what belongs to another user",
            Self::LinkOutside => "a link that leads outside the folders you named",
            Self::LinkDangling => "a link to nothing",
            Self::LinkLoop => "a link that leads in a circle",
            Self::SpecialFile => "no file, but a pipe, a socket or a device",
            Self::InCloud => "not on this disk: a cloud service keeps it elsewhere",
            Self::Compressed => "a compressed copy",
            Self::BackupCopy => "a copy under a name that says so",
            Self::Unfinished => "a file that a program has not finished writing",
            Self::Hidden => "a hidden file",
            Self::OtherName => "not quite the name of a transcript",
            Self::Notes => "notes of the agent, no conversation",
            Self::ToolOutput => {
                "output of a tool, kept by the agent beside the transcript; not kept here yet"
            }
        }
    }

    /// What to do about it, wherever it lies.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NoPermission => "give yourself read permission",
            Self::OtherOwner => "make what it leads to yours (`sudo chown -R`)",
            Self::LinkOutside => {
                "name what it leads to as a source of its own (--source AGENT=PATH)"
            }
            Self::LinkDangling => "bring back what it led to, or remove the link",
            Self::LinkLoop => "nothing is missing because of it; remove it if nobody needs it",
            Self::SpecialFile => "rename or remove it: only regular files are read",
            Self::InCloud => "let the cloud service bring it to this disk",
            Self::Compressed => "unpack it where it lies",
            Self::BackupCopy | Self::Unfinished | Self::Hidden | Self::OtherName => {
                "if it holds what you miss, give a copy of it the name of a transcript"
            }
            Self::Notes => "nothing needs to be done",
            Self::ToolOutput => {
                "nothing needs to be done; do not delete the file if you need the whole output"
            }
        }
    }

    /// It is the agent's own way, or a person's wish: no reason to warn.
    pub fn is_usual(self) -> bool {
        self >= Self::Compressed
    }
}

/// Something that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftAside {
    /// Where it lies.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
    /// Where it leads, if it is a link.
    pub leads_to: Option<PathBuf>,
    /// What to do about it.
    pub remedy: String,
}

/// Everything of a place that is not read: all counted, some kept.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    groups: BTreeMap<Reason, Group>,
}

/// What is not read for one reason.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub kept: Vec<LeftAside>,
}

impl Tally {
    /// Counts one more. What is said of it is only asked if it is kept.
    pub fn add(&mut self, reason: Reason, tell: impl FnOnce() -> LeftAside) {
        let group = self.groups.entry(reason).or_default();
        group.count += 1;
        if group.kept.len() < KEPT {
            group.kept.push(tell());
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.groups.values().map(|group| group.count).sum()
    }

    /// By reason, the gravest first.
    pub fn groups(&self) -> impl Iterator<Item = (Reason, &Group)> {
        self.groups.iter().map(|(reason, group)| (*reason, group))
    }
}

/// `3 files or folders were left aside`, with the verb that fits.
pub fn counted(count: u64, is: &str, are: &str) -> String {
    match count {
        1 => format!("1 file {is} left aside"),
        _ => format!("{count} files {are} left aside"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_of_each_reason_kept() {
        let mut tally = Tally::default();
        let one = |reason| LeftAside {
            path: "x".into(),
            reason,
            leads_to: None,
            remedy: String::new(),
        };
        for _ in 0..KEPT * 3 {
            tally.add(Reason::ToolOutput, || one(Reason::ToolOutput));
        }
        tally.add(Reason::LinkOutside, || one(Reason::LinkOutside));
        assert_eq!(tally.count(), KEPT as u64 * 3 + 1);
        let groups: Vec<_> = tally
            .groups()
            .map(|(r, g)| (r, g.count, g.kept.len()))
            .collect();
        let expected = [
            (Reason::LinkOutside, 1, 1),
            (Reason::ToolOutput, KEPT as u64 * 3, KEPT),
        ];
        assert_eq!(groups, expected);
    }
}
