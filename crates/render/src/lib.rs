//! How a conversation looks: from the engine's plain data to HTML that is safe to show.
//!
//! ```text
//! heads ── rows ─► the whole conversation laid out, before any text is read
//! turns ── card ─► a message in blocks ── markdown · typed · code · diff · ansi · tree
//!                     │   tools/: a view for each kind of call        │
//!                     └───────────── safe: the last step ◄────────────┘
//! ```
//!
//! The window shows cards; [`export`] writes a conversation into a file, without likely secrets. Nothing here reads a file, asks the
//! store, or knows a window.
//!
//! # What is promised
//!
//! Text of others is text. No markup in it is markup, no link in it leads where a person may not
//! follow, nothing is loaded, nothing runs, and nothing has a style of its own: colours are classes,
//! which `reading.css` gives their meaning. What is long is cut here, so that no message is taller
//! than a few screens; all of it is there when it is asked for.

#![warn(missing_docs, clippy::print_stdout, clippy::print_stderr)]

mod ansi;
mod card;
mod code;
mod cut;
mod diff;
pub mod export;
pub mod injected;
mod markdown;
pub mod orders;
mod rows;
mod safe;
mod secrets;
mod text;
mod time;
mod tools;
mod tree;
mod typed;

pub use card::{Block, Card, Outcome, card, event_label, is_picture};
pub use code::warm_up;
pub use cut::{Extent, Length};
pub use rows::{Row, rows};
pub use safe::link;
pub use text::line;
pub use tools::{Family, Scene, telling};
