//! One pass for the words that rules know, then the rules that know a word of the text, then the mask.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};

use super::named::{WAYS, Way};
use super::rule::Rule;
use super::{MASK, gitleaks, own, pem};

/// How often a text is gone through again: what is masked may let something beside it stand out.
const ROUNDS: usize = 8;

/// `://:four@`: no secret is shorter.
const SHORTEST: usize = 9;

/// A long text has a word of nearly every rule somewhere; a rule looks at the blocks that have one of its own, and at
/// those beside them. No key is as long as a block.
const BLOCK: usize = 16 << 10;

/// Numbers of finders, of which there are fewer than four hundred.
type Set = [u64; 6];

fn insert(set: &mut Set, number: usize) {
    if let Some(bits) = set.get_mut(number / 64) {
        *bits |= 1 << (number % 64);
    }
}

fn insert_all(set: &mut Set, more: &Set) {
    set.iter_mut()
        .zip(more)
        .for_each(|(set, more)| *set |= more);
}

fn members(set: &Set) -> impl Iterator<Item = usize> {
    (0..set.len() * 64).filter(|number| set[number / 64] & (1 << (number % 64)) != 0)
}

/// Where finder `number` has to look: apart, and in order.
fn windows(met: &[Set], number: usize, len: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for (block, set) in met.iter().enumerate() {
        if set[number / 64] & (1 << (number % 64)) == 0 {
            continue;
        }
        let window = block.saturating_sub(1) * BLOCK..len.min((block + 2) * BLOCK);
        match windows.last_mut() {
            Some(last) if window.start <= last.end => last.end = window.end,
            _ => windows.push(window),
        }
    }
    windows
}

enum Finder {
    Key(Rule),
    Pem,
    Value(Way),
}

/// How a text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Lines,
    /// A title: new lines became blanks.
    OneLine,
}

pub(super) struct Scan {
    words: AhoCorasick,
    /// The finders that know each word.
    knowers: Vec<Set>,
    /// Those that know none, and go through every text.
    always: Set,
    finders: Vec<Finder>,
}

impl Scan {
    pub(super) fn get() -> Option<&'static Self> {
        static SCAN: OnceLock<Option<Scan>> = OnceLock::new();
        SCAN.get_or_init(|| Self::new().ok()).as_ref()
    }

    fn new() -> Result<Self, BuildError> {
        let keys = gitleaks::rules().into_iter().chain(own::rules());
        let values = WAYS.into_iter().map(Finder::Value);
        let finders: Vec<Finder> = [Finder::Pem]
            .into_iter()
            .chain(values)
            .chain(keys.map(Finder::Key))
            .collect();
        let mut words: Vec<String> = Vec::new();
        let mut knowers: Vec<Set> = Vec::new();
        let mut always = Set::default();
        for (number, finder) in finders.iter().enumerate() {
            let known = finder.words();
            if known.is_empty() {
                insert(&mut always, number);
            }
            for word in known {
                let place = words.iter().position(|it| *it == word);
                let place = place.unwrap_or_else(|| {
                    words.push(word);
                    knowers.push(Set::default());
                    words.len() - 1
                });
                insert(&mut knowers[place], number);
            }
        }
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words)?;
        Ok(Self {
            words,
            knowers,
            always,
            finders,
        })
    }

    /// `text` without what is found in it, and how many were masked; none when nothing was.
    pub(super) fn masked(&self, text: &str, layout: Layout) -> Option<(String, u64)> {
        let mut masked: Option<(String, u64)> = None;
        for _ in 0..ROUNDS {
            let text = masked.as_ref().map_or(text, |(text, _)| text);
            let secrets = self.find(text, layout);
            if secrets.is_empty() {
                break;
            }
            let before = masked.as_ref().map_or(0, |(_, count)| *count);
            masked = Some((without(text, &secrets), before + secrets.len() as u64));
        }
        masked
    }

    /// Where secrets are: in order, and apart.
    pub(super) fn find(&self, text: &str, layout: Layout) -> Vec<Range<usize>> {
        let mut secrets = Vec::new();
        if text.len() < SHORTEST {
            return secrets;
        }
        let mut met = vec![self.always; text.len() / BLOCK + 1];
        for word in self.words.find_overlapping_iter(text) {
            let knowers = &self.knowers[word.pattern()];
            insert_all(&mut met[word.start() / BLOCK], knowers);
        }
        let mut all = Set::default();
        met.iter().for_each(|block| insert_all(&mut all, block));
        for number in members(&all) {
            match &self.finders[number] {
                Finder::Key(rule) => {
                    for window in windows(&met, number, text.len()) {
                        rule.find(text, window, &mut secrets);
                    }
                }
                Finder::Pem => pem::find(text, layout == Layout::OneLine, &mut secrets),
                Finder::Value(way) => way.find(text, &mut secrets),
            }
        }
        if secrets.is_empty() {
            return secrets;
        }
        apart(text, secrets)
    }
}

impl Finder {
    fn words(&self) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Key(rule) => rule.words.iter().map(|word| word.to_string()).collect(),
            Self::Pem => owned(&pem::WORDS),
            Self::Value(way) => owned(way.words()),
        }
    }
}

/// What overlaps is one, masks that are there already stay whole, and so does every character.
fn apart(text: &str, mut secrets: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let masks: Vec<Range<usize>> = text
        .match_indices(MASK)
        .map(|(at, mask)| at..at + mask.len())
        .collect();
    for secret in &mut secrets {
        for mask in &masks {
            if secret.start < mask.end && mask.start < secret.end {
                *secret = secret.start.min(mask.start)..secret.end.max(mask.end);
            }
        }
        *secret = text.floor_char_boundary(secret.start)..text.ceil_char_boundary(secret.end);
    }
    secrets.retain(|secret| !secret.is_empty() && !masks.contains(secret));
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match apart.last_mut() {
            Some(last) if secret.start < last.end => last.end = last.end.max(secret.end),
            _ => apart.push(secret),
        }
    }
    apart
}

/// `text` with the mask in the place of each of `secrets`.
pub(super) fn without(text: &str, secrets: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for secret in secrets {
        out.push_str(&text[written..secret.start]);
        out.push_str(MASK);
        written = secret.end;
    }
    out.push_str(&text[written..]);
    out
}
