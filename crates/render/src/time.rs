//! Times of the store: ISO 8601 in UTC with milliseconds, `2026-01-02T03:04:05.678Z`.

/// Milliseconds since the epoch.
pub fn millis(iso: &str) -> Option<i64> {
    let number = |from: usize, to: usize| iso.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let fraction = if iso.as_bytes().get(19) == Some(&b'.') {
        number(20, 23)?
    } else {
        0
    };
    // Days from civil, after Howard Hinnant: the year begins in March.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn times_are_counted_from_the_epoch() {
        for (iso, expected) in [
            ("1970-01-01T00:00:00.000Z", Some(0)),
            ("2026-01-02T03:04:05.678Z", Some(1_767_323_045_678)),
            ("2024-02-29T23:59:59Z", Some(1_709_251_199_000)),
            ("2024", None),
            ("not a time at all, no", None),
        ] {
            assert_eq!(millis(iso), expected, "{iso}");
        }
    }
}
