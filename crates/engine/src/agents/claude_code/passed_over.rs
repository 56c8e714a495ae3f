//! Files that lie among transcripts, are none, and may hold what a person misses all the same: copies,
//! files of programs that synchronise or save, output that Claude Code keeps beside a transcript.

use std::ffi::OsStr;
use std::path::{Component, Path};

use super::place;
use crate::left_aside::Reason;

/// What a transcript's name ends in, in small letters.
const TRANSCRIPT: &str = ".jsonl";

const COMPRESSED: &[&str] = &[
    "gz", "zst", "xz", "bz2", "lz4", "br", "zip", "7z", "tgz", "tar",
];
const UNFINISHED: &[&str] = &[
    "tmp",
    "temp",
    "part",
    "partial",
    "crdownload",
    "swp",
    "swo",
    "lock",
];
const COPIES: &[&str] = &["bak", "backup", "old", "orig", "save", "copy", "prev"];

/// Why the file at `path` below `projects` is passed over, if that is worth a word.
pub fn reason(path: &Path) -> Option<Reason> {
    let name = path.file_name()?.to_string_lossy();
    let whole = path.as_os_str().as_encoded_bytes();
    let lies_in = |wanted: &str| {
        // Most paths do not hold the word at all.
        memchr::memmem::find(whole, wanted.as_bytes()).is_some() && has_folder(path, wanted)
    };
    let is_plain = name.ends_with(TRANSCRIPT) && !name.starts_with('.');
    if lies_in(place::TOOL_OUTPUT) {
        return Some(Reason::ToolOutput);
    }
    if lies_in(place::NOTES) {
        return is_plain.then_some(Reason::Notes);
    }
    if is_plain {
        return None;
    }
    let small = name.to_ascii_lowercase();
    let at = small.find(TRANSCRIPT)?;
    if place::recognise(path).is_some() {
        return None;
    }
    Some(by_ending(&small, &small[at + TRANSCRIPT.len()..]))
}

/// Whether it lies in a folder of this name, but the first: that is called as a project is.
fn has_folder(path: &Path, wanted: &str) -> bool {
    let mut folders = path.parent().into_iter().flat_map(Path::components).skip(1);
    folders.any(|folder| folder == Component::Normal(OsStr::new(wanted)))
}

/// What a name says that holds `.jsonl`, by what comes `after` that.
fn by_ending(name: &str, after: &str) -> Reason {
    let last = after.rsplit('.').next().unwrap_or_default();
    let is_one_of = |list: &[&str]| {
        let named = |word: &&str| last == *word || after.starts_with(&format!(".{word}"));
        list.iter().any(named)
    };
    if name.starts_with('.') && last == "icloud" {
        return Reason::InCloud;
    }
    if is_one_of(COMPRESSED) {
        return Reason::Compressed;
    }
    if is_one_of(UNFINISHED) || (name.starts_with('#') && after == "#") {
        return Reason::Unfinished;
    }
    if is_one_of(COPIES) || after.ends_with('~') {
        return Reason::BackupCopy;
    }
    match name.starts_with('.') {
        true => Reason::Hidden,
        false => Reason::OtherName,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_missed_has_a_reason() {
        for (path, expected) in [
            ("slug/5e55.jsonl.bak", Reason::BackupCopy),
            ("slug/5e55.jsonl~", Reason::BackupCopy),
            ("slug/5e55.jsonl.~1~", Reason::BackupCopy),
            ("slug/5e55.jsonl.old", Reason::BackupCopy),
            ("slug/5e55.jsonl.superseded-1.bak", Reason::BackupCopy),
            ("slug/5e55.jsonl.gz", Reason::Compressed),
            ("slug/5e55.jsonl.tar.zst", Reason::Compressed),
            ("slug/.5e55.jsonl.icloud", Reason::InCloud),
            ("slug/5e55.jsonl.tmp", Reason::Unfinished),
            ("slug/5e55.jsonl.tmp.4711", Reason::Unfinished),
            ("slug/.syncthing.5e55.jsonl.tmp", Reason::Unfinished),
            ("slug/.5e55.jsonl.swp", Reason::Unfinished),
            ("slug/#5e55.jsonl#", Reason::Unfinished),
            ("slug/.5e55.jsonl", Reason::Hidden),
            ("slug/5e55.JSONL", Reason::OtherName),
            ("slug/5e55.jsonl.1", Reason::OtherName),
            ("slug/5e55.jsonl.txt", Reason::OtherName),
            ("slug/memory/log.jsonl", Reason::Notes),
            ("slug/5e55/tool-results/toolu_1.txt", Reason::ToolOutput),
            ("slug/5e55/tool-results/x.jsonl", Reason::ToolOutput),
        ] {
            assert_eq!(reason(Path::new(path)), Some(expected), "{path}");
        }
    }

    #[test]
    fn transcripts_and_what_nobody_looks_for_have_none() {
        for path in [
            "slug/5e55.jsonl",
            "slug/5e55.sync-conflict-20261115-093000-ABCDEFG.jsonl",
            "slug/5e55 (Ann's conflicted copy 2026-11-15).jsonl",
            "slug/5e55.orphaned-2026-a1.jsonl",
            "slug/5e55.jsonl.superseded-2026-11-15",
            "slug/5e55/subagents/agent-a1.meta.json",
            "slug/sessions-index.json",
            "slug/memory/MEMORY.md",
            "slug/5e55/workflows/wf_1.json",
            "tool-results/5e55.jsonl",
            "slug/.DS_Store",
            "",
        ] {
            assert_eq!(reason(Path::new(path)), None, "{path}");
        }
    }
}
