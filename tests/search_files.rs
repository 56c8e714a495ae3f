//! The filter `file:` finds the calls that a plain reading of their paths finds, whatever the pattern.

#![cfg(unix)]

mod support;

use std::collections::BTreeSet;

use scrollback_engine::model::Sort;
use serde_json::json;
use support::dice::Dice;
use support::records::{call, line};
use support::sandbox::Sandbox;

const FOLDERS: &[&str] = &[
    "src",
    "Src2",
    "my src",
    "tests",
    "данные",
    "数据库",
    "naïve",
    "a.b-c",
    "..",
    "x",
];
const FILES: &[&str] = &[
    "queue.rs",
    "requeue.rs",
    "queue_test.rs",
    "queue.rst",
    "Naïve.md",
    "迁移2.sql",
    "данные.csv",
    "Makefile",
    ".env",
    "a*b.txt",
];

fn path(dice: &mut Dice) -> String {
    let slash = *dice.one_of(&["/", "/", "/", "\\"]);
    let mut path = String::from(*dice.one_of(&["", "/", "C:\\"]));
    for _ in 0..dice.below(4) {
        path.push_str(dice.one_of::<&str>(FOLDERS));
        path.push_str(slash);
    }
    path + *dice.one_of(FILES)
}

/// A part of a path, with stars and question marks put in and its case changed here and there.
fn pattern(dice: &mut Dice, path: &str) -> String {
    let chars: Vec<char> = path.chars().collect();
    let from = dice.below(chars.len());
    let to = from + 1 + dice.below(chars.len() - from);
    let (from, to) = match dice.below(3) {
        0 => (from, chars.len()),
        _ => (from, to),
    };
    let is_wild = dice.below(3) > 0;
    let mut pattern = String::new();
    for c in &chars[from..to] {
        match dice.below(8) {
            0 if is_wild => pattern.push('?'),
            1 if is_wild => pattern.push('*'),
            2 => pattern.extend(c.to_uppercase()),
            _ => pattern.push(*c),
        }
    }
    pattern
}

/// What the filter means, without any of the engine.
fn is_meant(pattern: &str, path: &str) -> bool {
    fn wild(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skipped| wild(rest, &text[skipped..])),
            Some((c, rest)) => text
                .split_first()
                .is_some_and(|(first, text)| (*c == '?' || c == first) && wild(rest, text)),
        }
    }
    let small = |text: &str| text.to_lowercase().replace('\\', "/");
    let (pattern, path) = (small(pattern), small(path));
    if !pattern.contains(['*', '?']) {
        return path.contains(&pattern);
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let path: Vec<char> = path.chars().collect();
    let begins = |at: usize| at == 0 || path[at - 1] == '/';
    (0..=path.len()).any(|at| begins(at) && wild(&pattern, &path[at..]))
}

#[test]
fn calls_are_found_by_their_paths_as_a_plain_reading_finds_them() {
    let sandbox = Sandbox::new();
    let mut dice = Dice(11);
    let paths: Vec<String> = (0..300).map(|_| path(&mut dice)).collect();
    let other = path;
    let calls: String = paths
        .iter()
        .enumerate()
        .map(|(number, path)| {
            let key = *dice.one_of(&["file_path", "notebook_path", "path", "filename"]);
            // What is written into a file is not where it is.
            let input = json!({key: path, "content": other(&mut dice), "edits": [{"text": other(&mut dice)}]});
            line(&call("ada", &format!("ada-{number}"), &format!("call-{number}"), "Write", input))
        })
        .collect();
    sandbox.write("-home-ada-garden/ada.jsonl", calls);
    sandbox.sync();
    let engine = sandbox.engine();
    let mut found_some = 0;
    for _ in 0..600 {
        let number = dice.below(paths.len());
        let pattern = pattern(&mut dice, &paths[number]);
        if pattern.trim() != pattern || pattern.is_empty() {
            continue;
        }
        let query = format!("file:\"{pattern}\"");
        let found = engine
            .search(&query, 1000, Sort::Recent)
            .expect("an answer");
        let got: BTreeSet<&str> = found
            .hits
            .iter()
            .map(|hit| hit.message_id.as_str())
            .collect();
        let ids: Vec<String> = (0..paths.len())
            .map(|number| format!("ada-{number}"))
            .collect();
        let expected: BTreeSet<&str> = (0..paths.len())
            .filter(|number| is_meant(&pattern, &paths[*number]))
            .map(|number| ids[number].as_str())
            .collect();
        assert_eq!(got, expected, "{query}");
        found_some += usize::from(!expected.is_empty());
    }
    assert!(
        found_some > 300,
        "{found_some} patterns had something to find"
    );
}
