//! Colours, on a terminal only. `NO_COLOR`, `CLICOLOR` and `TERM=dumb` are honoured.

use std::io;

use anstream::{AutoStream, ColorChoice as Chosen};
use anstyle::{AnsiColor, Style};

use super::ColorChoice;

pub const PLAIN: Style = Style::new();
pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BUSY: Style = AnsiColor::Blue.on_default();
pub const WARN: Style = AnsiColor::Yellow.on_default();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const RESTING: Style = AnsiColor::Magenta.on_default();
pub const MATCH: Style = AnsiColor::Yellow.on_default().bold();

/// Applies styles, or leaves text alone.
///
/// We write the escape codes ourselves instead of letting a stream strip them: stripping would
/// read every byte of an export again, and would undo `--raw`.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    is_on: bool,
}

impl Paint {
    pub fn for_stdout(color: ColorChoice) -> Self {
        Self::choose(color, || AutoStream::choice(&io::stdout()))
    }

    pub fn for_stderr(color: ColorChoice) -> Self {
        Self::choose(color, || AutoStream::choice(&io::stderr()))
    }

    fn choose(color: ColorChoice, auto: impl Fn() -> Chosen) -> Self {
        let is_on = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => auto() != Chosen::Never,
        };
        Self { is_on }
    }

    /// `text` in this style. The text must be harmless already.
    pub fn apply(self, style: Style, text: &str) -> String {
        if self.is_on && style != PLAIN {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_added_without_colour() {
        let never = Paint::for_stdout(ColorChoice::Never);
        assert_eq!(never.apply(BAD, "x"), "x");
        let always = Paint::for_stdout(ColorChoice::Always);
        assert_eq!(always.apply(BOLD, "x"), "\u{1b}[1mx\u{1b}[0m");
        assert_eq!(always.apply(PLAIN, "x"), "x");
    }
}
