//! The rules themselves: all of them are there, and none is broken or slow.

use super::*;

#[test]
fn every_rule_is_understood() {
    let public = gitleaks::rules();
    assert!(public.len() > 180, "{}", public.len());
    for rule in public.iter().chain(&own::rules()) {
        assert!(rule.compiled().is_some(), "{}: {}", rule.name, rule.pattern);
        let is_lower = |word: &str| word.bytes().all(|byte| !byte.is_ascii_uppercase());
        assert!(
            rule.words.iter().all(|word| is_lower(word)),
            "{}",
            rule.name
        );
    }
}

#[test]
fn the_version_that_is_said_is_the_one_of_the_file() {
    let file = include_str!("../gitleaks.toml");
    let version = RULES.split(' ').nth(1).expect("a version");
    assert!(file.contains(&format!("default rules of gitleaks {version},")));
}
