//! What a call of a tool looks like: a line that says most, and a body made for the tool.

mod agent;
mod change;
mod look;
mod other;
mod plan;
mod run;
mod web;

use scrollback_engine::model::{ToolResultRow, ToolUseRow};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cut::{Bounds, Extent, Length, OUTPUT, PROSE};
use crate::markdown::{self, Breaks};
use crate::{ansi, text};

/// Characters of the line that says what a call does.
const TITLE: usize = 240;

/// What a tool does, in kinds a person tells apart at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Runs a command.
    Run,
    /// Changes files.
    Change,
    /// Reads files, or looks through them.
    Look,
    /// Plans, asks.
    Plan,
    /// Goes to the web.
    Web,
    /// Starts a subagent.
    Agent,
    /// Anything else.
    Other,
}

/// How a call looks.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What the tool does.
    pub family: Family,
    /// What the tool is called.
    pub name: String,
    /// What this call does: plain text.
    pub title: String,
    /// What came of it, in a few words: plain text.
    pub note: Option<String>,
    /// Arguments and answer.
    pub html: String,
    /// How long all of it is, where something is left out.
    pub length: Option<Length>,
    /// It is worth a look without being asked for.
    pub is_open: bool,
}

/// What a view is made of besides the call.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The folder of the session: paths below it are shown without it.
    pub project: Option<&'a str>,
    /// How much is shown.
    pub extent: Extent,
}

/// Whether a tool only looks: calls of it that stand in a row may be folded into one line.
pub fn only_looks(tool: &str) -> bool {
    matches!(
        tool,
        "Read"
            | "Grep"
            | "Glob"
            | "LS"
            | "NotebookRead"
            | "ToolSearch"
            | "WebFetch"
            | "WebSearch"
            | "LSP"
            | "BashOutput"
    )
}

/// The argument that says most about a call, on one line.
pub fn telling(parameters: &str) -> String {
    const TELLING: [&str; 16] = [
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
        "action",
        "text",
        "prompt",
        "question",
        "name",
        "id",
    ];
    let Ok(Value::Object(arguments)) = serde_json::from_str(parameters) else {
        return text::line(parameters, TITLE);
    };
    let named = TELLING
        .iter()
        .find_map(|name| arguments.get(*name)?.as_str());
    let any = || arguments.values().find_map(Value::as_str);
    match named.or_else(any) {
        Some(words) => text::line(words, TITLE),
        None if arguments.is_empty() => String::new(),
        None => text::line(parameters, TITLE),
    }
}

/// How a call and its answer look; either may be missing.
pub fn view(call: Option<&ToolUseRow>, answer: Option<&ToolResultRow>, scene: Scene<'_>) -> View {
    let Some(call) = call else {
        return other::orphan(answer, scene);
    };
    let Ok(Value::Object(arguments)) = serde_json::from_str(&call.parameters) else {
        return other::view(call, answer, scene);
    };
    let call_of = Call {
        name: &call.tool_name,
        arguments: &arguments,
        answer,
        scene,
    };
    let view = match call.tool_name.as_str() {
        "Bash" | "bash" | "PowerShell" | "BashOutput" | "KillBash" | "KillShell" | "TaskOutput"
        | "Monitor" => run::view(&call_of),
        "Edit" | "MultiEdit" | "Write" | "NotebookEdit" => change::view(&call_of),
        "Read" | "NotebookRead" | "Grep" | "Glob" | "LS" => look::view(&call_of),
        "TodoWrite" | "TaskCreate" | "TaskUpdate" | "TaskList" | "TaskGet" | "ExitPlanMode"
        | "AskUserQuestion" => plan::view(&call_of),
        "WebFetch" | "WebSearch" => web::view(&call_of),
        "Task" | "Agent" => agent::view(&call_of),
        _ => None,
    };
    // Arguments that are not what the tool takes are shown as they are.
    view.unwrap_or_else(|| other::view(call, answer, scene))
}

/// A call whose arguments could be read.
struct Call<'a> {
    name: &'a str,
    arguments: &'a Map<String, Value>,
    answer: Option<&'a ToolResultRow>,
    scene: Scene<'a>,
}

impl<'a> Call<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.arguments.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.arguments.get(name)?.as_u64()
    }

    fn list(&self, name: &str) -> Option<&'a Vec<Value>> {
        self.arguments.get(name)?.as_array()
    }

    fn output(&self) -> Option<&'a str> {
        self.answer.map(|answer| answer.output.as_str())
    }

    fn has_failed(&self) -> bool {
        self.answer.is_some_and(|answer| answer.error)
    }

    /// A path as it is shown: without the folder of the session.
    fn path(&self, path: &str) -> String {
        let project = self.scene.project.filter(|project| !project.is_empty());
        let below =
            project.and_then(|project| path.strip_prefix(project)?.strip_prefix(['/', '\\']));
        text::line(below.unwrap_or(path), TITLE)
    }

    fn view(&self, family: Family, title: String, body: Body) -> View {
        View {
            family,
            name: text::line(self.name, 80),
            title,
            note: None,
            html: body.html,
            length: body.length,
            is_open: self.has_failed(),
        }
    }
}

/// The body of a view, as it is put together.
#[derive(Default)]
struct Body {
    html: String,
    length: Option<Length>,
}

impl Body {
    /// What a program printed.
    fn output(&mut self, output: &str, extent: Extent) {
        self.cut(output, OUTPUT, extent, |part| {
            format!("<pre class=\"out\">{}</pre>", ansi::html(part))
        });
    }

    /// Words with markup.
    fn prose(&mut self, words: &str, extent: Extent) {
        self.cut(words, PROSE, extent, |part| {
            format!(
                "<div class=\"prose\" dir=\"auto\">{}</div>",
                markdown::html(part, Breaks::Joined)
            )
        });
    }

    /// A word above what follows.
    fn label(&mut self, label: &str) {
        self.html
            .push_str(&format!("<p class=\"label\">{}</p>", text::escaped(label)));
    }

    /// What came back, as words or as a failure.
    fn answer(&mut self, call: &Call<'_>) {
        if let Some(output) = call.output().filter(|output| !output.trim().is_empty()) {
            self.failure_or(call, |body| body.output(output, call.scene.extent));
        }
    }

    /// A failure is shown as it came; anything else by `otherwise`.
    fn failure_or(&mut self, call: &Call<'_>, otherwise: impl FnOnce(&mut Self)) {
        match call.output() {
            Some(output) if call.has_failed() => {
                self.html.push_str("<div class=\"failure\">");
                self.output(unwrapped(output), call.scene.extent);
                self.html.push_str("</div>");
            }
            _ => otherwise(self),
        }
    }

    fn cut(&mut self, words: &str, bounds: Bounds, extent: Extent, html: impl Fn(&str) -> String) {
        let cut = bounds.cut(words, extent);
        self.html.push_str(&cut.html(html));
        self.add(cut.length);
    }

    /// Something is left out of a part this long.
    fn add(&mut self, length: Option<Length>) {
        if let Some(length) = length {
            let sum = self.length.get_or_insert(Length { lines: 0, bytes: 0 });
            sum.lines += length.lines;
            sum.bytes += length.bytes;
        }
    }
}

/// A failure without the element some versions put around it.
fn unwrapped(output: &str) -> &str {
    let inside = output.trim().strip_prefix("<tool_use_error>");
    inside
        .and_then(|rest| rest.strip_suffix("</tool_use_error>"))
        .unwrap_or(output)
}

/// `3 files`, `1 file`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_by_what_it_runs() {
        for (parameters, expected) in [
            (r#"{"description":"List","command":"ls -l"}"#, "ls -l"),
            (r#"{"limit":3,"file_path":"/x"}"#, "/x"),
            (r#"{"n":1,"other":"two\nlines"}"#, "two lines"),
            (r#"{"n":1}"#, r#"{"n":1}"#),
            ("{}", ""),
            ("not json", "not json"),
        ] {
            assert_eq!(telling(parameters), expected);
        }
    }
}
