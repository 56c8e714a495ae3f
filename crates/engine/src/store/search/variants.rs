//! What a term is taken for: itself, its beginnings, words it is part of, words it may be a misspelling of.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::super::shard::Shard;
use super::super::vocabulary::{lines, with_part};
use super::super::{left_aside, marks};
use super::expression::{any_of, begins, quoted};
use super::symbols;
use super::typo;
use super::wildcard::PathWord;
use crate::model::Widened;
use crate::query::{Shape, Term};
use crate::text::{Needle, spaced};

/// Words from which on a term is many.
const FEW: usize = 8;
/// Words that a part is taken for, at most.
const MOST: usize = 4096;
/// The same for a part that goes on in a next word: each then is a phrase with an open end.
const MOST_PHRASES: usize = 128;
/// Words that are asked for at once. Asking costs their number times that of their matches.
pub const AT_ONCE: usize = 32;
/// Words that a misspelled one is taken for, at most.
const MOST_TYPOS: usize = 16;

/// A term in FTS5's language, and as needles.
#[derive(Debug, Clone)]
pub struct Variants {
    /// What matches any of these is meant.
    pub expressions: Vec<String>,
    /// How many words that is.
    pub words: usize,
    /// What finds more than is meant, in less time, where that takes long.
    pub loose: Option<String>,
    pub needles: Vec<Needle>,
    /// It is many words.
    pub is_wide: bool,
    /// What the index finds for it has to be looked at.
    pub must_check: bool,
    /// What it was taken for.
    pub note: Option<String>,
    /// Of which words too many are known to ask for all.
    pub cut: Option<String>,
}

/// The words of some shards, and what they told while a search is answered.
#[derive(Debug)]
pub struct Known<'a> {
    conn: &'a Connection,
    shards: &'a [Shard],
    /// What was taken for a part of words, with its signs or without.
    parts: HashMap<(String, bool), Option<Variants>>,
}

impl<'a> Known<'a> {
    pub fn new(conn: &'a Connection, shards: &'a [Shard]) -> Self {
        let parts = HashMap::new();
        Self {
            conn,
            shards,
            parts,
        }
    }

    /// What a term is taken for at a step; `None` where that is no word at all.
    pub fn variants(
        &mut self,
        term: &Term,
        step: Option<Widened>,
    ) -> rusqlite::Result<Option<Variants>> {
        if let Some(found) = symbols::variants(term, step) {
            return Ok(Some(found));
        }
        let widest = |is_open_before, is_open_after| {
            let needle = Needle::new(&term.text, is_open_before, is_open_after);
            needle.map(|needle| match step {
                Some(_) if term.shape != Shape::Phrase => needle.without_signs(),
                _ => needle,
            })
        };
        Ok(match (term.shape, step) {
            (Shape::Words, None | Some(Widened::Signs)) | (Shape::Phrase, _) => {
                widest(false, false).map(|needle| one(quoted(&spaced(&term.text)), needle))
            }
            (Shape::Words, Some(Widened::Prefix))
            | (Shape::Prefix, None | Some(Widened::Signs | Widened::Prefix)) => widest(false, true)
                .map(|needle| Variants {
                    is_wide: true,
                    ..one(begins(&spaced(&term.text)), needle)
                }),
            (Shape::Fragment, _) | (_, Some(Widened::Substring)) => match widest(true, true) {
                Some(needle) => self.parts(&term.text, needle)?,
                None => None,
            },
            (Shape::Words | Shape::Prefix, Some(Widened::Typo)) => {
                let Some(needle) = widest(true, true) else {
                    return Ok(None);
                };
                // A word that is known in some form is not misspelled.
                match self.parts(&term.text, needle)? {
                    None => typos(self.conn, self.shards, &term.text)?,
                    known => known,
                }
            }
        })
    }

    /// What words of a path in a row may be, each a phrase; `None` where that is too much to ask for, which is no help:
    /// to look at what is found takes less time.
    pub fn in_a_row(&self, words: &[PathWord]) -> rusqlite::Result<Option<Vec<String>>> {
        let mut phrases = vec![String::new()];
        for word in words {
            let is_whole = !word.is_open_before && !word.is_open_after;
            let like = match is_whole {
                true => vec![word.text.clone()],
                false => self.like(word)?,
            };
            if like.is_empty() {
                return Ok(Some(Vec::new()));
            }
            // Only the first and the last of a row may be many. Without one of them more is found, never less.
            if phrases.len() * like.len() <= MOST {
                let with = |phrase: &String| {
                    like.iter()
                        .map(|word| format!("{phrase} {}", marks::path_word(word)))
                        .collect::<Vec<_>>()
                };
                phrases = phrases.iter().flat_map(with).collect();
            }
        }
        let is_asked = phrases.iter().all(|phrase| !phrase.is_empty());
        Ok(is_asked.then(|| phrases.iter().map(|phrase| quoted(phrase)).collect()))
    }

    /// The words that a word of a path may be; more than [`MOST`] where there are more.
    fn like(&self, wanted: &PathWord) -> rusqlite::Result<Vec<String>> {
        let mut found = HashSet::new();
        rows(self.conn, self.shards, |row| {
            let like = with_part(row, &wanted.text).filter(|word| wanted.fits(word));
            found.extend(like.map(str::to_owned));
            found.len() <= MOST
        })?;
        Ok(found.into_iter().collect())
    }

    fn parts(&mut self, text: &str, needle: Needle) -> rusqlite::Result<Option<Variants>> {
        let key = (text.to_owned(), needle.has_signs());
        if let Some(known) = self.parts.get(&key) {
            return Ok(known.clone());
        }
        let found = parts(self.conn, self.shards, text, needle)?;
        self.parts.insert(key, found.clone());
        Ok(found)
    }
}

fn one(expression: String, needle: Needle) -> Variants {
    Variants {
        expressions: vec![expression],
        words: 1,
        loose: None,
        needles: vec![needle],
        is_wide: false,
        must_check: false,
        note: None,
        cut: None,
    }
}

/// Words that hold the term. Where it has several words, the first may end one and the last begin one.
fn parts(
    conn: &Connection,
    shards: &[Shard],
    text: &str,
    needle: Needle,
) -> rusqlite::Result<Option<Variants>> {
    let words = needle.words();
    let Some((first, rest)) = words.split_first() else {
        return Ok(None);
    };
    let most = if rest.is_empty() { MOST } else { MOST_PHRASES };
    let mut known = HashSet::new();
    let mut begins_some = false;
    rows(conn, shards, |row| {
        for word in with_part(row, first) {
            let fits = match (rest.is_empty(), word.starts_with(first.as_str())) {
                // Those it begins are asked for together.
                (true, true) => {
                    begins_some = true;
                    false
                }
                (true, false) => true,
                (false, _) => word.ends_with(first.as_str()),
            };
            if fits && !known.contains(word) {
                known.insert(word.to_owned());
            }
        }
        known.len() <= most
    })?;
    let mut found: Vec<String> = known.into_iter().collect();
    // The closest to what was typed first.
    found.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let cut = (found.len() > most)
        .then(|| format!("“{text}” is part of more than {most} words; {most} are looked for"));
    found.truncate(most);
    // FTS5 gathers an open end anew for each phrase that has it.
    let loose = (!rest.is_empty()).then(|| {
        let ends: Vec<String> = found.iter().map(|word| quoted(word)).collect();
        format!("({} AND {})", any_of(&ends), begins(&rest.join(" ")))
    });
    let mut any: Vec<String> = found
        .into_iter()
        .map(|word| match rest.is_empty() {
            true => quoted(&word),
            false => begins(&[&[word], rest].concat().join(" ")),
        })
        .collect();
    if begins_some {
        any.insert(0, begins(first));
    }
    Ok((!any.is_empty()).then(|| Variants {
        expressions: any.chunks(AT_ONCE).map(any_of).collect(),
        words: any.len(),
        loose,
        needles: vec![needle],
        is_wide: begins_some || any.len() > FEW,
        must_check: false,
        note: None,
        cut,
    }))
}

fn typos(conn: &Connection, shards: &[Shard], text: &str) -> rusqlite::Result<Option<Variants>> {
    let Some(needle) = Needle::new(text, false, false) else {
        return Ok(None);
    };
    let [word] = needle.words() else {
        return Ok(None);
    };
    let Some(near) = typo::Near::to(word) else {
        return Ok(None);
    };
    let mut found = HashSet::new();
    // People misspell what people say: tool text is looked into where nobody says anything like it.
    for shard in shards {
        rows(conn, &[*shard], |row| {
            let near = |word| Some((near.distance(word)?, String::from(word)));
            found.extend(lines(row).filter_map(near));
            true
        })?;
        if !found.is_empty() {
            break;
        }
    }
    let mut found: Vec<(usize, String)> = found.into_iter().collect();
    found.sort_unstable();
    found.truncate(MOST_TYPOS);
    let words: Vec<String> = found.into_iter().map(|(_, word)| word).collect();
    let any: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let needles = words
        .iter()
        .filter_map(|word| Needle::new(word, false, false));
    let absent = left_aside::absent(conn, 1)?;
    Ok((!any.is_empty()).then(|| Variants {
        expressions: vec![any_of(&any)],
        words: any.len(),
        loose: None,
        needles: needles.collect(),
        is_wide: false,
        must_check: false,
        note: Some(format!(
            "“{text}” {absent}; near to it: {}",
            words.join(", ")
        )),
        cut: None,
    }))
}

/// Reads the vocabulary of shards, for as long as more is wanted.
fn rows(
    conn: &Connection,
    shards: &[Shard],
    mut read: impl FnMut(&str) -> bool,
) -> rusqlite::Result<()> {
    for shard in shards {
        let sql = format!("SELECT words FROM {}.vocabulary", shard.schema());
        let mut found = conn.prepare_cached(&sql)?;
        let mut found = found.query([])?;
        while let Some(row) = found.next()? {
            if !read(row.get_ref(0)?.as_str()?) {
                return Ok(());
            }
        }
    }
    Ok(())
}
