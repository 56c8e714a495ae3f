//! Dates as people type them: `2026-11-01`, `2026-11`, `2026`, `today`, `yesterday`, `3h`, `7d`, `2w`, `6mo`, `1y`.

use jiff::civil::Date;
use jiff::{Span, Timestamp, ToSpan as _, ZonedDateTime};

/// A stretch of time: from the first moment to the one after the last, milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first moment. A time that long ago is a moment of its own.
    pub start_ms: i64,
    /// The first moment of the day, month or year that follows.
    pub end_ms: i64,
    /// The first moment of the day it falls on.
    pub day_ms: i64,
}

/// What a date or a time ago means at `now`; `None` for anything else.
pub fn stretch(typed: &str, now: &ZonedDateTime) -> Option<Stretch> {
    let typed = typed.trim().to_ascii_lowercase();
    let today = now.date();
    match typed.as_str() {
        "today" => return days(today, today.tomorrow().ok()?, now),
        "yesterday" => return days(today.yesterday().ok()?, today, now),
        _ => {}
    }
    if let Some(span) = ago(&typed) {
        let then = now.checked_sub(span).ok()?;
        let day = then.date();
        let days = days(day, day.tomorrow().ok()?, now)?;
        return Some(Stretch {
            start_ms: then.timestamp().as_millisecond(),
            ..days
        });
    }
    let numbers: Vec<&str> = typed.split('-').collect();
    let number = |at: usize| numbers.get(at).and_then(|n| n.parse::<i8>().ok());
    let year = || (numbers[0].len() == 4).then(|| numbers[0].parse::<i16>().ok())?;
    match numbers.len() {
        1 => {
            let first = Date::new(year()?, 1, 1).ok()?;
            days(first, first.checked_add(1.year()).ok()?, now)
        }
        2 => {
            let first = Date::new(year()?, number(1)?, 1).ok()?;
            days(first, first.checked_add(1.month()).ok()?, now)
        }
        3 => {
            // A time of day may follow: `2026-11-01T14:30`, or with a zone.
            if let Ok(moment) = typed.to_ascii_uppercase().parse::<Timestamp>() {
                return at(moment.as_millisecond(), now);
            }
            if let Ok(local) = typed.to_ascii_uppercase().parse::<jiff::civil::DateTime>()
                && typed.contains('t')
            {
                let moment = local.to_zoned_datetime(now.time_zone().clone()).ok()?;
                return at(moment.timestamp().as_millisecond(), now);
            }
            let day = Date::new(year()?, number(1)?, number(2)?).ok()?;
            days(day, day.tomorrow().ok()?, now)
        }
        _ => None,
    }
}

/// `7d` and its like.
fn ago(typed: &str) -> Option<Span> {
    let unit = typed.find(|c: char| !c.is_ascii_digit())?;
    let number: i32 = typed[..unit].parse().ok()?;
    let span = Span::new();
    match &typed[unit..] {
        "m" | "min" => span.try_minutes(number),
        "h" => span.try_hours(number),
        "d" => span.try_days(number),
        "w" => span.try_weeks(number),
        "mo" => span.try_months(number),
        "y" => span.try_years(number),
        _ => return None,
    }
    .ok()
}

fn days(first: Date, next: Date, now: &ZonedDateTime) -> Option<Stretch> {
    let midnight = |date: Date| {
        let zoned = date.to_zoned_datetime(now.time_zone().clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    };
    let start_ms = midnight(first)?;
    Some(Stretch {
        start_ms,
        end_ms: midnight(next)?,
        day_ms: start_ms,
    })
}

fn at(ms: i64, now: &ZonedDateTime) -> Option<Stretch> {
    let day = Timestamp::from_millisecond(ms)
        .ok()?
        .to_zoned_datetime(now.time_zone().clone())
        .date();
    Some(Stretch {
        start_ms: ms,
        ..days(day, day.tomorrow().ok()?, now)?
    })
}
