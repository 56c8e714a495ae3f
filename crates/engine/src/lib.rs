//! Scrollback's engine (essay to be written)

pub mod agents;
pub mod config;
pub mod engine;
pub mod entry;
pub mod error;
pub mod health;
pub mod model;
pub mod paths;
pub mod query;
pub mod store;
pub mod sync;
pub mod transcript;
