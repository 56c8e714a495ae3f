//! What a search finds is what an independent scan of the transcripts finds, in both directions: nothing is missed,
//! and nothing is found that is not there.

#![cfg(unix)]

mod support;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use scrollback_engine::engine::Searcher;
use scrollback_engine::model::{SearchResult, Sort, Widened};
use serde_json::json;
use support::corpus;
use support::dice::Dice;
use support::records::{answer, at, call, line, prompt, result, with};
use support::sandbox::Sandbox;
use support::scan::{self, Ends, Said};

fn file(session: &str) -> String {
    format!("-home-ada-garden/{session}.jsonl")
}

fn search(sandbox: &Sandbox, query: &str) -> SearchResult {
    sandbox
        .engine()
        .search(query, 1_000_000, Sort::Recent)
        .expect("an answer")
}

fn ids(found: &SearchResult) -> Vec<&str> {
    found
        .hits
        .iter()
        .map(|hit| hit.message_id.as_str())
        .collect()
}

/// What a message must be to be found.
struct Asked {
    query: String,
    is_meant: Box<dyn Fn(&Said) -> bool>,
}

fn lower_words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1)
        .collect()
}

/// A random question about something a message says.
fn question(dice: &mut Dice, said: &Said) -> Option<Asked> {
    let texts: Vec<&String> = said
        .texts
        .iter()
        .filter(|text| text.len() < 200_000)
        .collect();
    if texts.is_empty() {
        return None;
    }
    let text = dice.one_of(&texts).to_lowercase();
    if !text.is_ascii() {
        return wide(dice, &text);
    }
    let words = lower_words(&text);
    if words.is_empty() {
        return None;
    }
    let at = dice.below(words.len());
    let word = words[at].to_owned();
    let (other, role) = (dice.one_of(&words).to_string(), said.role.clone());
    let holds = |word: String, ends| {
        Box::new(move |said: &Said| said.holds(&[&word], ends)) as Box<dyn Fn(&Said) -> bool>
    };
    Some(match dice.below(9) {
        0 | 1 => Asked {
            query: word.clone(),
            is_meant: holds(word, Ends::Whole),
        },
        2 => {
            let cut = 1 + dice.below(word.len());
            Asked {
                query: format!("{}*", &word[..cut]),
                is_meant: holds(word[..cut].to_owned(), Ends::Begins),
            }
        }
        3 => {
            let part = part(dice, &word);
            Asked {
                query: format!("*{part}*"),
                is_meant: holds(part, Ends::Anywhere),
            }
        }
        8 => {
            let part = part(dice, &other);
            Asked {
                query: format!("{word} -*{part}*"),
                is_meant: Box::new(move |said| {
                    said.holds(&[&word], Ends::Whole) && !said.holds(&[&part], Ends::Anywhere)
                }),
            }
        }
        4 if at + 2 < words.len() => {
            let phrase: Vec<String> = words[at..at + 2]
                .iter()
                .map(|word| word.to_string())
                .collect();
            Asked {
                query: format!("\"{}\"", phrase.join(" ")),
                is_meant: Box::new(move |said| said.holds(&[&phrase[0], &phrase[1]], Ends::Whole)),
            }
        }
        5 => Asked {
            query: format!("{word} -{other}x OR {other} {word}"),
            is_meant: Box::new(move |said| {
                let has = |word: &str| said.holds(&[word], Ends::Whole);
                has(&word) && (!has(&format!("{other}x")) || has(&other))
            }),
        },
        6 if role == "assistant" => Asked {
            query: format!("role:assistant {word}"),
            is_meant: Box::new(move |said| {
                said.role == "assistant" && said.holds(&[&word], Ends::Whole)
            }),
        },
        7 if !said.tools.is_empty() => {
            let tool = said.tools[0].clone();
            if tool.contains(char::is_whitespace) {
                return None;
            }
            Asked {
                query: format!("tool:{tool} role:assistant {word}"),
                is_meant: Box::new(move |said| {
                    said.tools.iter().any(|one| one.eq_ignore_ascii_case(&tool))
                        && said.holds(&[&word], Ends::Whole)
                }),
            }
        }
        _ => Asked {
            query: format!("{word} {other}"),
            is_meant: Box::new(move |said| {
                said.holds(&[&word], Ends::Whole) && said.holds(&[&other], Ends::Whole)
            }),
        },
    })
}

/// One to four characters of a word.
fn part(dice: &mut Dice, word: &str) -> String {
    let length = (1 + dice.below(4)).min(word.len());
    let from = dice.below(word.len() - length + 1);
    word[from..from + length].to_owned()
}

/// Two characters of a script without blanks.
fn wide(dice: &mut Dice, text: &str) -> Option<Asked> {
    let chars: Vec<char> = text.chars().collect();
    let is_han = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let places: Vec<usize> = (1..chars.len())
        .filter(|at| is_han(&chars[*at]) && is_han(&chars[at - 1]))
        .collect();
    if places.is_empty() {
        return None;
    }
    let at = *dice.one_of(&places);
    let (first, second) = (chars[at - 1].to_string(), chars[at].to_string());
    Some(Asked {
        query: format!("{first}{second}"),
        is_meant: Box::new(move |said| said.holds(&[&first, &second], Ends::Whole)),
    })
}

/// Asks `count` random questions of both.
fn agree(sandbox: &Sandbox, folder: &Path, count: usize) {
    let messages = scan::messages(folder);
    // What neither side says is found, too, and is not for the scan to know.
    let noted: Vec<String> = sandbox.ask("SELECT id FROM messages WHERE event_text IS NOT NULL");
    let mut all: Vec<(&String, &Said)> = messages.iter().collect();
    all.sort_by_key(|(id, _)| *id);
    let mut dice = Dice(7);
    let mut asked = 0;
    while asked < count {
        let (_, said) = all[dice.below(all.len())];
        let Some(question) = question(&mut dice, said) else {
            continue;
        };
        let found = search(sandbox, &question.query);
        asked += 1;
        let expected: BTreeSet<&str> = all
            .iter()
            .filter(|(_, said)| (question.is_meant)(said))
            .map(|(id, _)| id.as_str())
            .collect();
        if expected.is_empty() {
            continue;
        }
        assert_eq!(found.widened, None, "{}", question.query);
        let got: BTreeSet<&str> = ids(&found)
            .into_iter()
            .filter(|id| messages.contains_key(*id))
            .collect();
        let told = |ids: Vec<&&str>| -> Vec<String> {
            let unknown = ids
                .into_iter()
                .filter(|id| !noted.iter().any(|n| n == **id));
            unknown.take(3).map(|id| (*id).to_owned()).collect()
        };
        let missed = told(expected.difference(&got).collect());
        let wrong = told(got.difference(&expected).collect());
        assert!(
            missed.is_empty() && wrong.is_empty(),
            "{}: missed {missed:?}, wrong {wrong:?}",
            question.query
        );
        // Asked for few, much less is looked at.
        let newest = sandbox
            .engine()
            .search(&question.query, 10, Sort::Recent)
            .expect("an answer");
        let all = ids(&found);
        assert_eq!(
            ids(&newest),
            all[..all.len().min(10)],
            "{}: the newest",
            question.query
        );
    }
}

#[test]
fn the_corpus_is_found_as_a_scan_finds_it() {
    let Some(folder) = corpus::folder("the search over the corpus") else {
        return;
    };
    let folder = folder.join("claude-code");
    let sandbox = Sandbox::reading(&folder);
    sandbox.sync();
    agree(&sandbox, &folder.join("projects"), 500);
}

/// Talks about many things in many words, made up.
fn made_up() -> Sandbox {
    const WORDS: &[&str] = &[
        "pump",
        "hose",
        "parseSessionTranscript",
        "err-401",
        "foo_bar",
        "std::vec",
        "C++",
        "--flag",
        "naïve",
        "Ünïcode",
        "重跑gen-itgc后50条悬空",
        "数据库迁移",
        "connection",
        "pool",
        "exhausted",
        "0cb1e29c",
        "watcher",
        "rewatch",
        "ab",
        "x",
    ];
    let sandbox = Sandbox::new();
    let mut dice = Dice(1);
    for session in ["ada", "bob", "eve"] {
        let mut text = String::new();
        for number in 0..40 {
            let words: Vec<&str> = (0..6).map(|_| *dice.one_of(WORDS)).collect();
            let (id, said) = (format!("{session}-{number}"), words.join(" "));
            let name = format!("call-{id}");
            let record = match number % 4 {
                0 => prompt(session, &id, &said),
                1 => answer(session, &id, &said),
                2 => call(session, &id, &name, "Bash", json!({"command": said})),
                _ => result(session, &id, &name, &said),
            };
            text += &line(&at(record, number));
        }
        sandbox.write(&file(session), text);
    }
    sandbox.sync();
    sandbox
}

#[test]
fn made_up_talks_are_found_as_a_scan_finds_them() {
    let sandbox = made_up();
    agree(&sandbox, &sandbox.projects(), 500);
}

fn one(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(&file("ada"), line(&prompt("ada", "ada-1", text)));
    sandbox.sync();
    sandbox
}

fn widened(sandbox: &Sandbox, query: &str) -> Option<Option<Widened>> {
    let found = search(sandbox, query);
    (!found.hits.is_empty()).then_some(found.widened)
}

#[test]
fn parts_of_identifiers_and_of_sentences_without_blanks_are_found() {
    let sandbox = one("重跑gen-itgc后50条悬空 parseSessionTranscriptV2 0cb1e29c-658c-4a14");
    for query in ["悬空", "itgc", "gen-itgc", "50条", "0cb1e29c-658c-4a14"] {
        assert_eq!(widened(&sandbox, query), Some(None), "{query}");
    }
    assert_eq!(
        widened(&sandbox, "sessiontran"),
        Some(Some(Widened::Substring))
    );
    assert_eq!(
        widened(&sandbox, "29c-658"),
        Some(Some(Widened::Substring)),
        "across words"
    );
    assert_eq!(widened(&sandbox, "空悬"), None);
}

#[test]
fn nothing_is_silent_more_is_taken_and_said() {
    let sandbox = one("the watcher of foo bar");
    assert_eq!(widened(&sandbox, "watcher"), Some(None));
    assert_eq!(widened(&sandbox, "foo_bar"), Some(Some(Widened::Signs)));
    assert_eq!(widened(&sandbox, "*oo_ba*"), Some(Some(Widened::Signs)));
    assert_eq!(widened(&sandbox, "watch"), Some(Some(Widened::Prefix)));
    assert_eq!(widened(&sandbox, "atche"), Some(Some(Widened::Substring)));
    assert_eq!(widened(&sandbox, "wacther"), Some(Some(Widened::Typo)));
    assert_eq!(
        widened(&sandbox, "\"watch\""),
        None,
        "what is quoted is meant"
    );
    let found = search(&sandbox, "watcher zebra");
    assert_eq!(
        (found.hits.len(), found.notes),
        (
            0,
            vec!["“zebra” does not occur in the text of the 1 transcript that was read".to_owned()]
        )
    );
}

#[test]
fn signs_count() {
    let sandbox = Sandbox::new();
    let texts = [
        "plain C here",
        "C++ here",
        "foo bar",
        "foo_bar",
        "a --flag",
        "a flag",
        "see .env",
        "the env",
    ];
    let records = texts
        .iter()
        .enumerate()
        .map(|(at, text)| line(&prompt("ada", &format!("ada-{at}"), text)));
    sandbox.write(&file("ada"), records.collect::<String>());
    sandbox.sync();
    for (query, expected) in [
        ("C++", "ada-1"),
        ("foo_bar", "ada-3"),
        ("--flag", "ada-4"),
        (".env", "ada-6"),
    ] {
        assert_eq!(ids(&search(&sandbox, query)), [expected], "{query}");
    }
    assert_eq!(
        search(&sandbox, "foo bar").hits.len(),
        2,
        "words in any order"
    );
    assert_eq!(ids(&search(&sandbox, "foo -foo_bar")), ["ada-2"]);
    assert_eq!(search(&sandbox, "here, (flag)?").hits.len(), 0);
    assert_eq!(
        search(&sandbox, "(flag)?").hits.len(),
        2,
        "signs of the sentence do not"
    );
}

#[test]
fn filters_narrow_down() {
    let sandbox = Sandbox::new();
    let edit =
        json!({"file_path": "/home/ada/garden/src/valve.rs", "old_string": "a", "new_string": "b"});
    let mut failed = result("ada", "ada-4", "call-1", "No such file");
    failed["message"]["content"][0]["is_error"] = true.into();
    let talk_of_ada = [
        at(prompt("ada", "ada-1", "the pump"), 1),
        at(answer("ada", "ada-2", "the pump runs ```sh\nls\n```"), 2),
        at(call("ada", "ada-3", "call-1", "Edit", edit), 3),
        at(failed, 4),
    ];
    let elsewhere = json!({"cwd": "/home/bob/kite", "gitBranch": "wind", "timestamp": "2026-03-05T10:00:00.000Z"});
    sandbox.write(
        &file("ada"),
        talk_of_ada.iter().map(line).collect::<String>(),
    );
    sandbox.write(
        &file("bob"),
        line(&with(prompt("bob", "bob-1", "the pump too"), elsewhere)),
    );
    sandbox.sync();
    sandbox.engine().pin("bob", true).expect("pinned");
    let of = |query: &str| {
        ids(&search(&sandbox, query))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("pump project:kite", &["bob-1"][..]),
        ("pump -project:kite", &["ada-2", "ada-1"]),
        (
            "pump project:kite project:gard",
            &["bob-1", "ada-2", "ada-1"],
        ),
        ("pump branch:wind", &["bob-1"]),
        ("pump model:claude-test", &["ada-2"]),
        ("pump -model:claude-test", &["bob-1", "ada-1"]),
        ("session:bob", &["bob-1"]),
        ("agent:claude role:user", &["bob-1", "ada-1"]),
        ("role:assistant", &["ada-3", "ada-2"]),
        ("role:tool", &["ada-4"]),
        ("tool:edit", &["ada-4", "ada-3"]),
        ("tool:ed*", &["ada-4", "ada-3"]),
        ("-tool:Edit pump", &["bob-1", "ada-2", "ada-1"]),
        ("file:src/*.rs", &["ada-3"]),
        ("file:valve -file:*.py", &["ada-3"]),
        ("is:error", &["ada-4"]),
        ("is:pinned", &["bob-1"]),
        ("pump -is:pinned", &["ada-2", "ada-1"]),
        ("has:code", &["ada-2"]),
        ("has:diff", &["ada-3"]),
        ("after:2026-02", &["bob-1"]),
        ("pump before:2026-02-01", &["ada-2", "ada-1"]),
        ("on:2026-03-05", &["bob-1"]),
        ("-on:2026-03-05 pump", &["ada-2", "ada-1"]),
        ("-pump role:user", &[]),
    ] {
        assert_eq!(of(query), expected, "{query}");
    }
    for query in ["pump branch:rain", "pump model:other", "pump project:none"] {
        let found = search(&sandbox, query);
        assert_eq!(found.notes, ["no message passes the filters"], "{query}");
    }
}

#[test]
fn a_title_passes_the_filters_too() {
    let sandbox = Sandbox::new();
    let title =
        json!({"type": "custom-title", "customTitle": "Garden security", "sessionId": "ada"});
    let talk = [
        prompt("ada", "ada-1", "how are the roses"),
        answer("ada", "ada-2", "fine"),
        title,
    ];
    sandbox.write(&file("ada"), talk.iter().map(line).collect::<String>());
    sandbox.sync();
    let best = |query: &str| {
        let found = sandbox.engine().search(query, 50, Sort::Best);
        found.expect("an answer").hits.len()
    };
    assert_eq!(best("security"), 1);
    assert_eq!(best("security role:user"), 1);
    for query in [
        "security role:assistant",
        "security -role:user",
        "security is:error",
        "security tool:Bash",
        "security has:code",
        "security file:x",
    ] {
        assert_eq!(best(query), 0, "{query}");
    }
}

#[test]
fn what_is_quoted_is_taken_as_it_stands() {
    let sandbox = one("if err != nil {\n  return }\nelse − the end. And more. studio. js");
    for query in [
        "\"!= nil\"",
        "\"err != nil {\"",
        "\"nil { return\"",
        "\"− the\"",
        "\"end. and\"",
        "studio.js OR studio",
    ] {
        let found = search(&sandbox, query);
        assert_eq!((found.hits.len(), found.widened), (1, None), "{query}");
    }
    for query in [
        "\"== nil\"",
        "\"!=nil\"",
        "\"end.and\"",
        "\"− end\"",
        "end -\"!= nil\"",
    ] {
        let found = search(&sandbox, query);
        assert_eq!((found.hits.len(), found.widened), (0, None), "{query}");
    }
    assert_eq!(search(&sandbox, "studio.js").widened, Some(Widened::Signs));
}

#[test]
fn a_session_and_all_but_it_are_everything() {
    let sandbox = Sandbox::new();
    let told = |session: &str, id: &str| prompt(session, id, "the pump");
    let ada = [told("ada", "both-1"), told("ada", "ada-2")];
    // A branch has what it was branched from, under its own name.
    let bob = [told("bob", "both-1"), told("bob", "bob-2")];
    sandbox.write(&file("ada"), ada.iter().map(line).collect::<String>());
    sandbox.write(&file("bob"), bob.iter().map(line).collect::<String>());
    sandbox.sync();
    let of = |query: &str| {
        let found = search(&sandbox, query);
        ids(&found)
            .into_iter()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    for session in ["ada", "bob"] {
        let with = of(&format!("pump session:{session}"));
        let without = of(&format!("pump -session:{session}"));
        assert!(
            with.contains("both-1") && with.is_disjoint(&without),
            "{with:?} {without:?}"
        );
        assert_eq!(&with | &without, of("pump"));
    }
    assert_eq!(of("pump session:*da*"), of("pump session:ada"));
}

#[test]
fn a_search_as_sql_finds_the_same() {
    let sandbox = made_up();
    let engine = sandbox.engine();
    for query in [
        "watcher",
        "role:user pump -hose",
        "tool:Bash",
        "naïve OR pool after:2025",
        "is:error has:code is:live",
    ] {
        let sql = engine.search_as_sql(query).expect("SQL");
        let sql = sql.replace("LIMIT 100", "");
        let table = engine
            .sql(&sql)
            .unwrap_or_else(|error| panic!("{query}: {error}\n{sql}"));
        let found = search(&sandbox, &query.replace("watcher", "*watcher*"));
        let expected = found
            .hits
            .iter()
            .filter(|hit| query != "tool:Bash" || hit.role == "assistant")
            .count();
        assert_eq!(table.rows.len(), expected, "{query}");
    }
}

#[test]
fn a_query_that_takes_too_long_is_ended() {
    let sandbox = made_up();
    let endless =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    let time = std::time::Duration::from_millis(200);
    let error = sandbox
        .engine()
        .sql_within(endless, 10, time)
        .expect_err("an end");
    assert!(error.to_string().contains("took longer"), "{error}");
    let table = sandbox.engine().sql_within(
        "SELECT id FROM messages",
        7,
        std::time::Duration::from_secs(60),
    );
    let table = table.expect("rows");
    assert_eq!((table.rows.len(), table.is_cut), (7, true));
    assert_eq!(sandbox.engine().views().expect("views").len(), 6);
}

#[test]
fn an_id_finds_what_it_names() {
    let sandbox = Sandbox::new();
    let session = "12bd4ace-0000-4000-8000-000000000001";
    let first = prompt(session, "0cb1e29c-0000-4000-8000-000000000002", "hello");
    let second = call(
        session,
        "message-two",
        "toolu_0123456789",
        "Bash",
        json!({"command": "ls"}),
    );
    let event = json!({"type": "system", "subtype": "informational", "content": "hi", "uuid": "sys-1",
        "sessionId": session, "timestamp": "2026-01-01T00:00:00.000Z"});
    let all = [event, at(first, 1), at(second, 2)];
    sandbox.write(&file(session), all.iter().map(line).collect::<String>());
    sandbox.sync();
    for (query, expected) in [
        ("sys-1", "sys-1"),
        ("0cb1e29c", "0cb1e29c-0000-4000-8000-000000000002"),
        ("(0CB1E29C-0000),", "0cb1e29c-0000-4000-8000-000000000002"),
        ("toolu_01234", "message-two"),
        (
            "0cb1e29c-0000-4000-8000-000000000002",
            "0cb1e29c-0000-4000-8000-000000000002",
        ),
        ("toolu_0123456789", "message-two"),
        ("12bd4ace", "0cb1e29c-0000-4000-8000-000000000002"),
    ] {
        let found = search(&sandbox, query);
        assert_eq!(ids(&found), [expected], "{query}");
        assert_eq!(found.hits[0].field, "id");
    }
    assert_eq!(ids(&search(&sandbox, "12bd4ace role:user")).len(), 1);
    for query in [
        "12bd4ace role:tool",
        "message-two has:code",
        "toolu_0123 role:user",
    ] {
        assert_eq!(search(&sandbox, query).hits.len(), 0, "{query}");
    }
}

#[test]
fn the_best_come_first() {
    let sandbox = Sandbox::new();
    let long = format!("{} garden {}", "word ".repeat(400), "word ".repeat(400));
    let records = [
        result("ada", "output", "call-0", "the pump of the garden"),
        call(
            "ada",
            "input",
            "call-1",
            "Bash",
            json!({"command": "water the garden"}),
        ),
        prompt("ada", "long", &long),
        prompt("ada", "short", "my garden"),
    ];
    sandbox.write(&file("ada"), records.iter().map(line).collect::<String>());
    sandbox.sync();
    let found = sandbox
        .engine()
        .search("garden", 10, Sort::Best)
        .expect("an answer");
    assert_eq!(ids(&found), ["short", "long", "input", "output"]);
    assert_eq!(
        (found.matches, found.has_all, found.hits[0].session_hits),
        (4, true, 4)
    );
}

#[test]
fn the_newest_of_a_common_word_are_found_among_many() {
    let sandbox = Sandbox::new();
    let mut expected: HashMap<u32, String> = HashMap::new();
    // The files are written in an order that is not that of their times.
    for talk_number in [3u32, 0, 4, 1, 2] {
        let session = format!("talk-{talk_number}");
        let mut text = String::new();
        for number in 0..2000 {
            let second = number * 5 + talk_number;
            let id = format!("{session}-{number}");
            text += &line(&at(prompt(&session, &id, "a common word"), second));
            expected.insert(second, id);
        }
        sandbox.write(&file(&session), text);
    }
    sandbox.sync();
    let found = sandbox
        .engine()
        .search("common", 20, Sort::Recent)
        .expect("an answer");
    let newest: Vec<&str> = (9980..10_000)
        .rev()
        .map(|second| expected[&second].as_str())
        .collect();
    assert_eq!(ids(&found), newest);
    assert!(found.has_more);
}

#[test]
fn the_newest_with_a_part_of_thousands_of_words_are_found() {
    let sandbox = Sandbox::new();
    let words: Vec<String> = (0..10_000).map(|number| format!("pump{number}x")).collect();
    let talk = words.iter().zip(0..).map(|(word, number)| {
        let id = format!("ada-{number}");
        line(&at(prompt("ada", &id, word), number))
    });
    sandbox.write(&file("ada"), talk.collect::<String>());
    sandbox.sync();
    for (query, part) in [("*ump1*", "ump1"), ("pump1*", "pump1"), ("*1*", "1")] {
        let found = sandbox
            .engine()
            .search(query, 30, Sort::Recent)
            .expect("an answer");
        let newest = words
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, word)| word.contains(part));
        let newest: Vec<String> = newest.take(30).map(|(n, _)| format!("ada-{n}")).collect();
        assert_eq!(ids(&found), newest, "{query}");
        assert_eq!(found.notes, [""; 0], "{query}");
    }
    let found = sandbox
        .engine()
        .search("pump* -pump99*", 30, Sort::Recent)
        .expect("an answer");
    assert_eq!(ids(&found)[0], "ada-9899", "what is left out is many words");
}

#[test]
fn what_stays_open_sees_what_comes_and_what_is_made_anew() {
    let sandbox = one("a pump");
    let hits = |searcher: &Searcher, query: &str| {
        let found = searcher.search(query, 9, Sort::Best).expect("an answer");
        found.hits.len()
    };
    let kept = sandbox.engine().searcher().expect("a searcher");
    assert_eq!((hits(&kept, "pump"), hits(&kept, "valve")), (1, 0));
    sandbox.write(&file("eve"), line(&prompt("eve", "eve-1", "a valve")));
    sandbox.sync();
    let again = |kept| {
        sandbox
            .engine()
            .searcher_again(Some(kept))
            .expect("a searcher")
    };
    let kept = again(kept);
    assert_eq!(hits(&kept, "valve"), 1, "written since it was opened");

    std::fs::remove_dir_all(sandbox.data().index_dir()).expect("no index");
    assert_eq!(hits(&kept, "valve"), 1, "it has the old index open");
    sandbox.write(
        &file("eve"),
        line(&prompt("eve", "eve-2", "a valve and a hose")),
    );
    sandbox.sync();
    assert_eq!(hits(&again(kept), "hose"), 1, "the index was made anew");
}
