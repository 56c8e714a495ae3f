//! Where Claude Code writes, and what a file's path says before a byte is read.

use std::path::{Component, Path, PathBuf};

use crate::transcript::{Origin, Shape};

/// The roots Claude Code uses by `env`. `CLAUDE_CONFIG_DIR` replaces the default and may name several;
/// without it both the old and the XDG place count, for a machine can have used each in turn.
pub fn roots(env: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Vec<PathBuf> {
    let named = env("CLAUDE_CONFIG_DIR")
        .map(|list| named_roots(&list, home))
        .unwrap_or_default();
    if !named.is_empty() {
        return named;
    }
    let xdg = env("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let config = xdg.or_else(|| home.map(|home| home.join(".config")));
    let old = home.map(|home| home.join(".claude"));
    without_repeats(
        old.into_iter()
            .chain(config.map(|config| config.join("claude"))),
    )
}

/// A shell expands `~` only at the start of the list, so we do it for the rest.
fn named_roots(list: &str, home: Option<&Path>) -> Vec<PathBuf> {
    without_repeats(
        list.split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| match (name.strip_prefix("~/"), home) {
                (Some(below), Some(home)) => home.join(below),
                _ => PathBuf::from(name),
            }),
    )
}

fn without_repeats(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut kept = Vec::new();
    for path in paths {
        if !kept.contains(&path) {
            kept.push(path);
        }
    }
    kept
}

/// What the file at `path` below `projects` is. Folders are never decoded: a slug is neither unique
/// nor reversible.
pub fn recognise(path: &Path) -> Option<Origin> {
    let parts: Vec<_> = path
        .components()
        .map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let (name, folders) = parts.split_last()?;
    if name.starts_with('.') || holds_other_files(folders) {
        return None;
    }
    if let Some(stem) = name.strip_suffix(".meta.json") {
        let agent = agent_id(stem)?;
        return Some(subagent(Shape::Document, agent, folders));
    }
    let (stem, is_earlier) = stem(name)?;
    if let Some(agent) = agent_id(stem) {
        return Some(Origin {
            is_earlier,
            ..subagent(Shape::Lines, agent, folders)
        });
    }
    // A workflow's journal is written on behalf of the session that runs the workflow.
    let is_journal = stem == "journal" && folders.iter().any(|folder| folder == "workflows");
    let session = session_folder(folders)
        .filter(|_| is_journal)
        .unwrap_or(stem);
    Some(Origin {
        shape: Shape::Lines,
        session: session.to_owned(),
        is_subagent: false,
        parent_session: None,
        under: String::new(),
        is_companion: is_journal,
        is_earlier,
    })
}

/// What a transcript is named for, and whether Claude Code has set it aside: instead of writing over a
/// transcript it renames it to `<session>.orphaned-<time>-<suffix>.jsonl` or
/// `<session>.jsonl.superseded-<time>`.
fn stem(name: &str) -> Option<(&str, bool)> {
    let (stem, is_earlier) = match name.split_once(".jsonl.superseded-") {
        Some((stem, time)) => (stem, is_time(time).then_some(true)?),
        None => {
            let stem = name.strip_suffix(".jsonl")?;
            let orphan = stem.split_once(".orphaned-");
            orphan.map_or((stem, false), |(session, _)| (session, true))
        }
    };
    (!stem.is_empty()).then_some((stem, is_earlier))
}

/// Not a copy of such a file, whose name goes on: `…superseded-<time>.bak`.
fn is_time(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "-_:.+".contains(c);
    let last = text.rsplit_once('.').map_or(text, |(_, last)| last);
    text.chars().all(is_sign) && last.starts_with(|c: char| c.is_ascii_digit())
}

/// An agent's id is unique only within a session; where the path names none, within its folder.
fn subagent<S: AsRef<str>>(shape: Shape, id: &str, folders: &[S]) -> Origin {
    let parent = session_folder(folders);
    let folder = || {
        let names: Vec<&str> = folders.iter().map(AsRef::as_ref).collect();
        names.join("/")
    };
    Origin {
        shape,
        session: id.to_owned(),
        is_subagent: true,
        parent_session: parent.map(str::to_owned),
        under: parent.map_or_else(folder, str::to_owned),
        is_companion: shape == Shape::Document,
        is_earlier: false,
    }
}

/// The id in a file stem `agent-<id>`.
fn agent_id(stem: &str) -> Option<&str> {
    stem.strip_prefix("agent-").filter(|id| !id.is_empty())
}

/// `<session>` of `<slug>/<session>/subagents/..`. The first folder is always the slug, whatever it
/// is called.
fn session_folder<S: AsRef<str>>(folders: &[S]) -> Option<&str> {
    let inner = folders.get(1..)?;
    let at = inner
        .iter()
        .rposition(|folder| folder.as_ref() == "subagents")?;
    inner[..at].last().map(AsRef::as_ref)
}

/// Folders whose files are not transcripts, whatever they are called.
pub const TOOL_OUTPUT: &str = "tool-results";
pub const NOTES: &str = "memory";

fn holds_other_files<S: AsRef<str>>(folders: &[S]) -> bool {
    folders
        .iter()
        .skip(1)
        .any(|folder| matches!(folder.as_ref(), TOOL_OUTPUT | NOTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(path: &str) -> Option<(Shape, String, bool, Option<String>)> {
        recognise(Path::new(path)).map(|origin| {
            (
                origin.shape,
                origin.session,
                origin.is_subagent,
                origin.parent_session,
            )
        })
    }

    fn main_session(id: &str) -> Option<(Shape, String, bool, Option<String>)> {
        Some((Shape::Lines, id.to_owned(), false, None))
    }

    fn agent(
        shape: Shape,
        id: &str,
        parent: Option<&str>,
    ) -> Option<(Shape, String, bool, Option<String>)> {
        Some((shape, id.to_owned(), true, parent.map(str::to_owned)))
    }

    #[test]
    fn main_transcripts_are_named_for_their_session() {
        assert_eq!(origin("-home-ada/5e55.jsonl"), main_session("5e55"));
        assert_eq!(origin("5e55.jsonl"), main_session("5e55"));
        assert_eq!(origin("a/b/c/d/journal.jsonl"), main_session("journal"));
        assert_eq!(
            origin("memory/5e55.jsonl"),
            main_session("5e55"),
            "a slug may be any word"
        );
    }

    #[test]
    fn subagents_lie_in_three_places() {
        assert_eq!(
            origin("slug/agent-1a2b3c4d.jsonl"),
            agent(Shape::Lines, "1a2b3c4d", None)
        );
        let parent = Some("5e55");
        assert_eq!(
            origin("slug/5e55/subagents/agent-a1.jsonl"),
            agent(Shape::Lines, "a1", parent)
        );
        assert_eq!(
            origin("slug/5e55/subagents/agent-a1.meta.json"),
            agent(Shape::Document, "a1", parent)
        );
        let in_workflow = "slug/5e55/subagents/workflows/wf_1/agent-a1.jsonl";
        assert_eq!(origin(in_workflow), agent(Shape::Lines, "a1", parent));
        assert_eq!(
            origin("subagents/agent-a1.jsonl"),
            agent(Shape::Lines, "a1", None)
        );
        assert_eq!(
            origin("slug/subagents/agent-a1.jsonl"),
            agent(Shape::Lines, "a1", None)
        );
    }

    #[test]
    fn a_journal_belongs_to_the_session_that_runs_the_workflow() {
        assert_eq!(
            origin("slug/5e55/subagents/workflows/wf_1/journal.jsonl"),
            main_session("5e55")
        );
        assert_eq!(
            origin("slug/5e55/subagents/workflows/wf_1/notes.jsonl"),
            main_session("notes")
        );
    }

    #[test]
    fn what_was_set_aside_is_an_earlier_transcript_of_its_session() {
        for path in [
            "slug/5e55.orphaned-2026-11-15T09-30-00-000Z-a1b2c3.jsonl",
            "slug/5e55.jsonl.superseded-2026-11-15T09:30:00.123Z",
            "slug/5e55.jsonl.superseded-1763199000123",
        ] {
            let origin = recognise(Path::new(path)).expect(path);
            assert_eq!(
                (&*origin.session, origin.is_earlier),
                ("5e55", true),
                "{path}"
            );
            assert!(!origin.is_home_of("5e55"), "{path}");
        }
        let subagent = "slug/5e55/subagents/agent-a1.jsonl.superseded-1763199000123";
        let origin = recognise(Path::new(subagent)).expect("a subagent's");
        assert_eq!((&*origin.session, origin.is_earlier), ("a1", true));
        assert_eq!(origin.parent_session.as_deref(), Some("5e55"));
        let live = recognise(Path::new("slug/5e55.jsonl")).expect("the live one");
        assert!(live.is_home_of("5e55"));
    }

    #[test]
    fn other_files_are_not_ours() {
        for path in [
            "slug/sessions-index.json",
            "slug/memory/MEMORY.md",
            "slug/memory/log.jsonl",
            "slug/5e55/tool-results/x.txt",
            "slug/5e55/tool-results/x.jsonl",
            "slug/5e55/workflows/wf_1.json",
            "slug/.5e55.jsonl",
            "slug/5e55.jsonl.tmp",
            "slug/5e55.jsonl~",
            "slug/#5e55.jsonl#",
            "slug/.jsonl",
            "slug/.orphaned-1.jsonl",
            "slug/.jsonl.superseded-1",
            "slug/5e55.jsonl.superseded-",
            "slug/5e55.jsonl.superseded-1.bak",
            "slug/5e55.jsonl.superseded-1~",
            "slug/5e55.meta.json",
            "slug/5e55.JSONL",
            "../5e55.jsonl",
            "",
        ] {
            assert_eq!(origin(path), None, "{path}");
        }
    }

    fn roots_of(vars: &[(&str, &str)]) -> Vec<PathBuf> {
        let env = |name: &str| {
            vars.iter()
                .find(|var| var.0 == name)
                .map(|var| var.1.to_owned())
        };
        roots(&env, Some(Path::new("/home/ada")))
    }

    #[test]
    fn roots_follow_the_environment() {
        let paths = |list: &[&str]| list.iter().map(PathBuf::from).collect::<Vec<_>>();
        let default = paths(&["/home/ada/.claude", "/home/ada/.config/claude"]);
        assert_eq!(roots_of(&[]), default);
        assert_eq!(roots_of(&[("CLAUDE_CONFIG_DIR", " , ")]), default);
        assert_eq!(roots_of(&[("XDG_CONFIG_HOME", "not/absolute")]), default);
        assert_eq!(
            roots_of(&[("XDG_CONFIG_HOME", "/x")]),
            paths(&["/home/ada/.claude", "/x/claude"])
        );
        let named = [
            ("CLAUDE_CONFIG_DIR", "/a, ~/b ,/a"),
            ("XDG_CONFIG_HOME", "/x"),
        ];
        assert_eq!(roots_of(&named), paths(&["/a", "/home/ada/b"]));
        assert_eq!(roots(&|_| None, None), paths(&[]));
    }
}
