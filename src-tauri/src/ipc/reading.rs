//! A conversation as the page shows it: laid out at once, its messages as cards when they come into view.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::model::{Content, Lineage, SessionRow, Tokens, Turn};
use scrollback_render::{Block, Card, Extent, Row, Scene, card, export, is_picture, rows};
use serde::{Deserialize, Serialize};

/// A whole conversation, without what is said in it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Layout {
    /// The session.
    pub session: SessionRow,
    /// The sessions around it.
    pub lineage: Lineage,
    /// What its API responses cost.
    pub tokens: Tokens,
    /// It is pinned.
    pub is_pinned: bool,
    /// Every message that has a place, in order.
    pub rows: Vec<Row>,
}

/// A conversation that is opened.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Opened {
    /// All of it, without what is said.
    pub layout: Layout,
    /// The cards of the screen that is looked at first: fetched with the layout, they come with the first paint.
    pub cards: Vec<Card>,
}

/// What of a conversation is looked at first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum First {
    /// How it begins.
    Start,
    /// How it ends.
    End,
    /// A message, or the call it answers.
    Message {
        /// Its id.
        id: String,
    },
}

/// Rows of a screen: those of a large window, and a little more.
const SCREEN: usize = 16;

impl First {
    fn of<'r>(&self, rows: &'r [Row]) -> &'r [Row] {
        let start = match self {
            Self::Start => 0,
            Self::End => rows.len(),
            Self::Message { id } => rows
                .iter()
                .position(|row| row.id == *id || row.answers.contains(id))
                .map_or(0, |at| at.saturating_sub(SCREEN / 2)),
        };
        let start = start.min(rows.len().saturating_sub(SCREEN));
        &rows[start..rows.len().min(start + SCREEN)]
    }
}

/// A picture, ready to be shown.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Picture {
    /// All of it, as an address.
    pub url: String,
}

/// What is copied of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CopyForm {
    /// What it says.
    Text,
    /// The same with markup.
    Markdown,
    /// A link that opens it here.
    Link,
    /// The line of the transcript, with where it stands.
    Raw,
}

/// What a conversation is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Words with markup.
    Markdown,
    /// One page that needs nothing else.
    Html,
    /// For programs.
    Json,
    /// The original, byte for byte.
    Jsonl,
}

impl ExportFormat {
    /// How its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A file that was written.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Exported {
    /// Where.
    pub path: String,
    /// What was masked in it, and what nobody looked for.
    pub note: String,
}

/// Lays a session out.
pub fn layout(engine: &Engine, session: &str) -> Result<Layout> {
    let skeleton = engine.skeleton(session)?;
    let is_pinned = engine
        .pinned()?
        .iter()
        .any(|pinned| pinned.id == skeleton.session.id);
    Ok(Layout {
        rows: rows(&skeleton.messages),
        session: skeleton.session,
        lineage: skeleton.lineage,
        tokens: skeleton.tokens,
        is_pinned,
    })
}

/// Lays a session out, with the cards of what is looked at first.
pub fn open(engine: &Engine, session: &str, first: Option<&First>) -> Result<Opened> {
    let layout = layout(engine, session)?;
    let rows = first.map_or(&[][..], |first| first.of(&layout.rows));
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let cards = match ids.is_empty() {
        true => Vec::new(),
        false => cards(engine, session, &ids, Extent::Short)?,
    };
    Ok(Opened { layout, cards })
}

/// The messages with these ids, as cards.
pub fn cards(engine: &Engine, session: &str, ids: &[String], extent: Extent) -> Result<Vec<Card>> {
    let project = engine.session(session)?.project_path;
    let project = project.as_deref();
    let turns = engine.turns(session, ids)?;
    Ok(turns
        .iter()
        .map(|turn| card(turn, Scene { project, extent }))
        .collect())
}

/// All of one block of a message.
pub fn whole_block(engine: &Engine, session: &str, message: &str, number: u32) -> Result<Block> {
    let cards = cards(engine, session, &[message.to_owned()], Extent::Whole)?;
    let blocks = cards.into_iter().flat_map(|card| card.blocks);
    blocks
        .into_iter()
        .nth(number as usize)
        .ok_or_else(|| unknown(message))
}

/// A picture of a message.
pub fn picture(engine: &Engine, message: &str, number: u32) -> Result<Picture> {
    let Content { mime_type, data } = engine.attachment(message, number)?;
    match mime_type.filter(|mime| is_picture(mime)) {
        Some(mime) => Ok(Picture {
            url: format!("data:{mime};base64,{}", STANDARD.encode(data)),
        }),
        None => Err(Error::new(Kind::Usage, "that is not a picture")),
    }
}

/// What is copied of a message.
pub fn text_of(engine: &Engine, session: &str, message: &str, form: CopyForm) -> Result<String> {
    match form {
        CopyForm::Link => return Ok(link(session, message)),
        CopyForm::Raw => {
            let raw = engine.raw_line(message)?;
            return Ok(format!("{}, byte {}\n{}", raw.path, raw.offset, raw.text));
        }
        CopyForm::Text | CopyForm::Markdown => {}
    }
    let turns = engine.turns(session, &[message.to_owned()])?;
    let turn = turns.first().ok_or_else(|| unknown(message))?;
    Ok(match form {
        CopyForm::Markdown => export::markdown(turn),
        _ => export::words(turn),
    })
}

fn link(session: &str, message: &str) -> String {
    let clean = |id: &str| -> String {
        let is_plain = |char: &char| char.is_ascii_alphanumeric() || "-_.~@".contains(*char);
        id.chars().filter(is_plain).collect()
    };
    format!(
        "scrollback://session/{}?m={}",
        clean(session),
        clean(message)
    )
}

fn unknown(message: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("the session holds no message {message}"),
    )
}

/// A session in the store, to be exported.
pub struct Stored<'a> {
    /// What to ask.
    pub engine: &'a Engine,
    /// Its id.
    pub session: &'a str,
}

impl export::Source for Stored<'_> {
    fn turns(&self, ids: &[String]) -> Result<Vec<Turn>> {
        self.engine.turns(self.session, ids)
    }

    fn content(&self, message: &str, number: u32) -> Option<Content> {
        self.engine.attachment(message, number).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(first: &First, rows: &[Row]) -> (String, usize) {
        let shown = first.of(rows);
        (
            shown.first().map(|row| row.id.clone()).unwrap_or_default(),
            shown.len(),
        )
    }

    #[test]
    fn what_is_looked_at_first_is_a_screen_of_rows() {
        let mut rows: Vec<Row> = (0..100)
            .map(|n| Row {
                id: n.to_string(),
                ..Row::default()
            })
            .collect();
        rows[50].answers.push("answer".into());
        let message = |id: &str| First::Message { id: id.into() };
        for (first, begins) in [
            (First::Start, "0"),
            (First::End, "84"),
            (message("50"), "42"),
            (message("answer"), "42"),
            (message("3"), "0"),
            (message("98"), "84"),
            (message("nowhere"), "0"),
        ] {
            assert_eq!(shown(&first, &rows), (begins.into(), SCREEN), "{first:?}");
        }
        assert_eq!(shown(&First::End, &rows[..3]), ("0".into(), 3));
        assert_eq!(shown(&message("1"), &[]), (String::new(), 0));
    }
}
