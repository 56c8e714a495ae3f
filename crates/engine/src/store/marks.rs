//! What the words index knows of a message besides its words: who speaks, which tools, what it holds.
//!
//! Each is kept as a word that no text has, so that one expression asks for words and for these at once.
//! It begins with a private character that FTS5 takes for a letter; texts are indexed without it.

use std::borrow::Cow;

use crate::text::fold;

const MARK: char = '\u{E000}';
/// Stands for a sign within the name of a tool: a mark is one word.
const SIGN: char = '\u{E001}';

/// Begins a word of a path that a call is given.
const PATH: char = '\u{E003}';

/// Begins a symbol that a text holds, and what is part of one.
const SYMBOL: char = '\u{E004}';
const PART: char = '\u{E005}';

/// Stands between texts: words on both sides are not in a row.
pub const BREAK: &str = "\n\u{E002}\n";

/// Every message has it.
pub const ANY: &str = "\u{E000}any";
/// A tool failed.
pub const ERROR: &str = "\u{E000}error";
/// An image.
pub const IMAGE: &str = "\u{E000}image";
/// A change to a file.
pub const DIFF: &str = "\u{E000}diff";
/// A block of code.
pub const CODE: &str = "\u{E000}code";
/// The model's thoughts.
pub const THINKING: &str = "\u{E000}thinking";

/// A role, by the word that is stored.
pub fn role(word: &str) -> String {
    format!(
        "{MARK}role{}",
        word.replace(|c: char| !c.is_alphanumeric(), "")
    )
}

/// A tool, by its name or the beginning of it.
pub fn tool(name: &str) -> String {
    let name = fold(name).replace(|c: char| !c.is_alphanumeric(), &SIGN.to_string());
    format!("{MARK}tool{name}")
}

/// A word of a path, which is folded. Words that follow each other in the path do so in the index.
pub fn path_word(word: &str) -> String {
    format!("{MARK}{PATH}{word}")
}

/// A symbol, by all that tells it from others.
pub fn symbol(essence: impl Iterator<Item = char>) -> String {
    let mut mark = format!("{MARK}{SYMBOL}");
    mark.extend(essence.map(code));
    mark
}

/// A character of a symbol that has several.
pub fn symbol_part(c: char) -> String {
    format!("{MARK}{PART}{}", code(c))
}

fn code(c: char) -> String {
    format!("{:06x}", u32::from(c))
}

/// A text as it may be indexed: with a mark it could pass for what it is not.
pub fn without(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || !text.contains(MARK) {
        true => text.into(),
        false => text.replace(MARK, " ").into(),
    }
}

/// Whether an argument of this name says that a call changes a file, whichever agent's tool it is of.
pub fn is_of_change(argument: &str) -> bool {
    matches!(
        argument,
        "old_string" | "new_string" | "new_source" | "edits" | "patch" | "content"
    )
}

/// Whether an argument of this name is a file.
pub fn is_file(argument: &str) -> bool {
    matches!(
        argument,
        "file_path" | "path" | "notebook_path" | "filePath" | "absolute_path" | "filename"
    )
}
