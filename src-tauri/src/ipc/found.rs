//! What a search found, with the places that match cut out, so that the page need not count bytes.

use scrollback_engine::model::{self, SearchResult};
use serde::Serialize;

/// What a search found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Found {
    /// The hits, in order.
    pub hits: Vec<Hit>,
    /// Parts of the query that were not understood, explained.
    pub notes: Vec<String>,
    /// There are more than were asked for.
    pub has_more: bool,
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
    /// Where the text matches: `text`, `thinking`, `tool_input` or `tool_output`.
    pub field: String,
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

impl From<SearchResult> for Found {
    fn from(result: SearchResult) -> Self {
        Self {
            hits: result.hits.into_iter().map(Hit::from).collect(),
            notes: result.notes,
            has_more: result.has_more,
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
