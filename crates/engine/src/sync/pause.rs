//! The user's wish to take nothing in for a while. It stands in a file of the data folder, so that it
//! outlives the engine.

use crate::error::{Error, Result};
use crate::paths::{DataDir, private};

/// Milliseconds since the epoch when a pause ends; `None` when only the user ends it.
pub type Until = Option<i64>;

/// The pause in force at `now_ms`, if there is one.
pub fn read(dir: &DataDir, now_ms: i64) -> Option<Until> {
    let text = std::fs::read_to_string(dir.pause()).ok()?;
    let until = match text.trim() {
        "until resumed" => None,
        time => Some(time.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
    };
    until.is_none_or(|ms| ms > now_ms).then_some(until)
}

/// Writes the pause down; `None` ends it.
pub fn write(dir: &DataDir, pause: Option<Until>) -> Result<()> {
    let path = dir.pause();
    let Some(until) = pause else {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("end the pause in", &path, e))
            }
            _ => Ok(()),
        };
    };
    let text = match until.map(jiff::Timestamp::from_millisecond) {
        Some(Ok(time)) => time.to_string(),
        Some(Err(_)) | None => "until resumed".into(),
    };
    std::fs::write(&path, text + "\n").map_err(|e| Error::io("write the pause to", &path, e))?;
    private(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_kept_until_it_is_over() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let dir = DataDir::new(home.path());
        assert_eq!(read(&dir, 0), None);
        write(&dir, Some(Some(5_000))).expect("written");
        assert_eq!(read(&dir, 4_999), Some(Some(5_000)));
        assert_eq!(read(&dir, 5_000), None, "it is over");
        write(&dir, Some(None)).expect("written");
        assert_eq!(read(&dir, i64::MAX), Some(None));
        write(&dir, None).expect("removed");
        write(&dir, None).expect("removed twice");
        assert_eq!(read(&dir, 0), None);
    }
}
