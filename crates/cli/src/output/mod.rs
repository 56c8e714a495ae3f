//! How answers look: on a terminal, in a pipe, and as JSON.

pub mod json;
pub mod paint;
pub mod progress;
pub mod remains;
pub mod sanitize;
pub mod table;
pub mod time;
pub mod words;

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

pub use clap::ColorChoice;
use serde::Serialize;

use self::paint::Paint;
use self::time::Clock;

/// Standard output and what is known about who reads it.
pub struct Screen {
    out: BufWriter<Stdout>,
    /// Colours, where they are wanted.
    pub paint: Paint,
    /// Columns of the terminal; `None` when there is none, and lines may be as long as they like.
    pub width: Option<usize>,
    /// The time, to say how long ago things were.
    pub clock: Clock,
}

impl Screen {
    /// The screen as it is now.
    pub fn new(color: ColorChoice) -> Self {
        let stdout = io::stdout();
        let width = stdout
            .is_terminal()
            .then(terminal_size::terminal_size)
            .flatten();
        Self {
            paint: Paint::for_stdout(color),
            width: width.map(|(width, _)| usize::from(width.0)),
            clock: Clock::now(),
            out: BufWriter::new(stdout),
        }
    }

    /// Whether a person is looking.
    pub fn is_terminal(&self) -> bool {
        self.out.get_ref().is_terminal()
    }

    /// Writes `value` as one line of JSON.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        json::write(&mut self.out, value)
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
