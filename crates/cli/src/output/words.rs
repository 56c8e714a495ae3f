//! Figures as people read them.

use std::fmt::Write;

/// `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 file`, `2 files`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// How much is left aside, and who says more.
pub fn left_aside(number: u64) -> String {
    let counted = counted(number, "file is left aside", "files are left aside");
    let them = if number == 1 { "it" } else { "them" };
    format!("{counted}; `scrollback doctor` names {them}")
}

/// `3.8 GB`; a kB is 1000 bytes, as on disks.
pub fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        // 999.5 would be rounded to 1000.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if unit == "B" || value >= 9.95 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `0.24 s`, `4.2 s`, `1 min 12 s`, `3 h 2 min`, `2 d 4 h`.
pub fn seconds(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "an unknown time".into();
    }
    if seconds < 0.995 {
        return format!("{seconds:.2} s");
    }
    if seconds < 9.95 && seconds.fract() != 0.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let parts = [
        (whole / 86_400, "d"),
        (whole / 3600 % 24, "h"),
        (whole / 60 % 60, "min"),
        (whole % 60, "s"),
    ];
    let largest = parts
        .iter()
        .position(|(number, _)| *number > 0)
        .unwrap_or(3);
    let mut text = String::new();
    for (number, unit) in parts
        .iter()
        .skip(largest)
        .take(2)
        .filter(|(number, _)| *number > 0)
    {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{gap}{number} {unit}");
    }
    text
}

/// `7.3 ms`, `120 ms`, `2.1 s`.
pub fn millis(millis: f64) -> String {
    match millis {
        _ if millis >= 1000.0 => seconds(millis / 1000.0),
        _ if millis >= 9.95 => format!("{millis:.0} ms"),
        _ => format!("{millis:.1} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(counted(1, "file", "files"), "1 file");
        assert_eq!(counted(0, "file", "files"), "0 files");
    }

    #[test]
    fn bytes_keep_two_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_345, "12 kB"),
            (999_999, "1.0 MB"),
            (3_800_000_000, "3.8 GB"),
        ];
        for (number, expected) in cases {
            assert_eq!(bytes(number), expected);
        }
    }

    #[test]
    fn spans_of_time_have_two_parts() {
        let cases = [
            (0.0, "0.00 s"),
            (0.24, "0.24 s"),
            (4.21, "4.2 s"),
            (8.0, "8 s"),
            (59.7, "1 min"),
            (72.0, "1 min 12 s"),
            (10_920.0, "3 h 2 min"),
            (90_000.0, "1 d 1 h"),
            (f64::NAN, "an unknown time"),
        ];
        for (given, expected) in cases {
            assert_eq!(seconds(given), expected);
        }
        assert_eq!(
            [millis(0.31), millis(7.0), millis(123.4), millis(2100.0)],
            ["0.3 ms", "7.0 ms", "123 ms", "2.1 s"]
        );
    }
}
