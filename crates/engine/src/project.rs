//! Which project a working folder belongs to, by its name alone: the disk may be another machine's.
//!
//! Worktrees belong to the repository they were made from, where their place says which that is. Folders are those of
//! any system, whichever one reads them.

use std::ops::Range;

/// A repository, or a folder of which no more is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its folder, without a slash at the end. For a worktree that lies apart from its repository, the folder of all of
    /// that repository's worktrees.
    pub path: String,
    /// What people call it: the last part of the folder, or all of it where it is the root of a disk.
    pub name: String,
}

impl Project {
    /// The project of a working folder as it was written; `None` for none.
    pub fn of(folder: &str) -> Option<Self> {
        let folder = plain(folder.trim());
        if folder.is_empty() {
            return None;
        }
        let way = Way::of(&folder);
        let parts = way.parts();
        let depth = repository(&parts).unwrap_or(parts.len());
        let Some(last) = depth.checked_sub(1) else {
            let root = way.root();
            return Some(Self {
                name: root.clone(),
                path: root,
            });
        };
        let place = way.places[last].clone();
        // The folder beside a repository is called after it.
        let beside = (depth < parts.len() && is_beside(parts[last])).then_some(BESIDE.len());
        let end = place.end - beside.unwrap_or(0);
        let (path, name) = (
            capital_drive(&folder[..end]),
            folder[place.start..end].to_owned(),
        );
        Some(Self { path, name })
    }

    /// What is the same for all ways to write its folder.
    pub fn key(&self) -> String {
        let way = Way::of(&self.path);
        let mut parts: Vec<String> = way.parts().iter().map(|part| (*part).to_owned()).collect();
        let mut small = match way.system {
            System::Unix => 0,
            System::Drive | System::Share => parts.len(),
        };
        let mut root = match way.system {
            System::Unix => "/".to_owned(),
            System::Drive => format!("{}/", self.path[..2].to_lowercase()),
            System::Share => "//".to_owned(),
        };
        match (way.system, way.parts().as_slice()) {
            // A drive as the Linux beside Windows sees it.
            (System::Unix, ["mnt", drive, ..])
                if drive.len() == 1 && drive.as_bytes()[0].is_ascii_alphabetic() =>
            {
                root = format!("{}:/", drive.to_lowercase());
                parts.drain(..2);
                small = parts.len();
            }
            // That Linux as Windows sees it, under the name of old; in it, case matters.
            (System::Share, [host, _, ..]) if is_linux(host) => {
                "wsl.localhost".clone_into(&mut parts[0]);
                small = 2;
            }
            _ => {}
        }
        for part in &mut parts[..small] {
            *part = part.to_lowercase();
        }
        root + &parts.join("/")
    }
}

/// How the folder of worktrees beside a repository is called: `kite.worktrees`.
const BESIDE: &str = ".worktrees";

/// How many parts of a worktree's folder lead to its repository; `None` for what is no worktree.
fn repository(parts: &[&str]) -> Option<usize> {
    let is_home = |depth: usize| match parts[..depth] {
        ["home" | "Users", _] | ["root"] => true,
        // Of a Windows seen from Linux, and of a Linux seen from Windows.
        ["mnt", _, "Users", _] => true,
        [host, _, "home", _] | [host, _, "root"] => is_linux(host),
        _ => false,
    };
    (0..parts.len()).find_map(|at| {
        let apart = |depth: usize| (parts.len() > depth).then_some(depth);
        match parts[at..] {
            [".claude" | ".cursor", "worktrees", _, ..] => {
                match parts[at] == ".cursor" && is_home(at) {
                    true => apart(at + 3),
                    false => Some(at),
                }
            }
            [".claude-worktrees", _, ..] if is_home(at) => apart(at + 2),
            ["conductor", "workspaces", _, ..] if is_home(at) => apart(at + 3),
            [".conductor" | ".worktrees", _, ..] if is_home(at) => None,
            [".claude-worktrees" | ".worktrees" | ".conductor", _, ..] => Some(at),
            [beside, _, ..] if is_beside(beside) => Some(at + 1),
            _ => None,
        }
    })
}

fn is_beside(part: &str) -> bool {
    part.len() > BESIDE.len() && part.ends_with(BESIDE)
}

/// Whether a host is the Linux on the same machine.
fn is_linux(host: &str) -> bool {
    host.eq_ignore_ascii_case("wsl$") || host.eq_ignore_ascii_case("wsl.localhost")
}

/// Without the prefix by which Windows takes a path literally.
fn plain(folder: &str) -> String {
    match folder.strip_prefix(r"\\?\") {
        Some(rest) => match rest.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => rest.to_owned(),
        },
        None => folder.to_owned(),
    }
}

fn has_drive(folder: &str) -> bool {
    let bytes = folder.as_bytes();
    bytes.len() >= 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes.get(2), None | Some(b'/' | b'\\'))
}

fn capital_drive(folder: &str) -> String {
    match has_drive(folder) {
        true => folder[..1].to_ascii_uppercase() + &folder[1..],
        false => folder.to_owned(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Unix,
    /// `C:\…`
    Drive,
    /// `\\server\share\…`
    Share,
}

/// A folder in parts.
struct Way<'a> {
    folder: &'a str,
    system: System,
    /// Where each part stands behind the root. Server and share count as parts.
    places: Vec<Range<usize>>,
}

impl<'a> Way<'a> {
    fn of(folder: &'a str) -> Self {
        let system = match folder {
            _ if has_drive(folder) => System::Drive,
            _ if folder.starts_with(r"\\") => System::Share,
            _ => System::Unix,
        };
        // A backslash is a letter like any other, but not in what only Windows writes.
        let is_slash =
            |c: char| c == '/' || c == '\\' && (system != System::Unix || !folder.contains('/'));
        let mut at = if system == System::Drive { 2 } else { 0 };
        let mut places = Vec::new();
        for part in folder[at..].split(is_slash) {
            if !part.is_empty() {
                places.push(at..at + part.len());
            }
            at += part.len() + 1;
        }
        Self {
            folder,
            system,
            places,
        }
    }

    fn parts(&self) -> Vec<&'a str> {
        let part = |place: &Range<usize>| &self.folder[place.clone()];
        self.places.iter().map(part).collect()
    }

    fn root(&self) -> String {
        match self.system {
            System::Unix => "/".into(),
            System::Drive => format!(r"{}\", self.folder[..2].to_ascii_uppercase()),
            System::Share => r"\\".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Project;

    fn of(folder: &str) -> (String, String) {
        let project = Project::of(folder).expect("a project");
        (project.path, project.name)
    }

    fn key(folder: &str) -> String {
        Project::of(folder).expect("a project").key()
    }

    #[test]
    fn a_folder_is_called_by_its_last_part_on_any_system() {
        for (folder, path, name) in [
            ("/home/ada/kite", "/home/ada/kite", "kite"),
            ("/home/ada/kite/", "/home/ada/kite", "kite"),
            (
                "/home/ada/プロジェクト",
                "/home/ada/プロジェクト",
                "プロジェクト",
            ),
            ("/home/ada/we\\ird", "/home/ada/we\\ird", "we\\ird"),
            ("/", "/", "/"),
            ("//", "/", "/"),
            ("C:\\Users\\ada\\kite", "C:\\Users\\ada\\kite", "kite"),
            ("c:\\Users\\ada\\kite\\", "C:\\Users\\ada\\kite", "kite"),
            ("D:/src/kite", "D:/src/kite", "kite"),
            ("C:\\", "C:\\", "C:\\"),
            ("c:", "C:\\", "C:\\"),
            ("\\\\server\\share\\kite", "\\\\server\\share\\kite", "kite"),
            ("\\\\server\\share\\", "\\\\server\\share", "share"),
            (
                "\\\\wsl$\\Ubuntu\\home\\ada\\kite",
                "\\\\wsl$\\Ubuntu\\home\\ada\\kite",
                "kite",
            ),
            ("/mnt/c/Users/ada/kite", "/mnt/c/Users/ada/kite", "kite"),
            ("\\\\?\\C:\\kite", "C:\\kite", "kite"),
            (
                "\\\\?\\UNC\\server\\share\\kite",
                "\\\\server\\share\\kite",
                "kite",
            ),
            ("kite", "kite", "kite"),
            (".", ".", "."),
        ] {
            assert_eq!(of(folder), (path.to_owned(), name.to_owned()), "{folder}");
        }
        assert_eq!(Project::of(""), None);
        assert_eq!(Project::of(" \n"), None);
    }

    #[test]
    fn a_worktree_belongs_to_its_repository() {
        for (folder, path, name) in [
            (
                "/home/ada/kite/.claude/worktrees/fix",
                "/home/ada/kite",
                "kite",
            ),
            (
                "/home/ada/kite/.claude/worktrees/fix/src/deep",
                "/home/ada/kite",
                "kite",
            ),
            (
                "/home/ada/kite/.claude/worktrees/a/.claude/worktrees/b",
                "/home/ada/kite",
                "kite",
            ),
            (
                "C:\\src\\kite\\.claude\\worktrees\\fix",
                "C:\\src\\kite",
                "kite",
            ),
            ("/home/ada/.claude/worktrees/fix", "/home/ada", "ada"),
            ("/.claude/worktrees/fix", "/", "/"),
            ("/src/kite/.worktrees/fix", "/src/kite", "kite"),
            ("/src/kite.worktrees/fix", "/src/kite", "kite"),
            ("C:\\src\\kite.worktrees\\fix\\sub", "C:\\src\\kite", "kite"),
            ("/src/kite/.cursor/worktrees/fix", "/src/kite", "kite"),
            (
                "/home/ada/.cursor/worktrees/kite/abc",
                "/home/ada/.cursor/worktrees/kite",
                "kite",
            ),
            (
                "/home/ada/.claude-worktrees/kite/abc",
                "/home/ada/.claude-worktrees/kite",
                "kite",
            ),
            ("/src/kite/.claude-worktrees/abc", "/src/kite", "kite"),
            (
                "/Users/ada/conductor/workspaces/kite/lima",
                "/Users/ada/conductor/workspaces/kite",
                "kite",
            ),
            (
                "C:\\Users\\ada\\.cursor\\worktrees\\kite\\abc",
                "C:\\Users\\ada\\.cursor\\worktrees\\kite",
                "kite",
            ),
            ("/src/kite/.conductor/lima", "/src/kite", "kite"),
        ] {
            assert_eq!(of(folder), (path.to_owned(), name.to_owned()), "{folder}");
        }
    }

    #[test]
    fn what_only_looks_like_a_worktree_is_none() {
        for folder in [
            "/home/ada/kite-wt-fix",
            "/home/ada/worktrees/fix",
            "/home/ada/kite/.claude/worktrees",
            "/home/ada/kite/.claude",
            "/home/ada/kite.worktrees",
            "/home/ada/.worktrees",
            "/home/ada/.worktrees/kite/fix",
            "/home/ada/.conductor/missions",
            "/home/ada/.cursor/worktrees/kite",
            "/src/conductor/workspaces/kite/lima",
        ] {
            assert_eq!(of(folder).0, folder);
        }
    }

    #[test]
    fn one_folder_has_one_key_however_it_is_written() {
        for (one, other) in [
            ("C:\\Users\\ada\\kite", "c:\\users\\Ada\\kite\\"),
            ("C:\\Users\\ada\\kite", "C:/Users/ada/kite"),
            ("C:\\Users\\ada\\kite", "/mnt/c/Users/ada/kite"),
            ("C:\\", "c:"),
            ("C:\\", "/mnt/c"),
            ("\\\\Server\\Share\\kite", "\\\\server\\share\\kite"),
            (
                "\\\\wsl$\\Ubuntu\\home\\ada",
                "\\\\wsl.localhost\\ubuntu\\home\\ada",
            ),
            ("/src/kite", "/src//kite/"),
            ("/src/kite", "/src/kite.worktrees/fix"),
        ] {
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
        for (one, other) in [
            ("/src/kite", "/src/Kite"),
            ("/src/kite", "/home/kite"),
            ("/mnt/data/kite", "/mnt/c/kite"),
            ("\\\\wsl$\\Ubuntu\\home\\ada", "\\\\wsl$\\Ubuntu\\home\\Ada"),
            ("\\\\server\\kite", "/server/kite"),
            ("C:\\kite", "D:\\kite"),
        ] {
            assert_ne!(key(one), key(other), "{one} and {other}");
        }
    }

    #[test]
    fn no_folder_panics() {
        for folder in [
            "é:\\",
            "\\\\",
            "\\\\?\\",
            "\\\\?\\UNC\\",
            "c:x",
            "\u{0}",
            "/\\/",
            ".worktrees/a",
            "ß:/ß",
        ] {
            if let Some(project) = Project::of(folder) {
                assert!(!project.name.is_empty(), "{folder}");
                project.key();
            }
        }
    }
}
