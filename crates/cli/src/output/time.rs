//! Times as people read them: how long ago, or by the clock on their wall.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use scrollback_engine::ahead;

use super::{sanitize, words};

/// Said of what no clock timed.
pub const NO_TIME: &str = "no time";
/// Said of what will not have been written yet.
pub const AHEAD: &str = "ahead of the clock";

const TOLERANCE_S: i64 = ahead::TOLERANCE_MS / 1000;

/// What time it is, and where.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Timestamp,
    zone: TimeZone,
}

impl Clock {
    pub fn now() -> Self {
        Self {
            now: Timestamp::now(),
            zone: TimeZone::system(),
        }
    }

    /// `just now`, `42 s ago`, `4 min ago`, `3 h ago`, `2 d ago`, then the date; a time that is ahead of the clock is
    /// marked.
    pub fn ago(&self, iso: &str) -> String {
        let Ok(time) = iso.parse::<Timestamp>() else {
            return sanitize::line(iso).into_owned();
        };
        match self.now.as_second() - time.as_second() {
            seconds if seconds < -TOLERANCE_S => {
                format!("{}, {AHEAD}", self.write(time, "%Y-%m-%d"))
            }
            // Clocks of two machines differ.
            ..=4 => "just now".into(),
            seconds @ 5..60 => format!("{seconds} s ago"),
            seconds @ 60..3600 => format!("{} min ago", seconds / 60),
            seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
            seconds @ 86_400..604_800 => format!("{} d ago", seconds / 86_400),
            _ => self.write(time, "%Y-%m-%d"),
        }
    }

    /// `2026-11-22 14:03`.
    pub fn minute(&self, iso: &str) -> String {
        self.read(iso, "%Y-%m-%d %H:%M")
    }

    /// The same of what may have been written by a clock that was wrong, or without one.
    pub fn written(&self, iso: Option<&str>) -> String {
        let Some(iso) = iso else {
            return NO_TIME.into();
        };
        let is_ahead = iso
            .parse::<Timestamp>()
            .is_ok_and(|time| time.as_second() - self.now.as_second() > TOLERANCE_S);
        match is_ahead {
            true => format!("{}, {AHEAD}", self.minute(iso)),
            false => self.minute(iso),
        }
    }

    /// `2026-11-22 14:03:22`.
    pub fn second(&self, iso: &str) -> String {
        self.read(iso, "%Y-%m-%d %H:%M:%S")
    }

    /// `14:03:22`, for a log that is read as it grows.
    pub fn of_day(&self, iso: &str) -> String {
        self.read(iso, "%H:%M:%S")
    }

    /// How long ago, in words.
    pub fn since(&self, iso: &str) -> Option<String> {
        let time = iso.parse::<Timestamp>().ok()?;
        let seconds = self.now.as_second() - time.as_second();
        (seconds >= 0).then(|| words::seconds(seconds as f64))
    }

    fn read(&self, iso: &str, format: &str) -> String {
        match iso.parse::<Timestamp>() {
            Ok(time) => self.write(time, format),
            // Whatever the agent wrote there says more than nothing.
            Err(_) => sanitize::line(iso).into_owned(),
        }
    }

    fn write(&self, time: Timestamp, format: &str) -> String {
        time.to_zoned_datetime(self.zone.clone())
            .strftime(format)
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_relative_and_far_ones_are_dates() {
        let now = "2026-11-22T10:00:00Z".parse().expect("a time");
        let clock = Clock {
            now,
            zone: TimeZone::fixed(jiff::tz::offset(2)),
        };
        let cases = [
            ("2026-11-22T10:00:30Z", "just now"),
            ("2026-11-22T09:59:18.500Z", "42 s ago"),
            ("2026-11-22T09:55:59Z", "4 min ago"),
            ("2026-11-22T07:00:00Z", "3 h ago"),
            ("2026-11-20T10:00:00Z", "2 d ago"),
            ("2026-11-01T23:00:00Z", "2026-11-02"),
            ("2026-11-22T10:59:00Z", "just now"),
            ("2031-12-24T12:00:00Z", "2031-12-24, ahead of the clock"),
            ("yester\u{1b}day", "yester\u{FFFD}day"),
        ];
        for (iso, expected) in cases {
            assert_eq!(clock.ago(iso), expected);
        }
        assert_eq!(clock.minute("2026-11-22T10:03:22.123Z"), "2026-11-22 12:03");
        assert_eq!(clock.written(None), "no time");
        assert_eq!(
            clock.written(Some("2026-11-22T10:03:22Z")),
            "2026-11-22 12:03"
        );
        assert_eq!(
            clock.written(Some("2031-12-24T12:00:00Z")),
            "2031-12-24 14:00, ahead of the clock"
        );
        assert_eq!(clock.of_day("2026-11-22T10:03:22.123Z"), "12:03:22");
        assert_eq!(clock.since("2026-11-22T09:00:00Z"), Some("1 h".into()));
        assert_eq!(clock.since("2026-11-22T11:00:00Z"), None);
    }
}
