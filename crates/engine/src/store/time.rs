//! Times as they are stored and as they are shown.

/// Milliseconds since the epoch to `2026-01-02T03:04:05.678Z`.
pub fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |t| format!("{t:.3}"))
}

/// An ISO 8601 time to milliseconds since the epoch.
pub fn millis(iso: &str) -> Option<i64> {
    iso.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}
