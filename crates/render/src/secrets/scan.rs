//! One pass for the words that rules know, then the rules that know a word of the text, then the mask.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};

use super::named::{WAYS, Way};
use super::rule::Rule;
use super::{MASK, gitleaks, own, pem};

/// How often a text is gone through again: what is masked may let something beside it stand out.
const ROUNDS: usize = 8;

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
    knowers: Vec<Vec<usize>>,
    /// Those that know none, and go through every text.
    always: Vec<usize>,
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
        let mut knowers: Vec<Vec<usize>> = Vec::new();
        let mut always = Vec::new();
        for (number, finder) in finders.iter().enumerate() {
            let known = finder.words();
            if known.is_empty() {
                always.push(number);
            }
            for word in known {
                let place = words.iter().position(|it| *it == word);
                let place = place.unwrap_or_else(|| {
                    words.push(word);
                    knowers.push(Vec::new());
                    words.len() - 1
                });
                knowers[place].push(number);
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

    /// Masks what is found in `text`. Returns how many were masked.
    pub(super) fn mask(&self, text: &mut String, layout: Layout) -> u64 {
        let mut count = 0;
        for _ in 0..ROUNDS {
            let secrets = self.find(text, layout);
            if secrets.is_empty() {
                break;
            }
            count += cut_out(text, &secrets);
        }
        count
    }

    /// Where secrets are: in order, and apart.
    fn find(&self, text: &str, layout: Layout) -> Vec<Range<usize>> {
        let mut secrets = Vec::new();
        let mut is_met = vec![false; self.finders.len()];
        self.always.iter().for_each(|number| is_met[*number] = true);
        for word in self.words.find_overlapping_iter(text) {
            for number in &self.knowers[word.pattern()] {
                is_met[*number] = true;
            }
        }
        for (finder, _) in self
            .finders
            .iter()
            .zip(is_met)
            .filter(|(_, is_met)| *is_met)
        {
            match finder {
                Finder::Key(rule) => rule.find(text, &mut secrets),
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

/// Puts the mask in the place of each of `secrets`. Returns how many there are.
pub(super) fn cut_out(text: &mut String, secrets: &[Range<usize>]) -> u64 {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for secret in secrets {
        out.push_str(&text[written..secret.start]);
        out.push_str(MASK);
        written = secret.end;
    }
    out.push_str(&text[written..]);
    *text = out;
    secrets.len() as u64
}
