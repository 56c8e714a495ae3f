//! FTS5's language. Nothing typed reaches it unquoted: it has operators of its own.

/// A word, or words in a row.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', " "))
}

/// The same, of which the last word may go on.
pub fn begins(text: &str) -> String {
    format!("{} *", quoted(text))
}

/// Any of some expressions.
pub fn any_of(expressions: &[String]) -> String {
    match expressions {
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    }
}
