//! Likely secrets in what leaves the machine: keys of known shapes, and values that are called one.

use std::ops::Range;
use std::sync::OnceLock;

use regex::Regex;
use scrollback_engine::model::{MessageRow, SessionRow, Turn};
use serde::de::IgnoredAny;

/// What stands where a secret stood.
const MASK: &str = "[secret masked]";

/// Shapes that are secrets by themselves. A line may begin with an escape or a colour in front of one.
const KEYS: &str = r"(?x)(?:\\[nrt]|\x1b\[[0-9;]*m|(?-u:\b))(
    sk-[A-Za-z0-9_-]{20,}
  | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}
  | gh[pousr]_[A-Za-z0-9]{30,}
  | github_pat_[A-Za-z0-9_]{30,}
  | glpat-[A-Za-z0-9_-]{20,}
  | npm_[A-Za-z0-9]{36}
  | (?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)
  | xox[abeoprs]-[A-Za-z0-9-]{10,}
  | xapp-[0-9]-[A-Za-z0-9-]{10,}
  | https://hooks\.slack\.com/services/([A-Za-z0-9_/-]{16,})
  | AIza[0-9A-Za-z_-]{35,}
  | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
)";

/// What begins one of them, or a password in an address, and is cut.
const CUT: &str = r"(?x)(?-u:\b)(
    (?:sk-|[srp]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|npm_|AKIA|ASIA|xox[abeoprs]-|xapp-|AIza|eyJ)[A-Za-z0-9_.-]+
  | https://hooks\.slack\.com/services/([A-Za-z0-9_/-]+)
  | [a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/:@]+)
)$";

/// How a text ends of which the rest was cut off.
const CUT_OFF: char = '…';

/// How a name ends whose value is a secret.
const NAME: &str = r"(?x:[a-z0-9_.-]*
    (?:tokens?|(?:password|passwd|passphrase|pwd|[_-]pass|secret|credential
      |(?:api|access|account|auth|encryption|master|private|secret|signing)[_-]?key(?:[_-]base)?)s?)
    (?:_?v?[0-9]{1,2})?)";

/// What may stand between a name and its value, on one line.
const SIGN: &str = r#"\\?["'`]?[ \t]*(?:=>|[:=])[ \t]*"#;

/// What may stand in front of a value.
const SCHEME: &str = r"(?:(?:bearer|basic|token)[ \t]+)";

/// The begin of a private key, and its end.
const PEM: [&str; 2] = [
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
];

/// What may stand between the lines of a private key: a new line, and what quotes or numbers it.
const NEW_LINE: &str = r#"["',;+ \t]*(?:(?:\\+r)?\\+n|\r?\n)(?:\s|\\+n|[">'+|]|[0-9]+[→:\t])*"#;

/// A line of a private key: a header of it, or its bytes.
const KEY_LINE: &str =
    r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash):[^\r\n\\]*|([A-Za-z0-9+/=]{16,}))";

struct Patterns {
    keys: Regex,
    cut: Regex,
    named: Regex,
    name: Regex,
    scheme: Regex,
    authorization: Regex,
    address: Regex,
    curl: Regex,
    begin: Regex,
    end: Regex,
    line: Regex,
    word: Regex,
    literal: Regex,
}

impl Patterns {
    fn get() -> Option<&'static Self> {
        static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
        PATTERNS.get_or_init(|| Self::new().ok()).as_ref()
    }

    /// In each, what is masked is the last group that takes part.
    fn new() -> Result<Self, regex::Error> {
        let double = format!(r#""{SCHEME}?((?:[^"\\\n]|\\.){{8,}})""#);
        let single = format!(r"'{SCHEME}?((?:[^'\\\n]|\\.){{8,}})'");
        let open = r#"\\?["'`]?"#;
        let bare = format!(r#"{open}{SCHEME}?([^\s"'`\\,;<>{{}}()\[\]\x1b]{{8,}})"#);
        Ok(Self {
            keys: Regex::new(KEYS)?,
            cut: Regex::new(CUT)?,
            named: Regex::new(&format!("(?i){NAME}{SIGN}(?:{double}|{single}|{bare})"))?,
            name: Regex::new(&format!("(?i)^(?:{NAME}|[a-z0-9_.-]*authorization)$"))?,
            scheme: Regex::new(&format!("(?i)^{SCHEME}"))?,
            authorization: Regex::new(&format!(
                "(?i)authorization{SIGN}{open}{SCHEME}([A-Za-z0-9._~+/=-]{{8,}})"
            ))?,
            address: Regex::new(r#"(?i)[a-z][a-z0-9+.-]*://[^\s/:@"'`<>]*:([^\s/:@"]{4,})@"#)?,
            curl: Regex::new(
                r#"(?x)curl(?:[^\n|&]|&[^&\n]|\\\n)*?\s(?:-[a-zA-Z]*u\s*|--user[\s=]+)
                (?:"[^":\n]*:([^"\n]+)"|'[^':\n]*:([^'\n]+)'|\\?["']?[^\s"':]*:([^\s"'\\]+))"#,
            )?,
            begin: Regex::new(PEM[0])?,
            end: Regex::new(PEM[1])?,
            line: Regex::new(&format!("^{NEW_LINE}{KEY_LINE}"))?,
            word: Regex::new(&format!(r"^\s+{KEY_LINE}"))?,
            literal: Regex::new(r#""(?:[^"\\]|\\.)*""#)?,
        })
    }
}

/// Masks what looks like a secret in `turn`. Returns how many were masked.
pub fn mask(turn: &mut Turn) -> u64 {
    let rows = std::iter::once(&mut turn.message).chain(&mut turn.answers);
    rows.map(mask_row).sum()
}

/// Masks what looks like a secret in what is said of `session`. Returns how many were masked.
pub fn mask_session(session: &mut SessionRow) -> u64 {
    session.title.as_mut().map_or(0, mask_title)
}

fn mask_row(row: &mut MessageRow) -> u64 {
    let texts = [
        &mut row.user_text,
        &mut row.assistant_text,
        &mut row.thinking_text,
        &mut row.event_text,
    ];
    let said = texts.into_iter().flatten();
    let asked = row.tool_uses.iter_mut().map(|call| &mut call.parameters);
    let answered = row.tool_results.iter_mut().map(|result| &mut result.output);
    said.chain(asked).chain(answered).map(mask_text).sum()
}

fn mask_text(text: &mut String) -> u64 {
    Patterns::get().map_or(0, |patterns| patterns.mask(text))
}

/// A title is the start of a text on one line: the lines of a key are words, and a key may be cut.
fn mask_title(title: &mut String) -> u64 {
    let Some(patterns) = Patterns::get() else {
        return 0;
    };
    let mut count = patterns.mask_plain(title, &patterns.word);
    if title.ends_with(CUT_OFF) {
        title.pop();
        count += replace(title, &patterns.cut, |_| true);
        title.push(CUT_OFF);
    }
    count
}

impl Patterns {
    fn mask(&self, text: &mut String) -> u64 {
        if is_json(text) {
            self.mask_json(text)
        } else {
            self.mask_plain(text, &self.line)
        }
    }

    /// Masks in each string of JSON what it says. All else stays as it was written: order, numbers, blanks.
    fn mask_json(&self, text: &mut String) -> u64 {
        let mut count = 0;
        let mut out = String::new();
        let mut written = 0;
        let mut before: Option<(usize, String)> = None;
        for literal in self.literal.find_iter(text) {
            let raw = literal.as_str();
            // Half a surrogate pair is JSON, but no text.
            let decoded = serde_json::from_str(raw).ok();
            let is_decoded = decoded.is_some();
            let mut said: String = decoded.unwrap_or_else(|| raw[1..raw.len() - 1].to_owned());
            let name = before
                .filter(|(end, _)| text[*end..literal.start()].trim() == ":")
                .map(|(_, name)| name);
            let masked = name.map_or(0, |name| self.mask_value(&name, &mut said));
            let masked = masked + self.mask(&mut said);
            if masked > 0 {
                count += masked;
                out.push_str(&text[written..literal.start()]);
                match serde_json::to_string(&said) {
                    Ok(encoded) if is_decoded => out.push_str(&encoded),
                    _ => out.extend(["\"", &said, "\""]),
                }
                written = literal.end();
            }
            before = Some((literal.end(), said));
        }
        if count > 0 {
            out.push_str(&text[written..]);
            *text = out;
        }
        count
    }

    /// Masks `value` if it is a secret by its name.
    fn mask_value(&self, name: &str, value: &mut String) -> u64 {
        if !self.name.is_match(name) {
            return 0;
        }
        let start = self.scheme.find(value).map_or(0, |scheme| scheme.end());
        let rest = &value[start..];
        let is_header = start > 0 && name.to_ascii_lowercase().ends_with("authorization");
        if rest.len() < 8 || is_reference(rest) || !(is_header || is_random(name, rest)) {
            return 0;
        }
        value.replace_range(start.., MASK);
        1
    }

    fn mask_plain(&self, text: &mut String, line: &Regex) -> u64 {
        let is_number = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit());
        self.mask_pem(text, line)
            + replace(text, &self.keys, |_| true)
            + replace(text, &self.authorization, |_| true)
            + replace(text, &self.address, |found| !is_reference(found.value))
            + replace(text, &self.curl, |found| {
                !is_reference(found.value) && !is_number(found.value)
            })
            + replace(text, &self.named, |found| found.is_named_secret())
    }

    /// Masks private keys. One that does not end takes no more than its own lines along, and one that is
    /// only mentioned stays.
    fn mask_pem(&self, text: &mut String, line: &Regex) -> u64 {
        let begins: Vec<Range<usize>> = self.begin.find_iter(text).map(|it| it.range()).collect();
        let nexts = begins.iter().skip(1).map(|next| next.start);
        let secrets: Vec<Range<usize>> = begins
            .iter()
            .zip(nexts.chain([text.len()]))
            .filter_map(|(begin, next)| {
                let rest = &text[begin.end..next];
                let end = self.end.find(rest).map(|end| end.end());
                let len = end.or_else(|| key_lines(rest, line))?;
                Some(begin.start..begin.end + len)
            })
            .collect();
        cut_out(text, &secrets)
    }
}

/// How far the lines of a private key go that `text` begins with.
fn key_lines(text: &str, line: &Regex) -> Option<usize> {
    let mut at = 0;
    let mut end = None;
    while let Some(found) = line.captures(&text[at..]) {
        if let Some(bytes) = found.get(1) {
            if !is_base64(&text[at..][bytes.range()], &text[at + bytes.end()..]) {
                break;
            }
            end = Some(at + bytes.end());
        }
        at += found[0].len();
    }
    end
}

/// Whether a word is of bytes, and no name or path.
fn is_base64(word: &str, after: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.bytes().any(|byte| test(&byte));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let goes_on = |char: char| char.is_alphanumeric() || "_-.(:".contains(char);
    !after.starts_with(goes_on) && (word.len() >= 48 || is_mixed && !word.starts_with('/'))
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
        // In words, `pwd` is the folder one is in.
        let is_folder = !is_quoted && self.head.trim_end().eq_ignore_ascii_case("pwd:");
        !is_code && !is_folder && !is_reference(self.value) && is_random(self.head, self.value)
    }
}

/// Masks what `pattern` finds and `is_secret` confirms.
fn replace(text: &mut String, pattern: &Regex, is_secret: impl Fn(&Found<'_>) -> bool) -> u64 {
    let mut secrets = Vec::new();
    let mut at = 0;
    while let Some(groups) = pattern.captures_at(text, at) {
        let Some(value) = groups.iter().flatten().last() else {
            break;
        };
        let found = Found {
            head: &groups[0][..value.start() - groups.get_match().start()],
            value: value.as_str(),
            rest: &text[value.end()..],
        };
        // In what is no secret itself, there may be one.
        at = value.start();
        if is_secret(&found) {
            at = value.end();
            secrets.push(value.range());
        }
    }
    cut_out(text, &secrets)
}

/// Puts the mask in the place of each of `secrets`, which stand in order.
fn cut_out(text: &mut String, secrets: &[Range<usize>]) -> u64 {
    if secrets.is_empty() {
        return 0;
    }
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

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
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
    !is_said && (is_one || may_have_blanks) && kinds[2] && mixed >= 2 && bits(value) >= 2.75
}

/// Shannon's entropy of a character, in bits.
fn bits(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value
        .bytes()
        .for_each(|byte| counts[usize::from(byte)] += 1);
    let all = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|part| -part * part.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Put together here, so that nobody takes them for real ones.
    fn masked(parts: &[&str]) -> (String, u64) {
        let mut text = parts.concat();
        let count = mask_text(&mut text);
        (text, count)
    }

    #[test]
    fn known_shapes_are_masked() {
        for parts in [
            ["sk-", "ant-api03-AbCdEfGhIjKlMnOpQrStUv"],
            ["sk-", "proj-AbCdEfGhIjKlMnOpQrStUvWx"],
            ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"],
            ["github_", "pat_11AAAAAAA0AbCdEfGhIjKlMnOpQrStUvWx"],
            ["AKI", "AIOSFODNN7EXAMPLE"],
            ["xox", "b-123456789012-AbCdEfGhIj"],
            ["AIz", "aSyAbCdEfGhIjKlMnOpQrStUvWxYz01234567"],
            [
                "eyJ",
                "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
            ],
            [
                "-----BEGIN RSA PRIVATE",
                " KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
            ],
        ] {
            let (text, count) = masked(&["a ", parts[0], parts[1], " b"]);
            assert_eq!(
                (text.as_str(), count),
                ("a [secret masked] b", 1),
                "{}",
                parts[1]
            );
        }
    }

    #[test]
    fn values_that_are_called_a_secret_are_masked_and_code_is_not() {
        for (text, expected) in [
            ("password=hunter2hunter9", "password=[secret masked]"),
            (
                "DB_PASSWORD: \"x9!kQ2mZpL\"",
                "DB_PASSWORD: \"[secret masked]\"",
            ),
            (
                r#"{\"api_key\": \"a8f5f167f44f4964e6c998dee827110c\"}"#,
                r#"{\"api_key\": \"[secret masked]\"}"#,
            ),
            (
                "Authorization: Bearer abcdefgh1234",
                "Authorization: Bearer [secret masked]",
            ),
            (
                "postgres://ada:s3cret@db/x",
                "postgres://ada:[secret masked]@db/x",
            ),
            ("let token = next_token();", "let token = next_token();"),
            ("input_tokens: 18000", "input_tokens: 18000"),
            ("token = std::env::var(x)", "token = std::env::var(x)"),
            (
                "password: ${{ secrets.DB_1 }}",
                "password: ${{ secrets.DB_1 }}",
            ),
            ("the password is required", "the password is required"),
            (
                "commit 3f786850e387550fdab836ed7e6dc881de23001b",
                "commit 3f786850e387550fdab836ed7e6dc881de23001b",
            ),
        ] {
            assert_eq!(masked(&[text]).0, expected);
        }
    }

    fn assert_masked(text: &str, expected: &str) {
        assert_eq!(masked(&[text]).0, expected);
    }

    fn assert_left(text: &str) {
        assert_masked(text, text);
    }

    #[test]
    fn keys_at_the_start_of_a_line_of_json_are_masked() {
        for (key, left) in [
            (
                ["gh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"].concat(),
                "",
            ),
            (["AKI", "AIOSFODNN7EXAMPLE"].concat(), ""),
            (["sk-", "proj-AbCdEfGhIjKlMnOpQrStUvWx"].concat(), ""),
            (
                ["eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0.dozjgNryP4J3"].concat(),
                "",
            ),
            (["xox", "b-123456789012-AbCdEfGhIj"].concat(), ""),
            (
                "Authorization: Bearer abcdefgh1234".to_owned(),
                "Authorization: Bearer ",
            ),
        ] {
            for space in ["\n", "\t", "\r\n"] {
                let asked = serde_json::json!({"z": 1.50, "a": format!("x{space}{key}{space}y")});
                let wanted =
                    serde_json::json!({"z": 1.50, "a": format!("x{space}{left}{MASK}{space}y")});
                assert_masked(&asked.to_string(), &wanted.to_string());
                // JSON in a string of JSON, and what is nearly JSON.
                let outer = serde_json::json!([asked.to_string()]);
                let wanted_outer = serde_json::json!([wanted.to_string()]);
                assert_masked(&outer.to_string(), &wanted_outer.to_string());
                assert_masked(&format!("{asked}\n{asked}"), &format!("{wanted}\n{wanted}"));
            }
        }
    }

    #[test]
    fn json_keeps_its_order_its_numbers_and_its_spaces() {
        assert_masked(
            r#"{ "b": 1.10, "api_key": "abc123def456", "a": ["\u00e9", "password=hunter2x\nnext"] }"#,
            r#"{ "b": 1.10, "api_key": "[secret masked]", "a": ["\u00e9", "password=[secret masked]\nnext"] }"#,
        );
        assert_masked(
            r#"{"Authorization": "Bearer abcdefgh1234", "password": "a \"quoted\" 9", "kind": "token"}"#,
            r#"{"Authorization": "Bearer [secret masked]", "password": "[secret masked]", "kind": "token"}"#,
        );
        assert_left(
            r#"{"secretName": "my-app-tls-v2", "input_tokens": 18000, "token": "$TOKEN_V2"}"#,
        );
    }

    #[test]
    fn a_private_key_ends_where_it_ends() {
        let line = "MIIEowIBAAKCAQEAx9Kq3vTgB2";
        let begin = ["-----BEGIN RSA PRIVATE", " KEY-----"].concat();
        let end = ["-----END RSA PRIVATE", " KEY-----"].concat();
        assert_left(&format!("grep -r '{begin}' .\nthe rest\nstays"));
        assert_left(&format!("{begin}\n\nThe rest stays."));
        assert_left(&format!(
            "{begin}\ninternationalization\n/usr/local/share/certs"
        ));
        assert_masked(
            &format!("a\n{begin}\n{line}\n{end}\nb"),
            "a\n[secret masked]\nb",
        );
        assert_masked(
            &format!(
                "{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\n{line}\n{line}\nThe rest stays."
            ),
            "[secret masked]\nThe rest stays.",
        );
        assert_masked(
            &format!("  1→{begin}\n  2→{line}\n  3→{line}\n  4→the rest"),
            "  1→[secret masked]\n  4→the rest",
        );
        assert_masked(
            &format!("KEY=\"{begin}\\n{line}\\n{line}\" next"),
            "KEY=\"[secret masked]\" next",
        );
        assert_masked(
            &format!("{{\\\"key\\\": \\\"{begin}\\\\n{line}\\\\n{line}\\\", more"),
            "{\\\"key\\\": \\\"[secret masked]\\\", more",
        );
        // One that is only mentioned takes no other along.
        assert_masked(
            &format!("grep '{begin}' .\nfound:\n{begin}\n{line}\n{end}"),
            &format!("grep '{begin}' .\nfound:\n[secret masked]"),
        );
    }

    #[test]
    fn what_only_looks_like_a_secret_is_left() {
        for text in [
            "pwd: osc7",
            "on config (`pwd: osc7/osc51/osc99` or",
            "integration (pwd: osc7|osc99|osc51), from",
            "PWD=/home/dev1/work/App",
            "OLDPWD=/home/dev1",
            "map TokenUsage:\n   171→",
            "token:\n   171→abcdef",
            "client_secret: env.AUTH0_CLIENT_SECRET",
            "process.env.API_KEY_V2",
            "apiKey: process.env.API_KEY_V2,",
            "API_KEY=process.env.API_KEY_V2",
            "tokenizer: cl100k_base",
            "token_expires_at: 2026-01-27T10:00",
            "secretName: my-app-tls-v2",
            "let token = getToken2(x)",
            "let token = tokens2list[0]",
            "access_token_url=/oauth2/v2/token",
            "passwordStrength: zxcvbn4.4.2",
            "token: $TOKEN_NUMBER_2",
            "token: \"${TOKEN_NUMBER_2}\"",
            "password: \"<your-password-2>\"",
            "match Token::Float64Value",
            "tokens: 45.2k/200k",
            "log(\"password: \" + user2.name + \"!\")",
            "curl -u $USER:$PASS2 https://x",
            "curl -u \"${USER}:${PASS2}\" https://x",
            "postgres://ada:${DB_PASS2}@db/x",
            "curl https://x | docker run -u 1000:1000 x",
        ] {
            assert_left(text);
        }
    }

    #[test]
    fn what_is_called_a_secret_is_masked_in_every_spelling() {
        for (text, expected) in [
            ("password=hunter2x", "password=[secret masked]"),
            ("Uid=sa;Pwd=hunter2x;", "Uid=sa;Pwd=[secret masked];"),
            ("pwd: 'hunter2x'", "pwd: '[secret masked]'"),
            ("OMP_SECRET=s3cr3tAWSkey", "OMP_SECRET=[secret masked]"),
            (
                "\"api_key\": \"abc123def456\"",
                "\"api_key\": \"[secret masked]\"",
            ),
            ("token: 'ghx9Lm2Qp8'", "token: '[secret masked]'"),
            ("password: `hunter2x`", "password: `[secret masked]`"),
            ("DB_PASSWORD=hunter2.Summer", "DB_PASSWORD=[secret masked]"),
            (
                "STRIPE_SECRET_KEY=abc123def456",
                "STRIPE_SECRET_KEY=[secret masked]",
            ),
            ("API_KEY_2=abc123def456", "API_KEY_2=[secret masked]"),
            (
                "token: Bearer abc123def456",
                "token: Bearer [secret masked]",
            ),
            (
                "password=hunter2x\u{1b}[0m",
                "password=[secret masked]\u{1b}[0m",
            ),
            (
                "aws_secret_access_key=/Qx7Lm2KpRt9vWz3NbYc5/ab",
                "aws_secret_access_key=[secret masked]",
            ),
            (
                "password: \"correct horse 9\"",
                "password: \"[secret masked]\"",
            ),
            ("password: 'a8,f5;x(9'", "password: '[secret masked]'"),
            (
                "token: \"see api_key=abc123def456 here\"",
                "token: \"see api_key=[secret masked] here\"",
            ),
            ("redis://:R3disPw77x@host", "redis://:[secret masked]@host"),
            (
                "curl -u ada:pw7x https://x",
                "curl -u ada:[secret masked] https://x",
            ),
            (
                "curl -s \\\n  --user \"ada:two words\" x",
                "curl -s \\\n  --user \"ada:[secret masked]\" x",
            ),
        ] {
            assert_masked(text, expected);
        }
        for (parts, expected) in [
            (["xap", "p-1-A0123456-123456-abcdef0123456789"], MASK),
            (
                [
                    "https://hooks.slack",
                    ".com/services/T01234567/B01234567/AbCdEfGhIjKlMnOpQrStUvWx",
                ],
                "https://hooks.slack.com/services/[secret masked]",
            ),
            (
                ["\u{1b}[32mgh", "p_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"],
                "\u{1b}[32m[secret masked]",
            ),
        ] {
            assert_eq!(masked(&parts).0, expected);
        }
    }
}
