//! A search that reads the transcripts themselves: no index, no code of the engine.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What a transcript says under one id, in small letters.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Said {
    pub texts: Vec<String>,
    pub role: String,
    pub tools: Vec<String>,
}

/// Every message of the user and the model below a folder, by id; without those that stand there in several
/// versions, of which the engine keeps the first.
pub fn messages(folder: &Path) -> HashMap<String, Said> {
    let mut said: HashMap<String, Said> = HashMap::new();
    let mut unclear = BTreeSet::new();
    let mut answered: HashMap<String, String> = HashMap::new();
    for file in transcripts(folder) {
        let content = fs::read(&file).expect("a transcript");
        for line in String::from_utf8_lossy(&content).lines() {
            let Ok(record) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let Some(id) = record["uuid"].as_str() else {
                continue;
            };
            if !matches!(record["type"].as_str(), Some("user" | "assistant")) {
                continue;
            }
            for block in record["message"]["content"]
                .as_array()
                .into_iter()
                .flatten()
            {
                for key in ["tool_use_id", "id"] {
                    let Some(call) = block[key].as_str() else {
                        continue;
                    };
                    let name = format!("{key}{call}");
                    // Of several answers to one call the first counts, whatever message brings it.
                    if answered
                        .insert(name, id.to_owned())
                        .is_some_and(|other| other != id)
                    {
                        unclear.insert(id.to_owned());
                    }
                }
            }
            let one = read(&record);
            if said
                .insert(id.to_owned(), one.clone())
                .is_some_and(|other| other != one)
            {
                unclear.insert(id.to_owned());
            }
        }
    }
    said.retain(|id, _| !unclear.contains(id));
    said
}

fn transcripts(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(transcripts(&path));
        } else if path.extension().is_some_and(|end| end == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(record: &Value) -> Said {
    let mut said = Said {
        role: record["type"].as_str().unwrap_or_default().to_owned(),
        ..Said::default()
    };
    let content = &record["message"]["content"];
    said.texts.extend(content.as_str().map(str::to_owned));
    for block in content.as_array().into_iter().flatten() {
        match block["type"].as_str() {
            Some("text") => said.texts.extend(block["text"].as_str().map(str::to_owned)),
            Some("thinking") => said
                .texts
                .extend(block["thinking"].as_str().map(str::to_owned)),
            Some("tool_use") => {
                said.tools.extend(block["name"].as_str().map(str::to_owned));
                strings(&block["input"], &mut said.texts);
            }
            Some("tool_result") => {
                said.role = "tool".into();
                said.texts
                    .extend(block["content"].as_str().map(str::to_owned));
                for part in block["content"].as_array().into_iter().flatten() {
                    let said_by = match part["type"].as_str() {
                        Some("tool_reference") => &part["tool_name"],
                        _ => &part["text"],
                    };
                    said.texts.extend(said_by.as_str().map(str::to_owned));
                }
            }
            _ => {}
        }
    }
    // Once, for all the questions to come.
    said.texts
        .iter_mut()
        .for_each(|text| *text = text.to_lowercase());
    said
}

fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| strings(one, out)),
        Value::Object(all) => all.values().for_each(|one| strings(one, out)),
        _ => {}
    }
}

/// How words have to stand in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ends {
    Whole,
    Begins,
    Anywhere,
}

impl Said {
    /// Whether the words stand in any text in a row, with nothing but other signs between them.
    pub fn holds(&self, words: &[&str], ends: Ends) -> bool {
        self.texts.iter().any(|text| stands_in(text, words, ends))
    }
}

fn stands_in(text: &str, words: &[&str], ends: Ends) -> bool {
    text.match_indices(words[0]).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let is_begin = ends == Ends::Anywhere || !goes_on(before, text[start..].chars().next());
        let mut rest = &text[start + words[0].len()..];
        let mut last = words[0];
        for word in &words[1..] {
            let next = rest.trim_start_matches(|c: char| !is_letter(c));
            let is_cut =
                next.len() < rest.len() || !goes_on(last.chars().next_back(), next.chars().next());
            match next.strip_prefix(word) {
                Some(after) if is_cut => (rest, last) = (after, word),
                _ => return false,
            }
        }
        let is_end = ends != Ends::Whole || !goes_on(last.chars().next_back(), rest.chars().next());
        is_begin && is_end
    })
}

/// Whether a word goes on between two characters; a sentence of Han characters is no word.
fn goes_on(left: Option<char>, right: Option<char>) -> bool {
    let is_han =
        |c: char| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c);
    let (Some(left), Some(right)) = (left, right) else {
        return false;
    };
    is_letter(left) && is_letter(right) && !is_han(left) && !is_han(right)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || ('\u{e000}'..='\u{f8ff}').contains(&c)
}
