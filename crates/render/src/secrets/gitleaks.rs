//! The rules of gitleaks, read from its own file, and where we read them otherwise.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::Deserialize;

use super::rule::{Guard, Rule};

/// The sets in use, for people.
pub(crate) const RULES: &str = "gitleaks 8.30.1 and our own";

const FILE: &str = include_str!("gitleaks.toml");

/// Rules that are left out: what they find is no secret in a conversation, or is found better here.
const LEFT_OUT: [(&str, &str); 5] = [
    (
        "generic-api-key",
        "`named` knows code from values by more than a list of 1,400 words",
    ),
    ("private-key", "`pem` leaves one that is only mentioned"),
    (
        "curl-auth-user",
        "`named` leaves the user, the quotes and a shell's variables",
    ),
    ("slack-webhook-url", "`own` leaves the address"),
    (
        "jwt",
        "`own` takes shorter ones and such as have no signature",
    ),
];

/// How the names of rules end whose finds are public: ids, and the public half of a pair.
const PUBLIC: [&str; 6] = [
    "-client-id",
    "-access-id",
    "-api-id",
    "-pub-key",
    "-pub-api-key",
    "-public-key",
];

/// What begins most rules that know a key by a name beside it. It only widens the match, never the secret, and
/// keeps the pattern from being found by the name.
const HEAD: &str = r"[\w.-]{0,50}?";

/// What ends most of them. In prose, HTML and code a key ends in other ways, too.
const TAIL: &str = r#"(?:[\x60'"\s;]|\\[nr]|$)"#;

/// What may end a key that is known by a name beside it, and one that is known by itself.
const TAILS: [&str; 2] = [
    r#"(?:[\x60'"\s;,.:)\]}<>|&\\\x1b*]|$)"#,
    r"(?:[^A-Za-z0-9_]|$)",
];

/// A commit of Sourcegraph, or any hash in a text that names it.
const HASH: (&str, &str) = ("sourcegraph-access-token", "|[a-fA-F0-9]{40})");

/// Rules whose groups are pieces of the secret, which is all that they match.
const WHOLE: [&str; 2] = ["jwt-base64", "microsoft-teams-webhook"];

#[derive(Deserialize)]
struct File {
    rules: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    regex: Option<String>,
    /// Where the rule holds only in files of some name, of which we know nothing.
    path: Option<String>,
    #[serde(default)]
    entropy: f64,
    #[serde(rename = "secretGroup")]
    group: Option<usize>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    allowlists: Vec<Allowed>,
}

#[derive(Deserialize)]
struct Allowed {
    #[serde(default)]
    regexes: Vec<String>,
}

/// The rules, but those that are left out.
pub(super) fn rules() -> Vec<Rule> {
    let file: Option<File> = toml::from_str(FILE).ok();
    let written = file.into_iter().flat_map(|file| file.rules);
    written.filter_map(Written::into_rule).collect()
}

impl Written {
    fn into_rule(self) -> Option<Rule> {
        let is_left_out = LEFT_OUT.iter().any(|(id, _)| *id == self.id);
        let is_public = PUBLIC.iter().any(|end| self.id.ends_with(end));
        if is_left_out || is_public || self.path.is_some() {
            return None;
        }
        let mut pattern = self.regex?;
        let is_named = pattern.contains(HEAD);
        pattern = pattern.replace(HEAD, "");
        pattern = pattern.replace(TAIL, TAILS[usize::from(!is_named)]);
        if self.id == HASH.0 {
            pattern = pattern.replace(HASH.1, ")");
        }
        // Where a word begins, the rule itself asks.
        let begins_a_word = pattern.starts_with(r"\b") || pattern.starts_with(r"(?i)\b");
        if begins_a_word {
            pattern = pattern.replacen(r"\b", "", 1);
        }
        let is_whole = WHOLE.contains(&self.id.as_str());
        Some(Rule {
            name: Cow::Owned(self.id),
            words: self.keywords.into_iter().map(Cow::Owned).collect(),
            pattern: Cow::Owned(pattern),
            group: self.group.or_else(|| is_whole.then_some(0)),
            begins_a_word,
            entropy: self.entropy,
            allowed: self
                .allowlists
                .into_iter()
                .flat_map(|it| it.regexes)
                .collect(),
            guard: if is_named { Guard::Figure } else { Guard::None },
            compiled: OnceLock::new(),
        })
    }
}
