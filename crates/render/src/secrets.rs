//! Likely secrets in what leaves the machine: keys of known shapes, and values that are called one.

use std::sync::OnceLock;

use regex::{Captures, Regex};
use scrollback_engine::model::{MessageRow, Turn};

/// What stands where a secret stood.
const MASK: &str = "[secret masked]";

/// Shapes that are secrets by themselves.
const KEYS: &str = r"(?x)
    -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----[\s\S]*?(?:-----END\ [A-Z\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----|\z)
  | \bsk-ant-[A-Za-z0-9_-]{16,}
  | \bsk-(?:proj-|svcacct-|live-|test-)?[A-Za-z0-9_-]{20,}
  | \b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}
  | \bgh[pousr]_[A-Za-z0-9]{30,}
  | \bgithub_pat_[A-Za-z0-9_]{30,}
  | \bglpat-[A-Za-z0-9_-]{20,}
  | \bnpm_[A-Za-z0-9]{36}
  | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
  | \bxox[abeoprs]-[A-Za-z0-9-]{10,}
  | \bAIza[0-9A-Za-z_-]{35,}
  | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
";

/// A name, a sign, a value: only the value is masked.
const NAMED: &str = r#"(?xi)
    (\b[a-z0-9_.-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?[a-z0-9_]*\\?["']?
      \s*(?:=>|[:=])\s*\\?["']?)
    ([^\s"'\\,;<>{}()\[\]]{8,})
  | (\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|token)\s+)
    ([A-Za-z0-9._~+/=-]{8,})
  | (\b[a-z][a-z0-9+.-]*://[^\s/:@]+:)
    ([^\s/:@]{4,})(?:@)
"#;

/// Masks what looks like a secret in `turn`. Returns how many were masked.
pub fn mask(turn: &mut Turn) -> u64 {
    let rows = std::iter::once(&mut turn.message).chain(&mut turn.answers);
    rows.map(mask_row).sum()
}

fn mask_row(row: &mut MessageRow) -> u64 {
    let texts = [
        &mut row.user_text,
        &mut row.assistant_text,
        &mut row.thinking_text,
    ];
    let said = texts.into_iter().flatten();
    let asked = row.tool_uses.iter_mut().map(|call| &mut call.parameters);
    let answered = row.tool_results.iter_mut().map(|result| &mut result.output);
    said.chain(asked).chain(answered).map(mask_text).sum()
}

fn mask_text(text: &mut String) -> u64 {
    static PATTERNS: OnceLock<Option<(Regex, Regex)>> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| Some((Regex::new(KEYS).ok()?, Regex::new(NAMED).ok()?)));
    let Some((keys, named)) = patterns else {
        return 0;
    };
    let mut count = 0;
    let masked = keys.replace_all(text, |_: &Captures<'_>| {
        count += 1;
        MASK
    });
    let masked = named.replace_all(&masked, |found: &Captures<'_>| {
        let whole = &found[0];
        let pair = [(1, 2), (3, 4), (5, 6)]
            .into_iter()
            .find_map(|(name, value)| Some((found.get(name)?, found.get(value)?)));
        match pair {
            Some((name, value)) if found.get(1).is_none() || is_random(value.as_str()) => {
                count += 1;
                format!(
                    "{}{MASK}{}",
                    name.as_str(),
                    &whole[value.end() - found.get(0).map_or(0, |all| all.start())..]
                )
            }
            _ => whole.to_owned(),
        }
    });
    if count > 0 {
        *text = masked.into_owned();
    }
    count
}

/// Whether a value is no word: `token = next_token` is code, `token = 9f8Gh2…` is a secret.
fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.bytes().any(|byte| test(&byte));
    let kinds = [
        has(u8::is_ascii_lowercase),
        has(u8::is_ascii_uppercase),
        has(u8::is_ascii_digit),
        has(u8::is_ascii_punctuation),
    ];
    let mixed = kinds.iter().filter(|it| **it).count();
    let is_name =
        value.starts_with('$') || value.contains("::") || value.contains("://") || value == MASK;
    !is_name && has(u8::is_ascii_digit) && mixed >= 2 && bits(value) >= 2.75
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
}
