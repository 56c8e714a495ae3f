//! Times ahead of the clock: written by one that was wrong. They say nothing about what is new.

/// So far ahead a time may be: clocks of two machines differ.
pub const TOLERANCE_MS: i64 = 60 * 60 * 1000;

/// The latest time that can be right, milliseconds since the epoch.
pub fn latest_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond() + TOLERANCE_MS
}
