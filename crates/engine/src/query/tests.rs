use jiff::ZonedDateTime;

use super::*;

pub fn now() -> ZonedDateTime {
    "2026-11-26T12:00:00[UTC]".parse().expect("a time")
}

fn terms(typed: &str) -> Vec<Vec<String>> {
    let query = Query::parse_at(typed, &now());
    let one = |term: &&Term| {
        let sign = if term.is_excluded { "-" } else { "" };
        let (front, back) = match term.shape {
            Shape::Words | Shape::Phrase => ("", ""),
            Shape::Prefix => ("", "*"),
            Shape::Fragment => ("*", "*"),
        };
        format!("{sign}{front}{}{back}", term.text)
    };
    let alternatives = query.alternatives();
    alternatives
        .iter()
        .map(|terms| terms.iter().map(one).collect())
        .collect()
}

fn notes(typed: &str) -> Vec<String> {
    Query::parse_at(typed, &now()).notes()
}

fn test(typed: &str) -> Test {
    let query = Query::parse_at(typed, &now());
    let mut tests = query.filters().map(|filter| filter.test.clone());
    tests.next().expect("a filter")
}

#[test]
fn words_phrases_exclusions_and_alternatives() {
    assert_eq!(terms("a b"), [["a", "b"]]);
    assert_eq!(terms(r#""a b" -c"#), [["a b", "-c"]]);
    assert_eq!(terms(r#"-"a b" c"#), [["-a b", "c"]]);
    assert_eq!(terms("a OR b*"), [["a"], ["b*"]]);
    assert_eq!(terms("OR a OR"), [["a"]]);
    assert_eq!(terms("*a* *b c*"), [["*a*", "*b*", "c*"]]);
    assert_eq!(terms("\"a b\"* \"c*\""), [["a b*", "c*"]]);
    assert_eq!(terms("“a b”* „c d“ “e f"), [["a b*", "c d", "e f"]]);
}

#[test]
fn signs_that_people_search_for_stay() {
    for typed in [
        "--flag",
        "C++",
        "err-401",
        "foo_bar",
        "std::vec",
        "http://x.y",
        "a\"b",
    ] {
        assert_eq!(terms(typed), [[typed]], "{typed}");
    }
}

#[test]
fn whatever_makes_no_sense_is_explained_and_the_rest_searched() {
    assert_eq!(terms(r#"say "hi"#), [["say", "hi"]]);
    assert_eq!(terms("a\0b"), [["a b"]]);
    for typed in [
        "++",
        "\"",
        "\"\"",
        "-",
        "project:",
        "role:king",
        "has:luck",
        "on:noon",
    ] {
        assert_eq!(notes(typed).len(), 1, "{typed}");
        assert!(terms(&format!("{typed} word")).iter().flatten().count() <= 1);
    }
    assert_eq!(terms("++ word -"), [["word"]]);
    let long = terms(&"w ".repeat(5000));
    assert_eq!(long[0].len(), MOST_TERMS);
    assert_eq!(notes(&"w ".repeat(5000)).len(), 1);
}

#[test]
fn a_part_knows_where_it_stands() {
    let typed = " näh -\"a b\" project:\"my garden\"  x";
    let query = Query::parse_at(typed, &now());
    let parts: Vec<&str> = query.parts.iter().map(|p| &typed[p.span.clone()]).collect();
    assert_eq!(parts, ["näh", "-\"a b\"", "project:\"my garden\"", "x"]);
}

#[test]
fn chips_count_as_a_page_counts() {
    let typed = "𝄞 has:luck";
    let chips = Query::parse_at(typed, &now()).chips(typed);
    let places: Vec<_> = chips
        .iter()
        .map(|chip| (chip.from, chip.to, chip.kind))
        .collect();
    assert_eq!(
        places,
        [(0, 2, ChipKind::Nothing), (3, 11, ChipKind::Nothing)]
    );
    assert!(chips.iter().all(|chip| chip.problem.is_some()));
}

#[test]
fn filters() {
    assert_eq!(
        test("project:\"my garden\""),
        Test::Project("my garden".into())
    );
    assert_eq!(test("Role:USER"), Test::Role(Speaker::User));
    assert_eq!(test("is:error"), Test::Is(Kind::Error));
    assert_eq!(test("has:code"), Test::Has(Content::Code));
    let query = Query::parse_at("-tool:Bash", &now());
    assert!(query.filters().all(|filter| filter.is_excluded));
    assert!(query.wanted().next().is_none() && !query.is_empty());
}

#[test]
fn dates() {
    let ms = |iso: &str| {
        iso.parse::<jiff::Timestamp>()
            .expect("a time")
            .as_millisecond()
    };
    let day = (ms("2026-11-01T00:00:00Z"), ms("2026-11-02T00:00:00Z"));
    assert_eq!(test("on:2026-11-01"), Test::Time(day.0, day.1));
    assert_eq!(test("after:2026-11-01"), Test::Time(day.0, i64::MAX));
    assert_eq!(test("before:2026-11-01"), Test::Time(i64::MIN, day.0));
    let month = (ms("2026-11-01T00:00:00Z"), ms("2026-12-01T00:00:00Z"));
    assert_eq!(test("on:2026-11"), Test::Time(month.0, month.1));
    let yesterday = (ms("2026-11-25T00:00:00Z"), ms("2026-11-26T00:00:00Z"));
    assert_eq!(test("on:yesterday"), Test::Time(yesterday.0, yesterday.1));
    assert_eq!(
        test("after:3h"),
        Test::Time(ms("2026-11-26T09:00:00Z"), i64::MAX)
    );
    assert_eq!(
        test("before:7d"),
        Test::Time(i64::MIN, ms("2026-11-19T12:00:00Z"))
    );
    assert_eq!(test("on:1d"), Test::Time(yesterday.0, yesterday.1));
    assert_eq!(
        test("after:2026-11-01T14:30"),
        Test::Time(ms("2026-11-01T14:30:00Z"), i64::MAX)
    );
}
