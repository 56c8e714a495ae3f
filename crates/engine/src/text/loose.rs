//! Reading what a person can read in bytes that need not be JSON: a record torn by a kill, an array where an
//! object was expected, a run of NULs, plain text. Also the pieces of that which are of use where the JSON is
//! sound but its shape is not known: string literals, and what looks like text but is for machines.
//!
//! Everything here looks at each byte a bounded number of times, whatever the bytes are.

use std::borrow::Cow;

/// Bytes of text given out, at most.
const MOST: usize = 1 << 20;

/// A run of base64 is at least this long; shorter ones may well be words.
const BASE64_LEN: usize = 100;

/// So much of a run tells what it is.
const BASE64_LOOKED_AT: usize = 1 << 12;

/// Prefixes of ids that the makers of models and of agents give out.
const ID_PREFIXES: [&str; 9] = [
    "toolu_",
    "srvtoolu_",
    "mcptoolu_",
    "msg_",
    "req_",
    "call_",
    "resp_",
    "container_",
    "file_",
];

/// The text a person can read in `bytes`, one string a line: JSON's string literals without their escapes (the
/// last may be cut off), and what stands between quotes if it is more than JSON's own signs, numbers and words.
/// Member names, ids, times, base64 and NULs are left out. At most 1 MiB.
pub fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text: &str = &text;
    let mut out = String::new();
    // Where what stands outside of literals begins, and the last sign of JSON before a literal.
    let mut outside = 0;
    let mut sign = None;
    let mut at = 0;
    while at < text.len() && out.len() < MOST {
        let Some(found) = memchr::memchr2(b'"', b'\\', &text.as_bytes()[at..]) else {
            break;
        };
        at += found;
        if text.as_bytes()[at] == b'\\' {
            // An escape outside of a literal: the text begins in the middle of one.
            at = text.ceil_char_boundary(at + 2);
            continue;
        }
        let before = text[outside..at].trim_end();
        sign = before
            .chars()
            .next_back()
            .or(if before.is_empty() { sign } else { None });
        let is_opening = sign.is_none_or(|sign| "{[,:".contains(sign));
        let after = text[at + 1..].trim_start().chars().next();
        if !is_opening && after.is_none_or(|after| ",:]}".contains(after)) {
            // The end of a literal whose beginning is gone.
            add_outside(&mut out, &text[outside..at]);
            at += 1;
            outside = at;
            sign = Some('"');
            continue;
        }
        add_outside(&mut out, &text[outside..at]);
        let literal = Literal::at(text, at);
        at = literal.end;
        outside = at;
        let is_name = matches!(sign, Some('{' | ','))
            && is_plain_name(&literal.text)
            && text[at..].trim_start().starts_with(':');
        if !is_name {
            add(&mut out, &literal.text);
        }
        sign = Some('"');
    }
    if out.len() < MOST {
        add_outside(&mut out, text.get(outside..).unwrap_or_default());
    }
    out.truncate(out.floor_char_boundary(MOST));
    out
}

/// Adds what stands between literals, unless it is JSON's own.
fn add_outside(out: &mut String, text: &str) {
    let text = text.trim_matches(|c: char| c.is_whitespace() || "{}[],:\0".contains(c));
    let is_own = |word: &str| {
        matches!(word, "" | "true" | "false" | "null")
            || word
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
    };
    let of_json = |c: char| c.is_whitespace() || "{}[],:\0".contains(c);
    if !text.split(of_json).all(is_own) {
        add(out, &unescaped(text));
    }
}

/// Adds a string on a line of its own, unless it is for machines.
fn add(out: &mut String, text: &str) {
    let text = text.trim();
    if is_for_machines(text) {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let is_shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let room = MOST.saturating_sub(out.len());
    let end = lines.floor_char_boundary(room);
    out.extend(lines[..end].chars().filter(is_shown));
}

/// A string literal of JSON.
#[derive(Debug)]
pub struct Literal<'a> {
    /// What it says.
    pub text: Cow<'a, str>,
    /// Where it ends in the text it stands in: behind its closing quote, or where the text ends.
    pub end: usize,
}

impl<'a> Literal<'a> {
    /// The literal that begins with the quote at `at`.
    pub fn at(json: &'a str, at: usize) -> Self {
        let bytes = json.as_bytes();
        let start = (at + 1).min(bytes.len());
        let mut end = start;
        let mut has_escapes = false;
        while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[end..]) {
            end += found;
            if bytes[end] == b'"' {
                let text = &json[start..end];
                return Self {
                    text: text_of(text, has_escapes),
                    end: end + 1,
                };
            }
            has_escapes = true;
            end = json.ceil_char_boundary(end + 2);
        }
        Self {
            text: text_of(&json[start..], has_escapes),
            end: json.len(),
        }
    }
}

fn text_of(text: &str, has_escapes: bool) -> Cow<'_, str> {
    match has_escapes {
        true => unescaped(text).into(),
        false => text.into(),
    }
}

/// `text` without the escapes of JSON. A NUL and half of a surrogate pair become U+FFFD, an escape that is none or
/// is cut off stays as it is.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (c, len) = match escape.as_bytes().get(1) {
            Some(b'n') => ('\n', 2),
            Some(b't') => ('\t', 2),
            Some(b'r') => ('\r', 2),
            Some(b'b' | b'f') => (' ', 2),
            Some(b'"') => ('"', 2),
            Some(b'\\') => ('\\', 2),
            Some(b'/') => ('/', 2),
            Some(b'u') => coded(escape).unwrap_or(('\\', 1)),
            _ => ('\\', 1),
        };
        out.push(if c == '\0' { '\u{fffd}' } else { c });
        rest = &escape[len..];
    }
    out.push_str(rest);
    out
}

/// The character of a `\u` escape, and the bytes it takes.
fn coded(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(2)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 6));
    }
    let second = escape
        .get(6..8)
        .filter(|next| *next == "\\u")
        .and_then(|_| unit(8))
        .filter(|second| (0xDC00..0xE000).contains(second) && first < 0xDC00);
    match second {
        Some(second) => {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            Some((char::from_u32(code).unwrap_or('\u{fffd}'), 12))
        }
        None => Some(('\u{fffd}', 6)),
    }
}

/// Whether a member's name is one that programs give, and no text.
pub fn is_plain_name(name: &str) -> bool {
    name.len() <= 48
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'.'))
}

/// Whether a string says nothing to a person: empty, an id, a moment, base64.
pub fn is_for_machines(text: &str) -> bool {
    text.is_empty() || is_uuid(text) || is_moment(text) || is_given_id(text) || is_base64(text)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A moment to the second at least; a day alone may be meant for people.
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    (20..=35).contains(&bytes.len())
        && bytes[4] == b'-'
        && bytes[10] == b'T'
        && bytes[13] == b':'
        && bytes.iter().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b':' | b'.' | b'T' | b'Z')
        })
}

fn is_given_id(text: &str) -> bool {
    let given = ID_PREFIXES
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    given.is_some_and(|id| {
        id.len() >= 16
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && id.bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// A long run of base64 of either alphabet, as a whole or behind the head of a data URL. Paths and words in a row
/// have other signs in them, and lack one of the three sorts of characters of which random bytes make a third each.
fn is_base64(text: &str) -> bool {
    let text = match text.strip_prefix("data:") {
        Some(data) => data.split_once(";base64,").map_or(text, |(_, data)| data),
        None => text,
    };
    let text = &text.as_bytes()[..text.len().min(BASE64_LOOKED_AT)];
    if text.len() < BASE64_LEN {
        return false;
    }
    let mut sorts = [0_usize; 4];
    for byte in text {
        let sort = match byte {
            b'A'..=b'Z' => 0,
            b'a'..=b'z' => 1,
            b'0'..=b'9' => 2,
            b'+' | b'/' | b'-' | b'_' => 3,
            b'=' | b'\n' | b'\r' => continue,
            _ => return false,
        };
        sorts[sort] += 1;
    }
    let len = text.len();
    // Images have long runs of `A`, so the bounds are wide.
    sorts[..2].iter().all(|count| count * 25 > len) && sorts[3] * 8 < len && sorts[2] > 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_torn_record_is_read_up_to_where_it_ends() {
        let torn = br#"{"type":"user","uuid":"6a1e0000-0000-4000-8000-000000000002","message":{"content":[{"type":"text","text":"oil the \"great\" whe\u00e9l\nand the sm"#;
        assert_eq!(
            readable(torn),
            "user\ntext\noil the \"great\" whe\u{e9}l\nand the sm"
        );
        assert_eq!(
            readable(br#"{"text":"cut in an escape \u00"#),
            r"cut in an escape \u00"
        );
        assert_eq!(
            readable(b"{\"text\":\"cut in a letter \xc3"),
            "cut in a letter \u{fffd}"
        );
    }

    #[test]
    fn a_record_without_its_beginning_is_read_too() {
        let torn = br#"ond half, with \"quotes\",\nand more","isMeta":false,"text":"next, one"}"#;
        assert_eq!(
            readable(torn),
            "ond half, with \"quotes\",\nand more\nnext, one"
        );
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        let json = format!(
            r#"[{{"id":"toolu_01K0000000000000000000","time":"2026-01-02T03:04:05.678Z","n":-1.5e3,"a":[1,true,null],"data":"{}","what the mill says":"clack"}}]"#,
            "iVBORw0KGgo8Zz4".repeat(20)
        );
        assert_eq!(readable(json.as_bytes()), "what the mill says\nclack");
        assert_eq!(readable(&[0; 5000]), "");
        assert_eq!(
            readable(b"\0\0\0{\"text\":\"after \\u0000 NULs\"}\0\0"),
            "after \u{fffd} NULs"
        );
        assert_eq!(readable(b""), "");
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(
            readable(b"error 529: the mill stands\r\nwhy?\rno \"wind\", no: flour"),
            "error 529: the mill stands\nwhy?\nno\nwind\nno: flour"
        );
        let lines = b"{\"text\":\"one\"}\r{\"text\":\"two\"}\r";
        assert_eq!(readable(lines), "one\ntwo");
    }

    #[test]
    fn surrogates_are_put_together_or_replaced() {
        assert_eq!(
            unescaped(r"\ud83d\ude00 \ud83d \ude00\ud83dx"),
            "\u{1f600} \u{fffd} \u{fffd}\u{fffd}x"
        );
    }

    #[test]
    fn words_and_paths_are_no_base64() {
        let path = "/home/ann/a/very/long/path/of/folders/".repeat(6);
        for text in [
            path.as_str(),
            &"word ".repeat(60),
            &"a".repeat(300),
            "file_system",
            "call_me",
        ] {
            assert!(!is_for_machines(text.trim()), "{text}");
        }
        assert!(is_for_machines(&format!(
            "data:image/png;base64,{}",
            "AAz9Qb8xK+".repeat(40)
        )));
    }

    #[test]
    fn it_is_bounded_in_length_and_time() {
        let long = format!("{{\"text\":\"{}", "mill ".repeat(1 << 19));
        assert_eq!(readable(long.as_bytes()).len(), MOST);
        let start = std::time::Instant::now();
        for hostile in [
            "\"", "\\", "\" ", "{\"", "\":", "[", "\"\\", " \"x\" ", "\\\"",
        ] {
            let bytes = hostile.repeat((1 << 20) / hostile.len());
            assert!(readable(bytes.as_bytes()).len() <= MOST);
        }
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }

    proptest! {
        #[test]
        fn whole_strings_of_json_are_all_read(texts in proptest::collection::vec("[a-z é\"\\\\\u{1f600}]{1,12}", 0..6)) {
            let json = serde_json::to_vec(&texts).unwrap_or_default();
            let read = readable(&json);
            for text in texts {
                prop_assert!(read.contains(text.trim()), "{text:?} in {read:?}");
            }
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "[\\[\\]{}\",:a-z0-9\\\\ \u{0}é-]{0,80}") {
            prop_assert!(readable(&bytes).len() <= 3 * bytes.len());
            readable(text.as_bytes());
        }
    }
}
