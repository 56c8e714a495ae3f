//! Emoji and other symbols are searched like words: alone and beside words, quoted or not, as they stand and not as a
//! part of others.

mod support;

use scrollback_engine::model::{SearchResult, Sort, Widened};
use serde_json::json;
use support::records::{answer, at, call, line, prompt, result};
use support::sandbox::Sandbox;

fn search(sandbox: &Sandbox, query: &str) -> SearchResult {
    let found = sandbox.engine().search(query, 10_000, Sort::Recent);
    found.expect("an answer")
}

fn found(sandbox: &Sandbox, query: &str) -> String {
    let mut ids: Vec<String> = search(sandbox, query)
        .hits
        .into_iter()
        .map(|hit| hit.message_id)
        .collect();
    ids.sort();
    ids.join(" ")
}

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    let records = [
        prompt("ada", "a", "done 🎉 now"),
        prompt("ada", "b", "🎉🎉"),
        answer("ada", "c", "done👍🏽 and I ❤️ it"),
        answer("ada", "d", "plain 👍, ❤ and a party hat 🥳"),
        prompt("ada", "e", "👩‍💻 at 💻 with 👩"),
        prompt("ada", "f", "flags 🇩🇪🇺🇸, keys 1️⃣ and #️⃣ and 12"),
        call(
            "ada",
            "g",
            "call-1",
            "Bash",
            json!({"command": "echo ✓ → 5 €"}),
        ),
        result(
            "ada",
            "h",
            "call-1",
            "✓ ok ™ 🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
        ),
        prompt("ada", "i", "nothing 1 of it"),
        prompt("ada", "j", "👨‍👩‍👧‍👦 and 🅰️"),
    ];
    let lines: String = (1..)
        .zip(records)
        .map(|(second, record)| line(&at(record, second)))
        .collect();
    sandbox.write("garden/ada.jsonl", lines);
    sandbox.sync();
    sandbox
}

#[test]
fn a_symbol_is_found_as_it_stands() {
    let sandbox = home();
    for (query, expected) in [
        ("🎉", "a b"),
        ("\"🎉\"", "a b"),
        ("🎉🎉", "b"),
        ("done 🎉", "a"),
        ("🎉 done", "a"),
        ("\"done 🎉\"", "a"),
        ("\"🎉 now\"", "a"),
        ("\"done 🎉 now\"", "a"),
        ("\"done now\"", "a"),
        ("❤", "c d"),
        ("❤️", "c d"),
        ("\"I ❤ it\"", "c"),
        ("👍", "d"),
        ("👍🏽", "c"),
        ("done👍🏽", "c"),
        ("👩", "e"),
        ("💻", "e"),
        ("👩‍💻", "e"),
        ("👨‍👩‍👧‍👦", "j"),
        ("👦", "j"),
        ("🇩🇪", "f"),
        ("🇺🇸", "f"),
        ("1️⃣", "f"),
        ("1⃣", "f"),
        ("#️⃣", "f"),
        ("12", "f"),
        ("✓", "g h"),
        ("→", "g"),
        ("€", "g"),
        ("\"5 €\"", "g"),
        ("™", "h"),
        ("🅰", "j"),
        (
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "h",
        ),
        ("🎉 OR 🥳", "a b d"),
        ("(🎉)", "a b"),
        ("done -🎉", "c"),
        ("🎉 -🎉🎉", "a"),
        ("🎉 -done", "b"),
        ("*👩*", "e j"),
        ("👍*", "c d"),
        ("✓ role:tool", "h"),
        ("✓ tool:Bash", "g h"),
    ] {
        assert_eq!(found(&sandbox, query), expected, "{query}");
    }
}

#[test]
fn what_is_in_no_message_is_told_and_more_is_taken_for_it_unless_quoted() {
    let sandbox = home();
    for query in [
        "🦄",
        "\"👦\"",
        "🇪🇺",
        "\"🎉 done\"",
        "2️⃣",
        "done👍",
        "\"👍 🎉\"",
    ] {
        let result = search(&sandbox, query);
        let is_quoted = query.starts_with('"');
        assert!(!is_quoted || result.hits.is_empty(), "{query}");
        assert!(
            result.widened.is_some() || !result.notes.is_empty(),
            "{query}"
        );
    }
    let unicorn = search(&sandbox, "🦄");
    assert_eq!(
        unicorn.notes,
        ["“🦄” does not occur in the text of the 1 transcript that was read"]
    );
    // Only as a part of a family.
    assert_eq!(search(&sandbox, "👦").widened, Some(Widened::Prefix));
    assert_eq!(search(&sandbox, "👦").hits.len(), 1);
    assert_eq!(search(&sandbox, "=>").notes.len(), 1);
}

#[test]
fn a_symbol_is_marked_with_its_look() {
    let sandbox = home();
    let hit = &search(&sandbox, "\"and I ❤\"").hits[0];
    let marked: Vec<&str> = hit
        .highlights
        .iter()
        .map(|(from, to)| &hit.snippet[*from..*to])
        .collect();
    assert_eq!(marked, ["and I ❤️"]);
    assert_eq!(
        sandbox
            .engine()
            .find_in("ada", "❤")
            .expect("found")
            .messages,
        ["c", "d"]
    );
    assert_eq!(
        sandbox
            .engine()
            .find_in("ada", "❤️")
            .expect("found")
            .messages,
        ["c", "d"]
    );
}

#[test]
fn all_of_a_common_symbol_are_found() {
    let sandbox = Sandbox::new();
    let lines: String = (0..3000)
        .map(|number| {
            let sign = if number % 2 == 0 { "🎉" } else { "👍🏽" };
            let text = format!("the pump {sign} runs");
            line(&at(prompt("ada", &format!("m{number}"), &text), number))
        })
        .collect();
    sandbox.write("garden/ada.jsonl", lines);
    sandbox.sync();
    for (query, expected) in [
        ("🎉", 1500),
        ("pump 👍🏽", 1500),
        ("*👍*", 1500),
        ("pump -🎉", 1500),
    ] {
        let result = search(&sandbox, query);
        assert_eq!(result.hits.len(), expected, "{query}");
        assert!(result.has_all, "{query}");
    }
    let facets = sandbox
        .engine()
        .searcher()
        .expect("open")
        .facets("🎉")
        .expect("counts");
    assert_eq!(facets.counted, 1500);
}
