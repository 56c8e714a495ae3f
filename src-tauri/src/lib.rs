//! Scrollback on the desktop: an icon that tells the truth, and a small window.
//!
//! The engine does the work; this is one more face of it. Most of the time there is no window, and
//! then there is no web engine either: the main thread waits for someone to want one.
//!
//! ```text
//! syncing ── the engine in this process, or the one that already runs elsewhere
//!    │ news
//!    ▼
//! pulse ──── asks the engine for its verdict; everyone below shows that one
//!    ├─► tray       icon, tooltip, menu
//!    ├─► incidents  a notification, once for each
//!    └─► window     what the page shows; exists only while someone looks
//! ```
//!
//! | module | what |
//! |---|---|
//! | [`app`] | what the parts share, and what a person can ask of it |
//! | `syncing`, `pulse` | the engine at work; the verdict, told to everyone |
//! | `tray`, `window`, `webview` | the icon; the window, and what its web view is told |
//! | `incidents`, `told`, `notify` | what a person must be told; what they were; how |
//! | `commands`, [`ipc`] | what the page may ask, and in which words |
//! | `choices`, [`settings`] | what a person chooses, and where it is kept |
//! | `report`, `clipboard` | a text for a bug report; copying |
//! | `start`, `launch`, `instance`, `graphics` | from `main` to the first wish; how it was started; one app at a time; drivers |
//! | `bindings`, `recordings` | the page's TypeScript, and what it shows in a plain browser; in tests |
//!
//! Not here: anything that reads a transcript or opens the database. Commands are a line each.

#![warn(missing_docs)]

pub mod app;
#[cfg(test)]
mod bindings;
mod choices;
mod clipboard;
mod commands;
mod graphics;
mod history;
mod incidents;
mod instance;
pub mod ipc;
mod launch;
mod notify;
mod outside;
mod paint;
mod pulse;
mod questions;
#[cfg(test)]
mod recorded_conversations;
#[cfg(test)]
mod recordings;
mod report;
mod running;
pub mod settings;
mod start;
mod syncing;
mod told;
mod tray;
mod verdict;
#[cfg(target_os = "linux")]
mod webview;
mod window;

pub use start::run;
