//! Makes text that others wrote harmless for a terminal.
//!
//! Transcripts hold whatever a tool printed: colours, window titles, clipboard writes, hidden links,
//! text that runs backwards. Whole orders to a terminal vanish, and each character that could mislead
//! is shown as U+FFFD, also in a pipe, because the pipe may end in a terminal.

use std::borrow::Cow;

use scrollback_render::orders;

const REPLACEMENT: char = '\u{FFFD}';

/// `text` with its lines kept.
pub fn text(text: &str) -> Cow<'_, str> {
    clean(text, |char| match char {
        '\n' | '\t' => Some(char),
        '\u{2028}' | '\u{2029}' => Some('\n'),
        _ => None,
    })
}

/// `text` on one line.
pub fn line(text: &str) -> Cow<'_, str> {
    clean(text, |char| match char {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ => None,
    })
}

/// Whether a terminal or a reader could be misled by `char`. Newline and tab are among them.
pub fn is_harmful(char: char) -> bool {
    match char {
        // C0, DEL, C1.
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => true,
        // Line and paragraph separator.
        '\u{2028}' | '\u{2029}' => true,
        // Text that runs the other way.
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        // Zero width: space, joiners, word joiner and operators, byte order mark.
        '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{FEFF}' => true,
        // Soft hyphen, Mongolian vowel separator, deprecated format characters.
        '\u{AD}' | '\u{180E}' | '\u{206A}'..='\u{206F}' => true,
        // Interlinear annotation, shorthand and music controls, tags.
        '\u{FFF9}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E007F}' => true,
        _ => false,
    }
}

fn clean(text: &str, white: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    // Most text needs nothing: it is lent, not copied.
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let text = orders::without(text);
    let mut cleaned = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match char {
            // A line that ends as on Windows.
            '\r' if next == '\n' => {}
            _ if !is_harmful(char) => cleaned.push(char),
            _ if is_spelling(before, char, next) => cleaned.push(char),
            _ => cleaned.push(white(char).unwrap_or(REPLACEMENT)),
        }
        before = char;
    }
    Cow::Owned(cleaned)
}

/// A joiner between two characters that are not ASCII spells a word in Persian or Hindi, or a
/// family in emoji. Elsewhere it only hides.
fn is_spelling(before: char, char: char, next: char) -> bool {
    let foreign = |char: char| !char.is_ascii() && !is_harmful(char);
    matches!(char, '\u{200C}' | '\u{200D}') && foreign(before) && foreign(next)
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_lent() {
        for harmless in ["", "git status", "Grüße, 世界 👍🏽", "نوشتن"] {
            assert!(matches!(text(harmless), Cow::Borrowed(_)), "{harmless}");
        }
    }

    #[test]
    fn terminal_sequences_lose_their_teeth() {
        let cases = [
            ("\u{1b}]0;owned\u{7}a", "a"),
            ("\u{1b}]52;c;cm0=\u{1b}\\a", "a"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{9b}31m \u{85} \u{7f}", " \u{FFFD} \u{FFFD}"),
            ("torn \u{1b}[31", "torn \u{FFFD}[31"),
            ("over\rwrite\u{8}\0", "over\u{FFFD}write\u{FFFD}\u{FFFD}"),
        ];
        for (given, expected) in cases {
            assert_eq!(text(given), expected);
            assert_eq!(line(given), expected);
        }
    }

    #[test]
    fn every_control_but_newline_and_tab_is_replaced() {
        for char in ('\0'..='\u{1F}').chain('\u{7F}'..='\u{9F}') {
            let shown = text(&format!("a{char}b")).into_owned();
            match char {
                '\n' | '\t' => assert_eq!(shown, format!("a{char}b")),
                _ => assert_eq!(shown, "a\u{FFFD}b", "{char:?}"),
            }
        }
    }

    #[test]
    fn hidden_and_backward_text_is_shown() {
        for char in "\u{202E}\u{2066}\u{200F}\u{61C}\u{200B}\u{200D}\u{FEFF}\u{AD}\u{E0041}".chars()
        {
            assert_eq!(text(&format!("a{char}b")), "a\u{FFFD}b", "{char:?}");
        }
    }

    #[test]
    fn joiners_that_spell_stay() {
        for spelled in ["👨‍👩‍👧", "می‌خواهم"] {
            assert_eq!(text(spelled), spelled);
        }
    }

    #[test]
    fn lines_are_kept_or_joined() {
        assert_eq!(text("a\r\nb\tc\u{2028}d"), "a\nb\tc\nd");
        assert_eq!(line("a\r\nb\tc\u{2028}d"), "a b c d");
    }
}
