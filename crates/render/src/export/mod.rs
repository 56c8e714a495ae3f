//! A conversation as a file of its own: Markdown, a page, or JSON. Written message by message, so that a
//! long one takes no more memory than a short one.

mod html;
mod json;
mod markdown;

use std::io::{self, Write};

use scrollback_engine::error::{Error, Result};
use scrollback_engine::model::{Content, SessionRow, Skeleton, Tokens, Turn};

use crate::rows::{Row, rows};
use crate::secrets;

pub use crate::secrets::said;
pub use markdown::{markdown, words};

/// What is said of an export of the bytes themselves.
pub const ORIGINAL: &str = "This is the original: secrets in it are as they were written.";

/// Messages that are read at a time.
const AT_ONCE: usize = 50;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Words with markup.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// For programs.
    Json,
}

/// Where what is written comes from.
pub trait Source {
    /// The messages with these ids, each with its answers.
    fn turns(&self, ids: &[String]) -> Result<Vec<Turn>>;

    /// An image or document of a message; none when it is not in the store.
    fn content(&self, message: &str, number: u32) -> Option<Content>;
}

/// How each format goes about it.
trait Writer {
    fn begin(
        &mut self,
        session: &SessionRow,
        tokens: &Tokens,
        out: &mut dyn Write,
    ) -> io::Result<()>;
    fn turn(
        &mut self,
        row: &Row,
        turn: &Turn,
        source: &dyn Source,
        out: &mut dyn Write,
    ) -> io::Result<()>;
    fn end(&mut self, masked: u64, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes a conversation. Likely secrets are masked unless they are to be shown. Returns how many were.
pub fn export(
    skeleton: &Skeleton,
    source: &dyn Source,
    format: Format,
    shows_secrets: bool,
    out: &mut dyn Write,
) -> Result<u64> {
    let mut writer: Box<dyn Writer> = match format {
        Format::Markdown => Box::new(markdown::Markdown::default()),
        Format::Html => Box::new(html::Page::default()),
        Format::Json => Box::new(json::Json::default()),
    };
    let rows = rows(&skeleton.messages);
    let mut session = skeleton.session.clone();
    let mut masked = if shows_secrets {
        0
    } else {
        secrets::mask_session(&mut session)
    };
    writer
        .begin(&session, &skeleton.tokens, out)
        .map_err(Error::output)?;
    for part in rows.chunks(AT_ONCE) {
        let ids: Vec<String> = part.iter().map(|row| row.id.clone()).collect();
        for mut turn in source.turns(&ids)? {
            let Some(row) = part.iter().find(|row| row.id == turn.message.id) else {
                continue;
            };
            if !shows_secrets {
                masked += secrets::mask(&mut turn);
            }
            writer
                .turn(row, &turn, source, out)
                .map_err(Error::output)?;
        }
    }
    writer.end(masked, out).map_err(Error::output)?;
    Ok(masked)
}

/// The name that is proposed for a session's file: its title, as far as it is plain and no secret.
pub fn file_name(session: &SessionRow, extension: &str) -> String {
    let mut session = session.clone();
    secrets::mask_session(&mut session);
    let is_plain = |char: &char| char.is_alphanumeric() || " -_.".contains(*char);
    let title = session.title.as_deref().unwrap_or(&session.id);
    let title: String = title.chars().filter(is_plain).take(60).collect();
    format!("{}.{extension}", title.trim().trim_matches('.'))
}

/// Who speaks, for people.
fn who(row: &Row) -> &'static str {
    match row.role.as_str() {
        "prompt" if row.is_sidechain => "To a subagent",
        "assistant" if row.is_sidechain => "Subagent",
        "prompt" => "You",
        "queued_prompt" => "You, while it worked",
        "withdrawn_prompt" => "You, typed and taken back",
        "assistant" => "Assistant",
        "tool_result" => "Tool",
        "compact_summary" => "Summary of what came before",
        "event" => "Event",
        _ => "Added by the agent",
    }
}

/// `2026-01-02 03:04`, in UTC.
fn minute(at: Option<&str>) -> String {
    at.and_then(|at| at.get(..16))
        .map_or_else(|| "no time".into(), |at| at.replace('T', " "))
}

/// From when to when, if anyone says so.
fn stretch(session: &SessionRow) -> String {
    match (&session.created_at, &session.last_activity_at) {
        (None, None) => minute(None),
        (from, to) => format!(
            "{} to {} UTC",
            minute(from.as_deref()),
            minute(to.as_deref())
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_time_says_so() {
        assert_eq!(minute(Some("2026-01-02T03:04:05.678Z")), "2026-01-02 03:04");
        assert_eq!(minute(None), "no time");
    }

    #[test]
    fn the_name_of_a_file_is_plain_and_holds_no_secret() {
        let session = |title: Option<String>| SessionRow {
            id: "ada".to_owned(),
            agent: String::new(),
            project_path: None,
            project_name: None,
            title,
            created_at: None,
            last_activity_at: None,
            message_count: 0,
            parent_session_id: None,
            git_branch: None,
            model: None,
            source_path: None,
            source_missing_since: None,
            subagents: 0,
            forked_from: None,
            active_at: None,
            is_ahead: false,
        };
        let name = |title: &str| file_name(&session(Some(title.to_owned())), "md");
        assert_eq!(name("../a: the <pump> runs."), "a the pump runs.md");
        let key = ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"].concat();
        assert_eq!(name(&format!("use {key}")), "use secret masked.md");
        assert_eq!(file_name(&session(None), "html"), "ada.html");
    }
}
