//! Any text at all: what could mislead is gone, everything else is as it was.

use proptest::prelude::*;

use super::*;

/// Unicode 17's control and format characters, and the separators of lines and paragraphs: written
/// down a second time, from the standard, with the few between them that are not given out yet. Not
/// among them are the visible ones, such as the Arabic
/// sign of a verse, and those that group hieroglyphs.
const MISLEADING: [std::ops::RangeInclusive<u32>; 14] = [
    0..=0x1F,
    0x7F..=0x9F,
    0xAD..=0xAD,
    0x61C..=0x61C,
    0x180E..=0x180E,
    0x200B..=0x200F,
    0x2028..=0x2029,
    0x202A..=0x202E,
    0x2060..=0x206F,
    0xFEFF..=0xFEFF,
    0xFFF9..=0xFFFB,
    0x1_BCA0..=0x1_BCA3,
    0x1_D173..=0x1_D17A,
    0xE_0000..=0xE_007F,
];

fn misleads(char: char) -> bool {
    MISLEADING
        .iter()
        .any(|range| range.contains(&(char as u32)))
}

/// Misleading characters far more often than chance would have them.
fn hostile() -> impl Strategy<Value = String> {
    let misleading = prop::sample::select(MISLEADING.to_vec())
        .prop_flat_map(|range| range)
        .prop_map(|code| char::from_u32(code).expect("a character"));
    let char = prop_oneof![
        4 => misleading,
        3 => prop::sample::select("ab \n\t\r\u{1b}[]]8;;\\é世👍\u{200d}\u{200c}".chars().collect::<Vec<_>>()),
        2 => any::<char>(),
    ];
    prop::collection::vec(char, 0..40).prop_map(String::from_iter)
}

/// Joiners between two characters beyond ASCII may stay.
fn assert_harmless(shown: &str, allowed: &[char]) {
    let chars: Vec<char> = shown.chars().collect();
    for (at, char) in chars.iter().enumerate() {
        let is_joiner = matches!(char, '\u{200C}' | '\u{200D}')
            && at > 0
            && !chars[at - 1].is_ascii()
            && chars.get(at + 1).is_some_and(|next| !next.is_ascii());
        assert!(
            !misleads(*char) || allowed.contains(char) || is_joiner,
            "{char:?} in {shown:?}"
        );
    }
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 5000;
    }
    config.failure_persistence = None;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_misleading_survives(given in hostile()) {
        assert_harmless(&text(&given), &['\n', '\t']);
        assert_harmless(&line(&given), &[]);
    }

    #[test]
    fn what_misleads_nobody_is_unchanged(given in hostile()) {
        let kept = |shown: &str| {
            let printable = |char: &char| !misleads(*char) && *char != REPLACEMENT;
            shown.chars().filter(printable).collect::<String>()
        };
        // Only orders vanish whole, and Windows' line ends lose a character.
        let left = orders::without(&given);
        prop_assert_eq!(kept(&text(&given)), kept(&left));
        let count = left.chars().count() - left.matches("\r\n").count();
        prop_assert_eq!(text(&given).chars().count(), count);
    }

    #[test]
    fn cleaning_twice_changes_nothing_more(given in hostile()) {
        for once in [text(&given), line(&given)] {
            prop_assert_eq!(text(&once), once.clone());
        }
    }

    #[test]
    fn json_loses_nothing_and_has_nothing_misleading(given in hostile()) {
        let mut written = Vec::new();
        crate::output::json::write(&mut written, &given).expect("written");
        let written = String::from_utf8(written).expect("UTF-8");
        let read: String = serde_json::from_str(&written).expect("JSON");
        prop_assert_eq!(read, given);
        let body = written.strip_suffix('\n').expect("a line");
        prop_assert!(!body.chars().any(misleads), "{written:?}");
    }
}
