//! Tools we do not know: arguments as a tree, the answer as a tree where it is JSON.

use scrollback_engine::model::{ToolResultRow, ToolUseRow};
use serde_json::Value;

use super::{Body, Call, Family, Scene, View, telling};
use crate::cut::Length;
use crate::{text, tree};

pub fn view(call: &ToolUseRow, answer: Option<&ToolResultRow>, scene: Scene<'_>) -> View {
    let mut body = Body::default();
    match serde_json::from_str::<Value>(&call.parameters) {
        Ok(Value::Object(arguments)) if arguments.is_empty() => {}
        Ok(arguments) => draw(&mut body, &arguments, call.parameters.len(), scene),
        Err(_) => body.output(&call.parameters, scene.extent),
    }
    add_answer(&mut body, &call.tool_name, answer, scene);
    View {
        family: Family::Other,
        name: name(&call.tool_name),
        title: telling(&call.parameters),
        note: None,
        html: body.html,
        length: body.length,
        is_open: answer.is_some_and(|answer| answer.error),
    }
}

/// An answer whose call is nowhere.
pub fn orphan(answer: Option<&ToolResultRow>, scene: Scene<'_>) -> View {
    let mut body = Body::default();
    add_answer(&mut body, "", answer, scene);
    let beginning = answer.map(|answer| text::line(&answer.output, 120));
    View {
        family: Family::Other,
        name: "Answer to a call that is not here".into(),
        title: beginning.unwrap_or_default(),
        note: None,
        html: body.html,
        length: body.length,
        is_open: answer.is_some_and(|answer| answer.error),
    }
}

fn add_answer(body: &mut Body, tool: &str, answer: Option<&ToolResultRow>, scene: Scene<'_>) {
    let Some(answer) = answer.filter(|answer| !answer.output.trim().is_empty()) else {
        return;
    };
    if !body.html.is_empty() {
        body.label("Answer");
    }
    let none = serde_json::Map::new();
    let call = Call {
        name: tool,
        arguments: &none,
        answer: Some(answer),
        scene,
    };
    body.failure_or(&call, |body| {
        match serde_json::from_str::<Value>(&answer.output) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => {
                draw(body, &value, answer.output.len(), scene);
            }
            _ => body.output(&answer.output, scene.extent),
        }
    });
}

fn draw(body: &mut Body, value: &Value, bytes: usize, scene: Scene<'_>) {
    let (html, is_whole) = tree::html(value, scene.extent);
    body.html.push_str(&html);
    if !is_whole {
        body.add(Some(Length {
            lines: 0,
            bytes: bytes as u64,
        }));
    }
}

/// `mcp__server__tool` is tool of a server.
fn name(tool: &str) -> String {
    let parts = tool
        .strip_prefix("mcp__")
        .and_then(|rest| rest.rsplit_once("__"));
    match parts {
        Some((server, tool)) => format!("{} · {}", text::line(server, 60), text::line(tool, 60)),
        None => text::line(tool, 80),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_server_and_its_tool_are_told_apart() {
        assert_eq!(
            name("mcp__linear-server__get_issue"),
            "linear-server · get_issue"
        );
        assert_eq!(name("Mystery"), "Mystery");
        assert_eq!(name("Task\" >\n<x"), "Task\" > <x");
    }
}
