//! What a terminal would have shown: colours become classes, a line that was written over has its last
//! text, and every other order to a terminal is dropped.

use crate::{orders, text};

/// How a character looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    /// Colour number and one, or 0 for the usual.
    front: u8,
    back: u8,
    is_bold: bool,
    is_dim: bool,
    is_italic: bool,
    is_underlined: bool,
    is_struck: bool,
    is_inverse: bool,
}

/// `output` as HTML text, for a `<pre>`.
pub fn html(output: &str) -> String {
    if !output.contains(|char| orders::begins(char) || matches!(char, '\r' | '\u{8}')) {
        return text::escaped(output);
    }
    shown(output, Terminal::default())
}

/// What `output` says, without its looks.
pub fn plain(output: &str) -> String {
    let is_plain = true;
    shown(
        output,
        Terminal {
            is_plain,
            ..Terminal::default()
        },
    )
}

fn shown(output: &str, mut terminal: Terminal) -> String {
    let mut rest = output;
    while let Some(char) = rest.chars().next() {
        if orders::begins(char) {
            rest = terminal.order(rest);
            continue;
        }
        rest = &rest[char.len_utf8()..];
        match char {
            '\n' => terminal.end_line(),
            '\r' => terminal.column = 0,
            '\u{8}' => terminal.column = terminal.column.saturating_sub(1),
            '\u{7}' => {}
            _ => terminal.put(char),
        }
    }
    terminal.write_line();
    terminal.out
}

#[derive(Default)]
struct Terminal {
    /// Neither looks nor escapes for HTML are written.
    is_plain: bool,
    out: String,
    line: Vec<(char, Look)>,
    column: usize,
    look: Look,
}

impl Terminal {
    fn put(&mut self, char: char) {
        match self.line.get_mut(self.column) {
            Some(place) => *place = (char, self.look),
            None => self.line.push((char, self.look)),
        }
        self.column += 1;
    }

    fn end_line(&mut self) {
        self.write_line();
        self.out.push('\n');
        self.column = 0;
    }

    fn write_line(&mut self) {
        for run in self.line.chunk_by(|a, b| a.1 == b.1) {
            let classes = run
                .first()
                .map(|(_, look)| look.classes())
                .unwrap_or_default();
            let words: String = run.iter().map(|(char, _)| *char).collect();
            if self.is_plain {
                self.out.push_str(&words);
            } else if classes.is_empty() {
                text::push(&mut self.out, &words);
            } else {
                self.out.push_str(&format!("<span class=\"{classes}\">"));
                text::push(&mut self.out, &words);
                self.out.push_str("</span>");
            }
        }
        self.line.clear();
    }

    /// An order `text` begins with; gives back what follows it.
    fn order<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(order) = orders::first(text) else {
            // What begins none is dropped all the same.
            return match text.strip_prefix('\u{1b}') {
                Some(rest) => rest
                    .strip_prefix(|char: char| char.is_ascii_graphic())
                    .unwrap_or(rest),
                None => text.strip_prefix(orders::begins).unwrap_or(text),
            };
        };
        if let Some((numbers, last)) = order.control {
            match last {
                b'm' => self.look.select(numbers),
                b'K' if matches!(numbers, "" | "0") => self.line.truncate(self.column),
                b'K' if numbers == "2" => self.line.clear(),
                _ => {}
            }
            self.column = self.column.min(self.line.len());
        }
        &text[order.len..]
    }
}

impl Look {
    fn classes(self) -> String {
        let mut classes = Vec::new();
        let (front, back) = if self.is_inverse {
            // What has the usual colours changes into their opposite.
            classes.extend((self.front == 0 && self.back == 0).then(|| "inv".to_owned()));
            (self.back, self.front)
        } else {
            (self.front, self.back)
        };
        if front > 0 {
            classes.push(format!("f{}", front - 1));
        }
        if back > 0 {
            classes.push(format!("b{}", back - 1));
        }
        for (is_set, class) in [
            (self.is_bold, "bold"),
            (self.is_dim, "dim"),
            (self.is_italic, "ital"),
            (self.is_underlined, "under"),
            (self.is_struck, "strike"),
        ] {
            if is_set {
                classes.push(class.to_owned());
            }
        }
        classes.join(" ")
    }

    /// Select Graphic Rendition.
    fn select(&mut self, numbers: &str) {
        let mut numbers = numbers
            .split([';', ':'])
            .map(|number| number.parse::<u16>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.is_bold = true,
                2 => self.is_dim = true,
                3 => self.is_italic = true,
                4 => self.is_underlined = true,
                7 => self.is_inverse = true,
                9 => self.is_struck = true,
                22 => (self.is_bold, self.is_dim) = (false, false),
                23 => self.is_italic = false,
                24 => self.is_underlined = false,
                27 => self.is_inverse = false,
                29 => self.is_struck = false,
                30..=37 => self.front = (number - 29) as u8,
                38 => self.front = colour(&mut numbers).unwrap_or(self.front),
                39 => self.front = 0,
                40..=47 => self.back = (number - 39) as u8,
                48 => self.back = colour(&mut numbers).unwrap_or(self.back),
                49 => self.back = 0,
                90..=97 => self.front = (number - 81) as u8,
                100..=107 => self.back = (number - 91) as u8,
                _ => {}
            }
        }
    }
}

/// The nearest of the sixteen colours, and one: those a theme can make readable on its ground.
fn colour(numbers: &mut impl Iterator<Item = u16>) -> Option<u8> {
    let (red, green, blue) = match numbers.next()? {
        5 => match numbers.next()? {
            number @ 0..16 => return Some(number as u8 + 1),
            number @ 16..232 => {
                let step = |n: u16| n * 51;
                let cube = number - 16;
                (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
            }
            number => {
                let grey = number.saturating_sub(232).min(23) * 11;
                (grey, grey, grey)
            }
        },
        2 => (numbers.next()?, numbers.next()?, numbers.next()?),
        _ => return None,
    };
    let (low, high) = (red.min(green).min(blue), red.max(green).max(blue));
    if high - low.min(high) < 32 {
        return Some(match high {
            0..64 => 1,
            64..144 => 9,
            144..224 => 8,
            _ => 16,
        });
    }
    let is_on = |part: u16| u8::from(part > low + (high - low) / 2);
    let base = is_on(red) | is_on(green) << 1 | is_on(blue) << 2;
    Some(base + if high > 200 { 9 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_classes_and_other_orders_are_dropped() {
        for (output, expected) in [
            ("plain <b>", "plain &lt;b&gt;"),
            (
                "\u{1b}[31mred\u{1b}[0m off",
                "<span class=\"f1\">red</span> off",
            ),
            (
                "\u{1b}[1;92mok\u{1b}[m",
                "<span class=\"f10 bold\">ok</span>",
            ),
            ("\u{1b}[38;5;196mx", "<span class=\"f9\">x</span>"),
            ("\u{1b}[38;2;0;0;120mx", "<span class=\"f4\">x</span>"),
            ("\u{1b}[7mx\u{1b}[27m", "<span class=\"inv\">x</span>"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\b", "ab"),
            ("\u{1b}[2J\u{1b}[Ha\u{1b}(Bb", "ab"),
            ("10%\r100%", "100%"),
            ("long line\r\u{1b}[Kend", "end"),
            ("abc\u{8}\u{8}X", "aXc"),
            ("a\r\nb", "a\nb"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{1b}[31", "31"),
            ("\u{1b}é", "é"),
            ("\u{1b}\u{1b}[1mx", "<span class=\"bold\">x</span>"),
            (
                "\u{9b}31mred\u{9b}0m \u{9d}0;t\u{9c}a\u{9b}",
                "<span class=\"f1\">red</span> a",
            ),
            ("a\u{1b}P1$r0m\u{1b}\\b", "ab"),
        ] {
            assert_eq!(html(output), expected, "{output:?}");
        }
    }
}
