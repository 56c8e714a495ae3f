//! How far a pass has come: a bar on a terminal, now and then a line elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scrollback_engine::model::Progress;

use super::words;

/// Lines in a log shall be few.
const PAUSE: Duration = Duration::from_secs(3);
/// A rate over less time than this is noise.
const TOO_SOON: f64 = 0.5;

/// Shows progress on standard error, so that standard output holds answers only.
pub struct Meter {
    face: Face,
}

enum Face {
    /// The bar of a pass, and when that began.
    Bar(Option<(ProgressBar, Instant)>),
    Lines {
        began: Instant,
        told: Instant,
    },
    Silent,
}

impl Meter {
    /// `is_quiet`: where nobody watches, say nothing instead of a line now and then.
    pub fn new(is_quiet: bool) -> Self {
        let now = Instant::now();
        let face = match (io::stderr().is_terminal(), is_quiet) {
            (true, _) => Face::Bar(None),
            (false, false) => Face::Lines {
                began: now,
                told: now,
            },
            (false, true) => Face::Silent,
        };
        Self { face }
    }

    /// Moves on.
    pub fn show(&mut self, progress: &Progress) {
        match &mut self.face {
            Face::Bar(bar) => {
                let (bar, began) = bar.get_or_insert_with(|| (new_bar(), Instant::now()));
                bar.set_message(line(progress, began.elapsed().as_secs_f64()));
                bar.set_length(progress.bytes_total);
                bar.set_position(progress.bytes_done);
            }
            Face::Lines { began, told } => {
                if told.elapsed() >= PAUSE {
                    *told = Instant::now();
                    eprintln!("{}", line(progress, began.elapsed().as_secs_f64()));
                }
            }
            Face::Silent => {}
        }
    }

    /// Prints something else without tearing the bar.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.face {
            Face::Bar(Some((bar, _))) => bar.suspend(print),
            Face::Bar(None) | Face::Lines { .. } | Face::Silent => print(),
        }
    }

    /// Takes the bar away; a later pass begins a new one.
    pub fn clear(&mut self) {
        match &mut self.face {
            Face::Bar(bar) => {
                if let Some((bar, _)) = bar.take() {
                    bar.finish_and_clear();
                }
            }
            Face::Lines { began, told } => {
                *began = Instant::now();
                *told = *began;
            }
            Face::Silent => {}
        }
    }
}

fn new_bar() -> ProgressBar {
    // The words are ours, so that a log and a terminal say the same; what does not fit is cut.
    let style = ProgressStyle::with_template("{bar:20} {percent:>3} %  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)).with_style(style)
}

/// The most telling first.
fn line(progress: &Progress, seconds: f64) -> String {
    let Progress {
        bytes_total,
        bytes_done,
        files_total,
        files_done,
        messages,
        indexing,
        anew_done,
        anew_total,
        ..
    } = *progress;
    let mut line = format!(
        "{} of {}",
        words::bytes(bytes_done),
        words::bytes(bytes_total)
    );
    if seconds >= TOO_SOON && bytes_done > 0 && bytes_done < bytes_total {
        let rate = bytes_done as f64 / seconds;
        let left = (bytes_total - bytes_done) as f64 / rate;
        line += &format!(
            ", {}/s, {} left",
            words::bytes(rate as u64),
            words::seconds(left.ceil())
        );
    }
    if anew_done < anew_total {
        let percent = anew_done * 100 / anew_total;
        line += &format!(", making rows anew ({percent} %)");
    } else if indexing {
        line += ", making tool text searchable";
    }
    let files = words::counted(files_total, "file", "files");
    let messages = words::counted(messages, "message", "messages");
    line + &format!(", {messages}, {} of {files}", words::count(files_done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let progress = Progress {
            bytes_total: 250_000_000,
            bytes_done: 50_000_000,
            files_total: 485,
            files_done: 97,
            messages: 12_345,
            ..Progress::default()
        };
        assert_eq!(
            line(&progress, 2.0),
            "50 MB of 250 MB, 25 MB/s, 8 s left, 12,345 messages, 97 of 485 files"
        );
        assert_eq!(
            line(&progress, 0.1),
            "50 MB of 250 MB, 12,345 messages, 97 of 485 files"
        );
    }

    #[test]
    fn the_template_of_the_bar_is_valid() {
        let bar = new_bar();
        bar.set_length(10);
        bar.finish_and_clear();
    }
}
