//! Promises that hold for any record.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn last_of_repeated_members_wins() {
    let json = r#"{"type":"user","uuid":"a","type":"assistant","uuid":"b","message":{"content":"x"},"message":{"content":[{"type":"text","text":"1","text":"2"}]}}"#;
    let entry = parse_text(json).unwrap_or_default();
    let message = entry.message.unwrap_or_default();
    assert_eq!(
        (entry.kind.as_str(), message.key.as_deref()),
        ("assistant", Some("b"))
    );
    assert_eq!(message.assistant_text, "2");
}

#[test]
fn escaped_member_names_are_known() {
    let entry = parse_text(r#"{"\u0074ype":"summary","summary":"S","leaf\u0055uid":"l"}"#);
    let fact = Fact::Summary {
        leaf: "l".to_owned(),
        text: "S".to_owned(),
    };
    assert_eq!(entry.unwrap_or_default().facts, [fact]);
}

#[test]
fn no_text_holds_a_nul() {
    let call = json!({"type": "tool_use", "id": "i\0", "name": "n\0", "input": "\0"});
    let result = json!({"type": "tool_result", "tool_use_id": "i\0", "content": "out\0put"});
    let said = message(&user(
        json!([{"type": "text", "text": "a\0b"}, call, result]),
        json!({"uuid": "u\0"}),
    ));
    assert_eq!(said.key.as_deref(), Some("u\u{fffd}"));
    assert_eq!(said.user_text, "a\u{fffd}b");
    assert_eq!(said.tool_uses[0].name, "n\u{fffd}");
    assert_eq!(
        said.tool_uses[0].parameters, "\"\\u0000\"",
        "arguments stay JSON, as written"
    );
    assert_eq!(said.tool_results[0].output, "out\u{fffd}put");
}

#[test]
fn arguments_are_kept_as_written() {
    let json = r#"{"type":"assistant","message":{"content":[{"type":"tool_use","input":{ "b" : 1.50,"a":1e999,"b":"\u00e9" } }]}}"#;
    let message = parse_text(json)
        .unwrap_or_default()
        .message
        .unwrap_or_default();
    assert_eq!(
        message.tool_uses[0].parameters,
        r#"{ "b" : 1.50,"a":1e999,"b":"\u00e9" }"#
    );
}

#[test]
fn only_sensible_integers_count() {
    let count = |json: &str| {
        let record = format!(
            r#"{{"type":"assistant","message":{{"id":"m","usage":{{"output_tokens":{json}}}}}}}"#
        );
        let message = parse_text(&record)
            .unwrap_or_default()
            .message
            .unwrap_or_default();
        message.usage.map(|usage| usage.output)
    };
    assert_eq!(count("12"), Some(12));
    assert_eq!(count("9007199254740992"), Some(1 << 53));
    for nonsense in [
        "9007199254740993",
        "-1",
        "12.0",
        "1e3",
        "\"12\"",
        "null",
        "true",
        "[1]",
        "1e999",
    ] {
        assert_eq!(count(nonsense), Some(0), "{nonsense}");
    }
    assert_eq!(count(&(1_u128 << 70).to_string()), Some(0));
}

#[test]
fn moments_are_normalised() {
    let time = |value: Value| parse(&json!({"type": "mode", "timestamp": value})).timestamp;
    assert_eq!(
        time(json!("2026-01-31T23:59:60Z")).as_deref(),
        Some("2026-01-31T23:59:59.000Z")
    );
    assert_eq!(
        time(json!("2026-01-02T03:04:05.678Z")).as_deref(),
        Some("2026-01-02T03:04:05.678Z")
    );
    assert_eq!(
        time(json!("2026-01-02T05:04:05.6789+02:00")).as_deref(),
        Some("2026-01-02T03:04:05.678Z")
    );
    assert_eq!(
        time(json!(1_767_323_045_678_i64)).as_deref(),
        Some("2026-01-02T03:04:05.678Z")
    );
    for nonsense in [
        json!("soon"),
        json!("2026-02-30T00:00:00.000Z"),
        json!("2026-13-01T00:00:00.000Z"),
        json!("2026-01-02T24:00:00.000Z"),
        json!(i64::MIN),
        json!(-99_999_999_999_999_i64),
        json!([]),
    ] {
        assert_eq!(time(nonsense.clone()), None, "{nonsense}");
    }
}

#[test]
fn images_that_are_no_base64_stay_attachments() {
    let image = json!({"type": "image", "name": "loom.png", "source": {"type": "base64", "data": "[left out]"}});
    let attachments = message(&user(json!([image]), json!({}))).attachments;
    assert_eq!(
        (attachments[0].filename.as_deref(), &attachments[0].data),
        (Some("loom.png"), &None)
    );
}

#[test]
fn nesting_costs_nothing() {
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    for place in [
        "toolUseResult",
        "message",
        "data",
        "attachment",
        "origin",
        "timestamp",
        "unknown",
    ] {
        let json = format!(r#"{{"type":"user","uuid":"u","{place}":{deep}}}"#);
        assert!(
            parse_text(&json).is_ok_and(|entry| entry.message.is_some()),
            "{place}"
        );
    }
    for content in [
        deep.clone(),
        format!(r#"[{{"type":"tool_result","content":{deep}}}]"#),
    ] {
        let json = format!(r#"{{"type":"user","message":{{"content":{content}}}}}"#);
        assert!(parse_text(&json).is_ok(), "{content}");
    }
}

#[test]
fn faults_say_where() {
    let at = |json: &str| parse_text(json).err();
    assert_eq!(
        at(r#"{"a":1}{"b":2}"#),
        Some(ParseFault::Syntax { at: 7 }),
        "from the second value on"
    );
    assert_eq!(at(r#"{"a":1} x"#), Some(ParseFault::Syntax { at: 8 }));
    assert_eq!(at("{\"a\":\n 1\n x}"), Some(ParseFault::Syntax { at: 10 }));
    assert_eq!(
        at(r#"{"type":"us"#),
        Some(ParseFault::Syntax { at: 11 }),
        "cut off"
    );
    assert_eq!(at(r#"{"uuid":"é","é":nul1}"#).map(|_| ()), Some(()));
    assert_eq!(at("\u{feff}{}"), Some(ParseFault::Syntax { at: 0 }));
    assert_eq!(at(""), Some(ParseFault::Syntax { at: 0 }));
    for other in ["[]", "null", "\"x\"", "1", "true", " [1] "] {
        assert_eq!(at(other), Some(ParseFault::NotAnObject), "{other}");
    }
    assert_eq!(at("\t{}\r"), None);
}

/// Puts each of `others` in the place of each value of `record` in turn.
fn with_other_values(record: &Value, others: &[&str]) -> Vec<String> {
    const HOLE: &str = "\u{1}hole";
    let hole = Value::from(HOLE).to_string();
    let mut texts = Vec::new();
    for path in paths(record, "") {
        let mut changed = record.clone();
        if let Some(place) = changed.pointer_mut(&path) {
            *place = HOLE.into();
        }
        texts.extend(
            others
                .iter()
                .map(|other| changed.to_string().replace(&hole, other)),
        );
    }
    texts
}

/// JSON pointers of everything inside `value`.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| (i.to_string(), item))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = |(key, value): (String, &Value)| {
        let path = format!("{at}/{key}");
        let mut all = paths(value, &path);
        all.push(path);
        all
    };
    inner.into_iter().flat_map(below).collect()
}

#[test]
fn any_value_is_borne_anywhere() {
    let tool = json!({"type": "tool_use", "id": "t", "name": "n", "input": {}});
    let source = json!({"type": "base64", "media_type": "image/png", "data": "AA==", "path": "p"});
    let part = json!({"type": "image", "text": "x", "tool_name": "y", "source": source});
    let result =
        json!({"type": "tool_result", "tool_use_id": "t", "content": [part], "is_error": true});
    let thought = json!({"type": "thinking", "thinking": "hm"});
    let mut record = assistant(json!([tool, result, thought, part]));
    merge(
        &mut record,
        json!({
            "toolUseResult": {"agentId": "a"}, "origin": {"kind": "human"}, "forkedFrom": {"sessionId": "s"},
            "attachment": {"type": "queued_command", "prompt": ["x"], "commandMode": "prompt"},
            "data": {"type": "agent_progress", "agentId": "a"}, "parentToolUseID": "t",
            "subtype": "local_command", "content": "<command-name>/x</command-name>", "operation": "enqueue", "more": [{"a": "b"}],
        }),
    );
    let others = [
        "null",
        "true",
        "7",
        "-7",
        "1.5",
        "1e999",
        "\"x\\u0000\"",
        "[]",
        "[[1],{}]",
        "{}",
        "{\"type\":{}}",
    ];
    for kind in [
        "assistant",
        "user",
        "system",
        "attachment",
        "progress",
        "queue-operation",
        "newfangled",
    ] {
        merge(&mut record, json!({"type": kind}));
        let texts = with_other_values(&record, &others);
        assert!(texts.len() > 500, "{}", texts.len());
        for text in texts {
            for origin in [main_file(), subagent_file(None), sidecar_file()] {
                assert!(ClaudeCode.parse(&origin, &text).is_ok(), "{text}");
            }
        }
    }
}

#[test]
fn huge_numbers_leave_the_rest_alone() {
    let json = r#"{"message":-1e999,"type":"user","version":"\\","cwd":"-1e999 \"1e999","uuid":"é1e999","isMeta":true}"#;
    let entry = parse_text(json).unwrap_or_default();
    assert_eq!(entry.env.working_dir.as_deref(), Some("-1e999 \"1e999"));
    assert_eq!(entry.env.agent_version.as_deref(), Some("\\"));
    let message = entry.message.unwrap_or_default();
    assert_eq!(
        (message.key.as_deref(), message.role),
        (Some("é1e999"), Role::Event)
    );
}

proptest! {
    #[test]
    fn cut_records_are_refused_where_they_end(cut in 1_usize..400) {
        let json = user(json!("Weave the pattern — \u{2028}twice"), json!({})).to_string();
        let cut = json.floor_char_boundary(cut.min(json.len() - 1));
        prop_assert_eq!(parse_text(&json[..cut]), Err(ParseFault::Syntax { at: cut }));
    }

    #[test]
    fn nothing_panics(at in 0_usize..2000, len in 0_usize..40, put in "[\\[\\]{}\",:a-z0-9\\\\ \u{0}é-]{0,12}") {
        let json = assistant(json!([{"type": "tool_use", "input": {"a": "é"}}, {"type": "text", "text": "t"}])).to_string();
        let from = json.floor_char_boundary(at.min(json.len()));
        let to = json.floor_char_boundary((from + len).min(json.len()));
        let broken = [&json[..from], &put, &json[to..]].concat();
        if let Err(ParseFault::Syntax { at }) = parse_text(&broken) {
            prop_assert!(at <= broken.len());
        }
    }
}
