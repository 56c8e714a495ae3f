//! Plans, lists of things to do, and questions.

use serde_json::Value;

use super::{Body, Call, Family, View};
use crate::text;

pub fn view(call: &Call<'_>) -> Option<View> {
    match call.name {
        "TodoWrite" => todos(call),
        "ExitPlanMode" => plan(call),
        "AskUserQuestion" => questions(call),
        _ => Some(task(call)),
    }
}

fn todos(call: &Call<'_>) -> Option<View> {
    let todos = call.list("todos")?;
    let mut body = Body::default();
    let mut done = 0;
    body.html.push_str("<ul class=\"todos\">");
    for todo in todos {
        let (class, sign, words) = match todo.get("status").and_then(Value::as_str) {
            Some("completed") => ("done", "✓", "done: "),
            Some("in_progress") => ("now", "▸", "in progress: "),
            _ => ("open", "○", "to do: "),
        };
        done += usize::from(class == "done");
        let what = todo
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default();
        body.html.push_str(&format!(
            "<li class=\"{class}\"><span class=\"sign\">{sign}</span><span class=\"unseen\">{words}</span>{}</li>",
            text::escaped(what)
        ));
    }
    body.html.push_str("</ul>");
    body.failure_or(call, |_| {});
    let now = todos
        .iter()
        .find(|todo| todo.get("status").and_then(Value::as_str) == Some("in_progress"));
    let now = now.and_then(|todo| {
        todo.get("activeForm")
            .or_else(|| todo.get("content"))?
            .as_str()
    });
    let title = text::line(
        now.unwrap_or(if done == todos.len() {
            "All done"
        } else {
            "To do"
        }),
        super::TITLE,
    );
    let note = Some(format!("{done} of {} done", todos.len()));
    Some(View {
        note,
        is_open: true,
        ..call.view(Family::Plan, title, body)
    })
}

fn plan(call: &Call<'_>) -> Option<View> {
    let plan = call.text("plan")?;
    let mut body = Body::default();
    body.prose(plan, call.scene.extent);
    body.answer(call);
    let title = plan
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("Plan");
    let title = text::line(title.trim_start_matches(['#', ' ']), super::TITLE);
    Some(View {
        is_open: true,
        ..call.view(Family::Plan, title, body)
    })
}

fn questions(call: &Call<'_>) -> Option<View> {
    let questions = call.list("questions")?;
    let text_of = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut body = Body::default();
    for question in questions {
        body.html.push_str(&format!(
            "<p class=\"ask\">{}</p><ul>",
            text::escaped(&text_of(question, "question"))
        ));
        for option in question
            .get("options")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (label, words) = (text_of(option, "label"), text_of(option, "description"));
            body.html.push_str(&format!(
                "<li><strong>{}</strong> {}</li>",
                text::escaped(&label),
                text::escaped(&words)
            ));
        }
        body.html.push_str("</ul>");
    }
    if call.answer.is_some() {
        body.label("Answer");
        body.answer(call);
    }
    let first = questions
        .first()
        .map(|question| text_of(question, "question"))
        .unwrap_or_default();
    Some(View {
        is_open: true,
        ..call.view(Family::Plan, text::line(&first, super::TITLE), body)
    })
}

fn task(call: &Call<'_>) -> View {
    let id = call.text("taskId").map(|id| format!("#{id}"));
    let parts = [id.as_deref(), call.text("subject"), call.text("status")];
    let title: Vec<&str> = parts.into_iter().flatten().collect();
    let mut body = Body::default();
    if let Some(words) = call.text("description") {
        body.prose(words, call.scene.extent);
    }
    body.answer(call);
    call.view(
        Family::Plan,
        text::line(&title.join(" "), super::TITLE),
        body,
    )
}
