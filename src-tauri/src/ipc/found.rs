//! What a search found, with the places that match cut out, so that the page need not count bytes.

use std::time::Duration;

use scrollback_engine::model::{self, Chip, SearchResult, Widened};
use serde::Serialize;

/// What a search found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Found {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// What was not understood or not done in full, explained.
    pub notes: Vec<String>,
    /// What was understood of the query, part by part.
    pub chips: Vec<Chip>,
    /// More was taken for what was typed, since nothing matched it.
    pub widened: Option<Widened>,
    /// Matches found, all of them if `has_all`.
    pub matches: u64,
    /// Every match was found, not only the newest.
    pub has_all: bool,
    /// There are more than were asked for.
    pub has_more: bool,
    /// Milliseconds it took.
    pub took_ms: f64,
}

/// A message that matches.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hit {
    /// The session.
    pub session_id: String,
    /// Its title.
    pub session_title: Option<String>,
    /// Its project.
    pub project_name: Option<String>,
    /// The message.
    pub message_id: String,
    /// Who speaks.
    pub role: String,
    /// The record's own type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When: ISO 8601.
    pub at: Option<String>,
    /// What matches: `text`, `thinking`, `tool_input` or `tool_output`; `title` of the session, or `id`.
    pub field: String,
    /// Matches found in the session.
    pub session_hits: u64,
    /// A few words around the first match.
    pub snippet: Vec<Piece>,
}

/// A run of text that matches, or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Piece {
    /// The text.
    pub text: String,
    /// It matches.
    pub is_hit: bool,
}

impl Found {
    /// What was found, and how long it took.
    pub fn new(result: SearchResult, took: Duration) -> Self {
        Self {
            hits: result.hits.into_iter().map(Hit::from).collect(),
            notes: result.notes,
            chips: result.chips,
            widened: result.widened,
            matches: result.matches,
            has_all: result.has_all,
            has_more: result.has_more,
            took_ms: took.as_secs_f64() * 1000.0,
        }
    }
}

impl From<model::Hit> for Hit {
    fn from(hit: model::Hit) -> Self {
        Self {
            snippet: pieces(&hit.snippet, &hit.highlights),
            session_id: hit.session_id,
            session_title: hit.session_title,
            project_name: hit.project_name,
            message_id: hit.message_id,
            role: hit.role,
            kind: hit.kind,
            at: hit.timestamp,
            field: hit.field,
            session_hits: hit.session_hits,
        }
    }
}

fn pieces(text: &str, matches: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |range: Option<&str>, is_hit| {
        if let Some(text) = range.filter(|text| !text.is_empty()) {
            pieces.push(Piece {
                text: text.into(),
                is_hit,
            });
        }
    };
    let mut from = 0;
    for &(start, end) in matches {
        add(text.get(from..start), false);
        add(text.get(start..end), true);
        from = end;
    }
    add(text.get(from..), false);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_text() {
        let text = "näh the pump, nah";
        let found = pieces(text, &[(0, 4), (9, 13)]);
        let whole: String = found.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, text);
        let hits: Vec<&str> = found
            .iter()
            .filter(|p| p.is_hit)
            .map(|p| p.text.as_str())
            .collect();
        assert_eq!(hits, ["näh", "pump"]);
        assert!(pieces("", &[]).is_empty());
    }
}
