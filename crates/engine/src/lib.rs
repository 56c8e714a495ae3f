//! Scrollback's engine: takes in what coding agents write, exactly once, and answers for it.
//!
//! An agent writes transcripts: files of one JSON record a line, appended, sometimes rewritten,
//! sometimes deleted. The engine keeps every byte of them in one SQLite database, and what they say
//! as rows that can be searched. It knows no screen and no terminal: faces (the command line, later
//! the desktop app) ask [`engine::Engine`] and show what comes back.
//!
//! # The way of a line
//!
//! ```text
//! watch ─► tail ─Batch─► parse ─Parsed─► transform ─Plan─► execute
//!           ▲            agents/*            pure          one transaction: rows,
//!           │                                              spans, raw bytes, cursor
//!           └───────────── ledger ◄──────────────────────────┘        │
//!                                                   words index ◄─────┘ behind a watermark
//! ```
//!
//! * [`sync`] is this pipeline, a file for each stage. Events only say that a file may have changed;
//!   what is true is what a sweep over all files finds. The first pass and the thousandth event run
//!   through the same code.
//! * [`agents`] is the only place that knows a format: one record in, one [`entry::Entry`] out. What
//!   cannot be read becomes a reject, with its bytes kept; reading never fails.
//! * [`store`] is the only home of SQL: one writer, any number of readers.
//! * [`health`] judges facts; it measures nothing itself.
//!
//! # The map, from the top
//!
//! | module | what |
//! |---|---|
//! | [`engine`] | the front door: sync, watch, status, search, show, verify, export, sql |
//! | [`doctor`] | what we stand on, with what to do |
//! | [`config`] | flags, environment, file and defaults; which folders are read |
//! | [`sync`] | from a changed file to a committed transaction |
//! | [`agents`], [`store`] | formats; the database. Strangers to each other |
//! | [`transcript`], [`left_aside`], [`entry`], [`model`] | what we read and what not, what it says, what we show: plain data |
//! | [`query`], [`health`] | what was typed; how things are: pure functions |
//! | [`text`] | what a word is, and where it stands |
//! | [`project`], [`ahead`] | which project a folder belongs to; times that are ahead of the clock |
//! | [`paths`], [`disk`], [`error`] | names of files; what lies below; what can go wrong, with a remedy |
//! | [`autostart`] | the entry that starts the desktop app at login |
//! | [`log`] | what was done, in files for a person who asks why |
//!
//! Imports point down this table only. `ARCHITECTURE.md` has the invariants.
//!
//! # Not here, on purpose
//!
//! Printing, reading the environment behind the caller's back, a network, an async database, and
//! writing anything into an agent's folder.

#![warn(missing_docs, clippy::print_stdout, clippy::print_stderr)]

pub mod agents;
pub mod ahead;
pub mod autostart;
pub mod config;
pub mod control;
pub mod disk;
pub mod doctor;
pub mod engine;
pub mod entry;
pub mod error;
pub mod health;
pub mod left_aside;
pub mod log;
mod memory;
pub mod model;
pub mod monitor;
pub mod notice;
pub mod paths;
pub mod project;
pub mod query;
pub mod running;
pub mod stop;
pub mod store;
pub mod sync;
pub mod text;
pub mod transcript;
pub mod vitals;
