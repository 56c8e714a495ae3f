//! A call of a tool on one line.

/// The argument that tells most about a call: what is run, then where, then anything.
pub fn telling(parameters: &str) -> String {
    const TELLING: [&str; 12] = [
        "command",
        "file_path",
        "notebook_path",
        "path",
        "pattern",
        "query",
        "url",
        "description",
        "subject",
        "skill",
        "prompt",
        "question",
    ];
    let Ok(serde_json::Value::Object(arguments)) = serde_json::from_str(parameters) else {
        return parameters.to_string();
    };
    let named = TELLING
        .iter()
        .find_map(|name| arguments.get(*name)?.as_str());
    let any = || arguments.values().find_map(|value| value.as_str());
    match named.or_else(any) {
        Some(text) => text.to_string(),
        None if arguments.is_empty() => String::new(),
        None => parameters.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::telling;

    #[test]
    fn a_call_is_told_by_what_it_runs() {
        let cases = [
            (r#"{"description":"List","command":"ls -l"}"#, "ls -l"),
            (r#"{"limit":3,"file_path":"/x"}"#, "/x"),
            (r#"{"n":1,"other":"word"}"#, "word"),
            (r#"{"n":1}"#, r#"{"n":1}"#),
            ("{}", ""),
            ("not json", "not json"),
        ];
        for (parameters, expected) in cases {
            assert_eq!(telling(parameters), expected);
        }
    }
}
