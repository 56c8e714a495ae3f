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

/// How a time is written in the name of a file.
const IN_A_NAME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// Milliseconds since the epoch to `20260102T030405.678Z`: no character that a file system minds.
pub fn file_time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |t| t.strftime(IN_A_NAME).to_string())
}

/// The opposite of [`file_time`].
pub fn from_file_time(name: &str) -> Option<i64> {
    let time = jiff::civil::DateTime::strptime(IN_A_NAME, name).ok()?;
    let instant = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
    Some(instant.as_millisecond())
}
