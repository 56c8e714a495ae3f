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

use crate::text::{fold, words};

/// Words that are remembered as written since the last time so many were: twice as many at most, some megabytes.
const REMEMBERED: usize = 100_000;
/// Fewer are not forgotten for the memory they take.
const WORTH_FORGETTING: usize = 20_000;
/// Words that are told apart while the vocabulary is put in order.
const TOLD_APART: usize = 400_000;
const MET: usize = 1 << 12;
/// Bytes of a longer word are not looked into.
const LONGEST: usize = 4096;
/// Bytes of a row after the vocabulary was put in order.
const ROW: usize = 256 << 10;
/// Rows after which putting it in order pays.
const MANY_ROWS: i64 = 4096;

pub const CREATE: &str = "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, words TEXT NOT NULL);";

/// FNV-1a, taken on a byte at a time while a word is read: all text passes here.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// The small letter or digit of each byte that is one in ASCII, and 0.
const SMALL: [u8; 256] = {
    let mut small = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            small[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    small
};

/// Hashes of words.
type Hashes = HashSet<u64, BuildHasherDefault<AsIs>>;

/// Remembers which words were written.
#[derive(Debug)]
pub struct Vocabulary {
    /// Words met lately.
    young: Hashes,
    /// Words met before those, which are forgotten next unless they are met again.
    old: Hashes,
    /// The last word met with each end of a hash: most words are met again and again, and this much fits into
    /// the processor's cache.
    met: Box<[u64; MET]>,
    fresh: String,
    /// Words were forgotten, and may stand in several rows.
    has_forgotten: bool,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self {
            young: HashSet::default(),
            old: HashSet::default(),
            met: Box::new([0; MET]),
            fresh: String::new(),
            has_forgotten: false,
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
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if *byte >= 0x80 {
                at += self.add_first_of(&text[at..]);
                continue;
            }
            if SMALL[*byte as usize] == 0 {
                at += 1;
                continue;
            }
            let (start, mut hash) = (at, SEED);
            while let Some(small) = bytes
                .get(at)
                .map(|byte| SMALL[*byte as usize])
                .filter(|small| *small != 0)
            {
                hash = step(hash, small);
                at += 1;
            }
            match bytes.get(at) {
                // The word may go on.
                Some(byte) if *byte >= 0x80 => at = start + self.add_first_of(&text[start..]),
                _ => self.meet(hash, &text[start..at]),
            }
        }
    }

    /// Takes the first word, if the text begins with one; how many bytes to go on.
    fn add_first_of(&mut self, text: &str) -> usize {
        let first = text.chars().next().map_or(1, char::len_utf8);
        let Some(place) = words(text).next().filter(|place| place.start == 0) else {
            return first;
        };
        let word = fold(&text[place.clone()]);
        self.meet(word.bytes().fold(SEED, step), &word);
        place.end
    }

    fn meet(&mut self, hash: u64, word: &str) {
        let met = &mut self.met[(hash ^ hash >> 32) as usize % MET];
        if *met == hash || word.len() > LONGEST {
            return;
        }
        *met = hash;
        if self.young.len() >= REMEMBERED {
            self.has_forgotten |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        if self.young.insert(hash) && !self.old.contains(&hash) {
            self.fresh
                .extend(word.chars().map(|c| c.to_ascii_lowercase()));
            self.fresh.push('\n');
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

    /// Gives back memory, if it is much: words that are met again are written again.
    pub fn rest(&mut self) {
        if self.young.len() + self.old.len() > WORTH_FORGETTING {
            self.undo();
            self.has_forgotten = true;
        }
    }

    /// Forgets what it took to be written: the transaction was undone.
    pub fn undo(&mut self) {
        *self = Self {
            has_forgotten: self.has_forgotten,
            ..Self::default()
        };
    }

    /// Writes each word once, in large rows, where many may stand in several or there are many small ones.
    pub fn put_in_order(&mut self, index: &Connection) -> rusqlite::Result<()> {
        let rows: i64 = index.query_row("SELECT count(*) FROM vocabulary", [], |r| r.get(0))?;
        if self.has_forgotten || rows >= MANY_ROWS {
            put_in_order(index)?;
            self.has_forgotten = false;
        }
        Ok(())
    }
}

fn put_in_order(index: &Connection) -> rusqlite::Result<()> {
    let tx = index.unchecked_transaction()?;
    let last: i64 = tx.query_row("SELECT ifnull(max(id), 0) FROM vocabulary", [], |r| {
        r.get(0)
    })?;
    write_once(&tx, last)?;
    tx.execute("DELETE FROM vocabulary WHERE id <= ?1", [last])?;
    tx.commit()
}

/// Writes the words of the rows up to `last` again, each once. A row is read and one is written at a time: all of
/// them may be much.
fn write_once(index: &Connection, last: i64) -> rusqlite::Result<()> {
    let mut old = index.prepare("SELECT words FROM vocabulary WHERE id <= ?1 ORDER BY id")?;
    let mut new = index.prepare("INSERT INTO vocabulary (words) VALUES (?1)")?;
    let (mut told_apart, mut row) = (Hashes::default(), String::with_capacity(ROW + LONGEST));
    let mut rows = old.query([last])?;
    while let Some(words) = rows.next()? {
        for word in lines(words.get_ref(0)?.as_str()?) {
            if told_apart.len() >= TOLD_APART {
                told_apart.clear();
            }
            if !told_apart.insert(word.bytes().fold(SEED, step)) {
                continue;
            }
            row.push_str(word);
            row.push('\n');
            if row.len() >= ROW {
                new.execute([&row])?;
                row.clear();
            }
        }
    }
    if !row.is_empty() {
        new.execute([&row])?;
    }
    Ok(())
}

/// The words of a row.
pub fn lines(row: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', row.as_bytes()).map(move |end| {
        let word = &row[start..end];
        start = end + 1;
        word
    })
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

    fn empty() -> Connection {
        let index = Connection::open_in_memory().expect("memory");
        index.execute_batch(CREATE).expect("a table");
        index
    }

    fn rows(index: &Connection) -> Vec<String> {
        let mut rows = index
            .prepare("SELECT words FROM vocabulary ORDER BY id")
            .expect("a table");
        let rows = rows.query_map([], |r| r.get(0)).expect("rows");
        rows.collect::<rusqlite::Result<_>>().expect("texts")
    }

    #[test]
    fn each_word_is_written_once_and_folded() {
        let index = empty();
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("The pump, the Naïve pump 重跑gen");
        vocabulary.write(&index).expect("a row");
        vocabulary.add("pump hose");
        vocabulary.write(&index).expect("a row");
        assert_eq!(rows(&index), ["the\npump\nnaive\n重\n跑\ngen\n", "hose\n"]);
        vocabulary.undo();
        vocabulary.add("pump");
        vocabulary.write(&index).expect("a row");
        assert_eq!(rows(&index).len(), 3, "what was undone is written again");
    }

    #[test]
    fn order_keeps_every_word() {
        let index = empty();
        for number in 0..MANY_ROWS {
            let words = format!("word{}\nsame\n", number % 7);
            index
                .execute("INSERT INTO vocabulary (words) VALUES (?1)", [words])
                .expect("a row");
        }
        Vocabulary::default()
            .put_in_order(&index)
            .expect("in order");
        let all = rows(&index).concat();
        assert_eq!(
            all.lines().collect::<Vec<_>>(),
            [
                "word0", "same", "word1", "word2", "word3", "word4", "word5", "word6"
            ]
        );
    }

    #[test]
    fn what_was_forgotten_is_written_again_and_put_in_order() {
        let index = empty();
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("pump");
        for number in 0..REMEMBERED {
            vocabulary.add(&format!("w{number}"));
        }
        vocabulary.add("pump");
        vocabulary.write(&index).expect("a row");
        let times = |index| {
            let all = rows(index).concat();
            all.lines().filter(|word| *word == "pump").count()
        };
        assert_eq!(times(&index), 1, "one generation back it is known still");
        for number in 0..2 * REMEMBERED {
            vocabulary.add(&format!("x{number}"));
        }
        assert!(vocabulary.young.len() <= REMEMBERED && vocabulary.old.len() <= REMEMBERED);
        vocabulary.add("pump");
        vocabulary.write(&index).expect("a row");
        assert_eq!(times(&index), 2);
        vocabulary.put_in_order(&index).expect("in order");
        assert_eq!(times(&index), 1);
        assert_eq!(
            rows(&index).concat().lines().count(),
            1 + REMEMBERED + 2 * REMEMBERED
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
