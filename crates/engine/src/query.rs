//! What a person types into the search, understood as far as possible.
//!
//! Words must all occur, `"words in a row"`, `-without`, `one OR other`, `beginn*`, `*part*`, and filters such as
//! `project:garden` or `after:7d` ([`filter`]). Parsing never fails: a part that makes no sense is kept with
//! the reason, and the rest is searched. Every part knows where it stands in what was typed, so that a face can
//! show it as a chip, underline it, and take it out again.

mod as_sql;
mod filter;
mod tokens;
mod when;

use std::ops::Range;

use jiff::ZonedDateTime;

use crate::model::{Chip, ChipKind};
use crate::text::{is_symbol, is_word_char};

pub use filter::{Content, Filter, Kind, Speaker, Test};

use tokens::Token;

/// Terms taken at most; a pasted page is cut here and said so.
const MOST_TERMS: usize = 32;

/// A query, understood as far as possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// What was typed, in order.
    pub parts: Vec<Part>,
    /// The ids of the sessions that are pinned, which only the asker knows.
    pub pinned: Vec<String>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it stands: bytes of what was typed.
    pub span: Range<usize>,
    /// What it means.
    pub what: What,
}

/// What a part of a query means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Words to look for, or to leave out.
    Term(Term),
    /// Narrows the search down.
    Filter(Filter),
    /// Separates alternatives.
    Or,
    /// Nothing that could be looked for, and why.
    Nothing(String),
}

/// Words to look for, or to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As typed, without quotes, dash and stars.
    pub text: String,
    /// How it has to occur.
    pub shape: Shape,
    /// It must not occur.
    pub is_excluded: bool,
}

/// How a term has to occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As whole words in a row. A search that finds nothing may take more for it.
    Words,
    /// As whole words in a row and nothing else: it was quoted.
    Phrase,
    /// As whole words in a row of which the last may go on.
    Prefix,
    /// Anywhere, also within words.
    Fragment,
}

impl Query {
    /// Understands what was typed. Never fails. Dates are those of the system's clock and time zone.
    pub fn parse(typed: &str) -> Self {
        Self::parse_at(typed, &ZonedDateTime::now())
    }

    /// The same at another time.
    pub fn parse_at(typed: &str, now: &ZonedDateTime) -> Self {
        let mut query = Self::default();
        let mut terms = 0;
        for token in tokens::tokens(typed) {
            let mut what = meaning(&token, now);
            if matches!(what, What::Term(_)) {
                terms += 1;
                if terms > MOST_TERMS {
                    what =
                        What::Nothing(format!("only the first {MOST_TERMS} words are looked for"));
                }
            }
            let is_cut = terms > MOST_TERMS;
            query.parts.push(Part {
                span: token.span,
                what,
            });
            if is_cut {
                break;
            }
        }
        query
    }

    /// Alternatives, each a list of terms that must all hold. Without terms there are none.
    pub fn alternatives(&self) -> Vec<Vec<&Term>> {
        let mut alternatives = vec![Vec::new()];
        for part in &self.parts {
            match (&part.what, alternatives.last_mut()) {
                (What::Or, _) => alternatives.push(Vec::new()),
                (What::Term(term), Some(last)) => last.push(term),
                _ => {}
            }
        }
        alternatives.retain(|terms| !terms.is_empty());
        alternatives
    }

    /// What narrows the search down.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.parts.iter().filter_map(|part| match &part.what {
            What::Filter(filter) => Some(filter),
            _ => None,
        })
    }

    /// The terms that must occur.
    pub fn wanted(&self) -> impl Iterator<Item = &Term> {
        self.parts.iter().filter_map(|part| match &part.what {
            What::Term(term) if !term.is_excluded => Some(term),
            _ => None,
        })
    }

    /// Nothing is asked for.
    pub fn is_empty(&self) -> bool {
        !self
            .parts
            .iter()
            .any(|part| matches!(part.what, What::Term(_) | What::Filter(_)))
    }

    /// What was understood of `typed`, of which this is the query, as faces show it.
    pub fn chips(&self, typed: &str) -> Vec<Chip> {
        let units = |at: usize| typed[..at].encode_utf16().count() as u32;
        let chip = |part: &Part| Chip {
            from: units(part.span.start),
            to: units(part.span.end),
            kind: match part.what {
                What::Term(_) => ChipKind::Term,
                What::Filter(_) => ChipKind::Filter,
                What::Or => ChipKind::Or,
                What::Nothing(_) => ChipKind::Nothing,
            },
            problem: match &part.what {
                What::Nothing(why) => Some(why.clone()),
                _ => None,
            },
        };
        self.parts.iter().map(chip).collect()
    }

    /// What was not understood, explained.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.parts.iter().filter_map(|part| match &part.what {
            What::Nothing(why) => Some(why.clone()),
            _ => None,
        });
        notes.collect()
    }
}

fn meaning(token: &Token, now: &ZonedDateTime) -> What {
    if token.is("OR") {
        return What::Or;
    }
    if let Some(key) = &token.key {
        return match filter::Filter::parse(key, &token.text, token.is_excluded, now) {
            Ok(filter) => What::Filter(filter),
            Err(why) => What::Nothing(why),
        };
    }
    // Within quotes a star is a sign like any other.
    let (text, shape) = match token.text.as_str() {
        text if token.is_quoted && token.has_star => (text, Shape::Prefix),
        text if token.is_quoted => (text, Shape::Phrase),
        // A key with a star on it.
        text if text.starts_with('*') && is_key(text) => (text, Shape::Words),
        text if text.starts_with('*') => (text.trim_matches('*'), Shape::Fragment),
        text if text.ends_with('*') => (text.trim_end_matches('*'), Shape::Prefix),
        text => (text, Shape::Words),
    };
    if !text.chars().any(|c| is_word_char(c) || is_symbol(c)) {
        return What::Nothing(match token.text.as_str() {
            "" => "the quotes hold nothing".into(),
            text => format!("“{text}” has no letter, digit or symbol to look for"),
        });
    }
    What::Term(Term {
        text: text.to_owned(),
        shape,
        is_excluded: token.is_excluded,
    })
}

/// Whether a text is a picture of a key.
fn is_key(text: &str) -> bool {
    text.ends_with('\u{20E3}') && text.chars().count() <= 3
}

#[cfg(test)]
mod tests;
