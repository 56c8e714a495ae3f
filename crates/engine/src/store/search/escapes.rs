//! What a terminal obeys and nobody reads.

const ESCAPE: char = '\u{1b}';
/// Begins a sequence by itself.
const SEQUENCE: char = '\u{9b}';

/// Bytes of the escape sequence that a text begins with; 0 where it begins with none.
pub fn escape_len(text: &str) -> usize {
    let mut chars = text.chars();
    let rest = match chars.next() {
        Some(SEQUENCE) => return text.len() - after_sequence(chars.as_str()).len(),
        Some(ESCAPE) => chars.as_str(),
        _ => return 0,
    };
    let end = match rest.chars().next() {
        Some('[') => after_sequence(&rest[1..]),
        // A title, a link. One that does not end on its line hides nothing.
        Some(']') => {
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
            let ends = ends.map(|end| line.find(end).map(|at| at + end.len()));
            &rest[ends.into_iter().flatten().min().unwrap_or(0)..]
        }
        _ => rest,
    };
    text.len() - end.len()
}

/// What follows the parameters of a sequence and the letter that ends it.
fn after_sequence(text: &str) -> &str {
    let rest = text.trim_start_matches(|c| matches!(c, ' '..='?'));
    rest.strip_prefix(|c| matches!(c, '@'..='~'))
        .unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::escape_len;

    #[test]
    fn a_sequence_ends_where_a_terminal_ends_it() {
        for (text, expected) in [
            ("\u{1b}[1mbold", 4),
            ("\u{1b}[38;5;2mgreen", 9),
            ("\u{9b}31mred", 5),
            ("\u{1b}]0;title\u{7}text", 10),
            ("\u{1b}]8;;http://x\u{1b}\\link", 15),
            ("\u{1b}]0;cut\n\u{7}", 1),
            ("\u{1b}]0;cut", 1),
            ("\u{1b}", 1),
            ("\u{1b}x", 1),
            ("\u{1b}[", 2),
            ("\u{1b}[\u{e9}", 2),
            ("plain", 0),
            ("", 0),
        ] {
            assert_eq!(escape_len(text), expected, "{text:?}");
        }
    }
}
