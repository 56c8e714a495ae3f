//! Long text, cut in its middle: how it began, how it ended, and how much is between.

use serde::Serialize;

/// How much of a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What can be looked over at once.
    Short,
    /// All of it.
    Whole,
}

/// How long a text is of which not all is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Length {
    /// Its lines.
    pub lines: u64,
    /// Its bytes.
    pub bytes: u64,
}

/// What a kind of text may measure before it is cut.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Lines shown whole.
    lines: usize,
    /// Bytes shown whole.
    bytes: usize,
    /// Lines shown of the beginning of a longer one.
    head: usize,
    /// Lines shown of its end.
    tail: usize,
}

/// What tools print.
pub const OUTPUT: Bounds = Bounds {
    lines: 40,
    bytes: 8 << 10,
    head: 12,
    tail: 8,
};
/// What is written into files, and changes to them.
pub const CHANGE: Bounds = Bounds {
    lines: 120,
    bytes: 24 << 10,
    head: 80,
    tail: 8,
};
/// What is said.
pub const PROSE: Bounds = Bounds {
    lines: 600,
    bytes: 48 << 10,
    head: 200,
    tail: 20,
};
/// What is shown of anything when all of it is asked for; an export has the rest.
const WHOLE: Bounds = Bounds {
    lines: 40_000,
    bytes: 4 << 20,
    head: 20_000,
    tail: 1_000,
};

/// A text, perhaps without its middle.
#[derive(Debug, PartialEq, Eq)]
pub struct Cut<'t> {
    /// The text, or how it begins.
    pub head: &'t str,
    /// How it ends; none where nothing is left out.
    pub tail: Option<&'t str>,
    /// How long all of it is, where something is left out.
    pub length: Option<Length>,
}

impl Bounds {
    /// Cuts `text` where it is longer than this.
    pub fn cut(self, text: &str, extent: Extent) -> Cut<'_> {
        let bounds = match extent {
            Extent::Short => self,
            Extent::Whole => WHOLE,
        };
        let text = text.trim_end_matches(['\n', '\r']);
        let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        if lines <= bounds.lines && text.len() <= bounds.bytes {
            return Cut {
                head: text,
                tail: None,
                length: None,
            };
        }
        let (mut head, mut tail) = (text, "");
        if lines > bounds.head + bounds.tail {
            head = &text[..nth_newline(text, bounds.head).unwrap_or(text.len())];
            let from = nth_newline(text, lines - bounds.tail).map_or(text.len(), |at| at + 1);
            tail = &text[from..];
        }
        // A line may be as long as a file.
        if head.len() > bounds.bytes * 3 / 4 {
            let is_all = tail.is_empty();
            let end = head.floor_char_boundary(bounds.bytes * 3 / 4);
            if is_all {
                tail = &head[end..];
            }
            head = &head[..end];
        }
        if tail.len() > bounds.bytes / 4 {
            tail = &tail[tail.ceil_char_boundary(tail.len() - bounds.bytes / 4)..];
        }
        let length = Length {
            lines: lines as u64,
            bytes: text.len() as u64,
        };
        Cut {
            head,
            tail: Some(tail),
            length: Some(length),
        }
    }
}

fn nth_newline(text: &str, n: usize) -> Option<usize> {
    text.match_indices('\n')
        .nth(n.checked_sub(1)?)
        .map(|(at, _)| at)
}

impl Cut<'_> {
    /// Both parts as HTML, with a word on what is between.
    pub fn html(&self, part: impl Fn(&str) -> String) -> String {
        let head = part(self.head);
        let (Some(tail), Some(length)) = (self.tail, self.length) else {
            return head;
        };
        let count = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1;
        let shown = count(self.head) + count(tail);
        let hidden = if length.lines > shown {
            format!("{} more lines", length.lines - shown)
        } else {
            format!(
                "{} more bytes",
                length
                    .bytes
                    .saturating_sub((self.head.len() + tail.len()) as u64)
            )
        };
        format!("{head}<p class=\"cut\">{hidden}</p>{}", part(tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(lines: usize) -> String {
        (1..=lines).map(|line| format!("line {line}\n")).collect()
    }

    #[test]
    fn short_text_is_whole() {
        for text in ["", "a", &numbered(40)] {
            let cut = OUTPUT.cut(text, Extent::Short);
            assert_eq!((cut.head, cut.tail), (text.trim_end(), None));
        }
    }

    #[test]
    fn long_text_keeps_its_ends() {
        let text = numbered(412);
        let cut = OUTPUT.cut(&text, Extent::Short);
        assert!(
            cut.head.starts_with("line 1\n") && cut.head.ends_with("\nline 12"),
            "{cut:?}"
        );
        let tail = cut.tail.expect("cut");
        assert!(
            tail.starts_with("line 405\n") && tail.ends_with("\nline 412"),
            "{tail}"
        );
        assert_eq!(cut.length.map(|length| length.lines), Some(412));
        let html = cut.html(text::escaped);
        assert!(html.contains("392 more lines"), "{html}");
        assert_eq!(OUTPUT.cut(&text, Extent::Whole).head, text.trim_end());
    }

    #[test]
    fn a_line_of_any_length_is_cut_between_characters() {
        for char in ["x", "é", "世", "👍"] {
            for count in [8_193, 2_000_000 / char.len()] {
                let text = char.repeat(count);
                let cut = OUTPUT.cut(&text, Extent::Short);
                let shown = cut.head.len() + cut.tail.map_or(0, str::len);
                assert!(shown <= OUTPUT.bytes, "{shown}");
                assert!(shown > OUTPUT.bytes / 2);
            }
        }
        let lines = format!("{}\n", "y".repeat(9_000)).repeat(50);
        let cut = OUTPUT.cut(&lines, Extent::Short);
        assert!(cut.head.len() + cut.tail.expect("cut").len() <= OUTPUT.bytes);
    }

    use crate::text;
}
