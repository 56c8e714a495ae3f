//! Timestamps.

use std::borrow::Cow;

use jiff::Timestamp;

use super::json::{Take, lenient};

/// A moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`: what Claude Code writes, and what sorts as text.
#[derive(Debug, Default)]
pub struct Time(pub Option<String>);

impl<'de> Take<'de> for Time {
    fn from_text(text: Cow<'de, str>) -> Self {
        if is_normal(text.as_bytes()) {
            return Self(Some(text.into_owned()));
        }
        Self(text.trim().parse().ok().and_then(normal))
    }

    /// Milliseconds since the epoch, as in `history.jsonl`.
    fn from_integer(value: i64) -> Self {
        Self(Timestamp::from_millisecond(value).ok().and_then(normal))
    }
}

lenient!(Time);

fn normal(moment: Timestamp) -> Option<String> {
    let text = moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    // A year before 0 is written longer, and would not sort.
    is_shaped(text.as_bytes()).then_some(text)
}

/// Nothing to change. The last days of a month and leap seconds are left to `jiff`.
fn is_normal(text: &[u8]) -> bool {
    let two = |at: usize| (text[at] - b'0') * 10 + (text[at + 1] - b'0');
    is_shaped(text)
        && (1..=12).contains(&two(5))
        && (1..=28).contains(&two(8))
        && two(11) < 24
        && two(14) < 60
        && two(17) < 60
}

fn is_shaped(text: &[u8]) -> bool {
    const SHAPE: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
    text.len() == SHAPE.len()
        && text.iter().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        })
}
