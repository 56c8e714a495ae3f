//! Values that are called a secret: `password=…`, `"api_key": "…"`, an `Authorization` header, `curl -u`, an address with
//! a password in it. What code says, and what only says where the secret is, stays.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::MASK;
use super::rule::pattern;

/// How a name ends whose value is a secret.
const NAME: &str = r"(?:tokens?|(?:password|passwd|passphrase|pwd|[_-]pass|secret|credential|(?:api|access|account|auth|encryption|master|private|secret|signing)[_-]?key(?:[_-]base)?)s?)(?:_?v?[0-9]{1,2})?";

/// What else a name is made of.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// What may stand between a name and its value, on one line.
const SIGN: &str = r#"\\?["'`]?[ \t]*(?:=>|[:=])[ \t]*"#;

/// What may stand in front of a value.
const SCHEME: &str = r"(?:(?:bearer|basic|token)[ \t]+)";

/// The ways in which a value says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Authorization,
    Address,
    Curl,
    Name,
}

pub(super) const WAYS: [Way; 4] = [Way::Authorization, Way::Address, Way::Curl, Way::Name];

struct Patterns {
    authorization: Regex,
    address: Regex,
    curl: Regex,
    named: Regex,
    name: Regex,
    scheme: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    PATTERNS.get_or_init(|| Patterns::new().ok()).as_ref()
}

impl Patterns {
    /// In each, what is masked is the last group that takes part.
    fn new() -> Result<Self, regex::Error> {
        let double = format!(r#""{SCHEME}?((?:[^"\\\n]|\\.){{8,}})""#);
        let single = format!(r"'{SCHEME}?((?:[^'\\\n]|\\.){{8,}})'");
        let open = r#"\\?["'`]?"#;
        let bare = format!(r#"{open}{SCHEME}?([^\s"'`\\,;<>{{}}()\[\]\x1b]{{8,}})"#);
        Ok(Self {
            authorization: pattern(&format!(
                "(?i)authorization{SIGN}{open}{SCHEME}([A-Za-z0-9._~+/=-]{{8,}})"
            ))?,
            address: pattern(r#"://[^\s/:@"'`<>]*:([^\s/:@"]{4,})@"#)?,
            curl: pattern(
                r#"(?x)curl(?:[^\n|&]|&[^&\n]|\\\n)*?\s(?:-[a-zA-Z]*u\s*|--user[\s=]+)
                (?:"[^":\n]*:([^"\n]+)"|'[^':\n]*:([^'\n]+)'|\\?["']?[^\s"':]*:([^\s"'\\]+))"#,
            )?,
            named: pattern(&format!("(?i){NAME}{SIGN}(?:{double}|{single}|{bare})"))?,
            name: pattern(&format!("(?i)^[a-z0-9_.-]*(?:{NAME}|authorization)$"))?,
            scheme: pattern(&format!("(?i)^{SCHEME}"))?,
        })
    }
}

impl Way {
    /// One of them is there when a value says it this way.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Authorization => &["authorization"],
            Self::Address => &["://"],
            Self::Curl => &["curl"],
            Self::Name => &["token", "pass", "pwd", "secret", "credential", "key"],
        }
    }

    /// Adds where in `text` a value is a secret.
    pub(super) fn find(self, text: &str, secrets: &mut Vec<Range<usize>>) {
        let Some(patterns) = patterns() else { return };
        let is_literal = |found: &Found<'_>| !is_reference(found.value);
        let is_number = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Authorization => find(text, &patterns.authorization, |_| true, secrets),
            Self::Address => {
                let is_password = |found: &Found<'_>| {
                    let has_scheme = !found.head.starts_with(':');
                    has_scheme && is_literal(found) && found.value.chars().count() >= 4
                };
                find(text, &patterns.address, is_password, secrets);
            }
            Self::Curl => {
                let is_password = |found: &Found<'_>| is_literal(found) && !is_number(found.value);
                find(text, &patterns.curl, is_password, secrets);
            }
            Self::Name => find(
                text,
                &patterns.named,
                |found| found.is_named_secret(),
                secrets,
            ),
        }
    }
}

/// Where in `value` the secret begins, if it is one by the name it has in JSON.
pub(super) fn secret_of(name: &str, value: &str) -> Option<usize> {
    let patterns = patterns()?;
    if !patterns.name.is_match(name.as_bytes()) {
        return None;
    }
    let scheme = patterns.scheme.find(value.as_bytes());
    let start = scheme.map_or(0, |scheme| scheme.end());
    let rest = &value[start..];
    let is_header = start > 0 && name.to_ascii_lowercase().ends_with("authorization");
    let is_secret = rest.len() >= 8 && !is_reference(rest) && (is_header || is_random(name, rest));
    is_secret.then_some(start)
}

/// Something that may be a secret, with what stands around it.
struct Found<'t> {
    head: &'t str,
    value: &'t str,
    rest: &'t str,
}

impl Found<'_> {
    /// Whether it is a secret by its name, and not what code says.
    fn is_named_secret(&self) -> bool {
        let sign = self.head.rsplit(['=', ':', '>']).next().unwrap_or_default();
        let is_quoted = sign.contains(['"', '\'', '`']);
        // The shell and .env files know no other values than literal ones.
        let is_assigned =
            self.head.ends_with('=') && !self.head.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_code = !is_quoted
            && (self.rest.starts_with(['(', '[']) || !is_assigned && is_member(self.value));
        // `if not api_key:\n` in a text that shows its new lines so.
        let is_escape = self.head.ends_with('\\');
        // In words, `pwd` is the folder one is in.
        let is_folder = !is_quoted && self.head.trim_end().eq_ignore_ascii_case("pwd:");
        !is_code
            && !is_escape
            && !is_folder
            && !is_reference(self.value)
            && is_random(self.head, self.value)
    }
}

/// Adds what `pattern` finds and `is_secret` confirms.
fn find(
    text: &str,
    pattern: &Regex,
    is_secret: impl Fn(&Found<'_>) -> bool,
    secrets: &mut Vec<Range<usize>>,
) {
    let mut at = 0;
    while let Some(groups) = pattern.captures_at(text.as_bytes(), at) {
        let Some(value) = groups.iter().flatten().last() else {
            break;
        };
        let named = groups.get_match().start();
        let before = text.as_bytes()[..named].iter().rev();
        let head = named - before.take_while(|byte| is_of_name(**byte)).count();
        // What stands between signs of ASCII is whole characters.
        let parts = (
            text.get(head..value.start()),
            text.get(value.range()),
            text.get(value.end()..),
        );
        // In what is no secret itself, there may be one.
        at = value.start().max(at + 1);
        if let (Some(head), Some(value_text), Some(rest)) = parts
            && is_secret(&Found {
                head,
                value: value_text,
                rest,
            })
        {
            at = value.end();
            secrets.push(value.range());
        }
    }
}

/// Whether a value only says where the secret is: a variable, a placeholder, a path, an address.
fn is_reference(value: &str) -> bool {
    value.starts_with(['$', '{', '<', ':', '='])
        || value.starts_with("#{")
        || value.starts_with("env.")
        || [".env.", "::", "://", MASK]
            .into_iter()
            .any(|part| value.contains(part))
        || is_path(value)
}

/// Whether a value is a path; Base64 may begin with a slash, too.
fn is_path(value: &str) -> bool {
    let begins = ["/", "./", "../", "~/"]
        .into_iter()
        .any(|begin| value.starts_with(begin));
    let is_on_drive = matches!(value.get(1..3), Some(":\\" | ":/"));
    (begins || is_on_drive) && !value.split(['/', '\\']).any(is_key)
}

/// Whether a value is what code calls a part of something: `settings.token_v2`.
fn is_member(value: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !is_key(part)
    };
    let mut parts = value
        .split('.')
        .map(|part| part.trim_matches(['&', '*', '!', '@', '?']));
    value.contains('.') && parts.all(is_name)
}

/// Whether a part of a path or of a dotted name is too long and too mixed to be a word.
fn is_key(part: &str) -> bool {
    let has = |test: fn(&u8) -> bool| part.bytes().any(|byte| test(&byte));
    part.len() >= 20
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
}

/// Whether a value is no word: `token = next_token` is code, `token = 9f8Gh2…` is a secret.
fn is_random(name: &str, value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    let kinds = [
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_digit),
        has(u8::is_ascii_punctuation),
    ];
    let mixed = kinds.iter().filter(|it| **it).count();
    let name = name.to_ascii_lowercase();
    // Only passwords are of several words.
    let may_have_blanks = ["pass", "pwd"].into_iter().any(|part| name.contains(part));
    let is_one = !value.contains(char::is_whitespace);
    let is_said = value.trim() != value || value.contains('\n');
    !is_said
        && (is_one || may_have_blanks)
        && kinds[2]
        && mixed >= 2
        && bits(value.as_bytes()) >= 2.75
}

/// Shannon's entropy of a character, in bits.
pub(super) fn bits(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let all = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|part| -part * part.log2())
        .sum()
}
