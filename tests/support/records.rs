//! Records as Claude Code writes them, in our own words.

use serde_json::{Value, json};

/// What a person types.
pub fn prompt(session: &str, id: &str, text: &str) -> Value {
    let message = json!({"role": "user", "content": text});
    record("user", session, id, message)
}

/// What the model answers.
pub fn answer(session: &str, id: &str, text: &str) -> Value {
    let content = json!([{"type": "text", "text": text}]);
    let message = json!({"role": "assistant", "model": "claude-test", "content": content});
    record("assistant", session, id, message)
}

/// The model calls a tool.
pub fn call(session: &str, id: &str, call: &str, tool: &str, input: Value) -> Value {
    let content = json!([{"type": "tool_use", "id": call, "name": tool, "input": input}]);
    let message = json!({"role": "assistant", "model": "claude-test", "content": content});
    record("assistant", session, id, message)
}

/// The tool answers.
pub fn result(session: &str, id: &str, call: &str, output: &str) -> Value {
    let content = json!([{"type": "tool_result", "tool_use_id": call, "content": output}]);
    record(
        "user",
        session,
        id,
        json!({"role": "user", "content": content}),
    )
}

/// A record of any type around a message.
pub fn record(kind: &str, session: &str, id: &str, message: Value) -> Value {
    json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/home/ada/garden",
        "sessionId": session, "version": "2.1.200", "gitBranch": "main", "type": kind,
        "message": message, "uuid": id, "timestamp": "2026-01-01T00:00:00.000Z"
    })
}

/// `record` with some members changed or added.
pub fn with(mut record: Value, changes: Value) -> Value {
    let (Value::Object(members), Value::Object(changes)) = (&mut record, changes) else {
        panic!("a record and its changes are objects");
    };
    members.extend(changes);
    record
}

/// The tokens of an API response, on one of its messages.
pub fn with_usage(mut answer: Value, response: &str, request: &str, output: u64) -> Value {
    answer["message"]["id"] = response.into();
    answer["message"]["usage"] = json!({"input_tokens": 3, "output_tokens": output,
        "cache_creation_input_tokens": 7, "cache_read_input_tokens": 11});
    with(answer, json!({"requestId": request}))
}

/// `record` a number of seconds after the others.
pub fn at(record: Value, second: u32) -> Value {
    let time = format!(
        "2026-01-01T{:02}:{:02}:{:02}.000Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    with(record, json!({"timestamp": time}))
}

/// One record on its line.
pub fn line(record: &Value) -> String {
    format!("{record}\n")
}

/// Records, each on its line.
pub fn lines<'a>(records: impl IntoIterator<Item = &'a Value>) -> String {
    records.into_iter().map(line).collect()
}

/// The records `numbers` of a conversation about nothing, prompts and answers in turn. Number 7 of
/// `ada` has the id `ada-7` and says the word `ada7word`.
pub fn talk(session: &str, numbers: std::ops::RangeInclusive<u32>) -> String {
    numbers.map(|number| line(&turn(session, number))).collect()
}

/// One record of [`talk`].
pub fn turn(session: &str, number: u32) -> Value {
    let id = format!("{session}-{number}");
    let text = format!("they say {} in the garden", word(session, number));
    let said = if number % 2 == 1 {
        prompt(session, &id, &text)
    } else {
        answer(session, &id, &text)
    };
    at(said, number)
}

/// The word that only this record of [`talk`] says.
pub fn word(session: &str, number: u32) -> String {
    format!("{session}{number}word")
}

/// The ids of [`talk`].
pub fn ids(session: &str, numbers: std::ops::RangeInclusive<u32>) -> Vec<String> {
    numbers
        .map(|number| format!("{session}-{number}"))
        .collect()
}
