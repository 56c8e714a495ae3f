//! A term with emoji or other symbols: the index knows of each message which it holds.

use super::super::marks;
use super::expression::{any_of, quoted};
use super::variants::Variants;
use crate::model::Widened;
use crate::query::{Shape, Term};
use crate::text::{Needle, essence, fold, spaced, symbols, words};

/// What the term is taken for at a step; `None` where it has no symbol, or its words are all that is asked for.
pub fn variants(term: &Term, step: Option<Widened>) -> Option<Variants> {
    let text = fold(&term.text);
    let mut held: Vec<&str> = symbols(&text).map(|place| &text[place]).collect();
    held.first()?;
    let is_quoted = term.shape == Shape::Phrase;
    let is_exact =
        is_quoted || term.shape == Shape::Words && matches!(step, None | Some(Widened::Signs));
    let keeps_signs = is_quoted || step.is_none();
    let has_words = words(&text).next().is_some();
    if has_words && !(is_exact && keeps_signs) {
        return None;
    }
    let mut needle = Needle::new(&text, !is_exact, !is_exact)?;
    if !keeps_signs {
        needle = needle.without_signs();
        held.truncate(1);
    }
    let mut all: Vec<String> = Vec::new();
    if has_words {
        all.push(quoted(&spaced(&text)));
    }
    for symbol in &held {
        match is_exact {
            true => all.push(quoted(&marks::symbol(essence(symbol)))),
            false => all.extend(essence(symbol).map(within)),
        }
    }
    all.dedup();
    Some(Variants {
        words: all.len(),
        must_check: all.len() > 1 || needle.has_signs(),
        expressions: vec![format!("({})", all.join(" AND "))],
        loose: None,
        needles: vec![needle],
        is_wide: false,
        note: None,
        cut: None,
    })
}

/// A character that is a symbol, or part of one.
fn within(c: char) -> String {
    any_of(&[
        quoted(&marks::symbol(std::iter::once(c))),
        quoted(&marks::symbol_part(c)),
    ])
}
