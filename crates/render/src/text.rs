//! Text of others as HTML text: nothing in it is markup, and nothing in it turns its neighbours around.

use std::fmt::Write as _;

use crate::orders;

/// Adds `text`, escaped.
///
/// Control characters are shown as what they are, and so are those that make text run backwards:
/// neither does anything. Newlines and tabs stay.
pub fn push(out: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            _ => match picture(char) {
                Some(picture) => {
                    let _ = write!(out, "<span class=\"ctl\">{picture}</span>");
                }
                None => out.push(char),
            },
        }
    }
}

/// `text`, escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    push(&mut out, text);
    out
}

/// `text` as plain text with its lines, and nothing in it that is not seen.
pub fn visible(text: &str) -> String {
    let text = orders::without(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\n' | '\t' => out.push(char),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            _ => match picture(char) {
                Some(picture) => out.push_str(&picture),
                None => out.push(char),
            },
        }
    }
    out
}

/// `text` on one line, as plain text of at most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let text = &orders::without(text);
    let mut out = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        if count > 0 {
            out.push(' ');
            count += 1;
        }
        for char in word.chars() {
            if count >= most {
                out.push('…');
                return out;
            }
            match picture(char) {
                Some(picture) => out.push_str(&picture),
                None => out.push(char),
            }
            count += 1;
        }
    }
    out
}

/// How a character is shown that would do something, or be nothing, if it were let through.
pub fn picture(char: char) -> Option<String> {
    let code = char as u32;
    let picture = match char {
        '\0'..='\u{1F}' => char::from_u32(0x2400 + code)?,
        '\u{7F}' => '\u{2421}',
        '\u{80}'..='\u{9F}' => '\u{FFFD}',
        // Embeddings, overrides and isolates, and the marks that are only seen by what they move.
        '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{61C}'
        | '\u{200B}'
        | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E007F}'
        | '\u{FFF9}'..='\u{FFFB}' => {
            return Some(format!("⟨{code:04X}⟩"));
        }
        _ => return None,
    };
    Some(picture.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_controls_are_seen() {
        assert_eq!(
            escaped("<b a=\"1\">&</b>"),
            "&lt;b a=&quot;1&quot;&gt;&amp;&lt;/b&gt;"
        );
        assert_eq!(escaped("a\r\nb\rc\td"), "a\nb\nc\td");
        assert_eq!(escaped("\u{7}"), "<span class=\"ctl\">\u{2407}</span>");
        let turned = escaped("safe \u{202E}exe.txt");
        assert!(
            !turned.contains('\u{202E}') && turned.contains("⟨202E⟩"),
            "{turned}"
        );
        assert_eq!(escaped("אבג abc"), "אבג abc", "a script is no harm");
    }

    #[test]
    fn a_line_is_one_line_and_ends() {
        assert_eq!(line("  a\n b\t\u{1}c ", 9), "a b \u{2401}c");
        assert_eq!(
            line("\u{1b}[1mContext\u{1b}[22m usage", 90),
            "Context usage"
        );
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line("  ", 3), "");
    }
}
