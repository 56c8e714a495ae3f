//! What the engine did and what stood in its way, as JSON lines in `<data>/logs/`, for a person who
//! asks why.
//!
//! File names only: no folder, no text of a message. A log that cannot be written is no trouble of
//! the engine's.

mod files;

use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::log::files::Files;
use crate::paths::DataDir;

/// Target of the watcher's events, in the log as in the code that tells of them.
pub const EVENT: &str = "event";

/// From now on what this process tells of its work goes to the log, and to standard error from
/// `stderr_level` up. Nothing is created before there is something to write.
pub fn start(data_dir: &Path, stderr_level: LevelFilter) {
    let to_stderr = fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .with_filter(stderr_level);
    let to_files = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .log_internal_errors(false)
        .with_writer(Mutex::new(Files::new(DataDir::new(data_dir).logs())))
        .with_filter(filter_fn(is_logged));
    // Whoever set up something else before us wants that.
    let _ = registry().with(to_stderr).with(to_files).try_init();
}

/// Only what we say ourselves: what a dependency tells may quote anything.
fn is_logged(meta: &Metadata<'_>) -> bool {
    let is_ours = meta.target() == EVENT || meta.target().starts_with("scrollback");
    is_ours && *meta.level() <= Level::INFO
}
