//! Anything a person can type into the search, against a real database: an answer or an
//! explanation, never an error. `PROPTEST_CASES` makes it try harder.

#![cfg(unix)]

mod support;

use std::cell::OnceCell;

use proptest::prelude::*;
use scrollback_engine::model::Sort;
use scrollback_engine::query::Query;
use scrollback_engine::store::Reader;
use serde_json::json;
use support::records::{call, line, prompt, result, talk};
use support::sandbox::Sandbox;

/// A database with words, signs and texts in all fields.
fn database() -> (Sandbox, Reader) {
    let sandbox = Sandbox::new();
    let odd = [
        prompt(
            "ada",
            "odd-1",
            "AND OR NOT NEAR( a\u{0}b \u{202e} \"quoted\" -dash-- 世界 naïve İ ß",
        ),
        call(
            "ada",
            "odd-2",
            "call",
            "Bash",
            json!({"command": "ls -la | grep 'x*' && echo \"(\""}),
        ),
        result(
            "ada",
            "odd-3",
            "call",
            "col:x ^caret {brace} \u{1b}[31m words*",
        ),
    ];
    let odd: String = odd.iter().map(line).collect();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=20) + &odd);
    sandbox.sync();
    let reader = Reader::open(&sandbox.data())
        .expect("opened")
        .expect("there");
    (sandbox, reader)
}

fn typed() -> impl Strategy<Value = String> {
    let tokens = [
        "\"",
        "-",
        "*",
        "OR",
        "AND",
        "NOT",
        "NEAR(",
        ")",
        "(",
        "^",
        ":",
        "prose:",
        "rowid",
        "+",
        "{",
        "}",
        "'",
        ";",
        "--",
        "\\",
        "\0",
        "\u{202e}",
        "世界",
        "ada1word",
        "garden",
        "a",
        "b*",
        "-c",
        "\"a b\"",
        "-\"a b\"",
        "ß",
        "İ",
        "\u{301}",
        "…",
        "👍",
        "%",
        "_",
        "col : x",
        "a-b",
        "a.b/c",
        "*b*",
        "世*",
        "project:gard",
        "-session:ada",
        "role:user",
        "role:",
        "tool:B*",
        "is:error",
        "is:live",
        "has:\"co",
        "file:*.rs",
        "on:2026-13-99",
        "after:7d",
        "before:99999999999y",
    ];
    let token = prop_oneof![
        6 => prop::sample::select(tokens.to_vec()).prop_map(str::to_owned),
        2 => "\\PC{0,6}",
        1 => any::<String>(),
        1 => "[a-c]{1,3}\\*?",
    ];
    let glue = prop::sample::select(vec!["", " ", "\t", "\u{a0}", "\n"]);
    prop::collection::vec((token, glue), 0..50).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(token, glue)| token + glue)
            .collect()
    })
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 1000;
    }
    config.failure_persistence = None;
    config
}

thread_local! {
    static DATABASE: OnceCell<(Sandbox, Reader)> = const { OnceCell::new() };
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_typed_has_an_answer(typed in typed()) {
        let query = Query::parse(&typed);
        let is_explained = !query.is_empty() || !query.notes().is_empty();
        prop_assert!(is_explained || typed.trim().is_empty() || is_only_or(&typed));
        DATABASE.with(|database| {
            let (_, reader) = database.get_or_init(self::database);
            for sort in [Sort::Best, Sort::Recent] {
                let found = reader.search(&query, 5, sort).expect("an answer");
                let is_explained = !found.hits.is_empty() || !found.notes.is_empty();
                assert!(is_explained || is_only_or(&typed), "{typed:?}");
                for hit in found.hits {
                    for (from, to) in hit.highlights {
                        assert!(hit.snippet.get(from..to).is_some_and(|word| !word.is_empty()));
                    }
                }
            }
        });
    }
}

/// Nothing but `OR`, which asks for nothing.
fn is_only_or(typed: &str) -> bool {
    typed.split_whitespace().all(|word| word == "OR")
}
