//! What the product tests share: a home of their own, transcripts made up in our own words, and
//! questions to what was stored.
//!
//! | file | what |
//! |---|---|
//! | `sandbox.rs` | a temporary home with a source and a data folder; sync it, ask it, prove it whole |
//! | `records.rs` | records as Claude Code writes them |
//! | `writer.rs` | an agent that appends, truncates, replaces and renames, and what it left behind |
//! | `program.rs` | the real binary: run it, leave it running, stop it, kill it |
//! | `faulty.rs` | watchers that fail, and an engine that has to live with them |
//! | `scan.rs` | a search that reads the transcripts themselves |
//! | `dice.rs` | choices at random, the same every time |
//! | `views.rs` | everything the views say, to be compared |
//! | `proof.rs` | what a home holds against what it must hold |
//! | `shim.rs`, `clock.c`, `faults.c` | what is put under the real binary: a clock set back, faults at calls to the system |
//! | `corpus.rs` | the shared corpus of real transcripts, where there is one |

// Every test file compiles this for itself and uses a part of it.
#![allow(dead_code)]

pub mod corpus;
pub mod dice;
pub mod faulty;
pub mod program;
pub mod proof;
pub mod records;
pub mod sandbox;
pub mod scan;
pub mod shim;
pub mod views;
pub mod writer;
