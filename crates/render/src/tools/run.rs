//! Commands: what was typed, and what a terminal showed.

use super::{Body, Call, Family, View, counted};
use crate::cut::CHANGE;
use crate::{code, text};

pub fn view(call: &Call<'_>) -> Option<View> {
    let Some(command) = call.text("command") else {
        return Some(about_a_running_one(call));
    };
    let extent = call.scene.extent;
    let language = if call.name == "PowerShell" {
        "powershell"
    } else {
        "bash"
    };
    let mut body = Body::default();
    body.html.push_str("<div class=\"term\">");
    if let Some(words) = call.text("description") {
        body.html
            .push_str(&format!("<p class=\"label\">{}</p>", text::escaped(words)));
    }
    body.cut(command, CHANGE, extent, |part| {
        format!(
            "<pre class=\"code cmd\"><code>{}</code></pre>",
            code::lines(part, language).join("\n")
        )
    });
    let mut note = None;
    if let Some(output) = call.output() {
        let (exit, rest) = exit_code(output);
        note = exit.map(|code| format!("exit {code}"));
        if rest.trim().is_empty() {
            body.html.push_str("<p class=\"none\">No output</p>");
        } else {
            body.output(rest, extent);
            let lines = rest.trim_end().lines().count();
            note = note.or_else(|| (lines > 1).then(|| counted(lines, "line", "lines")));
        }
    }
    body.html.push_str("</div>");
    if call
        .arguments
        .get("run_in_background")
        .and_then(serde_json::Value::as_bool)
        == Some(true)
    {
        note = Some("in the background".into());
    }
    Some(View {
        note,
        is_open: true,
        ..call.view(Family::Run, text::line(command, super::TITLE), body)
    })
}

/// `Exit code 1` on the first line of what failed, and the rest.
fn exit_code(output: &str) -> (Option<&str>, &str) {
    let start = output.trim_start().trim_start_matches("Error: ");
    let Some(rest) = start.strip_prefix("Exit code ") else {
        return (None, output);
    };
    let (code, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    if !code.is_empty()
        && code.len() < 5
        && code
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        (Some(code), rest)
    } else {
        (None, output)
    }
}

/// A look at, or the end of, a command that runs in the background.
fn about_a_running_one(call: &Call<'_>) -> View {
    let id = ["bash_id", "shell_id", "task_id"]
        .iter()
        .find_map(|name| call.text(name));
    let mut body = Body::default();
    body.answer(call);
    call.view(
        Family::Run,
        text::line(id.unwrap_or_default(), super::TITLE),
        body,
    )
}

#[cfg(test)]
mod tests {
    use super::exit_code;

    #[test]
    fn how_it_ended_stands_on_its_first_line() {
        assert_eq!(
            exit_code("Exit code 1\nno such file"),
            (Some("1"), "no such file")
        );
        assert_eq!(exit_code("Error: Exit code 127\n"), (Some("127"), ""));
        assert_eq!(exit_code("Exit code of what"), (None, "Exit code of what"));
        assert_eq!(exit_code("fine"), (None, "fine"));
    }
}
