//! The words of a shard, in text that a part of a word can be looked for in.
//!
//! FTS5 finds words and their beginnings. What is in the middle of one (part of an identifier, of an id, of a run
//! of Chinese) is found here: the vocabulary is small beside the texts, and reading all of it takes a few
//! milliseconds. A row holds words that were new to the shard, folded and a line each, and is written in the
//! transaction of their messages. A word may stand in several rows: only so many are remembered at once.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use memchr::memmem;
use rusqlite::Connection;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::{fold_into, words};

/// Words that are remembered as written, at most: some megabytes.
const REMEMBERED: usize = 200_000;
const MET: usize = 1 << 13;
/// Bytes of a longer word are not looked into.
const LONGEST: usize = 4096;
/// Bytes of a row after the vocabulary was put in order.
const ROW: usize = 256 << 10;
/// Rows after which putting it in order pays.
const MANY_ROWS: i64 = 256;

pub const CREATE: &str = "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, words TEXT NOT NULL);";

/// Remembers which words were written.
#[derive(Debug)]
pub struct Vocabulary {
    written: HashSet<u64, BuildHasherDefault<AsIs>>,
    /// The last word met with each end of a hash: most words are met again and again, and this much fits into
    /// the processor's cache.
    met: Box<[u64; MET]>,
    fresh: String,
    folded: String,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self {
            written: HashSet::default(),
            met: Box::new([0; MET]),
            fresh: String::new(),
            folded: String::new(),
        }
    }
}

/// A hash is its own hash.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Vocabulary {
    /// Takes the words of a text.
    pub fn add(&mut self, text: &str) {
        for place in words(text) {
            let word = &text[place];
            if word.len() > LONGEST {
                continue;
            }
            let is_folded = word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let word = match is_folded {
                true => word,
                false => {
                    self.folded.clear();
                    fold_into(word, &mut self.folded);
                    &self.folded
                }
            };
            let hash = xxh3_64(word.as_bytes());
            let met = &mut self.met[hash as usize % MET];
            if *met == hash {
                continue;
            }
            *met = hash;
            if self.written.len() >= REMEMBERED {
                self.written.clear();
            }
            if self.written.insert(hash) {
                self.fresh.push_str(word);
                self.fresh.push('\n');
            }
        }
    }

    /// Writes the words that are new, in the transaction that is open.
    pub fn write(&mut self, index: &Connection) -> rusqlite::Result<()> {
        if !self.fresh.is_empty() {
            index
                .prepare_cached("INSERT INTO vocabulary (words) VALUES (?1)")?
                .execute([&self.fresh])?;
            self.fresh.clear();
        }
        Ok(())
    }

    /// Forgets what it took to be written: the transaction was undone.
    pub fn undo(&mut self) {
        *self = Self::default();
    }
}

/// Puts each word once, in large rows, where there are many small ones.
pub fn put_in_order(index: &Connection) -> rusqlite::Result<()> {
    let rows: i64 = index.query_row("SELECT count(*) FROM vocabulary", [], |r| r.get(0))?;
    if rows < MANY_ROWS {
        return Ok(());
    }
    let tx = index.unchecked_transaction()?;
    let all: String = {
        let mut texts = tx.prepare("SELECT words FROM vocabulary")?;
        let texts = texts.query_map([], |r| r.get::<_, String>(0))?;
        texts.collect::<rusqlite::Result<_>>()?
    };
    let mut sorted: Vec<&str> = all.lines().collect();
    sorted.sort_unstable();
    sorted.dedup();
    tx.execute("DELETE FROM vocabulary", [])?;
    let mut row = String::with_capacity(ROW + LONGEST);
    let mut words = sorted.iter().peekable();
    while let Some(word) = words.next() {
        row.push_str(word);
        row.push('\n');
        if row.len() >= ROW || words.peek().is_none() {
            tx.execute("INSERT INTO vocabulary (words) VALUES (?1)", [&row])?;
            row.clear();
        }
    }
    tx.commit()
}

/// The words of a row that hold `part`, which is folded.
pub fn with_part<'r>(row: &'r str, part: &'r str) -> impl Iterator<Item = &'r str> {
    let finder = memmem::Finder::new(part.as_bytes());
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + finder.find(row.as_bytes().get(from..)?)?;
        let start = memchr::memrchr(b'\n', &row.as_bytes()[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &row.as_bytes()[at..]).map_or(row.len(), |len| at + len);
        from = end;
        Some(&row[start..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(index: &Connection) -> Vec<String> {
        let mut rows = index
            .prepare("SELECT words FROM vocabulary ORDER BY id")
            .expect("a table");
        let rows = rows.query_map([], |r| r.get(0)).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("texts")
    }

    #[test]
    fn each_word_is_written_once_and_folded() {
        let index = Connection::open_in_memory().expect("memory");
        index.execute_batch(CREATE).expect("a table");
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("The pump, the Naïve pump");
        vocabulary.write(&index).expect("a row");
        vocabulary.add("pump hose");
        vocabulary.write(&index).expect("a row");
        assert_eq!(rows(&index), ["the\npump\nnaive\n", "hose\n"]);
        vocabulary.undo();
        vocabulary.add("pump");
        vocabulary.write(&index).expect("a row");
        assert_eq!(rows(&index).len(), 3, "what was undone is written again");
    }

    #[test]
    fn order_keeps_every_word() {
        let index = Connection::open_in_memory().expect("memory");
        index.execute_batch(CREATE).expect("a table");
        for number in 0..MANY_ROWS {
            let words = format!("word{}\nsame\n", number % 7);
            index
                .execute("INSERT INTO vocabulary (words) VALUES (?1)", [words])
                .expect("a row");
        }
        put_in_order(&index).expect("in order");
        let all = rows(&index).concat();
        assert_eq!(
            all.lines().collect::<Vec<_>>(),
            [
                "same", "word0", "word1", "word2", "word3", "word4", "word5", "word6"
            ]
        );
    }

    #[test]
    fn parts_are_found_in_words() {
        let row = "gen\nitgc后50条悬空\nwatcher\nrewatch\n";
        let found = |part| with_part(row, part).collect::<Vec<_>>();
        assert_eq!(found("悬空"), ["itgc后50条悬空"]);
        assert_eq!(found("watch"), ["watcher", "rewatch"]);
        assert_eq!(found("e"), ["gen", "watcher", "rewatch"]);
        assert!(found("none").is_empty());
    }
}
