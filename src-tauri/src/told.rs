//! Which incidents were told: kept in a file, so that none is told again at each start.

use std::io;
use std::path::Path;

/// Those in the file. None where it cannot be read: then one is told twice.
pub fn read(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Writes them.
pub fn write(file: &Path, open: &[String]) {
    let done = if open.is_empty() {
        std::fs::remove_file(file)
    } else {
        std::fs::write(file, open.join("\n"))
    };
    match done {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "what was told is not remembered");
        }
        _ => {}
    }
}
