//! Damaged lines, through a real sync: what can be recovered is a row, everything else is a reject
//! that says where and why, and every byte is accounted for.

#![cfg(unix)]

mod support;

use serde_json::json;
use support::records::{line, lines, prompt, record, turn, word};
use support::sandbox::Sandbox;

/// What became of a transcript.
struct Reading {
    sandbox: Sandbox,
    ids: Vec<String>,
    rejects: Vec<Reject>,
}

/// Why, from which byte on, how many.
type Reject = (String, u64, u64);

fn read(content: impl AsRef<[u8]>) -> Reading {
    let sandbox = Sandbox::new();
    let content = content.as_ref();
    sandbox.write("garden/ada.jsonl", content);
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, content.len() as u64);
    sandbox.assert_whole();
    let rejects: Vec<Reject> = sandbox
        .rejects()
        .into_iter()
        .map(|reject| (reject.reason, reject.offset, reject.len))
        .collect();
    assert_eq!(report.rejects, rejects.len() as u64);
    let ids = sandbox.message_ids();
    Reading {
        sandbox,
        ids,
        rejects,
    }
}

fn reject(reason: &str, offset: usize, len: usize) -> Reject {
    (reason.to_owned(), offset as u64, len as u64)
}

/// A record of the talk, without a newline.
fn said(number: u32) -> String {
    turn("ada", number).to_string()
}

fn texts(reading: &Reading) -> Vec<String> {
    reading
        .sandbox
        .ask("SELECT coalesce(user_text, assistant_text) FROM messages WHERE type <> 'unreadable' ORDER BY id")
}

/// Reads one prompt whose text stands in the file as these bytes; the text stored.
fn text_of(escaped: &[u8]) -> String {
    let (before, after) = prompt("ada", "ada-1", "TEXT")
        .to_string()
        .split_at_marker("TEXT");
    let reading = read([before.as_bytes(), escaped, after.as_bytes(), b"\n"].concat());
    assert_eq!(
        (reading.ids.len(), reading.rejects.len()),
        (1, 0),
        "{escaped:?}"
    );
    texts(&reading).remove(0)
}

/// Both sides of a marker.
trait Marked {
    fn split_at_marker(&self, marker: &str) -> (String, String);
}

impl Marked for String {
    fn split_at_marker(&self, marker: &str) -> (String, String) {
        let (before, after) = self.split_once(marker).expect("the marker");
        (before.to_owned(), after.to_owned())
    }
}

#[test]
fn two_records_on_one_line() {
    let reading = read(format!("{}{}\n{}\n", said(1), said(2), said(3)));
    assert_eq!(reading.ids, ["ada-1", "ada-2", "ada-3"]);
    assert_eq!(reading.rejects, []);
    let spans: i64 = reading.sandbox.ask_one("SELECT count(*) FROM record");
    assert_eq!(spans, 3, "each record has a span of its own");
    assert_eq!(reading.sandbox.search(&word("ada", 2)), ["ada-2"]);
}

#[test]
fn many_records_on_one_line_with_white_space_between_them() {
    let reading = read(format!("  {} \t{}   {}  \n", said(1), said(2), said(3)));
    assert_eq!(reading.ids, ["ada-1", "ada-2", "ada-3"]);
    assert_eq!(reading.rejects, []);
}

#[test]
fn a_record_cut_off_where_the_next_one_begins() {
    let first = said(1);
    for cut in [1, 2, 30, 90, first.len() - 1] {
        let reading = read(format!("{}{}\n{}\n", &first[..cut], said(2), said(3)));
        assert_eq!(reading.ids, ["ada-2", "ada-3"], "cut after {cut}");
        assert_eq!(reading.rejects, [reject("cut_off", 0, cut)]);
    }
}

#[test]
fn a_whole_record_and_the_beginning_of_the_next() {
    let (first, second) = (said(1), said(2));
    let reading = read(format!("{first}{}\n{}\n", &second[..90], said(3)));
    assert_eq!(reading.ids, ["ada-1", "ada-3"]);
    assert_eq!(reading.rejects, [reject("cut_off", first.len(), 91)]);
}

#[test]
fn a_whole_record_a_cut_off_one_and_a_whole_one() {
    let (first, second) = (said(1), said(2));
    let reading = read(format!("{first}{}{}\n", &second[..90], said(3)));
    assert_eq!(reading.ids, ["ada-1", "ada-3"]);
    assert_eq!(reading.rejects, [reject("cut_off", first.len(), 90)]);
}

#[test]
fn a_cut_off_record_and_several_whole_ones() {
    let first = said(1);
    let reading = read(format!(
        "{} {}{} {}\n",
        &first[..90],
        said(2),
        said(3),
        said(4)
    ));
    assert_eq!(reading.ids, ["ada-2", "ada-3", "ada-4"]);
    assert_eq!(reading.rejects, [reject("cut_off", 0, 91)]);
}

#[test]
fn an_object_inside_a_cut_off_record_does_not_pass_for_a_record() {
    let whole = said(1);
    // Cut right behind an inner object, which therefore reaches to the end of the line.
    let inner = whole.find("},").expect("an inner object") + 1;
    let cut = format!("{}\n", &whole[..inner]);
    let reading = read(format!("{cut}{}\n", said(2)));
    assert_eq!(reading.ids, ["ada-2"]);
    assert_eq!(reading.rejects, [reject("not_json", 0, cut.len())]);
}

#[test]
fn runs_of_nul() {
    let nuls = "\0".repeat(300);
    let reading = read(format!("{nuls}{}\n", said(1)));
    assert_eq!((reading.ids.len(), reading.rejects.len()), (1, 0));

    let reading = read(format!("{}{nuls}\n", said(1)));
    assert_eq!((reading.ids.len(), reading.rejects.len()), (1, 0));

    let reading = read(format!("{}\n{nuls}\n{}\n", said(1), said(2)));
    let first = said(1).len() + 1;
    assert_eq!(reading.ids, ["ada-1", "ada-2"]);
    assert_eq!(reading.rejects, [reject("not_json", first, 301)]);

    let reading = read(format!("{}{nuls}{}\n", &said(1)[..90], said(2)));
    assert_eq!(reading.ids, ["ada-2"]);
    assert_eq!(reading.rejects, [reject("cut_off", 0, 390)]);
}

#[test]
fn a_byte_order_mark() {
    let reading = read(format!("\u{feff}{}\n{}\n", said(1), said(2)));
    assert_eq!(reading.ids, ["ada-1", "ada-2"]);
    assert_eq!(reading.rejects, []);
}

#[test]
fn lines_that_end_as_on_windows() {
    let reading = read(format!("{}\r\n{}\r\n\r\n", said(1), said(2)));
    assert_eq!(reading.ids, ["ada-1", "ada-2"]);
    assert_eq!(reading.rejects, []);
}

#[test]
fn blank_lines_are_no_records_and_no_rejects() {
    let reading = read(format!("\n\n{}\n  \t\n\n{}\n\n", said(1), said(2)));
    assert_eq!(reading.ids, ["ada-1", "ada-2"]);
    assert_eq!(reading.rejects, []);
    let blank: i64 = reading
        .sandbox
        .ask_one("SELECT count(*) FROM record WHERE kind = 0");
    assert_eq!(blank, 5);
}

#[test]
fn halves_of_surrogate_pairs() {
    assert_eq!(text_of(br"cut \ud83d here"), "cut \u{fffd} here");
    assert_eq!(text_of(br"cut \uDE00 here"), "cut \u{fffd} here");
    assert_eq!(text_of(br"end \ud83d"), "end \u{fffd}");
    assert_eq!(
        text_of(br"\ud83d\ud83d\ude00"),
        "\u{fffd}\u{1f600}",
        "high, then a pair"
    );
    assert_eq!(
        text_of(br"\ude00\ud83d"),
        "\u{fffd}\u{fffd}",
        "a pair turned round"
    );
}

#[test]
fn whole_surrogate_pairs_and_what_only_looks_like_one() {
    assert_eq!(text_of(br"smile \ud83d\ude00"), "smile \u{1f600}");
    assert_eq!(text_of(br"path C:\\ud83d"), r"path C:\ud83d");
    assert_eq!(text_of(br"three \\\ud83d"), "three \\\u{fffd}");
}

#[test]
fn bytes_that_are_no_utf_8() {
    assert_eq!(text_of(b"bad \xff bytes"), "bad \u{fffd} bytes");
    // A surrogate as some writers encode it.
    assert_eq!(text_of(b"\xed\xa0\xbd!"), "\u{fffd}\u{fffd}\u{fffd}!");
    assert_eq!(text_of(b"cut \xf0\x9f"), "cut \u{fffd}");
}

#[test]
fn separators_that_are_no_newlines() {
    assert_eq!(
        text_of("a\u{2028}b\u{2029}c\u{85}d".as_bytes()),
        "a\u{2028}b\u{2029}c\u{85}d"
    );
}

#[test]
fn an_escaped_nul_becomes_visible() {
    assert_eq!(text_of(br"a\u0000b"), "a\u{fffd}b");
}

#[test]
fn json_that_is_no_record() {
    for value in ["[]", "null", "\"x\"", "1", "true", "[{\"type\":\"user\"}]"] {
        let reading = read(format!("{value}\n{}\n", said(1)));
        assert_eq!(reading.ids, ["ada-1"], "{value}");
        let expected = reject("not_an_object", 0, value.len() + 1);
        assert_eq!(reading.rejects, [expected], "{value}");
    }
}

#[test]
fn garbage_is_kept_and_the_rest_goes_on() {
    let garbage = b"\x00\x01\xfe\xff not { even \"close\n".as_slice();
    let content = [
        said(1).as_bytes(),
        b"\n",
        garbage,
        said(2).as_bytes(),
        b"\n",
    ]
    .concat();
    let reading = read(content);
    assert_eq!(reading.ids, ["ada-1", "ada-2"]);
    let expected = reject("not_json", said(1).len() + 1, garbage.len());
    assert_eq!(reading.rejects, [expected]);
}

#[test]
fn a_file_of_nothing_but_braces_ends() {
    // Every brace could begin a record; looking at all of them at every place would take for ever.
    let reading = read(format!("{}\n{}\n", "{\"".repeat(20_000), said(1)));
    assert_eq!(reading.ids, ["ada-1"]);
    assert_eq!(reading.rejects.len(), 1);
}

#[test]
fn deep_nesting_is_no_reason_to_refuse() {
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    let (before, after) = line(&support::records::with(
        prompt("ada", "ada-1", "deep down"),
        json!({"toolUseResult": "DEEP"}),
    ))
    .split_at_marker("\"DEEP\"");
    let reading = read(format!("{before}{deep}{after}"));
    assert_eq!(reading.ids, ["ada-1"]);
    assert_eq!(reading.rejects, []);
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let twice = r#"{"type":"user","uuid":"ada-1","type":"assistant","sessionId":"ada","message":{"role":"assistant","content":"which one"}}"#;
    let reading = read(format!("{twice}\n"));
    let kinds: Vec<String> = reading
        .sandbox
        .ask("SELECT type FROM messages WHERE type <> 'unreadable'");
    assert_eq!((kinds, reading.rejects), (vec!["assistant".into()], vec![]));
}

#[test]
fn a_type_nobody_knows_is_kept() {
    let unknown = record("flux-capacitor", "ada", "ada-1", json!({"charge": [1, 2]}));
    let reading = read(lines(&[unknown, turn("ada", 2)]));
    let kinds: Vec<String> = reading
        .sandbox
        .ask("SELECT type FROM messages WHERE type <> 'unreadable' ORDER BY id");
    assert_eq!(kinds, ["flux-capacitor", "assistant"]);
    assert_eq!(reading.rejects, []);
}

#[test]
fn a_message_that_is_a_string_is_its_text() {
    let odd = record("user", "ada", "ada-1", json!("just words"));
    let reading = read(line(&odd));
    assert_eq!(texts(&reading), ["just words"]);
}
