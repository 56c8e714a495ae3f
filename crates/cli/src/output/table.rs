//! Aligned columns without borders.
//!
//! Our own hundred lines rather than a crate: table crates wrap long cells onto more lines, count
//! escape codes as width unless they bring a terminal library along, and know nothing of text that
//! must be made harmless. Here every cell is, by construction, and is cut with `…` instead of wrapped.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paint::{BOLD, PLAIN};
use super::{Screen, sanitize};

const GAP: usize = 2;
/// A column is not cut below this.
const NARROWEST: usize = 8;

/// What a column looks like.
pub struct Column {
    head: String,
    is_right: bool,
    is_flexible: bool,
}

impl Column {
    /// Text.
    pub fn left(head: &str) -> Self {
        Self {
            head: sanitize::line(head).into_owned(),
            is_right: false,
            is_flexible: false,
        }
    }

    /// Figures.
    pub fn right(head: &str) -> Self {
        Self {
            is_right: true,
            ..Self::left(head)
        }
    }

    /// Text that is cut when the terminal is too narrow.
    pub fn flexible(head: &str) -> Self {
        Self {
            is_flexible: true,
            ..Self::left(head)
        }
    }
}

/// Text in a table, harmless and on one line.
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: sanitize::line(text.as_ref()).into_owned(),
            style: PLAIN,
        }
    }

    /// As it is, for `--raw`. Newlines would tear the table and go all the same.
    pub fn raw(text: &str) -> Self {
        Self {
            text: text.replace(['\n', '\t', '\r'], " "),
            style: PLAIN,
        }
    }

    pub fn styled(text: impl AsRef<str>, style: Style) -> Self {
        Self {
            style,
            ..Self::new(text)
        }
    }
}

/// Rows under their columns.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes heads and rows.
    pub fn write(&self, screen: &mut Screen) -> io::Result<()> {
        let widths = self.widths(screen.width);
        let heads: Vec<_> = self
            .columns
            .iter()
            .map(|column| Cell::styled(&column.head, BOLD))
            .collect();
        for cells in std::iter::once(&heads).chain(&self.rows) {
            let line = self.line(cells, &widths, |style, text| {
                screen.paint.apply(style, text)
            });
            writeln!(screen, "{line}")?;
        }
        Ok(())
    }

    fn line(
        &self,
        cells: &[Cell],
        widths: &[usize],
        paint: impl Fn(Style, &str) -> String,
    ) -> String {
        let mut line = String::new();
        // Blanks are owed until something follows them: no line ends in blanks.
        let mut owed = 0;
        for ((cell, column), &width) in cells.iter().zip(&self.columns).zip(widths) {
            let text = cut(&cell.text, width);
            let blank = width.saturating_sub(text.width());
            if !text.is_empty() {
                owed += if column.is_right { blank } else { 0 };
                line.extend(std::iter::repeat_n(' ', owed));
                line += &paint(cell.style, &text);
                owed = if column.is_right { 0 } else { blank };
            } else {
                owed += width;
            }
            owed += GAP;
        }
        line
    }

    /// As wide as the widest cell; where the terminal ends before, the widest flexible columns give.
    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let limit = limit.unwrap_or(usize::MAX);
        let width = |(at, column): (usize, &Column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| cell.text.width()).max().unwrap_or(0);
            let most = if column.is_flexible {
                limit.max(NARROWEST)
            } else {
                usize::MAX
            };
            widest.max(column.head.width()).min(most)
        };
        let mut widths: Vec<_> = self.columns.iter().enumerate().map(width).collect();
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > limit {
            let flexible = (0..widths.len())
                .filter(|&at| self.columns[at].is_flexible && widths[at] > NARROWEST);
            let Some(widest) = flexible.max_by_key(|&at| widths[at]) else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }
}

/// The beginning of `text` that fits `width` columns, with `…` when something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut used = 0;
    let fits = |char: &char| {
        used += char.width().unwrap_or(0);
        used < width
    };
    let mut short: String = text.chars().take_while(fits).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &Table, limit: Option<usize>) -> Vec<String> {
        let widths = table.widths(limit);
        table
            .rows
            .iter()
            .map(|row| table.line(row, &widths, |_, text| text.to_string()))
            .collect()
    }

    fn sample() -> Table {
        let columns = [
            Column::left("Id"),
            Column::right("Messages"),
            Column::flexible("Title"),
        ];
        let mut table = Table::new(columns);
        table.row([Cell::new("a"), Cell::new("7"), Cell::new("short")]);
        table.row([
            Cell::new("世界"),
            Cell::new("1,234"),
            Cell::new("a title that goes on and on"),
        ]);
        table.row([Cell::new("c"), Cell::new("1"), Cell::new("")]);
        table
    }

    #[test]
    fn columns_line_up_by_width_and_no_line_ends_in_blanks() {
        let expected = [
            "a            7  short",
            "世界     1,234  a title that goes on and on",
            "c            1",
        ];
        assert_eq!(lines(&sample(), None), expected);
    }

    #[test]
    fn a_narrow_terminal_cuts_the_flexible_column() {
        let expected = [
            "a            7  short",
            "世界     1,234  a title t…",
            "c            1",
        ];
        assert_eq!(lines(&sample(), Some(26)), expected);
        // Too narrow for anything: cut as far as is sensible, and let the terminal wrap.
        assert_eq!(lines(&sample(), Some(3))[0], "a            7  short");
    }

    #[test]
    fn cells_are_harmless_and_on_one_line() {
        let mut table = Table::new([Column::left("x")]);
        table.row([Cell::new("a\n\u{1b}[31mb")]);
        assert_eq!(lines(&table, None), ["a b"]);
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(cut("世界世界", 5), "世界…");
        assert_eq!(cut("世界世界", 6), "世界…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("abcd", 0), "");
    }
}
