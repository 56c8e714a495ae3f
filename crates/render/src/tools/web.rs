//! Pages and searches.

use serde_json::Value;

use super::{Body, Call, Family, View, counted};
use crate::{safe, text};

pub fn view(call: &Call<'_>) -> Option<View> {
    let mut body = Body::default();
    let mut note = None;
    let title = if call.name == "WebSearch" {
        body.failure_or(call, |body| {
            let Some(output) = call.output() else { return };
            let (links, rest) = links(output);
            if !links.is_empty() {
                note = Some(counted(links.len(), "result", "results"));
                body.html.push_str("<ul class=\"links\">");
                for (title, url) in &links {
                    body.html
                        .push_str(&format!("<li>{}</li>", link(url, title)));
                }
                body.html.push_str("</ul>");
            }
            body.prose(&rest, call.scene.extent);
        });
        call.text("query")?
    } else {
        let url = call.text("url")?;
        body.html.push_str(&format!("<p>{}</p>", link(url, url)));
        if let Some(prompt) = call.text("prompt") {
            body.html
                .push_str(&format!("<p class=\"label\">{}</p>", text::escaped(prompt)));
        }
        body.failure_or(call, |body| {
            body.prose(call.output().unwrap_or_default(), call.scene.extent);
        });
        url
    };
    Some(View {
        note,
        ..call.view(Family::Web, text::line(title, super::TITLE), body)
    })
}

fn link(url: &str, words: &str) -> String {
    let words = text::escaped(words);
    match safe::link(url) {
        Some(url) => {
            let url = text::escaped(url);
            format!("<a href=\"{url}\" title=\"{url}\">{words}</a>")
        }
        None => format!("{words} {}", text::escaped(url)),
    }
}

/// The links a search gives, `Links: [{title, url}]`, and the text around them.
fn links(output: &str) -> (Vec<(String, String)>, String) {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    for line in output.lines() {
        let list = line
            .strip_prefix("Links: ")
            .map(serde_json::from_str::<Vec<Value>>);
        let Some(Ok(list)) = list else {
            rest.push(line);
            continue;
        };
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        found.extend(
            list.iter()
                .filter_map(|link| Some((text(link, "title")?, text(link, "url")?))),
        );
    }
    (found, rest.join("\n"))
}
