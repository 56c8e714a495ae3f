//! `scrollback search lock -poisoned` excludes a word, though it looks like a flag.
//!
//! clap's `allow_hyphen_values` is of no use: after the first word it takes every flag for a word,
//! `--json` too. So a line is first read as it stands; when that fails over an unknown flag, the
//! words with a minus are marked, read again, and their marks removed. A flag that is mistyped
//! (`--jsn`) is still an error, with clap's own suggestion.

use std::convert::Infallible;
use std::ffi::OsString;

use clap::Parser;
use clap::error::{Error, ErrorKind};

use super::Args;

/// No argument can hold it: arguments end with a NUL.
const MARK: char = '\0';

/// Reads a whole command line, the program's name included.
pub(super) fn parse(line: Vec<OsString>) -> Result<Args, Error> {
    let error = match Args::try_parse_from(&line) {
        Err(error) if error.kind() == ErrorKind::UnknownArgument => error,
        other => return other,
    };
    let mut is_query = false;
    let marked = line.into_iter().map(|argument| {
        let marked = if is_query { mark(&argument) } else { None };
        is_query |= argument == "search";
        marked.unwrap_or(argument)
    });
    // What clap says of the line as it was typed is the better message.
    Args::try_parse_from(marked.collect::<Vec<_>>()).map_err(|_| error)
}

/// Marks what excludes a word; `-v`, `-vv` and `-h` are flags.
fn mark(argument: &OsString) -> Option<OsString> {
    let text = argument.to_str()?;
    let word = text.strip_prefix('-')?;
    let is_flag =
        word.is_empty() || word.starts_with('-') || word.chars().all(|it| "vh".contains(it));
    (!is_flag).then(|| format!("{MARK}{text}").into())
}

/// Takes the mark away again.
pub(super) fn restore(text: &str) -> Result<String, Infallible> {
    Ok(text.trim_start_matches(MARK).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, Search};

    fn read(line: &[&str]) -> Result<Args, Error> {
        parse(
            ["scrollback"]
                .iter()
                .chain(line)
                .map(OsString::from)
                .collect(),
        )
    }

    fn query(line: &[&str]) -> (Args, Search) {
        let mut args = read(line).expect("understood");
        let nothing = Command::Man { dir: None };
        match std::mem::replace(&mut args.command, nothing) {
            Command::Search(search) => (args, search),
            other => panic!("{other:?} is not a search"),
        }
    }

    #[test]
    fn a_search_may_exclude_words_and_still_have_flags() {
        let (args, search) = query(&[
            "search",
            "lock",
            "-poisoned",
            "--limit",
            "3",
            "-v",
            "--json",
        ]);
        assert_eq!(search.query, ["lock", "-poisoned"]);
        assert_eq!(
            (search.limit, search.json, args.global.verbose),
            (3, true, 1)
        );
        let (_, search) = query(&[
            "search",
            "--sort",
            "recent",
            "-vim",
            "project:x",
            "-\"a b\"",
        ]);
        assert_eq!(search.query, ["-vim", "project:x", "-\"a b\""]);
        let (_, search) = query(&["search", "lock", "--", "--json", "-v"]);
        assert_eq!(search.query, ["lock", "--json", "-v"]);
    }

    #[test]
    fn a_mistyped_flag_is_named_as_it_was_typed() {
        let error = read(&["search", "lock", "-poisoned", "--jsn"]).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::UnknownArgument);
        let error = read(&["search", "lock", "--jsn"])
            .expect_err("refused")
            .to_string();
        assert!(
            error.contains("--jsn") && error.contains("--json"),
            "{error}"
        );
        assert!(read(&["sessions", "-poisoned"]).is_err());
    }

    #[test]
    fn help_is_help() {
        assert_eq!(
            read(&["search", "lock", "-h"]).expect_err("help").kind(),
            ErrorKind::DisplayHelp
        );
    }
}
